"""The installed doctor against real servers."""

from __future__ import annotations

import re
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
    listed = "LIST" if kind == "vsftpd" else "MLSD"
    assert f"0 files by {listed} and PASV" in lines["directory"]
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


def plain_doctor(tmp_path, server, *lines):
    return client_lines(
        doctor(
            tmp_path, f'endpoint = "ftp://{server.host}:{server.port}"', f'user = "{server.user}"',
            f'password = "{server.password}"', 'directory = "in"', 'tls = "none"', *lines,
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "limit"), [("vsftpd", {"max_per_ip": 1}), ("pure-ftpd", {"flags": ["-C", "1"]})]
)
def test_one_connection_is_enough(kind, limit, ftp_server, tmp_path):
    lines = plain_doctor(tmp_path, ftp_server(kind, **limit))
    assert list(lines)[-1] == "delete"
    assert all(line.startswith("ok ") for topic, line in lines.items() if topic != "TLS"), lines


@pytest.mark.parametrize(
    ("refused", "configured", "told"),
    [("pasv_enable", "passive = true", "passive = false"),
     ("port_enable", "passive = false", "passive = true")],
)  # fmt: skip
def test_the_lines_that_work_are_printed(refused, configured, told, ftp_server, tmp_path):
    lines = plain_doctor(tmp_path, ftp_server("vsftpd", max_per_ip=1, **{refused: "NO"}), configured)
    assert lines["server"].startswith("BAD")
    assert lines["settings"].endswith(f"-> write in [clients.acme]: {told}")


@pytest.mark.parametrize(
    ("zone", "told"),
    [("<-03>3", r"its times are those of a zone -3 hours off UTC"),
     ("<-0003>0:03", r"its clock is -1[78]\d seconds off ours"),
     ("<+03>-3", r"its times are those of a zone \+3 hours off UTC")],
)  # fmt: skip
def test_the_offset_of_a_servers_clock_is_shown(zone, told, ftp_server, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    server = ftp_server("vsftpd", use_localtime="YES")
    monkeypatch.delenv("TZ")
    assert re.search(told, plain_doctor(tmp_path, server)["time"])
