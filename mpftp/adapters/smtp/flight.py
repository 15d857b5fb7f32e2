"""What passes between a line and its depot: messages in flight, the steps they take, what breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from mpftp.adapters.smtp.replies import Reply
from mpftp.domain.transport import Outgoing

if TYPE_CHECKING:
    from mpftp.adapters.smtp.line import Line


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


class Depot(Protocol):
    """Where a line gets its messages, and hears and tells what became of them."""

    def take(self, line: Line) -> Flight | None:
        """The next message for *line*, ``None`` when there is none now."""

    def launch(self, flight: Flight) -> None:
        """Note that the text of *flight* is about to go out. Raises when that cannot be noted."""

    def answered(self, line: Line, flight: Flight, step: Step, reply: Reply) -> None:
        """The server's verdict on *flight*, given at *step*."""

    def broken(self, line: Line, error: LineError, untouched: list[Flight], torn: Flight | None,
               doubtful: Flight | None) -> None:  # fmt: skip
        """The line is gone: flights whose text never left, left in part, or left whole unanswered."""
