"""Replies of an SMTP server (RFC 5321, section 4.2): read from bytes, shortened for people."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

MAX_REPLY_BYTES = 64 * 1024  # of one reply; a server that says more is no mail server
MAX_STORED_REPLY_CHARS = 200  # characters of a reply that the state file keeps

_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")


class MalformedReplyError(Exception):
    """The server said something that is no SMTP reply."""


class Reply(NamedTuple):
    """One whole reply: its code and its lines without code."""

    code: int
    connections: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        """Whether the command was carried out (2yz)."""
        return 200 <= self.code < 300

    @functools.lru_cache(maxsize=64)  # noqa: B019 - replies are values, and few
    def status_and_text(self) -> tuple[str, str]:
        """The code with its RFC 3463 status (``"550 5.1.1"``), and the text, shortened, on one line."""
        status = ""
        texts: list[str] = []
        for connection in self.connections:
            if match := _STATUS.match(connection):
                status = status or match[1]
                connection = connection[match.end() :]
            texts.append(connection)
        text = texts[0] if len(texts) == 1 else " ".join(texts)
        return (f"{self.code} {status}" if status else str(self.code)), text.strip()[:MAX_STORED_REPLY_CHARS]

    def __str__(self) -> str:
        return " ".join(self.status_and_text())


@functools.lru_cache(maxsize=64)  # a server answers most commands in the same words
def _parsed(connection: bytes) -> tuple[Reply, bool]:
    """What one *line* says, and whether the reply ends with it. Raises ``MalformedReplyError``."""
    text = connection.decode("utf-8", "replace").rstrip("\r")
    code, mark = text[:3], text[3:4]
    if not (code.isascii() and code.isdigit() and mark in ("", " ", "-")):
        raise MalformedReplyError(f"not an SMTP reply: {text[:60]!r}")
    return Reply(int(code), (text[4:],)), mark != "-"


class ReplyParser:
    """Cuts a stream of bytes into replies."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[str] = []

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that *data* completes. Raises ``MalformedReplyError``."""
        if self._rest:
            data = self._rest + data
        *connections, self._rest = data.split(b"\n")
        if len(self._rest) > MAX_REPLY_BYTES or len(self._lines) > MAX_REPLY_BYTES // 4:
            raise MalformedReplyError("endless reply")
        return [reply for connection in connections if (reply := self._line(connection))]

    def _line(self, connection: bytes) -> Reply | None:
        reply, is_last = _parsed(connection)
        if is_last and not self._lines:
            return reply
        self._lines += reply.connections
        if not is_last:
            return None
        whole = Reply(reply.code, tuple(self._lines))
        self._lines.clear()
        return whole

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left that belongs to an unfinished reply."""
        return not self._rest and not self._lines
