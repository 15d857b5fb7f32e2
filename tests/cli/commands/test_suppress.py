"""``mpftp suppress`` as an operator uses it."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from mpftp.cli import main


@pytest.fixture
def run(tmp_path, blank_state):
    shutil.copy(blank_state, tmp_path / "state.db")
    (tmp_path / "mpftp.toml").write_text(
        f'state = "state.db"\n[clients.acme]\nendpoint = "file://{tmp_path}"\n'
        f'[clients.beta]\nendpoint = "file://{tmp_path}"\n'
    )

    def run(*arguments, **options):
        command = ["suppress", *arguments, "--config", str(tmp_path / "mpftp.toml")]
        return CliRunner().invoke(main, [*command, "--now", "2026-03-01T12:00:00Z"], **options)

    return run


def test_add_list_and_remove(run):
    assert run("add", "Ana@Example.com", "--client", "acme", "--note", "pediu por telefone").exit_code == 0
    assert run("add", "bia@example.com").exit_code == 0
    assert run("list").stdout.splitlines() == [
        "bia@example.com  every client  operator  2026-03-01 12:00Z",
        "ana@example.com  acme  operator  2026-03-01 12:00Z  pediu por telefone",
    ]
    assert "ana@" not in run("list", "--client", "beta").stdout
    assert "bia@" in run("list", "--client", "beta").stdout
    assert run("remove", "ANA@example.com", "--client", "acme").exit_code == 0
    gone = run("remove", "ana@example.com", "--client", "acme")
    assert gone.exit_code == 1
    assert "ana@example.com is not on the list of acme" in gone.stderr
    assert "`mpftp suppress explain ana@example.com` says which lists it is on" in gone.stderr


def test_a_note_of_bytes_that_are_no_text_is_kept_readable(run):
    assert run("add", "ana@example.com", "--note", "f\udce9rias").exit_code == 0
    assert "f\ufffdrias" in run("list").stdout


def test_what_was_exported_is_imported_the_same(run, tmp_path):
    run("add", "ana@example.com", "--client", "acme")
    run("add", "bia@example.com", "joão@exemplo.example")
    file = tmp_path / "list.csv"
    assert run("export", str(file)).exit_code == 0
    before = run("list").stdout
    run("remove", "ana@example.com", "--client", "acme")
    run("remove", "bia@example.com", "joão@exemplo.example")
    assert run("list").stdout == ""
    assert run("import", str(file)).exit_code == 0
    assert run("list").stdout == before


def test_a_shared_list_is_carried_to_another_state_bit_by_bit(host):
    for words in (["ana@example.com", "--client", "acme"], ["bia@example.com"], ["cid@example.com"]):
        host.run("suppress", "add", *words)  # an hour apart
    everything = host.run("suppress", "export", "--shared").stdout.splitlines()
    assert [line.partition(",")[0] for line in everything] == ["email", "bia@example.com", "cid@example.com"]
    later = host.run("suppress", "export", "--shared", "--since", "2026-03-01T04:00").stdout.splitlines()
    assert [line.partition(",")[0] for line in later] == ["email", "cid@example.com"]


def test_two_hosts_exchange_their_lists_in_both_directions_again_and_again(tmp_path, blank_state):
    def run(host, moment, *arguments):
        command = ["suppress", *arguments, "--config", str(tmp_path / host / "mpftp.toml")]
        done = CliRunner().invoke(main, [*command, "--now", f"2026-03-01T{moment}:00Z"])
        assert done.exit_code == 0, done.output
        return done.stdout

    def exchange(moment, since):
        for host in ("north", "south"):
            file = str(tmp_path / f"{host}.csv")
            run(host, moment, "export", file, "--shared", "--since", f"2026-03-01T{since}:00Z")
        run("north", moment, "import", str(tmp_path / "south.csv"))
        run("south", moment, "import", str(tmp_path / "north.csv"))

    def listed(host):
        return [line.split()[0] for line in run(host, "23:00", "list").splitlines()]

    for host in ("north", "south"):
        (tmp_path / host).mkdir()
        shutil.copy(blank_state, tmp_path / host / "state.db")
        (tmp_path / host / "mpftp.toml").write_text(
            f'state = "state.db"\n[clients.{host}]\nendpoint = "file://{tmp_path}"\n'
        )
    run("north", "08:00", "add", "ana@example.com")
    run("north", "08:00", "add", "own@example.com", "--client", "north")
    run("south", "08:00", "add", "bia@example.com")
    exchange("09:00", "00:00")
    exchange("10:00", "08:30")
    assert listed("north") == ["ana@example.com", "bia@example.com", "own@example.com"]
    assert listed("south") == ["ana@example.com", "bia@example.com"]

    for host in ("north", "south"):  # taken off one list alone, it would come back from the other
        run(host, "11:00", "remove", "ana@example.com")
    run("south", "12:00", "add", "cid@example.com")
    exchange("13:00", "11:00")
    exchange("14:00", "11:00")
    assert listed("north") == ["bia@example.com", "cid@example.com", "own@example.com"]
    assert listed("south") == ["bia@example.com", "cid@example.com"]


@pytest.mark.parametrize(
    "data",
    [
        b"ana@example.com\r\nnenhum\r\nbia@example.com\r\n",
        "email;nome\r\nana@example.com;Ana\r\nnenhum;João\r\nbia@example.com;Bia\r\n".encode("cp1252"),
        "email,reason\nana@example.com,opt-out\nnenhum,\nbia@example.com,sei lá\n".encode("utf-16"),
        "\ufeffemail\tnome\nana@example.com\tAna\nnenhum\t\nbia@example.com\tBia\n".encode(),
    ],
)
def test_lists_as_operators_have_them(run, tmp_path, data):
    file = tmp_path / "lista"
    file.write_bytes(data)
    done = run("import", str(file), "--client", "acme")
    assert done.exit_code == 1
    line = 2 if data.startswith(b"ana") else 3
    assert f"{file}:{line}: 'nenhum' is no e-mail address" in done.stderr
    assert [line.split()[0] for line in run("list").stdout.splitlines()] == [
        "ana@example.com",
        "bia@example.com",
    ]


@pytest.mark.parametrize(
    ("garbage", "said"),
    [
        (b'cid@example.com,,operator,2026,"nobody closes it', ""),
        (b'"nobody closes it', "is no e-mail address"),
        (b"cid@example.com,,operator,2026," + b"x" * 200_000, "is no e-mail address"),
        (b"cid@example.com,gama,bounce,2026,", "no client is called 'gama'"),
        (b"\xe3\x00\xff,,,,", "is no e-mail address"),
        (b"c\x00d@example.com,,,,", "is no e-mail address"),
    ],
)
def test_one_damaged_line_takes_no_other_with_it(run, tmp_path, garbage, said):
    file = tmp_path / "north.csv"
    tail = "joão@exemplo.example,,opt-out,2026,\nbia@example.com,acme,bounce,2026,".encode()
    file.write_bytes(b"email,client,reason,at,source\n" + garbage + b"\n" + tail)
    done = run("import", str(file))
    assert done.exit_code == (1 if said else 0)
    assert (f"{file}:2: " in done.stderr) is bool(said)
    assert said in done.stderr
    listed = [line.split()[0] for line in run("list").stdout.splitlines()]
    assert listed == [*([] if said else ["cid@example.com"]), "joão@exemplo.example", "bia@example.com"]


def test_a_note_of_two_lines_is_exported_on_one(run):
    run("add", "ana@example.com", "--note", "one\ntwo")
    assert run("export").stdout.splitlines()[1:] == [
        "ana@example.com,,operator,2026-03-01T12:00:00+00:00,one two"
    ]


def test_mistakes_are_named(run):
    assert "no client is called 'gama'" in run("add", "a@b.example", "--client", "gama").stderr
    done = run("add", "nobody")
    assert done.exit_code == 2
    assert "no e-mail address: nobody" in done.stderr


def judged(db, story, email, reason="user-unknown", words="user unknown", judgement="at once", **more):
    """A contact of its own campaign whose bounce was judged."""
    told = story(emails=(email,), **more)
    evidence = {
        "channel": "report", "class": "permanent", "reason": reason, "code": "5.1.1", "step": "",
        "trouble": "recipient", "rule": "table", "text": words,
    }  # fmt: skip
    with db.transaction():
        db.execute(
            "INSERT INTO bounce_judgement VALUES (?, ?, 1, ?, 0, ?, 'applied', 'x', ?)",
            (told.deliveries[email], told.campaign, email, judgement, json.dumps(evidence)),
        )


def suppress(db, email, source, reason="bounce"):
    with db.transaction():
        db.execute("INSERT INTO suppression VALUES (1, ?, ?, 0, ?, NULL)", (email, reason, source))


def test_explain_names_the_message_that_decided(run, db, story):
    judged(db, story, "ana@example.com", words="no such user here")
    suppress(db, "ana@example.com", "report")
    first, second = run("explain", "Ana@example.com").stdout.splitlines()
    assert first == "ana@example.com: not mailed by acme since 1970-01-01 00:00Z: bounce, report"
    assert "acme/Promo_20260301" in second
    assert "at once" in second
    assert "no such user here" in second
    assert run("explain", "rui@example.com").stdout == "rui@example.com: on no list, so it is mailed\n"


def test_who_is_counted_is_listed(run, db, story):
    judged(db, story, "ana@example.com", "mailbox-full", "mailbox full", "when repeated")
    (line,) = run("list", "--counted").stdout.splitlines()
    assert line.startswith("ana@example.com  acme  1 of 3")
    assert "mailbox full" in line
    assert run("list").stdout == ""


def test_review_lifts_what_the_rule_would_not_make_today(run, db, story):
    judged(db, story, "ours@example.com", words="Sua conta foi bloqueada para envio")
    suppress(db, "ours@example.com", "report")
    suppress(db, "gone@example.com", "550 5.1.1 user unknown")
    suppress(db, "full@example.com", "552 5.2.2 mailbox full")
    suppress(db, "bare@example.com", "report")
    suppress(db, "asked@example.com", "link", "opt-out")
    told = story(date="20260302", emails=("old@example.com",))
    told.tell("bounce", "old@example.com", **{"class": "permanent"}, code="5.7.1", reason="policy")
    at = db.value("SELECT max(at) FROM event")
    with db.transaction():
        db.execute(
            "INSERT INTO suppression VALUES (1, 'old@example.com', 'bounce', ?, 'report', NULL)", (at,)
        )
    wrong = {"full@example.com", "old@example.com", "ours@example.com"}
    assert {line.split()[0] for line in run("review").stdout.splitlines()} == wrong
    assert len(run("list").stdout.splitlines()) == 6
    assert run("review", "--client", "acme", "--apply").exit_code == 0
    assert {line.split()[0] for line in run("list").stdout.splitlines()} == {
        "gone@example.com", "bare@example.com", "asked@example.com",
    }  # fmt: skip
    assert run("review").stdout == ""


@pytest.mark.parametrize("arguments", [(), ("--apply",)])
def test_status_says_what_a_review_would_lift_until_it_was_run(run, db, story, tmp_path, arguments):
    story()
    suppress(db, "gone@example.com", "550 5.1.1 user unknown")
    suppress(db, "full@example.com", "552 5.2.2 mailbox full")

    def told():
        command = ["status", "--config", str(tmp_path / "mpftp.toml"), "--json"]
        trouble = json.loads(CliRunner().invoke(main, command).stdout)["trouble"]
        return [one["text"] for one in trouble if one["kind"] == "review"]

    assert told() == []
    with db.transaction():
        db.execute("UPDATE memory SET is_review_due = 1")
    assert told() == ["1 made by bounces would not be made today: `mpftp suppress review`"]
    run("review", "--client", "acme")
    assert len(told()) == 1
    run("review", *arguments)
    assert told() == []
    assert len(run("list").stdout.splitlines()) == (1 if arguments else 2)
