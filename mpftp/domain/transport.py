"""What ``send`` needs of a transport: messages in, one outcome each out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """What the receiving side said of one message."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to hand over: the envelope (RFC 5321) and the bytes (RFC 5322, CRLF line ends)."""

    delivery_id: int
    sender: str
    recipient: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message.

    *code* is the reply code and RFC 3463 status (``"550 5.1.1"``), *reply* the server's text,
    shortened. UNTRIED: never handed over, it may be claimed again.
    """

    delivery_id: int
    verdict: Verdict
    code: str = ""
    reply: str = ""


class Journal(Protocol):
    """The file that survives a kill: which messages were handed over, and which were answered."""

    def begin(self, delivery_id: int) -> None:
        """Note, before the last byte goes out, that this message may reach its reader."""

    def end(self, outcome: Outcome) -> None:
        """Note the answer, before anything else is done with it."""


class Transport(Protocol):
    """Carries messages. ``smtp`` and ``maildir`` are the two that exist."""

    def deliver(self, messages: Iterable[Outgoing], journal: Journal) -> Iterator[Outcome]:
        """Hand over *messages* (drawn lazily) and yield one outcome each, in any order.

        Raises ``TransportError`` or ``TransportAwayError`` when no further message can be tried;
        what was drawn and not answered is then in doubt only if the journal says it began.
        """

    def close(self) -> None:
        """End every connection cleanly."""
