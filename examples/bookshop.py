"""The bookshop of the demonstration: its files, its readers' habits, and their programs.

What each reader does is decided here beforehand, so that the expected numbers follow without mpftp.
"""

from __future__ import annotations

import csv
import http.client
import io
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
ZONE = ZoneInfo("America/Sao_Paulo")
START = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)  # the campaign's 09:00
DATE = f"{START:%Y%m%d}"
NAME = "Outono_Ipe"
USER, PASSWORD = "livraria", "segredo-da-livraria"
CONTACTS, REPEATED, FRAGMENT = 320, 3, 100
BROKEN = "Inverno_Ipe"  # a second triplet, whose message has a field that MAIL lacks
KINDS = ("ABERTURA", "ABERTURAUNICA", "CLIQUE", "CLIQUEUNICO", "RETORNADO", "CANCELADO")

FIRST = ("Ana", "João", "Conceição", "Antônio", "Lígia", "Sebastião", "Júlia", "Otávio", "Beatriz", "Caetano",
         "Inês", "Luís", "Márcia", "Raimundo", "Tânia", "Zélia")  # fmt: skip
LAST = (
    "Silva",
    "Souza",
    "Araújo",
    "Gonçalves",
    "Conceição",
    "Magalhães",
    "Brandão",
    "Peçanha",
    "Simões",
    "Assunção",
)
CITIES = (("São Paulo", "SP"), ("Belém", "PA"), ("Goiânia", "GO"), ("Florianópolis", "SC"), ("Maceió", "AL"),
          ("Niterói", "RJ"), ("Ribeirão Preto", "SP"), ("São Luís", "MA"))  # fmt: skip
AGENTS = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
          "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0")  # fmt: skip


@dataclass
class Behaviour:
    """What each reader does, decided beforehand: the expected numbers follow from it alone."""

    refused: list[int] = field(default_factory=lambda: [17])  # by the receiving server, at once
    unknown: list[int] = field(default_factory=lambda: [30, 95, 160, 225])  # returned: no such mailbox
    full: list[int] = field(default_factory=lambda: [45, 110])  # returned: mailbox full
    delayed: list[int] = field(default_factory=lambda: [60])  # a delay is no bounce
    one_click: list[int] = field(default_factory=lambda: [8, 88, 168])
    by_page: list[int] = field(default_factory=lambda: [12, 92])
    by_mail: list[int] = field(default_factory=lambda: [14])

    def reads(self, number: int) -> bool:
        """Whether the message reached a person."""
        return number not in (*self.refused, *self.unknown, *self.full)

    def opens(self, number: int) -> int:
        """How many times the contact opens the message: every second one, and every tenth thrice."""
        return (3 if number % 10 == 0 else 1) if number % 2 == 0 and self.reads(number) else 0

    def clicks(self, number: int) -> list[int]:
        """Which links (0..11) the contact clicks: every fifth one, and every twentieth two of them."""
        if number % 5 or not self.opens(number):
            return []
        return [number // 5 % 12, 1] if number % 20 == 0 else [number // 5 % 12]

    def expected(self) -> dict[str, int]:
        """The data lines of each result file."""
        opens = [self.opens(number) for number in range(CONTACTS)]
        clicks = [len(self.clicks(number)) for number in range(CONTACTS)]
        return {
            "ABERTURA": sum(opens),
            "ABERTURAUNICA": sum(count > 0 for count in opens),
            "CLIQUE": sum(clicks),
            "CLIQUEUNICO": sum(count > 0 for count in clicks),
            "RETORNADO": len(self.refused + self.unknown + self.full),
            "CANCELADO": len(self.one_click + self.by_page + self.by_mail),
        }


def address(number: int) -> str:
    """The address of one contact."""
    return f"leitor{number:03d}@provedor{number % 7}.example"


def write_triplet(folder: Path) -> dict[str, bytes]:
    """CONF, HTML and MAIL as a bookshop's system on Windows writes them; returns a broken version."""
    rows = [["email", "uidcli", "nome", "cidade", "estado", "livre1"]]
    for number in range(CONTACTS):
        city, state = CITIES[number % len(CITIES)]
        name = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]}"
        rows.append(
            [address(number), str(5000 + number), name, city, state, f"IPE{number * 7919 % 10000:04d}"]
        )
    rows += [[row[0].upper(), *row[1:]] for row in rows[1 : 1 + REPEATED]]
    conf = [
        ["assunto", "remetente_nome", "remetente_email", "responder_para", "pasta", "datahora_envio",
         "ganalytics"],
        ["{{nome|Leitor}}, o outono chegou à Livraria Ipê", "Livraria Ipê", "novidades@livrariaipe.example",
         "atendimento@livrariaipe.example", "Novidades", f"{START:%d/%m/%Y %H:%M}", "outono"],
    ]  # fmt: skip
    files = {
        "CONF": table_text(conf).encode("cp1252"),
        "HTML": (HERE / "newsletter.html").read_bytes(),
        "MAIL": table_text(rows).encode("cp1252"),
    }
    upload(folder, NAME, files)
    files["HTML"] = files["HTML"].replace(b"{{livre1}}", b"{{cupom}}")
    return files


def upload(folder: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Lay a triplet into *folder* as if it had come an hour ago."""
    for kind, content in files.items():
        path = folder / f"{name}_{kind}_{DATE}"
        path.write_bytes(content)
        os.utime(path, (time.time() - 3600,) * 2)


def table_text(rows: list[list[str]]) -> str:
    """*rows* as Excel saves them in Brazil: semicolons, CRLF."""
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=";", lineterminator="\r\n").writerows(rows)
    return target.getvalue()


@dataclass
class Letter:
    """One delivered message as its reader's mail program sees it."""

    sender: str
    message: EmailMessage

    @property
    def html(self) -> str:
        """The HTML part."""
        part = self.message.get_body(("html",))
        return part.get_content() if part else ""

    def links(self, door: str) -> list[str]:
        """The addresses in it that lead to one door of the tracker (``o``, ``c``, ``u``, ``w``), in order."""
        found = re.findall(rf'(?:href|src)="([^"]*/{door}/[^"]*)"', self.html)
        return list(dict.fromkeys(url.replace("&amp;", "&") for url in found))


def letters(messages: Mapping[str, tuple[str, bytes]]) -> dict[int, Letter]:
    """The *messages* (recipient -> envelope sender, message), by the number of their contacts."""
    found = {}
    for recipient, (sender, data) in messages.items():
        number = int(recipient.partition("@")[0].removeprefix("leitor"))
        message = message_from_bytes(data, policy=policy.default)
        assert isinstance(message, EmailMessage)
        found[number] = Letter(sender, message)
    return found


def request(method: str, url: str, body: str = "", agent: str = AGENTS[0]) -> tuple[int, str, str]:
    """One HTTP request of a reader's program: status, ``Location``, text; redirects are not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    headers = {"User-Agent": agent}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, url.removeprefix(f"{parts.scheme}://{parts.netloc}"), body or None, headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, answer.getheader("Location") or "", text


def same_page(location: str, template: str) -> bool:
    """Whether *location* is the page of the link that the HTML file names."""
    return location.partition("?")[0] == template.replace("&amp;", "&").partition("?")[0]


def form_of(page: str) -> str:
    """What a browser sends when the page's button is pressed."""
    fields = re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page)
    return "&".join(f"{name}={value}" for name, value in fields) or "confirm=1"


def report(letter: Letter, recipient: str, action: str, status: str, said: str) -> bytes:
    """A report as Postfix writes it: for people, for machines, and the head of what was sent."""
    head = "".join(f"{name}: {letter.message[name]}\n" for name in ("Message-ID", "Date", "From"))
    return f"""\
Delivered-To: {letter.sender}
From: MAILER-DAEMON@provedor.example (Mail Delivery System)
To: {letter.sender}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="corte"

--corte
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Não foi possível entregar a mensagem para <{recipient}>: {said}

--corte
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.provedor.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--corte
Content-Type: text/rfc822-headers

{head}
--corte--
""".encode()
