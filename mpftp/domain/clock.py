"""Time as the stages see it: a function that returns now, so that tests and ``--now`` can move it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present moment, always aware and in UTC."""


DEFAULT_TIME_ZONE = "America/Sao_Paulo"
"""The zone of a client's times, unless the configuration says otherwise."""


def system_clock() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def make_clock(at: datetime) -> Clock:
    """A clock that starts at the time *at* (aware) when this is called and runs on from there."""
    started = time.monotonic()
    origin = at.astimezone(UTC)
    return lambda: origin + timedelta(seconds=time.monotonic() - started)


def to_ms(at: datetime) -> int:
    """The time *at* (aware) as the state file keeps time: milliseconds since 1970, UTC."""
    return round(at.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC datetime of a time in the state file."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def from_optional_ms(milliseconds: int | None) -> datetime | None:
    """``from_ms`` of a time that the state file may lack."""
    return None if milliseconds is None else from_ms(milliseconds)
