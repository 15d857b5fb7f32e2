"""What ``-vv`` shows of a visit: each command and reply, and never the password."""

import json
import re

import pytest
from click.testing import CliRunner

from mpftp.cli import main
from tests.secrets import SECRET, assert_no_secret


@pytest.fixture
def doctor(tmp_path):
    """A function that runs ``doctor`` on a server with ``-vv``; the lines of its log."""

    def run(server, more, log_format="text"):
        scheme = {"sshd": "sftp"}.get(server.kind, "ftps" if "implicit" in more else "ftp")
        config, log = tmp_path / "mpftp.toml", tmp_path / "log"
        log.unlink(missing_ok=True)
        config.write_text(
            f'state = "{tmp_path}/state.db"\n[clients.acme]\nendpoint = "{scheme}://127.0.0.1:{server.port}/in"\n'
            f'user = "{server.user}"\npassword = "{SECRET}"\n'
            + more.replace("implicit", f'tls_ca_file = "{server.ca_file}"')
        )
        config.chmod(0o600)
        CliRunner().invoke(main, ["init", "--state-only", "--config", str(config)], catch_exceptions=False)
        words = ["doctor", "--config", str(config), "--log-file", str(log), "--log-format", log_format, "-vv"]
        said = CliRunner().invoke(main, words, catch_exceptions=False).output
        written = log.read_text("utf-8")
        assert_no_secret(written + said)
        return written.splitlines()

    return run


@pytest.mark.parametrize(
    ("kind", "tls"),
    [
        ("vsftpd", ""),
        ("vsftpd", "explicit"),
        ("vsftpd", "implicit"),
        ("pyftpdlib", ""),
        ("pyftpdlib", "explicit"),
    ],
)
def test_an_ftp_visit(ftp_server, doctor, kind, tls):
    server = ftp_server(kind, tls=tls, password=SECRET)
    more = {"": 'tls = "none"', "explicit": f'tls = "explicit"\ntls_ca_file = "{server.ca_file}"'}
    lines = doctor(server, more.get(tls, "implicit"))
    peer = f"127.0.0.1:{server.port}"
    shown = [line for line in lines if " DEBUG " in line and f"mpftp.ftp: {peer} " in line]
    assert all(line.endswith(" client=acme") for line in shown)
    shown = [re.sub(r".*mpftp\.ftp: \S+ (.*) client=acme", r"\1", line) for line in shown]
    assert f"> USER {server.user}" in shown
    assert "> PASS ***" in shown
    assert any(line.startswith("< 230") for line in shown)
    assert ("> AUTH TLS" in shown) == (tls == "explicit")
    assert any(line.startswith("> STOR ") for line in shown)
    assert "> QUIT" in shown


def test_an_sftp_visit(ftp_server, doctor):
    server = ftp_server("sshd", password=SECRET)
    lines = [json.loads(line) for line in doctor(server, f'known_hosts = "{server.known_hosts}"', "json")]
    shown = [line["message"] for line in lines if line["logger"] == "mpftp.sftp"]
    assert {line["client"] for line in lines if line["logger"] == "mpftp.sftp"} == {"acme"}
    assert {line["level"] for line in lines if line["logger"] == "mpftp.sftp"} == {"debug"}
    peer = f"127.0.0.1:{server.port}"
    assert f"{peer} > list the directory" in shown
    assert f"{peer} < Authentication (password) successful!" in shown
    assert any(line.startswith(f"{peer} < ") and "sftp" in line for line in shown)
