"""The control connection during long transfers: NOOP, however the server takes it."""

from __future__ import annotations

import pytest

from mpftp.adapters.ftp import session
from mpftp.adapters.retry import RetryingEndpoint
from mpftp.errors import EndpointUnavailableError

NAME, DATA = "Promo_MAIL_20260301", bytes(range(256)) * 200


@pytest.fixture
def noop_often(monkeypatch):
    monkeypatch.setattr(session, "NOOP_SECONDS", 0.2)


def count(server, verb):
    return sum(command.startswith(verb) for command in server.commands)


@pytest.mark.parametrize("answer", [None, "200 NOOP: data transfer in progress", "500 Unknown command"])
@pytest.mark.usefixtures("noop_often")
def test_an_idle_control_connection_is_not_forgotten(scripted, endpoint, tmp_path, answer):
    """vsftpd answers after the transfer, ProFTPD in it, Pure-FTPd in it by a refusal."""
    server = scripted({NAME: DATA}, "slow", "forgets idle", **({"noop": answer} if answer else {}))
    visit = endpoint(server)
    visit.download(NAME, tmp_path / "copy", size=len(DATA))
    assert (tmp_path / "copy").read_bytes() == DATA
    assert visit.size(NAME) == len(DATA)
    assert server.connections == 1
    assert count(server, "NOOP") >= 3


def test_a_control_connection_that_was_forgotten_costs_a_login_and_no_second_transfer(
    scripted, endpoint, tmp_path
):
    server = scripted({NAME: DATA}, "slow", "forgets idle")
    visit = RetryingEndpoint(endpoint(server), 30, sleep=lambda seconds: None)
    visit.download(NAME, tmp_path / "copy", size=len(DATA))
    assert (tmp_path / "copy").read_bytes() == DATA
    assert (server.connections, count(server, "RETR"), count(server, "NOOP")) == (2, 1, 0)


@pytest.mark.usefixtures("noop_often")
def test_a_server_that_does_not_bear_it_hears_it_once(scripted, endpoint, tmp_path):
    server = scripted({NAME: DATA}, "slow", "noop kills")
    visit = endpoint(server)
    with pytest.raises(EndpointUnavailableError):
        visit.download(NAME, tmp_path / "copy", size=len(DATA))
    visit.download(NAME, tmp_path / "copy", size=len(DATA), resume=True)
    assert (tmp_path / "copy").read_bytes() == DATA
    assert count(server, "NOOP") == 1


@pytest.mark.usefixtures("noop_often")
def test_a_refusal_after_a_noop_is_the_transfers(scripted, endpoint, tmp_path):
    server = scripted({NAME: DATA}, "slow", "no 226", noop="451 local error")
    with pytest.raises(EndpointUnavailableError, match="451 local error"):
        endpoint(server).download(NAME, tmp_path / "copy", size=len(DATA))
