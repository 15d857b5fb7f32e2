"""Opening the state file: blank, newer, foreign, damaged, locked; transactions that hold."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import suppress

import pytest

from mpftp.adapters.store import database
from mpftp.adapters.store.database import APPLICATION_ID, Database, migrations
from mpftp.errors import Exit, LockedError, StateError


def test_a_blank_file_becomes_a_state_file_that_only_we_may_read(tmp_path):
    path = tmp_path / "state.db"
    with Database(path) as db:
        assert db.value("PRAGMA application_id") == APPLICATION_ID
        assert db.value("PRAGMA user_version") == migrations()[-1][0]
        assert db.value("PRAGMA journal_mode") == "wal"
        assert db.value("PRAGMA foreign_keys") == 1
        assert db.find_damage() == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_migrations_are_numbered_without_gaps():
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_opening_again_changes_nothing(tmp_path):
    path = tmp_path / "state.db"
    with Database(path) as db, db.transaction():
        db.execute("INSERT INTO client (name) VALUES ('acme')")
    with Database(path) as db:
        assert db.value("SELECT name FROM client") == "acme"


def test_a_newer_file_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "state.db"
    Database(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 999")
    raw.close()
    with pytest.raises(StateError, match=r"newer mpftp \(schema 999") as caught:
        Database(path)
    assert caught.value.exit_code == Exit.CONFIG
    assert "upgrade" in caught.value.hint


def test_a_file_of_another_program_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StateError, match="not made by mpftp"):
        Database(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4080])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"state\.db: the state file is damaged"):
        Database(path)


@pytest.mark.parametrize("thorough", [True, False])
def test_damage_inside_is_found(tmp_path, thorough):
    path = tmp_path / "state.db"
    with Database(path) as db, db.transaction():
        db.execute_many("INSERT INTO client (name) VALUES (?)", ((f"client {n}",) for n in range(2000)))
    content = bytearray(path.read_bytes())
    page = content.rfind(b"client 1999") // 4096 * 4096
    content[page : page + 200] = b"\xa5" * 200
    path.write_bytes(content)
    with Database(path, read_only=True) as db:
        try:
            found = db.find_damage(thorough=thorough)
        except StateError as error:
            found = [error.message]
    assert found


def test_a_reference_that_leads_nowhere_is_found_by_the_thorough_check(db):
    db.execute("PRAGMA foreign_keys = OFF")
    with db.transaction():
        db.execute("INSERT INTO processed (client_id, name, date) VALUES (9, 'Promo', '20260301')")
    assert db.find_damage(thorough=False) == []
    assert [line.partition(":")[0] for line in db.find_damage()] == ["foreign key"]


def test_a_missing_file_is_not_made_by_looking(tmp_path):
    with pytest.raises(StateError, match="there is no state file"):
        Database(tmp_path / "state.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(StateError, match="directory does not exist"):
        Database(tmp_path / "nowhere" / "state.db")


def test_a_locked_file_is_try_later(tmp_path):
    path = tmp_path / "state.db"
    with Database(path) as first, Database(path, busy_seconds=0.05) as second, first.transaction():
        first.execute("INSERT INTO client (name) VALUES ('a')")
        with pytest.raises(LockedError, match="locked by another program") as caught, second.transaction():
            pass
    assert caught.value.exit_code == Exit.TRY_LATER


def test_a_transaction_happens_whole_or_not_at_all(db):
    def half_done():
        with db.transaction():
            db.execute("INSERT INTO client (name) VALUES ('a')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert db.value("SELECT count(*) FROM client") == 0


def test_only_what_may_be_lost_does_not_wait_for_the_disk(db):
    off, normal, full = 0, 1, 2
    db.execute(f"PRAGMA synchronous = {full}")
    with db.transaction():
        assert db.value("PRAGMA synchronous") == full
    with suppress(ZeroDivisionError), db.transaction(counted=False):
        assert db.value("PRAGMA synchronous") == normal
        1 / 0  # noqa: B018
    assert db.value("PRAGMA synchronous") == full
    db.execute(f"PRAGMA synchronous = {off}")
    with db.transaction(counted=False):
        assert db.value("PRAGMA synchronous") == off


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "state.db"
    Database(path).close()
    script = tmp_path / "broken.sql"
    script.write_text("CREATE TABLE fine (x);\nCREATE TABLE broken (;")
    broken = [*migrations(), (len(migrations()) + 1, script)]
    monkeypatch.setattr(database, "migrations", lambda: broken)
    with pytest.raises(StateError):
        Database(path)
    monkeypatch.undo()
    with Database(path) as db:
        assert db.value("PRAGMA user_version") == len(migrations())
        assert db.value("SELECT count(*) FROM sqlite_schema WHERE name = 'fine'") == 0


def test_reading_needs_no_write_access_to_the_schema(tmp_path):
    path = tmp_path / "state.db"
    with Database(path) as writer, Database(path, read_only=True) as reader:
        with writer.transaction():
            writer.execute("INSERT INTO client (name) VALUES ('a')")
        assert reader.value("SELECT count(*) FROM client") == 1
        with pytest.raises(StateError):
            reader.execute("INSERT INTO client (name) VALUES ('b')")


@pytest.mark.parametrize("content", [None, b""])
@pytest.mark.parametrize("options", [{"read_only": True}, {"must_exist": True}])
def test_a_lost_state_file_is_not_made_anew(tmp_path, content, options):
    state = tmp_path / "state.db"
    if content is not None:
        state.write_bytes(content)
    with pytest.raises(StateError, match="there is no state file"):
        Database(state, **options)
    assert (state.read_bytes() if state.exists() else None) == content


def test_every_change_moves_the_mark_and_tells_it_once_it_is_committed(tmp_path):
    told = []
    with Database(tmp_path / "state.db") as db:
        before = db.mark()
        db.on_change = told.append
        with db.transaction():
            assert db.row("SELECT 1 FROM client") is None
        assert told == []
        with db.transaction():
            db.execute("INSERT INTO client (name) VALUES ('acme')")
            assert told == []
        assert told == [db.mark()]
        assert (told[0].state_id, told[0].changes) == (before.state_id, before.changes + 1)
        with pytest.raises(StateError), db.transaction():
            db.execute("INSERT INTO client (id, name) VALUES (2, 'beta'), (3, 'beta')")
        assert told == [db.mark()]


def test_a_full_disk_is_told_from_wrong_permissions(tmp_path, monkeypatch):
    state = tmp_path / "state.db"
    Database(state).close()

    def refuse(*_arguments, **_options):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    monkeypatch.setattr("mpftp.adapters.store.database.sqlite3.connect", refuse)
    with pytest.raises(StateError, match="cannot be read or written"):
        Database(state)
    full = list(os.statvfs(tmp_path))
    full[4] = 0  # f_bavail
    monkeypatch.setattr("os.statvfs", lambda path: os.statvfs_result(full))
    with pytest.raises(LockedError, match="the disk is full"):
        Database(state)
