"""An mbox file: its messages go into a Maildir first, then the file is emptied."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mpftp.adapters.mailbox.maildir import MaildirMailbox
from mpftp.domain.bounces.mailbox import MailboxFolder, MailboxMessage
from mpftp.errors import ConfigError, TryLaterError
from mpftp.permissions import denied

MAX_LINE_BYTES_READ = 65_536


class MboxMailbox:
    """The mbox file *path*, whose messages are taken through the Maildir *spool*.

    Between storing the last message and emptying the file a kill leaves both; the messages then come
    once more, and count once, for the state knows them.
    """

    def __init__(self, path: Path, spool: MaildirMailbox) -> None:
        """Raises ``ConfigError`` when there is no such file."""
        if not path.is_file():
            raise ConfigError(f"{path}: there is no such mbox file", hint="change `bounces.mbox`")
        self.path = path
        self._spool = spool

    def messages(self) -> Iterator[MailboxMessage]:
        """Every message, once the file is empty."""
        self._move_to_spool()
        yield from self._spool.messages()

    def move_to(self, message: MailboxMessage, folder: MailboxFolder) -> None:
        """Move a message of the spool to *folder*."""
        self._spool.move_to(message, folder)

    def close(self) -> None:
        """Nothing to let go of."""

    def _move_to_spool(self) -> None:
        try:
            with self.path.open("r+b") as file, _locked(file, self.path):
                message = _message(file)
                while (first := next(message, None)) is not None:
                    self._spool.store(_with(first, message))
                    message = _message(file)
                file.truncate(0)
        except PermissionError:
            raise denied(TryLaterError, self.path) from None
        except OSError as error:
            raise TryLaterError(f"{self.path}: cannot be read ({error.strerror})") from None


def _with(first: bytes, remainder: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from remainder


def _message(file: BinaryIO) -> Iterator[bytes]:
    """The lines of the next message, without its ``From `` line; none at the end of the file.

    A message begins at a line ``From `` that is the first or follows an empty line (RFC 4155).
    """
    begun = False
    empty = True
    while line := file.readline(MAX_LINE_BYTES_READ):
        if empty and line.startswith(b"From "):
            if begun:
                file.seek(-len(line), os.SEEK_CUR)
                return
            begun = True
            continue
        if begun or line.strip():
            begun = True
            yield line
        empty = line in (b"\n", b"\r\n")


@contextmanager
def _locked(file: BinaryIO, path: Path) -> Iterator[None]:
    """Hold the locks that mail servers use: a dot file and ``fcntl``. Raises ``TryLaterError``."""
    dot = path.with_name(path.name + ".lock")
    try:
        os.close(os.open(dot, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise TryLaterError(
            f"{path}: the mail server holds {dot.name}", hint="if it is older than an hour, remove it"
        ) from None
    except PermissionError:
        dot = path
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise TryLaterError(f"{path}: the mail server is writing to it") from None
    finally:
        if dot != path:
            dot.unlink(missing_ok=True)
