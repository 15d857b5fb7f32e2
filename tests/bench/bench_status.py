#!/usr/bin/env python3
"""How long ``status`` and ``campaign list`` take in a state of 10,000 campaigns, and how long the page is.

    python tests/bench/bench_status.py [CAMPAIGNS] [CONTACTS] [FOLDER]

Of a hundred campaigns one is active, one paused, and forty wait for an edition of their results. The
yardstick of the same run is a command that reads no state; wanted is a second for each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from mpftp.adapters.config import load_config
from mpftp.adapters.store.database import Database

MPFTP = Path(sys.executable).with_name("mpftp")
HOUR_MS = 3_600_000
CLIENTS = 20
SETTINGS = json.dumps({"subject": "Ofertas da semana", "folder": "ofertas"})
WORDS = (
    ("status",),
    ("status", "--json"),
    ("status", "--format", "prometheus"),
    ("status", "--check"),
    ("campaign", "list"),
    ("campaign", "list", "--limit", "20"),
)


def build(folder: Path, campaigns: int, contacts: int) -> Path:
    """A configuration and a state of so many *campaigns*, each of so many *contacts*."""
    config = folder / "mpftp.toml"
    tables = (
        f'[clients.c{number}]\nendpoint = "file://{folder}"\ndirectory = "c{number}"\n'
        for number in range(1, CLIENTS + 1)
    )
    config.write_text('state = "state.db"\n[maildir]\npath = "md"\n' + "".join(tables))
    run(config, "init", "--state-only")
    now = int(time.time() * 1000)
    with Database(load_config(config).state) as db, db.transaction():
        db.execute_many(
            "INSERT INTO client (id, name, visited_at, succeeded_at) VALUES (?, ?, ?, ?)",
            ((number, f"c{number}", now, now) for number in range(1, CLIENTS + 1)),
        )
        for number in range(1, campaigns + 1):
            add_campaign(db, number, contacts, now)
    return config


def add_campaign(db: Database, number: int, contacts: int, now: int) -> None:
    state = {0: "active", 1: "paused"}.get(number % 100, "finished")
    done = now - HOUR_MS if state == "finished" else None
    db.execute(
        "INSERT INTO campaign (id, client_id, name, date, state, state_reason, digest, settings, columns,"
        " html, accepted_at, finished_at) VALUES (?, ?, ?, '20260301', ?, '', '', ?, '[\"email\"]', ?, ?, ?)",
        (number, number % CLIENTS + 1, f"Promo{number}", state, SETTINGS, "<p>Oi</p>" * 999, now, done),
    )
    db.execute(
        "INSERT INTO fragment (id, campaign_id, number, due_at, contacts, finished_at)"
        " VALUES (?, ?, 1, ?, ?, ?)",
        (number, number, now + HOUR_MS, contacts, done),
    )
    db.execute_many(
        "INSERT INTO delivery (campaign_id, fragment_id, line, email, fields, state, settled_at)"
        " VALUES (?, ?, ?, ?, '[]', ?, ?)",
        deliveries(number, contacts, done),
    )
    for edition in (1, 2):
        published = done if done and (edition == 1 or number % 100 > 41) else None
        if done:
            db.execute(
                "INSERT INTO publication (campaign_id, edition, due_at, published_at) VALUES (?, ?, ?, ?)",
                (number, edition, now + HOUR_MS, published),
            )


def deliveries(number: int, contacts: int, done: int | None) -> Iterator[tuple[object, ...]]:
    for line in range(contacts):
        state = "pending" if done is None else "failed" if line % 10 == 0 else "sent"
        yield number, number, line + 2, f"leitor{line}@provedor{line % 50}.example", state, done


def run(config: Path, *words: str) -> tuple[float, float, str]:
    """Run a command: its seconds by the clock, by the processor, and what it printed."""
    began, used = time.perf_counter(), os.times()
    done = subprocess.run([MPFTP, *words, "--config", config], capture_output=True, text=True, check=False)
    if done.stderr:
        sys.exit(done.stderr)
    spent = os.times()
    cpu = spent.children_user + spent.children_system - used.children_user - used.children_system
    return time.perf_counter() - began, cpu, done.stdout


def main() -> None:
    """Build a state, run each command three times, and print the fastest."""
    campaigns, contacts = (int(word) for word in (*sys.argv[1:3], "10000", "50")[:2])
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(made)
        config = folder / "mpftp.toml"
        if not config.exists():
            build(folder, campaigns, contacts)
        bare = min(run(config, "campaign", "list", "--help")[:2] for _ in range(3))
        print(f"a command that reads no state: {bare[0]:.2f} s, {bare[1]:.2f} s of processor")
        for words in WORDS:
            tries = [run(config, *words) for _ in range(3)]
            wall, cpu, said = min(tries)
            lines = said.splitlines()
            widest = max(map(len, lines), default=0)
            print(f"mpftp {' '.join(words)}: {wall:.2f} s, {cpu:.2f} s of processor, {cpu / bare[1]:.1f} x;"
                  f" {len(lines)} lines, the longest {widest}")  # fmt: skip


if __name__ == "__main__":
    main()
