"""Statistics of one campaign: counts, rates, hours, links and bounces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from mpftp.domain.campaign import DeliveryState, EventKind
from mpftp.domain.results.situations import UNSENT, Situation


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Events of one kind.

    *all* of them, those *marked* as a machine's, the *contacts* behind all, and the contacts behind
    those without a mark (*by_people*).
    """

    all: int = 0
    marked: int = 0
    contacts: int = 0
    by_people: int = 0


@dataclass(frozen=True, slots=True)
class LinkClicks:
    """Clicks of one link of the message."""

    number: int
    url: str
    clicks: EventCounts


@dataclass(frozen=True, slots=True)
class QuarterHour:
    """Opens and clicks of a quarter of an hour, the smallest step by which time zones differ."""

    start: datetime
    opens: int
    marked: int
    clicks: int


@dataclass(frozen=True, slots=True)
class HourCounts:
    """Opens and clicks of one hour of the client's day; *start* is in the client's zone."""

    start: datetime
    opens: int = 0
    marked: int = 0
    clicks: int = 0


@dataclass(frozen=True, slots=True)
class BounceCounts:
    """Contacts that the message did not reach, by class (``permanent``, ``transient``, unsent) and reason."""

    bounce_class: str
    reason: str
    contacts: int


@dataclass(frozen=True, slots=True)
class CampaignStatistics:
    """All that is counted of one campaign. *inferred*: contacts that clicked and were never seen to open.

    *state* and *state_reason* say whether the campaign was stopped; *marks* counts marked events by kind
    and mark, *more_events* those beyond the thousand that are kept of a kind and a contact.
    """

    client: str
    name: str
    date: str
    subject: str
    folder: str
    state: str
    state_reason: str
    first_at: datetime | None
    last_at: datetime | None
    deliveries: Mapping[DeliveryState, int]
    situations: Mapping[Situation, int]
    events: Mapping[EventKind, EventCounts]
    inferred: int
    unreached: Sequence[BounceCounts]
    links: Sequence[LinkClicks]
    marks: Mapping[tuple[EventKind, str], int]
    quarters: Sequence[QuarterHour]
    more_events: Mapping[EventKind, int]

    @property
    def lines(self) -> int:
        """The data lines of MAIL."""
        return sum(self.situations.values())

    @property
    def sent(self) -> int:
        """Messages that the relay took."""
        return self.deliveries.get(DeliveryState.SENT, 0)

    @property
    def tried(self) -> int:
        """Messages whose fate is known: delivered, refused for good, or come back later."""
        return self.delivered + self.bounced

    @property
    def bounced(self) -> int:
        """Messages that were refused for good, or taken and reported back later."""
        return self.situations.get(Situation.RETURNED, 0)

    @property
    def delivered(self) -> int:
        """Messages that were taken and did not come back; the base of the rates."""
        return self.situations.get(Situation.SENT, 0)

    @property
    def returned(self) -> list[BounceCounts]:
        """Why messages came back."""
        return [each for each in self.unreached if each.bounce_class != UNSENT]

    @property
    def unsent(self) -> list[BounceCounts]:
        """Why nothing went to some contacts."""
        return [each for each in self.unreached if each.bounce_class == UNSENT]

    def count(self, kind: EventKind) -> EventCounts:
        """The events of *kind*."""
        return self.events.get(kind, EventCounts())


def ratio(part: int, total: int) -> float | None:
    """*part* of *total*, ``None`` where there is no whole."""
    return part / total if total else None


def sum_by_hour(
    quarters: Iterable[QuarterHour], zone: tzinfo, limit: int
) -> tuple[list[HourCounts], HourCounts | None]:
    """The first *limit* hours from the first event on, empty ones too, and all that came later as one.

    An hour that the clock repeats in autumn is two hours.
    """
    sums: dict[datetime, list[int]] = {}
    for quarter in quarters:
        local = quarter.start.astimezone(zone)
        start = quarter.start - timedelta(minutes=local.minute)
        total = sums.setdefault(start, [0, 0, 0])
        for index, events in enumerate((quarter.opens, quarter.marked, quarter.clicks)):
            total[index] += events
    if not sums:
        return [], None
    first, last = min(sums), max(sums)
    count = min(limit, int((last - first) / timedelta(hours=1)) + 1)
    starts = [first + timedelta(hours=hour) for hour in range(count)]
    hours = [HourCounts(start.astimezone(zone), *sums.pop(start, (0, 0, 0))) for start in starts]
    if not sums:
        return hours, None
    late = [sum(column) for column in zip(*sums.values(), strict=True)]
    return hours, HourCounts(min(sums).astimezone(zone), *late)
