"""The command against real servers, as cron would run it; where it is killed, the installed one."""

from __future__ import annotations

import contextlib
import csv
import ftplib
import io
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from mpftp.adapters.store.database import Database
from mpftp.cli import main

pytestmark = pytest.mark.real

CONF = "assunto;remetente_email;pasta\r\nOlá {{nome}};loja@exemplo.com.br;Março\r\n".encode("cp1252")
HTML = (
    b'<html><head><title>P</title></head><body><p>Ol&aacute; {{nome}} <a href="https://exemplo.com.br/">veja</a>'
    b' <a href="{{descadastro}}">sair</a></p></body></html>'
)
MAIL = "email;nome\r\nana@exemplo.com.br;Antônia\r\nbia@exemplo.com.br;Bia\r\n".encode("cp1252")
MPFTP = str(Path(sys.executable).with_name("mpftp"))


def lay(server, name="Promo", *, mail=MAIL, age=3600):
    for kind, data in (("CONF", CONF), ("HTML", HTML), ("MAIL", mail)):
        server.put(f"{name}_{kind}_20260301", data, age=age)


class Done(NamedTuple):
    """How a run of the command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(tmp_path):
    """A function that runs ``mpftp COMMAND`` over clients given as name -> settings, in this process."""

    def start(clients, *arguments, command="collect"):
        lines = [f'state = "{tmp_path}/state.db"']
        for name, settings in clients.items():
            lines += [f"[clients.{name}]", *(f"{key} = {value}" for key, value in settings.items())]
        config = tmp_path / "mpftp.toml"
        config.write_text("\n".join(lines) + "\n")
        config.chmod(0o600)
        done = CliRunner().invoke(main, [command, "--config", str(config), *arguments])
        return Done(done.exit_code, done.stdout, done.stderr)

    start.state = tmp_path / "state.db"
    Database(start.state).close()
    return start


def table(server, **more):
    host = f"[{server.host}]" if ":" in server.host else server.host
    values = {"endpoint": f"ftp://{host}:{server.port}", "user": server.user, "password": server.password,
              "directory": "in"}  # fmt: skip
    return {key: f'"{value}"' for key, value in values.items()} | {"settle_seconds": 0} | more


def campaigns(run):
    with closing(sqlite3.connect(run.state)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM campaign ORDER BY name")]


@pytest.mark.parametrize("kind", ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"])
def test_collect_from_each_server_beside_a_dead_one(kind, ftp_server, run):
    server = ftp_server(kind)
    lay(server)
    lay(server, "Ruim", mail=b"email;nome\r\nsem-arroba;X\r\n")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()[1]
    clients = {"acme": table(server, receipt_file="true"), "morto": {"endpoint": f'"ftp://127.0.0.1:{dead}"'}}
    done = run(clients)
    assert campaigns(run) == ["Promo"]
    assert {"Promo_RECIBO_20260301", "Ruim_ERRO_20260301"} <= server.names()
    assert not any(name.endswith(".tmp") for name in server.names())
    assert done.returncode == 1
    assert done.stdout == ""
    assert "mpftp: acme: refused Ruim 20260301:" in done.stderr
    assert "Ruim_MAIL_20260301:2:1: " in done.stderr
    assert f"mpftp: morto: 127.0.0.1:{dead}: cannot connect and log in: Connection refused" in done.stderr
    again = run(clients)
    assert again.returncode == 75
    assert "Ruim" not in again.stderr
    assert run({"acme": clients["acme"]}).returncode == 0
    if kind != "pure-ftpd":  # its log tells transfers only
        assert commands_a_file(server) <= 6


def commands_a_file(server):
    """Control commands beyond login of the first visit, a fetched file, by the server's own log."""
    log = (server.root.parent / "commands").read_text(errors="replace")
    if server.kind == "vsftpd":
        found = re.findall(r'FTP command: Client "[^"]*", "(\w+)', log)
    elif server.kind == "proftpd":
        found = [line.split()[0] for line in log.splitlines() if line.strip()]
    else:
        found = re.findall(r"<- (\w+)", log)
    visit = found[: found.index("QUIT")]
    fetching = visit[: visit.index("STOR")]
    login = {"AUTH", "USER", "PASS", "OPTS", "CWD"}
    return sum(verb not in login for verb in fetching) / fetching.count("RETR")


def test_a_wrong_password_is_named_and_not_shown(ftp_server, run):
    server = ftp_server("pyftpdlib")
    done = run({"acme": table(server) | {"password": '"segredo"'}})
    assert done.returncode == 1
    assert "530" in done.stderr
    assert "hint: check user and password of this client" in done.stderr
    assert "segredo" not in done.stderr


def test_a_password_that_is_not_set_is_a_configuration_error(run):
    done = run({"acme": {"endpoint": '"ftp://127.0.0.1:1"', "password_env": '"ACME_NONE"'}})
    assert done.returncode == 78
    assert "clients.acme: the environment variable ACME_NONE is not set" in done.stderr


def test_a_slow_upload_is_not_taken_while_it_runs(ftp_server, run):
    """The time stands still for the server that hides it: only size and silence tell."""
    server = ftp_server("vsftpd")
    lay(server)
    rest = [b"contato%d@exemplo.com.br;N\r\n" % number for number in range(40)]
    stop = threading.Event()

    def upload():
        with (server.folder / "Promo_MAIL_20260301").open("ab") as file:
            for line in rest:
                file.write(line)
                file.flush()
                stop.wait(0.1)

    writer = threading.Thread(target=upload)
    writer.start()
    try:
        while writer.is_alive():
            done = run({"acme": table(server, settle_seconds=2)})
            assert done.returncode == 0, done.stderr
            if writer.is_alive():
                assert campaigns(run) == []
    finally:
        stop.set()
        writer.join()
    until = time.monotonic() + 30
    while not campaigns(run) and time.monotonic() < until:
        time.sleep(0.5)
        run({"acme": table(server, settle_seconds=2)})
    with closing(sqlite3.connect(run.state)) as connection:
        assert connection.execute("SELECT count(*) FROM delivery").fetchone() == (42,)


class Stalling(io.BytesIO):
    """A file that gives its first half, and the rest when it may."""

    def __init__(self, data):
        super().__init__(data)
        self.half, self.begun, self.may_go_on = len(data) // 2, threading.Event(), threading.Event()

    def read(self, size=-1):
        if self.tell() < self.half:
            return super().read(self.half)
        self.begun.set()
        self.may_go_on.wait(60)
        return super().read(size)


VSFTPD = {"use_localtime": "YES", "lock_upload_files": "NO"}
STALLS = {
    "MDTM 3 h behind": ("vsftpd", VSFTPD, "UTC+3"),
    "MDTM 3 min behind": ("vsftpd", VSFTPD, "UTC+0:03"),
    "MDTM 3 h ahead": ("vsftpd", VSFTPD, "UTC-3"),
    "no times": ("vsftpd", VSFTPD | {"cmds_denied": "MDTM"}, "UTC+3"),
    "locked while it grows": ("vsftpd", VSFTPD | {"lock_upload_files": "YES"}, "UTC+3"),
} | {
    f"MLSD of {kind} {shown}": (kind, {}, skew)
    for kind in ("pure-ftpd", "proftpd")
    for shown, skew in (("3 h behind", -3 * 3600), ("3 min behind", -180), ("3 h ahead", 3 * 3600))
}


@pytest.mark.parametrize(("kind", "extra", "clock"), STALLS.values(), ids=STALLS)
def test_a_stalled_upload_is_never_half_a_campaign(ftp_server, run, monkeypatch, kind, extra, clock):
    """The server's *clock* is off, so that the half file looks old: only looks of ours tell.

    That of vsftpd is by its zone; the others speak of UTC always, so their files get the wrong time.
    """
    zone, skew = (clock, 0) if isinstance(clock, str) else ("UTC", clock)
    monkeypatch.setenv("TZ", zone)
    server = ftp_server(kind, **extra)
    monkeypatch.delenv("TZ")
    lay(server)
    mail = server.folder / "Promo_MAIL_20260301"
    mail.unlink()
    people = b"".join(b"contato%d@exemplo.com.br;N\r\n" % number for number in range(1000))
    data = Stalling(b"email;nome\r\n" + people)
    with ftplib.FTP() as client:
        client.connect(server.host, server.port)
        client.login(server.user, server.password)
        client.cwd("in")
        upload = threading.Thread(target=client.storbinary, args=("STOR Promo_MAIL_20260301", data))
        upload.start()
        assert data.begun.wait(20)
        set_clock(mail, skew)
        runs = {"acme": table(server, settle_seconds=4000)}
        assert run(runs).returncode == 0  # no time for a second look: the run is shorter
        data.may_go_on.set()
        upload.join(20)
        set_clock(mail, skew)
    assert campaigns(run) == []
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    run(runs, "--now", later)
    assert campaigns(run) == []  # it changed since
    run(runs, "--now", (datetime.now(UTC) + timedelta(hours=3)).isoformat())
    with closing(sqlite3.connect(run.state)) as connection:
        assert connection.execute("SELECT count(*) FROM delivery").fetchone() == (1000,)


def set_clock(path, skew):
    """Have *path* bear the time of a server whose clock is *skew* seconds off."""
    if skew:
        at = time.time() + skew
        os.utime(path, (at, at))


def test_old_triplets_cost_no_commands(ftp_server, run):
    """A server without MLSD, whose times would cost one question a file."""
    server = ftp_server("vsftpd")
    for number in range(100):
        lay(server, f"Promo{number}")
    assert run({"acme": table(server)}).returncode == 0
    log = server.root.parent / "commands"
    before = len(re.findall("FTP command: Client", log.read_text()))
    assert run({"acme": table(server)}).returncode == 0
    assert len(re.findall("FTP command: Client", log.read_text())) - before <= 15


def test_dry_run_tells_what_and_why(ftp_server, run):
    server = ftp_server("proftpd")
    lay(server)
    lay(server, "Nova", age=5)
    server.put("Meia_CONF_20260301", CONF)
    server.put("Outra_mail_20260301", MAIL)
    done = run({"acme": table(server)}, "--dry-run")
    assert done.stdout.splitlines() == [
        "acme: would take Nova 20260301 (complete; contents not checked)",
        "acme: would take Promo 20260301 (complete; contents not checked)",
        "acme: left Meia 20260301: incomplete: waiting for the rest (Meia_HTML_20260301, Meia_MAIL_20260301)",
        "acme: left Outra 20260301: incomplete: waiting for the rest",
    ]
    assert "Outra_mail_20260301" not in done.stderr  # the rest of it may still come
    assert campaigns(run) == []


def test_an_unknown_client_is_wrong_usage(run):
    done = run({"acme": {"endpoint": '"file:///nowhere"'}}, "--client", "acne")
    assert done.returncode == 2
    assert "there are: acme" in done.stderr


def test_two_runs_do_not_overlap(run, tmp_path):
    from mpftp.adapters.lock import hold_lock

    with hold_lock(tmp_path / "state.db", "collect"):
        done = run({"acme": {"endpoint": f'"file://{tmp_path}"', "settle_seconds": 0}})
        told = run({"acme": {"endpoint": f'"file://{tmp_path}"', "settle_seconds": 0}}, "-v")
    assert (done.returncode, done.stderr) == (75, "")
    assert "another `mpftp collect` is running (process" in told.stderr
    assert run({"acme": {"endpoint": f'"file://{tmp_path}"', "settle_seconds": 0}}).returncode == 0


@pytest.mark.parametrize("kind", ["vsftpd", "proftpd", "pure-ftpd"])
def test_a_clients_own_suppression_file_on_each_server(kind, ftp_server, run):
    server = ftp_server(kind)
    lay(server)
    server.put("Saidas_SUPRESSAO_20260301", b"email;motivo\r\nBIA@exemplo.com.br;ligou\r\nsem arroba;\r\n")
    settings = table(server, after_collect='"delete"')
    done = run({"acme": settings})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert server.names() == {"Saidas_RECIBO_20260301"}
    with closing(sqlite3.connect(run.state)) as connection:
        rows = list(connection.execute("SELECT email, reason, source FROM suppression"))
    assert rows == [("bia@exemplo.com.br", "client", "Saidas_SUPRESSAO_20260301")]
    shown = run({"acme": settings}, "--all", command="status").stdout
    assert "Saidas_SUPRESSAO_20260301" in shown
    done = run({"acme": settings})
    assert (done.returncode, done.stderr) == (0, "")
    assert server.names() == {"Saidas_RECIBO_20260301"}


def suppressions(run):
    with closing(sqlite3.connect(run.state)) as connection:
        return set(connection.execute("SELECT email, reason, source FROM suppression"))


def kill_after(seconds, config):
    """Start a visit and kill it after *seconds*; returns whether it was still at work."""
    process = subprocess.Popen([MPFTP, "collect", "--config", config], stdout=-1, stderr=-1)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    alive = process.poll() is None
    process.kill()
    process.communicate()
    return alive


def test_a_suppression_file_is_read_whole_and_answered_once_whenever_we_are_killed(ftp_server, run, tmp_path):
    """``MPFTP_KILLS`` sets how many (4 here; a run by hand may have 100)."""
    server = ftp_server("vsftpd")
    settings = table(server, after_collect='"delete"')
    people = [f"pessoa{number}@exemplo.com.br" for number in range(3000)]
    started = time.monotonic()
    assert run({"acme": settings}).returncode == 0
    length, kills = 2 * (time.monotonic() - started), int(os.environ.get("MPFTP_KILLS", "4"))
    expected, killed = set(), 0
    for number in range(kills):
        own = [f"n{number}.{email}" for email in people]
        name = f"S{number}_SUPRESSAO_20260301"
        server.put(name, "\n".join(["email", *own, *own[:7], "sem arroba", ""]).encode())
        expected |= {(email, "client", name) for email in own}
        killed += kill_after((number + random.random()) / kills * length, tmp_path / "mpftp.toml")
        done = run({"acme": settings})
        assert (done.returncode, done.stderr) == (0, "")
        assert suppressions(run) == expected
        assert name not in server.names()
        receipt = (server.folder / f"S{number}_RECIBO_20260301").read_text("utf-8-sig")
        figures = [row["valor"] for row in csv.DictReader(io.StringIO(receipt), delimiter=";")]
        assert [int(figure) for figure in figures if figure.isdecimal()] == [3008, 3000, 7, 1]
    before = {path.name: path.stat().st_mtime_ns for path in server.folder.iterdir()}
    assert run({"acme": settings}).returncode == 0
    assert {path.name: path.stat().st_mtime_ns for path in server.folder.iterdir()} == before
    assert len(before) == kills
    print(f"{killed} of {kills} were killed at work")
    assert killed
