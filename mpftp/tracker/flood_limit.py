"""A bound on what one message's tokens may write into the event log, however often they are asked for.

Counts are kept in memory, for each process by itself, and begin anew with every hour of the clock. Beyond
the bound a request is answered as ever and leaves no trace. When very many deliveries are counted at once,
those that were asked for least are forgotten first: a flood comes by few tokens.
"""

from __future__ import annotations

import threading
from datetime import datetime

from mpftp.domain.campaign import EventKind

MAX_EVENTS_AN_HOUR = 1000  # of one kind, of one delivery
MAX_COUNTED = 200_000  # pairs of delivery and kind that are counted at once


class FloodLimit:
    """Says of each event whether it is still to be logged; safe for any number of threads."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._hour = 0
        self._counts: dict[tuple[int, EventKind], int] = {}

    def count(self, delivery_id: int, kind: EventKind, at: datetime) -> int:
        """Count one event and return how many of its kind this delivery had in this hour."""
        hour, key = int(at.timestamp()) // 3600, (delivery_id, kind)
        with self._counting:
            if hour != self._hour:
                self._hour, self._counts = hour, {}
            count = self._counts.get(key, 0) + 1
            if len(self._counts) >= MAX_COUNTED and count == 1:
                self._forget_rare()
            self._counts[key] = count
        return count

    def _forget_rare(self) -> None:
        """Drop what was asked for less than most floods would; everything, when that makes no room."""
        kept = {key: count for key, count in self._counts.items() if count > MAX_EVENTS_AN_HOUR // 100}
        self._counts = kept if len(kept) < MAX_COUNTED else {}
