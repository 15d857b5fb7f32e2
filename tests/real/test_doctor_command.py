"""The installed doctor against real servers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

MPFTP = str(Path(sys.executable).with_name("mpftp"))


def doctor(tmp_path, *lines):
    config = tmp_path / "mpftp.toml"
    config.write_text(f'state = "{tmp_path}/state.db"\n[clients.acme]\n' + "\n".join(lines) + "\n")
    config.chmod(0o600)
    return subprocess.run(
        [MPFTP, "doctor", "--config", str(config)], capture_output=True, text=True, timeout=60
    ).stdout.splitlines()


def client_lines(lines):
    """What is said of the client's server, by step; how long its data is kept is no step."""
    found = {line.split()[1]: line for line in lines if " acme: " in line}
    return {topic: line for topic, line in found.items() if topic != "keeping"}


@pytest.mark.parametrize("kind", ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"])
def test_every_step_of_a_sound_server(kind, ftp_server, tmp_path):
    server = ftp_server(kind, tls="explicit")
    lines = client_lines(
        doctor(
            tmp_path, f'endpoint = "ftp://{server.host}:{server.port}"', f'user = "{server.user}"',
            f'password = "{server.password}"', 'directory = "in"', 'tls = "explicit"',
            f'tls_ca_file = "{server.ca_file}"',
        )
    )  # fmt: skip
    assert list(lines) == [
        "name",
        "connect",
        "TLS",
        "login",
        "directory",
        "write",
        "time",
        "rename",
        "delete",
    ]
    assert all(line.startswith("ok ") for line in lines.values()), lines
    assert "TLSv1" in lines["TLS"]
    assert server.names() == set()


def test_a_wrong_password_and_an_unused_tls(ftp_server, tmp_path):
    server = ftp_server("pure-ftpd", tls="explicit", flags=["-Y", "1"])
    lines = client_lines(
        doctor(
            tmp_path,
            f'endpoint = "ftp://{server.host}:{server.port}"',
            'user = "x"',
            'password = "y"',
            'tls = "none"',
        )
    )
    assert lines["TLS"].startswith("warning")
    assert lines["server"].startswith("BAD")
    assert "-> check user and password of this client" in lines["server"]
