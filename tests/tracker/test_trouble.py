"""The doors while the state is locked, gone, replaced or emptied: no reader waits, no event is lost."""

from __future__ import annotations

import contextlib
import sqlite3
import time

import pytest

from mpftp.adapters.keys import add_key, load_signing_keys
from mpftp.adapters.store.database import Database
from mpftp.domain.tokens import Signer, TokenKind

WAIT = 2.0  # seconds; far more than PATIENCE, far less than the state's own patience


def timed(house, *arguments, **environ):
    started = time.monotonic()
    answer = house.ask(*arguments, **environ)
    assert time.monotonic() - started < WAIT
    return answer


def kinds(house):
    return [event.kind for event in house.events()]


def test_a_writer_that_holds_the_state_for_minutes_is_not_noticed(house):
    with Database(house.config.state) as writer, writer.transaction():
        writer.execute("UPDATE delivery SET reply = 'busy'")
        assert timed(house, house.path(TokenKind.CLICK, link=1)).status == 302
        assert "Loja &amp; Cia" in timed(house, house.path(TokenKind.OPT_OUT)).text
        assert timed(house, house.path(TokenKind.WEB)).status == 200


def test_a_state_that_was_read_once_cannot_be_closed_to_us(house):
    assert house.ask(house.path(TokenKind.CLICK, link=1)).status == 302
    greedy = sqlite3.connect(house.config.state, isolation_level=None, timeout=0)
    greedy.execute("PRAGMA locking_mode = EXCLUSIVE")
    with contextlib.suppress(sqlite3.OperationalError):
        greedy.execute("BEGIN EXCLUSIVE")
    assert timed(house, house.path(TokenKind.CLICK, link=2)).status == 302
    greedy.close()


def locked_out(house):
    """A program that keeps every reader out, as a repair would."""
    greedy = sqlite3.connect(house.config.state, isolation_level=None, timeout=0)
    greedy.execute("PRAGMA locking_mode = EXCLUSIVE")
    greedy.execute("BEGIN EXCLUSIVE")
    return greedy


def test_when_nothing_can_be_read_the_reader_is_told_at_once_and_the_events_are_kept(house):
    greedy = locked_out(house)
    click = timed(house, house.path(TokenKind.CLICK, link=1))
    assert (click.status, click.headers["Retry-After"]) == (503, "30")
    assert "Tente novamente" in click.text
    assert timed(house, house.path(TokenKind.OPEN)).status == 200
    assert timed(house, house.path(TokenKind.WEB)).status == 503
    assert "deste remetente" in timed(house, house.path(TokenKind.OPT_OUT)).text
    assert timed(house, house.path(TokenKind.OPT_OUT), "POST", b"confirm=yes").status == 200
    assert kinds(house) == ["click", "open", "opt-out"]
    greedy.close()


def test_the_state_is_read_again_as_soon_as_it_can_be(house, monkeypatch):
    monkeypatch.setattr("mpftp.tracker.campaigns.RETRY_AFTER_SECONDS", 0.0)
    greedy = locked_out(house)
    assert house.ask(house.path(TokenKind.CLICK, link=1)).status == 503
    greedy.close()
    assert house.ask(house.path(TokenKind.CLICK, link=1)).status == 302


def test_before_there_is_a_state_file_and_after_it_was_moved_away(house, monkeypatch):
    monkeypatch.setattr("mpftp.tracker.campaigns.RETRY_AFTER_SECONDS", 0.0)
    away = house.config.state.rename(house.config.state.with_name("away.db"))
    assert timed(house, house.path(TokenKind.CLICK, link=1)).status == 503
    assert timed(house, house.path(TokenKind.OPEN)).status == 200
    assert not house.config.state.exists()  # reading makes no file
    away.rename(house.config.state)
    assert house.ask(house.path(TokenKind.CLICK, link=1)).status == 302
    house.config.state.rename(away)
    assert house.ask(house.path(TokenKind.CLICK, link=1)).status == 302


def test_a_state_restored_from_a_backup_is_seen(house, monkeypatch):
    monkeypatch.setattr("mpftp.tracker.campaigns.FILE_CHECK_SECONDS", 0.0)
    assert (
        house.ask(house.path(TokenKind.CLICK, link=1)).headers["Location"]
        == "https://loja.example/oferta?a=1"
    )
    backup = house.config.state.with_name("backup.db")
    with Database(house.config.state) as db:
        db.execute("VACUUM INTO ?", (str(backup),))
    with Database(backup) as db, db.transaction():
        db.execute("UPDATE link SET url = 'https://outra.example/'")
    for suffix in ("-wal", "-shm"):
        house.config.state.with_name("state.db" + suffix).unlink(missing_ok=True)
    backup.replace(house.config.state)
    assert house.ask(house.path(TokenKind.CLICK, link=1)).headers["Location"] == "https://outra.example/"


def test_links_of_a_campaign_that_was_removed_say_so_and_its_opt_out_still_works(house):
    with Database(house.config.state) as db, db.transaction():
        db.execute("DELETE FROM campaign")
    click = house.ask(house.path(TokenKind.CLICK, link=1))
    assert click.status == 410
    assert "não está mais disponível" in click.text
    assert house.ask(house.path(TokenKind.WEB)).status == 410
    assert house.ask(house.path(TokenKind.OPT_OUT), "POST", b"confirm=yes").status == 200
    assert kinds(house) == ["click", "opt-out"]


def test_a_link_number_that_the_campaign_lacks_leads_nowhere(house):
    assert house.ask(house.path(TokenKind.CLICK, link=9)).status == 410
    assert house.ask(house.path(TokenKind.CLICK, link=0)).status == 410


@pytest.mark.parametrize("url", ["javascript:alert(1)", "{{nome}}", "file:///etc/passwd", "https:///x"])
def test_a_stored_link_that_is_no_web_address_is_never_followed(house, url):
    with Database(house.config.state) as db, db.transaction():
        db.execute("UPDATE link SET url = ?", (url,))
        db.execute("""UPDATE delivery SET fields = '["a@b.example","1","javascript:alert(1)"]'""")
    answer = house.ask(house.path(TokenKind.CLICK, link=1))
    assert answer.status == 410
    assert "Location" not in answer.headers


def test_when_the_log_cannot_be_written_readers_go_on_and_an_opt_out_is_not_promised(house):
    house.config.spool_dir.mkdir()
    (house.config.spool_dir / "events").write_text("in the way")
    assert house.ask(house.path(TokenKind.OPEN)).status == 200
    assert house.ask(house.path(TokenKind.CLICK, link=1)).status == 302
    answer = house.ask(house.path(TokenKind.OPT_OUT), "POST", b"List-Unsubscribe=One-Click")
    assert answer.status == 503
    assert "Tente novamente" in answer.text
    (house.config.spool_dir / "events").unlink()
    assert house.ask(house.path(TokenKind.OPT_OUT), "POST", b"confirm=yes").status == 200
    assert kinds(house) == ["opt-out"]


def test_a_key_added_while_we_run_counts_at_once_and_the_old_one_still_does(house):
    old = house.path(TokenKind.CLICK, link=1)
    keys = house.config.state.with_name("tracking.keys")
    add_key(keys)
    new = Signer(load_signing_keys(keys)).sign(TokenKind.CLICK, house.deliveries["ana"], 1)
    assert house.ask(f"/c/{new}").status == 302
    assert house.ask(old).status == 302
    keys.unlink()
    keys.write_text("damaged")
    assert house.ask(old).status == 302
    assert house.ask("/c/" + "a" * 24).status == 404
