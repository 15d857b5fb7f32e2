"""Visits side by side, none of which can hold up the run: one that outlives its time is given up.

A visit ends by itself when its time is over. A library, or the system's look-up of a name, may hang even
so; its thread is left behind then, and ends with the process at the latest.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from mpftp.stages.collect.visit_summary import VisitSummary

PROGRESS_SECONDS = 0.5  # at least between two looks at how far the visits are
GIVE_UP_SECONDS = 1.0  # beyond a visit's own time, after which nobody waits for it any more


class ParallelVisits:
    """At most *connections* visits at the same time.

    *seconds* says how long a client's visit may take from now, *visit* makes it and never raises, and
    *give_up* makes the summary of one that did not end.
    """

    def __init__(
        self,
        visit: Callable[[str, float], VisitSummary],
        seconds: Callable[[str], float],
        give_up: Callable[[str, float], VisitSummary],
        connections: int,
    ) -> None:
        self._visit, self._seconds, self._give_up = visit, seconds, give_up
        self._connections = connections
        self._ended: queue.SimpleQueue[VisitSummary | BaseException] = queue.SimpleQueue()

    def run(self, clients: Iterable[str], on_progress: Callable[[int], None]) -> dict[str, VisitSummary]:
        """Visit *clients* in their order; *on_progress* is told from time to time how many visits are over.

        Raises what ended a visit that was not to raise.
        """
        waiting, results = deque(clients), dict[str, VisitSummary]()
        running: dict[str, tuple[float, float]] = {}  # when the visit is given up, and the time it had
        next_report = time.monotonic()
        while waiting or running:
            while waiting and len(running) < self._connections:
                client = waiting.popleft()
                seconds = self._seconds(client)
                running[client] = (time.monotonic() + max(seconds, 0.0) + GIVE_UP_SECONDS, seconds)
                threading.Thread(target=self._make, args=(client, seconds), name="visit", daemon=True).start()
            for summary in self._wait(min(give_up_at for give_up_at, _ in running.values())):
                if running.pop(summary.client, None):
                    results[summary.client] = summary
            for client, (give_up_at, seconds) in list(running.items()):
                if time.monotonic() >= give_up_at:
                    del running[client]
                    results[client] = self._give_up(client, seconds)
            if time.monotonic() >= next_report or not (waiting or running):
                on_progress(len(results))
                next_report = time.monotonic() + PROGRESS_SECONDS
        return results

    def _make(self, client: str, seconds: float) -> None:
        try:
            self._ended.put(self._visit(client, seconds))
        except BaseException as error:  # what ends the process ends it where somebody waits
            self._ended.put(error)

    def _wait(self, until: float) -> list[VisitSummary]:
        """The next visit that ends, if one does before *until* and the next look."""
        try:
            ended = self._ended.get(timeout=max(0.0, min(PROGRESS_SECONDS, until - time.monotonic())))
        except queue.Empty:
            return []
        if isinstance(ended, BaseException):
            raise ended
        return [ended]
