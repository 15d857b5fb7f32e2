"""One FTP control connection that trusts nothing: ftplib with limits, TLS, and a deadline."""

from __future__ import annotations

import ftplib
import logging
import math
import socket
import ssl
import time

from mpftp.adapters.ftp.advice import CommandSituation
from mpftp.adapters.ftp.settings import FtpSettings
from mpftp.adapters.ftp.sockets import dial, has_arrived, limit_wait
from mpftp.domain.dialogue import format_received, format_sent
from mpftp.domain.foreign_text import make_secret_filter

log = logging.getLogger("mpftp.ftp")

REPLY_BYTES = 64 * 1024  # one reply, banner included
LINE_BYTES = 8192
FTP_QUIT_SECONDS = 5.0
NO_TLS_YET = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # what a connection has before; to make one takes long
TRANSFERS = {"RETR", "STOR", "LIST", "MLSD", "ABOR"}


class FtpProtocolError(Exception):
    """The server broke a rule in a way that may do harm; the text says which."""


class SshServerError(Exception):
    """The port is that of an SSH server, which waits for us to speak first."""


class ControlConnection(ftplib.FTP_TLS):
    """A control connection. ``open`` makes it ready, or the three steps of it one by one.

    Nothing waits beyond *seconds*, however slowly the server sends; ``expired`` then says so. *verb* is
    the last command's.
    """

    maxline = LINE_BYTES

    def __init__(self, settings: FtpSettings, seconds: float) -> None:
        super().__init__(context=NO_TLS_YET, timeout=settings.timeout, encoding=settings.encoding)
        self.settings = settings
        self.secured = False
        self.verb = ""
        self.strike = make_secret_filter(settings.password())
        self._shows_dialogue = log.isEnabledFor(logging.DEBUG)
        self._peer = f"{settings.host}:{settings.port}"
        self._ends = time.monotonic() + seconds
        self._reply_seconds = settings.timeout
        self._received = b""
        self._binary = False
        self._has_offered_utf8 = settings.encoding.lower().replace("-", "") != "utf8"

    @property
    def expired(self) -> bool:
        """Whether the visit's time is over."""
        return time.monotonic() >= self._ends

    def seconds_left(self, limit: float = math.inf) -> float:
        """How long the next step may take, *limit* at most. Raises ``TimeoutError`` when time is over."""
        left = min(self._reply_seconds, self._ends - time.monotonic(), limit)
        if left <= 0:
            raise TimeoutError("the visit's time is over")
        return left

    def situation(self) -> CommandSituation:
        """Where the visit is, for whoever has to say why it failed."""
        settings = self.settings
        return CommandSituation(self.verb, settings.passive, self.secured, self.strike)

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

    def offer_utf8(self) -> bool:
        """RFC 2640 leaves UTF-8 to the server, but IIS wants to be asked; whether it answered that it will.

        Asked once, and not before there is a name to spell: refusals mean nothing.
        """
        if self._has_offered_utf8:
            return False
        self._has_offered_utf8 = True
        verb = self.verb
        try:
            self.sendcmd("OPTS UTF8 ON")
        except (ftplib.error_perm, ftplib.error_temp):
            return False
        finally:
            self.verb = verb
        return True

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
            self._reply_seconds = math.inf  # it has said that it takes minutes; the visit's time is the limit
            self.welcome = self.getresp()
        self._reply_seconds = self.settings.timeout
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
            self.control, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock = sock
        sock.settimeout(self.seconds_left())
        sock.do_handshake()

    @property
    def control(self) -> socket.socket:
        """The connection's socket. Raises ``EOFError`` when there is none (any more)."""
        if self.sock is None:
            raise EOFError("the connection is closed")
        return self.sock

    def putline(self, line: str) -> None:
        """Send *line*; what came in as a foreign byte goes out as that byte."""
        if any(letter in line for letter in "\r\n\0"):
            raise FtpProtocolError("a line break in the argument of a command")
        if self._shows_dialogue:
            self._show(format_sent(self._peer, line, self.strike))
        limit_wait(self.control, self.seconds_left())
        self.control.sendall(line.encode(self.encoding, "surrogateescape") + b"\r\n")

    def sendcmd(self, cmd: str) -> str:
        """Send *cmd*, and take its reply; a second word on an earlier transfer is none."""
        if not cmd.isascii() and not cmd.startswith(("USER", "PASS")):
            self.offer_utf8()
        self.verb = cmd.partition(" ")[0].upper()
        while self.has_spoken():
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

    def has_spoken(self) -> bool:
        """Whether the server said something unasked. Raises ``EOFError`` when it closed on us."""
        if not self.secured and not has_arrived(self.control):
            return bool(self._received)
        limit_wait(self.control, 0.0)
        try:
            block = self.control.recv(4096)
        except (BlockingIOError, ssl.SSLWantReadError):
            return bool(self._received)
        if not block:
            raise EOFError("the server closed the connection")
        self._received += block
        return True

    def getmultiline(self) -> str:
        """One reply of bounded length (RFC 959, section 4.2).

        A refusal is without the login's secrets from here on, whoever shows it, and in whichever trace.
        """
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
        reply = "\n".join(lines)
        return reply if first.startswith("2") else reply[:4] + self.strike(reply[4:])

    def getline(self) -> str:
        """One line of bounded length, without its end."""
        while b"\n" not in self._received and len(self._received) <= self.maxline:
            limit_wait(self.control, self.seconds_left())
            block = self.control.recv(4096)
            if not block and not self._received:
                raise EOFError("the server closed the connection")
            self._received += block or b"\n"
        line, _, self._received = self._received.partition(b"\n")
        if len(line) > self.maxline:
            raise FtpProtocolError(f"a line of more than {self.maxline} bytes")
        text = line.decode(self.encoding, "surrogateescape").rstrip("\r")
        if self._shows_dialogue:
            self._show(format_received(self._peer, text, self.strike))
        return text

    def _show(self, line: str) -> None:
        log.debug("%s", line, extra={"client": self.settings.client})

    def pwd(self) -> str:
        """What ftputil asks for its book-keeping; we only use names in the one directory."""
        return "/"

    def binary(self) -> None:
        """Have bytes come and go as they are, for the rest of the session."""
        if not self._binary:
            self.voidcmd("TYPE I")
            self._binary = True

    def quit(self) -> str:
        """Send QUIT and wait only briefly: nothing depends on the reply."""
        self._ends = min(self._ends, time.monotonic() + FTP_QUIT_SECONDS)
        try:
            return self.voidcmd("QUIT")
        finally:
            self.close()
