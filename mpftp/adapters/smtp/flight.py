"""What a line carries: messages in flight, the steps they take, what breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from mpftp.adapters.smtp.replies import Reply
from mpftp.domain.sending.transport import Outgoing


class Step(IntEnum):
    """What the next reply of the server answers."""

    MAIL = 1
    RCPT = 2
    DATA = 3
    TEXT = 4
    EMPTY = 5
    RESET = 6
    QUIT = 7


class LineError(Exception):
    """The connection is of no more use: it broke, or the server breaks the protocol.

    *lasting*: the next connection to this relay would fail in the same way. *slow_down*: the server
    asked for patience (421, or 4yz to MAIL). *disorder*: its answers do not fit our questions.
    """

    def __init__(
        self, what: str, *, lasting: bool = False, slow_down: bool = False, disorder: bool = False
    ) -> None:
        super().__init__(what)
        self.lasting = lasting
        self.slow_down = slow_down
        self.disorder = disorder


@dataclass(slots=True)
class Flight:
    """A rendered message on its way, and what the server said to its envelope."""

    outgoing: Outgoing
    tries: int = 0
    mail: Reply | None = None
    rcpt: Reply | None = None

    @property
    def refusal(self) -> Reply | None:
        """The first reply that is not positive."""
        if self.mail and not self.mail.is_ok:
            return self.mail
        return self.rcpt if self.rcpt and not self.rcpt.is_ok else None
