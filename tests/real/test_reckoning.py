"""MAIL is reckoned to its last line from the client's folder alone, whatever became of each contact.

``MPFTP_LINES`` sets the lines of each kind (5 here; a run by hand may have 1250). One line in five of those
that are deferred stays so: where a relay defers hundreds in a row, ``send`` rests between them.
"""

from __future__ import annotations

import csv
import io
import json
import mailbox
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from tests.returned import delivery_report, opt_out_reply

pytestmark = pytest.mark.real

MPFTP = Path(sys.executable).with_name("mpftp")
EACH = int(os.environ.get("MPFTP_LINES", "5"))
SELDOM = 5
KINDS = ("bom", "sai", "volta", "recusa", "adia", "barrado", "ruim", "repete")
"""Taken; opts out; returned later; refused; deferred; suppressed before; no address; there twice."""
SITUATIONS = {
    "bom": "enviado", "calma": "enviado", "sai": "enviado",
    "volta": "devolvido", "recusa": "devolvido", "adia": "devolvido", "barrado": "suprimido",
    "ruim": "recusado", "repete": "repetido",
}  # fmt: skip
NOON = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=8)
HTML = (
    "<html><head><title>Carta</title></head><body>"
    '<p>Olá. <a href="{{descadastro}}">Sair</a></p></body></html>'
)


class Relay:
    """Takes most messages, refuses some recipients, and defers others each time."""

    def __init__(self) -> None:
        self.asked = 0
        self.senders: dict[str, str] = {}
        self.unsubscribe: dict[str, str] = {}

    async def handle_RCPT(self, server, session, envelope, recipient, options):
        self.asked += 1
        if recipient.startswith("recusa"):
            return "550 5.1.1 User unknown"
        if recipient.startswith("adia"):
            return "450 4.2.1 Mailbox busy, try again later"
        envelope.rcpt_tos.append(recipient)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        (recipient,) = envelope.rcpt_tos
        self.senders[recipient] = envelope.mail_from
        self.unsubscribe[recipient] = re.findall("<mailto:([^?>]+)", str(message["List-Unsubscribe"]))[0]
        return "250 2.0.0 Ok"


class Site:
    """A client's folder with one triplet, a relay, a mailbox of returned mail, and the installed program."""

    def __init__(self, folder: Path, relay: Relay, port: int) -> None:
        self.folder, self.relay, self.chance = folder, relay, random.Random(13)
        self.remote = folder / "loja"
        self.remote.mkdir()
        self.box = mailbox.Maildir(folder / "voltas")
        self.config = folder / "mpftp.toml"
        self.config.write_text(
            f"""\
state = "state.db"
[smtp]
host = "127.0.0.1"
port = {port}
connections = 2
[bounces]
address = "voltas@loja.example"
maildir = "voltas"
[clients.loja]
endpoint = "file://{self.remote}"
settle_seconds = 0
transport = "smtp"
results_after_days = 7
receipt_file = true
situation_file = true
stop_at_failure_rate = 1
""",
            "utf-8",
        )
        self.config.chmod(0o600)

    def start(self, at: datetime, *command: str) -> subprocess.Popen[str]:
        environment = os.environ | {"MPFTP_CONFIG": str(self.config), "MPFTP_NOW": at.isoformat()}
        return subprocess.Popen([MPFTP, *command], env=environment, text=True, stdout=-1, stderr=-1)

    def run(self, at: datetime, *command: str, code: int = 0) -> str:
        process = self.start(at, *command)
        out, said = process.communicate(timeout=600)
        assert process.returncode == code, out + said
        return out

    def hurt(self, at: datetime, command: str, kills: int) -> None:
        """Kill *command* soon after its first message, or at a random instant; MAIL must still be whole."""
        for _ in range(kills):
            asked = self.relay.asked
            process = self.start(at, command)
            give_up = time.monotonic() + (20 if command == "send" else 0.5 + self.chance.random())
            while process.poll() is None and self.relay.asked == asked and time.monotonic() < give_up:
                time.sleep(0.001)
            time.sleep(self.chance.random() * 0.02)
            process.kill()
            process.communicate()
            detail = self.detail(at)
            assert sum(detail["situations"].values()) == EACH * len(KINDS), detail

    def detail(self, at: datetime) -> dict:
        return json.loads(self.run(at, "campaign", "show", "1", "--json"))

    def upload(self) -> list[str]:
        """The triplet; returns the kind of each line."""
        kinds = [
            ("calma" if kind == "adia" and number % SELDOM else kind, number)
            for number in range(EACH)
            for kind in KINDS
        ]
        lines = [(kind, address_of(kind, number)) for kind, number in kinds]
        rows = "".join(f"{email};{place}\n" for place, (_, email) in enumerate(lines))
        (self.remote / "Carta_CONF_20260504").write_text(
            "assunto;remetente_email;pasta\nOi;loja@loja.example;P\n"
        )
        (self.remote / "Carta_HTML_20260504").write_text(HTML, "utf-8")
        (self.remote / "Carta_MAIL_20260504").write_text(f"email;uidcli\n{rows}")
        return [kind for kind, _ in lines]

    def answers(self) -> None:
        """Some messages come back, and some readers write that they want no more."""
        for recipient, sender in self.relay.senders.items():
            if recipient.startswith("volta"):
                self.box.add(delivery_report(sender, recipient, "552 5.2.2 mailbox full"))
            elif recipient.startswith("sai"):
                target = self.relay.unsubscribe[recipient]
                self.box.add(opt_out_reply(recipient, target))

    def rows(self, kind: str) -> list[dict[str, str]]:
        text = (self.remote / f"Carta_{kind}_20260504").read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def address_of(kind: str, number: int) -> str:
    """An address by which the relay knows what to do; twenty domains, so that no crowd is suspected."""
    if kind == "ruim":
        return f"ruim{number}@@provedor.com.br"
    who = "bom" if kind == "repete" else kind
    return f"{who}{number}@provedor{number % 20}.com.br"


@pytest.fixture
def site(tmp_path, free_port) -> Iterator[Site]:
    relay = Relay()
    smtp = Controller(relay, hostname="127.0.0.1", port=free_port())
    smtp.start()
    yield Site(tmp_path, relay, smtp.port)
    smtp.stop()


@pytest.mark.timeout(300)
def test_every_line_is_reckoned_whatever_became_of_it_and_whenever_we_were_killed(site):
    kinds = site.upload()
    site.run(NOON, "init", "--state-only")
    suppressed = [address_of("barrado", number) for number in range(EACH)]
    site.run(NOON, "suppress", "add", "--client", "loja", *suppressed)
    site.run(NOON, "collect", code=1)  # it names the invalid ones
    site.hurt(NOON, "send", kills=2)
    for hours in (0, 72, 144):  # until what was deferred is given up
        site.run(NOON + timedelta(hours=hours), "send")
    site.answers()
    site.run(LATER, "bounces")
    site.hurt(LATER + timedelta(days=8), "publish", kills=1)
    site.run(LATER + timedelta(days=8), "publish")

    assert_reckoned(site, kinds)


def assert_reckoned(site: Site, kinds: list[str]) -> None:
    """Compare SITUACAO, RETORNADO, CANCELADO, RECIBO, ``campaign show`` and the report with MAIL."""
    told = site.rows("SITUACAO")
    assert [row["situacao"] for row in told] == [SITUATIONS[kind] for kind in kinds]
    sums = Counter(row["situacao"] for row in told)
    detail = site.detail(LATER)
    assert (detail["lines"], detail["situations"]) == (len(kinds), dict(sums))

    lines_of = {row["uidcli"]: row for row in told}
    returned, left = site.rows("RETORNADO"), site.rows("CANCELADO")
    unreached = {"devolvido", "suprimido", "recusado"}
    assert Counter(row["uidcli"] for row in returned) == Counter(
        row["uidcli"] for row in told if row["situacao"] in unreached
    )
    assert all(lines_of[row["uidcli"]]["motivo"] == row["motivo"] for row in returned)
    assert {row["uidcli"] for row in left} == {
        str(place) for place, kind in enumerate(kinds) if kind == "sai"
    }

    receipt = [row["valor"] for row in site.rows("RECIBO") if row["valor"].isdecimal()]
    assert receipt == [str(len(kinds)), str(5 * EACH), str(EACH), str(EACH), str(EACH)]
    report = site.run(LATER, "report", "1")
    figures = {
        name: int(count) for name, count in re.findall(r"(?m)^ +([a-zA-Z ]+?) {3,}(?:0 +)?(\d+)", report)
    }
    assert figures["lines of MAIL"] == len(kinds)
    assert figures["delivered"] == sums["enviado"]
    assert figures["came back"] == sums["devolvido"]
    assert figures["not sent"] == len(kinds) - figures["delivered"] - figures["came back"]
    assert figures["opted out"] == len(left)
