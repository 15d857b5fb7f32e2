"""The steps of a connection, one after the other, and on one connection only."""

from __future__ import annotations

import pytest

from mpftp.adapters.ftp import connection_steps
from mpftp.adapters.ftp.alternatives import find_working_lines
from mpftp.errors import EndpointError, EndpointUnavailableError, Exit

FILES = {"Promo_MAIL_20260301": b"email\r\na@example.com\r\n"}
WITH_TLS = "211-Features:\r\n AUTH TLS\r\n211 End"


def tls_step(visit):
    return {what: (found, advice) for what, found, advice in connection_steps(visit)}["TLS"]


def test_the_visit_goes_on_with_the_connection_of_the_steps(scripted, endpoint):
    server = scripted(FILES)
    visit = endpoint(server, directory="in")
    assert [what for what, _, _ in connection_steps(visit)] == ["name", "connect", "TLS", "login"]
    assert [file.name for file in visit.list()] == list(FILES)
    assert server.connections == 1
    assert server.commands.count("CWD in") == 1
    assert [command for command in server.commands if command.startswith("USER")] == ["USER u"]


def test_tls_that_is_offered_and_not_wanted(scripted, endpoint):
    assert 'set tls = "auto"' in tls_step(endpoint(scripted(FEAT=WITH_TLS), security="plain"))[1]


def test_tls_that_is_listed_and_refused_is_not_to_be_set(scripted, endpoint):
    server = scripted(FEAT=WITH_TLS, AUTH="504 not here")
    found, advice = tls_step(endpoint(server, security="offered"))
    assert found == "listed, and refused"
    assert "set tls" not in advice
    assert "TLS cannot be used there" in advice


@pytest.mark.parametrize(
    "reply", ["530 Too many users", "421 There are too many connections from your address"]
)
def test_the_limit_of_connections_is_named(scripted, endpoint, reply):
    with pytest.raises(EndpointUnavailableError, match="no connection is left") as caught:
        list(connection_steps(endpoint(scripted(PASS=reply))))
    assert caught.value.exit_code is Exit.TRY_LATER


def test_a_directory_that_is_not_there_is_told_as_the_visit_would(scripted, endpoint):
    server = scripted(CWD="550 no such directory")
    visit = endpoint(server, directory="in")
    with pytest.raises(EndpointError, match="enter the directory in"):
        list(connection_steps(visit))


NO_DATA_PORT = {"PASV": "550 Permission denied.", "EPSV": "550 Permission denied."}
NO_ACTIVE = {"PORT": "550 Permission denied.", "EPRT": "550 Permission denied."}


@pytest.mark.parametrize(
    ("replies", "settings", "lines"),
    [
        (NO_DATA_PORT, {}, "passive = false"),
        (NO_ACTIVE, {"passive": False}, "passive = true"),
        (NO_DATA_PORT | NO_ACTIVE, {}, ""),
    ],
)
def test_the_lines_that_work_are_found(scripted, endpoint, replies, settings, lines):
    server = scripted(FILES, **replies)
    assert find_working_lines(endpoint(server, **settings).settings) == lines


def test_a_server_whose_tls_is_broken_is_tried_without_where_that_was_allowed(scripted, endpoint):
    server = scripted(FILES, AUTH="234 go")  # its handshake never comes
    visit = endpoint(server, security="offered", timeout=0.3)
    assert find_working_lines(visit.settings) == 'tls = "none"'


def test_a_login_that_is_to_be_protected_is_never_tried_in_clear(scripted, endpoint):
    server = scripted(FILES, AUTH="504 not here")
    assert find_working_lines(endpoint(server, security="explicit").settings) == ""
    assert not [command for command in server.commands if command.startswith("USER")]


@pytest.mark.parametrize(
    ("replies", "passive", "ways"),
    [
        ({}, True, "by MLSD and PASV"),
        ({"MLSD": "550 Unable to handle command"}, True, "by LIST and PASV (MLSD refused)"),
        ({"PASV": "501 no"}, True, "by MLSD and EPSV (PASV refused)"),
        ({"MLSD": "500 what?", "PORT": "500 no"}, False, "by LIST and EPRT (MLSD and PORT refused)"),
    ],
)
def test_the_ways_that_were_taken(scripted, endpoint, replies, passive, ways):
    visit = endpoint(scripted(FILES, **replies), passive=passive)
    assert visit.describe_ways() == ""
    visit.list()
    assert visit.describe_ways() == ways
