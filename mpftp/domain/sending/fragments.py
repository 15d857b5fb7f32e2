"""A campaign's timetable: its fragments with their due times, and the day of its results (seed)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from mpftp.domain.texts import count_text

HELD_AS_PAST = "past"
"""How ``campaign.state_reason`` begins where a time long past holds a campaign."""


@dataclass(frozen=True, slots=True)
class FragmentSchedule:
    """At most *contacts* a fragment, one fragment *every* so often. Raises ``ValueError`` unless positive."""

    contacts: int
    every: timedelta

    def __post_init__(self) -> None:
        if self.contacts <= 0 or self.every <= timedelta(0):
            raise ValueError("a fragment needs at least one contact, and time before the next")


@dataclass(frozen=True, slots=True)
class FragmentPlan:
    """Fragment *number* (from 1), due at *due_at* (UTC): *size* contacts from *first* (from 0) on."""

    number: int
    due_at: datetime
    first: int
    size: int


def plan_fragments(
    contacts: int, start: datetime, fragmenting: FragmentSchedule | None
) -> list[FragmentPlan]:
    """The fragments of *contacts* sendable contacts, the first due at *start* (aware).

    Without *fragmenting* it is one fragment. The distance is elapsed time, so a daylight-saving
    change between two fragments neither doubles nor drops an hour. No contacts: no fragments.
    """
    if contacts <= 0:
        return []
    begin = start.astimezone(UTC)
    each = fragmenting.contacts if fragmenting else contacts
    every = fragmenting.every if fragmenting else timedelta(0)
    return [
        FragmentPlan(number + 1, begin + number * every, first, min(each, contacts - first))
        for number, first in enumerate(range(0, contacts, each))
    ]


def held_as_past(send_at: datetime | None, now: datetime, most: timedelta, zone: tzinfo) -> str:
    """Say why a campaign is held whose *send_at* is more than *most* before *now*; ``""``: it is not.

    Sending it at once would mail a newsletter of last month, when a name or a year was mistyped.
    """
    if send_at is None or now - send_at <= most:
        return ""
    days = count_text("1 day|{count} days", (now - send_at).days)
    return (
        f"{HELD_AS_PAST}: datahora_envio is {send_at.astimezone(zone):%Y-%m-%d %H:%M}, {days} before it came"
    )


def results_due_at(last_out: datetime, days: int, zone: tzinfo) -> datetime:
    """When results are due: *days* after *last_out* (aware), at the same time of day in *zone*; UTC."""
    local = last_out.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return local.replace(tzinfo=zone).astimezone(UTC)
