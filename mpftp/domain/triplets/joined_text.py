"""Pieces of an HTML text put together as a recipient reads or follows them, and where each stands."""

from __future__ import annotations

import bisect
import html
import itertools
import re
from collections.abc import Sequence

from mpftp.domain.messages.markup import HtmlToken

SIGN_REFERENCE = re.compile(
    r"&#(?:0*(?:3[5-7]|42|64|9[13]|12[3-5])|[xX]0*(?:2[3-5aA]|40|5[bBdD]|7[b-dB-D]));"
    r"|&(?:num|dollar|percnt|ast|commat|lsqb|lbrack|rsqb|rbrack|lcub|lbrace|verbar|vert|rcub|rbrace);"
)
"""Signs of merge fields as character references: ``&#123;``."""

SIGN_IN_ATTRIBUTE = re.compile(rf"{SIGN_REFERENCE.pattern}|%7[b-dB-D]")
"""The same, or a brace or bar as editors encode it in links: ``%7B``."""


def read_sign(written: str) -> str:
    """Return the sign that *written*, a character reference or a percent-encoded byte, stands for."""
    return chr(int(written[1:], 16)) if written.startswith("%") else html.unescape(written)


class JoinedText:
    """Pieces of an HTML *text* put together, so that a field is found though tags part it.

    What *encoded* matches is one sign of the joined text.
    """

    def __init__(self, text: str, pieces: Sequence[HtmlToken], encoded: re.Pattern[str]) -> None:
        self.source = text
        self._pieces: list[HtmlToken] = []
        self._starts: list[int] = []
        self._source_ends: list[int] = []
        parts: list[str] = []
        for piece in pieces:
            done = piece.start
            signs = [(*sign.span(), read_sign(sign[0])) for sign in encoded.finditer(text, done, piece.end)]
            for start, end, sign in [*signs, (piece.end, piece.end, "")]:
                parts += [text[done:start], sign]
                self._starts += [done, start]
                self._source_ends += [start, end]
                self._pieces += [piece, piece]
                done = end
        self.text = "".join(parts)
        self._ends = list(itertools.accumulate(map(len, parts)))

    def piece_at(self, index: int) -> HtmlToken:
        """Return the piece that holds the character at *index* of the joined text."""
        return self._pieces[bisect.bisect_right(self._ends, index)]

    def piece_in_source(self, index: int) -> HtmlToken:
        """Return the last piece that begins at or before *index* of the source."""
        return self._pieces[bisect.bisect_right(self._starts, index) - 1]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the joined text from *start* to *end* stands in the source."""
        first, last = bisect.bisect_right(self._ends, start), bisect.bisect_left(self._ends, end)
        offset = start - (self._ends[first - 1] if first else 0)
        return self._starts[first] + offset, self._source_ends[last] - (self._ends[last] - end)
