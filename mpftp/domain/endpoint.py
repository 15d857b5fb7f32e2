"""What a stage needs of a client's server, for each protocol (FTP, FTPS, SFTP, a local folder)."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from mpftp.errors import EndpointProtocolError, EndpointUnavailableError

MAX_FILE_NAME_BYTES = 255  # bytes: what every file system in use can hold
ROUTE_ERRNOS = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A regular file in the client's directory. *modified* is in UTC, ``None`` if the server hides it."""

    name: str
    size: int
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class RemoteListing:
    """The regular *files* of a directory; *not_understood* are lines of the listing that may hide others."""

    files: Sequence[RemoteFile]
    not_understood: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[RemoteFile]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


class FileChangedError(EndpointUnavailableError):
    """A file is not as long as the listing said: it is still being uploaded, or was replaced."""


class EndpointUnreachableError(EndpointUnavailableError):
    """There is no answer at the address; another attempt in the same run is useless."""


class Endpoint(Protocol):
    """One session in one directory of a client's server. Names are bare: no path reaches it.

    Every method raises ``EndpointUnavailableError`` for what may pass (network, 4xx) and ``EndpointError``
    for what will not (5xx); ``EndpointProtocolError`` when the server breaks its rules. The session
    is opened by the first call that needs it.
    """

    def list(self) -> RemoteListing:
        """The regular files of the directory, in no particular order."""

    def modified(self, name: str) -> datetime | None:
        """When *name* was last changed (UTC), for a server whose listing does not tell; ``None``: unknown."""

    def download(self, name: str, target: Path, *, size: int | None = None, resume: bool = False) -> None:
        """Stream the remote file *name* into *target*, byte for byte, replacing it.

        With *size* (bytes, as listed) never write more than that, and raise ``FileChangedError`` unless it
        was exactly that. With *resume* go on where *target* ends, if the server can; else start again.
        """

    def upload(self, source: Path, name: str) -> None:
        """Stream *source* to the remote *name*; the caller chooses a temporary name, if any."""

    def rename(self, old: str, new: str) -> None:
        """Give the remote file *old* the name *new*, replacing a file of that name."""

    def move(self, name: str, directory: str) -> None:
        """Move the remote file *name* into *directory* (relative, or absolute), made if need be."""

    def delete(self, name: str) -> None:
        """Remove the remote file *name*; no error when it is not there."""

    def size(self, name: str) -> int | None:
        """The remote file's size in bytes, ``None`` when it does not exist."""

    def close(self) -> None:
        """End the session; never raises."""


def check_bare_name(name: str) -> str:
    """*name*, if it is safe as the name of one file here and there.

    Raises ``EndpointProtocolError`` for a path, a control character, and what is too long.
    """
    if (
        name in ("", ".", "..")
        or any(letter in "/\\" or ord(letter) < 32 or letter == "\x7f" for letter in name)
        or len(name.encode("utf-8", "surrogatepass")) > MAX_FILE_NAME_BYTES
    ):
        excerpt = name if len(name) <= 60 else name[:57] + "..."
        raise EndpointProtocolError(f"{excerpt!r} is no name of a file", hint="rename it on the server")
    return name
