"""What is counted of one campaign: its deliveries, situations, events, links and hours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.kept_totals import KeptTotals, load_kept_totals
from mpftp.adapters.store.situations import (
    count_more_events,
    count_situations,
    count_states,
    count_unreached,
)
from mpftp.domain.campaign import CampaignRef, EventKind
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
    """The figures of *campaign*; without *marked*, a click that a machine made infers no open.

    Opens and clicks that were deleted after their time are those that were counted then.
    """
    person = "" if marked else " AND {}.mark = ''"
    parts: dict[str, Callable[[Database, int], Any]] = {
        "deliveries": count_states,
        "situations": count_situations,
        "events": _events,
        "inferred": partial(_inferred, person=person),
        "unreached": _unreached,
        "links": _links,
        "marks": _marks,
        "quarters": _quarters,
        "more_events": count_more_events,
    }
    counted = {}
    for index, (name, count) in enumerate(parts.items()):
        progress(ProgressUpdate("Counting", index, len(parts), name))
        counted[name] = count(db, campaign.id)
    if kept := load_kept_totals(db, campaign.id):
        counted |= _with_kept(counted, kept, marked=marked)
    return CampaignStatistics(
        client=campaign.client,
        name=campaign.key.name,
        date=campaign.key.date,
        **_frame(db, campaign.id),
        **counted,
    )


def count_totals(db: Database, campaign_id: int) -> KeptTotals:
    """What is to be kept of a campaign's opens and clicks before they are deleted."""
    gone = (EventKind.OPEN, EventKind.CLICK)
    return KeptTotals(
        events={kind: counts for kind, counts in _events(db, campaign_id).items() if kind in gone},
        marks={key: count for key, count in _marks(db, campaign_id).items() if key[0] in gone},
        inferred=_inferred(db, campaign_id, person=""),
        inferred_people=_inferred(db, campaign_id, person=" AND {}.mark = ''"),
        links=_links(db, campaign_id),
        quarters=_quarters(db, campaign_id),
    )


def _with_kept(counted: dict[str, Any], kept: KeptTotals, *, marked: bool) -> dict[str, Any]:
    return {
        "events": counted["events"] | kept.events,
        "marks": counted["marks"] | kept.marks,
        "inferred": kept.inferred if marked else kept.inferred_people,
        "links": kept.links,
        "quarters": kept.quarters,
    }


def _frame(db: Database, campaign_id: int) -> dict[str, Any]:
    """What the campaign is, where it stands, and when the first and the last message went out."""
    query = """
        SELECT coalesce(json_extract(settings, '$.subject'), '') AS subject,
            coalesce(json_extract(settings, '$.folder'), '') AS folder, state, state_reason,
            (SELECT min(settled_at) FROM delivery WHERE campaign_id = c.id AND state = 'sent') AS first_at,
            (SELECT max(settled_at) FROM delivery WHERE campaign_id = c.id AND state = 'sent') AS last_at
        FROM campaign c WHERE id = ?"""
    (frame,) = db.named_rows(query, (campaign_id,))
    return frame | {name: from_optional_ms(frame[name]) for name in ("first_at", "last_at")}


def _events(db: Database, campaign_id: int) -> dict[EventKind, EventCounts]:
    query = f"SELECT kind, {_COUNTS} FROM event WHERE campaign_id = ? GROUP BY kind"  # noqa: S608
    return {EventKind(kind): EventCounts(*counts) for kind, *counts in db.rows(query, (campaign_id,))}


def _inferred(db: Database, campaign_id: int, person: str) -> int:
    # Contact by contact: the index of their events is read in its order, and once.
    seen = f"SELECT 1 FROM event e WHERE e.delivery_id = d.id{person.format('e')}"  # noqa: S608
    query = (
        "SELECT count(*) FROM delivery d WHERE d.campaign_id = ?"  # noqa: S608
        f" AND EXISTS ({seen} AND e.kind = 'click') AND NOT EXISTS ({seen} AND e.kind = 'open')"
    )
    return int(db.value(query, (campaign_id,)))


def _unreached(db: Database, campaign_id: int) -> list[BounceCounts]:
    """As RETORNADO has it."""
    return [BounceCounts(*key, count) for key, count in count_unreached(db, campaign_id).most_common()]


def _links(db: Database, campaign_id: int) -> list[LinkClicks]:
    query = (
        f"SELECT l.number, l.url, {_COUNTS} FROM link l JOIN event e"  # noqa: S608
        " ON e.campaign_id = l.campaign_id AND e.kind = 'click' AND e.link = l.number"
        " WHERE l.campaign_id = ? GROUP BY l.number ORDER BY count(*) DESC, l.number"
    )
    return [
        LinkClicks(link_number, url, EventCounts(*counts))
        for link_number, url, *counts in db.rows(query, (campaign_id,))
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
        QuarterHour(from_ms(quarter * _QUARTER_HOUR_MS), opens, marked, clicks)
        for quarter, opens, marked, clicks in rows
    ]
