"""What one connection and its relay say, line by line; of a message's text no more than its length."""

from __future__ import annotations

from collections.abc import Callable

from mpftp.adapters.smtp.replies import Reply
from mpftp.domain.dialogue import format_received, format_sent
from mpftp.domain.foreign_text import STRUCK, SecretFilter

ShowLine = Callable[[str], None]
"""Takes one line of a dialogue for the log."""


class SmtpDialogue:
    """Shows by *show* what goes over the connection with *peer*; secrets that *strike* knows are struck."""

    def __init__(self, peer: str, strike: SecretFilter, show: ShowLine) -> None:
        self._peer, self._strike, self._show = peer, strike, show

    def sent(self, data: bytes, text_bytes: int = 0, *, secret: bool = False) -> None:
        """Show the commands in *data*, whose first *text_bytes* are a text; of a *secret*, nothing."""
        data = STRUCK.encode() if secret else data
        if text_bytes:
            self._show(f"{self._peer} > ({text_bytes} bytes of text)")
        for line in data[text_bytes:].decode("utf-8", "replace").split("\r\n"):
            if line:
                self._show(format_sent(self._peer, line, self._strike))

    def received(self, reply: Reply) -> None:
        """Show each line of *reply*."""
        for line in reply.lines:
            self._show(format_received(self._peer, f"{reply.code} {line}", self._strike))
