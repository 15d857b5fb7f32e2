"""A Maildir as a mailbox of reports: messages leave ``new`` and ``cur`` for Maildir++ sub-folders."""

from __future__ import annotations

import os
import secrets
import socket
import stat
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from mpftp.domain.bounces.mailbox import MAX_MESSAGE_BYTES, MailboxFolder, MailboxMessage
from mpftp.errors import ConfigError, TryLaterError
from mpftp.permissions import denied


class MaildirMailbox:
    """The Maildir at *path*, which must exist unless *create* is set.

    Raises ``ConfigError`` when it is none, ``TryLaterError`` when this user may not look.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._filed: dict[MailboxFolder, str] = {}
        if create:
            _make(path)
        if not _is_folder(path / "new") or not _is_folder(path / "cur"):
            raise ConfigError(
                f"{path}: not a Maildir (it has no new/ and cur/)",
                hint="give the directory that your mail server delivers bounces to",
            )

    def messages(self) -> Iterator[MailboxMessage]:
        """The messages of ``new`` and ``cur``, the oldest first; one that vanishes is left out.

        Raises ``TryLaterError`` after the last one when any cannot be read, so that it stops no other.
        """
        first_error: TryLaterError | None = None
        for folder in ("new", "cur"):
            directory = self.path / folder
            for name in sorted(_names(directory)):
                try:
                    message = _read(f"{directory}/{name}", f"{folder}/{name}")
                except TryLaterError as error:
                    first_error = first_error or error
                    continue
                if message is not None:
                    yield message
        if first_error:
            raise first_error

    def move_to(self, message: MailboxMessage, folder: MailboxFolder) -> None:
        """Rename the message into the sub-folder of *folder*, marked as seen."""
        directory = self._filed.get(folder) or self._make_folder(folder)
        source = f"{self.path}/{message.key}"
        name = message.key.rpartition("/")[2].partition(":")[0]
        target = f"{directory}/{name}:2,S"
        if os.path.exists(target):  # a name put back by hand, perhaps of another message
            target = f"{directory}/{name}-{secrets.token_hex(4)}:2,S"
        try:
            os.rename(source, target)
        except FileNotFoundError:
            return
        except OSError as error:
            raise TryLaterError(f"{source}: cannot be moved to {directory} ({error.strerror})") from None

    def _make_folder(self, folder: MailboxFolder) -> str:
        """Make the sub-folder of *folder*, once a run; its directory for messages that were seen."""
        path = self.path / f".{folder.value}"
        _make(path)
        self._filed[folder] = f"{path}/cur"
        return self._filed[folder]

    def store(self, chunks: Iterable[bytes]) -> None:
        """Store one message durably, as a mail server would.

        Raises ``TryLaterError`` when that fails; whoever holds the message then keeps it.
        """
        host = socket.gethostname().replace("/", "_")
        name = f"{time.time_ns()}.{os.getpid()}_{secrets.token_hex(6)}.{host}"
        draft = self.path / "tmp" / name
        try:
            with draft.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self.path / "new" / name)
            _keep_entries(self.path / "new")
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise TryLaterError(f"{self.path}: the message cannot be stored ({error.strerror})") from None

    def delete_older_than(self, days: int, now: datetime) -> int:
        """Remove messages of TAKEN that arrived more than *days* before *now*; return how many."""
        folder = self.path / f".{MailboxFolder.PROCESSED.value}" / "cur"
        oldest = (now - timedelta(days=days)).timestamp()
        names = os.listdir(folder) if folder.is_dir() else []
        old = [folder / name for name in names if (folder / name).stat().st_mtime < oldest]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def has_new(self) -> bool:
        """Whether a message is in ``new``."""
        return bool(_names(self.path / "new"))

    def close(self) -> None:
        """Nothing to let go of."""


def _read(path: str, key: str) -> MailboxMessage | None:
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            return MailboxMessage(key, file.read(min(size, MAX_MESSAGE_BYTES)), size)
    except (FileNotFoundError, IsADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from None


def _names(folder: Path) -> list[str]:
    """The names of the messages in *folder*."""
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError as error:
        raise _unreadable(folder, error) from None


def _is_folder(path: Path) -> bool:
    """As ``Path.is_dir``, but what this user may not look at is no wrong setting."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path | str, error: OSError) -> TryLaterError:
    if isinstance(error, PermissionError):
        return denied(TryLaterError, Path(path))
    return TryLaterError(f"{path}: cannot be read ({error.strerror})")


def _keep_entries(folder: Path) -> None:
    """Make the names in *folder* outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make(path: Path) -> None:
    try:
        for folder in ("tmp", "new", "cur"):
            (path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise TryLaterError(f"{path}: cannot be made ({error.strerror})") from None
