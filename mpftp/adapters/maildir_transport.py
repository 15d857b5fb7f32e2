"""The ``maildir`` transport: each message becomes a file, for trying things out without a relay."""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mpftp.domain.sending.transport import (
    DeliveryRequest,
    Journal,
    Outcome,
    OutgoingMessage,
    RetryAfter,
    Verdict,
)
from mpftp.errors import TransportError, TransportUnavailableError

_FOLDERS = ("tmp", "new", "cur")
MAX_SLEEP_SECONDS = 0.2  # seconds; what ended the pause sooner is noticed by then


class MaildirTransport:
    """Writes messages into the Maildir at *path*, made when missing; *sleep* waits out a pause.

    A message is first written to ``tmp`` and then renamed into ``new``, so that no reader and no
    crash ever sees half of one. What an MTA would add on delivery, ``Return-Path``, is added.
    """

    def __init__(self, path: Path, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._path = path
        self._sleep = sleep
        self._count = itertools.count(1)
        self._host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
        try:
            for folder in _FOLDERS:
                (path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise TransportError(
                f"the Maildir {path} cannot be made: {error.strerror}", hint="set [maildir] path"
            ) from error

    def deliver(
        self, requests: Iterable[DeliveryRequest | RetryAfter], journal: Journal
    ) -> Iterator[Outcome]:
        """Write every message; yield one outcome each.

        Raises ``TransportUnavailableError`` when the disk refuses.
        """
        for request in requests:
            if isinstance(request, RetryAfter):
                self._sleep(min(request.seconds, MAX_SLEEP_SECONDS))
                continue
            message = request.render()
            journal.begin(message.delivery_id)
            try:
                outcome = Outcome(message.delivery_id, Verdict.ACCEPTED, "250 2.0.0", self._write(message))
            except OSError as error:
                journal.end(Outcome(message.delivery_id, Verdict.UNSENT))
                yield Outcome(message.delivery_id, Verdict.UNSENT)
                raise TransportUnavailableError(
                    f"the Maildir {self._path} cannot be written: {error.strerror}"
                ) from error
            journal.end(outcome)
            yield outcome

    def close(self) -> None:
        """Nothing stays open."""

    def _write(self, message: OutgoingMessage) -> str:
        """The name of the message's file, which no other delivery to this Maildir uses."""
        seconds = f"{time.time():.6f}".replace(".", ".M")
        name = f"{seconds}P{os.getpid()}Q{next(self._count)}D{message.delivery_id}.{self._host}"
        draft = self._path / "tmp" / name
        try:
            with open(draft, "xb", opener=_open_private) as file:
                file.write(b"Return-Path: <%b>\r\n" % message.sender.encode())
                file.write(message.data)
            draft.rename(self._path / "new" / name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        return name


def _open_private(path: str, flags: int) -> int:
    """Open a message readable by this user only, for it names a contact."""
    return os.open(path, flags, 0o600)
