"""Signing keys that are missing, revoked or given up: every link already sent hangs on them."""

from __future__ import annotations

import pytest

from mpftp.adapters.keys import load_signing_keys
from mpftp.adapters.lock import hold_lock
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.signing_keys import SigningKeyStore

REFUSING = [["send"], ["bounces"], ["track", "--listen", "127.0.0.1:0"], ["track", "--rotate-key"]]


@pytest.fixture
def keys(host):
    """The keys' file after three campaigns: two by key 0, one by key 1."""
    for name in ("Um", "Dois"):
        host.lay(name)
        host.go()
    host.run("track", "--rotate-key")
    host.lay("Tres")
    host.go()
    return host.folder / "tracking.keys"


def numbers(path):
    return [number for number, _ in load_signing_keys(path)]


def check(host, code=0):
    """What monitoring hears, right after ``collect`` ran."""
    host.run("collect")
    return host.run("status", "--check", code=code).stdout


def line_of(path, number):
    (line,) = [line for line in path.read_text().splitlines(True) if line.startswith(f"{number} ")]
    return line


@pytest.mark.parametrize("command", REFUSING)
def test_a_file_without_a_key_that_signed_counts_as_missing(host, keys, command):
    whole = keys.read_text()
    keys.write_text(whole.replace(line_of(keys, 0), ""))
    host.lay("Quatro")
    host.run("collect")
    said = host.run(*command, code=78).stderr
    assert "key 0 is missing, on which the links of 2 campaigns hang" in said
    assert "--rotate-key --accept-loss" in said
    keys.write_text(whole)
    host.run("send")


def test_another_key_of_the_same_number_is_another_key(host, keys):
    keys.unlink()
    assert numbers(keys) == [0]  # whoever asks first makes a new file
    assert "keys 0 and 1 are missing" in host.run("send", code=78).stderr


def test_monitoring_and_doctor_tell_of_a_missing_key(host, keys):
    assert "keys" not in check(host)
    doctor = host.run("doctor", code=1).stdout
    assert f"ok      keys      {keys}: key 1 signs; 0 verifies older links" in doctor
    keys.write_text(line_of(keys, 1))
    assert "signing keys: key 0 is missing" in check(host, 2)
    assert "BAD     keys" in host.run("doctor", code=1).stdout
    keys.write_text("rubbish")
    assert "line 1 is not" in check(host, 2)
    keys.unlink()
    assert "keys 0 and 1 are missing" in host.run("doctor", code=1).stdout
    assert not keys.exists()


def test_a_loss_is_accepted_in_so_many_words(host, keys):
    keys.write_text(line_of(keys, 1))
    said = host.run("track", "--rotate-key", "--accept-loss").stdout
    assert "The links of 2 campaigns are dead: key 0 is missing" in said
    assert sorted(numbers(keys)) == [0, 1]
    assert check(host).startswith("MPFTP OK ")
    host.go()
    assert "dead" not in host.run("track", "--rotate-key", "--accept-loss").stdout


def test_the_loss_of_the_whole_file(host, keys):
    keys.unlink()
    assert "The links of 3 campaigns are dead" in host.run("track", "--rotate-key", "--accept-loss").stdout
    host.lay("Quatro")
    host.go()


def test_a_key_is_revoked_and_no_longer_missed(host, keys):
    kept = line_of(keys, 1)
    assert (
        "Key 0 is revoked; the links of 2 campaigns are dead."
        in host.run("track", "--revoke-key", "0").stdout
    )
    assert keys.read_text() == kept
    assert keys.stat().st_mode & 0o777 == 0o600
    host.lay("Quatro")
    host.go()
    assert check(host).startswith("MPFTP OK ")
    assert "the only one" in host.run("track", "--revoke-key", "1", code=2).stderr
    assert keys.read_text() == kept
    assert "no key 7" in host.run("track", "--revoke-key", "7", code=2).stderr


def test_a_key_that_was_taken_out_by_hand_is_revoked_by_the_same_line(host, keys):
    keys.write_text(line_of(keys, 1))
    assert "2 campaigns" in host.run("track", "--revoke-key", "0").stdout
    host.run("send")


def test_no_key_is_revoked_while_messages_are_being_signed(host, keys):
    before = keys.read_text()
    with hold_lock(host.folder / "state.db", "send"):
        host.run("track", "--revoke-key", "0", code=75)
    assert keys.read_text() == before


def test_a_state_of_an_earlier_version_misses_the_keys_that_it_found(host, keys):
    with Database(host.folder / "state.db") as db:
        db.execute("DELETE FROM campaign_key")
        db.execute("DELETE FROM signing_key")
    host.run("send")
    keys.write_text(line_of(keys, 1))
    assert "key 0 is missing, on which the links of 3 campaigns hang" in host.run("send", code=78).stderr


def test_a_test_message_leaves_no_trace(host):
    host.lay("Um")
    host.run("collect")
    host.run("campaign", "test", "1", "--to", "eu@exemplo.com.br")
    with Database(host.folder / "state.db", read_only=True) as db:
        assert SigningKeyStore(db).used_keys() == []


def test_monitoring_tells_of_a_state_that_is_older_than_its_journal(host, keys):
    with Database(host.folder / "state.db") as db:
        db.execute("UPDATE memory SET changes = changes - 1")
    assert "older than what was sent since" in host.run("status", "--check", code=2).stdout
    assert "older than what was sent since" in host.run("status").stdout
    (host.folder / "state.db.journal").unlink()
    said = host.run("status", "--check", code=2).stdout
    assert "the journal that says how far is not beside it" in said
