"""Opens and clicks of one campaign on their way from the events to totals."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from mpftp.adapters.store.kept_totals import KeptTotals
from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import from_ms
from mpftp.domain.results.statistics import EventCounts, LinkClicks, QuarterHour

QUARTER_HOUR_MS = 900_000
_OPENED, _PERSON_OPENED, _CLICKED, _PERSON_CLICKED = 1, 2, 4, 8
_BY_ANYTHING, _BY_PERSON = 1, 2


class NewEvent(NamedTuple):
    """An open or a click that is to be counted, as its row says; *at* in milliseconds."""

    campaign_id: int
    delivery_id: int
    kind: str
    link: int | None
    mark: str
    at: int


class CampaignTally:
    """What new events add to the totals of a campaign.

    *contacts* has what each contact did as bits, *clicks* the same by contact and link. What a contact had
    done before adds nothing: ``had_done`` and ``had_clicked`` are told it.
    """

    def __init__(self) -> None:
        self.contacts: dict[int, int] = {}
        self.clicks: dict[tuple[int, int | None], int] = {}
        self._before: dict[int, int] = {}
        self._clicked_before: dict[tuple[int, int | None], int] = {}
        self._groups: Counter[tuple[str, str, int]] = Counter()
        self._links: Counter[tuple[int | None, bool]] = Counter()

    def add(self, event: NewEvent) -> None:
        """Count one event."""
        _, contact, kind, link, mark, at = event
        self._groups[kind, mark, at // QUARTER_HOUR_MS] += 1
        if kind == "open":
            did = _OPENED if mark else _OPENED | _PERSON_OPENED
        else:
            did = _CLICKED if mark else _CLICKED | _PERSON_CLICKED
            by = _BY_ANYTHING if mark else _BY_ANYTHING | _BY_PERSON
            self.clicks[contact, link] = self.clicks.get((contact, link), 0) | by
            self._links[link, bool(mark)] += 1
        self.contacts[contact] = self.contacts.get(contact, 0) | did

    def had_done(
        self, contact: int, opened: bool, person_opened: bool, clicked: bool, person_clicked: bool
    ) -> None:
        """Take out of the counts of contacts what *contact* had done before."""
        self._before[contact] = (
            _OPENED * opened
            + _PERSON_OPENED * person_opened
            + _CLICKED * clicked
            + _PERSON_CLICKED * person_clicked
        )

    def had_clicked(self, contact: int, link: int | None, by_person: bool) -> None:
        """The same for a click on *link*, which a person had made, or at least a machine."""
        self._clicked_before[contact, link] = _BY_ANYTHING + _BY_PERSON * by_person

    def to_totals(self, urls: dict[int, str]) -> KeptTotals:
        """What the events add; of links only those that the message has, *urls* by number."""
        done: Counter[int] = Counter()
        for contact, did in self.contacts.items():
            before = self._before.get(contact, 0)
            done[before | did] += 1
            done[before] -= 1
        return KeptTotals(
            {
                EventKind.OPEN: self._events("open", done, _OPENED, _PERSON_OPENED),
                EventKind.CLICK: self._events("click", done, _CLICKED, _PERSON_CLICKED),
            },
            self._marks(),
            _count_having(done, _CLICKED, without=_OPENED),
            _count_having(done, _PERSON_CLICKED, without=_PERSON_OPENED),
            self._clicked_links(urls),
            self._quarters(),
        )

    def _events(self, kind: str, done: Counter[int], by_anything: int, by_person: int) -> EventCounts:
        counts = [(mark, count) for (of, mark, _), count in self._groups.items() if of == kind]
        return EventCounts(
            sum(count for _, count in counts),
            sum(count for mark, count in counts if mark),
            _count_having(done, by_anything),
            _count_having(done, by_person),
        )

    def _marks(self) -> Counter[tuple[EventKind, str]]:
        marks: Counter[tuple[EventKind, str]] = Counter()
        for (kind, mark, _), count in self._groups.items():
            if mark:
                marks[EventKind(kind), mark] += count
        return marks

    def _clicked_links(self, urls: dict[int, str]) -> list[LinkClicks]:
        done: dict[int | None, Counter[int]] = {}
        for (contact, link), did in self.clicks.items():
            before = self._clicked_before.get((contact, link), 0)
            of_link = done.setdefault(link, Counter())
            of_link[before | did] += 1
            of_link[before] -= 1
        return [
            LinkClicks(
                link,
                urls[link],
                EventCounts(
                    self._links[link, False] + self._links[link, True],
                    self._links[link, True],
                    _count_having(of_link, _BY_ANYTHING),
                    _count_having(of_link, _BY_PERSON),
                ),
            )
            for link, of_link in done.items()
            if link is not None and link in urls
        ]

    def _quarters(self) -> list[QuarterHour]:
        counted: dict[int, list[int]] = {}
        for (kind, mark, quarter), count in self._groups.items():
            counts = counted.setdefault(quarter, [0, 0, 0])
            counts[0 if kind == "open" else 2] += count
            if mark and kind == "open":
                counts[1] += count
        return [
            QuarterHour(from_ms(quarter * QUARTER_HOUR_MS), *counts) for quarter, counts in counted.items()
        ]


def _count_having(done: Counter[int], bit: int, without: int = 0) -> int:
    """How many contacts more have *bit*, and not *without*, among what they did."""
    return sum(count for did, count in done.items() if did & bit and not did & without)
