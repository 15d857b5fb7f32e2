"""The state is the memory: each way of losing it is refused by every command, and nobody is mailed twice."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from mpftp.adapters.config import load_config
from mpftp.adapters.journal import FileJournal
from mpftp.adapters.lock import hold_lock
from mpftp.adapters.store.database import Database, migrations
from mpftp.cli import main

OLD_STATE = Path(__file__).parents[1] / "data" / "state_of_a314c01.sql"
NOON, LATER = "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"
FILES = {
    "CONF": "assunto;remetente_email;pasta\nOi;a@exemplo.com.br;P\n",
    "HTML": '<html><body><p>Oi</p><a href="{{descadastro}}">sair</a></body></html>',
    "MAIL": "email\n" + "".join(f"u{number}@exemplo.com.br\n" for number in range(1, 13)),
}
COMMANDS = [
    ["collect"],
    ["collect", "--dry-run"],
    ["send"],
    ["send", "--dry-run"],
    ["publish"],
    ["publish", "--dry-run"],
    ["bounces"],
    ["track", "--listen", "127.0.0.1:0"],
    ["suppress", "add", "x@exemplo.com.br"],
    ["campaign", "pause", "1"],
    ["status", "--check"],
]


class Host:
    """One machine with one client, whose messages become files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "mpftp.toml"
        self.state = folder / "var" / "state.db"
        self.remote = folder / "acme"
        self.remote.mkdir()
        self.config.write_text(
            f'state = "var/state.db"\n[maildir]\npath = "md"\n[bounces]\nmaildir = "bounces"\n'
            f'[clients.acme]\nendpoint = "file://{self.remote}"\nsettle_seconds = 0\n'
        )
        self.lay("Promo")

    def lay(self, name: str) -> None:
        """Put a triplet onto the client's server."""
        for kind, text in FILES.items():
            path = self.remote / f"{name}_{kind}_20260301"
            path.write_text(text)
            os.utime(path, (1_767_225_600,) * 2)

    def run(self, *words: str, config: Path | None = None, code: int = 0) -> str:
        """Run a command; what it said. It must end with *code*."""
        where = ["--config", str(config or self.config)]
        now = [] if words[0] == "init" else ["--now", NOON if words[0] == "collect" else LATER]
        done = CliRunner().invoke(main, [*words, *where, *now])
        assert done.exit_code == code, done.output
        return done.output

    def go(self) -> None:
        """What cron does."""
        for command in ("collect", "send", "bounces", "publish"):
            self.run(command)

    def mailed(self) -> Counter[str]:
        """How many messages each address got."""
        found: Counter[str] = Counter()
        for path in (self.folder / "md").glob("**/new/*"):
            head = path.read_bytes().decode().split("\n\n")[0]
            found.update(line.split()[1] for line in head.splitlines() if line.startswith("To:"))
        return found

    def copy_state(self, target: Path) -> None:
        """A copy as ``cp`` makes one."""
        with closing(sqlite3.connect(self.state)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.state, target)

    def put_back(self, copy: Path) -> None:
        """Restore a copy as ``cp`` does."""
        for path in self.state.parent.glob("state.db-*"):
            path.unlink()
        shutil.copy(copy, self.state.with_name("copy"))
        self.state.with_name("copy").replace(self.state)


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_init_makes_the_state_once_for_this_user_alone(host):
    assert host.run("init", "--state-only") == ""
    assert stat.S_IMODE(host.state.stat().st_mode) == 0o600
    assert "exists" in host.run("init", "--state-only", code=2)
    host.go()
    assert sorted(host.mailed().values()) == [1] * 12


def test_init_of_a_configuration_makes_the_state_unless_it_is_root(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    path = tmp_path / "mpftp.toml"
    assert CliRunner().invoke(main, ["init", str(path)]).exit_code == 0
    assert (tmp_path / "state.db").stat().st_size
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    other = tmp_path / "other.toml"
    done = CliRunner().invoke(main, ["init", str(other), "--state", "other.db"])
    assert done.exit_code == 0
    assert f"mpftp init --state-only --config {other}" in done.stderr
    assert not (tmp_path / "other.db").exists()


def _never_there(host):
    pass


def _file_gone(host):
    shutil.move(host.state, host.folder / "away.db")


def _folder_gone(host):
    shutil.move(host.state.parent, host.folder / "unmounted")


def _folder_emptied(host):
    shutil.move(host.state.parent, host.folder / "unmounted")
    host.state.parent.mkdir()


def _emptied(host):
    for path in host.state.parent.glob("state.db-*"):
        path.unlink()
    host.state.write_bytes(b"")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("lose", [_never_there, _file_gone, _folder_gone, _folder_emptied, _emptied])
def test_a_state_that_is_gone_is_refused_with_the_line_that_makes_one(host, lose, command):
    if lose is not _never_there:
        host.run("init", "--state-only")
        lose(host)
    said = host.run(*command, code=2 if "--check" in command else 78)
    assert "missing or empty" in said
    assert f"mpftp init --state-only --config {host.config}" in said
    assert "mpftp restore FILE" in said
    assert not (host.folder / "md").exists()


def test_init_makes_none_where_an_earlier_one_left_its_traces(host):
    host.run("init", "--state-only")
    host.go()
    host.state.unlink()
    said = host.run("init", "--state-only", code=78)
    assert "there was a state file before" in said
    assert "mpftp restore" in said
    assert not host.state.exists()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_older_copy_is_refused(host, command, tmp_path):
    host.run("init", "--state-only")
    host.run("collect")
    host.copy_state(tmp_path / "backup.db")
    host.run("send")
    host.put_back(tmp_path / "backup.db")
    said = host.run(*command, code=2 if "--check" in command else 78)
    assert "older than what was sent since" in said
    assert "mpftp restore" in said
    assert host.mailed().total() == 12


def test_doctor_calls_an_older_copy_bad_as_the_commands_do_that_refuse_it(host, tmp_path):
    host.run("init", "--state-only")
    host.run("collect")
    host.copy_state(tmp_path / "backup.db")
    host.run("send")
    host.put_back(tmp_path / "backup.db")
    said = host.run("doctor", code=1)
    assert f"BAD     state     {host.state}: older than what was sent since" in said
    assert "mpftp restore FILE" in said


def test_an_older_copy_is_refused_whatever_changed_since(host, tmp_path):
    host.run("init", "--state-only")
    host.go()
    host.copy_state(tmp_path / "backup.db")
    host.run("suppress", "add", "u1@exemplo.com.br")
    host.put_back(tmp_path / "backup.db")
    host.run("send", code=78)


def test_a_copy_in_the_middle_of_a_run_is_older_when_the_run_has_ended(host, tmp_path):
    """Its deliveries are claimed, and the journal that knows their answers was begun anew since."""
    host.run("init", "--state-only")
    host.run("collect")
    with closing(sqlite3.connect(host.state)) as raw, raw:
        raw.execute("UPDATE delivery SET state = 'claimed'")
    host.copy_state(tmp_path / "backup.db")
    with closing(sqlite3.connect(host.state)) as raw, raw:
        raw.execute("UPDATE delivery SET state = 'pending'")
    host.run("send")
    host.put_back(tmp_path / "backup.db")
    host.run("send", code=78)
    assert host.mailed().total() == 12


@pytest.mark.parametrize("command", [["collect"], ["send"]], ids=" ".join)
def test_a_journal_that_is_gone_is_refused_once_something_was_sent(host, command):
    host.run("init", "--state-only")
    journal = load_config(host.config).journal
    journal.unlink()
    host.run("collect")
    assert FileJournal(journal).read_mark() is not None
    host.run("send")
    journal.unlink()
    assert "the journal" in host.run(*command, code=2 if "--check" in command else 78)


def test_the_state_of_another_journal_is_refused(host, tmp_path):
    host.run("init", "--state-only")
    host.go()
    Database(tmp_path / "fresh.db").close()
    host.put_back(tmp_path / "fresh.db")
    assert "another state file" in host.run("collect", code=78)


def test_two_spellings_of_the_state_are_one_file_with_one_journal_and_one_lock(host, tmp_path):
    host.run("init", "--state-only")
    host.run("collect")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "state.db").symlink_to("../var/state.db")
    other = tmp_path / "b" / "mpftp.toml"
    other.write_text(host.config.read_text().replace("var/", "").replace('"md"', '"../md"'))
    assert load_config(other).journal == load_config(host.config).journal
    with hold_lock(load_config(host.config).state, "send"):
        host.run("send", config=other, code=75)
    host.run("send", config=other)
    host.go()
    assert host.mailed().total() == 12


@pytest.fixture
def old_host(host):
    """A state that an earlier release wrote, half sent, with all that stood beside it."""
    host.state.parent.mkdir()
    with closing(sqlite3.connect(host.state)) as raw:
        raw.executescript(OLD_STATE.read_text("utf-8"))
    host.state.with_name("state.db.journal").write_bytes(b"h some-boot.\n")
    host.state.with_name("tracking.keys").write_text("0 " + "ab" * 32 + "\n")
    (host.state.parent / "spool/originals/acme/Promo_20260301").mkdir(parents=True)
    return host


def test_a_state_of_an_earlier_release_goes_on_where_it_was(old_host):
    before = Counter(
        f"u{number}@exemplo.com.br" for number in range(1, 6)
    )  # whom the earlier release mailed, as its state says
    for _ in range(2):
        old_host.go()
    assert before + old_host.mailed() == Counter(f"u{n}@exemplo.com.br" for n in range(1, 13))
    with Database(old_host.state) as db:
        assert db.value("PRAGMA user_version") == migrations()[-1][0]
        assert db.is_marked()
    assert FileJournal(load_config(old_host.config).journal).read_mark() is not None


def test_a_copy_of_the_earlier_release_is_refused_once_its_state_was_upgraded(old_host, tmp_path):
    old_host.copy_state(tmp_path / "backup.db")
    old_host.go()
    old_host.put_back(tmp_path / "backup.db")
    old_host.run("send", code=78)
    assert old_host.mailed().total() == 7


def test_the_first_mark_waits_for_a_send_of_an_earlier_release_to_end(old_host):
    config = load_config(old_host.config)
    with hold_lock(config.state, "send"):
        old_host.run("collect")
    FileJournal(config.journal).clear()
    old_host.go()
    assert old_host.mailed().total() == 7
    assert FileJournal(config.journal).read_mark() is not None


@pytest.mark.parametrize(
    "command", [["send"], ["bounces"], ["track", "--listen", "127.0.0.1:0"], ["track", "--rotate-key"]]
)
def test_keys_that_are_gone_are_refused_once_something_was_sent(host, command):
    host.run("init", "--state-only")
    host.run("collect")
    host.run("send")
    keys = host.state.with_name("tracking.keys")
    keys.unlink()
    assert "--rotate-key --accept-loss" in host.run(*command, code=2 if "--check" in command else 78)
    assert not keys.exists()
    host.run("track", "--rotate-key", "--accept-loss")
    assert keys.exists()
    host.go()
    assert host.mailed().total() == 12


@pytest.mark.parametrize("command", [["status", "--check"], ["campaign", "list"], ["track", "--rotate-key"]])
def test_a_state_of_an_earlier_version_is_read_before_any_command_worked_with_it(old_host, command):
    old_host.run(*command)
    with Database(old_host.state, read_only=True) as db:
        assert not db.is_outdated()
