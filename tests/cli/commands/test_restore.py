"""``mpftp backup`` and ``mpftp restore``: what is put back mails nobody twice."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
import threading
import unicodedata
from collections import Counter

import pytest

from mpftp.adapters.keys import load_signing_keys
from mpftp.adapters.lock import hold_lock
from mpftp.adapters.store.database import Database


def test_a_backup_is_whole_private_and_says_what_is_in_it(host, tmp_path):
    host.lay("Um")
    host.go()
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / f".b.tar.{os.getpid()}").symlink_to(tmp_path / "elsewhere")
    host.run("backup", str(tmp_path / "b.tar"))
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert stat.S_IMODE((tmp_path / "b.tar").stat().st_mode) == 0o600
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert {"manifest.json", "state.db", "journal", "tracking.keys"} <= set(tar.getnames())
        assert tar.getnames()[0] == "manifest.json"
    out = host.run("backup", "-").stdout_bytes
    with tarfile.open(fileobj=io.BytesIO(out)) as tar:
        assert "state.db" in tar.getnames()
    assert not list((tmp_path / "spool").glob("backup-*"))


@pytest.mark.parametrize("keep_spool", [True, False])
def test_after_a_restore_nobody_is_mailed_twice(host, tmp_path, keep_spool):
    """A backup in the middle of a campaign and under load, three more campaigns, then the backup."""
    host.lay("Um")
    host.run("collect")
    host.run("send", "--max-messages", "5")
    ended = threading.Event()

    def write():
        with Database(host.config.state) as db:
            while not ended.wait(0.001):
                with db.transaction():
                    db.execute("INSERT INTO client (name) VALUES (?)", (os.urandom(8).hex(),))

    load = threading.Thread(target=write)
    load.start()
    try:
        host.run("backup", str(tmp_path / "b.tar"))
    finally:
        ended.set()
        load.join()
    for name in ("Dois", "Tres", "Quatro"):
        host.lay(name)
    host.go()
    assert host.mailed() == 4 * 12
    host.config.state.unlink()
    if not keep_spool:
        for name in ("Dois", "Tres", "Quatro"):
            for path in (tmp_path / f"spool/originals/acme/{name}_20260301").iterdir():
                path.unlink()
            (tmp_path / f"spool/originals/acme/{name}_20260301").rmdir()
    said = host.run("restore", str(tmp_path / "b.tar")).stderr
    assert "1 campaign is held (restored)" in said
    assert "decide for each held campaign" in said
    assert f"{3 if keep_spool else 0} later triplets are known" in said
    held = 0 if keep_spool else 1
    host.go(code=held)
    host.go()
    assert host.mailed() == 4 * 12
    assert all(state.startswith("paused restored") for state in host.states().values())
    assert set(host.states()) == ({"Um"} if keep_spool else {"Um", "Dois", "Tres", "Quatro"})
    host.lay("Cinco")
    host.go()
    assert host.mailed() == 5 * 12
    host.run("campaign", "resume", "Um_20260301")
    host.run("send")
    assert host.mailed() == 5 * 12 + 7


def test_the_links_of_what_was_lost_name_nobody_else(host, tmp_path):
    host.lay("Um")
    host.go()
    host.run("backup", str(tmp_path / "b.tar"))
    host.lay("Dois")
    host.go()
    with Database(host.config.state, read_only=True) as db:
        lost = {row[0] for row in db.rows("SELECT id FROM delivery")}
    host.hours += 24
    host.run("restore", str(tmp_path / "b.tar"))
    host.run("collect")
    host.lay("Tres")
    host.run("collect")
    with Database(host.config.state, read_only=True) as db:
        found = [row[0] for row in db.rows("SELECT id FROM delivery d WHERE (SELECT name FROM campaign c"
                                           " WHERE c.id = d.campaign_id) = 'Tres'")]  # fmt: skip
    assert len(found) == 12
    assert not lost & set(found)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_files_that_lay_there_all_the_time_are_not_taken_for_a_second_use(host, tmp_path, form):
    host.lay(unicodedata.normalize(form, "Promoção"))
    host.go()
    host.run("backup", str(tmp_path / "b.tar"))
    said = host.run("restore", str(tmp_path / "b.tar")).stderr
    assert "0 campaigns are held" in said
    assert "decide for each" not in said
    host.run("collect")
    assert not list(host.remote.glob("*_ERRO_*"))


def test_a_state_that_stands_there_is_moved_aside_and_the_keys_come_back(host, tmp_path):
    host.lay("Um")
    host.go()
    host.run("backup", str(tmp_path / "b.tar"))
    before = load_signing_keys(tmp_path / "tracking.keys")
    (tmp_path / "tracking.keys").write_text("7 " + "ab" * 32 + "\n")
    host.run("restore", str(tmp_path / "b.tar"))
    assert len(list(tmp_path.glob("state.db.before-*"))) == 1
    assert Counter(load_signing_keys(tmp_path / "tracking.keys")) == Counter([(7, b"\xab" * 32), *before])
    host.go()
    assert host.mailed() == 12


def test_nothing_is_put_over_a_state_in_use(host, tmp_path):
    host.run("backup", str(tmp_path / "b.tar"))
    before = host.config.state.read_bytes()
    with hold_lock(host.config.state, "send"):
        host.run("restore", str(tmp_path / "b.tar"), code=75)
    assert host.config.state.read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign"])
def test_a_damaged_backup_changes_nothing(host, tmp_path, damage):
    host.run("backup", str(tmp_path / "b.tar"))
    data = bytearray((tmp_path / "b.tar").read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "flipped":
        data[data.index(b"SQLite format 3") + 40] ^= 1
    else:
        data = bytearray(b"no tar at all" * 100)
    (tmp_path / "b.tar").write_bytes(data)
    before = host.config.state.read_bytes()
    assert "backup" in host.run("restore", str(tmp_path / "b.tar"), code=78).stderr
    assert host.config.state.read_bytes() == before


def test_what_is_said_is_json_where_the_log_is(host, tmp_path):
    host.lay("Um")
    host.run("collect")
    host.run("backup", str(tmp_path / "b.tar"))
    for words in (["restore", str(tmp_path / "b.tar")], ["prune", "--compact"]):
        said = host.run(*words, "--log-format", "json").stderr.splitlines()
        lines = [json.loads(line) for line in said]
        assert lines
        assert {(line["level"], bool(line["run"])) for line in lines} == {("info", True)}
