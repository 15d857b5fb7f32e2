"""A session with an FTP server: its control connection, and the data that goes beside it.

It is the session that ``FTPHost`` of ftputil is given, so that one login serves listing and transfers.
"""

from __future__ import annotations

import ftplib
import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from typing import TypeVar, cast

from mpftp.adapters.ftp.advice import DIALLING
from mpftp.adapters.ftp.control import FTP_QUIT_SECONDS, LINE_BYTES, ControlConnection, FtpProtocolError
from mpftp.adapters.ftp.sockets import dial, limit_wait, listen_beside, send_all
from mpftp.domain.file_names import has_foreign_bytes

LISTING_BYTES = 16 * 1024 * 1024
TRANSFER_CHUNK_BYTES = 256 * 1024
NOOP_SECONDS = 60.0  # of a transfer, between two signs of life on the control connection
NOOP_REPLIES = ("200", "500", "501", "502", "503")  # none of which ends a transfer
EARLY_SECONDS = 5.0  # what may still come after a transfer was said to be complete before it began

Result = TypeVar("Result")


class FtpSession(ControlConnection):
    """A control connection that can list, fetch and store.

    During long transfers it says NOOP now and then, lest somebody on the way forgets an idle connection,
    unless *bears_noop* is made false. *unanswered* counts those that the server owes an answer.
    *refused* are the commands for data that it did not take before the one that it takes.
    *last_word* is what it said at the end of the last transfer.
    """

    bears_noop = True
    unanswered = 0
    refused: tuple[str, ...] = ()
    last_word = ""
    _data_commands: list[str] | None = None
    _active_at = 0.0

    @property
    def data_command(self) -> str:
        """The command for data that the server takes, ``""`` before the first transfer."""
        return self._data_commands[0] if self._data_commands else ""

    def makepasv(self) -> tuple[str, int]:
        """Where to connect to for data: always the host of the control connection.

        PASV's address is not followed: it is wrong behind NAT, and a way to make us attack others.
        """
        peer = self.control.getpeername()

        def ask(command: str) -> int:
            reply = self.sendcmd(command)
            return ftplib.parse227(reply)[1] if command == "PASV" else ftplib.parse229(reply, peer)[1]

        return str(peer[0]), self._first_that_works(("PASV", "EPSV"), ask)

    def makeport(self) -> socket.socket:
        """A socket at which the server is told to connect to us, by PORT or EPRT (RFC 2428)."""
        listener = listen_beside(self.control)
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
                self.refused += (command,)
            else:
                self._data_commands = [command]
                return result
        raise errors[0]

    def _start(self, command: str, offset: int | None) -> tuple[socket.socket | None, bool]:
        """Begin a transfer. Returns its connection, if data may come, and whether its end was told."""
        passive = self.settings.passive
        self._active_at = time.monotonic()
        conn = self._dial_data() if passive else self.makeport()
        try:
            if offset:
                self.sendcmd(f"REST {offset}")
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
            if self.has_spoken():
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
        """Return *conn* after a check of its peer, with TLS if the control connection has it (RFC 4217)."""
        if conn.getpeername()[0] != self.control.getpeername()[0]:
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

    def retrieve_blocks(self, command: str, offset: int | None = None) -> Generator[bytes, None, None]:
        """The bytes that *command* sends, and then the server's word that they were all.

        Whoever may stop before the end closes this generator, and with it the data connection.
        """
        conn, over = self._start(command, offset)
        if conn is None:
            return
        with conn:
            while block := self._receive(conn):
                yield block
            self._close_notify(conn)
        if not over:
            self._hear_end()

    def _receive(self, conn: socket.socket) -> bytes:
        self._show_life()
        limit_wait(conn, self.seconds_left())
        return conn.recv(TRANSFER_CHUNK_BYTES)

    def store(self, command: str, blocks: Iterator[bytes]) -> None:
        """Send *blocks* as the data of *command* and wait for the server to confirm them."""
        conn, over = self._start(command, None)
        if conn is None or over:
            raise FtpProtocolError("a transfer that was complete before it began")
        with conn:
            for block in blocks:
                self._show_life()
                send_all(conn, block, self.seconds_left)
            self._close_notify(conn)
        self._hear_end()

    def _show_life(self) -> None:
        """Say NOOP if it is time to. That the control connection is broken is told at the transfer's end."""
        if self.bears_noop and time.monotonic() - self._active_at >= NOOP_SECONDS:
            with suppress(OSError):
                self.putline("NOOP")
            self._active_at = time.monotonic()
            self.unanswered += 1

    def _hear_end(self) -> None:
        """Take the server's word on a transfer, and its answers to NOOP, which come before or after that."""
        reply = self.getmultiline()
        while self.unanswered and reply.startswith(NOOP_REPLIES):
            self.unanswered -= 1
            reply = self.getmultiline()
        if reply.startswith("4"):
            raise ftplib.error_temp(reply)
        if not reply.startswith("2"):
            raise ftplib.error_perm(reply)
        self.last_word = reply
        self._hear_late_answers()

    def _hear_late_answers(self) -> None:
        give_up = time.monotonic() + FTP_QUIT_SECONDS
        with suppress(EOFError, OSError):
            while self.unanswered and time.monotonic() < give_up:
                if self.has_spoken():
                    self.unanswered -= self.getmultiline().startswith(NOOP_REPLIES)
                else:
                    time.sleep(0.01)
        self.unanswered = 0

    def _close_notify(self, conn: socket.socket) -> None:
        """End TLS as RFC 4217 asks; servers that just close do no harm, for sizes are compared."""
        if isinstance(conn, ssl.SSLSocket):
            conn.settimeout(self.seconds_left(FTP_QUIT_SECONDS))
            try:
                conn.unwrap()
            except (ssl.SSLError, OSError):
                return

    def retrieve_lines(self, command: str) -> list[str]:
        """The lines of a listing of bounded length, decoded so that no byte is lost.

        The mode of the session does not matter: text comes the same, and an empty visit needs no TYPE.
        Names that are no UTF-8 are listed again where the server can be asked for it.
        """
        data = self._retrieve_bounded(command)
        lines = [line.decode(self.encoding, "surrogateescape").rstrip("\r") for line in data.split(b"\n")]
        if any(has_foreign_bytes(line) for line in lines) and self.offer_utf8():
            return self.retrieve_lines(command)
        return lines

    def _retrieve_bounded(self, command: str) -> bytes:
        data = bytearray()
        with closing(self.retrieve_blocks(command)) as blocks:
            for block in blocks:
                data += block
                if len(data) > LISTING_BYTES:
                    raise FtpProtocolError(f"a listing of more than {LISTING_BYTES} bytes")
        if any(len(line) > LINE_BYTES for line in data.split(b"\n")):
            raise FtpProtocolError(f"a line of more than {LINE_BYTES} bytes in a listing")
        return bytes(data)
