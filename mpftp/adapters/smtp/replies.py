"""Replies of an SMTP server (RFC 5321, section 4.2), and the mail transaction that they answer."""

from __future__ import annotations

import functools
import re
from collections.abc import Container
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from mpftp.domain.foreign_text import SecretFilter, clean_foreign_text, keep_text
from mpftp.domain.sending.transport import OutgoingMessage

MAX_REPLY_BYTES = 64 * 1024  # of one reply with all its lines; a server that says more is no mail server
MAX_STORED_REPLY_CHARS = 200  # characters of a reply that the state file keeps

_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")


class MalformedReplyError(Exception):
    """The server said something that is no SMTP reply."""


class Reply(NamedTuple):
    """One whole reply: its code and its lines without code."""

    code: int
    lines: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        """Whether the command was carried out (2yz)."""
        return 200 <= self.code < 300

    @functools.lru_cache(maxsize=64)  # noqa: B019 - replies are values, and few
    def status_and_text(self) -> tuple[str, str]:
        """The code with its RFC 3463 status (``"550 5.1.1"``), and the text, cleaned, on one line."""
        status = ""
        texts: list[str] = []
        for line in self.lines:
            if match := _STATUS.match(line):
                status = status or match[1]
                line = line[match.end() :]
            texts.append(line)
        text = texts[0] if len(texts) == 1 else " ".join(texts)
        return (f"{self.code} {status}" if status else str(self.code)), clean_foreign_text(
            text, limit=MAX_STORED_REPLY_CHARS
        )

    def __str__(self) -> str:
        return " ".join(self.status_and_text())


@functools.lru_cache(maxsize=64)  # a server answers most commands in the same words
def _parsed(line: bytes, strike: SecretFilter) -> tuple[Reply, bool]:
    """What one *line* says, and whether the reply ends with it. Raises ``MalformedReplyError``.

    A refusal is without secrets from here on; an offer (EHLO) or a challenge has to stay as it came.
    """
    text = line.decode("utf-8", "replace").rstrip("\r")
    code, separator = text[:3], text[3:4]
    if not (code.isascii() and code.isdigit() and separator in ("", " ", "-")):
        raise MalformedReplyError(f"not an SMTP reply: {clean_foreign_text(text, strike, 60)}")
    words = strike(text[4:]) if code >= "4" else text[4:]
    return Reply(int(code), (words,)), separator != "-"


class ReplyParser:
    """Cuts a stream of bytes into replies; *strike* takes our secrets out of refusals."""

    def __init__(self, strike: SecretFilter = keep_text) -> None:
        self._strike = strike
        self._buffer = b""
        self._lines: list[str] = []
        self._bytes = 0

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that *data* completes. Raises ``MalformedReplyError``."""
        if self._buffer:
            data = self._buffer + data
        *lines, self._buffer = data.split(b"\n")
        replies = [reply for line in lines if (reply := self._line(line))]
        if self._bytes + len(self._buffer) > MAX_REPLY_BYTES:
            raise MalformedReplyError("endless reply")
        return replies

    def _line(self, line: bytes) -> Reply | None:
        reply, is_last = _parsed(line, self._strike)
        if is_last and not self._lines:
            return reply
        self._lines += reply.lines
        self._bytes += len(line) + 1
        if self._bytes > MAX_REPLY_BYTES:
            raise MalformedReplyError("endless reply")
        if not is_last:
            return None
        complete = Reply(reply.code, tuple(self._lines))
        self._lines.clear()
        self._bytes = 0
        return complete

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left that belongs to an unfinished reply."""
        return not self._buffer and not self._lines


class SmtpPhase(IntEnum):
    """What the next reply of the server answers."""

    MAIL = 1
    RCPT = 2
    DATA = 3
    END_OF_DATA = 4
    EMPTY_DATA = 5
    RSET = 6
    QUIT = 7

    @property
    def title(self) -> str:
        """The step as people call it."""
        return "final dot" if self in (SmtpPhase.END_OF_DATA, SmtpPhase.EMPTY_DATA) else self.name


def phase_timeouts(usual: float, data: float, final_dot: float) -> list[float]:
    """How many seconds to wait for the reply to each phase, by its number (RFC 5321, 4.5.3.2)."""
    seconds = [usual] * (max(SmtpPhase) + 1)
    seconds[SmtpPhase.DATA] = data
    seconds[SmtpPhase.END_OF_DATA] = seconds[SmtpPhase.EMPTY_DATA] = final_dot
    return seconds


class SmtpConnectionError(Exception):
    """The connection is of no more use: it broke, or the server breaks the protocol.

    *permanent*: the next connection to this relay would fail in the same way. *slow_down*: the server
    asked for patience (421, or 4yz to MAIL). *out_of_order*: its answers do not fit our questions.
    *withheld*: we cut it ourselves, for the message that was to go next may not be sent any more.
    *accepted*: it was closed between two messages, after so many were taken over it; 0: it was not.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        slow_down: bool = False,
        out_of_order: bool = False,
        withheld: bool = False,
        accepted: int = 0,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.slow_down = slow_down
        self.out_of_order = out_of_order
        self.withheld = withheld
        self.accepted = accepted


@dataclass(slots=True)
class MailTransaction:
    """A rendered message on its way, and what the server said to its envelope."""

    outgoing: OutgoingMessage
    campaign_id: int = 0
    failed_connections: int = 0
    mail: Reply | None = None
    rcpt: Reply | None = None

    def mail_command(self, extensions: Container[str]) -> bytes:
        """MAIL with the parameters that the message needs and the relay's *extensions* allow."""
        data = self.outgoing.data
        parameters = ""
        if "SIZE" in extensions:
            parameters += f" SIZE={len(data)}"
        if "8BITMIME" in extensions and not data.isascii():
            parameters += " BODY=8BITMIME"
        if not (self.outgoing.recipient.isascii() and self.outgoing.sender.isascii()):
            parameters += " SMTPUTF8"
        return f"MAIL FROM:<{self.outgoing.sender}>{parameters}\r\n".encode()

    @property
    def rcpt_command(self) -> bytes:
        """RCPT with its line end."""
        return f"RCPT TO:<{self.outgoing.recipient}>\r\n".encode()

    @property
    def content(self) -> tuple[bytes, bytes]:
        """The text and the final dot. No line starts with one, so nothing is doubled (RFC 5321, 4.5.2)."""
        data = self.outgoing.data
        return data, b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"

    @property
    def first_refusal(self) -> Reply | None:
        """The first reply that is not positive."""
        if self.mail and not self.mail.is_ok:
            return self.mail
        return self.rcpt if self.rcpt and not self.rcpt.is_ok else None
