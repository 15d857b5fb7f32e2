"""What ``report`` reads: one campaign counted in every way that people ask for. No changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.overview import CampaignRef
from mpftp.domain.bounces.reasons import classify_reply
from mpftp.domain.campaign import DeliveryState, EventKind
from mpftp.domain.clock import from_ms, from_optional_ms
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.domain.results.statistics import (
    BounceCounts,
    CampaignStatistics,
    EventCounts,
    LinkClicks,
    QuarterHour,
)

_COUNTS = """count(*), count(*) FILTER (WHERE mark <> ''), count(DISTINCT delivery_id),
             count(DISTINCT delivery_id) FILTER (WHERE mark = '')"""
_QUARTER_HOUR_MS = 900_000  # milliseconds


def read_statistics(
    db: Database, campaign: CampaignRef, *, marked: bool = True, progress: OnProgress = silent
) -> CampaignStatistics:
    """The figures of *campaign*; without *marked*, a click that a machine made infers no open."""
    person = "" if marked else " AND {}.mark = ''"
    parts: dict[str, Callable[[Database, int], Any]] = {
        "deliveries": _deliveries,
        "events": _events,
        "inferred": partial(_inferred, person=person),
        "returned": _returned,
        "links": _links,
        "marks": _marks,
        "quarters": _quarters,
    }
    counted = {}
    for number, (name, count) in enumerate(parts.items()):
        progress(ProgressUpdate("Counting", number, len(parts), name))
        counted[name] = count(db, campaign.id)
    subject, first, last = _frame(db, campaign.id)
    return CampaignStatistics(
        campaign.client, campaign.key.name, campaign.key.date, subject, first, last, **counted
    )


def _frame(db: Database, campaign_id: int) -> tuple[str, datetime | None, datetime | None]:
    """The subject, and when the first and the last message went out."""
    subject, first, last = db.row(
        "SELECT coalesce(json_extract(settings, '$.subject'), ''),"
        " (SELECT min(settled_at) FROM delivery WHERE campaign_id = c.id AND state = 'sent'),"
        " (SELECT max(settled_at) FROM delivery WHERE campaign_id = c.id AND state = 'sent')"
        " FROM campaign c WHERE id = ?",
        (campaign_id,),
    ) or ("", None, None)
    return (
        subject,
        from_optional_ms(first),
        from_optional_ms(last),
    )


def _deliveries(db: Database, campaign_id: int) -> dict[DeliveryState, int]:
    query = "SELECT state, count(*) FROM delivery WHERE campaign_id = ? GROUP BY state"
    return {DeliveryState(state): count for state, count in db.rows(query, (campaign_id,))}


def _events(db: Database, campaign_id: int) -> dict[EventKind, EventCounts]:
    query = f"SELECT kind, {_COUNTS} FROM event WHERE campaign_id = ? GROUP BY kind"  # noqa: S608
    return {EventKind(kind): EventCounts(*counts) for kind, *counts in db.rows(query, (campaign_id,))}


def _inferred(db: Database, campaign_id: int, person: str) -> int:
    query = (
        "SELECT count(DISTINCT delivery_id) FROM event e WHERE campaign_id = ? AND kind = 'click'"  # noqa: S608
        f"{person.format('e')} AND NOT EXISTS (SELECT 1 FROM event f WHERE f.delivery_id = e.delivery_id"
        f" AND f.kind = 'open'{person.format('f')})"
    )
    return int(db.value(query, (campaign_id,)))


def _returned(db: Database, campaign_id: int) -> list[BounceCounts]:
    """As RETORNADO has it: a contact's permanent bounce, else its last; and what the relay refused."""
    reported = (
        "SELECT class, reason FROM (SELECT class, reason, row_number() OVER"
        " (PARTITION BY delivery_id ORDER BY class = 'permanent' DESC, at DESC, id DESC) AS place"
        " FROM event WHERE campaign_id = ? AND kind = 'bounce') WHERE place = 1"
    )
    found = Counter((bounce_class, reason) for bounce_class, reason in db.rows(reported, (campaign_id,)))
    refused = (
        "SELECT code, reply, count(*) FROM delivery d WHERE campaign_id = ? AND state = 'failed'"
        " AND NOT EXISTS (SELECT 1 FROM event f WHERE f.delivery_id = d.id AND f.kind = 'bounce')"
        " GROUP BY code, reply"
    )
    for code, reply, count in db.rows(refused, (campaign_id,)):
        bounce_class, _, reason = classify_reply(code, reply)
        found[bounce_class.value, reason.value] += count
    return [BounceCounts(*key, count) for key, count in found.most_common()]


def _links(db: Database, campaign_id: int) -> list[LinkClicks]:
    query = (
        f"SELECT l.number, l.url, {_COUNTS} FROM link l JOIN event e"  # noqa: S608
        " ON e.campaign_id = l.campaign_id AND e.kind = 'click' AND e.link = l.number"
        " WHERE l.campaign_id = ? GROUP BY l.number ORDER BY count(*) DESC, l.number"
    )
    return [
        LinkClicks(number, url, EventCounts(*counts))
        for number, url, *counts in db.rows(query, (campaign_id,))
    ]


def _marks(db: Database, campaign_id: int) -> dict[tuple[EventKind, str], int]:
    query = (
        "SELECT kind, mark, count(*) FROM event WHERE campaign_id = ? AND mark <> ''"
        " GROUP BY kind, mark ORDER BY count(*) DESC, kind, mark"
    )
    return {(EventKind(kind), mark): count for kind, mark, count in db.rows(query, (campaign_id,))}


def _quarters(db: Database, campaign_id: int) -> list[QuarterHour]:
    query = (
        "SELECT at / ?, count(*) FILTER (WHERE kind = 'open'),"
        " count(*) FILTER (WHERE kind = 'open' AND mark <> ''), count(*) FILTER (WHERE kind = 'click')"
        " FROM event WHERE campaign_id = ? AND kind IN ('open', 'click') GROUP BY 1 ORDER BY 1"
    )
    rows = db.rows(query, (_QUARTER_HOUR_MS, campaign_id))
    return [
        QuarterHour(from_ms(number * _QUARTER_HOUR_MS), opens, marked, clicks)
        for number, opens, marked, clicks in rows
    ]
