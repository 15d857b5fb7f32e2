"""``status`` in a state of many campaigns: all their troubles, few of their figures, few questions."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from mpftp.adapters.store.alerts import AlertStore
from mpftp.adapters.store.campaign_list import list_campaigns
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.overview import Overview
from mpftp.adapters.store.runs import LastRun, RunStore
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.clock import to_ms
from mpftp.stages.status import DEFAULT_NEWEST_CAMPAIGNS, MAX_FULL_UNDER_WAY, TROUBLE_AGE, read_status
from tests.conftest import SENT_AT
from tests.settings import send_policy

NOW = SENT_AT + timedelta(hours=3)


def add_campaigns(db, count, state="finished", *, ended=NOW, edition=None, deliveries=("sent", "failed")):
    """So many campaigns alike, each with a fragment that was due at ``SENT_AT``; the first one's id."""
    done = to_ms(ended) if state == "finished" else None
    with db.transaction():
        db.execute("INSERT OR IGNORE INTO client (id, name) VALUES (1, 'acme')")
        first = db.value("SELECT coalesce(max(id), 0) + 1 FROM campaign")
        for number in range(first, first + count):
            db.execute(
                "INSERT INTO campaign (id, client_id, name, date, state, digest, settings, columns, html,"
                " accepted_at, finished_at) VALUES (?, 1, ?, '20260301', ?, '', ?, '[]', '', 0, ?)",
                (number, f"Promo{number}", state, json.dumps({"subject": "Oi", "folder": "p"}), done),
            )
            db.execute(
                "INSERT INTO fragment (id, campaign_id, number, due_at, contacts, finished_at)"
                " VALUES (?1, ?1, 1, ?2, 2, ?3)",
                (number, to_ms(SENT_AT), done),
            )
            db.execute_many(
                "INSERT INTO delivery (campaign_id, line, email, fields, state)"
                " VALUES (?, 2, 'a@b.co', '', ?)",
                ((number, one) for one in deliveries),
            )
            if edition:
                db.execute(
                    "INSERT INTO publication (campaign_id, edition, due_at, trouble) VALUES (?, 2, ?, ?)",
                    (number, to_ms(SENT_AT), edition),
                )
    return first


def read(db, **how):
    policies = {"acme": send_policy("smtp", ZoneInfo("UTC"), 3)}
    return read_status(Overview(db), "", {"acme": True}, NOW, policies=policies, **how)


def test_troubles_are_told_of_campaigns_whose_figures_are_not_shown(db):
    late = add_campaigns(db, 1, edition="the server is away")
    lost = add_campaigns(db, 1, deliveries=("doubt", "sent"))
    long_ago = add_campaigns(db, 1, deliveries=("doubt",), ended=NOW - TROUBLE_AGE - timedelta(hours=1))
    first = add_campaigns(db, MAX_FULL_UNDER_WAY + DEFAULT_NEWEST_CAMPAIGNS, "active")
    found = read(db)
    shown = {look.ref.id for look in found.campaigns}
    assert len(shown) == MAX_FULL_UNDER_WAY
    assert not shown & {late, lost, long_ago, first}
    told = {(one.kind, one.about) for one in found.trouble}
    assert ("publish", f"acme/Promo{late}_20260301") in told
    assert ("doubt", f"acme/Promo{lost}_20260301") in told
    assert ("doubt", f"acme/Promo{long_ago}_20260301") not in told
    assert ("overdue", f"acme/Promo{first}_20260301") in told
    assert len(found.due) == MAX_FULL_UNDER_WAY + DEFAULT_NEWEST_CAMPAIGNS + 1
    assert sum(found.states.values()) == MAX_FULL_UNDER_WAY + DEFAULT_NEWEST_CAMPAIGNS + 3
    assert len(read(db, newest=None).campaigns) == sum(found.states.values())


def test_what_the_relay_or_a_server_keeps_back_is_not_overdue(db):
    add_campaigns(db, 1, "active", edition="the server is away")
    AlertStore(db).raise_alert("relay", "relay:25: no answer", SENT_AT)
    ended = NOW - timedelta(minutes=30)
    assert [one.kind for one in read(db).trouble] == ["obstacle", "overdue", "publish"]
    RunStore(db).record(LastRun("send", ended, 0.0, 75, None))
    assert [one.kind for one in read(db).trouble] == ["obstacle", "publish"]
    RunStore(db).record(LastRun("send", SENT_AT, 0.0, 75, None))
    assert "overdue" in [one.kind for one in read(db).trouble]


@pytest.fixture
def count_questions(db, tmp_path, monkeypatch):
    """A function that counts the statements that another one asks of the state."""

    def count(ask):
        asked = []
        connect = sqlite3.connect

        def watch(*args, **options):
            connection = connect(*args, **options)
            connection.set_trace_callback(asked.append)
            return connection

        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", watch)
            with Database(tmp_path / "state.db", read_only=True) as reader:
                asked.clear()
                ask(reader)
        return len(asked)

    return count


def test_the_number_of_questions_does_not_grow_with_that_of_campaigns(db, count_questions):
    for state, edition in (("active", None), ("finished", "away")):
        add_campaigns(db, MAX_FULL_UNDER_WAY, state, edition=edition)
    before = count_questions(read)
    for state, edition in (("active", None), ("finished", "away"), ("finished", None)):
        add_campaigns(db, 100, state, edition=edition)
    assert count_questions(read) <= before + 10
    assert count_questions(list_campaigns) == 2


def test_the_list_counts_what_became_of_each_line(db):
    add_campaigns(db, 2)
    add_campaigns(db, 1, "active", deliveries=())
    newest, *older = list_campaigns(db)
    assert (newest.lines, dict(newest.deliveries)) == (0, {})
    for one in older:
        assert dict(one.deliveries) == {DeliveryState.SENT: 1, DeliveryState.FAILED: 1}
    assert [one.ref.id for one in list_campaigns(db, "acme", "p", 2)] == [3, 2]
    assert list_campaigns(db, "acme", "other") == []
