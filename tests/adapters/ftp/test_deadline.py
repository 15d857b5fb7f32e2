"""A visit ends with its time, wherever the server keeps us waiting."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from mpftp.adapters.ftp import FtpEndpoint
from mpftp.domain.endpoint import EndpointUnreachableError
from tests.settings import ftp_settings

FILES = {"Promo_MAIL_20260301": b"x" * 22}


@pytest.mark.parametrize("step", ["banner", "login", "listing", "late reply"])
def test_a_drip_at_any_step(scripted, endpoint, step):
    started = time.monotonic()
    with pytest.raises(EndpointUnreachableError, match="the visit took longer than"):
        endpoint(scripted(FILES, f"drip {step}"), visit_seconds=0.5).list()
    assert time.monotonic() - started < 1.5


def test_a_drip_in_a_download(scripted, endpoint, tmp_path):
    with pytest.raises(EndpointUnreachableError, match="the visit took longer"):
        endpoint(scripted(FILES, "drip download"), visit_seconds=0.5).download(
            "Promo_MAIL_20260301", tmp_path / "x"
        )


def test_a_goodbye_that_drips(scripted, endpoint):
    server = scripted(FILES)
    visit = endpoint(server, visit_seconds=1.0)
    visit.list()
    server.replies["QUIT"] = "221-bye"
    started = time.monotonic()
    visit.close()
    assert time.monotonic() - started < 2


@pytest.fixture
def full_queue():
    """A port whose queue of connections is full, so that connecting takes longer than a visit."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    callers = [socket.socket() for _ in range(3)]
    for caller in callers:
        caller.setblocking(False)
        caller.connect_ex(listener.getsockname())
    time.sleep(0.2)
    yield listener
    for sock in (listener, *callers):
        sock.close()


def dripping(listener, after):
    """Accept after that many seconds, then say one byte now and then."""

    def talk(client):
        try:
            while True:
                client.sendall(b"2")
                time.sleep(0.1)
        except OSError:
            client.close()

    def serve():
        time.sleep(after)
        try:
            while True:
                threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()


@pytest.mark.parametrize("seconds", [0.7, 2.0], ids=["while connecting", "soon after"])
def test_time_that_runs_out_while_connecting(full_queue, seconds):
    dripping(full_queue, 0.5)
    port = full_queue.getsockname()[1]
    visit = FtpEndpoint(ftp_settings("127.0.0.1", port, "u", lambda: "p", timeout=15, visit_seconds=seconds))
    started = time.monotonic()
    with pytest.raises(EndpointUnreachableError, match="the visit took longer"):
        visit.list()
    assert time.monotonic() - started < seconds + 1


@pytest.mark.parametrize("security", ["implicit", "explicit"])
def test_time_that_runs_out_in_a_handshake(scripted, endpoint, security):
    server = scripted(FILES, *(["drip handshake"] if security == "implicit" else []))
    started = time.monotonic()
    with pytest.raises(EndpointUnreachableError, match="the visit took longer"):
        endpoint(server, security=security, visit_seconds=0.5).list()
    assert time.monotonic() - started < 1.5
