"""A fault at every step of a whole run, generated: then a normal run brings the undisturbed final state."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
import warnings
from contextlib import suppress

import pytest

from mpftp.adapters.ftp import FtpEndpoint
from mpftp.adapters.retry import RetryingEndpoint
from mpftp.errors import EndpointError, EndpointUnavailableError
from tests.relay import BEFORE, HALF, UNANSWERED, WITHIN, Relay
from tests.settings import ftp_settings

BROKEN = "email;nome\nsem-arroba;X\n"
TERMS = {"after_collect": "move:feito", "receipt_file": True}


def lay(site):
    """A triplet to accept, one to refuse."""
    site.put()
    site.put("Ruim", MAIL=BROKEN)


@pytest.fixture
def undisturbed(make_site):
    """What the world looks like after one run in peace."""
    site = make_site("peace")
    lay(site)
    assert not site.run(**TERMS).errors
    return told(site)


def told(site):
    """The state of things without what names the client itself."""
    things = site.state_of_things()
    return things | {"spool": [path.replace(site.client, "") for path in things["spool"]]}


class Kill(BaseException):
    """The process dies here."""


class Watched:
    """An endpoint whose n-th call fails, before or after it took effect."""

    def __init__(self, endpoint, at, error, late):
        self._endpoint, self._at, self._error, self._late = endpoint, at, error, late
        self.calls = 0

    def __getattr__(self, name):
        method = getattr(self._endpoint, name)

        def call(*arguments, **named):
            self.calls += 1
            failing = name != "close" and self.calls == self._at
            if failing and not self._late:
                raise self._error
            result = method(*arguments, **named)
            if failing:
                raise self._error
            return result

        return call


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "error",
    [EndpointUnavailableError("away"), EndpointError("550 no"), Kill()],
    ids=["away", "refused", "kill"],
)
def test_a_fault_at_every_call_of_the_endpoint(fresh, undisturbed, error, late):
    for at in itertools.count(1):
        site = fresh()
        lay(site)
        watched = Watched(site.endpoint, at, error, late)
        with suppress(Kill):
            site.run(endpoint=watched, **TERMS)
        visit = site.run(**TERMS)
        assert not visit.errors, f"call {at}: {visit.errors}"
        assert told(site) == undisturbed, f"call {at}"
        if watched.calls < at:
            break
    assert at > 15


@pytest.fixture
def fresh(make_site, tmp_path_factory, blank_state):
    """A function that makes one client after another, each in a world of its own with a state file."""
    kind = type(make_site("kind"))

    def make():
        world = tmp_path_factory.mktemp("world")
        shutil.copy(blank_state, world / "state.db")
        return kind(world, "acme")

    return make


@pytest.fixture
def serve(tmp_path):
    """A function that has the FTP server of this test serve a folder, and returns its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of asyncore, which pyftpdlib is built on
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.ioloop import IOLoop
        from pyftpdlib.servers import FTPServer
    authorizer = DummyAuthorizer()
    authorizer.add_user("cliente", "senha", str(tmp_path), perm="elradfmwMT")
    handler = type("Handler", (FTPHandler,), {"authorizer": authorizer})
    server = FTPServer(("127.0.0.1", 0), handler, ioloop=IOLoop())

    def loop():
        while server.ioloop.socket_map:
            server.ioloop.loop(timeout=1, blocking=False)

    def move(folder):
        authorizer.user_table["cliente"]["home"] = str(folder)
        return server.address

    thread = threading.Thread(target=loop)
    thread.start()
    yield move
    server.ioloop.call_later(0, server.close_all)
    thread.join(10)


HOW = (BEFORE, HALF, UNANSWERED, WITHIN)
"""How the line is cut, the last only at a transfer."""

EVERY = bool(os.environ.get("MPFTP_EVERY_FAULT"))
"""Each way at each command, some minutes long; else each command gets one way, in turn."""


def faults(dialogue):
    """(command number, way to cut) of every fault of this test."""
    for at, command in enumerate(dialogue):
        ways = HOW if command in ("MLSD", "RETR", "STOR") else HOW[:3]
        for number, how in enumerate(ways):
            if EVERY or number == at % len(ways):
                yield at, how


@pytest.mark.real
@pytest.mark.timeout(300)
@pytest.mark.parametrize("patient", [False, True], ids=["next run", "same run"])
def test_a_cut_at_every_command_of_the_dialogue(fresh, serve, undisturbed, patient):
    """What is cut is finished by the next run, or (*patient*) by the same one."""
    relay = Relay(serve(fresh().remote))

    def run(site, at=None, how=BEFORE):
        relay.arm(at, how)
        return site.run(endpoint=by_ftp(relay.port, patient), **TERMS)

    reference = fresh()
    lay(reference)
    serve(reference.remote)
    run(reference)
    dialogue = list(relay.commands)
    assert len(dialogue) > 40
    for at, how in faults(dialogue):
        site = fresh()
        lay(site)
        serve(site.remote)
        visit = run(site, at, how)
        assert len(relay.commands) > at, "the fault was never met"
        if not patient:
            visit = run(site)
        assert not visit.errors, f"{how} command {at} {dialogue[at]}: {visit.errors}"
        assert told(site) == undisturbed, f"{how} command {at} {dialogue[at]}"
    relay.close()


def by_ftp(port, patient):
    endpoint = FtpEndpoint(ftp_settings("127.0.0.1", port, "cliente", lambda: "senha", timeout=10))
    return RetryingEndpoint(endpoint, 60, pauses=(0, 0), sleep=lambda seconds: None) if patient else endpoint
