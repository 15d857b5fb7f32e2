#!/usr/bin/env python3
"""How fast the event log is taken into the state: opens and clicks, marks of machines decided.

    python tests/bench/bench_events.py [EVENTS]

The yardstick of the same run: the same rows by one bare ``executemany`` into the same table, each of
whose indexes it fills, too. Wanted: 80,000 events a second.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench_publish import AGENT, SENT, build

from mpftp.adapters.event_log import EventLogWriter, log_files, read_batch
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import EventStore
from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import from_ms
from mpftp.domain.event_log import Event
from mpftp.stages.event_import import import_events

AGENTS = (AGENT, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15", "Mozilla/5.0")


def write_log(folder: Path, events: int, contacts: int) -> None:
    """Three opens to a click, in the order in which a campaign's readers come."""
    log = EventLogWriter(folder)
    for number in range(events):
        click = number % 4 == 3
        log.append(
            Event(
                EventKind.CLICK if click else EventKind.OPEN,
                number * 7919 % contacts + 1,
                from_ms(SENT + 60_000 + number * 50),
                link=number % 12 + 1 if click else 0,
                ip=f"203.0.113.{number % 250}",
                agent=AGENTS[number % 3],
            )
        )
    log.close()


def yardstick(path: Path, folder: Path) -> float:
    """Seconds of the bare insert."""
    rows = []
    for file in log_files(folder):
        at = 0
        while (batch := read_batch(file, at)).end > at:
            at = batch.end
            rows += [(1, e.delivery_id, e.kind.value, SENT, e.link, e.ip, e.agent) for e in batch.events]
    with Database(path) as db:
        started = time.perf_counter()
        with db.transaction():
            db.execute_many(
                "INSERT INTO event (campaign_id, delivery_id, kind, at, link, ip, agent)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
        return time.perf_counter() - started


def main() -> None:
    """Print events a second, and the ratio to the bare insert."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for state in ("a.db", "b.db"):
            build(folder / state, events)
        write_log(folder / "log", events, max(events // 5, 1))
        bare = yardstick(folder / "a.db", folder / "log")
        with Database(folder / "b.db") as db:
            started = time.perf_counter()
            taken = import_events(EventStore(db), folder / "log", lambda: datetime.now(UTC))
            seconds = time.perf_counter() - started
        assert taken.added == events, taken
        print(f"taken in: {events / seconds:,.0f} events/s; bare inserts: {events / bare:,.0f}/s;"
              f" ratio {bare / seconds:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
