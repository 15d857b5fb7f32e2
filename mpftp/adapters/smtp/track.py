"""How one relay has behaved so far, and whether the next connection should go to it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from mpftp.adapters.smtp.relay import Relay

LONGEST_REST = 60.0  # seconds
PATIENCE = 4  # failures in a row of a relay that has worked before
ALL_DEFERRED = 500  # deferrals in a row after which a relay is taken for away


@dataclass(slots=True)
class Track:
    """One relay's record in one sending process. Times are the event loop's seconds.

    *open* counts its connections, made or being made; *allowed* bounds them once it complained.
    """

    relay: Relay
    open: int = 0
    allowed: int | None = None
    failures: int = 0
    deferrals: int = 0
    rest_until: float = 0.0
    has_worked: bool = False
    pipelining: bool = True
    dead: str = ""
    trouble: str = ""

    def accepted(self) -> None:
        """A message was taken: all is forgiven."""
        self.failures = self.deferrals = 0
        self.has_worked = True

    def failed(self, what: str, now: float, *, lasting: bool) -> None:
        """A connection failed, or the relay asked for patience; the same burst counts once."""
        self.trouble = what
        if lasting:
            self.dead = what
        if now >= self.rest_until:
            self.failures += 1
            self.rest_until = now + min(2.0 ** (self.failures - 1), LONGEST_REST)
        if self.has_worked:
            self.allowed = max(1, self.open // 2)

    def deferred(self) -> float:
        """A message was put off; returns the seconds its connection should rest."""
        self.deferrals += 1
        return 0.0 if self.deferrals % 10 else min(2.0 ** (self.deferrals // 10 - 1) / 2, 5.0)

    def recover(self) -> None:
        """Allow one more connection, as time passes without a complaint."""
        if self.allowed is not None and not self.failures:
            self.allowed += 1

    @property
    def is_away(self) -> bool:
        """Whether trying on makes no sense in this run."""
        if self.dead or self.deferrals >= ALL_DEFERRED:
            return True
        return self.failures >= (PATIENCE if self.has_worked else 1)

    @property
    def weight_of_trouble(self) -> int:
        """The log level of its last trouble: a relay that is lost to this run is worth a warning."""
        return logging.WARNING if self.is_away else logging.INFO

    def is_open_to(self, now: float) -> bool:
        """Whether one more connection may be tried at *now*."""
        crowded = self.allowed is not None and self.open >= self.allowed
        return not self.is_away and now >= self.rest_until and not crowded


def pick(tracks: Sequence[Track], now: float, wanted: int = 0) -> Track | None:
    """The relay for the next connection: the one *wanted* (its place), else the least busy; backups last."""
    ready = [track for track in tracks if track.is_open_to(now)]
    primaries = [track for track in tracks if not track.relay.backup and not track.is_away]
    if any(track.open for track in primaries):
        ready = [track for track in ready if not track.relay.backup]
    if tracks[wanted] in ready and not tracks[wanted].relay.backup:
        return tracks[wanted]
    first = [track for track in ready if not track.relay.backup] or ready
    return min(first, key=lambda track: (track.open + 1) / track.relay.weight, default=None)
