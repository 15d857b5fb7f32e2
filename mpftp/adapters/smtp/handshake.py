"""Making a connection ready: greeting, EHLO, TLS, login (RFC 5321, 3207, 8314, 4954); and a mere trial."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import ssl

from mpftp.adapters.smtp import sasl
from mpftp.adapters.smtp.connection import SmtpConnection
from mpftp.adapters.smtp.dialogue import ShowLine
from mpftp.adapters.smtp.handler import ConnectionHandler
from mpftp.adapters.smtp.relay import Relay
from mpftp.adapters.smtp.replies import MailTransaction, Reply, SmtpConnectionError, SmtpPhase
from mpftp.domain.foreign_text import clean_foreign_text
from mpftp.errors import TransportError, TransportUnavailableError

log = logging.getLogger("mpftp.smtp")

_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"}
)


def make_tls_context(relay: Relay) -> ssl.SSLContext | None:
    """The TLS context that checks the relay's certificate and name. Raises ``SmtpConnectionError``."""
    if relay.tls == "none":
        return None
    try:
        return ssl.create_default_context(cafile=str(relay.ca_file) if relay.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise SmtpConnectionError(
            f"{relay}: {relay.ca_file} cannot be used ({error})", permanent=True
        ) from None


async def connect(
    relay: Relay,
    handler: ConnectionHandler[SmtpConnection],
    context: ssl.SSLContext | None,
    *,
    pipelining: bool = True,
    limit: int = 0,
    show: ShowLine | None = None,
) -> SmtpConnection:
    """Connect, greet and log in; *show* takes the dialogue.

    Raises ``SmtpConnectionError``, with the connection closed.
    """
    loop = asyncio.get_running_loop()
    connection = SmtpConnection(relay, handler, loop, pipelining=pipelining, limit=limit, show=show)
    implicit = context if relay.tls == "implicit" else None
    try:
        async with asyncio.timeout(relay.timeout):
            await loop.create_connection(
                lambda: connection, relay.host, relay.port, ssl=implicit,
                server_hostname=relay.host if implicit else None,
                ssl_handshake_timeout=relay.timeout if implicit else None,
            )  # fmt: skip
    except ssl.SSLError as error:
        raise _tls_error(relay, error) from None
    except TimeoutError:
        raise SmtpConnectionError(f"{relay}: no connection within {relay.timeout:g} s") from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
        raise SmtpConnectionError(f"{relay}: no connection: {reason}") from None
    try:
        await _greet(connection, context)
    except BaseException:
        connection.transport.abort()
        raise
    connection.ready = True
    return connection


def _tls_error(relay: Relay, error: ssl.SSLError) -> SmtpConnectionError:
    """What went wrong with TLS, and whether it will again: OpenSSL's numbers are no system errors."""
    if isinstance(error, ssl.SSLCertVerificationError):
        message = f"its certificate is not to be trusted: {error.verify_message}"
        return SmtpConnectionError(f"{relay}: {message}", permanent=True)
    if error.reason in _NOT_TLS:
        other = "none" if relay.tls == "starttls" else "starttls"
        message = f'does not speak TLS on this port; perhaps it wants tls = "{other}"'
        return SmtpConnectionError(f"{relay}: {message}", permanent=True)
    reason = (error.reason or "the connection broke").replace("_", " ").lower()
    return SmtpConnectionError(f"{relay}: TLS failed: {reason}")


async def _greet(connection: SmtpConnection, context: ssl.SSLContext | None) -> None:
    relay = connection.relay
    _require_ok(connection, await connection.send_command(None), "greeting")
    await _send_ehlo(connection)
    if relay.tls == "starttls":
        assert context
        await _start_tls(connection, context)
        await _send_ehlo(connection)
    if relay.user:
        await _log_in(connection)


async def _send_ehlo(connection: SmtpConnection) -> None:
    """EHLO, or HELO where the server does not know it."""
    reply = await connection.send_command(f"EHLO {connection.relay.ehlo_name}")
    if reply.is_ok:
        offers = [text.split(None, 1) for text in reply.lines[1:] if text.strip()]
        connection.extensions = {offer[0].upper(): offer[1] if len(offer) > 1 else "" for offer in offers}
        return
    if reply.code in (500, 502, 504):
        reply = await connection.send_command(f"HELO {connection.relay.ehlo_name}")
    _require_ok(connection, reply, "EHLO")


async def _start_tls(connection: SmtpConnection, context: ssl.SSLContext) -> None:
    relay = connection.relay
    if "STARTTLS" not in connection.extensions:
        raise SmtpConnectionError(f"{relay}: does not offer STARTTLS", permanent=True)
    _require_ok(connection, await connection.send_command("STARTTLS"), "STARTTLS")
    loop = asyncio.get_running_loop()
    try:
        secured = await loop.start_tls(
            connection.transport, connection, context, server_hostname=relay.host,
            ssl_handshake_timeout=relay.timeout,
        )  # fmt: skip
    except ssl.SSLError as error:
        raise _tls_error(relay, error) from None
    except OSError as error:
        raise SmtpConnectionError(f"{relay}: TLS failed ({error})") from None
    connection.upgrade_transport(secured)


async def _log_in(connection: SmtpConnection) -> None:
    relay = connection.relay
    offered = frozenset(connection.extensions.get("AUTH", "").upper().split())
    mechanism = sasl.choose_mechanism(relay, offered, encrypted=relay.tls != "none")
    if mechanism is None:
        names = clean_foreign_text(", ".join(sorted(offered)), connection.strike) or "none"
        plain = "" if relay.tls != "none" else "; without tls no password is sent in clear"
        raise SmtpConnectionError(
            f"{relay}: no usable way to log in (it offers: {names}{plain})", permanent=True
        )
    command, answers = sasl.start_auth(relay, mechanism)
    reply = await connection.send_command(command)
    for _ in range(4):
        if reply.code != 334:
            break
        reply = await connection.send_command(sasl.respond(answers, reply.lines[0]), secret=True)
    _require_ok(connection, reply, f"login with {mechanism}")


def _require_ok(connection: SmtpConnection, reply: Reply, action: str) -> None:
    """Raise ``SmtpConnectionError`` unless *reply* is positive; a 5yz answer is a lasting refusal."""
    if not reply.is_ok:
        raise SmtpConnectionError(
            f"{connection.relay}: {action} refused: {connection.strike(str(reply))}",
            permanent=500 <= reply.code < 600,
            slow_down=reply.code == 421,
        )


class _NoMessages:
    """A source without a message."""

    def next_transaction(self, connection: SmtpConnection) -> MailTransaction | None:
        return None

    def before_data(self, transaction: MailTransaction) -> None:
        raise AssertionError("nothing was taken")

    def on_reply(
        self, connection: SmtpConnection, transaction: MailTransaction, step: SmtpPhase, reply: Reply
    ) -> None:
        raise AssertionError("nothing was launched")

    def on_connection_lost(
        self,
        connection: SmtpConnection,
        error: SmtpConnectionError,
        unsent: list[MailTransaction],
        partly_sent: MailTransaction | None,
        in_doubt: MailTransaction | None,
    ) -> None:
        return


def probe_relay(relay: Relay) -> frozenset[str]:
    """Connect, secure the connection, log in, leave; return the extensions that *relay* offers.

    Raises ``TransportError`` for what will not pass, ``TransportUnavailableError`` for what may.
    """
    try:
        return asyncio.run(_probe(relay))
    except SmtpConnectionError as error:
        kind = TransportError if error.permanent else TransportUnavailableError
        raise kind(str(error), hint="check [smtp] in the configuration, and that the relay is up") from None


async def _probe(relay: Relay) -> frozenset[str]:
    show = functools.partial(log.debug, "%s") if log.isEnabledFor(logging.DEBUG) else None
    connection = await connect(relay, _NoMessages(), make_tls_context(relay), show=show)
    extensions = frozenset(connection.extensions)
    connection.quit_when_done()
    connection.transport.close()
    return extensions
