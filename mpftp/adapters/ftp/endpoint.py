"""A client's directory on an FTP or FTPS server."""

from __future__ import annotations

import ftplib
import math
import os
import posixpath
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import ftputil

from mpftp.adapters.ftp.advice import CommandSituation
from mpftp.adapters.ftp.control import FtpProtocolError, SshServerError
from mpftp.adapters.ftp.error_mapping import map_errors
from mpftp.adapters.ftp.listing import parse_list, parse_mlsd, parse_mlsd_time
from mpftp.adapters.ftp.session import TRANSFER_CHUNK_BYTES, FtpSession
from mpftp.adapters.ftp.settings import FtpSettings
from mpftp.domain.endpoint import EndpointUnreachableError, FileChangedError, RemoteListing, check_bare_name
from mpftp.domain.foreign_text import clean_foreign_text
from mpftp.errors import EndpointError, EndpointUnavailableError

NOT_IMPLEMENTED_REPLIES = ("500", "501", "502", "504", "202")
DENIED = r"denied|permission|not allowed|forbidden|privileg|negad|permiss"
NOT_ALL = r"trunc|tronc|tronq|abgeschnitten|gek.+rzt|afgekapt"  # Pure-FTPd's, in its languages
NOTHING = r"no (such )?files?\b|not found|cannot find|empty|nothing|nenhum|vazi|encontrad|no hay|aucun|keine"


class FtpEndpoint:
    """An ``Endpoint`` over one FTP session.

    ftputil opens the session and knows the directory and the listings' manners. Transfers go straight
    to the session: ftputil's file objects log in a second time, send five commands a file where two
    do, and take 426 and 451 at the end of a transfer, and a late 226, for success (``FTPFile.close``).
    """

    def __init__(self, settings: FtpSettings) -> None:
        self.settings = settings
        self._server = f"{settings.host}:{settings.port}"
        self._session: FtpSession | None = None
        self._host: ftputil.FTPHost | None = None
        self._ends = math.inf
        self._has_mlsd = True
        self._has_size = False
        self._bears_noop = True
        self._unconfirmed: tuple[object, ...] = ()  # the upload whose end the server has not told

    @contextmanager
    def _session_for(self, action: str) -> Iterator[FtpSession]:
        """The open session, for one action that *action* names; dropped when the line is broken."""
        try:
            with map_errors(self._server, action, self._situation):
                yield self._open()
        except EndpointUnavailableError as error:
            expired = self._session is not None and self._session.expired
            self._drop()
            if expired:
                raise self._is_time_over(action) from error
            raise
        except BaseException:
            # After an error nobody knows which reply the server will send next.
            self._drop()
            raise

    def _is_time_over(self, action: str) -> EndpointUnavailableError:
        limit = self.settings.visit_seconds
        return EndpointUnreachableError(
            f"{self._server}: cannot {action}: the visit took longer than {limit:g} seconds",
            hint="the next run tries again; visit_seconds sets the limit",
        )

    def _open(self) -> FtpSession:
        if self._session is None:
            now = time.monotonic()
            self._ends = min(self._ends, now + self.settings.visit_seconds)
            if now >= self._ends:
                raise self._is_time_over("log in")
            with map_errors(self._server, "connect and log in", self._situation, connecting=True):
                session = self._session = FtpSession(self.settings, self._ends - now)
                session.open()
            self.go_on_with(session)
        return self._session

    def go_on_with(self, session: FtpSession) -> None:
        """Use *session*, which is logged in, and enter the directory. Raises as the first action would."""
        self._session = session
        session.bears_noop = self._bears_noop
        with map_errors(self._server, f"enter the directory {self.settings.directory}", self._situation):
            self._host = ftputil.FTPHost(session_factory=lambda: session)
            self._host.set_time_shift(0.0)
            if self.settings.directory:
                self._host.chdir(self.settings.directory)

    def _drop(self) -> None:
        if self._session is not None:
            # A transfer that broke after a NOOP may have broken by it.
            self._bears_noop = self._bears_noop and not self._session.unanswered
            self._session.close()
        self._session = self._host = None

    def _situation(self) -> CommandSituation:
        return self._session.situation() if self._session else CommandSituation()

    def list(self) -> RemoteListing:
        """The regular files: MLSD with times in UTC, or LIST without times; ``modified`` tells them."""
        with self._session_for("list the directory") as session:
            listing = self._list(session)
            if re.search(NOT_ALL, session.last_word, re.IGNORECASE):
                words = clean_foreign_text(session.last_word, session.strike)
                raise EndpointError(
                    f"{self._server}: cannot list the directory: not all files are shown: {words}",
                    hint="have old files moved or deleted there, or ask its owner to raise that limit",
                )
            return listing

    def _list(self, session: FtpSession) -> RemoteListing:
        if self._has_mlsd:
            try:
                listing = parse_mlsd(session.retrieve_lines("MLSD"))
            except (ftplib.error_perm, ftplib.error_temp) as error:
                if session.verb != "MLSD" or str(error).startswith("421"):
                    raise
                self._has_mlsd = False
            else:
                return self._better(session, listing) if listing.not_understood else listing
        return self._list_by_list(session)

    def _better(self, session: FtpSession, listing: RemoteListing) -> RemoteListing:
        """*listing*, or what LIST tells where fewer lines are left: some servers' facts have no size."""
        try:
            return min(listing, self._list_by_list(session), key=lambda one: len(one.not_understood))
        except (ftplib.error_perm, ftplib.error_temp) as error:
            if str(error).startswith("421"):
                raise
            return listing

    @staticmethod
    def _list_by_list(session: FtpSession) -> RemoteListing:
        try:
            return parse_list(session.retrieve_lines("LIST"))
        except (ftplib.error_perm, ftplib.error_temp) as error:
            if session.verb != "LIST" or not _is_empty(session, str(error)):
                raise
            return RemoteListing([])

    def describe_ways(self) -> str:
        """By which commands the directory was listed, and which the server refused; ``""`` before that."""
        if self._session is None or not self._session.data_command:
            return ""
        refused = [*([] if self._has_mlsd else ["MLSD"]), *self._session.refused]
        taken = f"by {'MLSD' if self._has_mlsd else 'LIST'} and {self._session.data_command}"
        return f"{taken} ({' and '.join(refused)} refused)" if refused else taken

    def modified(self, name: str) -> datetime | None:
        """MDTM (RFC 3659, section 3); ``None`` where the server has none, or none now."""
        with self._session_for(f"look at {name}") as session:
            try:
                return parse_mlsd_time(session.sendcmd(f"MDTM {check_bare_name(name)}")[4:])
            except (ftplib.error_perm, ftplib.error_temp) as error:
                if str(error).startswith("421"):
                    raise
                return None

    def download(self, name: str, target: Path, *, size: int | None = None, resume: bool = False) -> None:
        """RETR, after REST when there is something to go on from and the server can.

        A copy that has all its bytes already is left alone: only the word that they were all was lost.
        """
        offset = target.stat().st_size if resume and target.exists() else 0
        with self._session_for(f"fetch {name}") as session:
            session.binary()
            if offset and offset == size and self._size(session, check_bare_name(name)) == size:
                return
            if offset and size is not None and offset < size:
                try:
                    self._fetch(session, name, target, size, offset)
                except ftplib.error_perm as error:
                    if not str(error).startswith(NOT_IMPLEMENTED_REPLIES):
                        raise
                else:
                    return
            self._fetch(session, name, target, size, 0)

    def _fetch(self, session: FtpSession, name: str, target: Path, size: int | None, offset: int) -> None:
        blocks = session.retrieve_blocks(f"RETR {check_bare_name(name)}", offset or None)
        with closing(blocks), target.open("ab" if offset else "wb") as file:
            done = offset
            for block in blocks:
                done += len(block)
                if size is not None and done > size:
                    raise FileChangedError(
                        f"{self._server}: {name} is longer than the listing said ({size} bytes)"
                    )
                file.write(block)
        if size is not None and done != size:
            raise FileChangedError(f"{self._server}: {name} has {done} bytes, the listing said {size}")

    def upload(self, source: Path, name: str) -> None:
        """STOR, after what lies there by that name: some servers never replace, and store beside it.

        When all the bytes of an earlier attempt are there, only the word that they arrived was lost.
        Raises ``EndpointError`` when *name* does not hold what was sent.
        """
        with self._session_for(f"store {name}") as session, source.open("rb") as file:
            session.binary()
            made = os.fstat(file.fileno())
            upload = (check_bare_name(name), source, made.st_mtime_ns, made.st_size)
            if self._unconfirmed == upload and self._size(session, name) == made.st_size:
                return
            self._unconfirmed = ()
            kept = self._make_way(session, name)
            try:
                session.store(f"STOR {name}", iter(lambda: file.read(TRANSFER_CHUNK_BYTES), b""))
            except (EOFError, OSError):
                self._unconfirmed = upload if kept is None else ()  # else the older file may be the whole one
                raise
            stored, sent = self._size(session, name), file.tell()
        is_replaced = stored == sent and kept == sent and self._holds(session, name, source)
        if kept is not None and stored == kept and not is_replaced:
            raise EndpointError(
                f"{self._server}: cannot store {name}: the server keeps the file that lies there",
                hint=f"delete {name} there, and let the login replace or delete files",
            )
        if stored != sent:
            raise EndpointUnavailableError(f"{self._server}: {name}: {stored or 0} of {sent} bytes arrived")

    @staticmethod
    def _holds(session: FtpSession, name: str, source: Path) -> bool:
        """Whether *name* has the bytes of *source*; not known, so no, where it may not be read."""
        try:
            with closing(session.retrieve_blocks(f"RETR {name}")) as blocks, source.open("rb") as file:
                return all(block == file.read(len(block)) for block in blocks) and not file.read(1)
        except ftplib.error_perm:
            return False

    def _make_way(self, session: FtpSession, name: str) -> int | None:
        """Delete *name* if it is there; its size if the server does not let us."""
        stale = self._size(session, name)
        if stale is None:
            return None
        try:
            session.delete(name)
        except ftplib.error_perm:
            return stale
        return None

    def rename(self, old: str, new: str) -> None:
        """RNFR and RNTO; where the server does not replace, the old file goes first."""
        with self._session_for(f"rename {old} to {new}") as session:
            try:
                session.rename(check_bare_name(old), check_bare_name(new))
            except ftplib.error_perm:
                with _verb_of(session):
                    sizes = self._size(session, old), self._size(session, new)
                if None in sizes:
                    raise
                session.delete(new)
                session.rename(old, new)

    def move(self, name: str, directory: str) -> None:
        """Rename into *directory*, which is made when the first try fails; see ``rename``."""
        with self._session_for(f"move {name} to {directory}") as session:
            target = posixpath.join(directory, check_bare_name(name))
            try:
                session.rename(name, target)
            except (ftplib.error_perm, ftplib.error_temp):
                self._make(session, directory)
                self._replace(session, name, target)

    @staticmethod
    def _replace(session: FtpSession, name: str, target: str) -> None:
        """Rename; where only a file that lies at *target* is in the way, it goes."""
        try:
            session.rename(name, target)
        except ftplib.error_perm:
            is_there = False
            with _verb_of(session), suppress(ftplib.error_perm):
                if session.verb == "RNTO":
                    session.binary()
                    is_there = session.size(target) is not None
            if not is_there:
                raise
            session.delete(target)
            session.rename(name, target)

    @staticmethod
    def _make(session: FtpSession, directory: str) -> None:
        parts = directory.split("/")
        for end in range(1, len(parts) + 1):
            path = "/".join(parts[:end])
            if path:
                try:
                    session.mkd(path)
                except ftplib.error_perm:
                    continue

    def delete(self, name: str) -> None:
        """DELE; a refusal for a file that is not there is as good."""
        with self._session_for(f"delete {name}") as session:
            try:
                session.delete(check_bare_name(name))
            except ftplib.error_perm:
                with _verb_of(session):
                    is_gone = self._size(session, name) is None
                if not is_gone:
                    raise

    def size(self, name: str) -> int | None:
        """SIZE in binary mode, or the listing's word where the server has no SIZE."""
        with self._session_for(f"look at {name}") as session:
            return self._size(session, check_bare_name(name))

    def _size(self, session: FtpSession, name: str) -> int | None:
        """SIZE's word; while it never gave one, a refusal may be of the command, and the listing tells."""
        session.binary()
        try:
            size = session.size(name)
        except ValueError:  # 213, and no number
            is_known = False
        except ftplib.error_perm as error:
            is_known = not str(error).startswith(NOT_IMPLEMENTED_REPLIES)
        else:
            self._has_size = True
            return size
        if is_known and self._has_size:
            return None
        try:
            return next((file.size for file in self._list(session) if file.name == name), None)
        except ftplib.error_perm:
            if is_known:
                return None
            raise

    def close(self) -> None:
        """Send QUIT; never raises."""
        if self._session is not None:
            with suppress(ftplib.Error, EOFError, OSError, FtpProtocolError, SshServerError):
                self._session.quit()
            self._drop()


@contextmanager
def _verb_of(session: FtpSession) -> Iterator[None]:
    """Ask the server more about a refusal: whoever says why, it is still the earlier command's."""
    verb = session.verb
    try:
        yield
    finally:
        session.verb = verb


def _is_empty(session: FtpSession, refusal: str) -> bool:
    """Whether a LIST was refused only because nothing lies there: 450 and 550 say so on some servers.

    Then the directory can be entered, and the words tell of nothing found, or are those about any file
    that is not there.
    """
    if refusal[:3] not in ("450", "550") or re.search(DENIED, refusal, re.IGNORECASE):
        return False
    with _verb_of(session):
        return _is_nothing_there(session, refusal)


def _is_nothing_there(session: FtpSession, refusal: str) -> bool:
    try:
        session.cwd(".")
    except ftplib.error_perm:
        return False
    if re.search(NOTHING, refusal, re.IGNORECASE):
        return True
    absent = f"mpftp-{secrets.token_hex(4)}"
    try:
        session.sendcmd(f"SIZE {absent}")
    except ftplib.error_perm as error:
        return _words(str(error).replace(absent, "")) == _words(refusal)
    return False


def _words(reply: str) -> list[str]:
    return re.findall(r"\w+", reply.casefold())
