#!/usr/bin/env python3
"""The tracker's click door against the same server (waitress) answering a constant, in one run.

Needs wrk. Three rounds, alternating; prints requests a second at full load, their ratio, and the
latency at half the load that the tracker bears. Wanted: ratio 0.5 or more, p99 under 20 ms.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from mpftp.adapters.keys import load_keys
from mpftp.adapters.store.database import Database
from mpftp.cli.track import SERVER
from mpftp.domain.campaign import Settings
from mpftp.domain.tokens import Kind, Signer

SECONDS = 5
ROUNDS = 3
CONNECTIONS = 16
DELIVERIES = 20_000
LINKS = 12

CONSTANT = """
import json, logging, socket, sys
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
        script = folder / "paths.lua"
        script.write_text(PATHS % (folder / "paths"))
        constant = [sys.executable, "-c", CONSTANT, json.dumps(SERVER)]
        tracker = [sys.executable, "-m", "mpftp", "track", "--listen", "127.0.0.1:0", "--print-url"]
        with serving(constant, folder) as plain, serving(tracker, folder) as real:
            compare(plain, real, script)
        taken(folder)


def compare(plain: str, real: str, script: Path) -> None:
    """Full load by turns, then half the load with the latency of each request."""
    rates: dict[str, list[float]] = {plain: [], real: []}
    for _ in range(ROUNDS):
        for url in (plain, real):
            rates[url].append(full_load(url, script))
    yardstick, ours = statistics.median(rates[plain]), statistics.median(rates[real])
    print(f"constant answer  {yardstick:8.0f} requests/s  {[round(rate) for rate in rates[plain]]}")
    print(f"click redirect   {ours:8.0f} requests/s  {[round(rate) for rate in rates[real]]}")
    print(f"ratio            {ours / yardstick:8.2f}  (wanted: 0.50 or more)")
    paths = script.with_name("paths").read_text().split()
    for title, url in (("constant, same", plain), ("at half load", real)):
        rate, spread = paced(url, paths, ours / 2)
        p50, p99, worst = (spread[int(len(spread) * share)] * 1000 for share in (0.5, 0.99, 0.9999))
        print(f"{title:16} {rate:8.0f} requests/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {worst:.1f} ms"
              "  (wanted: p99 under 20 ms)")  # fmt: skip


def full_load(url: str, script: Path) -> float:
    """Requests a second by wrk; fails when an answer was no redirect."""
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}", "-s", str(script), url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in out, out
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def paced(url: str, paths: list[str], rate: float) -> tuple[float, list[float]]:
    """Ask *rate* times a second; the seconds from when a request was due until it was answered, sorted.

    A request that has to wait for the one before counts its waiting (no coordinated omission).
    """
    count = CONNECTIONS // 2
    spread: list[float] = []

    def reader(number: int) -> None:
        connection = HTTPConnection(urlsplit(url).netloc)
        step, found = count / rate, []
        started = time.perf_counter() + step * number / count
        for turn in range(int(SECONDS / step)):
            due = started + turn * step
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("GET", paths[(number * 997 + turn) % len(paths)])
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 302
            found.append(time.perf_counter() - due)
        spread.extend(found)

    begun = time.perf_counter()
    readers = [threading.Thread(target=reader, args=(number,)) for number in range(count)]
    for thread in readers:
        thread.start()
    for thread in readers:
        thread.join()
    return len(spread) / (time.perf_counter() - begun), sorted(spread)


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
    signer = Signer(load_keys(folder / "tracking.keys"))
    settings = Settings("Oferta", "loja@acme.example", "Ofertas").to_json()
    fields = json.dumps([f"valor {number}" for number in range(20)])
    columns = json.dumps(["email", "uidcli", "nome", *(f"livre{number}" for number in range(1, 18))])
    with Database(folder / "state.db") as db, db.transaction():
        db.execute("INSERT INTO client (id, name) VALUES (1, 'acme')")
        db.execute(
            "INSERT INTO campaign (id, client_id, name, date, digest, settings, columns, html, accepted_at)"
            " VALUES (1, 1, 'Promo', '20260301', '', ?, ?, '', 0)",
            (settings, columns),
        )
        urls = [
            (1, number, f"https://loja.example/{number}?c={{{{uidcli}}}}") for number in range(1, LINKS + 1)
        ]
        db.execute_many("INSERT INTO link VALUES (?, ?, ?)", urls)
        db.execute_many(
            "INSERT INTO delivery (id, campaign_id, line, email, fields, state)"
            " VALUES (?, 1, ?, ?, ?, 'sent')",
            ((n, n + 1, f"contato{n}@example.com", fields) for n in range(1, DELIVERIES + 1)),
        )
    paths = [
        "/c/" + signer.sign(Kind.CLICK, (n * 7919) % DELIVERIES + 1, n % LINKS + 1) for n in range(DELIVERIES)
    ]
    (folder / "paths").write_text("\n".join(paths) + "\n")


def taken(folder: Path) -> None:
    """How fast the log goes into the state, and that nothing of it is missing."""
    from mpftp.adapters.store.events import Events
    from mpftp.domain.clock import system_clock
    from mpftp.stages.events import take_events

    lines = sum(path.read_bytes().count(b'{"kind"') for path in (folder / "spool" / "events").iterdir())
    with Database(folder / "state.db") as db:
        started = time.perf_counter()
        found = take_events(Events(db), folder / "spool" / "events", system_clock)
        seconds = time.perf_counter() - started
    assert (found.added, found.damaged) == (lines, 0), found
    print(f"taking in        {found.added / seconds:8.0f} events/s  ({found.added} events, none lost)")


if __name__ == "__main__":
    main()
