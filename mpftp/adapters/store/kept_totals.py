"""What was counted of a campaign's opens and clicks, kept when these are deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mpftp.adapters.store.database import Database
from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import from_ms, to_ms
from mpftp.domain.results.statistics import EventCounts, LinkClicks, QuarterHour


@dataclass(frozen=True, slots=True)
class KeptTotals:
    """Counts of deleted events by kind, by kind and mark, by link and by quarter of an hour.

    *inferred* counts contacts that clicked and were never seen to open; *inferred_people* leaves out
    what machines did.
    """

    events: Mapping[EventKind, EventCounts]
    marks: Mapping[tuple[EventKind, str], int]
    inferred: int
    inferred_people: int
    links: Sequence[LinkClicks]
    quarters: Sequence[QuarterHour]

    def to_json(self) -> str:
        """These totals as the state keeps them."""
        members = {
            "events": {kind: _numbers(counts) for kind, counts in self.events.items()},
            "marks": [[kind, mark, count] for (kind, mark), count in self.marks.items()],
            "inferred": self.inferred,
            "inferred_people": self.inferred_people,
            "links": [[link.number, link.url, _numbers(link.clicks)] for link in self.links],
            "quarters": [[to_ms(q.start), q.opens, q.marked, q.clicks] for q in self.quarters],
        }
        return json.dumps(members, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> KeptTotals:
        """The totals that ``to_json`` wrote."""
        members = json.loads(text)
        return cls(
            {EventKind(kind): EventCounts(*counts) for kind, counts in members["events"].items()},
            {(EventKind(kind), mark): count for kind, mark, count in members["marks"]},
            members["inferred"],
            members["inferred_people"],
            [LinkClicks(number, url, EventCounts(*counts)) for number, url, counts in members["links"]],
            [QuarterHour(from_ms(start), *counts) for start, *counts in members["quarters"]],
        )


def load_kept_totals(db: Database, campaign_id: int) -> KeptTotals | None:
    """What was kept of a campaign, ``None`` while its events are there."""
    text = db.value("SELECT totals FROM kept_totals WHERE campaign_id = ?", (campaign_id,))
    return KeptTotals.from_json(text) if text else None


def _numbers(counts: EventCounts) -> list[int]:
    return [counts.all, counts.marked, counts.contacts, counts.by_people]
