"""Trackers on hosts without the state: link files go there, event logs come back."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter

import pytest

from mpftp.adapters.keys import load_signing_keys
from mpftp.adapters.store.database import Database
from mpftp.domain.tokens import Signer, TokenKind

FILES = {
    "CONF": "assunto;remetente_email;pasta\nOi;a@exemplo.com.br;P\n",
    "HTML": '<html><body><p>Oi</p><a href="https://loja.example/{{uidcli}}">ver</a>'
    '<a href="https://loja.example/fixo">ver</a> <a href="{{descadastro}}">sair</a></body></html>',
    "MAIL": "email;uidcli\n" + "".join(f"u{number}@exemplo.com.br;{number}\n" for number in range(1, 21)),
}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Tells where a link leads instead of going there."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def ask(address, data=None):
    """The status, and where it leads."""
    try:
        with OPENER.open(urllib.request.Request(address, data), timeout=10) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location", "")


class Hosts:
    """The host with the state, and tracker hosts that have keys and link files only."""

    def __init__(self, folder, stack):
        self.home, self.folder, self._stack = folder / "home", folder, stack
        (self.home / "acme").mkdir(parents=True)
        (self.home / "mpftp.toml").write_text(
            'state = "state.db"\n[tracking]\nlinks = "links"\n[maildir]\npath = "md"\n'
            f'[clients.acme]\nendpoint = "file://{self.home / "acme"}"\nsettle_seconds = 0\n'
        )
        self.run("init", "--state-only")
        for kind, text in FILES.items():
            path = self.home / "acme" / f"Um_{kind}_20260301"
            path.write_text(text)
            os.utime(path, (1_767_225_600,) * 2)
        self.run("collect")
        self.run("send")

    def run(self, *words, code=0):
        command = [sys.executable, "-m", "mpftp", *words, "--config", str(self.home / "mpftp.toml")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=50)
        assert done.returncode == code, done.stderr
        return done

    def tracker(self, name):
        """Start a tracker on a host of its own; its process and its address."""
        host = self.folder / name
        host.mkdir()
        (host / "mpftp.toml").write_text('state = "state.db"\n')
        shutil.copy(self.home / "tracking.keys", host)
        shutil.copytree(self.home / "links", host / "links")
        command = [sys.executable, "-m", "mpftp", "track", "--links", "links", "--listen", "127.0.0.1:0"]
        process = subprocess.Popen(
            [*command, "--print-url", "--processes", "2", "--config", "mpftp.toml"],
            cwd=host,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._stack.enter_context(process)
        self._stack.callback(lambda: kill(process))
        return process, process.stdout.readline().strip()

    def carry(self, name, *, cut=0):
        """Copy the event logs of a host to where they are taken in; *cut* bytes of each have not come."""
        incoming = self.home / "incoming"
        incoming.mkdir(exist_ok=True)
        for path in (self.folder / name / "spool/events").glob("*.log"):
            data = path.read_bytes()
            (incoming / path.name).write_bytes(data[: len(data) - cut])
        self.run("events", "import", str(incoming))

    def counted(self):
        """How many events of each kind the state has of each delivery."""
        with Database(self.home / "state.db", read_only=True) as db:
            rows = list(db.rows("SELECT kind, delivery_id FROM event"))
        return Counter(rows)

    def deliveries(self):
        with Database(self.home / "state.db", read_only=True) as db:
            return [row[0] for row in db.rows("SELECT id FROM delivery ORDER BY id")]


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def hosts(tmp_path):
    with contextlib.ExitStack() as stack:
        yield Hosts(tmp_path, stack)


def test_no_event_of_two_hosts_is_lost_or_counted_twice(hosts):
    """One host is killed, its log is carried by halves, late, and again."""
    deliveries, signer = hosts.deliveries(), Signer(load_signing_keys(hosts.home / "tracking.keys"))
    (first, one), (_, other) = hosts.tracker("a"), hosts.tracker("b")
    for number, delivery in enumerate(deliveries):
        url = other if number % 2 else one
        click = f"/c/{signer.sign(TokenKind.CLICK, delivery, 1)}"
        assert ask(url + click) == (302, f"https://loja.example/{number + 1}")
    opted = deliveries[:5]
    for delivery in opted:
        path = f"/u/{signer.sign(TokenKind.OPT_OUT, delivery)}"
        assert ask(one + path, b"confirm=yes")[0] == 200
    kill(first)
    again = f"/c/{signer.sign(TokenKind.CLICK, deliveries[0], 2)}"
    assert ask(other + again) == (302, "https://loja.example/fixo")
    hosts.carry("b")
    hosts.carry("a", cut=30)
    hosts.carry("b")
    hosts.carry("a")
    hosts.carry("a")
    wanted = Counter({("click", delivery): 1 for delivery in deliveries})
    wanted[("click", deliveries[0])] = 2
    wanted += Counter({("opt-out", delivery): 1 for delivery in opted})
    assert hosts.counted() == wanted
    listed = hosts.run("suppress", "list").stdout
    assert all(f"u{number}@exemplo.com.br" in listed for number in range(1, 6))


def test_a_host_without_keys_is_refused_and_makes_none(hosts, tmp_path):
    host = tmp_path / "c"
    (host / "links").mkdir(parents=True)
    (host / "mpftp.toml").write_text('state = "state.db"\n')
    done = subprocess.run(
        [sys.executable, "-m", "mpftp", "track", "--links", "links", "--config", "mpftp.toml"],
        cwd=host,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 78
    assert "copy that file from the host with the state" in done.stderr
    assert not (host / "tracking.keys").exists()


def test_what_belongs_to_nobody_is_said(hosts):
    incoming = hosts.home / "incoming"
    incoming.mkdir()
    (incoming / "20260301-x-1-abc.log").write_text('{"kind":"open","delivery":1,"at":1772330400000}\nnoise\n')
    said = hosts.run("events", "import", str(incoming), code=1).stderr
    assert "events of deliveries that the state does not know: 1" in said
    assert f"{incoming / '20260301-x-1-abc.log'}: lines that are no events and were left out: 1" in said
    assert (incoming / "20260301-x-1-abc.log").exists()


def test_a_log_that_lies_where_it_is_not_taken_in_is_said(hosts):
    incoming = hosts.home / "incoming"
    for name in ("b/20260301-x-1-abc.log", ".partial/20260301-x-2-abc.log", "20260301-x-3-abc.log.gz"):
        (incoming / name).parent.mkdir(parents=True, exist_ok=True)
        (incoming / name).write_bytes(b"\n")
    packed, folder = hosts.run("events", "import", str(incoming), code=1).stderr.splitlines()
    assert packed.startswith(
        f"mpftp: {incoming}/20260301-x-3-abc.log.gz: nothing of it was taken in; uncompress"
    )
    assert folder == f"mpftp: {incoming}/b: nothing of it was taken in; mpftp events import {incoming}/b"
