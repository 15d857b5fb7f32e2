"""One FTP control connection that trusts nothing: ftplib with limits, TLS on both channels, and a deadline.

It is the session that ``FTPHost`` of ftputil is given, so that one login serves listing and transfers.
"""

from __future__ import annotations

import ftplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO, cast

REPLY_BYTES = 64 * 1024  # one reply, banner included
LISTING_BYTES = 16 * 1024 * 1024
LINE_BYTES = 8192
CHUNK = 256 * 1024


Security = Literal["plain", "offered", "explicit", "implicit"]
"""No TLS; AUTH TLS if the server takes it; AUTH TLS or nothing; TLS from the first byte."""


@dataclass(frozen=True, slots=True)
class FtpSettings:
    """How to reach one directory of one server. Times are in seconds, *visit_seconds* for all sessions."""

    host: str
    port: int
    user: str
    password: Callable[[], str] = field(repr=False)
    directory: str = ""
    security: Security = "plain"
    verify: bool = True
    ca_file: Path | None = None
    passive: bool = True
    encoding: str = "utf-8"
    timeout: float = 60.0
    visit_seconds: float = 1800.0

    def context(self) -> ssl.SSLContext:
        """What is demanded of the server's certificate."""
        context = ssl.create_default_context(cafile=self.ca_file)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class RuleBreakError(Exception):
    """The server broke a rule in a way that may do harm; the text says which."""


class Session(ftplib.FTP_TLS):
    """A control connection. ``begin`` makes it ready, or the three steps of it one by one.

    It is cut after *seconds*; ``expired`` then tells that it was us who closed the connection.
    """

    maxline = LINE_BYTES

    def __init__(self, settings: FtpSettings, seconds: float) -> None:
        blank = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # until TLS begins: to load authorities takes long
        super().__init__(context=blank, timeout=settings.timeout, encoding=settings.encoding)
        self.settings = settings
        self.secured = False
        self.expired = False
        self._data: socket.socket | None = None
        self._binary = False
        self._watch = threading.Timer(seconds, self._expire)
        self._watch.daemon = True
        self._watch.start()

    def begin(self) -> None:
        """Connect, protect the line, log in."""
        self.connect(self.settings.host, self.settings.port)
        self.secure()
        self.enter()

    def secure(self) -> None:
        """Begin TLS before the login, if it is demanded, or offered and wanted."""
        if self.settings.security in ("explicit", "offered"):
            try:
                self.auth()
            except (ftplib.error_perm, ftplib.error_temp):
                if self.secured or self.settings.security == "explicit":
                    raise

    def enter(self) -> None:
        """Log in over the connection, and agree on how data shall come."""
        settings = self.settings
        self.login(settings.user, settings.password(), secure=False)
        if self.secured:
            self.prot_p()
        self.set_pasv(settings.passive)
        if settings.encoding.lower().replace("-", "") == "utf8":
            self._offer_utf8()

    def _offer_utf8(self) -> None:
        """RFC 2640 leaves UTF-8 to the server, but IIS wants to be asked; refusals mean nothing."""
        try:
            self.sendcmd("OPTS UTF8 ON")
        except (ftplib.error_perm, ftplib.error_temp):
            return

    def connect(  # type: ignore[override]
        self, host: str = "", port: int = 0, timeout: float = -999, source_address: None = None
    ) -> str:
        """Connect, with TLS at once if it is implicit, and read the banner."""
        self.host, self.port = host, port
        self.sock = socket.create_connection((host, port), self.settings.timeout)
        self.af = self.sock.family
        if self.settings.security == "implicit":
            self._protect()
        self._read_from_socket()
        self.welcome = self.getresp()
        return self.welcome

    def auth(self) -> str:
        """Protect the control connection (RFC 4217, section 4)."""
        reply = self.voidcmd("AUTH TLS")
        self._protect()
        self._read_from_socket()
        return reply

    def _protect(self) -> None:
        """Begin TLS; the handshake comes when the deadline knows the socket to cut."""
        self.context, self.secured = self.settings.context(), True
        sock = self.context.wrap_socket(
            cast(socket.socket, self.sock), server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock = sock
        sock.do_handshake()

    def _read_from_socket(self) -> None:
        # A foreign byte in a banner or a name must not end the visit.
        sock = cast(socket.socket, self.sock)
        self.file = sock.makefile("r", encoding=self.encoding, errors="surrogateescape", newline="\n")

    def putline(self, line: str) -> None:
        """Send *line*; what came in as a foreign byte goes out as that byte."""
        if any(letter in line for letter in "\r\n\0"):
            raise RuleBreakError("a line break in the argument of a command")
        cast(socket.socket, self.sock).sendall(line.encode(self.encoding, "surrogateescape") + b"\r\n")

    def getmultiline(self) -> str:
        """One reply of bounded length."""
        first = self.getline()
        lines, length = [first], len(first)
        while first[3:4] == "-" and not (lines[-1][:3] == first[:3] and lines[-1][3:4] == " "):
            lines.append(self.getline())
            length += len(lines[-1]) + 1
            if length > REPLY_BYTES:
                raise RuleBreakError(f"a reply of more than {REPLY_BYTES} bytes")
        return "\n".join(lines)

    def getline(self) -> str:
        """One line of bounded length, without its end."""
        line = cast(TextIO, self.file).readline(self.maxline + 1)
        if len(line) > self.maxline:
            raise RuleBreakError(f"a line of more than {self.maxline} bytes")
        if not line:
            raise EOFError("the server closed the connection")
        return line.rstrip("\r\n")

    def pwd(self) -> str:
        """What ftputil asks for its book-keeping; we only use names in the one directory."""
        return "/"

    def binary(self) -> None:
        """Have bytes come and go as they are, for the rest of the session."""
        if not self._binary:
            self.voidcmd("TYPE I")
            self._binary = True

    def makepasv(self) -> tuple[str, int]:
        """Where to connect to for data: always the host of the control connection.

        PASV's address is not followed: it is wrong behind NAT, and a way to make us attack others.
        """
        peer = cast(socket.socket, self.sock).getpeername()
        if self.af == socket.AF_INET:
            try:
                return str(peer[0]), ftplib.parse227(self.sendcmd("PASV"))[1]
            except ftplib.error_perm:
                pass
        return ftplib.parse229(self.sendcmd("EPSV"), peer)

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Begin a transfer; protect it with the session of the control connection (RFC 4217, section 10)."""
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        self._data = conn
        try:
            self._check_peer(conn)
            if self.secured:
                control = cast(ssl.SSLSocket, self.sock)
                conn = self._data = self.context.wrap_socket(
                    conn, server_hostname=self.host, session=control.session, do_handshake_on_connect=False
                )
                conn.do_handshake()
        except BaseException:
            conn.close()
            raise
        return conn, size

    def _check_peer(self, conn: socket.socket) -> None:
        """In active mode anybody could connect to our port."""
        if conn.getpeername()[0] != cast(socket.socket, self.sock).getpeername()[0]:
            raise RuleBreakError("a data connection from another host")

    def blocks(self, command: str, rest: int | None = None) -> Generator[bytes, None, None]:
        """The bytes that *command* sends, and then the server's word that they were all.

        Whoever may stop before the end closes this generator, and with it the data connection.
        """
        conn = self.ntransfercmd(command, rest)[0]
        try:
            while block := conn.recv(CHUNK):
                yield block
            _close_notify(conn)
        finally:
            conn.close()
            self._data = None
        self.voidresp()

    def store(self, command: str, blocks: Iterator[bytes]) -> None:
        """Send *blocks* as the data of *command*, and wait for the server's word that it has them."""
        conn = self.ntransfercmd(command)[0]
        try:
            for block in blocks:
                conn.sendall(block)
            _close_notify(conn)
        finally:
            conn.close()
            self._data = None
        self.voidresp()

    def lines(self, command: str) -> list[str]:
        """The lines of a listing of bounded length, decoded so that no byte is lost.

        In binary mode, as FileZilla does: listings come the same, and two commands a visit are saved.
        """
        self.binary()
        data = bytearray()
        with closing(self.blocks(command)) as blocks:
            for block in blocks:
                data += block
                if len(data) > LISTING_BYTES:
                    raise RuleBreakError(f"a listing of more than {LISTING_BYTES} bytes")
        lines = data.split(b"\n")
        if any(len(line) > LINE_BYTES for line in lines):
            raise RuleBreakError(f"a line of more than {LINE_BYTES} bytes in a listing")
        return [line.decode(self.encoding, "surrogateescape").rstrip("\r") for line in lines]

    def _expire(self) -> None:
        """Wake whatever waits: a drip of single bytes would never run into a socket's own limit."""
        self.expired = True
        give_up = time.monotonic() + self.settings.timeout
        while time.monotonic() < give_up and (self._data is not None or self.sock is not None):
            for sock in (self._data, self.sock):
                _cut(sock)
            time.sleep(0.05)

    def close(self) -> None:
        """Drop the connection without a word."""
        self._watch.cancel()
        _cut(self._data)
        super().close()

    def quit(self) -> str:
        """Say goodbye, briefly: nothing hangs on the answer."""
        cast(socket.socket, self.sock).settimeout(min(5.0, self.settings.timeout))
        try:
            return self.voidcmd("QUIT")
        finally:
            self.close()


def _cut(sock: socket.socket | None) -> None:
    """Shut *sock* down under whoever waits for it, past the TLS layer's own book-keeping."""
    if sock is not None:
        try:
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            return


def _close_notify(conn: socket.socket) -> None:
    """End TLS as RFC 4217 asks; servers that just close do no harm, for sizes are compared."""
    if isinstance(conn, ssl.SSLSocket):
        try:
            conn.unwrap()
        except (ssl.SSLError, OSError):
            return
