"""A transfer that ends early leaves no data connection open, though its error is kept for the summary."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from mpftp.adapters.ftp import FtpEndpoint, session
from mpftp.domain.endpoint import FileChangedError
from mpftp.errors import MpftpError
from tests.settings import ftp_settings


@pytest.fixture
def server():
    """A server that sends 100,000 bytes without a line end, whatever it is asked for; its port."""
    with socket.create_server(("127.0.0.1", 0)) as control, socket.create_server(("127.0.0.1", 0)) as data:
        port = data.getsockname()[1]
        said = {"USER": "331 x", "PASS": "230 x", "OPTS": "200 x", "TYPE": "200 x", "QUIT": "221 x",
                "PASV": f"227 x (127,0,0,1,{port // 256},{port % 256})", "RETR": "150 x",
                "MLSD": "150 x"}  # fmt: skip

        def serve():
            line, _ = control.accept()
            with line, line.makefile("rb") as commands:
                line.sendall(b"220 x\r\n")
                for command in commands:
                    verb = command.split()[0].decode()
                    line.sendall(said.get(verb, "500 x").encode() + b"\r\n")
                    if verb in ("RETR", "MLSD"):
                        with data.accept()[0] as conn:
                            conn.sendall(b"x" * 100_000)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield control.getsockname()[1]
        thread.join(5)


@pytest.fixture
def opened(monkeypatch):
    """The data connections that sessions open."""
    found = []
    dial = session.dial

    def watched(*words):
        found.append(dial(*words))
        return found[-1]

    monkeypatch.setattr(session, "dial", watched)
    return found


ACTS = {
    "a longer file": lambda endpoint, folder: endpoint.download("a", folder / "a", size=10),
    "a full disk": lambda endpoint, folder: endpoint.download("a", Path("/dev/full")),
    "an endless listing": lambda endpoint, folder: endpoint.list(),
}


@pytest.mark.parametrize("act", ACTS)
def test_no_data_connection_stays_open(act, server, opened, monkeypatch, tmp_path):
    monkeypatch.setattr(session, "LISTING_BYTES", 10)
    endpoint = FtpEndpoint(ftp_settings("127.0.0.1", server, "u", lambda: "p", timeout=5.0))
    with pytest.raises((FileChangedError, MpftpError, OSError)) as kept:
        ACTS[act](endpoint, tmp_path)
    assert kept.value.__traceback__  # it holds what was open, as the summary of a run does
    assert [conn.fileno() for conn in opened] == [-1]
    endpoint.close()
