"""What a stage needs of a client's server, whatever carries it (FTP, FTPS, SFTP, a local folder)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A regular file in the client's directory. *modified* is in UTC, ``None`` if the server hides it."""

    name: str
    size: int
    modified: datetime | None


class Endpoint(Protocol):
    """One open session in one directory of a client's server. Names are bare: no path reaches it.

    Every method raises ``EndpointAwayError`` for what may pass (network, 4xx) and ``EndpointError``
    for what will not (5xx); ``HostileEndpointError`` when the server breaks its rules.
    """

    def list(self) -> list[RemoteFile]:
        """The regular files of the directory, in no particular order."""

    def download(self, name: str, target: Path) -> None:
        """Stream the remote file *name* into *target*, byte for byte, replacing it."""

    def upload(self, source: Path, name: str) -> None:
        """Stream *source* to the remote *name*; the caller chooses a temporary name."""

    def rename(self, old: str, new: str) -> None:
        """Give the remote file *old* the name *new*, replacing a file of that name."""

    def delete(self, name: str) -> None:
        """Remove the remote file *name*; no error when it is not there."""

    def size(self, name: str) -> int | None:
        """The remote file's size in bytes, ``None`` when it does not exist."""

    def close(self) -> None:
        """End the session; never raises."""
