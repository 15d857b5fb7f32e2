"""A client's directory on an SFTP server; the only importer of paramiko (the extra ``mpftp[sftp]``)."""

from __future__ import annotations

import errno
import logging
import posixpath
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import paramiko

from mpftp.domain.endpoint import (
    EndpointUnreachableError,
    FileChangedError,
    RemoteFile,
    RemoteListing,
    check_bare_name,
)
from mpftp.errors import EndpointError, EndpointProtocolError, EndpointUnavailableError, MpftpError

# What goes wrong is told by our errors; paramiko's own log would reach cron's mail as a traceback.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

REQUEST_CHUNK_BYTES = 32 * 1024  # what every SFTP server answers in one piece
MAX_REQUESTS_UNDER_WAY = 64  # requests under way while a file streams
MAX_LISTED_FILES = 200_000


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """How to reach one directory of one server. Times are in seconds, *visit_seconds* for all sessions."""

    host: str
    port: int
    user: str
    password: Callable[[], str] = field(repr=False)
    directory: str = ""
    known_hosts: Path = Path("~/.ssh/known_hosts")
    key_file: Path | None = None
    timeout: float = 60.0
    visit_seconds: float = 1800.0


class SftpEndpoint:
    """An ``Endpoint`` over one SFTP session; the server's key must be known before."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings
        self._server = f"{settings.host}:{settings.port}"
        self._client: paramiko.SSHClient | None = None
        self._sftp: paramiko.SFTPClient | None = None
        self._watch: threading.Timer | None = None
        self._ends = 0.0

    @contextmanager
    def _using(self, what: str) -> Iterator[paramiko.SFTPClient]:
        """The open session, for one action that *what* names; dropped when the line is broken."""
        try:
            yield self._open()
        except MpftpError:
            self._drop()
            raise
        except (paramiko.SSHException, EOFError, OSError) as error:
            self._drop()
            if self._ends and time.monotonic() >= self._ends:
                raise self._too_long(what) from error
            raise self._translated(error, what) from error

    def _too_long(self, what: str) -> EndpointUnreachableError:
        limit = self._settings.visit_seconds
        return EndpointUnreachableError(
            f"{self._server}: cannot {what}: the visit took longer than {limit:g} seconds",
            hint="the next run tries again; visit_seconds sets the limit",
        )

    def _translated(self, error: Exception, what: str) -> MpftpError:
        start = f"{self._server}: cannot {what}"
        settings = self._settings
        if isinstance(error, paramiko.BadHostKeyException):
            return EndpointError(
                f"{start}: the server shows another key than the one in {settings.known_hosts}",
                hint="ask its owner whether the key was changed; if so, replace it in known_hosts",
            )
        if isinstance(error, paramiko.AuthenticationException):
            return EndpointError(f"{start}: login refused", hint="check user, password or key of this client")
        if isinstance(error, (paramiko.ssh_exception.NoValidConnectionsError, socket.gaierror)):
            return EndpointUnreachableError(f"{start}: nobody answers", hint="check endpoint and port")
        if isinstance(error, OSError) and error.errno in PERMANENT_ERRNOS:
            return EndpointError(
                f"{start}: {error.strerror or error}", hint="check the directory and its rights"
            )
        if isinstance(error, paramiko.SSHException) and "known_hosts" in str(error):
            return EndpointError(
                f"{start}: the server's key is not known",
                hint=f"compare `ssh-keyscan -p {settings.port} {settings.host}` with its owner's word,"
                f" and add it to {settings.known_hosts}",
            )
        return EndpointUnavailableError(f"{start}: {str(error)[:200] or 'the server closed the connection'}",
                                 hint="the next run tries again")  # fmt: skip

    def _open(self) -> paramiko.SFTPClient:
        if self._sftp is None:
            now = time.monotonic()
            self._ends = self._ends or now + self._settings.visit_seconds
            if now >= self._ends:
                raise self._too_long("log in")
            self._client = client = paramiko.SSHClient()
            self._watch = threading.Timer(self._ends - now, client.close)
            self._watch.daemon = True
            self._watch.start()
            self._log_in(client)
            self._sftp = client.open_sftp()
            channel = self._sftp.get_channel()
            if channel is not None:
                channel.settimeout(self._settings.timeout)
            if self._settings.directory:
                self._sftp.chdir(self._settings.directory)
        return self._sftp

    def _log_in(self, client: paramiko.SSHClient) -> None:
        settings = self._settings
        known = settings.known_hosts.expanduser()
        if known.exists():
            client.load_host_keys(str(known))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(
            settings.host,
            settings.port,
            settings.user,
            settings.password() or None,
            key_filename=str(settings.key_file) if settings.key_file else None,
            timeout=settings.timeout,
            banner_timeout=settings.timeout,
            auth_timeout=settings.timeout,
            look_for_keys=False,
            allow_agent=False,
        )

    def _drop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if self._client is not None:
            self._client.close()
        self._client = self._sftp = self._watch = None

    def list(self) -> RemoteListing:
        """The regular files, with their times."""
        files = []
        with self._using("list the directory") as sftp:
            for entry in sftp.listdir_iter():
                if stat.S_ISREG(entry.st_mode or 0) and entry.st_size is not None:
                    files.append(RemoteFile(entry.filename, entry.st_size, _moment(entry.st_mtime)))
                    if len(files) > MAX_LISTED_FILES:
                        raise EndpointProtocolError(
                            f"{self._server}: more than {MAX_LISTED_FILES} files in a listing"
                        )
        return RemoteListing(files)

    def modified(self, name: str) -> datetime | None:
        """When *name* was last changed."""
        with self._using(f"look at {name}") as sftp:
            return _moment(sftp.lstat(check_bare_name(name)).st_mtime)

    def download(self, name: str, target: Path, *, size: int | None = None, resume: bool = False) -> None:
        """Stream with many requests under way; SFTP can always go on where a copy ends."""
        offset = target.stat().st_size if resume and target.exists() else 0
        if size is not None and offset >= size:
            offset = 0
        with self._using(f"fetch {name}") as sftp, sftp.open(check_bare_name(name), "rb") as remote:
            length = remote.stat().st_size or 0
            if size is not None and length != size:
                raise FileChangedError(f"{self._server}: {name} has {length} bytes, the listing said {size}")
            remote.prefetch(length, MAX_REQUESTS_UNDER_WAY)
            remote.seek(offset)
            with target.open("ab" if offset else "wb") as file:
                while offset < length and (block := remote.read(REQUEST_CHUNK_BYTES)):
                    file.write(block)
                    offset += len(block)
            if offset != length:
                raise FileChangedError(f"{self._server}: {name} ended after {offset} of {length} bytes")

    def upload(self, source: Path, name: str) -> None:
        """Stream *source* there; the server confirms each piece."""
        with (
            self._using(f"store {name}") as sftp,
            source.open("rb") as file,
            sftp.open(check_bare_name(name), "wb") as remote,
        ):
            remote.set_pipelined(True)
            while block := file.read(REQUEST_CHUNK_BYTES):
                remote.write(block)

    def rename(self, old: str, new: str) -> None:
        """Rename, replacing in one step where the server can (posix-rename@openssh.com)."""
        with self._using(f"rename {old} to {new}") as sftp:
            check_bare_name(old)
            check_bare_name(new)
            try:
                sftp.posix_rename(old, new)
            except FileNotFoundError:
                raise
            except OSError:
                if self._size(sftp, new) is not None:
                    sftp.remove(new)
                sftp.rename(old, new)

    def move(self, name: str, directory: str) -> None:
        """Rename into *directory*, made if need be."""
        with self._using(f"move {name} to {directory}") as sftp:
            parts = directory.split("/")
            for end in range(1, len(parts) + 1):
                path = "/".join(parts[:end])
                if path and not _exists(sftp, path):
                    sftp.mkdir(path)
            sftp.rename(check_bare_name(name), posixpath.join(directory, name))

    def delete(self, name: str) -> None:
        """Remove *name* if it is there."""
        with self._using(f"delete {name}") as sftp:
            if self._size(sftp, check_bare_name(name)) is not None:
                sftp.remove(name)

    def size(self, name: str) -> int | None:
        """Bytes of *name*."""
        with self._using(f"look at {name}") as sftp:
            return self._size(sftp, check_bare_name(name))

    @staticmethod
    def _size(sftp: paramiko.SFTPClient, name: str) -> int | None:
        try:
            size: int | None = sftp.lstat(name).st_size
        except FileNotFoundError:
            return None
        return size

    def close(self) -> None:
        """End the session."""
        self._drop()


PERMANENT_ERRNOS = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}


def _exists(sftp: paramiko.SFTPClient, path: str) -> bool:
    try:
        sftp.stat(path)
    except FileNotFoundError:
        return False
    return True


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
