"""What a refusal means: the words of real servers, and what the operator is told to do."""

from __future__ import annotations

import pytest

from mpftp.errors import EndpointError, EndpointUnavailableError, Exit, MpftpError

LATER, TROUBLE = Exit.TRY_LATER, Exit.FAILURE


TLS_WANTED = "550 SSL/TLS required on the control channel"
NO_WAY_BACK = "425 Failed to establish connection."


def stopped(visit):
    with pytest.raises(MpftpError) as caught:
        visit.list()
    return caught.value


@pytest.mark.parametrize(
    ("replies", "code", "remedy"),
    [
        ({"PASS": "530 Sorry, the maximum number of allowed clients (1) already connected"}, LATER,
         "next run"),
        ({"PASS": "530 Sorry, the maximum number clients (1) from your host are already connected."}, LATER,
         "more connections"),
        ({"BANNER": "421 There are too many connections from your internet address."}, LATER, "next run"),
        ({"USER": "530 Too many users, limite excedido"}, LATER, "next run"),
        ({"PASS": "530 Sorry, your account is restricted to 2 simultaneous logins."}, LATER, "next run"),
        ({"PASS": "530 Only 1 connection allowed per user"}, LATER, "more connections"),
        ({"PASS": "530 Usuário já conectado"}, LATER, "more connections"),
        ({"PASS": "530 Demasiadas conexiones desde su IP"}, LATER, "more connections"),
        ({"PASS": "530 Zu viele Benutzer"}, LATER, "more connections"),
        ({"PASS": "530 Conta bloqueada: muitas tentativas"}, TROUBLE, "check user and password"),
        ({"PASS": "530 Login incorrect."}, TROUBLE, "check user and password"),
        ({"PASS": "332 Need account for login."}, TROUBLE, "a login without one"),
        ({"PASS": "530 Login incorrect: too many failed attempts"}, TROUBLE, "check user and password"),
        ({"MLSD": TLS_WANTED, "LIST": TLS_WANTED}, TROUBLE, 'tls = "explicit"'),
        ({"USER": TLS_WANTED}, TROUBLE, 'tls = "explicit"'),
        ({"USER": "530 Non-anonymous sessions must use encryption."}, TROUBLE, 'tls = "explicit"'),
        ({"PASS": "421 Sorry, cleartext sessions are not accepted."}, LATER, 'tls = "explicit"'),
        ({"PASV": "550 Permission denied.", "EPSV": "550 Permission denied."}, TROUBLE, "passive = false"),
        ({"CWD": "550 Failed to change directory."}, TROUBLE, "check directory and endpoint"),
        ({"MLSD": NO_WAY_BACK, "LIST": NO_WAY_BACK}, LATER, "passive = false"),
        ({"MLSD": "502 no", "LIST": "502 Command not implemented."}, TROUBLE, "a complete FTP server"),
        ({"MLSD": "500 no", "LIST": "202 superfluous"}, TROUBLE, "a complete FTP server"),
    ],
)  # fmt: skip
def test_what_stops_a_listing(scripted, endpoint, replies, code, remedy):
    error = stopped(endpoint(scripted({"a": b"x"}, **replies), directory="in"))
    assert error.exit_code is code
    assert remedy in error.hint


@pytest.mark.parametrize(
    ("replies", "code", "remedy"),
    [
        ({"PORT": "550 Permission denied.", "EPRT": "500 no"}, TROUBLE, "passive = true"),
        ({"MLSD": NO_WAY_BACK, "LIST": NO_WAY_BACK}, LATER, "passive = true"),
    ],
)  # fmt: skip
def test_what_stops_active_mode(scripted, endpoint, replies, code, remedy):
    error = stopped(endpoint(scripted({"a": b"x"}, **replies), passive=False))
    assert error.exit_code is code
    assert remedy in error.hint


def test_a_port_for_data_that_is_closed(scripted, endpoint):
    error = stopped(endpoint(scripted({"a": b"x"}, "closed data port")))
    assert isinstance(error, EndpointUnavailableError)
    assert "passive = false" in error.hint


def test_tls_that_is_offered_and_refused(scripted, endpoint):
    error = stopped(endpoint(scripted({"a": b"x"}, AUTH="500 This security scheme is not implemented"),
                             security="explicit"))  # fmt: skip
    assert "TLS cannot be used there" in error.message
    assert 'tls = "none"' in error.hint


@pytest.mark.parametrize(
    ("reply", "remedy"),
    [("550 a.tmp: Operation not permitted", "let the login write"),
     ("553 Could not create file.", "let the login write"), ("552 Disk full - please upload later", "quota")],
)  # fmt: skip
def test_what_stops_an_upload(scripted, endpoint, tmp_path, reply, remedy):
    (tmp_path / "new").write_bytes(b"x")
    with pytest.raises(EndpointError) as caught:
        endpoint(scripted(STOR=reply)).upload(tmp_path / "new", "a.tmp")
    assert remedy in caught.value.hint


def test_what_stops_a_rename_or_a_deletion(scripted, endpoint):
    """The server is asked for sizes to see why; the advice is about what was refused."""
    replies = {"RNFR": "550 Permission denied.", "DELE": "550 Permission denied."}
    visit = endpoint(scripted({"a.tmp": b"1"}, **replies))
    with pytest.raises(EndpointError) as refused:
        visit.rename("a.tmp", "a")
    assert 'upload = "direct"' in refused.value.hint
    with pytest.raises(EndpointError) as refused:
        visit.delete("a.tmp")
    assert "cannot be renamed, moved or deleted" in refused.value.message
