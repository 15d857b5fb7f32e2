"""What a line carries: messages in flight, the steps they take, what breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from mpftp.adapters.smtp.replies import Reply
from mpftp.domain.sending.transport import OutgoingMessage


class SmtpPhase(IntEnum):
    """What the next reply of the server answers."""

    MAIL = 1
    RCPT = 2
    DATA = 3
    END_OF_DATA = 4
    EMPTY_DATA = 5
    RSET = 6
    QUIT = 7


class SmtpConnectionError(Exception):
    """The connection is of no more use: it broke, or the server breaks the protocol.

    *permanent*: the next connection to this relay would fail in the same way. *slow_down*: the server
    asked for patience (421, or 4yz to MAIL). *out_of_order*: its answers do not fit our questions.
    """

    def __init__(
        self, what: str, *, permanent: bool = False, slow_down: bool = False, out_of_order: bool = False
    ) -> None:
        super().__init__(what)
        self.permanent = permanent
        self.slow_down = slow_down
        self.out_of_order = out_of_order


@dataclass(slots=True)
class MailTransaction:
    """A rendered message on its way, and what the server said to its envelope."""

    outgoing: OutgoingMessage
    failed_connections: int = 0
    mail: Reply | None = None
    rcpt: Reply | None = None

    @property
    def first_refusal(self) -> Reply | None:
        """The first reply that is not positive."""
        if self.mail and not self.mail.is_ok:
            return self.mail
        return self.rcpt if self.rcpt and not self.rcpt.is_ok else None
