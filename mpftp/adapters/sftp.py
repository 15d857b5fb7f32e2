"""A client's directory on an SFTP server; the only importer of paramiko (the extra ``mpftp[sftp]``)."""

from __future__ import annotations

import errno
import logging
import math
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
from paramiko import sftp as wire

from mpftp.domain.dialogue import format_received
from mpftp.domain.endpoint import (
    ROUTE_ERRNOS,
    EndpointUnreachableError,
    FileChangedError,
    RemoteFile,
    RemoteListing,
    check_bare_name,
)
from mpftp.domain.foreign_text import clean_foreign_text, make_secret_filter
from mpftp.errors import EndpointError, EndpointProtocolError, EndpointUnavailableError, MpftpError

log = logging.getLogger("mpftp.sftp")

# What goes wrong is told by our errors; paramiko's own log would reach cron's mail as a traceback.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

REQUEST_CHUNK_BYTES = 32 * 1024  # what every SFTP server answers in one piece
MAX_REQUESTS_UNDER_WAY = 64  # requests under way while a file streams
MAX_LISTED_FILES = 200_000


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """A directory of *client*'s server. Times are in seconds, *visit_seconds* for all sessions together."""

    client: str
    host: str
    port: int
    user: str
    password: Callable[[], str] = field(repr=False)
    directory: str
    encoding: str
    known_hosts: Path
    key_file: Path | None
    timeout: float
    visit_seconds: float


class _DialogueHandler(logging.Handler):
    """Brings what paramiko tells of a session into our log; it is logged to *channel* for that."""

    def __init__(self, settings: SftpSettings) -> None:
        super().__init__()
        self.channel = f"paramiko.{settings.client}"
        logger = logging.getLogger(self.channel)
        logger.handlers, logger.propagate = [self], False
        logger.setLevel(logging.DEBUG)
        self._peer, self._about = f"{settings.host}:{settings.port}", {"client": settings.client}
        self._strike = make_secret_filter(settings.password())

    def emit(self, record: logging.LogRecord) -> None:
        """Log *record* as a step, of whichever level: what it means is told by our errors."""
        log.debug("%s", format_received(self._peer, record.getMessage(), self._strike), extra=self._about)


class _RawSftpClient(paramiko.SFTPClient):  # type: ignore[misc]
    """What of paramiko's client takes names and texts for UTF-8: on the wire they are bytes."""

    def entries(self, folder: bytes) -> Iterator[tuple[bytes, bytes, paramiko.SFTPAttributes]]:
        """Each entry of *folder*: its name, its line in a listing, and its attributes."""
        handle = self._request(wire.CMD_OPENDIR, folder)[1].get_string()
        try:
            while True:
                answer = self._request(wire.CMD_READDIR, handle)[1]
                for _ in range(answer.get_int()):
                    name, line = answer.get_string(), answer.get_string()
                    yield name, line, paramiko.SFTPAttributes._from_msg(answer)  # noqa: SLF001 - no other way
        except EOFError:
            self._request(wire.CMD_CLOSE, handle)

    def _convert_status(self, msg: paramiko.Message) -> None:
        code, text = msg.get_int(), msg.get_string().decode("utf-8", "replace")
        if code == wire.SFTP_EOF:
            raise EOFError(text)
        if code == wire.SFTP_NO_SUCH_FILE:
            raise FileNotFoundError(errno.ENOENT, text)
        if code == wire.SFTP_PERMISSION_DENIED:
            raise PermissionError(errno.EACCES, text)
        if code != wire.SFTP_OK:
            raise OSError(text)


class SftpEndpoint:
    """An ``Endpoint`` over one SFTP session; the server's key must be known before."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings
        self._server = f"{settings.host}:{settings.port}"
        self._directory = settings.directory.encode(settings.encoding, "surrogateescape")
        self._client: paramiko.SSHClient | None = None
        self._sftp: _RawSftpClient | None = None
        self._sock: socket.socket | None = None
        self._watch: threading.Timer | None = None
        self._ends = 0.0

    @contextmanager
    def _using(self, action: str) -> Iterator[_RawSftpClient]:
        """The open session, for one action that *action* names; dropped when the line is broken."""
        log.debug("%s > %s", self._server, action, extra={"client": self._settings.client})
        try:
            yield self._open()
        except MpftpError:
            self._drop()
            raise
        except (paramiko.SSHException, EOFError, OSError, ValueError) as error:
            self._drop()
            if self._ends and time.monotonic() >= self._ends:
                raise self._too_long(action) from error
            raise self._translated(error, action) from error

    def _path(self, name: str) -> bytes:
        """*name* as the server's own bytes, in the client's directory."""
        return self._in_directory(check_bare_name(name).encode(self._settings.encoding, "surrogateescape"))

    def _in_directory(self, path: bytes) -> bytes:
        if not self._directory or path.startswith(b"/"):
            return path
        return self._directory.rstrip(b"/") + b"/" + path

    def _too_long(self, action: str) -> EndpointUnreachableError:
        limit = self._settings.visit_seconds
        return EndpointUnreachableError(
            f"{self._server}: cannot {action}: the visit took longer than {limit:g} seconds",
            hint="the next run tries again; visit_seconds sets the limit",
        )

    def _translated(self, error: Exception, action: str) -> MpftpError:
        start = f"{self._server}: cannot {action}"
        settings, is_ssh = self._settings, isinstance(error, paramiko.SSHException)
        if isinstance(error, paramiko.BadHostKeyException):
            return EndpointError(
                f"{start}: the server shows another key than the one in {settings.known_hosts}",
                hint="ask its owner whether the key was changed; if so, replace it in known_hosts",
            )
        if isinstance(error, paramiko.AuthenticationException):
            return EndpointError(f"{start}: login refused", hint="check user, password or key of this client")
        if isinstance(error, (ConnectionRefusedError, socket.gaierror)) or _errno(error) in ROUTE_ERRNOS:
            return EndpointUnreachableError(f"{start}: nobody answers", hint="check endpoint and port")
        if _errno(error) in PERMANENT_ERRNOS:
            words = self._clean(getattr(error, "strerror", "") or str(error))
            return EndpointError(f"{start}: {words}", hint="check the directory and its rights")
        if is_ssh and "known_hosts" in str(error):
            return EndpointError(
                f"{start}: the server's key is not known",
                hint=f"compare `ssh-keyscan -p {settings.port} {settings.host}` with its owner's word,"
                f" and add it to {settings.known_hosts}",
            )
        if is_ssh and str(error).startswith("Incompatible"):
            hint = "the server's SSH is too old; ask its owner to bring it up to date"
            return EndpointError(f"{start}: {self._clean(str(error))}", hint=hint)
        if isinstance(error, ValueError):
            words = self._clean(str(error))
            return EndpointProtocolError(f"{start}: {words}", hint="check encoding; else ask its owner")
        hint = "the next run tries again"
        if is_ssh and "banner" in str(error):
            hint = "check that an SSH server answers at this port (an FTP server wants ftp://); " + hint
        words = "no answer in time" if isinstance(error, TimeoutError) else self._clean(str(error))
        return EndpointUnavailableError(f"{start}: {words or 'the server closed the connection'}", hint=hint)

    def _clean(self, words: str) -> str:
        return clean_foreign_text(words, make_secret_filter(self._settings.password()))

    def _open(self) -> _RawSftpClient:
        if self._sftp is None:
            self._ends = self._ends or time.monotonic() + self._settings.visit_seconds
            client = self._client = paramiko.SSHClient()
            self._sock = self._dial()
            self._watch = threading.Timer(self._seconds_left("log in", math.inf), _cut, [self._sock])
            self._watch.daemon = True
            self._watch.start()
            self._log_in(client)
            self._sftp = self._begin(client)
            self._enter(self._sftp)
        return self._sftp

    def _seconds_left(self, action: str, limit: float) -> float:
        left = min(limit, self._ends - time.monotonic())
        if left <= 0:
            raise self._too_long(action)
        return left

    def _dial(self) -> socket.socket:
        """Connect the socket here, so that the visit's time limit can cut an attempt of paramiko."""
        settings, last = self._settings, OSError("the host has no address")
        for family, _, _, _, address in socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        ):
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(self._seconds_left("connect", settings.timeout))
                sock.connect(address)
            except BaseException as error:
                sock.close()
                if not isinstance(error, OSError):
                    raise
                last = error
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                return sock
        raise last

    def _log_in(self, client: paramiko.SSHClient) -> None:
        settings = self._settings
        if log.isEnabledFor(logging.DEBUG):
            client.set_log_channel(_DialogueHandler(settings).channel)
        known = settings.known_hosts.expanduser()
        if known.exists():
            client.load_host_keys(str(known))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        seconds = self._seconds_left("log in", settings.timeout)
        client.connect(
            settings.host,
            settings.port,
            settings.user,
            settings.password() or None,
            key_filename=str(settings.key_file) if settings.key_file else None,
            sock=self._sock,
            timeout=seconds,
            banner_timeout=seconds,
            auth_timeout=seconds,
            channel_timeout=seconds,
            look_for_keys=False,
            allow_agent=False,
        )

    def _begin(self, client: paramiko.SSHClient) -> _RawSftpClient:
        """The ``sftp`` subsystem over a channel of its own."""
        transport = client.get_transport()
        if transport is None:
            raise EOFError("the server closed the connection")
        channel = transport.open_session(timeout=self._seconds_left("log in", self._settings.timeout))
        channel.settimeout(self._settings.timeout)
        channel.invoke_subsystem("sftp")
        return _RawSftpClient(channel)

    def _enter(self, sftp: _RawSftpClient) -> None:
        """Look at the directory, so that a wrong one is named."""
        if self._directory:
            try:
                sftp.stat(self._directory)
            except OSError as error:
                raise self._translated(error, f"enter the directory {self._settings.directory}") from error

    def _drop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if self._client is not None:
            self._client.close()
        if self._sock is not None:
            self._sock.close()
        self._client = self._sftp = self._watch = self._sock = None

    def list(self) -> RemoteListing:
        """The regular files, with their times; a byte that is none of the encoding's stays that byte."""
        files, malformed = [], []
        with self._using("list the directory") as sftp:
            for raw, line, entry in sftp.entries(self._directory or b"."):
                name = raw.decode(self._settings.encoding, "surrogateescape")
                is_file = stat.S_ISREG(entry.st_mode) if entry.st_mode else line.startswith(b"-")
                if is_file and entry.st_size is not None:
                    files.append(RemoteFile(name, entry.st_size, _modified_at(entry.st_mtime)))
                elif is_file or not (entry.st_mode or line):
                    malformed.append(name)
                if len(files) > MAX_LISTED_FILES:
                    raise EndpointProtocolError(f"{self._server}: lists over {MAX_LISTED_FILES} files")
        return RemoteListing(files, tuple(malformed))

    def modified(self, name: str) -> datetime | None:
        """When *name* was last changed."""
        with self._using(f"look at {name}") as sftp:
            return _modified_at(sftp.lstat(self._path(name)).st_mtime)

    def download(self, name: str, target: Path, *, size: int | None = None, resume: bool = False) -> None:
        """Stream with many requests under way; SFTP can always go on where a copy ends."""
        offset = target.stat().st_size if resume and target.exists() else 0
        if size is not None and offset > size:
            offset = 0
        with self._using(f"fetch {name}") as sftp, sftp.open(self._path(name), "rb") as remote:
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
        """Stream *source* there; the server confirms each piece, and its size is the proof."""
        with self._using(f"store {name}") as sftp, source.open("rb") as file:
            with sftp.open(self._path(name), "wb") as remote:
                remote.set_pipelined(True)
                while block := file.read(REQUEST_CHUNK_BYTES):
                    remote.write(block)
            stored = self._size(sftp, self._path(name))
            if stored != file.tell():
                raise EndpointUnavailableError(
                    f"{self._server}: {name}: {stored or 0} of {file.tell()} bytes arrived"
                )

    def rename(self, old: str, new: str) -> None:
        """Rename, replacing in one step where the server can (posix-rename@openssh.com)."""
        with self._using(f"rename {old} to {new}") as sftp:
            self._replace(sftp, self._path(old), self._path(new))

    def _replace(self, sftp: _RawSftpClient, source: bytes, target: bytes) -> None:
        try:
            sftp.posix_rename(source, target)
        except FileNotFoundError:
            raise
        except OSError:
            if self._size(sftp, target) is not None:
                sftp.remove(target)
            sftp.rename(source, target)

    def move(self, name: str, directory: str) -> None:
        """Rename into *directory*, made if need be, and replace a file of that name."""
        with self._using(f"move {name} to {directory}") as sftp:
            parts = directory.encode(self._settings.encoding, "surrogateescape").split(b"/")
            for end in range(1, len(parts) + 1):
                path = self._in_directory(b"/".join(parts[:end]))
                if parts[end - 1] and not _exists(sftp, path):
                    sftp.mkdir(path)
            source = self._path(name)
            self._replace(sftp, source, path.rstrip(b"/") + b"/" + source.rpartition(b"/")[2])

    def delete(self, name: str) -> None:
        """Remove *name* if it is there."""
        with self._using(f"delete {name}") as sftp:
            if self._size(sftp, self._path(name)) is not None:
                sftp.remove(self._path(name))

    def size(self, name: str) -> int | None:
        """Bytes of *name*."""
        with self._using(f"look at {name}") as sftp:
            return self._size(sftp, self._path(name))

    @staticmethod
    def _size(sftp: _RawSftpClient, path: bytes) -> int | None:
        try:
            size: int | None = sftp.lstat(path).st_size
        except FileNotFoundError:
            return None
        return size

    def close(self) -> None:
        """End the session."""
        self._drop()


PERMANENT_ERRNOS = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}


def _cut(sock: socket.socket) -> None:
    """Shut the connection down under whoever waits for it: the visit's time is over."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _errno(error: Exception) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _exists(sftp: _RawSftpClient, path: bytes) -> bool:
    try:
        sftp.stat(path)
    except FileNotFoundError:
        return False
    return True


def _modified_at(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
