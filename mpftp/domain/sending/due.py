"""What ``send`` has to do of campaigns under way, and since when: what is overdue, what is to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mpftp.domain.sending.schedule import OpenFragment, SendPolicy, earliest_send_at


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something that will happen at *at* unless somebody stops it: a ``fragment`` or an ``edition``."""

    at: datetime
    kind: str
    number: int
    campaign: str


@dataclass(frozen=True, slots=True)
class WaitingFragment:
    """What is to be done of *fragment*: messages that were not tried yet, else retries from *retry_at*."""

    fragment: OpenFragment
    is_untried: bool
    retry_at: datetime | None

    @property
    def next_at(self) -> datetime:
        """When its next messages may be handed over at the earliest, or could have been."""
        return self.fragment.due_at if self.is_untried or not self.retry_at else self.retry_at


def find_next_sends(
    fragments: Iterable[WaitingFragment],
    policies: Mapping[str, SendPolicy],
    now: datetime,
    active_at: datetime | None,
) -> dict[int, DueItem]:
    """Return of each campaign what ``send`` does next, or should have done first.

    Clients without one of *policies* are left out. *active_at* is when ``send`` was last at work.
    """
    due = [
        (due_to_send_at(one, policies[one.fragment.client], now, active_at), one.fragment)
        for one in fragments
        if one.fragment.client in policies
    ]
    due.sort(key=lambda pair: pair[0], reverse=True)
    return {
        fragment.campaign_id: DueItem(
            at, "fragment", fragment.number, f"{fragment.client}/{fragment.campaign}"
        )
        for at, fragment in due
    }


def due_to_send_at(
    waiting: WaitingFragment, policy: SendPolicy, now: datetime, active_at: datetime | None
) -> datetime:
    """Return when ``send`` has something to do of *waiting*: a time to come, or since when it could have.

    What was begun is not overdue before *active_at*, when ``send`` was last at work.
    """
    since = waiting.next_at
    if waiting.is_untried and waiting.fragment.started_at and active_at:
        since = max(since, active_at)
    due = replace(waiting.fragment, due_at=since)
    at = earliest_send_at(due, policy, now)
    return at if at > now else earliest_send_at(due, policy, since)
