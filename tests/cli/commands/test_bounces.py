"""``mpftp bounces`` as the mail server's pipe and the crontab run it."""

import json
import subprocess
import sys

import pytest

from mpftp.adapters.keys import load_signing_keys
from mpftp.domain.tokens import Signer, TokenKind

COMMAND = [sys.executable, "-m", "mpftp", "bounces"]

REPORT = """\
From: MAILER-DAEMON@mx.example
To: {to}
Subject: failure notice

<ana@example.com>:
Sorry, no mailbox here by that name. (#5.1.1)
"""


@pytest.fixture
def run(tmp_path):
    """A function that runs the command on a configuration beside the state of the fixture ``db``."""
    config = tmp_path / "mpftp.toml"

    def call(*arguments, stdin="", settings=""):
        config.write_text(f'state = "state.db"\n[bounces]\naddress = "bounces@mx.example"\n{settings}')
        config.chmod(0o600)
        return subprocess.run(
            [*COMMAND, "--config", str(config), *arguments],
            input=stdin.encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )

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


def test_without_any_mailbox_the_command_says_what_to_do(run, db):
    done = run()
    assert done.returncode == 2
    assert b"bounces.maildir" in done.stderr


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
