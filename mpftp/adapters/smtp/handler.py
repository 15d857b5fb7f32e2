"""What a connection asks of whoever gives it messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mpftp.adapters.smtp.replies import MailTransaction, Reply, SmtpConnectionError, SmtpPhase

if TYPE_CHECKING:
    from mpftp.adapters.smtp.connection import SmtpConnection


class ConnectionHandler(Protocol):
    """Gives a connection its messages, and is called with what became of them."""

    def next_transaction(self, connection: SmtpConnection) -> MailTransaction | None:
        """Return the next message for *connection*, ``None`` when there is none now."""

    def before_data(self, transaction: MailTransaction) -> None:
        """Note that the text of *transaction* is about to go out. Raises when that cannot be noted."""

    def on_reply(
        self, connection: SmtpConnection, transaction: MailTransaction, step: SmtpPhase, reply: Reply
    ) -> None:
        """Take the server's verdict on *transaction*, given at *step*."""

    def on_connection_lost(
        self,
        connection: SmtpConnection,
        error: SmtpConnectionError,
        unsent: list[MailTransaction],
        partly_sent: MailTransaction | None,
        in_doubt: MailTransaction | None,
    ) -> None:
        """Take what a lost connection held: text never sent, sent in part, or sent whole, unanswered."""
