#!/usr/bin/env python3
"""How fast and how flat ``publish`` writes the six files of a campaign of 5,000,000 events.

    python tests/bench/bench_publish.py [EVENTS] [FOLDER]

The yardstick of the same run: ``sqlite3 -csv`` writing the same lines in their order; wanted is half of
its speed. Memory is the peak of the process that publishes, against one that publishes a
hundredth of it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.results import CountingPolicy, ResultRows, ResultStore
from mpftp.domain.clock import to_ms
from mpftp.domain.file_names import ResultType
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.results.files import ResultFormat, write_result

SENT = to_ms(datetime(2026, 3, 1, 12, tzinfo=UTC))
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Safari/537.36"


def build(path: Path, events: int) -> None:
    """A finished campaign with a contact for every five events: opens, clicks, bounces, opt-outs."""
    contacts = max(events // 5, 1)
    with Database(path) as db, db.transaction():
        db.execute("INSERT INTO client (id, name) VALUES (1, 'acme')")
        db.execute(
            "INSERT INTO campaign (id, client_id, name, date, state, digest, settings, columns, html,"
            " accepted_at, finished_at)"
            " VALUES (1, 1, 'Grande', '20260301', 'finished', '', '{}', ?, '', ?, ?)",
            (json.dumps(["email", "uidcli", "nome"]), SENT, SENT),
        )
        db.execute_many(
            "INSERT INTO link VALUES (1, ?, ?)",
            ((n, f"https://loja.example/oferta/{n}") for n in range(1, 13)),
        )
        db.execute_many(
            "INSERT INTO delivery (id, campaign_id, line, email, fields, state, settled_at)"
            " VALUES (?, 1, ?, ?, ?, 'sent', ?)",
            ((n, n + 1, f"leitor{n}@provedor{n % 50}.example", f'["x", "{n}", "Conceição"]', SENT)
             for n in range(1, contacts + 1)),
        )  # fmt: skip
        db.execute_many(
            "INSERT INTO event (campaign_id, delivery_id, kind, at, link, ip, agent, class, code, reason,"
            " source) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (event(n, contacts) for n in range(events)),
        )


def event(number: int, contacts: int) -> tuple[object, ...]:
    """Of a hundred events seventy are opens, 26 clicks, three bounces and one an opt-out."""
    contact, part = number * 7919 % contacts + 1, number % 100
    at, ip = SENT + number * 50, f"203.0.113.{number % 250}"
    if part < 70:
        return contact, "open", at, None, ip, AGENT, "", "", "", ""
    if part < 96:
        return contact, "click", at, number % 12 + 1, ip, AGENT, "", "", "", ""
    if part < 99:
        return contact, "bounce", at, None, "", "", "permanent", "5.1.1", "user-unknown", ""
    return contact, "opt-out", at, None, ip, AGENT, "", "", "", "link"


def write(path: Path, folder: Path) -> dict[str, int]:
    """Write the six files; the data lines of each."""
    counts = {}
    with Database(path) as db:
        editions = ResultStore(db)
        (ended,) = editions.finished_campaigns()
        rows = ResultRows(db, ended, editions.newest_event_id(), CountingPolicy.of(DEFAULT_PROFILE))
        style = ResultFormat(DEFAULT_PROFILE, ZoneInfo("America/Sao_Paulo"), "pt_BR")
        for kind in ResultType:
            with (folder / ended.key.file(kind)).open("wb") as target:
                counts[kind.value] = write_result(target, kind, rows.rows_of(kind), style)
    return counts


def measured(path: Path, folder: Path) -> None:
    """In a process of its own: print rows, seconds and the peak of memory in MB."""
    started = time.perf_counter()
    counts = write(path, folder)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"lines": sum(counts.values()), "seconds": seconds, "peak": peak, "counts": counts}))


def yardstick(path: Path, folder: Path) -> float:
    """Seconds that ``sqlite3 -csv`` takes to write the same lines in the same order."""
    person = "d.email, json_extract(d.fields, '$[1]'), datetime(e.at / 1000, 'unixepoch')"
    first = (
        " AND NOT EXISTS (SELECT 1 FROM event f WHERE f.delivery_id = e.delivery_id AND f.kind = e.kind"
        " AND (f.at, f.id) < (e.at, e.id))"
    )
    url = "(SELECT url FROM link l WHERE l.campaign_id = 1 AND l.number = e.link)"
    files = [
        ("open", "e.ip, e.agent", ""), ("open", "e.ip, e.agent", first),
        ("click", f"{url}, e.ip, e.agent", ""), ("click", f"{url}, e.ip, e.agent", first),
        ("bounce", "e.class, e.code, e.reason", first), ("opt-out", "e.source", first),
    ]  # fmt: skip
    started = time.perf_counter()
    for number, (kind, columns, condition) in enumerate(files):
        query = (
            f"SELECT {person}, {columns} FROM event e INDEXED BY event_campaign"
            " CROSS JOIN delivery d ON d.id = e.delivery_id"
            f" WHERE e.campaign_id = 1 AND e.kind = '{kind}'{condition} ORDER BY e.at, e.id"
        )
        with (folder / f"yardstick{number}.csv").open("wb") as target:
            subprocess.run(["sqlite3", "-csv", str(path), query], stdout=target, check=True)
    return time.perf_counter() - started


def run(events: int, folder: Path) -> dict[str, float]:
    """Build one campaign and publish it in a fresh process."""
    path = folder / f"{events}.db"
    build(path, events)
    done = subprocess.run(
        [sys.executable, __file__, "--measured", path, folder], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    """Print lines a second, the ratio to the yardstick, and the peaks of memory."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as name:
        folder = Path(name)
        small, large = run(events // 100, folder), run(events, folder)
        seconds = yardstick(folder / f"{events}.db", folder)
        print(f"{events:,} events -> {large['lines']:,} lines in {large['seconds']:.1f} s:"
              f" {large['lines'] / large['seconds']:,.0f} lines/s  {large['counts']}")  # fmt: skip
        print(f"sqlite3 -csv: {seconds:.1f} s; ratio {seconds / large['seconds']:.2f}")
        print(f"peak memory {large['peak']:.0f} MB; with {events // 100:,} events {small['peak']:.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--measured":
        measured(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
