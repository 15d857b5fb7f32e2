#!/usr/bin/env python3
"""A whole campaign of a bookshop, end to end, on real servers of this machine's loopback.

A triplet lies on an FTP server; the installed ``mpftp`` collects it, sends it to an SMTP server in
four fragments, and follows its readers; three days later six result files lie beside it. Every
number that the readers' behaviour implies is compared with what the files say: exit code 1 if any
differs. Nothing leaves the machine, and everything is in one temporary folder.
"""

from __future__ import annotations

import argparse
import csv
import ftplib
import http.client
import io
import logging
import mailbox
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
MPFTP = Path(sys.executable).with_name("mpftp")
ZONE = ZoneInfo("America/Sao_Paulo")
START = datetime.now(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)  # the campaign's 09:00
DATE = f"{START:%Y%m%d}"
NAME = "Outono_Ipe"
USER, PASSWORD = "livraria", "segredo-da-livraria"
CONTACTS, REPEATED, FRAGMENT = 320, 3, 100
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

console = Console(highlight=False, soft_wrap=True)


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


def write_triplet(folder: Path) -> None:
    """CONF, HTML and MAIL as a bookshop's system on Windows writes them, uploaded an hour before."""
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
    for kind, content in files.items():
        path = folder / f"{NAME}_{kind}_{DATE}"
        path.write_bytes(content)
        os.utime(path, (time.time() - 3600,) * 2)


def table_text(rows: list[list[str]]) -> str:
    """*rows* as Excel saves them in Brazil: semicolons, CRLF."""
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=";", lineterminator="\r\n").writerows(rows)
    return target.getvalue()


class Inboxes:
    """The SMTP server's side: who got which message."""

    def __init__(self, refused: list[int]) -> None:
        self.refused = {address(number) for number in refused}
        self.messages: dict[str, tuple[str, bytes]] = {}  # recipient -> envelope sender, message
        self.received: Counter[str] = Counter()

    async def handle_RCPT(self, server, session, envelope, recipient, options):  # noqa: N802
        """Refuse those who do not exist here."""
        if recipient in self.refused:
            return "550 5.1.1 User unknown"
        envelope.rcpt_tos.append(recipient)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        """Keep the message."""
        for recipient in envelope.rcpt_tos:
            self.messages[recipient] = (envelope.mail_from, envelope.content)
            self.received[recipient] += 1
        return "250 2.0.0 Ok: queued"


class Demo:
    """The servers, the configuration, and the commands that a crontab would run."""

    def __init__(self, folder: Path, behaviour: Behaviour) -> None:
        self.folder = folder
        self.behaviour = behaviour
        self.remote = folder / "ftp"
        self.bounces = folder / "bounces"
        self.remote.mkdir()
        mailbox.Maildir(self.bounces, create=True)
        self.inboxes = Inboxes(behaviour.refused)
        self.smtp = Controller(self.inboxes, hostname="127.0.0.1", port=free_port())
        self.smtp.start()
        self.ftp = ftp_server(self.remote)
        self.tracker_port = free_port()
        self.config = self.write_config()
        self.checks: list[tuple[str, object, object]] = []

    def write_config(self) -> Path:
        """A configuration for one client; the password is in a file of its own."""
        (self.folder / "ftp-password").write_text(PASSWORD + "\n", "utf-8")
        path = self.folder / "mpftp.toml"
        path.write_text(
            f"""\
state = "state.db"

[smtp]
host = "127.0.0.1"
port = {self.smtp.port}

[tracking]
base_url = "http://127.0.0.1:{self.tracker_port}"
listen = "127.0.0.1:{self.tracker_port}"

[bounces]
address = "bounces@livrariaipe.example"
maildir = "bounces"

[clients.livraria]
endpoint = "ftp://127.0.0.1"
port = {self.ftp.address[1]}
user = "{USER}"
password_file = "ftp-password"
display_name = "Livraria Ipê"
transport = "smtp"
results_after_days = 3
fragment = {{ contacts = {FRAGMENT}, every_hours = 1 }}
""",
            "utf-8",
        )
        path.chmod(0o600)
        return path

    def run(self, at: datetime, *command: str, exit_code: int = 0) -> str:
        """Run one ``mpftp`` command as cron would at the moment *at*; show it and what it says."""
        environment = os.environ | {"MPFTP_CONFIG": str(self.config), "MPFTP_NOW": at.isoformat()}
        done = subprocess.run([MPFTP, *command], env=environment, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).rstrip()
        console.print(f"[dim]{at:%a %d %b %H:%M}[/]  [bold]mpftp {' '.join(command)}[/]", end="  ")
        console.print("[dim](silent)[/]" if not said else "")
        if said:
            console.print(said, markup=False)
        self.expect(f"exit code of {command[0]} at {at:%d %b %H:%M}", exit_code, done.returncode)
        return done.stdout

    def expect(self, what: str, expected: object, found: object) -> None:
        """Note one comparison for the table at the end."""
        self.checks.append((what, expected, found))

    def close(self) -> None:
        """Stop the servers."""
        self.smtp.stop()
        self.ftp.close_all()


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def ftp_server(folder: Path) -> FTPServer:
    """A real FTP server over *folder*, in a thread of its own."""
    logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())  # or it writes to standard error
    logging.getLogger("pyftpdlib").propagate = False
    authorizer = DummyAuthorizer()
    authorizer.add_user(USER, PASSWORD, str(folder), perm="elradfmwMT")
    handler = type("Handler", (FTPHandler,), {"authorizer": authorizer})
    server = FTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


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


def letters(demo: Demo) -> dict[int, Letter]:
    """Every delivered message, by the number of its contact."""
    found = {}
    for recipient, (sender, data) in demo.inboxes.messages.items():
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


def read_mail(demo: Demo, inbox: dict[int, Letter]) -> None:
    """Readers open, click and opt out, only through what they find in their messages."""
    behaviour, statuses = demo.behaviour, Counter[str]()
    wrong_targets = 0
    targets = re.findall(r'href="(http[^"]*)"', (HERE / "newsletter.html").read_text("utf-8"))
    for number, letter in inbox.items():
        agent = AGENTS[number % len(AGENTS)]
        for _ in range(behaviour.opens(number)):
            statuses[f"open {request('GET', letter.links('o')[0], agent=agent)[0]}"] += 1
        for link in behaviour.clicks(number):
            status, location, _ = request("GET", letter.links("c")[link], agent=agent)
            statuses[f"click {status}"] += 1
            wrong_targets += not same_page(location, targets[link])
    for number in behaviour.one_click:
        url = str(inbox[number].message["List-Unsubscribe"]).split("<", 2)
        link = next(part for part in url if part.startswith("http")).partition(">")[0]
        status, _, _ = request("POST", link, "List-Unsubscribe=One-Click")
        statuses[f"one-click {status}"] += 1
    for number in behaviour.by_page:
        link = inbox[number].links("u")[0]
        _, _, page = request("GET", link)
        statuses["page asks first"] += "<form" in page
        statuses[f"page {request('POST', link, form_of(page))[0]}"] += 1
    console.print("Readers:", ", ".join(f"{what}: {count}" for what, count in sorted(statuses.items())))
    demo.expect("clicks that led elsewhere", 0, wrong_targets)


def same_page(location: str, template: str) -> bool:
    """Whether *location* is the page of the link that the HTML file names."""
    return location.partition("?")[0] == template.replace("&amp;", "&").partition("?")[0]


def form_of(page: str) -> str:
    """What a browser sends when the page's button is pressed."""
    fields = re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page)
    return "&".join(f"{name}={value}" for name, value in fields) or "confirm=1"


def return_mail(demo: Demo, inbox: dict[int, Letter]) -> None:
    """Providers send delivery reports (RFC 3464) to the envelope sender; one reader writes to opt out."""
    box = mailbox.Maildir(demo.bounces)
    cases = [
        (demo.behaviour.unknown, "failed", "5.1.1", "550 5.1.1 <{to}>: user unknown"),
        (demo.behaviour.full, "failed", "5.2.2", "552 5.2.2 <{to}>: mailbox full (over quota)"),
        (demo.behaviour.delayed, "delayed", "4.4.1", "connect to provedor.example: Connection timed out"),
    ]
    for numbers, action, status, said in cases:
        for number in numbers:
            box.add(report(inbox[number], address(number), action, status, said.format(to=address(number))))
    for number in demo.behaviour.by_mail:
        target = re.search(r"<mailto:([^?>]+)", str(inbox[number].message["List-Unsubscribe"]))
        if target:
            reply = EmailMessage()
            reply["From"], reply["To"], reply["Subject"] = address(number), target[1], "unsubscribe"
            reply["Delivered-To"] = target[1]
            reply.set_content("Quero sair da lista.\n")
            box.add(reply)


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


def show_results(demo: Demo) -> None:
    """Fetch the six files as the client would, show how they begin, compare them with the behaviour."""
    port = demo.ftp.address[1]
    with ftplib.FTP() as ftp:
        ftp.connect("127.0.0.1", port)
        ftp.login(USER, PASSWORD)
        names = sorted(ftp.nlst())
        console.print("\n[bold]On the FTP server now:[/]", ", ".join(names))
        contents = {kind: fetch(ftp, f"{NAME}_{kind}_{DATE}", names) for kind in KINDS}
    demo.expect("files on the FTP server", 9, len(names))
    for kind, wanted in demo.behaviour.expected().items():
        content = contents[kind]
        lines = content.decode("utf-8-sig").split("\r\n")[:-1]
        console.print(f"\n[bold]{NAME}_{kind}_{DATE}[/]  [dim]{len(content)} bytes[/]")
        for line in lines[:3]:
            console.print(line[:140], markup=False)
        demo.expect(f"{kind}: lines", wanted, len(lines) - 1)
    returned = list(csv.DictReader(io.StringIO(contents["RETORNADO"].decode("utf-8-sig")), delimiter=";"))
    reasons = Counter(row["motivo"] for row in returned)
    behaviour = demo.behaviour
    demo.expect(
        "e-mail inexistente", len(behaviour.refused + behaviour.unknown), reasons["e-mail inexistente"]
    )
    demo.expect("caixa postal cheia", len(behaviour.full), reasons["caixa postal cheia"])


def fetch(ftp: ftplib.FTP, name: str, names: list[str]) -> bytes:
    """One file from the client's server; nothing when it is not there."""
    content = io.BytesIO()
    if name in names:
        ftp.retrbinary(f"RETR {name}", content.write)
    return content.getvalue()


def tell(demo: Demo) -> None:
    """The story, from the triplet to the six files."""
    console.rule("A triplet lies on the client's FTP server")
    write_triplet(demo.remote)
    for path in sorted(demo.remote.iterdir()):
        console.print(f"{path.stat().st_size:>8}  {path.name}")
    demo.run(START, "validate", str(demo.remote))
    console.rule("The crontab: collect at minute 0, send what is due")
    demo.run(START, "collect")
    for hour in range(4):
        told = 1 if hour == 0 else 0  # the server refuses one recipient of the first hundred
        demo.run(START + timedelta(hours=hour, minutes=5), "send", exit_code=told)
    inbox = letters(demo)
    reachable = CONTACTS - len(demo.behaviour.refused)
    demo.expect("messages delivered", reachable, len(inbox))
    demo.expect("messages delivered twice", 0, sum(count > 1 for count in demo.inboxes.received.values()))
    sample = inbox[0].message
    console.print(
        f"{len(inbox)} messages arrived; the first: {sample['To']}: {sample['Subject']}", markup=False
    )
    console.rule("Readers open, click and opt out; providers return mail")
    with tracker(demo, START + timedelta(hours=5)):
        read_mail(demo, inbox)
    return_mail(demo, inbox)
    demo.run(START + timedelta(hours=6), "bounces")
    demo.run(START + timedelta(hours=7), "collect")
    console.rule("Three days later")
    demo.run(START + timedelta(days=3), "publish")
    demo.expect("published before the time has come", 3, len(list(demo.remote.iterdir())))
    demo.run(START + timedelta(days=3, hours=4), "publish")
    show_results(demo)
    console.rule("What the operator sees")
    demo.run(START + timedelta(days=3, hours=5), "status")


class tracker:  # noqa: N801
    """The real ``mpftp track``, while the block runs."""

    def __init__(self, demo: Demo, at: datetime) -> None:
        environment = os.environ | {"MPFTP_CONFIG": str(demo.config), "MPFTP_NOW": at.isoformat()}
        console.print(f"[dim]{at:%a %d %b %H:%M}[/]  [bold]mpftp track[/]")
        self._process = subprocess.Popen(
            [MPFTP, "track", "--print-url"], env=environment, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> None:
        assert self._process.stdout
        self._process.stdout.readline()  # it listens

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)


def verdict(demo: Demo) -> int:
    """The table of expected and found numbers; 0 when they are the same everywhere."""
    table = Table(title="Expected and found", title_justify="left")
    for column in ("what", "expected", "found", ""):
        table.add_column(column, justify="right" if column in ("expected", "found") else "left")
    for what, expected, found in demo.checks:
        table.add_row(
            what, str(expected), str(found), "[green]ok[/]" if expected == found else "[red]DIFFERS[/]"
        )
    console.print(table)
    differ = sum(expected != found for _, expected, found in demo.checks)
    console.print(f"[red]{differ} differ.[/]" if differ else "[green]All as expected.[/]")
    return 1 if differ else 0


def main() -> int:
    """Run the demo; its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this new folder and keep it")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="mpftp-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    demo = Demo(folder, Behaviour())
    try:
        tell(demo)
        return verdict(demo)
    finally:
        demo.close()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
