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
    fragment, since = waiting.fragment, waiting.fragment.due_at
    if not waiting.is_untried and waiting.retry_at:
        since = waiting.retry_at
    elif fragment.started_at and active_at:
        since = max(since, active_at)
    due = replace(fragment, due_at=since)
    at = earliest_send_at(due, policy, now)
    return at if at > now else earliest_send_at(due, policy, since)
