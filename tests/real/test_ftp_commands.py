"""How many commands a visit takes: each is a round trip, and some clients' servers are far away."""

from __future__ import annotations

import re

import pytest

from mpftp.adapters.ftp import FtpEndpoint
from tests.settings import ftp_settings

pytestmark = pytest.mark.real


def commands(server):
    """What vsftpd was asked, the passwords left out."""
    text = (server.root.parent / "commands").read_text()
    return re.findall(r'FTP command: Client "[^"]*", "([A-Z]+)', text)


@pytest.mark.parametrize("security", ["plain", "offered"])
def test_an_empty_visit_of_nine_commands(ftp_server, security):
    server = ftp_server("vsftpd")
    endpoint = FtpEndpoint(ftp_settings("127.0.0.1", server.port, server.user, lambda: server.password,
                                       directory="in", security=security))  # fmt: skip
    assert not list(endpoint.list())
    endpoint.close()
    assert len(commands(server)) <= 9, commands(server)
