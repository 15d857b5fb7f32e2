"""What is around mpftp in soak.py, with its own memory: relay, clients' servers, readers, a reckoning."""

from __future__ import annotations

import asyncio
import csv
import email
import http.client
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
from contextlib import suppress
from datetime import datetime, timedelta
from email import policy
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.returned import delivery_report, opt_out_reply

KINDS = ("ABERTURA", "ABERTURAUNICA", "CLIQUE", "CLIQUEUNICO", "RETORNADO", "CANCELADO")
LINES = 40
PEOPLE = 120
HTML = (
    "<html><head><title>Carta</title></head><body><p>Olá.</p><p>"
    '<a href="https://loja.example/ofertas">Ofertas</a> <a href="{{descadastro}}">Sair</a></p></body></html>'
)
MODES = {"refuses": "554 5.7.1 Your account has been suspended", "busy": "451 4.3.2 Try again later"}
NOT_SENT = {"suprimido", "recusado", "repetido", "cancelado"}
GONE = (
    "no such user",
    "user unknown",
    "mailbox not found",
    "invalid recipient",
    "no mailbox here by that name",
)


def wait_for_port(port: int) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        with suppress(OSError):
            http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
            return
        time.sleep(0.02)
    raise SystemExit(f"nobody listens at port {port}")


class Relay:
    """A process that takes messages and writes each down before it says so; killed, it takes no more."""

    def __init__(self, folder: Path, port: int):
        self.folder, self.port, self.log = folder, port, folder / "relay.log"
        self.log.touch()
        self._read, self._messages = 0, []
        self.mode("well")
        self.start()

    def mode(self, name: str) -> None:
        (self.folder / "relay.mode").write_text(name)

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, __file__, str(self.port), str(self.folder)])
        wait_for_port(self.port)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def die_after(self, messages: int) -> None:
        """Kill the relay after so many *messages* more, or when it took none for a while."""
        before, give_up = self.size(), time.monotonic() + 1.5
        while self._lines_from(before).count(b"\n") < messages and time.monotonic() < give_up:
            time.sleep(0.002)
        self.stop()

    def size(self) -> int:
        return self.log.stat().st_size

    def _lines_from(self, place: int) -> bytes:
        with self.log.open("rb") as log:
            log.seek(place)
            return log.read()

    def messages(self) -> list[dict[str, str]]:
        """What was taken, in order: ``to``, ``sender``, ``campaign``, ``content``."""
        new = self._lines_from(self._read)
        self._read += len(new)
        self._messages += [json.loads(line) for line in new.splitlines()]
        return self._messages

    def count(self, campaign: str) -> int:
        """How many different contacts got a message of *campaign* (``CLIENT/NAME_DATE``)."""
        name = campaign.partition("/")[2].partition("_")[0]
        return len({message["to"] for message in self.messages() if message["campaign"] == name})


class Clients:
    """Folders of clients, a third of them behind an FTP server, and what was laid into them."""

    def __init__(self, folder: Path, port: int, count: int, campaigns: int, chance: random.Random):
        self.folder, self.port, self.chance = folder / "clients", port, chance
        self.names = [f"c{number:02}" for number in range(count)]
        self.left = campaigns
        self.laid: dict[str, tuple[str, list[str]]] = {}
        self.to_finish: list[tuple[Path, str]] = []
        for name in self.names:
            (self.folder / name).mkdir(parents=True)
        self.start_server()

    def behind_ftp(self, name: str) -> bool:
        return int(name[1:]) % 3 == 0

    def configuration(self) -> str:
        tables = []
        for name in self.names:
            where = f'endpoint = "file://{self.folder / name}"'
            if self.behind_ftp(name):
                where = (
                    f'endpoint = "ftp://127.0.0.1:{self.port}"\nuser = "{name}"\npassword = "x"\ntls = "none"'
                )
            tables.append(
                f'[clients.{name}]\n{where}\nsettle_seconds = 0\ntransport = "smtp"\nresults_after_days = 1\n'
                "receipt_file = true\nsituation_file = true\nstop_at_failure_rate = 1\ntimeout_seconds = 5\n"
                f"fragment = {{ contacts = {self.chance.choice((15, 100))}, every_hours = 9 }}\n"
            )
        return "".join(tables)

    def start_server(self) -> None:
        users = [name for name in self.names if self.behind_ftp(name)]
        command = [sys.executable, "-W", "ignore", "-c", FTP_SERVER, str(self.port), str(self.folder), *users]
        self._server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)

    def stop_server(self) -> None:
        self._server.kill()
        self._server.wait()

    def hide_folder(self):
        """Take one client's folder away; what brings it back."""
        name = self.chance.choice([name for name in self.names if not self.behind_ftp(name)])
        folder, aside = self.folder / name, self.folder / f"{name}.aside"
        folder.rename(aside)
        return lambda: aside.rename(folder)

    def upload(self, now: datetime, turn: int, last: int, *, faultless: bool) -> None:
        """Lay this turn's share of triplets, and finish the last one's."""
        for path, text in self.to_finish:
            path.write_text(text, "utf-8")
        self.to_finish = []
        share = -(-self.left // (last - turn)) if turn < last else self.left
        for _ in range(share):
            self.lay(now, self.chance.choices(("whole", "torn", "faulty"), (8, 2, 0 if faultless else 2))[0])
        self.left -= share

    def lay(self, now: datetime, manner: str) -> None:
        client = self.chance.choice(self.names)
        name = f"C{len(self.laid):03}_{{}}_{now - timedelta(hours=3):%Y%m%d}"
        emails = [*self.draw(client), *(["sem-arroba"] if manner == "faulty" else [])]
        mail = "email;uidcli\n" + "".join(f"{address};{place}\n" for place, address in enumerate(emails))
        texts = {
            "CONF": f"assunto;remetente_email;pasta\n{name[:4]};loja@loja.example;P\n", "HTML": HTML,
            "MAIL": mail.replace("email;", "e_mail;", 1) if manner == "faulty" else mail,
        }  # fmt: skip
        folder = self.folder / client
        for kind, text in texts.items():
            path = folder / name.format(kind)
            torn = manner == "torn" and kind == "MAIL"
            path.write_text(text[: len(text) // 2].rpartition("@")[0] if torn else text, "utf-8")
            os.utime(path, (1_770_000_000,) * 2)
        if manner != "whole":
            self.to_finish.append((folder / name.format("MAIL"), mail))
        self.laid[name] = (client, emails)

    def draw(self, client: str) -> list[str]:
        """Addresses of one client's people, by which relay and readers know what to do; few of a kind."""
        kinds = Counter(bom=28, sai=4, cinza=4, volta=3, recusa=1)
        people = [
            f"{client}.{kind}{number}@provedor{number % 20}.com.br"
            for kind, count in kinds.items()
            for number in self.chance.sample(range(count * PEOPLE // LINES), count)
        ]
        self.chance.shuffle(people)
        return [*people, people[0]]


FTP_SERVER = """
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
authorizer = DummyAuthorizer()
for name in sys.argv[3:]:
    authorizer.add_user(name, "x", sys.argv[2] + "/" + name, perm="elradfmwMT")
FTPHandler.authorizer = authorizer
FTPServer(("127.0.0.1", int(sys.argv[1])), FTPHandler).serve_forever()
"""


class Readers:
    """Those who open, click and go, and those whose mailboxes are no more."""

    def __init__(self, maildir: Path, port: int, relay: Relay, chance: random.Random):
        self.maildir, self.port, self.relay, self.chance = maildir, port, relay, chance
        mailbox.Maildir(maildir)
        self.seen = 0
        self.stopped: dict[str, int] = {}
        """Address -> how many messages the relay had taken when mpftp had been told to stop."""
        self.opened = 0

    def act(self, life) -> None:
        """Answer what arrived since the last time, by web and by mail."""
        new = self.relay.messages()[self.seen :]
        self.seen += len(new)
        written = [message for message in new if self.write(message)]
        tracker = life.start("track", "--processes", "1")
        wait_for_port(self.port)
        asked = [message for message in new if self.visit(message)]
        self.chance.choice((tracker.kill, tracker.terminate))()
        tracker.end()
        if written:
            life.run("bounces", codes=(0,))
        for message in (*written, *asked):
            if not life.is_lost(message["campaign"]):  # the backup knows none of its people
                self.stopped.setdefault(message["to"], self.seen)

    def write(self, message: dict[str, str]) -> bool:
        """A report for one who is gone; an opt-out of every second of those who want no more."""
        kind, box = kind_of(message["to"]), mailbox.Maildir(self.maildir)
        if kind == "volta":
            words = GONE[
                number_of(message["to"]) % len(GONE)
            ]  # no three alike in a campaign: that is a crowd
            box.add(delivery_report(message["sender"], message["to"], f"550 5.1.1 {words}"))
        elif kind == "sai" and by_mail(message["to"]):
            head = re.sub(r"\n\s+", " ", message["content"].partition("\n\n")[0])
            target = re.search(r"<mailto:([^?>]+)", head)[1]
            box.add(opt_out_reply(message["to"], target))
        else:
            return False
        return True

    def visit(self, message: dict[str, str]) -> bool:
        """Open, click, or opt out; whether the tracker has said that no more will come."""
        kind = kind_of(message["to"])
        if kind == "volta" or (kind == "bom" and self.chance.random() > 0.3):
            return False
        body = email.message_from_string(message["content"], policy=policy.default)
        html = body.get_body(("html",)).get_content()
        pixel, click, leave = (
            urlsplit(re.search(pattern, html)[1]).path
            for pattern in (r'<img[^>]* src="([^"]+)"', r'href="([^"]+)">Ofertas', r'href="([^"]+)">Sair')
        )
        self.opened += self.ask("GET", pixel) == 200
        if kind == "sai" and not by_mail(message["to"]):
            return self.ask("POST", leave) == 200
        self.ask("GET", click)
        return False

    def ask(self, method: str, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        body = "List-Unsubscribe=One-Click" if method == "POST" else None
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body, {"User-Agent": "Mozilla/5.0 Firefox/140", **kind})
        status = connection.getresponse().status
        connection.close()
        return status


def kind_of(address: str) -> str:
    return re.match(r"c\d+\.([a-z]+)", address)[1]


def number_of(address: str) -> int:
    return int(re.search(r"(\d+)@", address)[1])


def by_mail(address: str) -> bool:
    return number_of(address) % 2 == 0


class Reckoning:
    """What the relay took, campaign by campaign, against the clients' folders and the readers' word."""

    def __init__(self, messages: list[dict[str, str]], stopped: dict[str, int], lost: set[str]):
        self.messages, self.stopped = messages, stopped
        self.lost = {reference.partition("/")[2] for reference in lost}
        self.took = Counter((message["campaign"], message["to"]) for message in messages)
        self.doubles = sum(count - 1 for count in self.took.values())
        self.whole = 0

    def summary(self) -> str:
        return (
            f"{len(self.messages)} messages, {self.doubles} twice, {len(self.stopped)} stopped them, "
            f"{self.whole} campaigns with all their files, {len(self.lost)} that the backup did not know"
        )

    def compare(self, clients: Clients, *, allowed: int) -> list[str]:
        """Every promise that was not kept, a line each."""
        wrong = [
            f"{message['to']} got {message['campaign']} after having stopped it"
            for place, message in enumerate(self.messages)
            if place >= self.stopped.get(message["to"], len(self.messages))
        ]
        if self.doubles > allowed:
            wrong.append(f"{self.doubles} messages went out twice; {allowed} were in flight at kills")
        strange = [path.name for path in clients.folder.rglob("*") if not self.is_known(path, clients)]
        wrong += [f"left half done on a client's server: {name}" for name in strange]
        for name, (client, emails) in clients.laid.items():
            wrong += self.compare_campaign(clients.folder / client, name, emails)
        return wrong

    def is_known(self, path: Path, clients: Clients) -> bool:
        words = path.name.split("_")
        kinds = {*KINDS, "CONF", "HTML", "MAIL", "RECIBO", "SITUACAO", "ERRO"}
        known = len(words) == 3 and words[1] in kinds and f"{words[0]}_{{}}_{words[2]}" in clients.laid
        return known or (path.is_dir() and path.name in clients.names)

    def compare_campaign(self, folder: Path, name: str, emails: list[str]) -> list[str]:
        campaign = name[:4]
        if name.format("").replace("__", "_") in self.lost:
            return []
        missing = [
            kind for kind in (*KINDS, "SITUACAO", "RECIBO") if not (folder / name.format(kind)).exists()
        ]
        if missing:
            return [f"{campaign}: the client has no {' '.join(missing)}"]
        wrong = []
        for kind in (*KINDS, "SITUACAO"):
            data = (folder / name.format(kind)).read_bytes()
            if not data.startswith(b"\xef\xbb\xbf") or not data.endswith(b"\r\n"):
                wrong.append(f"{campaign}: {kind} is not whole")
        if (folder / name.format("ERRO")).exists():
            wrong.append(f"{campaign}: ERRO is still there")
        told = read_rows(folder / name.format("SITUACAO"))
        if [row["email"] for row in told] != emails:
            wrong.append(f"{campaign}: SITUACAO does not reckon MAIL line by line")
        for row in told:
            taken = self.took[campaign, row["email"]]
            if row["situacao"] not in ("repetido",) and not self.agrees(row, taken):
                wrong.append(
                    f"{campaign}: {row['email']} is {row['situacao']}, the relay took {taken} messages"
                )
        unreached = {row["email"] for row in read_rows(folder / name.format("RETORNADO"))}
        expected = {row["email"] for row in told if row["situacao"] not in ("enviado", "repetido")}
        if unreached != expected:
            wrong.append(f"{campaign}: RETORNADO and SITUACAO differ by {unreached ^ expected}")
        self.whole += not wrong
        return wrong

    def agrees(self, row: dict[str, str], taken: int) -> bool:
        """Whether what became of a contact can be, seeing what the relay took for him."""
        if row["situacao"] == "suprimido" and kind_of(row["email"]) in ("bom", "cinza"):
            return False
        if row["situacao"] in NOT_SENT:
            return taken == 0 or row["situacao"] == "cancelado"
        if row["situacao"] == "devolvido":
            return taken == (0 if kind_of(row["email"]) == "recusa" else taken) and taken < 3
        return row["situacao"] == "enviado" and taken >= 1


def read_rows(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


class Taker:
    """What the relay's process answers; at a greylisted address it takes the second attempt."""

    def __init__(self, folder: Path):
        self.folder, self.log, self.tried = folder, (folder / "relay.log").open("a", encoding="utf-8"), set()

    async def handle_RCPT(self, server, session, envelope, recipient, options):
        mode = (self.folder / "relay.mode").read_text()
        if mode in MODES:
            return MODES[mode]
        kind = kind_of(recipient)
        if kind == "recusa":
            return "550 5.1.1 User unknown"
        if kind == "cinza" and recipient not in self.tried:
            self.tried.add(recipient)
            return "450 4.2.0 Greylisted"
        envelope.rcpt_tos.append(recipient)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        content = envelope.content.decode("utf-8").replace("\r\n", "\n")
        entry = {
            "to": envelope.rcpt_tos[0], "sender": envelope.mail_from, "content": content,
            "campaign": re.search(r"(?m)^Subject: (C\d+)", content)[1],
        }  # fmt: skip
        self.log.write(json.dumps(entry) + "\n")
        self.log.flush()
        return "250 2.0.0 Ok"


async def take(port: int, folder: Path) -> None:
    from aiosmtpd.smtp import SMTP

    taker = Taker(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(taker, hostname="relay.example"), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(take(int(sys.argv[1]), Path(sys.argv[2])))
