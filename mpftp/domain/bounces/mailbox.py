"""What ``bounces`` needs of a mailbox of any kind (Maildir, mbox, IMAP, standard input)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

MAX_MESSAGE_BYTES = 1_048_576
"""How much of one message is read: reports say what they have to say at their beginning."""


class MailboxFolder(StrEnum):
    """Where a message goes once it was read: it leaves the inbox, and never the mailbox.

    TAKEN: believed and counted, or of no interest. UNVERIFIED: a report or an opt-out that no signed token
    vouches for. ASIDE: not understood, or built to do harm.
    """

    PROCESSED = "Taken"
    UNVERIFIED = "Unverified"
    UNRECOGNIZED = "Aside"


@dataclass(frozen=True, slots=True)
class MailboxMessage:
    """One message in the mailbox: its *key* there, its first ``MAX_MESSAGE_BYTES``, and its whole *size*."""

    key: str
    data: bytes
    size: int

    @property
    def digest(self) -> str:
        """What tells this message from all others, also when it is handed to us a second time."""
        data = self.data
        if data.startswith(b"From "):  # the mbox line holds the time of the hand-over
            data = data.partition(b"\n")[2]
        return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


class Mailbox(Protocol):
    """One open mailbox. Raises ``TryLaterError`` when it is away and ``MpftpError`` when it is unusable."""

    def messages(self) -> Iterator[MailboxMessage]:
        """Every message in the inbox, one at a time; filing the current one meanwhile is allowed."""

    def move_to(self, message: MailboxMessage, folder: MailboxFolder) -> None:
        """Move a message out of the inbox to *folder*; harmless when it was moved already."""

    def close(self) -> None:
        """Let go of the mailbox; never raises."""
