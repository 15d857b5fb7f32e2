"""What is counted of a campaign's opens and clicks: sums over its contacts, which can be added up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import from_ms, to_ms
from mpftp.domain.results.statistics import EventCounts, LinkClicks, QuarterHour

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class KeptTotals:
    """Counts of opens and clicks by kind, by kind and mark, by link and by quarter of an hour.

    *inferred* counts contacts that clicked and were never seen to open; *inferred_people* leaves out
    what machines did.
    """

    events: Mapping[EventKind, EventCounts] = field(default_factory=dict)
    marks: Mapping[tuple[EventKind, str], int] = field(default_factory=dict)
    inferred: int = 0
    inferred_people: int = 0
    links: Sequence[LinkClicks] = field(default_factory=list)
    quarters: Sequence[QuarterHour] = field(default_factory=list)

    def plus(self, other: KeptTotals, times: int = 1) -> KeptTotals:
        """These and *times* the *other* ones: those of other contacts, or with -1 what no longer holds."""
        marks = _add(
            {key: (count,) for key, count in self.marks.items()},
            {key: (count,) for key, count in other.marks.items()},
            times,
        )
        return KeptTotals(
            {
                kind: EventCounts(*counts)
                for kind, counts in sorted(_add(_by_kind(self.events), _by_kind(other.events), times).items())
            },
            {key: count for key, (count,) in sorted(marks.items(), key=lambda item: (-item[1][0], item[0]))},
            self.inferred + times * other.inferred,
            self.inferred_people + times * other.inferred_people,
            sorted(
                (
                    LinkClicks(number, url, EventCounts(*counts))
                    for (number, url), counts in _add(_by_link(self), _by_link(other), times).items()
                ),
                key=lambda link: (-link.clicks.all, link.number),
            ),
            [
                QuarterHour(from_ms(start), *counts)
                for start, counts in sorted(_add(_by_quarter(self), _by_quarter(other), times).items())
            ],
        )

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


def _numbers(counts: EventCounts) -> tuple[int, ...]:
    return counts.all, counts.marked, counts.contacts, counts.by_people


def _by_kind(events: Mapping[EventKind, EventCounts]) -> dict[EventKind, tuple[int, ...]]:
    return {kind: _numbers(counts) for kind, counts in events.items()}


def _by_link(totals: KeptTotals) -> dict[tuple[int, str], tuple[int, ...]]:
    return {(link.number, link.url): _numbers(link.clicks) for link in totals.links}


def _by_quarter(totals: KeptTotals) -> dict[int, tuple[int, ...]]:
    return {to_ms(each.start): (each.opens, each.marked, each.clicks) for each in totals.quarters}


def _add(
    one: Mapping[Key, tuple[int, ...]], other: Mapping[Key, tuple[int, ...]], times: int
) -> dict[Key, tuple[int, ...]]:
    """The sums of both by key, those of nothing left out."""
    total = dict(one)
    for key, counts in other.items():
        before = total.get(key, (0,) * len(counts))
        total[key] = tuple(a + times * b for a, b in zip(before, counts, strict=True))
    return {key: counts for key, counts in total.items() if any(counts)}
