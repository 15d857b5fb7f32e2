#!/usr/bin/env python3
"""How long ``report`` and ``campaign show`` count in a campaign of 5,000,000 events.

    python tests/bench/bench_report.py [EVENTS]

Opens and clicks are counted before, as ``publish`` does every hour. The yardstick of the same run: one
scan of the events' rows. Seconds are the processor's. Wanted: two seconds each.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench_publish import build

from mpftp.adapters.store.campaign_control import CampaignControl
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.event_totals import EventTotals
from mpftp.adapters.store.overview import Overview
from mpftp.adapters.store.statistics import read_statistics


def seconds_of(action: Callable[[], object]) -> float:
    """The processor's seconds of the second run, when the file is in memory."""
    action()
    started = time.process_time()
    action()
    return time.process_time() - started


def main() -> None:
    """Print the seconds of both commands' counting, and of the scan."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "state.db"
        build(path, events)
        with Database(path) as db:
            started = time.process_time()
            EventTotals(db).bring_forward()
            first = time.process_time() - started
        with Database(path, read_only=True) as db:
            (campaign,) = Overview(db).find_campaigns("1")
            scan = seconds_of(lambda: db.value("SELECT count(*) FILTER (WHERE mark <> '') FROM event"))
            report = seconds_of(lambda: read_statistics(db, campaign))
            show = seconds_of(lambda: CampaignControl(db).load_detail(campaign.id))
        print(f"{events:,} events, counted at first in {first:.1f} s: report {report:.2f} s,"
              f" campaign show {show:.2f} s, one scan {scan:.2f} s")  # fmt: skip


if __name__ == "__main__":
    main()
