"""What a connection asks of whoever gives it messages."""

from __future__ import annotations

from typing import Protocol, TypeVar

from mpftp.adapters.smtp.replies import MailTransaction, Reply, SmtpConnectionError, SmtpPhase

Connection = TypeVar("Connection", contravariant=True)


class ConnectionHandler(Protocol[Connection]):
    """Gives a connection its messages, and is called with what became of them."""

    def next_transaction(self, connection: Connection) -> MailTransaction | None:
        """Return the next message for *connection*, ``None`` when there is none now."""

    def before_data(self, transaction: MailTransaction) -> None:
        """Note that the text of *transaction* is about to go out. Raises when that cannot be noted."""

    def on_reply(
        self, connection: Connection, transaction: MailTransaction, step: SmtpPhase, reply: Reply
    ) -> None:
        """Take the server's verdict on *transaction*, given at *step*."""

    def on_connection_lost(
        self,
        connection: Connection,
        error: SmtpConnectionError,
        unsent: list[MailTransaction],
        partly_sent: MailTransaction | None,
        in_doubt: MailTransaction | None,
    ) -> None:
        """Take what a lost connection held: text never sent, sent in part, or sent whole, unanswered."""
