"""The same contract on every server: what a stage asks of an endpoint, asked of real ones."""

from __future__ import annotations

from contextlib import closing

import pytest

from mpftp.adapters.ftp import FtpEndpoint, session
from mpftp.domain.endpoint import FileChangedError
from mpftp.errors import EndpointError, EndpointUnavailableError
from tests.settings import ftp_settings

SERVERS = ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"]

pytestmark = pytest.mark.real


def settings(server, **changes):
    values = {"user": server.user, "password": lambda: server.password, "directory": "in", "timeout": 10.0}
    return ftp_settings(server.host, server.port, **{**values, **changes})


@pytest.mark.parametrize("kind", SERVERS)
def test_plain(kind, ftp_server, tmp_path, contract):
    server = ftp_server(kind)
    contract(FtpEndpoint(settings(server)), server, tmp_path)


@pytest.mark.parametrize("kind", SERVERS)
def test_active(kind, ftp_server, tmp_path, contract):
    server = ftp_server(kind)
    contract(FtpEndpoint(settings(server, passive=False)), server, tmp_path)


@pytest.mark.parametrize(
    ("kind", "tls"),
    [(kind, "") for kind in [*SERVERS, "inetutils-ftpd"]] + [(kind, "explicit") for kind in SERVERS],
)
def test_noops_in_every_transfer(kind, tls, ftp_server, tmp_path, contract, monkeypatch):
    """Each server answers them in its own way, and nothing else is disturbed, on one connection."""
    said, opened, plain = [], [], session.FtpSession.open
    monkeypatch.setattr(session, "NOOP_SECONDS", 0.0)
    monkeypatch.setattr(session.FtpSession, "open", lambda self: (opened.append(self), plain(self))[1])
    put = session.FtpSession.putline
    monkeypatch.setattr(
        session.FtpSession, "putline", lambda self, line: (said.append(line), put(self, line))[1]
    )
    server = ftp_server(kind, tls=tls)
    visit = settings(server, security="explicit" if tls else "plain", ca_file=server.ca_file)
    contract(FtpEndpoint(visit), server, tmp_path)
    assert len(opened) == 1
    assert said.count("NOOP") > 10


@pytest.mark.parametrize("kind", SERVERS)
def test_ipv6(kind, ftp_server, tmp_path, contract):
    server = ftp_server(kind, ipv6=True)
    contract(FtpEndpoint(settings(server)), server, tmp_path)


@pytest.mark.parametrize("kind", SERVERS)
def test_explicit_tls(kind, ftp_server, tmp_path, contract):
    server = ftp_server(kind, tls="explicit")
    contract(FtpEndpoint(settings(server, security="explicit", ca_file=server.ca_file)), server, tmp_path)


@pytest.mark.parametrize("tls", ["", "explicit"], ids=["not offered", "offered"])
@pytest.mark.parametrize("kind", SERVERS)
def test_tls_where_it_is_offered(kind, tls, ftp_server):
    """The servers with TLS demand it, so a listing is the proof that it was used."""
    server = ftp_server(kind, tls=tls)
    server.put("a", b"x")
    endpoint = FtpEndpoint(settings(server, security="offered", ca_file=server.ca_file))
    assert [file.name for file in endpoint.list()] == ["a"]
    endpoint.close()


def test_tls_that_is_offered_is_checked(ftp_server):
    server = ftp_server("pyftpdlib", tls="explicit")
    with pytest.raises(EndpointError, match="certificate cannot be trusted") as caught:
        FtpEndpoint(settings(server, security="offered")).list()
    assert "tls_ca_file" in caught.value.hint


def test_tls_that_is_demanded_and_not_there(ftp_server):
    with pytest.raises(EndpointError, match="cannot connect and log in: 5"):
        FtpEndpoint(settings(ftp_server("pyftpdlib"), security="explicit")).list()


@pytest.mark.parametrize("kind", ["vsftpd", "proftpd"])
def test_implicit_tls(kind, ftp_server, tmp_path, contract):
    server = ftp_server(kind, tls="implicit")
    contract(FtpEndpoint(settings(server, security="implicit", ca_file=server.ca_file)), server, tmp_path)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_wrong_password_is_refused_and_not_shown(kind, ftp_server):
    server = ftp_server(kind)
    with pytest.raises(EndpointError, match="cannot connect and log in: 530") as caught:
        FtpEndpoint(settings(server, password=lambda: "segredo-errado")).list()
    assert "segredo" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("kind", SERVERS)
def test_a_directory_that_is_not_there(kind, ftp_server):
    server = ftp_server(kind)
    with pytest.raises(EndpointError, match="cannot enter the directory nada: 550"):
        FtpEndpoint(settings(server, directory="nada")).list()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_file_that_is_not_as_listed(kind, ftp_server, tmp_path):
    server = ftp_server(kind)
    server.put("a", b"x" * 1000)
    for size in (999, 1001):
        with pytest.raises(FileChangedError):
            FtpEndpoint(settings(server)).download("a", tmp_path / "a", size=size)
        assert (tmp_path / "a").stat().st_size <= size


def test_a_server_that_is_not_there(ftp_server):
    server = ftp_server("pyftpdlib")
    server.stop()
    with pytest.raises(
        EndpointUnavailableError, match=r"127\.0\.0\.1:\d+: cannot connect and log in: Connection refused"
    ):
        FtpEndpoint(settings(server)).list()


def test_a_listing_that_is_cut_at_a_limit(ftp_server):
    server = ftp_server("pure-ftpd", flags=["-L", "5:1"])
    for number in range(9):
        server.put(f"antigo{number}", b"x")
    with pytest.raises(EndpointError, match=r"not all files are shown: 226 .*5 matches"):
        FtpEndpoint(settings(server)).list()


@pytest.mark.parametrize("kind", SERVERS)
def test_an_untrusted_certificate_is_refused(kind, ftp_server):
    server = ftp_server(kind, tls="explicit")
    with pytest.raises(EndpointError, match="certificate cannot be trusted"):
        FtpEndpoint(settings(server, security="explicit")).list()
    with closing(FtpEndpoint(settings(server, security="explicit", verify=False))) as endpoint:
        endpoint.list()


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
def test_a_server_of_old(ftp_server, tmp_path, contract, passive):
    """It lists as ls does, and knows no MLSD."""
    server = ftp_server("inetutils-ftpd")
    contract(FtpEndpoint(settings(server, passive=passive)), server, tmp_path)


def test_dos_listings_and_no_mlsd(ftp_server, tmp_path, contract):
    server = ftp_server("pyftpdlib", dos=True, without=("MLSD", "MLST"))
    contract(FtpEndpoint(settings(server)), server, tmp_path)


def test_a_server_that_knows_epsv_only(ftp_server, tmp_path, contract):
    server = ftp_server("pyftpdlib", without=("PASV",))
    contract(FtpEndpoint(settings(server)), server, tmp_path)


def test_latin1_names(ftp_server, tmp_path):
    server = ftp_server("pyftpdlib", encoding="latin-1")
    name = "Promoção_MAIL_20260301"
    server.put(name, b"x")
    endpoint = FtpEndpoint(settings(server, encoding="latin-1"))
    assert [file.name for file in endpoint.list()] == [name]
    endpoint.download(name, tmp_path / "x", size=1)
    endpoint.close()


def test_a_server_without_size_and_rest(ftp_server, tmp_path, contract):
    server = ftp_server("pyftpdlib", without=("SIZE", "REST", "MLSD", "MLST"))
    contract(FtpEndpoint(settings(server)), server, tmp_path)
