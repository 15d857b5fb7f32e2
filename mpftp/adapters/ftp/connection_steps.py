"""One step of a connection after the other, so that the first that fails can be named."""

from __future__ import annotations

import ftplib
import ssl
from collections.abc import Iterator
from typing import cast

from mpftp.adapters.ftp.endpoint import FtpEndpoint
from mpftp.adapters.ftp.error_mapping import map_errors
from mpftp.adapters.ftp.session import FtpSession
from mpftp.adapters.ftp.sockets import find_addresses
from mpftp.domain.foreign_text import clean_foreign_text

UNUSED_TLS = 'passwords travel in clear, and the server offers TLS: set tls = "auto"'
REFUSED_TLS = "passwords travel in clear: TLS cannot be used there until its owner sets it up"

ConnectionStep = tuple[str, str, str]
"""(what was tried, what was found, what to do about it: ``""`` for nothing)"""


def connection_steps(endpoint: FtpEndpoint) -> Iterator[ConnectionStep]:
    """The steps up to the login, as they succeed; *endpoint* goes on with their one connection.

    Raises what *endpoint* would at the first failure.
    """
    settings = endpoint.settings
    server = f"{settings.host}:{settings.port}"
    with map_errors(server, "find the host", connecting=True):
        pairs = find_addresses(settings.host, settings.port, settings.timeout)
    addresses = ", ".join(dict.fromkeys(str(address[0]) for _, address in pairs))
    yield "name", f"{settings.host} is {addresses}", ""
    session = FtpSession(settings, settings.visit_seconds)
    try:
        with map_errors(server, "connect", session.situation, connecting=True):
            welcome = session.connect(settings.host, settings.port)
        yield "connect", clean_foreign_text(welcome.splitlines()[0], session.strike, 100), ""
        yield from _tls(session, server)
        with map_errors(server, "log in", session.situation):
            session.log_in()
        yield "login", f"as {settings.user or 'anonymous'}", ""
    except BaseException:
        session.close()
        raise
    endpoint.go_on_with(session)


def _tls(session: FtpSession, server: str) -> Iterator[ConnectionStep]:
    with map_errors(server, "begin TLS", session.situation):
        session.secure()
    if session.secured:
        sock = cast(ssl.SSLSocket, session.sock)
        advice = "" if session.settings.verify else "anybody could pose as this server; set tls_verify = true"
        yield "TLS", f"{sock.version()}, {(sock.cipher() or ['?'])[0]}", advice
    else:
        offered = _offers_auth_tls(session)
        refused = offered and session.settings.security == "offered"
        state = "listed, and refused" if refused else "not used" if offered else "not used, nor offered"
        yield "TLS", state, (REFUSED_TLS if refused else UNUSED_TLS) if offered else ""


def _offers_auth_tls(session: FtpSession) -> bool:
    """Whether FEAT (RFC 2389) lists AUTH TLS; a server without FEAT offers nothing."""
    try:
        return "AUTH TLS" in session.sendcmd("FEAT").upper()
    except (ftplib.error_perm, ftplib.error_temp):
        return False
