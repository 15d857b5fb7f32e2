"""Whether a relay can be used: a connection that carries nothing."""

from __future__ import annotations

import asyncio

from mpftp.adapters.smtp.connection import SmtpConnection
from mpftp.adapters.smtp.handshake import connect, make_tls_context
from mpftp.adapters.smtp.mail_transaction import MailTransaction, SmtpConnectionError, SmtpPhase
from mpftp.adapters.smtp.relay import Relay
from mpftp.adapters.smtp.replies import Reply
from mpftp.errors import TransportError, TransportUnavailableError


class _NoMessages:
    """A depot without a message."""

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
        untouched: list[MailTransaction],
        torn: MailTransaction | None,
        doubtful: MailTransaction | None,
    ) -> None:
        return


def probe_relay(relay: Relay) -> frozenset[str]:
    """Connect, protect the line, log in, and leave; the extensions that *relay* offers.

    Raises ``TransportError`` for what will not pass, ``TransportUnavailableError`` for what may.
    """
    try:
        return asyncio.run(_greet(relay))
    except SmtpConnectionError as error:
        kind = TransportError if error.permanent else TransportUnavailableError
        raise kind(str(error), hint="check [smtp] in the configuration, and that the relay is up") from None


async def _greet(relay: Relay) -> frozenset[str]:
    connection = await connect(relay, _NoMessages(), make_tls_context(relay))
    extensions = frozenset(connection.extensions)
    connection.quit_when_done()
    connection.transport.close()
    return extensions
