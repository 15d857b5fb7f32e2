"""What a campaign's remaining messages will do: when each fragment goes out, when all is over. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mpftp.domain.sending.due import WaitingFragment
from mpftp.domain.sending.fragments import results_due_at
from mpftp.domain.sending.rate_limit import ALL_DOMAINS
from mpftp.domain.sending.schedule import SendPolicy, SendWindow, earliest_send_at


@dataclass(frozen=True, slots=True)
class FragmentForecast:
    """One fragment's remaining messages: how many, from when, until when (without a rate: at once)."""

    number: int
    messages: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """The fragments still to go, and when the client gets its results."""

    fragments: tuple[FragmentForecast, ...]
    ends_at: datetime
    results_at: datetime


def forecast_fragments(
    fragments: Sequence[tuple[WaitingFragment, Mapping[str, int]]],
    policy: SendPolicy,
    rates: Mapping[str, float],
    now: datetime,
) -> Forecast:
    """Foretell *fragments*, in order, each with its waiting messages by domain.

    *rates* are messages a second by domain, ``*`` for all; other domains count under any key. The
    relay is taken to keep up, and ``send`` to be run without a pause.
    """
    outlooks: list[FragmentForecast] = []
    previous: datetime | None = None
    free = now
    for one, waiting in fragments:
        fragment = one.fragment
        before = previous or fragment.previous_started_at
        known = replace(fragment, due_at=one.next_at, previous_started_at=before)
        start = max(earliest_send_at(known, policy, now), free if ALL_DOMAINS in rates else now)
        end = _end_of(start, _seconds(waiting, rates), policy)
        outlooks.append(FragmentForecast(fragment.number, sum(waiting.values()), start, end))
        previous, free = fragment.started_at or start, max(free, end)
    ends = max((forecast.ends_at for forecast in outlooks), default=now)
    return Forecast(tuple(outlooks), ends, results_due_at(ends, policy.results_after_days, policy.zone))


def _seconds(waiting: Mapping[str, int], rates: Mapping[str, float]) -> float:
    """How long the messages take at the rates allowed."""
    needs = [count / rates[domain] for domain, count in waiting.items() if domain in rates]
    if ALL_DOMAINS in rates:
        needs.append(sum(waiting.values()) / rates[ALL_DOMAINS])
    return max(needs, default=0.0)


def _end_of(start: datetime, seconds: float, policy: SendPolicy) -> datetime:
    """When work of *seconds* ends that starts at *start* and rests while the window is closed."""
    window = policy.window
    while window and seconds > 0:
        closing = _closing(start, window, policy.zone)
        open_for = (closing - start).total_seconds()
        if seconds <= open_for:
            break
        seconds -= open_for
        start = window.next_opening(closing, policy.zone)
    return start + timedelta(seconds=seconds)


def _closing(at: datetime, window: SendWindow, zone: ZoneInfo) -> datetime:
    """Return when the window that is open at the time *at* closes."""
    local = at.astimezone(zone)
    day = local.date() + timedelta(days=int(local.time() >= window.end))
    return datetime.combine(day, window.end, zone).astimezone(at.tzinfo)
