"""An FTP server that sins as it is told to: each sin has a name, and is one that a real server has."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, suppress
from select import select

import pytest

from mpftp.adapters.ftp import FtpEndpoint
from tests.settings import ftp_settings

PIECES = 20  # of a slow transfer


class ScriptedFtp:
    """One directory of *files* in memory. *replies* replace what it says to a verb, or at the
    *end* of a transfer; *sins* are:

    ``120``, ``ssh``: before the greeting, or instead of it. ``no 150``: transfers end without having
    begun when there is nothing to send. ``second 226``: each transfer ends twice. ``no 226``: it ends
    never. ``451``: it ends in that. ``keeps old files``: STOR to a name in use goes to NAME.1.
    ``replaces nothing``: nor does RNTO. ``no size facts``: MLSD tells no sizes.
    ``closed data port``: nobody listens there. ``private address``: PASV names one of its own network.
    ``drip WHAT``: one byte now and then. ``slow``: a transfer takes a second; NOOP is answered
    after it, or in it by *noop* in *replies*, unless a ``noop kills`` it. ``forgets idle``: so it does a
    control connection that is silent for half of a transfer.
    """

    def __init__(self, files, sins, replies):
        self.files, self.sins, self.replies = dict(files), set(sins), replies
        self.commands = []
        self.connections = 0
        self._open = [socket.create_server(("127.0.0.1", 0))]
        self.port = self._open[0].getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _serve(self):
        with suppress(OSError):
            while True:
                client = self._open[0].accept()[0]
                self._open.append(client)
                self.connections += 1
                threading.Thread(target=Talk(self, client).run, daemon=True).start()


class Talk:
    """One control connection."""

    def __init__(self, server, client):
        self.server, self.client, self.sins = server, client, server.sins
        self.listener = self.target = self.peer = None
        self.rest, self.from_name, self.owed = 0, "", []

    def run(self):
        try:
            self.talk()
        finally:
            self.stop_listening()

    def talk(self):
        with closing(self.client), suppress(OSError):
            self.greet()
            for line in self.client.makefile("rb"):
                verb, _, argument = line.decode("utf-8", "surrogateescape").strip("\r\n").partition(" ")
                self.server.commands.append(f"{verb} {argument}".strip())
                self.answer(verb, argument)

    def greet(self):
        if "drip handshake" in self.sins:
            self.client.recv(1)
            self.client.sendall(b"\x16\x03\x03\x40\x00")
            self.drip(self.client)
        if "ssh" in self.sins:
            self.client.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            time.sleep(60)
        if "120" in self.sins:
            self.say("120 Service ready in 1 minute")
            time.sleep(0.4)
        self.say(self.server.replies.get("BANNER", "220 ready"), "banner")

    def say(self, text, what=""):
        data = text.encode("utf-8", "surrogateescape") + b"\r\n"
        if f"drip {what}" in self.sins:
            self.drip(self.client)
        self.client.sendall(data)

    @staticmethod
    def drip(sock):
        while True:
            sock.sendall(b"2")
            time.sleep(0.05)

    def answer(self, verb, argument):
        said = self.server.replies.get(verb)
        if said is not None:
            self.say(said() if callable(said) else said)
        elif hasattr(self, verb):
            getattr(self, verb)(argument)
        else:
            self.say("502 Command not implemented.")

    def AUTH(self, argument):
        self.say("234 go")
        self.sins.add("drip handshake")
        self.greet()

    def USER(self, argument):
        self.say("331 password?")

    def PASS(self, argument):
        self.say("230 in", "login")

    def TYPE(self, argument):
        self.say("200 ok")

    CWD = NOOP = OPTS = TYPE

    def QUIT(self, argument):
        self.say("221 bye")

    def SIZE(self, argument):
        found = self.server.files.get(argument)
        self.say(f"213 {len(found)}" if found is not None else f"550 {argument}: No such file or directory")

    def MDTM(self, argument):
        self.say("213 20260301090000" if argument in self.server.files else "550 No such file")

    def DELE(self, argument):
        gone = self.server.files.pop(argument, None)
        self.say("250 gone" if gone is not None else "550 No such file")

    def RNFR(self, argument):
        self.from_name = argument
        self.say("350 and now" if argument in self.server.files else "550 No such file")

    def RNTO(self, argument):
        if "replaces nothing" in self.sins and argument in self.server.files:
            self.say("550 File exists")
            return
        self.server.files[argument] = self.server.files.pop(self.from_name)
        self.say("250 renamed")

    def REST(self, argument):
        self.rest = int(argument)
        self.say("350 go on")

    def stop_listening(self):
        if self.listener:
            self.listener.close()

    def listen(self):
        self.stop_listening()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.peer = None
        return self.listener.getsockname()[1]

    def PASV(self, argument):
        port = self.listen()
        if "closed data port" in self.sins:
            self.listener.close()
        host = "10,0,0,9" if "private address" in self.sins else "127,0,0,1"
        self.say(f"227 go ({host},{port // 256},{port % 256})")

    def EPSV(self, argument):
        self.say(f"229 go (|||{self.listen()}|)")

    def PORT(self, argument):
        *_, high, low = argument.split(",")
        self.peer = ("127.0.0.1", int(high) * 256 + int(low))
        self.say("200 ok")

    def EPRT(self, argument):
        self.peer = ("127.0.0.1", int(argument.split("|")[3]))
        self.say("200 ok")

    def data(self):
        if self.peer:
            return socket.create_connection(self.peer)
        with self.listener:
            return self.listener.accept()[0]

    def transfer(self, data, what):
        if not data and "no 150" in self.sins:
            self.say("226 nothing there")
            self.stop_listening()
            return
        self.say("150 coming")
        with closing(self.data()) as conn:
            if f"drip {what}" in self.sins:
                self.drip(conn)
            if "slow" in self.sins:
                self.send_slowly(conn, data)
            else:
                conn.sendall(data)
        self.end()

    def send_slowly(self, conn, data):
        heard = time.monotonic()
        size = len(data) // PIECES + 1
        for number in range(PIECES):
            conn.sendall(data[number * size : (number + 1) * size])
            time.sleep(1 / PIECES)
            said = self.client.recv(100, socket.MSG_DONTWAIT) if select([self.client], [], [], 0)[0] else b""
            heard = time.monotonic() if said else heard
            self.server.commands += said.decode().split("\r\n")[:-1]
            if said and "noop kills" in self.sins:
                raise OSError("a command in a transfer")
            if "forgets idle" in self.sins and time.monotonic() - heard > 0.5:
                self.client.shutdown(socket.SHUT_RDWR)
            answer = self.server.replies.get("noop")
            for _ in said.split():
                self.say(answer) if answer else self.owed.append("200 NOOP ok.")

    def end(self):
        if "no 226" in self.sins:
            return
        if "451" in self.sins:
            self.say("451 local error in processing")
            return
        self.say(self.server.replies.get("end", "226 done"), "late reply")
        while self.owed:
            self.say(self.owed.pop())
        if "second 226" in self.sins:
            time.sleep(0.02)
            self.say("226 done again")

    def LIST(self, argument):
        lines = [
            f"-rw-r--r-- 1 0 0 {len(data)} Mar 01 09:00 {name}" for name, data in self.server.files.items()
        ]
        self.transfer("".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape"), "listing")

    def MLSD(self, argument):
        facts = "type=file;size={};modify=20260301090000; {}\r\n"
        if "no size facts" in self.sins:
            facts = facts.replace("size={};", "x.size={};")
        lines = [facts.format(len(data), name) for name, data in self.server.files.items()]
        self.transfer("".join(lines).encode("utf-8", "surrogateescape"), "listing")

    def RETR(self, argument):
        self.transfer(self.server.files[argument][self.rest :], "download")
        self.rest = 0

    def STOR(self, argument):
        name, number = argument, 0
        while "keeps old files" in self.sins and name in self.server.files:
            number += 1
            name = f"{argument}.{number}"
        self.say("150 go")
        with closing(self.data()) as conn, conn.makefile("rb") as stream:
            self.server.files[name] = stream.read()
        self.end()


@pytest.fixture
def scripted():
    """A function that starts such a server: ``scripted(files, "a sin", MLSD="550 no")``."""
    servers = []

    def start(files=None, *sins, **replies):
        servers.append(ScriptedFtp(files or {}, sins, replies))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def endpoint():
    """A function that makes the endpoint of such a server, and closes it afterwards."""
    made = []

    def make(server, **changes):
        values = {"timeout": 5.0, "visit_seconds": 30.0} | changes
        made.append(FtpEndpoint(ftp_settings("127.0.0.1", server.port, "u", lambda: "p", **values)))
        return made[-1]

    yield make
    for one in made:
        one.close()
