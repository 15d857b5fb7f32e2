"""Whatever a server says, no password of ours is in an error, a log, the status or the state."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from base64 import b64encode
from contextlib import suppress

import pytest
from click.testing import CliRunner

from mpftp.cli import main

SECRET = 'S3cr3t"Pw/Aco'
BLOB = b64encode(f"\0joana\0{SECRET}".encode())
ECHOES = {
    "whole": lambda heard: heard,
    "upper": bytes.upper,
    "half": lambda heard: heard[: len(heard) * 3 // 4],
    "decoded": lambda heard: f"joana/{SECRET}".encode(),
    "base64": lambda heard: BLOB,
}
TRIPLET = {
    "CONF": "assunto;remetente_email;pasta\nOi;a@exemplo.com.br;P\n",
    "HTML": '<html><body><p>Oi</p><a href="{{descadastro}}">sair</a></body></html>',
    "MAIL": "email\nana@exemplo.com.br\n",
}


class Echo:
    """A server that greets, and answers every line by what *answer* makes of it."""

    def __init__(self, greeting, answer):
        self.greeting, self.answer = greeting, answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with suppress(OSError):
            while True:
                threading.Thread(target=self.talk, args=[self.listener.accept()[0]], daemon=True).start()

    def talk(self, client):
        with suppress(OSError), client, client.makefile("rwb", buffering=0) as wire:
            wire.write(self.greeting)
            for line in wire:
                wire.write(self.answer(line.rstrip(b"\r\n")))


@pytest.fixture
def serve():
    """A function that starts an ``Echo`` and returns its port."""
    started = []

    def start(greeting, answer):
        started.append(Echo(greeting, answer))
        return started[-1].port

    yield start
    for server in started:
        server.listener.close()


@pytest.fixture
def mpftp(tmp_path):
    """A function that runs commands under a configuration: what they printed, and what they left in files."""
    (tmp_path / "in").mkdir()
    config = tmp_path / "mpftp.toml"

    def run(table, *commands):
        config.write_text(table, "utf-8")
        config.chmod(0o600)
        said = ""
        CliRunner().invoke(main, ["init", "--state-only", "--config", str(config)], catch_exceptions=False)
        for command in (*commands, "status", "status --json", "status --check"):
            done = CliRunner().invoke(main, [*command.split(), "--config", str(config), "-vv",
                                             "--log-file", str(tmp_path / "log")])  # fmt: skip
            said += done.output
            if command == "status --json":
                json.loads(done.stdout)
        kept = [path for path in tmp_path.iterdir() if path.is_file() and path != config]
        return said, "".join(path.read_bytes().decode("utf-8", "replace") for path in kept)

    return run


def assert_struck_out(said, kept):
    assert "***" in said + kept
    low, blob = (said + kept).lower(), BLOB.decode().lower()
    bare = SECRET.lower().replace('"', "")
    for part in (bare[:6], bare[-6:], blob[12:24], blob[-14:-4]):
        assert part not in low
    assert not {"\x1b", "\x07"} & set(said)


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("code", [b"530", b"332"])
def test_an_ftp_server_that_echoes_the_login(serve, mpftp, echo, code):
    passwords = []

    def answer(line):
        if line.startswith(b"USER"):
            return b"331 ok\r\n"
        passwords.append(line.partition(b" ")[2])
        heard = ECHOES[echo](passwords[0])
        return b"%s-Login incorrect\r\n%s for %s \x1b]0;PWNED\x07\r\n" % (code, code, heard)

    port = serve(b"220 hi \x1b]0;PWNED\x07\r\n", answer)
    table = f"""[clients.acme]
endpoint = "ftp://127.0.0.1:{port}"
user = "joana"
password = '{SECRET}'
tls = "none"
"""
    assert_struck_out(*mpftp('state = "state.db"\n' + table, "collect", "doctor"))


def test_an_ftp_server_that_greets_with_the_password(serve, mpftp):
    port = serve(f"220 welcome {SECRET}\r\n".encode(), lambda line: b"500 no\r\n")
    table = f"""state = "state.db"
[clients.acme]
endpoint = "ftp://127.0.0.1:{port}"
user = "joana"
password = '{SECRET}'
tls = "none"
"""
    assert_struck_out(*mpftp(table, "doctor"))


@pytest.mark.parametrize(
    ("where", "echo"),
    [*(("AUTH", echo) for echo in ECHOES), ("AUTH LOGIN", "whole"), ("AUTH LOGIN", "base64"),
     ("challenge", "half"), ("no reply", "half"), ("RCPT", "decoded"), ("dot", "whole")],
)  # fmt: skip
def test_a_relay_that_echoes_the_login(serve, mpftp, tmp_path, echo, where):
    heard = []

    def answer(line):
        verb = line[:4].upper()
        heard.append(line)
        login = ECHOES[echo](next((said for said in heard if said.startswith(b"AUTH ")), b"") or b"")
        no = {"AUTH": b"535 5.7.8 bad %s\r\n", "AUTH LOGIN": b"535 5.7.8 bad %s\r\n",
              "challenge": b"334 %s\r\n", "no reply": b"%s\r\n"}  # fmt: skip
        if verb == b"EHLO":
            way = b"LOGIN" if where == "AUTH LOGIN" else b"PLAIN"
            return b"250-relay\r\n250 AUTH " + way + b"\r\n"
        if where == "AUTH LOGIN" and verb != b"QUIT":
            steps = len(heard) - next(at for at, said in enumerate(heard) if said.startswith(b"AUTH"))
            return b"334 VXNlcm5hbWU6\r\n" if steps < 3 else no[where] % ECHOES[echo](line)
        if verb == b"AUTH" or verb not in (b"MAIL", b"RCPT", b"DATA", b"QUIT", b"RSET"):
            return no[where] % login if where in no else b"235 ok\r\n" if verb == b"AUTH" else b""
        if where == "RCPT" and verb == b"RCPT":
            return b"550 5.1.1 no %s\r\n" % login
        return b"354 go\r\n" if verb == b"DATA" else b"250 ok %s\r\n" % login

    port = serve(b"220 hi\r\n", answer)
    if where == "dot":
        plain = answer

        def answer_dot(line):
            return b"250 taken from %s\r\n" % BLOB if line == b"." else plain(line)

        port = serve(b"220 hi\r\n", answer_dot)
    for kind, text in TRIPLET.items():
        path = tmp_path / f"in/Promo_{kind}_20260301"
        path.write_text(text, "utf-8")
        os.utime(path, (time.time() - 3600,) * 2)
    table = f"""state = "state.db"
[smtp]
host = "127.0.0.1"
port = {port}
user = "joana"
password = '{SECRET}'
timeout_seconds = 5
[clients.acme]
endpoint = "file://{tmp_path}/in"
transport = "smtp"
settle_seconds = 0
"""
    assert_struck_out(*mpftp(table, "collect", "send", "campaign show 1", "campaign show 1 --json", "doctor"))


@pytest.mark.parametrize(
    ("where", "echo"),
    [*(("bad", echo) for echo in ECHOES), ("LOGIN", "whole"), ("BYE", "half"), ("SELECT", "whole"),
     ("no reply", "upper")],
)  # fmt: skip
def test_an_imap_server_that_echoes_the_login(serve, mpftp, echo, where):
    heard = []

    def answer(line):
        tag, _, rest = line.partition(b" ")
        heard.append(rest)
        login = ECHOES[echo](next((said for said in heard if said.startswith(b"LOGIN")), b""))
        verb = rest.split(b" ")[0].upper()
        if verb == b"CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n%s OK done\r\n" % tag
        if verb == b"LOGIN" and where in ("LOGIN", "bad", "BYE", "no reply"):
            words = {"LOGIN": b"%s NO wrong " % tag, "bad": b"%s BAD what is " % tag,
                     "BYE": b"* BYE you said ", "no reply": b""}  # fmt: skip
            return words[where] + login.replace(b"\n", b"") + b"\r\n"
        if verb == b"SELECT":
            return b"%s NO cannot select after %s\r\n" % (tag, login)
        if verb == b"LIST":
            return b'* LIST () "/" INBOX\r\n%s OK done\r\n' % tag
        return b"%s OK done\r\n" % tag

    port = serve(b"* OK ready\r\n", answer)
    table = f"""state = "state.db"
[bounces]
imap = "imap://127.0.0.1:{port}/INBOX"
imap_tls = "none"
user = "joana"
password = '{SECRET}'
timeout_seconds = 5
"""
    said, kept = mpftp(table, "bounces", "doctor")
    assert_struck_out(said.replace("refuses the login", "***"), kept)
