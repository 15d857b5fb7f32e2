"""The whole chain on a real FTP server, each command killed (SIGKILL) at random instants, then run again.

``MPFTP_KILLS`` sets how often each command is killed (once here; the large run: 40).
"""

from __future__ import annotations

import csv
import io
import mailbox
import os
import random
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from mpftp.adapters.store.database import Database
from tests.returned import delivery_report

pytestmark = pytest.mark.real

MPFTP = Path(sys.executable).with_name("mpftp")
KILLS = int(os.environ.get("MPFTP_KILLS", "1"))
CONTACTS, CONNECTIONS = 240, 3
NOON = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)  # in São Paulo
NAME, DATE = "Carta_aos_Socios", "20260504"
KINDS = {"ABERTURA", "ABERTURAUNICA", "CLIQUE", "CLIQUEUNICO", "RETORNADO", "CANCELADO"}

CONF = "pasta,assunto,remetente_email\nSócios,Reunião de {{nome|sócio}},clube@clube.example\n"
HTML = """<html><body><p>Prezado(a) {{nome|sócio}}, veja a <a href="https://clube.example/pauta">pauta</a> e
<a href="https://clube.example/voto?s={{uidcli}}">vote</a>.</p>
<p><a href="{{descadastro}}">Sair</a></p></body></html>"""


class Relay:
    """Counts who got which message."""

    def __init__(self):
        self.got = Counter()
        self.messages = {}

    async def handle_DATA(self, server, session, envelope):
        (recipient,) = envelope.rcpt_tos
        self.got[recipient] += 1
        self.messages[recipient] = (
            envelope.mail_from,
            message_from_bytes(envelope.content, policy=policy.default),
        )
        return "250 2.0.0 Ok"


@pytest.fixture
def chain(tmp_path, ftp_server, free_port):
    """A client's vsftpd with a triplet on it, a relay, a tracker's port, and the installed program."""
    relay = Relay()
    smtp = Controller(relay, hostname="127.0.0.1", port=free_port())
    smtp.start()
    yield Chain(tmp_path, ftp_server("vsftpd"), relay, smtp.port, free_port())
    smtp.stop()


class Chain:
    def __init__(self, folder, ftp, relay, smtp_port, port):
        self.folder, self.ftp, self.relay = folder, ftp, relay
        self.chance = random.Random(2026)
        self.port = port
        self.box = mailbox.Maildir(folder / "voltas")
        (folder / "mpftp.toml").write_text(f"""\
state = "state.db"
[smtp]
host = "127.0.0.1"
port = {smtp_port}
connections = {CONNECTIONS}
[tracking]
base_url = "http://127.0.0.1:{self.port}"
listen = "127.0.0.1:{self.port}"
[bounces]
address = "voltas@clube.example"
maildir = "voltas"
[clients.clube]
endpoint = "ftp://127.0.0.1:{ftp.port}"
user = "{ftp.user}"
password = "{ftp.password}"
directory = "in"
settle_seconds = 0
transport = "smtp"
results_after_days = 1
fragment = {{ contacts = 100, every_hours = 2 }}
""")
        (folder / "mpftp.toml").chmod(0o600)
        Database(folder / "state.db").close()

    def start(self, at, *command, **more):
        environment = os.environ | {
            "MPFTP_CONFIG": str(self.folder / "mpftp.toml"),
            "MPFTP_NOW": at.isoformat(),
        }
        return subprocess.Popen([MPFTP, *command], env=environment, text=True, stdout=-1, stderr=-1, **more)

    def run(self, at, *command):
        """Run it to its end; it must be content, and silent but for what an earlier kill left in doubt."""
        process = self.start(at, *command)
        out, err = process.communicate(timeout=60)
        said = [line for line in err.splitlines() if "in flight when a run was cut off" not in line]
        assert (process.returncode, out, said) == (0, "", [])

    def hurt(self, at, command):
        """Kill the command again and again at random instants, then let it run; returns the kills."""
        for _ in range(KILLS):
            process = self.start(at, command)
            time.sleep(self.chance.random() * 0.7)
            process.kill()
            process.communicate()
        self.run(at, command)

    def upload(self):
        rows = ["uidcli,nome,email"]
        rows += [f"{n},Sócio {n},s{n:03d}@clube{n % 9}.example" for n in range(CONTACTS)]
        self.ftp.put(f"{NAME}_CONF_{DATE}", CONF.encode())
        self.ftp.put(f"{NAME}_HTML_{DATE}", HTML.encode())
        self.ftp.put(f"{NAME}_MAIL_{DATE}", "\n".join(rows).encode())

    def read(self, at):
        """Every third contact opens, every sixth clicks; between them the tracker is killed."""
        wanted = []
        for recipient, (_, message) in sorted(self.relay.messages.items()):
            number = int(recipient[1:4])
            html = message.get_body(("html",)).get_content()
            if number % 3 == 0:
                wanted.append(re.search(r'src="([^"]*/o/[^"]*)"', html)[1])
            if number % 6 == 0:
                wanted.append(re.findall(r'href="([^"]*/c/[^"]*)"', html)[number % 2])
        opener = urllib.request.build_opener(Still)
        portion = len(wanted) // KILLS + 1
        for first in range(0, len(wanted), portion):
            tracker = self.tracker(at)
            for url in wanted[first : first + portion]:
                assert opener.open(url, timeout=10).status in (200, 302)
            tracker.kill()
            tracker.communicate()

    def tracker(self, at):
        """A tracker that listens; an outgoing connection may have borrowed its port for a moment."""
        for _ in range(20):
            process = self.start(at, "track", "--print-url")
            if process.stdout.readline():
                return process
            assert "cannot listen" in process.communicate()[1]
            time.sleep(0.1)
        raise AssertionError("the tracker's port stays taken")

    def send_back(self):
        """The last ten contacts do not exist."""
        for recipient in sorted(self.relay.messages)[-10:]:
            sender, _ = self.relay.messages[recipient]
            self.box.add(delivery_report(sender, recipient))

    def result(self, kind):
        text = (self.ftp.folder / f"{NAME}_{kind}_{DATE}").read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


class Still(urllib.request.HTTPRedirectHandler):
    """Does not follow a redirect: the answer itself is what is looked at."""

    def http_error_302(self, request, answer, code, reason, headers):
        return answer


@pytest.mark.timeout(300)
def test_every_command_may_be_killed_at_any_instant(chain):
    chain.upload()
    chain.hurt(NOON, "collect")
    for fragment in range(3):
        chain.hurt(NOON + timedelta(hours=2 * fragment, minutes=5), "send")
    got = chain.relay.got
    assert len(got) == CONTACTS
    assert sum(got.values()) - CONTACTS <= 3 * KILLS * CONNECTIONS
    chain.read(NOON + timedelta(hours=6))
    chain.send_back()
    chain.hurt(NOON + timedelta(hours=7), "bounces")
    chain.hurt(NOON + timedelta(days=2), "publish")

    assert chain.ftp.names() == {f"{NAME}_{kind}_{DATE}" for kind in KINDS | {"CONF", "HTML", "MAIL"}}
    opened = {f"s{n:03d}" for n in range(0, CONTACTS, 3)}
    clicked = {f"s{n:03d}" for n in range(0, CONTACTS, 6)}
    for kind, contacts in {
        "ABERTURA": opened, "ABERTURAUNICA": opened, "CLIQUE": clicked, "CLIQUEUNICO": clicked,
        "RETORNADO": {f"s{n:03d}" for n in range(CONTACTS - 10, CONTACTS)}, "CANCELADO": set(),
    }.items():  # fmt: skip
        rows = chain.result(kind)
        assert sorted(row["email"].partition("@")[0] for row in rows) == sorted(contacts), kind
    urls = Counter(row["url"] for row in chain.result("CLIQUE"))
    assert urls["https://clube.example/pauta"] == len(clicked)
    assert not list(chain.box)
    chain.run(NOON + timedelta(days=2), "collect")
    out, _ = chain.start(NOON + timedelta(days=2), "status", "--check").communicate(timeout=60)
    assert out.startswith("MPFTP OK - ")
