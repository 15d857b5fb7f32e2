"""Relays on loopback: one that does as a test's script says, Debian's smtp-sink, and a waiting campaign."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from mpftp.adapters.config import load_config
from mpftp.adapters.journal import FileJournal
from mpftp.adapters.smtp import SmtpTransport
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.intake import Intake, NewCampaign
from mpftp.adapters.store.outbox import Outbox
from mpftp.cli import main
from mpftp.domain.campaign import CampaignSettings, MailContact
from mpftp.domain.file_names import TripletKey
from mpftp.domain.messages.links import find_links
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.sending.fragments import FragmentSchedule, plan_fragments
from mpftp.stages.send import SendRun
from mpftp.wiring.sending import build_send_policies, make_template_loader
from tests.settings import retry_policy

MPFTP = Path(sys.executable).with_name("mpftp")
COLUMNS = ("email", "uidcli", "nome")
HTML = (
    "<html><body><h1>Olá {{nome|cliente}}</h1><p><a href='https://loja.example/{{uidcli}}'>Ofertas</a></p>"
    "<p>.</p><p><a href='{{descadastro}}'>sair</a></p></body></html>"
)


USUAL = {
    "BANNER": "220 sink ESMTP", "EHLO": "250 sink", "HELO": "250 sink", "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok", "DATA": "354 Go on", "TEXT": "250 2.0.0 Ok", "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye", "NOOP": "250 2.0.0 Ok",
}  # fmt: skip


class Sink:
    """A relay in a thread of its own. *script* maps a command (``END_OF_DATA`` for the final dot, ``BANNER``
    for the greeting) to a function of (sink, argument, count of that command) that returns the reply,
    ``None`` for the usual one, ``""`` for silence, or raises ``ConnectionError`` to cut the line.
    *per_connection*: messages after which it closes the connection; 0: it never does.
    """

    def __init__(
        self,
        script=None,
        extensions=("PIPELINING", "8BITMIME", "SIZE 1000000"),
        ssl=None,
        delay=0.0,
        per_connection=0,
    ):
        self.script = script or {}
        self.extensions = extensions
        self.delay = delay
        self.per_connection = per_connection
        self.moments: list[float] = []
        self.counts = Counter()
        self.accepted: list[str] = []
        self.messages: list[bytes] = []
        self.dialogue: list[str] = []
        self.connections = self.most = 0
        self._ssl = ssl
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._started.wait()

    def _run(self):
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self):
        self._end = asyncio.Event()
        self._tasks = set()
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0, ssl=self._ssl, limit=1 << 25)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._end.wait()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others & self._tasks:
                task.cancel()
            await asyncio.wait(others, timeout=1)
        server.close()  # not before: asyncio leaves open what it has accepted and not begun then
        await asyncio.sleep(0)  # the time of the last transport's end

    def stop(self):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _begin(self, reader, writer):
        task = self._loop.create_task(self._session(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: writer.transport.abort())  # one cancelled before its start, too

    async def _session(self, reader, writer):
        self.connections += 1
        self.most = max(self.most, self.connections)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._talk(reader, writer)
        self.connections -= 1

    async def _talk(self, reader, writer):
        await self._reply(writer, "BANNER", "")
        recipient = ""
        has_sender = False
        taken = 0
        while line := (await reader.readline()).decode():
            word, _, argument = line.strip().partition(" ")
            word = word.upper()
            self.dialogue.append(line.strip())
            if (word == "RCPT" and not has_sender) or (word == "DATA" and not recipient):
                writer.write(b"503 5.5.1 Not now\r\n")
                continue
            code = await self._reply(writer, word, argument)
            if word in ("MAIL", "RSET"):
                has_sender, recipient = word == "MAIL" and code[:1] == "2", ""
            if word == "RCPT" and code[:1] == "2":
                recipient = argument.partition("<")[2].partition(">")[0]
            if word == "DATA" and code.startswith("354"):
                text = await reader.readuntil(b"\r\n.\r\n")
                self.messages.append(text[:-3].replace(b"\r\n..", b"\r\n."))
                await self._reply(writer, "TEXT", recipient)
                has_sender, recipient = False, ""
                taken += 1
            if word == "QUIT" or (self.per_connection and taken == self.per_connection):
                writer.close()
                await writer.wait_closed()
                return

    async def _reply(self, writer, word, argument):
        self.counts[word] += 1
        reply = None
        if word in self.script:
            reply = self.script[word](self, argument, self.counts[word])
        if reply is None:
            reply = USUAL.get(word, "500 5.5.2 What?")
            if word == "EHLO":
                lines = ["sink", *self.extensions]
                reply = "\r\n".join(f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines)
        if self.delay:
            await asyncio.sleep(self.delay)
        if word == "TEXT" and reply.startswith("2"):
            self.moments.append(time.monotonic())
            self.accepted.append(argument)  # before the answer, or the other side may look too soon
        if reply:
            writer.write(reply.encode() + b"\r\n")
            await writer.drain()
        return reply


@pytest.fixture
def sink():
    """A function that starts a ``Sink``; all are stopped at the end."""
    started = []

    def start(*args, **options):
        started.append(Sink(*args, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


class Site:
    """A configuration with one client, its state file, and the real ``mpftp`` command."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.state = folder / "state.db"
        self.config = folder / "mpftp.toml"
        self.extra = ""

    def configure(self, port, *, smtp="", client="", top="", connections=4, timeout=10):
        self.config.write_text(
            f'state = "state.db"\n{top}\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nconnections = {connections}\n'
            f'timeout_seconds = {timeout}\n{smtp}\n[bounces]\naddress = "bounces@mail.example"\n'
            f'[clients.acme]\nendpoint = "file://{self.folder}"\ntransport = "smtp"\n'
            f"settle_seconds = 0\n{client}\n"
        )

    def fill(self, contacts, name="Promo", *, each=0, html=HTML, emails=None, at=None):
        """Put a campaign into the state file, as ``collect`` does; its id."""
        at = at or datetime.now(UTC) - timedelta(seconds=1)
        addresses = emails or [f"u{number}@d{number % 3}.example" for number in range(contacts)]
        with Database(self.state) as db:
            intake = Intake(db, "acme")
            count = intake.stage_contacts(
                MailContact(line, email, (email, str(line), f"Zé {line}"))
                for line, email in enumerate(addresses, 2)
            )
            cut = FragmentSchedule(each, timedelta(hours=1)) if each else None
            settings = CampaignSettings("Olá {{nome}}", "loja@loja.example", "promo", from_name="Loja")
            links = find_links(html, DEFAULT_PROFILE, "")
            accepted = NewCampaign(TripletKey(name, "20260301"), name, settings, html, COLUMNS, links,
                                plan_fragments(count, at, cut), [], {})  # fmt: skip
            return intake.accept(accepted, at)

    def start(self, *words, **options):
        command = [MPFTP, *words, "--config", self.config]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def run(self, *words):
        """Run to the end, in this process to save a start: (exit code, standard output, standard error)."""
        done = CliRunner().invoke(main, [*words, "--config", str(self.config)])
        return done.exit_code, done.stdout, done.stderr

    def send_over(self, *relays, connections=2, now=None):
        """``send`` in this process, over relays whose times a test may cut; its summary."""
        config = load_config(self.config)
        with Database(self.state) as db:
            run = SendRun(
                Outbox(db, retry_policy()), FileJournal(config.journal), build_send_policies(config),
                make_template_loader(config, db), lambda: now or datetime.now(UTC),
            )  # fmt: skip
            return run.run({"smtp": lambda: SmtpTransport(relays, connections)})

    def query(self, sql, *values):
        with closing(sqlite3.connect(self.state)) as connection:
            return connection.execute(sql, values).fetchall()

    def states(self):
        return dict(self.query("SELECT state, count(*) FROM delivery GROUP BY state"))


@pytest.fixture
def site(tmp_path, blank_state):
    shutil.copy(blank_state, tmp_path / "state.db")
    return Site(tmp_path)


@pytest.fixture
def smtp_sink(tmp_path):
    """A function that starts postfix's smtp-sink with options; returns its port."""
    program = shutil.which("smtp-sink", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("smtp-sink is missing: apt-get install postfix")
        pytest.skip("needs smtp-sink (Debian package postfix)")
    running = []

    def start(*options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        running.append(subprocess.Popen([program, *user, *options, f"127.0.0.1:{port}", "100"], cwd=tmp_path))
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return port
            time.sleep(0.02)
        pytest.fail("smtp-sink does not answer")

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait()
