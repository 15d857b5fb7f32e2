"""``mpftp prune``: what was kept long enough goes, what was counted stays."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest

from mpftp.adapters.event_log import EventLogWriter
from mpftp.adapters.store import retention
from mpftp.adapters.store.database import Database
from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import from_ms
from mpftp.domain.event_log import Event

MAIL = "email;nome;telefone\n" + "".join(
    f"leitor{number}@exemplo.com.br;Leitor {number};+55119888{number:05}\n" for number in range(1, 41)
)
SENT_AT = 1_772_330_400_000
IP = "203.0.113.9"
PRIVATE = re.compile(r"leitor(?!1@)\d+@|Leitor \d|\+55119888|203\.0\.113|Leitor/1|errado", re.IGNORECASE)
YEAR_HOURS = 365 * 24


def tell(host, *events):
    log = EventLogWriter(host.config.spool_dir / "events")
    for event in events:
        log.append(event)
    log.close()


@pytest.fixture
def over(host):
    """A campaign of last year, with opens, clicks and an opt-out; two lines of MAIL are no good."""
    host.configure("keep_contacts_days = 60\nkeep_events_days = 60")
    host.lay("Um", MAIL=MAIL + "errado;Nome Errado;1\n")
    host.run("collect", code=1)
    host.run("send")
    with Database(host.config.state, read_only=True) as db:
        ids = [row[0] for row in db.rows("SELECT id FROM delivery WHERE state = 'sent' ORDER BY id")]
    at = SENT_AT + 3_600_000
    tell(
        host,
        *(Event(EventKind.OPEN, number, from_ms(at), ip=IP, agent="Leitor/1") for number in ids[:20]),
        *(Event(EventKind.CLICK, number, from_ms(at), 1, IP, "Leitor/1") for number in ids[15:25]),
        Event(EventKind.OPT_OUT, ids[0], from_ms(at), ip=IP, agent="Leitor/1", source="link"),
    )
    host.hours += 4 * 24
    host.run("publish")
    host.sent_ids = ids
    return host


def figures(host):
    """What is told of the campaign, by every command that tells."""
    report = host.run("report", "Um_20260301").stdout
    status = json.loads(host.run("status", "--json", "--all").stdout)
    show = host.run("campaign", "show", "Um_20260301").stdout
    return report, status["campaigns"][0]["events"], status["campaigns"][0]["deliveries"], show


def kept(host):
    """Every file of ours as text, the client's and the delivered ones left out."""
    state = sqlite3.connect(host.config.state)
    text = "\n".join(state.iterdump())
    state.close()
    return text


def test_contacts_and_events_go_with_publish_and_every_figure_stays(over):
    before = figures(over)
    assert "leitor7@" in kept(over)
    over.hours += 60 * 24
    over.run("publish")
    text = kept(over)
    assert PRIVATE.findall(text) == []
    assert "leitor1@exemplo.com.br" in text  # opted out: she must not be mailed
    assert figures(over) == before
    with Database(over.config.state, read_only=True) as db:
        assert list(db.rows("SELECT DISTINCT kind FROM event")) == [("opt-out",)]
        assert db.find_damage() == []


def test_a_dry_run_names_them_and_deletes_nothing(over):
    assert over.run("prune", "--dry-run").stdout == ""
    over.hours += 60 * 24
    assert over.run("prune", "--dry-run").stdout == "acme/Um_20260301: contacts and events\n"
    assert "leitor7@" in kept(over)


def test_what_was_deleted_is_left_alone_by_later_runs(over):
    over.hours += 60 * 24
    over.run("prune")
    with Database(over.config.state, read_only=True) as db:
        changes = db.value("SELECT changes FROM memory")
    assert over.run("prune", "--dry-run").stdout == ""
    over.run("prune")
    with Database(over.config.state, read_only=True) as db:
        assert db.value("SELECT changes FROM memory") == changes


def test_an_opt_out_by_an_old_link_still_holds(over):
    over.hours += 60 * 24
    over.run("prune")
    tell(over, Event(EventKind.OPT_OUT, over.sent_ids[6], from_ms(SENT_AT + 10**10), source="link"))
    over.run("publish")
    mailed = over.mailed()
    over.lay("Dois", MAIL=MAIL)
    over.run("collect")
    over.run("send")
    assert over.mailed() == mailed + 40 - 2


def test_who_was_deleted_can_still_be_forgotten(over):
    over.hours += 60 * 24
    over.run("prune")
    assert "lines of MAIL in the state: 1" in over.run("forget", "leitor7@exemplo.com.br", "--yes").stdout


def test_results_that_cannot_be_written_again_are_refused(over):
    over.hours += 60 * 24
    over.run("prune")
    assert "were deleted" in over.run("publish", "--again", "Um_20260301", code=2).stderr
    over.configure("publish_again_after_days = 365")
    over.hours += YEAR_HOURS * 3
    over.run("publish")
    with Database(over.config.state, read_only=True) as db:
        assert db.value("SELECT count(*) FROM publication") == 1


def test_cut_at_any_step_the_next_run_goes_on(over, monkeypatch):
    before = figures(over)
    over.hours += 60 * 24
    monkeypatch.setattr(retention, "ROWS_A_STEP", 7)
    for steps in range(1, 12):
        with Database(over.config.state) as db:
            store = retention.RetentionStore(db)
            for delete in (store.delete_events, store.delete_contacts):
                for _ in zip(range(steps % 3 + 1), delete(1, from_ms(SENT_AT)), strict=False):
                    pass
    over.run("prune")
    assert "leitor7@" not in kept(over)
    assert figures(over) == before


def test_space_is_given_back_by_a_new_state_and_by_compact_for_an_old_one(over, tmp_path):
    with Database(over.config.state) as db:
        assert retention.RetentionStore(db).shrinks()
        db.execute("PRAGMA auto_vacuum = NONE")
        db.execute("VACUUM")
        assert not retention.RetentionStore(db).shrinks()
    over.hours += 60 * 24
    over.run("prune")
    said = over.run("prune", "--compact").stderr
    assert re.search(r"needs up to \d+ MB of \d+ MB free", said)
    with Database(over.config.state) as db:
        assert retention.RetentionStore(db).shrinks()
        assert db.value("PRAGMA freelist_count") == 0
        assert db.find_damage() == []


def test_without_the_settings_nothing_goes(host):
    host.lay("Um", MAIL=MAIL)
    host.go()
    host.hours += 3 * 24
    host.run("publish")
    host.hours += 10 * YEAR_HOURS
    host.run("publish")
    assert "leitor7@" in kept(host)
