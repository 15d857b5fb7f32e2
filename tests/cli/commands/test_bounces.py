"""``mpftp bounces`` as the mail server's pipe and the crontab run it."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from mpftp.adapters.keys import load_signing_keys
from mpftp.cli import main
from mpftp.domain.tokens import Signer, TokenKind

COMMAND = [sys.executable, "-m", "mpftp", "bounces"]

REPORT = """\
From: MAILER-DAEMON@mx.example
To: {to}
Subject: failure notice

<ana@example.com>:
Sorry, no mailbox here by that name. (#5.1.1)
"""


class Done(NamedTuple):
    """How a run of the command ended, and what it said."""

    returncode: int
    stdout: bytes
    stderr: bytes


@pytest.fixture
def run(tmp_path):
    """A function that runs the command on a configuration beside the state of the fixture ``db``."""
    config = tmp_path / "mpftp.toml"

    def call(*arguments, stdin="", settings=""):
        config.write_text(f'state = "state.db"\n[bounces]\naddress = "bounces@mx.example"\n{settings}')
        config.chmod(0o600)
        done = CliRunner().invoke(
            main, ["bounces", "--config", str(config), *arguments], input=stdin.encode()
        )
        return Done(done.exit_code, done.stdout_bytes, done.stderr_bytes)

    return call


@pytest.fixture
def address(tmp_path, story):
    """The bounce address of the one delivery in the state."""
    ana = story(emails=("ana@example.com",)).deliveries["ana@example.com"]
    token = Signer(load_signing_keys(tmp_path / "tracking.keys")).sign(TokenKind.BOUNCE, ana)
    return f"bounces+{token}@mx.example"


def suppressed(db):
    return [row[0] for row in db.rows("SELECT email FROM suppression")]


def test_the_pipe_takes_a_report_in(run, db, address, tmp_path):
    done = run("--recipient", address, "-", stdin=REPORT.format(to="somebody@mx.example"))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert suppressed(db) == ["ana@example.com"]
    assert len(list((tmp_path / "spool/bounces/.Taken/cur").iterdir())) == 1


def test_the_pipe_keeps_the_message_while_another_run_holds_the_lock(run, db, address, tmp_path):
    from mpftp.adapters.lock import hold_lock

    with hold_lock(tmp_path / "state.db", "bounces"):
        done = run("-", stdin=REPORT.format(to=address))
    assert (done.returncode, done.stderr) == (0, b"")
    assert suppressed(db) == []
    assert run().returncode == 0
    assert suppressed(db) == ["ana@example.com"]


def test_the_mail_server_keeps_what_cannot_be_stored(run, tmp_path):
    done = run("-", stdin=REPORT.format(to="x@y.example"), settings="tpyo = 1\n")
    assert done.returncode == 75
    assert b"tpyo" in done.stderr


def test_maildir_and_mbox_of_the_configuration_are_read(run, db, address, tmp_path):
    (tmp_path / "mbox").write_text(
        "From MAILER-DAEMON Sun Mar  1 12:00:00 2026\n" + REPORT.format(to=address)
    )
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    (tmp_path / "box/new/1.a").write_text(REPORT.format(to="bounces@mx.example"))
    done = run(settings='maildir = "box"\nmbox = "mbox"\n')
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert suppressed(db) == ["ana@example.com"]
    assert (tmp_path / "box/.Unverified/cur/1.a:2,S").exists()


def test_without_any_mailbox_nothing_is_wrong(run, db):
    done, told = run(), run("-v")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (told.returncode, b"no mailbox is configured" in told.stderr) == (0, True)


def test_a_mailbox_that_is_away_does_not_stop_the_others(run, db, address, tmp_path):
    (tmp_path / "mbox").write_text(
        "From MAILER-DAEMON Sun Mar  1 12:00:00 2026\n" + REPORT.format(to=address)
    )
    (tmp_path / "mbox.lock").touch()
    (tmp_path / "box").write_text("From MAILER-DAEMON Sun Mar  1 12:00:00 2026\n" + REPORT.format(to=address))
    done = run(str(tmp_path / "mbox"), str(tmp_path / "box"))
    assert done.returncode == 75
    assert b"mbox.lock" in done.stderr
    assert suppressed(db) == ["ana@example.com"]


def test_a_mailbox_that_no_message_has_reached_yet_is_empty(run, db):
    done = run(settings='maildir = "not-yet"\nmbox = "nor-this"\n')
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    done = run(settings='maildir = "no/such/folder"\n')
    assert done.returncode == 78
    assert b"no/such/folder" in done.stderr


def test_a_folder_that_is_no_maildir_is_a_configuration_error(run, db, tmp_path):
    done = run(str(tmp_path))
    assert done.returncode == 78
    assert b"not a Maildir" in done.stderr


def test_explain_needs_neither_configuration_nor_state(tmp_path):
    (tmp_path / "report.eml").write_text(REPORT.format(to="x@y.example"))
    command = [*COMMAND, "--explain", str(tmp_path / "report.eml")]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60, cwd=tmp_path)
    said = json.loads(done.stdout)
    assert said["class"] == "permanent"
    assert said["failures"][0]["recipient"] == "ana@example.com"
    assert said["failures"][0]["status"] == "5.1.1"
    assert [path.name for path in tmp_path.iterdir()] == ["report.eml"]


REPLY = """\
Return-Path: <>
From: {author}
To: {to}
Subject: Re: Promo
Content-Type: text/plain; charset=utf-8

{text}
"""


def test_explain_says_whose_it_is_and_what_would_follow(run, address, tmp_path):
    file = tmp_path / "two.mbox"
    full = REPORT.replace("no mailbox here by that name. (#5.1.1)", "the mailbox is full. (#5.2.2)")
    reports = (text.format(to=address) for text in (REPORT, full))
    file.write_text("".join(f"From MAILER-DAEMON today\n{report}\n" for report in reports))
    first, second = map(json.loads, run("--explain", str(file)).stdout.splitlines())
    assert (first["token"], first["contact"], first["client"]) == ("valid", "ana@example.com", "acme")
    assert (first["suppressed"], first["failures"][0]["suppress"]) == ("bounce", "at once")
    assert (second["suppressed"], second["failures"][0]["suppress"]) == ("", "when repeated")
    assert second["failures"][0]["rule"] == "by the reason"
    assert second["message"].endswith(":2")


def test_a_request_counts_when_the_contact_makes_it(run, db, address):
    asked = {"to": address, "text": "Por favor, me remova desta lista."}
    run("-", stdin=REPLY.format(author="Rui <rui@example.org>", **asked))
    assert suppressed(db) == []
    run("-", stdin=REPLY.format(author="Ana <Ana@Example.com>", **asked))
    assert list(db.rows("SELECT email, reason FROM suppression")) == [("ana@example.com", "opt-out")]


@pytest.mark.parametrize(
    ("decision", "rows"),
    [
        ("opt-out", [("ana@example.com", "opt-out", "operator")]),
        ("bounce", [("ana@example.com", "bounce", "operator")]),
        ("nothing", []),
    ],
)
def test_what_nobody_could_place_is_listed_and_decided(run, db, address, decision, rows):
    text = "Quanto custa o frete para Recife?"
    run("-", stdin=REPLY.format(author="Ana <ana@example.com>", to=address, text=text))
    (waiting,) = json.loads(run("--review", "--json").stdout)
    assert (waiting["contact"], waiting["client"], waiting["class"]) == ("ana@example.com", "acme", "unknown")
    assert text in waiting["text"]
    assert run("--decide", f"{waiting['id']}={decision}").returncode == 0
    assert list(db.rows("SELECT email, reason, source FROM suppression")) == rows
    assert json.loads(run("--review", "--json").stdout) == []


@pytest.mark.parametrize(
    ("answer", "rows", "left"),
    [
        ("opt-out", [("ana@example.com", "opt-out")], 0),
        ("perhaps\nbounce", [("ana@example.com", "bounce")], 0),
        ("nothing", [], 0),
        ("", [], 1),
    ],
)
def test_a_terminal_is_asked_about_each_message(run, db, address, tmp_path, answer, rows, left):
    run("-", stdin=REPLY.format(author="Ana <ana@example.com>", to=address, text="Quanto custa o frete?"))
    master, terminal = os.openpty()
    try:
        os.write(master, f"{answer}\n".encode())
        done = subprocess.run(
            [*COMMAND, "--config", str(tmp_path / "mpftp.toml"), "--review"],
            stdin=terminal,
            capture_output=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(master)
        os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert b"ana@example.com (acme)" in done.stdout
    assert b"  | Quanto custa o frete?" in done.stdout
    assert list(db.rows("SELECT email, reason FROM suppression")) == rows
    assert len(json.loads(run("--review", "--json").stdout)) == left


def test_what_cannot_be_decided_is_said(run, db):
    run("-", stdin=REPLY.format(author="Ana <ana@example.com>", to="bounces@mx.example", text="Oi"))
    (waiting,) = json.loads(run("--review", "--json").stdout)
    assert b"whose it is" in run("--decide", f"{waiting['id']}=opt-out").stderr
    assert b"no decision" in run("--decide", f"{waiting['id']}=perhaps").stderr
    assert b"waits for a decision" in run("--decide", "0123=nothing").stderr
    assert b"nobody is there to ask" in run("--review").stderr


def test_a_login_in_the_clear_is_for_loopback(run, db):
    settings = 'imap = "imap://mail.example/INBOX"\nimap_tls = "none"\nuser = "u"\npassword = "p"\n'
    done = run(settings=settings)
    assert (done.returncode, b"in the clear" in done.stderr) == (78, True)


def test_the_envelope_sender_leaves_room_for_its_token(run, db, tmp_path):
    run("--review", "--json")
    config = tmp_path / "mpftp.toml"
    config.write_text(f'state = "state.db"\n[bounces]\naddress = "{"b" * 30}@mx.example"\n')
    command = [*COMMAND, "--config", str(config), "--review", "--json"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (done.returncode, b"bounces.address" in done.stderr) == (78, True)
