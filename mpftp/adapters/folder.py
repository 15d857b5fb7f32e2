"""A local folder as a client's server (``file://``): for shared disks, and for trials."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from mpftp.domain.endpoint import FileChangedError, RemoteFile, RemoteListing, check_bare_name
from mpftp.errors import EndpointError, EndpointUnavailableError
from mpftp.permissions import denied

TRANSIENT_ERRNOS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.ESTALE,
    errno.ETIMEDOUT,
    errno.EHOSTDOWN,
    errno.EBUSY,
}
COPY_CHUNK_BYTES = 1 << 20


class FolderEndpoint:
    """An ``Endpoint`` over a directory of this machine. Symbolic links are not followed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def list(self) -> RemoteListing:
        """The regular files; one that vanishes while we look is left out."""
        with self._explained("list the folder"), os.scandir(self._path) as entries:
            return RemoteListing([file for entry in entries if (file := _seen(entry))])

    def modified(self, name: str) -> datetime | None:
        """When *name* was last changed."""
        with self._explained(f"look at {name}"):
            return _modified_at(os.lstat(self._path / check_bare_name(name)))

    def download(self, name: str, target: Path, *, size: int | None = None, resume: bool = False) -> None:
        """Copy *name*; a local copy is never resumed."""
        with self._explained(f"read {name}"), self._open(name) as source, target.open("wb") as copy:
            while block := source.read(COPY_CHUNK_BYTES):
                if size is not None and copy.tell() + len(block) > size:
                    raise FileChangedError(f"{self._path / name}: grew while it was read")
                copy.write(block)
            if size is not None and copy.tell() != size:
                raise FileChangedError(f"{self._path / name}: shrank while it was read")

    def _open(self, name: str) -> BinaryIO:
        descriptor = os.open(self._path / check_bare_name(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return os.fdopen(descriptor, "rb")

    def upload(self, source: Path, name: str) -> None:
        """Copy *source* here and have the disk hold it before this returns."""
        target = self._path / check_bare_name(name)
        with self._explained(f"write {name}"), source.open("rb") as data, target.open("wb") as copy:
            shutil.copyfileobj(data, copy, COPY_CHUNK_BYTES)
            copy.flush()
            os.fsync(copy.fileno())

    def rename(self, old: str, new: str) -> None:
        """Rename, replacing atomically."""
        with self._explained(f"rename {old} to {new}"):
            os.replace(self._path / check_bare_name(old), self._path / check_bare_name(new))

    def move(self, name: str, directory: str) -> None:
        """Move *name* into *directory*, which counts from the folder."""
        with self._explained(f"move {name} to {directory}"):
            target = self._path / directory
            target.mkdir(parents=True, exist_ok=True)
            os.replace(self._path / check_bare_name(name), target / check_bare_name(name))

    def delete(self, name: str) -> None:
        """Remove *name* if it is there."""
        with self._explained(f"delete {name}"):
            (self._path / check_bare_name(name)).unlink(missing_ok=True)

    def size(self, name: str) -> int | None:
        """Bytes of the regular file *name*."""
        with self._explained(f"look at {name}"):
            try:
                status = os.lstat(self._path / check_bare_name(name))
            except FileNotFoundError:
                return None
            return status.st_size if stat.S_ISREG(status.st_mode) else None

    def close(self) -> None:
        """Nothing is held between calls."""

    @contextmanager
    def _explained(self, action: str) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise denied(EndpointError, Path(os.fsdecode(error.filename or self._path))) from error
        except OSError as error:
            kind = EndpointUnavailableError if error.errno in TRANSIENT_ERRNOS else EndpointError
            raise kind(
                f"{self._path}: cannot {action}: {error.strerror}",
                hint="check that the folder exists and that this user may read and write it",
            ) from error


def _seen(entry: os.DirEntry[str]) -> RemoteFile | None:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return RemoteFile(entry.name, status.st_size, _modified_at(status))


def _modified_at(status: os.stat_result) -> datetime:
    """The time of last change in whole milliseconds, as the state file keeps times."""
    return datetime.fromtimestamp(status.st_mtime_ns // 1_000_000 / 1000, UTC)
