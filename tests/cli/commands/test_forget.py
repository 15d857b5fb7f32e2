"""``mpftp forget`` and ``mpftp export-person``: what is kept of a person, and that it goes."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from mpftp.adapters.event_log import EventLogWriter
from mpftp.adapters.lock import hold_lock
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.situations import count_returned, count_situations, count_states
from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import from_ms
from mpftp.domain.event_log import Event
from mpftp.domain.results.situations import Situation

MAIL = (
    "email;uidcli;nome;telefone;data_nascimento\n"
    "bia@exemplo.com.br;1;Bia Lima;+5511911112222;31/13/1981\n"
    "Ana@Exemplo.com.br;2;Ana Souza Prado;+5511988887777;31/13/1990\n"
    "cid@exemplo.com.br;3;Cid Melo;+5511933334444;01/02/1990\n"
)
TRACES = re.compile(
    rb"ana@exemplo\.com\.br|Ana Souza Prado|5511988887777|203\.0\.113\.77|31/13/1990", re.IGNORECASE
)


def delivery_id(host, email):
    with Database(host.config.state, read_only=True) as db:
        return db.value("SELECT id FROM delivery WHERE lower(email) = ?", (email,))


def open_mail(host, email, ip):
    """A reader's program fetches the pixel."""
    log = EventLogWriter(host.config.spool_dir / "events")
    log.append(Event(EventKind.OPEN, delivery_id(host, email), from_ms(1_772_500_000_000), ip=ip, agent="M"))
    log.close()


def files_with_traces(host):
    """Our own files that hold Ana; what the client has and what was delivered is not ours."""
    paths = [path for path in host.folder.rglob("*") if path.is_file()]
    ours = [path for path in paths if not {"acme", "md"} & {path.relative_to(host.folder).parts[0]}]
    return [path for path in ours if TRACES.search(content(path))]


def content(path):
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


@pytest.fixture
def told(host):
    """A sent campaign that Ana opened, a message about her that was set aside, and a log that names her."""
    host.lay("Um", MAIL=MAIL)
    host.run("collect")
    host.run("send")
    open_mail(host, "ana@exemplo.com.br", "203.0.113.77")
    open_mail(host, "bia@exemplo.com.br", "203.0.113.78")
    for part in ("new", "cur", "tmp"):
        (host.folder / "bounces" / part).mkdir(parents=True)
    (host.folder / "bounces/new/1").write_text(
        "From: x@y.example\nSubject: ?\n\nUser ana@exemplo.com.br, what is it?\n"
    )
    host.run("bounces")
    host.run("publish")
    (host.folder / "send.log").write_text("sent to bia@exemplo.com.br\nrefused: ANA@exemplo.com.br\n")
    return host


@pytest.mark.parametrize("kept", [10, 40])
def test_an_original_that_is_damaged_is_named_and_the_order_can_be_given_again(told, kept):
    original = told.config.spool_dir / "originals/acme/Um_20260301/MAIL.gz"
    original.write_bytes(original.read_bytes()[:kept])
    result = told.run("forget", "ana@exemplo.com.br", "--yes", code=1)
    assert f"{original}: cannot be read to its end" in result.stderr
    assert sorted(path.name for path in original.parent.iterdir()) == ["CONF.gz", "HTML.gz", "MAIL.gz"]
    original.unlink()
    told.run("forget", "ana@exemplo.com.br", "--yes", "--log", str(told.folder / "send.log"))
    assert files_with_traces(told) == []


def test_nothing_of_a_forgotten_person_is_left_in_our_files(told):
    assert len(files_with_traces(told)) >= 5
    with Database(told.config.state, read_only=True) as db:
        assert "31/13/1990" in db.value("SELECT findings FROM campaign")
    said = told.run("forget", "ana@EXEMPLO.com.br", "--yes", "--log", str(told.folder / "send.log"))
    assert files_with_traces(told) == []
    assert "lines of MAIL in the state: 1" in said.stdout
    assert "of acme/Um_20260301" in said.stdout
    assert "files on the clients' servers" in said.stdout


def test_the_others_stay_as_they_were(told):
    told.run("forget", "ana@exemplo.com.br", "--yes", "--log", str(told.folder / "send.log"))
    original = told.config.spool_dir / "originals/acme/Um_20260301/MAIL.gz"
    assert content(original).decode() == re.sub("Ana@.*", ";;;;", MAIL)
    assert (told.folder / "send.log").read_text() == f"sent to bia@exemplo.com.br\nrefused: {'*' * 18}\n"
    with Database(told.config.state, read_only=True) as db:
        rows = list(db.rows("SELECT email, fields, state FROM delivery ORDER BY line"))
        assert db.find_damage() == []
        assert list(db.rows("SELECT kind, ip FROM event ORDER BY ip")) == [
            ("open", ""),
            ("open", "203.0.113.78"),
        ]
    assert [email for email, *_ in rows] == ["bia@exemplo.com.br", "", "cid@exemplo.com.br"]
    assert json.loads(rows[1][1]) == [""] * 5
    assert {state for *_, state in rows} == {"sent"}


def test_a_rotated_log_is_masked_beside_what_others_put_in_its_folder(told):
    """The draft has everybody's addresses: it follows no link, and takes nobody's file."""
    log, elsewhere = told.folder / "send.log.1.gz", told.folder / "elsewhere"
    log.write_bytes(gzip.compress(b"sent to bia@exemplo.com.br\nrefused: ANA@exemplo.com.br\n"))
    log.chmod(0o640)
    elsewhere.write_text("mine")
    (told.folder / ".send.log.1.gz.erasing").symlink_to(elsewhere)
    told.run("forget", "ana@exemplo.com.br", "--yes", "--log", str(log))
    assert content(log).decode() == f"sent to bia@exemplo.com.br\nrefused: {'*' * 18}\n"
    assert (log.stat().st_mode & 0o777, elsewhere.read_text()) == (0o640, "mine")
    assert not list(told.folder.glob(".send*"))


def test_sums_hold_and_the_line_is_told_as_forgotten(told):
    told.run("forget", "ana@exemplo.com.br", "--yes")
    with Database(told.config.state, read_only=True) as db:
        counted = count_situations(db, 1, count_states(db, 1), count_returned(db, 1))
    assert counted == {Situation.SENT: 2, Situation.FORGOTTEN: 1}
    shown = told.run("campaign", "show", "Um_20260301").stdout
    assert "3 lines = 3 sent" in shown
    assert "forgotten  1 of the lines" in shown
    assert "returned" not in shown
    told.configure("situation_file = true")
    told.hours += 4 * 24
    told.run("publish", "--again", "Um_20260301")
    lines = (told.remote / "Um_SITUACAO_20260301").read_text("utf-8-sig").splitlines()
    assert [line.split(";")[3] for line in lines[1:]] == ["enviado", "esquecido", "enviado"]
    assert lines[2].split(";")[:3] == ["3", "", ""]


def test_a_forgotten_person_is_not_mailed_again_by_any_client(told):
    told.run("forget", "ana@exemplo.com.br", "--yes")
    sent = told.mailed()
    told.lay("Dois", MAIL=MAIL)
    told.run("collect")
    told.run("send")
    assert told.mailed() == sent + 2


def test_why_a_forgotten_person_is_not_mailed_is_told(told):
    told.run("forget", "ana@exemplo.com.br", "--yes")
    said = told.run("suppress", "explain", "ana@exemplo.com.br").stdout
    assert "not mailed by every client" in said
    assert "forgotten" in said
    assert "hash:" not in told.run("suppress", "export").stdout
    assert "hash:" in told.run("suppress", "list").stdout


def test_who_waits_to_be_mailed_is_not_mailed(host):
    host.lay("Um", MAIL=MAIL)
    host.run("collect")
    host.run("forget", "ana@exemplo.com.br", "--yes")
    host.run("send")
    assert host.mailed() == 2
    with Database(host.config.state, read_only=True) as db:
        assert db.value("SELECT state FROM campaign") == "finished"


def test_what_comes_later_of_a_forgotten_person_is_not_kept(told):
    number = delivery_id(told, "ana@exemplo.com.br")
    told.run("forget", "ana@exemplo.com.br", "--yes")
    log = EventLogWriter(told.config.spool_dir / "events")
    log.append(Event(EventKind.OPEN, number, from_ms(1_772_600_000_000), ip="203.0.113.77"))
    log.close()
    told.run("publish")
    with Database(told.config.state, read_only=True) as db:
        assert db.value("SELECT count(*) FROM event WHERE ip = '203.0.113.77'") == 0


def test_no_message_waits_that_named_the_person_in_its_header_alone(host):
    for part in ("new", "cur", "tmp"):
        (host.folder / "bounces" / part).mkdir(parents=True)
    (host.folder / "bounces/new/1").write_text(
        "From: x@y.example\nTo: ana@exemplo.com.br\nSubject: again\n\nwhat is it?\n"
    )
    host.run("bounces")
    assert len(json.loads(host.run("bounces", "--review", "--json").stdout)) == 1
    assert "messages: 1" in host.run("forget", "ana@exemplo.com.br", "--yes").stdout
    assert json.loads(host.run("bounces", "--review", "--json").stdout) == []
    assert list((host.folder / "bounces").rglob("*/cur/*")) == []


def test_forgetting_twice_is_harmless_and_finds_nothing(told):
    told.run("forget", "ana@exemplo.com.br", "--yes")
    said = told.run("forget", "ana@exemplo.com.br", "--yes")
    assert "lines of MAIL in the state: 0" in said.stdout
    with Database(told.config.state, read_only=True) as db:
        assert db.value("SELECT count(*) FROM suppression") == 1


def test_one_clients_person_stays_anothers(told):
    told.configure(f'[clients.outra]\nendpoint = "file://{told.folder / "acme"}"\ndirectory = "/x"')
    said = told.run("forget", "ana@exemplo.com.br", "--client", "outra", "--yes")
    assert "messages that were set aside: they may be of another client" in said.stdout
    assert delivery_id(told, "ana@exemplo.com.br")
    assert {"MAIL.gz", "state.db", "send.log"} <= {path.name for path in files_with_traces(told)}


def test_while_a_command_runs_nothing_is_erased(told):
    with hold_lock(told.config.state, "send"):
        assert (
            "another `mpftp send` is running"
            in told.run("forget", "ana@exemplo.com.br", "--yes", code=75).stderr
        )
    assert delivery_id(told, "ana@exemplo.com.br")


def test_without_a_terminal_nobody_is_forgotten_unasked(told):
    assert "--yes" in told.run("forget", "ana@exemplo.com.br", code=2).stderr
    assert "no e-mail address" in told.run("forget", "ana", "--yes", code=2).stderr
    assert delivery_id(told, "ana@exemplo.com.br")


def test_all_that_is_kept_of_a_person_is_exported(told):
    told.run("suppress", "add", "ana@exemplo.com.br")
    exported = json.loads(told.run("export-person", "ANA@exemplo.com.br").stdout)
    (delivery,) = exported["deliveries"]
    assert delivery["campaign"] == "acme/Um_20260301"
    assert delivery["values"]["telefone"] == "+5511988887777"
    assert [event["ip"] for event in delivery["events"]] == ["203.0.113.77"]
    assert [entry["reason"] for entry in exported["suppressed"]] == ["operator"]
    assert "Bia" not in json.dumps(exported)


def test_messages_that_were_set_aside_are_exported_with_their_files(told):
    exported = json.loads(told.run("export-person", "ANA@exemplo.com.br").stdout)
    assert [message["text"] for message in exported["messages"]] == [
        "?\n\nUser ana@exemplo.com.br, what is it?"
    ]
    (file,) = exported["message_files"]
    assert ".Aside" in file["file"]
    assert file["message"].startswith("From: x@y.example\n")
    of_acme = json.loads(told.run("export-person", "ana@exemplo.com.br", "--client", "acme").stdout)
    assert of_acme["messages"] == []
    assert "message_files" not in of_acme
    assert json.loads(told.run("export-person", "bia@exemplo.com.br").stdout)["messages"] == []


def test_after_forgetting_only_the_hash_is_exported(told):
    told.run("forget", "ana@exemplo.com.br", "--yes")
    exported = json.loads(told.run("export-person", "ana@exemplo.com.br").stdout)
    assert exported["deliveries"] == exported["messages"] == exported["message_files"] == []
    assert [entry["email"][:5] for entry in exported["suppressed"]] == ["hash:"]
