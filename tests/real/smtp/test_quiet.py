"""A day of cron's runs, played by ``--now``: what would be mailed, line by line."""

from __future__ import annotations

import fcntl
import os
import shutil
import socketserver
import threading
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from mpftp.adapters.store.database import Database
from mpftp.cli import main

MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
CONF = "assunto;remetente_email;pasta;datahora_envio\nOi;a@exemplo.com.br;P;{at}\n"
HTML = '<html><body><p>Oi {{email}}</p><a href="{{descadastro}}">sair</a></body></html>'


class ImapSession(socketserver.StreamRequestHandler):
    """An empty mailbox."""

    def handle(self):
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            word = rest.split(" ")[0].upper()
            told = {"CAPABILITY": "* CAPABILITY IMAP4rev1 MOVE UIDPLUS", "SELECT": "* 0 EXISTS"}.get(word)
            told = "* SEARCH" if "SEARCH" in rest.upper() else told
            told = '* LIST (\\HasNoChildren) "/" "INBOX"' if word == "LIST" else told
            self.wfile.write((f"{told}\r\n" if told else "").encode() + f"{tag} OK done\r\n".encode())
            if word == "LOGOUT":
                return


class Post(socketserver.ThreadingTCPServer):
    """Says that it is away while *away* is set."""

    allow_reuse_address = daemon_threads = True
    away = False

    def verify_request(self, request, client_address):
        return not self.away


@pytest.fixture
def post():
    """An IMAP server on loopback."""
    with Post(("127.0.0.1", 0), ImapSession) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Day:
    """Two clients, a relay, a mailbox, and the crontab of ``examples/``, thinned out."""

    def __init__(self, folder, relay, post, files, blank_state):
        self.folder, self.relay, self.post, self.files = folder, relay, post, files
        self.mail: list[tuple[int, str, str]] = []
        self.codes: dict[str, set[int]] = {}
        self.now, self.served = MIDNIGHT, True
        shutil.copy(blank_state, folder / "state.db")
        (folder / "beta").mkdir()
        self.places = {"acme": files.folder, "beta": folder / "beta"}
        self.config = folder / "mpftp.toml"
        self.configure()

    def configure(self, more="", mailbox=True):
        imap = f'imap = "imap://127.0.0.1:{self.post.server_address[1]}/INBOX"\nimap_tls = "none"\n' * mailbox
        port = self.files.port if self.served else 1  # where nobody listens
        ftp = f'ftp://127.0.0.1:{port}/in"\nuser = "cliente"\ntls = "none"\npassword = "senha'
        self.config.write_text(
            f'state = "{self.folder}/state.db"\n{more}\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {self.relay.port}\ntimeout_seconds = 10\n'
            f'[bounces]\naddress = "b@mail.example"\n{imap}user = "u"\npassword = "p"\n'
            + "".join(
                f'[clients.{name}]\nendpoint = "{place}"\ntransport = "smtp"\n'
                "settle_seconds = 0\nresults_after_days = 0\n"
                for name, place in (("acme", ftp), ("beta", f"file://{self.folder}/beta"))
            )
        )
        self.config.chmod(0o600)

    def put(self, client, name, *emails, html=HTML, conf=CONF, hours=0):
        """A triplet on a client's server, to be sent so many *hours* from now."""
        at = "" if not hours else f"{self.now + timedelta(hours=hours - 3):%Y-%m-%d %H:%M}"
        files = {"CONF": conf.format(at=at), "HTML": html, "MAIL": "\n".join(["email", *emails, ""])}
        for kind, text in files.items():
            (self.places[client] / f"{name}_{kind}_20261125").write_text(text)

    def run(self, *words):
        """Run one line of the crontab; its mail is kept."""
        moment = self.now.isoformat()
        done = CliRunner().invoke(main, [*words, "--config", str(self.config), "--now", moment])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        self.codes.setdefault(words[0], set()).add(done.exit_code)
        hour = (self.now - MIDNIGHT).seconds // 3600
        self.mail += [(hour, words[0], line) for line in done.output.splitlines()]

    def play(self, acts=None):
        """Run the whole day, with *acts* at their hours, half past."""
        for minute in range(0, 24 * 60, 10):
            self.now = MIDNIGHT + timedelta(minutes=minute)
            if minute % 60 == 30 and minute // 60 in (acts or {}):
                acts[minute // 60]()
            if minute % 60 == 0:
                self.run("collect")
            self.run("send")
            if minute % 30 == 0:
                self.run("bounces")
            if minute % 60 == 20:
                self.run("publish")


@pytest.fixture
def day(tmp_path, sink, post, ftp_server, blank_state, monkeypatch):
    monkeypatch.delenv("MPFTP_NOW", raising=False)
    relay = sink(
        {
            "BANNER": lambda relay, *_: relay.banner,
            "RCPT": lambda _, who, __: "550 5.1.1 No such user" if "gone" in who else None,
        }
    )
    relay.banner = None
    return Day(tmp_path, relay, post, ftp_server("pyftpdlib"), blank_state)


@pytest.mark.timeout(240)
def test_a_day_without_trouble_is_silent(day):
    """Among it: ordinary bounces, an order to pause, a run that meets another at work, no mailbox."""
    day.put("acme", "Bom", "ana@a.example", "bia@b.example", "gone@c.example", "caio@d.example")

    def overlap():
        with (day.folder / "state.db.collect.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for words in (["collect"], ["collect", "--log-file", str(day.folder / "log")]):
                day.run(*words)

    def pause():
        day.put("beta", "Espera", "ana@a.example", "bia@b.example", hours=5)
        day.run("collect")
        day.run("campaign", "pause", "beta/Espera_20261125")

    day.play({2: overlap, 4: pause, 8: lambda: day.configure(mailbox=False)})
    assert [line for line in day.mail if "paused" not in line[2]] == []
    assert len(day.relay.accepted) == 3
    assert day.codes["collect"] == {0, 75}
    assert day.codes["send"] == day.codes["publish"] == day.codes["bounces"] == {0}
    with Database(day.folder / "state.db") as db:
        assert db.value("SELECT count(*) FROM suppression") == 1


class Troubles:
    """What an hour of the day brings about."""

    def __init__(self, day):
        self.day, self.folder, self.relay = day, day.folder, day.relay

    def serve(self, *, well):
        self.day.served = well
        self.day.configure()

    def refused(self):
        self.day.put("beta", "Errada", "ana@a.example", conf="assunto;pasta\nOi;P\n")
        self.day.put("beta", "Muda", "ana@a.example", html="<p>{{nome}}</p>")
        for kind in ("CONF", "HTML", "MAIL"):
            (self.folder / f"beta/Foto_{kind}_20261125.csv").write_text("email\n")

    def held(self):
        self.day.put("beta", "Todos", *(f"gone@d{number}.example" for number in range(4)))

    def greet(self, banner, name=""):
        self.relay.banner = banner
        if name:
            self.day.put("acme", name, "ana@a.example")

    def post(self, *, away):
        self.day.post.away = away

    def lose_keys(self):
        (self.folder / "tracking.keys").rename(self.folder / "kept")

    def find_keys(self):
        (self.folder / "kept").rename(self.folder / "tracking.keys")
        os.chmod(self.folder / "tracking.keys", 0o600)

    def odd_name(self):
        (self.folder / "beta" / os.fsdecode(b"Cora\xe7\xe3o_CONF_20261125")).write_text("x")


@pytest.mark.timeout(240)
def test_each_trouble_is_said_when_it_begins_and_its_end_when_it_passes_by_itself(day):
    acts = Troubles(day)
    day.put("acme", "Bom", "ana@a.example")
    day.play(
        {
            1: lambda: acts.serve(well=False), 4: lambda: acts.serve(well=True),
            5: acts.refused, 6: acts.held,
            7: lambda: acts.greet("421 4.3.2 Later", "Um"), 9: lambda: acts.greet(None),
            10: lambda: acts.post(away=True), 12: lambda: acts.post(away=False),
            13: lambda: os.chmod(day.folder / "tracking.keys", 0o644),
            15: acts.lose_keys, 16: acts.find_keys, 17: acts.odd_name,
            18: lambda: acts.greet("554 5.7.1 You are blocked", "Dois"), 20: lambda: acts.greet(None),
        }
    )  # fmt: skip
    lines = [(hour, line) for hour, _, line in day.mail]
    begun = {
        "cannot connect": 2, "Errada": 6, "Muda": 6, "Foto": 6, "Todos_20261125 is paused": 7, "421 4.3.2": 8,
        "imap": 10, "chmod 600": 13, "on which the links of": 15, "another encoding": 18,
        "You are blocked": 19,
    }  # fmt: skip
    for words, hour in begun.items():
        told = [at for at, line in lines if words in line and "well again" not in line]
        assert told == [hour], (words, lines)
    ended = [hour for hour, line in lines if "well again" in line]
    assert ended == [5, 9, 12], lines
    assert len(lines) == len(begun) + len(ended), lines
