#!/usr/bin/env python3
"""A whole campaign of a bookshop, end to end, on real servers of this machine's loopback.

A triplet lies on an FTP server; the installed ``mpftp`` collects it, sends it to an SMTP server in
four fragments, and follows its readers; three days later six result files lie beside it. Every
number that the readers' behaviour implies is compared with what the files say: exit code 1 if any
differs. Nothing leaves the machine, and everything is in one temporary folder.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import ftplib
import io
import logging
import mailbox
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from bookshop import (
    AGENTS,
    BROKEN,
    CONTACTS,
    DATE,
    FRAGMENT,
    HERE,
    KINDS,
    NAME,
    PASSWORD,
    START,
    USER,
    Behaviour,
    Letter,
    address,
    form_of,
    letters,
    report,
    request,
    same_page,
    upload,
    write_triplet,
)
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
from rich.console import Console
from rich.table import Table

MPFTP = Path(sys.executable).with_name("mpftp")
console = Console(highlight=False, soft_wrap=True)


class Unexpected(Exception):  # noqa: N818
    """A command did not end as it should; what follows would tell nothing."""


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

    def __init__(self, folder: Path, pages: Path, behaviour: Behaviour) -> None:
        self.folder = folder
        self.pages = pages
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
        secret = self.folder / "ftp-password"
        secret.touch(mode=0o600)
        secret.write_text(PASSWORD + "\n", "utf-8")
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
settle_seconds = 0
transport = "smtp"
results_after_days = 3
fragment = {{ contacts = {FRAGMENT}, every_hours = 1 }}
""",
            "utf-8",
        )
        path.chmod(0o600)
        return path

    def run(self, at: datetime, *command: str, exit_code: int = 0) -> None:
        """Run one ``mpftp`` command as cron would at the moment *at*; show it and what it says."""
        environment = os.environ | {"MPFTP_CONFIG": str(self.config), "MPFTP_NOW": at.isoformat()}
        done = subprocess.run([MPFTP, *command], env=environment, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).rstrip()
        console.print(f"[dim]{at:%a %d %b %H:%M}[/]  [bold]mpftp {' '.join(command)}[/]", end="  ")
        console.print("[dim](silent)[/]" if not said else "")
        if said:
            console.print(said, markup=False)
        self.expect(f"exit code of {command[0]} at {at:%d %b %H:%M}", exit_code, done.returncode)
        if done.returncode != exit_code:
            raise Unexpected(f"mpftp {command[0]} ended with {done.returncode}, not {exit_code}")

    def expect(self, what: str, expected: object, found: object) -> None:
        """Note one comparison for the table at the end."""
        self.checks.append((what, expected, found))

    def close(self) -> None:
        """Stop the servers."""
        self.smtp.stop()
        self.ftp.close_all()


def free_port() -> int:
    """A port of loopback that nobody uses, below those that the system hands out by itself."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


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


def look_at(demo: Demo, letter: Letter) -> None:
    """Show one message as it arrived, and compare what a mail program would check."""
    message = letter.message
    for name in ("From", "To", "Subject", "List-Unsubscribe-Post"):
        console.print(f"  {name}: {message[name]}", markup=False)
    plain = message.get_body(("plain",))
    text = plain.get_content() if plain else ""
    console.print("  " + "\n  ".join(text.splitlines()[:6]), markup=False)
    subject, left = message["Subject"], message["List-Unsubscribe-Post"]
    demo.expect("subject as CONF has it", True, subject == "João Silva, o outono chegou à Livraria Ipê")
    demo.expect("text part with the name", True, "Olá, João Silva!" in text)
    demo.expect("one-click header (RFC 8058)", True, left == "List-Unsubscribe=One-Click")
    demo.expect("links that are followed", 12, len(letter.links("c")))


READING_HOURS = (4, 4, 4, 5, 5, 5, 7, 7, 10, 10, 25, 25, 40)
"""When readers read, in hours after the first message: most of them soon, some the next days."""


def read_mail(demo: Demo, inbox: dict[int, Letter]) -> None:
    """Readers open, click and opt out, hour after hour."""
    statuses = Counter[str]()
    wrong_targets = 0
    for hour in sorted(set(READING_HOURS)):
        here = {
            number: letter
            for number, letter in inbox.items()
            if READING_HOURS[number // 2 % len(READING_HOURS)] == hour
        }
        with tracker(demo, START + timedelta(hours=hour)):
            wrong_targets += read_now(demo.behaviour, here, statuses)
    console.print("Readers:", ", ".join(f"{what}: {count}" for what, count in sorted(statuses.items())))
    demo.expect("clicks that led elsewhere", 0, wrong_targets)


def read_now(behaviour: Behaviour, inbox: dict[int, Letter], statuses: Counter[str]) -> int:
    """Read these messages, only through what is in them; return how many clicks led elsewhere."""
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
    for number in [one for one in behaviour.one_click if one in inbox]:
        url = str(inbox[number].message["List-Unsubscribe"]).split("<", 2)
        link = next(part for part in url if part.startswith("http")).partition(">")[0]
        status, _, _ = request("POST", link, "List-Unsubscribe=One-Click")
        statuses[f"one-click {status}"] += 1
    for number in [one for one in behaviour.by_page if one in inbox]:
        link = inbox[number].links("u")[0]
        _, _, page = request("GET", link)
        statuses["page asks first"] += "<form" in page
        statuses[f"page {request('POST', link, form_of(page))[0]}"] += 1
    return wrong_targets


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


def show_results(demo: Demo) -> None:
    """Fetch the six files as the client would, show how they begin, compare them with the behaviour."""
    port = demo.ftp.address[1]
    with ftplib.FTP() as ftp:
        ftp.connect("127.0.0.1", port)
        ftp.login(USER, PASSWORD)
        names = sorted(ftp.nlst())
        console.print("\n[bold]On the FTP server now:[/]", ", ".join(names))
        contents = {kind: fetch(ftp, f"{NAME}_{kind}_{DATE}", names) for kind in KINDS}
    demo.expect("files of the campaign on the FTP server", 9, sum(name.startswith(NAME) for name in names))
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
    broken = write_triplet(demo.remote)
    for path in sorted(demo.remote.iterdir()):
        console.print(f"{path.stat().st_size:>8}  {path.name}")
    demo.run(START, "validate", str(demo.remote))
    console.rule("The crontab: collect at minute 0, send what is due")
    demo.run(START, "init", "--state-only")
    demo.run(START, "collect")
    for hour in range(4):
        demo.run(START + timedelta(hours=hour, minutes=5), "send")  # one recipient is refused: no trouble
    inbox = letters(demo.inboxes.messages)
    reachable = CONTACTS - len(demo.behaviour.refused)
    demo.expect("messages delivered", reachable, len(inbox))
    demo.expect("messages delivered twice", 0, sum(count > 1 for count in demo.inboxes.received.values()))
    console.print(f"{len(inbox)} messages arrived. One of them:")
    look_at(demo, inbox[1])
    console.rule("Readers open, click and opt out; providers return mail")
    read_mail(demo, inbox)
    return_mail(demo, inbox)
    demo.run(START + timedelta(hours=41), "bounces")
    console.rule("The next triplet has a mistake")
    upload(demo.remote, BROKEN, broken)
    demo.run(START + timedelta(hours=42), "collect", exit_code=1)
    answer = (demo.remote / f"{BROKEN}_ERRO_{DATE}").read_text("utf-8-sig").splitlines()
    console.print(f"{BROKEN}_ERRO_{DATE}, on the client's FTP server:", *answer[:2], sep="\n", markup=False)
    demo.run(START + timedelta(hours=43), "collect")
    console.rule("Three days later")
    demo.run(START + timedelta(days=3), "publish")
    demo.expect("published before its time", 0, len([*demo.remote.glob("*_ABERTURA_*")]))
    demo.run(START + timedelta(days=3, hours=4), "publish")
    show_results(demo)
    console.rule("What the operator sees")
    demo.run(START + timedelta(days=3, hours=5), "collect")
    demo.run(START + timedelta(days=3, hours=5), "status")
    demo.run(
        START + timedelta(days=3, hours=5),
        "report",
        f"{NAME}_{DATE}",
        "--html",
        str(demo.pages / "report.html"),
    )
    demo.run(START + timedelta(days=3, hours=5), "guide", "livraria", str(demo.pages / "guide"))


class tracker:  # noqa: N801
    """The real ``mpftp track``, while the block runs."""

    def __init__(self, demo: Demo, at: datetime) -> None:
        environment = os.environ | {"MPFTP_CONFIG": str(demo.config), "MPFTP_NOW": at.isoformat()}
        console.print(f"[dim]{at:%a %d %b %H:%M}[/]  [bold]mpftp track[/]")
        self._demo = demo
        self._log = demo.folder / "tracker.log"
        with self._log.open("w", encoding="utf-8") as log:  # never a pipe of ours: who reads it would wait
            self._process = subprocess.Popen(
                [MPFTP, "track", "--print-url"],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> None:
        assert self._process.stdout
        self._process.stdout.readline()  # it listens

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        said = self._log.read_text("utf-8")
        if said:
            self._demo.expect("trouble that the tracker tells", "", said)


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
    pages = folder / "pages" if options.keep else Path(tempfile.mkdtemp(prefix="mpftp-pages-"))
    pages.mkdir(exist_ok=True)
    demo = Demo(folder, pages, Behaviour())
    try:
        tell(demo)
    except Unexpected as surprise:
        console.print(f"[red]{surprise}: the demonstration stops here.[/]")
        return verdict(demo) or 1
    else:
        return verdict(demo)
    finally:
        demo.close()
        console.print(f"The campaign's page and the client's guide: {pages}", markup=False)
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
