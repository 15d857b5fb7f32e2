"""A week of an operator's life by a clock that is moved; at its end every promise is checked from outside.

    python tests/bench/soak.py [--minutes 10] [--clients 30] [--campaigns 200] [--seed N]

Clients upload whole, torn and faulty triplets to folders and to an FTP server; the command runs as cron runs
it. On every third turn something happens: a command is killed, a server is away, the relay refuses
all, is busy or dies, the disk is full, the state is lost and a backup takes its place. On every third
turn all is well, and then no command may say a word. What the relay took, what the clients' folders hold and
whom readers told to stop is kept apart from mpftp, and decides. Needs user namespaces, or root: the disk
that fills is a small one of its own, and so is the network.
"""

from __future__ import annotations

import argparse
import fcntl
import gc
import importlib
import json
import multiprocessing
import os
import pkgutil
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import mpftp.cli

sys.path.insert(0, str(Path(__file__).parent))
from soak_world import Clients, Readers, Reckoning, Relay

MONDAY = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
WEEK_HOURS = 7 * 24
SECONDS_A_TURN = 2.5
RELAY_IS_BACK = "mpftp: relay: well again"  # said by the next run that has something to send
DISK_MB = 200
TURNS_AFTER = 12  # turns, of half a day each
SMTP_PORT, FTP_PORT, WEB_PORT = 2525, 2121, 8080
SET_INTERFACE_FLAGS, INTERFACE_UP = 0x8914, 1
CONNECTIONS = 2
COMMANDS = ("collect", "send", "bounces", "publish")
TROUBLES = ("relay away", "relay refuses", "disk full", "server away", "restore", "relay busy", "folder away",
            "relay dies")  # fmt: skip
INSIDE = "MPFTP_SOAK_DISK"


class Command:
    """A run of the command: a fork of this process, which has all its modules already."""

    def __init__(self, words: list[str], said: Path):
        self._said = said
        said.write_text("")
        self._process = multiprocessing.get_context("fork").Process(target=self._run, args=(words,))
        self._process.start()
        self.is_alive, self.kill = self._process.is_alive, self._process.kill
        self.terminate = self._process.terminate

    def _run(self, words: list[str]) -> None:
        with self._said.open("ab") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        mpftp.cli.main(words, prog_name="mpftp")

    def end(self) -> tuple[int, str]:
        """Wait for the end: exit code and all that was said."""
        self._process.join(120)
        assert self._process.exitcode is not None, "a command hangs"
        return self._process.exitcode, self._said.read_text("utf-8")


class Life:
    """One host and its week."""

    def __init__(self, options: argparse.Namespace, disk: Path, outside: Path):
        self.options, self.disk, self.outside = options, disk, outside
        self.chance = random.Random(options.seed)
        self.turns = max(18, int(options.minutes * 60 / SECONDS_A_TURN))
        self.step = timedelta(hours=WEEK_HOURS / self.turns)
        self.now, self.turn = MONDAY, 0
        self.relay = Relay(outside, SMTP_PORT)
        self.clients = Clients(outside, FTP_PORT, options.clients, options.campaigns, self.chance)
        self.readers = Readers(disk / "voltas", WEB_PORT, self.relay, self.chance)
        self.kills = self.cuts = self.runs = self.calm_runs = 0
        self.wrong: list[str] = []
        self.lost: set[str] = set()
        self.may_speak = True
        (disk / "mpftp.toml").write_text(
            f"""state = "state.db"
[smtp]
host = "127.0.0.1"
port = {SMTP_PORT}
connections = {CONNECTIONS}
timeout_seconds = 5
[tracking]
base_url = "http://127.0.0.1:{WEB_PORT}"
listen = "127.0.0.1:{WEB_PORT}"
[bounces]
address = "voltas@soak.example"
maildir = "voltas"
{self.clients.configuration()}""",
            "utf-8",
        )
        (disk / "mpftp.toml").chmod(0o600)

    def start(self, *words: str) -> Command:
        now = [] if words[0] == "init" else ["--now", self.now.isoformat()]
        self.runs += 1
        return Command([*words, "--config", str(self.disk / "mpftp.toml"), *now], self.outside / "said")

    def run(self, *words: str, codes: tuple[int, ...] = (0, 1, 75)) -> str:
        """Run to the end; when all is well, a word or a code is one too many."""
        code, said = self.start(*words).end()
        if "Traceback" in said or code not in codes:
            self.wrong.append(f"turn {self.turn}: {' '.join(words)} ends with {code}: {said}")
        if words[0] in COMMANDS and not self.may_speak:
            self.calm_runs += 1
            if code or not all(line.startswith(RELAY_IS_BACK) for line in said.splitlines()):
                self.wrong.append(f"turn {self.turn}: all is well, but {words[0]} says {said!r}")
        return said

    def kill(self, command: str) -> None:
        """Start *command*, and kill it at some instant."""
        before = self.relay.size()
        running = self.start(command)
        give_up = time.monotonic() + self.chance.random()
        while running.is_alive() and time.monotonic() < give_up and self.relay.size() == before:
            time.sleep(0.002)
        time.sleep(self.chance.random() * 0.05)
        running.kill()
        running.end()
        self.kills += 1

    def live(self) -> None:
        """The week, and days enough after it for what is still to come."""
        self.run("init", "--state-only", codes=(0,))
        last = self.turns * 3 // 4
        troubles = self.shuffled(TROUBLES)
        for turn, kind in enumerate([*(turn % 3 for turn in range(self.turns)), *[2] * TURNS_AFTER]):
            self.turn = turn
            self.now += self.step if self.turn < self.turns else timedelta(hours=13)
            self.may_speak = kind != 2
            self.clients.upload(self.now, self.turn, last, faultless=kind != 0)
            trouble = next(troubles) if kind == 0 else ""
            self.take_turn(trouble)
            if self.options.verbose:
                sent = len(self.relay.messages())
                print(f"{datetime.now(UTC):%T}, turn {self.turn}: {sent} messages {trouble}")

    def shuffled(self, names):
        while True:
            yield from self.chance.sample(names, len(names))

    def take_turn(self, trouble: str) -> None:
        """What an hour brings, with a *trouble* or without."""
        end = self.begin(trouble)
        if trouble:
            self.kill(self.chance.choice(COMMANDS))
        if trouble == "relay dies":
            sending = self.start("send")
            self.relay.die_after(self.chance.randrange(1, 6))
            sending.end()
            self.cuts += 1
        for command in COMMANDS:
            self.run(command)
        end()
        self.decide()
        if trouble != "disk full":
            self.readers.act(self)

    def begin(self, trouble: str):
        """Let *trouble* begin; how it ends."""
        if trouble == "relay away":
            self.relay.stop()
            return self.relay.start
        if trouble in ("relay refuses", "relay busy"):
            self.relay.mode(trouble.split()[1])
            return lambda: self.relay.mode("well")
        if trouble == "relay dies":
            return self.relay.start
        if trouble == "server away":
            self.clients.stop_server()
            return self.clients.start_server
        if trouble == "folder away":
            return self.clients.hide_folder()
        if trouble == "disk full":
            return self.fill_disk()
        if trouble == "restore":
            self.lose_the_state()
        return lambda: None

    def fill_disk(self):
        ballast = self.disk / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1 << 16))
        except OSError:
            pass
        return ballast.unlink

    def lose_the_state(self) -> None:
        """A backup, another hour of work that is killed, then the state is gone and the backup put back."""
        backup = self.disk / "night.tar"
        self.run("backup", str(backup), codes=(0,))
        known = self.accepted()
        self.run("collect")
        self.kill("send")
        self.lost |= self.accepted() - known
        for path in [*self.disk.glob("state.db*"), *self.disk.glob("journal*")]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.run("send", codes=(78,))
        self.run("restore", str(backup), codes=(0,))

    def accepted(self) -> set[str]:
        return {campaign["campaign"] for campaign in self.campaigns()}

    def is_lost(self, name: str) -> bool:
        """Whether the campaign was accepted after the backup that is the state now."""
        return any(reference.partition("/")[2].partition("_")[0] == name for reference in self.lost)

    def campaigns(self) -> list[dict]:
        return json.loads(self.run("campaign", "list", "--json", codes=(0,)))

    def decide(self) -> None:
        """What an operator does about each held campaign: retry, resume or cancel."""
        for campaign in self.campaigns():
            reason = campaign["reason"] or ""
            if campaign["state"] != "paused":
                continue
            if reason.startswith("restored"):
                self.settle_restored(campaign)
            else:
                self.run("campaign", "retry", campaign["campaign"], codes=(0,))

    def settle_restored(self, campaign: dict) -> None:
        """Cancel what went out after the backup was made, and resume the rest."""
        detail = json.loads(self.run("campaign", "show", campaign["campaign"], "--json", codes=(0,)))
        sent = sum(detail["situations"].get(name, 0) for name in ("enviado", "devolvido", "incerto"))
        order = ["cancel", "--yes"] if self.relay.count(campaign["campaign"]) > sent else ["resume"]
        self.run("campaign", *order, campaign["campaign"], codes=(0,))

    def judge(self) -> bool:
        """Compare every promise with what relay, readers and clients saw."""
        check = self.run("status", "--check", codes=(0, 1))
        reckoning = Reckoning(self.relay.messages(), self.readers.stopped, self.lost)
        self.wrong += reckoning.compare(self.clients, allowed=(self.kills + self.cuts) * CONNECTIONS)
        print(f"seed {self.options.seed}: {self.turns} turns, {self.runs} runs, {self.kills} of them killed")
        print(f"{self.calm_runs} silent runs when all was well; {reckoning.summary()}; {check.strip()}")
        for line in self.wrong:
            print(f"WRONG {line}")
        return not self.wrong

    def close(self) -> None:
        self.relay.stop()
        self.clients.stop_server()


def bring_loopback_up() -> None:
    """Without a program for it; nobody else has a port of this network."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_INTERFACE_FLAGS, struct.pack("16sh", b"lo", INTERFACE_UP))


def enter_a_disk_of_its_own() -> None:
    """Go on in namespaces, where a folder is a disk that can be filled, and every port is free."""
    folder = tempfile.mkdtemp(prefix="mpftp-soak-")
    (Path(folder) / "disk").mkdir()
    script = 'mount -t tmpfs -o size="$1"m soak "$2/disk" && shift 2 && exec "$@"'
    command = [
        "unshare",
        "--map-root-user",
        "--mount",
        "--net",
        "sh",
        "-c",
        script,
        "sh",
        str(DISK_MB),
        folder,
    ]
    done = subprocess.run(
        [*command, sys.executable, *sys.argv], env=os.environ | {INSIDE: folder}, check=False
    )
    if "--keep" not in sys.argv:
        shutil.rmtree(folder)
    sys.exit(done.returncode)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--campaigns", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the folder of the state")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if INSIDE not in os.environ:
        enter_a_disk_of_its_own()
    folder = Path(os.environ.pop(INSIDE))
    bring_loopback_up()
    for module in pkgutil.walk_packages(mpftp.__path__, "mpftp."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.freeze()  # what every fork shares stays shared
    life = Life(options, folder / "disk", folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        life.live()
        sound = life.judge()
        if options.keep:
            shutil.copytree(folder / "disk", folder / "disk-kept")
    finally:
        life.close()
    print("sound" if sound else "NOT SOUND")
    sys.exit(not sound)


if __name__ == "__main__":
    main()
