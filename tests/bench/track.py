#!/usr/bin/env python3
"""The tracker's click door against the same server (waitress) answering a constant, in one run.

The constant is served by one process, as waitress does, and once more by one that keeps to one core, as
the tracker's do; the tracker as `mpftp track` serves it, and once more by one process.

Needs wrk. Three rounds, alternating; prints requests a second at full load, their ratio, and the
latency at half the rate that the tracker reaches. Wanted: ratio 0.5 or more, p99 under 20 ms.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from mpftp.adapters.keys import load_signing_keys
from mpftp.adapters.store.database import Database
from mpftp.cli.commands.track import WAITRESS_OPTIONS
from mpftp.domain.campaign import CampaignSettings
from mpftp.domain.tokens import Signer, TokenKind

SECONDS = 5
ROUNDS = 3
CONNECTIONS = 16
DELIVERIES = 20_000
LINKS = 12
PLAIN = 9  # links that are the same for everybody; the others hold a value of the contact
OWN = "?c={{uidcli}}"

CONSTANT = """
import json, logging, os, socket, sys
os.sched_setaffinity(0, json.loads(sys.argv[2]) or os.sched_getaffinity(0))
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
from waitress import create_server
def application(environ, start_response):
    start_response("302 Found", [("Location", "https://loja.example/"), ("Content-Length", "0")])
    return [b""]
bound = socket.create_server(("127.0.0.1", 0), backlog=1024)
print(f"http://127.0.0.1:{bound.getsockname()[1]}", flush=True)
create_server(application, sockets=[bound], threads=4, **json.loads(sys.argv[1])).run()
"""

PATHS = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local place = math.random(#paths)
request = function()
  place = place %% #paths + 1
  return wrk.format("GET", paths[place])
end
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder)
        for name in ("paths", "own"):
            (folder / f"{name}.lua").write_text(PATHS % (folder / name))
        constant = [sys.executable, "-c", CONSTANT, json.dumps(WAITRESS_OPTIONS), "[]"]
        kept = [*constant[:-1], json.dumps([min(os.sched_getaffinity(0))])]
        tracker = [sys.executable, "-m", "mpftp", "track", "--listen", "127.0.0.1:0", "--print-url"]
        alone = [*tracker, "--processes", "1"]
        with (
            serving(constant, folder) as plain,
            serving(kept, folder) as pinned,
            serving(tracker, folder) as real,
            serving(alone, folder) as one,
        ):
            compare(plain, pinned, real, one, folder)
        taken(folder)


def compare(plain: str, pinned: str, real: str, one: str, folder: Path) -> None:
    """Full load by turns, then half the load with the latency of each request."""
    mixed, own = folder / "paths.lua", folder / "own.lua"
    turns = {
        "constant answer": (plain, mixed),
        "constant, 1 core": (pinned, mixed),
        "click redirect": (real, mixed),
        "own links only": (real, own),
        "in one process": (one, mixed),
    }
    rates: dict[str, list[float]] = {title: [] for title in turns}
    for _ in range(ROUNDS):
        for title, (url, script) in turns.items():
            rates[title].append(full_load(url, script))
    yardstick = statistics.median(rates["constant answer"])
    for title, found in rates.items():
        middle = statistics.median(found)
        each = [round(rate) for rate in found]
        print(f"{title:16} {middle:8.0f} requests/s, ratio {middle / yardstick:.2f}  {each}")
    print("                 (wanted: a ratio of 0.50 or more)")
    ours = statistics.median(rates["click redirect"])
    for title, url in (("constant, same", plain), ("at half load", real)):
        rate, p50, p99 = half_load(url, mixed, ours / 2)
        print(f"{title:16} {rate:8.0f} requests/s: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    print("                 (wanted: p99 under 20 ms)")


def full_load(url: str, script: Path) -> float:
    """Requests a second by wrk; fails when an answer was no redirect."""
    return float(re.search(r"Requests/sec:\s+([\d.]+)", wrk(url, script, CONNECTIONS))[1])


def half_load(url: str, script: Path, wanted: float) -> tuple[float, float, float]:
    """Requests a second, and p50 and p99 in ms, by as few connections as reach the rate *wanted*."""
    for connections in range(1, CONNECTIONS + 1):
        out = wrk(url, script, connections, seconds=2)
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
        if rate >= wanted:
            break
    p50, p99 = (re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", out) for share in (50, 99))
    scale = {"us": 0.001, "ms": 1, "s": 1000}
    return rate, float(p50[1]) * scale[p50[2]], float(p99[1]) * scale[p99[2]]


def wrk(url: str, script: Path, connections: int, seconds: int = SECONDS) -> str:
    """What wrk says after asking *url* as fast as it answers."""
    threads = min(2, connections)
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}", "--latency", "-s", str(script), url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in out, out
    return out


@contextmanager
def serving(command: list[str], folder: Path):
    """Run a server that prints its URL; yields the URL."""
    environ = {**os.environ, "MPFTP_CONFIG": str(folder / "mpftp.toml")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def fill(folder: Path) -> None:
    """A campaign with many deliveries and links, and the paths of its clicks in random order."""
    (folder / "mpftp.toml").write_text('state = "state.db"\n[clients.acme]\nendpoint = "file:///srv/acme"\n')
    signer = Signer(load_signing_keys(folder / "tracking.keys"))
    settings = CampaignSettings("Oferta", "loja@acme.example", "Ofertas").to_json()
    fields = json.dumps([f"valor {number}" for number in range(20)])
    columns = json.dumps(["email", "uidcli", "nome", *(f"livre{number}" for number in range(1, 18))])
    with Database(folder / "state.db") as db, db.transaction():
        db.execute("INSERT INTO client (id, name) VALUES (1, 'acme')")
        db.execute(
            "INSERT INTO campaign (id, client_id, name, date, digest, settings, columns, html, accepted_at)"
            " VALUES (1, 1, 'Promo', '20260301', '', ?, ?, '', 0)",
            (settings, columns),
        )
        urls = [(1, n, f"https://loja.example/{n}{OWN if n > PLAIN else ''}") for n in range(1, LINKS + 1)]
        db.execute_many("INSERT INTO link VALUES (?, ?, ?)", urls)
        db.execute_many(
            "INSERT INTO delivery (id, campaign_id, line, email, fields, state)"
            " VALUES (?, 1, ?, ?, ?, 'sent')",
            ((n, n + 1, f"contato{n}@example.com", fields) for n in range(1, DELIVERIES + 1)),
        )
    for name, first in (("paths", 1), ("own", PLAIN + 1)):
        links = range(first, LINKS + 1)
        tokens = (
            signer.sign(TokenKind.CLICK, (n * 7919) % DELIVERIES + 1, links[n % len(links)])
            for n in range(DELIVERIES)
        )
        (folder / name).write_text("".join(f"/c/{token}\n" for token in tokens))


def taken(folder: Path) -> None:
    """How fast the log goes into the state, and that nothing of it is missing."""
    from mpftp.adapters.store.events import EventStore
    from mpftp.domain.clock import system_clock
    from mpftp.stages.event_import import import_events

    lines = sum(path.read_bytes().count(b'{"kind"') for path in (folder / "spool" / "events").iterdir())
    with Database(folder / "state.db") as db:
        started = time.perf_counter()
        found = import_events(EventStore(db), folder / "spool" / "events", system_clock)
        seconds = time.perf_counter() - started
    assert (found.added, found.damaged) == (lines, 0), found
    print(f"taking in        {found.added / seconds:8.0f} events/s  ({found.added} events, none lost)")


if __name__ == "__main__":
    main()
