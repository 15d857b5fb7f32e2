"""What ``send`` needs of a transport: requests in, one outcome each out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol


class Verdict(StrEnum):
    """What the receiving side said of one message.

    UNSENT: never handed over, it may be claimed again at once. IN_DOUBT: handed over whole, and the
    connection broke before the answer (RFC 5321, 4.5.3.2.6: it may have been accepted).
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNSENT = "untried"
    IN_DOUBT = "doubt"


class Step(StrEnum):
    """What a server answered (RFC 5321, section 3); UNKNOWN where nothing says."""

    UNKNOWN = ""
    CONNECT = "connect"
    HELO = "helo"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END_OF_DATA = "end-of-data"


class OutgoingMessage(NamedTuple):
    """One message to hand over: the envelope (RFC 5321) and the bytes (RFC 5322, CRLF line ends).

    No line of *data* starts with a dot, so that it goes over SMTP as it is.
    """

    delivery_id: int
    sender: str
    recipient: str
    data: bytes


class Renderer(Protocol):
    """One campaign's message, compiled (``mpftp.domain.messages.compiler.Template``).

    It travels to other processes by ``pickle``, so it holds no lambda and no open key.
    """

    def render(self, delivery_id: int, email: str, values: Sequence[str], date: datetime) -> OutgoingMessage:
        """The whole message for one contact: CRLF line ends, no line that starts with a dot."""


class DeliveryRequest(NamedTuple):
    """A claimed delivery: what its message is made from, rendered only when its turn comes.

    *fields* is the JSON array of the contact's values; *date* becomes the Date header. *campaign_id* is 0
    for a message that belongs to no campaign that somebody could stop: a test, a notice.
    """

    delivery_id: int
    template: Renderer
    email: str
    fields: str
    date: datetime
    campaign_id: int = 0

    def render(self) -> OutgoingMessage:
        """Make the message."""
        return self.template.render(self.delivery_id, self.email, json.loads(self.fields), self.date)


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """In place of a request: nothing may go out just now; ask again in *seconds*, or sooner."""

    seconds: float


class Outcome(NamedTuple):
    """What became of one message.

    *code* is the reply code and RFC 3463 status (``"550 5.1.1"``), *reply* the server's text,
    shortened; *step* is known of a refusal.
    """

    delivery_id: int
    verdict: Verdict
    code: str = ""
    reply: str = ""
    step: Step = Step.UNKNOWN


class SendPermits(Protocol):
    """Which campaigns may send at this moment: asked before each message, so that orders hold at once.

    It travels to other processes by ``pickle``.
    """

    def may_send(self, campaign_id: int) -> bool:
        """Return whether the campaign is neither paused nor cancelled. Raises ``MpftpError``."""

    def close(self) -> None:
        """Let go of what it looks at; harmless when done twice."""


class AlwaysPermitted:
    """Permits for messages that no order can stop."""

    def may_send(self, campaign_id: int) -> bool:
        """Say yes."""
        return True

    def close(self) -> None:
        """Hold nothing."""


class Journal(Protocol):
    """The file that survives a kill: which messages were handed over, and which were answered.

    It travels to other processes by ``pickle`` and appends to the same file there.
    """

    def begin(self, delivery_id: int) -> None:
        """Note, before the last byte goes out, that this message may reach its reader."""

    def end(self, outcome: Outcome, *, lazily: bool = False) -> None:
        """Note the answer, before anything else is done with it; *lazily*: with the next ``begin``."""

    def flush(self) -> None:
        """Write what was noted lazily."""


class Transport(Protocol):
    """Carries messages. ``smtp`` and ``maildir`` are the two that exist."""

    def deliver(
        self, requests: Iterable[DeliveryRequest | RetryAfter], journal: Journal
    ) -> Iterator[Outcome]:
        """Hand over *requests* (drawn lazily, a few at a time) and yield one outcome each, in any order.

        Every request that was drawn gets an outcome, UNSENT in the worst case, and only then
        ``TransportError`` or ``TransportUnavailableError`` is raised when no further one can be tried.
        """

    def close(self) -> None:
        """End every connection cleanly."""
