"""One FTP control connection that trusts nothing: ftplib with limits, TLS on both channels, and a deadline.

It is the session that ``FTPHost`` of ftputil is given, so that one login serves listing and transfers.
"""

from __future__ import annotations

import ftplib
import math
import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TypeVar, cast

from mpftp.adapters.ftp.advice import DIALLING, Situation
from mpftp.adapters.ftp.settings import FtpSettings
from mpftp.adapters.ftp.sockets import dial, listen_beside, send_all

REPLY_BYTES = 64 * 1024  # one reply, banner included
LISTING_BYTES = 16 * 1024 * 1024
LINE_BYTES = 8192
TRANSFER_CHUNK_BYTES = 256 * 1024
EARLY_SECONDS = 5.0  # what may still come after a transfer was said to be complete before it began
QUIT_SECONDS = 5.0
TRANSFERS = {"RETR", "STOR", "LIST", "MLSD", "ABOR"}

Result = TypeVar("Result")


class FtpProtocolError(Exception):
    """The server broke a rule in a way that may do harm; the text says which."""


class SshServerError(Exception):
    """The port is that of an SSH server, which waits for us to speak first."""


class FtpSession(ftplib.FTP_TLS):
    """A control connection. ``open`` makes it ready, or the three steps of it one by one.

    Nothing waits beyond *seconds*, however slowly the server drips; ``expired`` then says so. *verb* is
    the last command's.
    """

    maxline = LINE_BYTES

    def __init__(self, settings: FtpSettings, seconds: float) -> None:
        blank = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # until TLS begins: to load authorities takes long
        super().__init__(context=blank, timeout=settings.timeout, encoding=settings.encoding)
        self.settings = settings
        self.secured = False
        self.verb = ""
        self._ends = time.monotonic() + seconds
        self._patience = settings.timeout
        self._received = b""
        self._binary = False
        self._data_commands: list[str] | None = None

    @property
    def expired(self) -> bool:
        """Whether the visit's time is over."""
        return time.monotonic() >= self._ends

    def seconds_left(self, limit: float = math.inf) -> float:
        """How long the next step may take, *limit* at most. Raises ``TimeoutError`` when time is over."""
        left = min(self._patience, self._ends - time.monotonic(), limit)
        if left <= 0:
            raise TimeoutError("the visit's time is over")
        return left

    def situation(self) -> Situation:
        """Where the visit is, for whoever has to say why it failed."""
        settings = self.settings
        return Situation(self.verb, settings.passive, settings.security != "plain", self.secured)

    def open(self) -> None:
        """Connect, protect the line, log in."""
        self.connect(self.settings.host, self.settings.port)
        self.secure()
        self.log_in()

    def secure(self) -> None:
        """Begin TLS before the login, if it is demanded, or offered and wanted."""
        if self.settings.security in ("explicit", "offered"):
            try:
                self.auth()
            except (ftplib.error_perm, ftplib.error_temp):
                if self.secured or self.settings.security == "explicit":
                    raise

    def log_in(self) -> None:
        """Log in over the connection, and agree on how data shall come."""
        settings = self.settings
        self.login(settings.user, settings.password(), secure=False)
        if self.secured:
            self.prot_p()
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
        """Connect, with TLS at once if it is implicit, and read the banner (RFC 959, 5.4: 120 is not yet)."""
        self.host, self.port = host, port
        self.sock = dial(host, port, self.seconds_left)
        self.af = self.sock.family
        if self.settings.security == "implicit":
            self._protect()
        self.welcome = self.getresp()
        while self.welcome.startswith("120"):
            self._patience = math.inf  # it has said that it takes minutes; the visit's time is the limit
            self.welcome = self.getresp()
        self._patience = self.settings.timeout
        return self.welcome

    def auth(self) -> str:
        """Protect the control connection (RFC 4217, section 4)."""
        reply = self.voidcmd("AUTH TLS")
        if self._received:
            raise FtpProtocolError("plain text after the answer to AUTH TLS")
        self._protect()
        return reply

    def _protect(self) -> None:
        self.context, self.secured = self.settings.context(), True
        sock = self.context.wrap_socket(
            self._control, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock = sock
        sock.settimeout(self.seconds_left())
        sock.do_handshake()

    @property
    def _control(self) -> socket.socket:
        if self.sock is None:
            raise EOFError("the connection is closed")
        return self.sock

    def putline(self, line: str) -> None:
        """Send *line*; what came in as a foreign byte goes out as that byte."""
        if any(letter in line for letter in "\r\n\0"):
            raise FtpProtocolError("a line break in the argument of a command")
        self._control.settimeout(self.seconds_left())
        self._control.sendall(line.encode(self.encoding, "surrogateescape") + b"\r\n")

    def sendcmd(self, cmd: str) -> str:
        """Send *cmd*, and take its reply; a second word on an earlier transfer is none."""
        self.verb = cmd.partition(" ")[0].upper()
        while self._has_spoken():
            late = self.getmultiline()
            if late.startswith("421"):
                raise ftplib.error_temp(late)
        self.putcmd(cmd)
        reply = self.getresp()
        while reply.startswith("226") and self.verb not in TRANSFERS:
            reply = self.getresp()
        return reply

    def voidcmd(self, cmd: str) -> str:
        """Send *cmd*, whose reply has to say that it is done."""
        reply = self.sendcmd(cmd)
        if not reply.startswith("2"):
            raise ftplib.error_reply(reply)
        return reply

    def _has_spoken(self) -> bool:
        """Whether the server said something unasked. Raises ``EOFError`` when it closed on us."""
        self._control.settimeout(0.0)
        try:
            block = self._control.recv(4096)
        except (BlockingIOError, ssl.SSLWantReadError):
            return bool(self._received)
        if not block:
            raise EOFError("the server closed the connection")
        self._received += block
        return True

    def getmultiline(self) -> str:
        """One reply of bounded length (RFC 959, section 4.2)."""
        first = self.getline()
        if first.startswith("SSH-"):
            raise SshServerError("an SSH server answers at this port")
        lines, length = [first], len(first)
        many = first[:3].isdecimal() and first[3:4] == "-"
        while many and not (lines[-1][:3] == first[:3] and lines[-1][3:4] == " "):
            lines.append(self.getline())
            length += len(lines[-1]) + 1
            if length > REPLY_BYTES:
                raise FtpProtocolError(f"a reply of more than {REPLY_BYTES} bytes")
        return "\n".join(lines)

    def getline(self) -> str:
        """One line of bounded length, without its end."""
        while b"\n" not in self._received and len(self._received) <= self.maxline:
            self._control.settimeout(self.seconds_left())
            block = self._control.recv(4096)
            if not block and not self._received:
                raise EOFError("the server closed the connection")
            self._received += block or b"\n"
        line, _, self._received = self._received.partition(b"\n")
        if len(line) > self.maxline:
            raise FtpProtocolError(f"a line of more than {self.maxline} bytes")
        return line.decode(self.encoding, "surrogateescape").rstrip("\r")

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
        peer = self._control.getpeername()

        def ask(command: str) -> int:
            reply = self.sendcmd(command)
            return ftplib.parse227(reply)[1] if command == "PASV" else ftplib.parse229(reply, peer)[1]

        return str(peer[0]), self._first_that_works(("PASV", "EPSV"), ask)

    def makeport(self) -> socket.socket:
        """A socket at which the server is told to connect to us, by PORT or EPRT (RFC 2428)."""
        listener = listen_beside(self._control)
        host, port = listener.getsockname()[:2]

        def tell(command: str) -> None:
            (self.sendport if command == "PORT" else self.sendeprt)(host, port)

        try:
            self._first_that_works(("PORT", "EPRT"), tell)
        except BaseException:
            listener.close()
            raise
        return listener

    def _first_that_works(self, commands: tuple[str, str], attempt: Callable[[str], Result]) -> Result:
        """Try the older command first over IPv4, the newer first over IPv6; what worked stays."""
        order = self._data_commands or list(commands if self.af == socket.AF_INET else commands[::-1])
        errors = []
        for command in order:
            try:
                result = attempt(command)
            except ftplib.Error as error:
                if str(error).startswith("421"):
                    raise
                errors.append(error)
            else:
                self._data_commands = [command]
                return result
        raise errors[0]

    def _start(self, command: str, rest: int | None) -> tuple[socket.socket | None, bool]:
        """Begin a transfer. Returns its connection, if data may come, and whether its end was told."""
        passive = self.settings.passive
        conn = self._dial_data() if passive else self.makeport()
        try:
            if rest:
                self.sendcmd(f"REST {rest}")
            reply = self.sendcmd(command)
            if reply.startswith("202"):
                raise ftplib.error_perm(reply)  # "superfluous at this site" (RFC 959, 4.2.2)
            if reply.startswith("2"):
                reply = self._after_early_end(conn) if reply[:3] in ("226", "250") else self.getresp()
            if not reply:
                conn.close()
                return None, True
            if not reply.startswith("1"):
                return conn, True
            if not passive:
                conn.settimeout(self.seconds_left())
                with conn as listener:
                    conn = listener.accept()[0]
            return self._checked(conn), False
        except BaseException:
            conn.close()
            raise

    def _dial_data(self) -> socket.socket:
        host, port = self.makepasv()
        self.verb = DIALLING
        return dial(host, port, self.seconds_left)

    def _after_early_end(self, conn: socket.socket) -> str:
        """What follows a 226 that came without a 150: a reply; ``"226"`` with data, or nothing at all."""
        give_up = time.monotonic() + min(EARLY_SECONDS, self.settings.timeout)
        while time.monotonic() < give_up:
            if self._has_spoken():
                return self.getresp()
            conn.settimeout(min(0.05, self.seconds_left()))
            try:
                return "226" if conn.recv(1, socket.MSG_PEEK) else ""
            except TimeoutError:
                continue
            except OSError:
                return ""
        return ""

    def _checked(self, conn: socket.socket) -> socket.socket:
        """*conn* from nobody else, and protected with the session of the control connection (RFC 4217)."""
        if conn.getpeername()[0] != self._control.getpeername()[0]:
            raise FtpProtocolError("a data connection from another host")
        if not self.secured:
            return conn
        control = cast(ssl.SSLSocket, self.sock)
        conn.settimeout(self.seconds_left())
        secured = self.context.wrap_socket(
            conn, server_hostname=self.host, session=control.session, do_handshake_on_connect=False
        )
        try:
            secured.do_handshake()
        except BaseException:
            secured.close()
            raise
        return secured

    def retrieve_blocks(self, command: str, rest: int | None = None) -> Generator[bytes, None, None]:
        """The bytes that *command* sends, and then the server's word that they were all.

        Whoever may stop before the end closes this generator, and with it the data connection.
        """
        conn, over = self._start(command, rest)
        if conn is None:
            return
        with conn:
            while block := self._receive(conn):
                yield block
            self._close_notify(conn)
        if not over:
            self.voidresp()

    def _receive(self, conn: socket.socket) -> bytes:
        conn.settimeout(self.seconds_left())
        return conn.recv(TRANSFER_CHUNK_BYTES)

    def store(self, command: str, blocks: Iterator[bytes]) -> None:
        """Send *blocks* as the data of *command* and wait for the server to confirm them."""
        conn, over = self._start(command, None)
        if conn is None or over:
            raise FtpProtocolError("a transfer that was complete before it began")
        with conn:
            for block in blocks:
                send_all(conn, block, self.seconds_left)
            self._close_notify(conn)
        self.voidresp()

    def _close_notify(self, conn: socket.socket) -> None:
        """End TLS as RFC 4217 asks; servers that just close do no harm, for sizes are compared."""
        if isinstance(conn, ssl.SSLSocket):
            conn.settimeout(self.seconds_left(QUIT_SECONDS))
            try:
                conn.unwrap()
            except (ssl.SSLError, OSError):
                return

    def retrieve_lines(self, command: str) -> list[str]:
        """The lines of a listing of bounded length, decoded so that no byte is lost.

        In binary mode, as FileZilla does: listings come the same, and two commands a visit are saved.
        """
        self.binary()
        data = bytearray()
        with closing(self.retrieve_blocks(command)) as blocks:
            for block in blocks:
                data += block
                if len(data) > LISTING_BYTES:
                    raise FtpProtocolError(f"a listing of more than {LISTING_BYTES} bytes")
        lines = data.split(b"\n")
        if any(len(line) > LINE_BYTES for line in lines):
            raise FtpProtocolError(f"a line of more than {LINE_BYTES} bytes in a listing")
        return [line.decode(self.encoding, "surrogateescape").rstrip("\r") for line in lines]

    def quit(self) -> str:
        """Say goodbye, briefly: nothing hangs on the answer."""
        self._ends = min(self._ends, time.monotonic() + QUIT_SECONDS)
        try:
            return self.voidcmd("QUIT")
        finally:
            self.close()
