"""Pieces of an HTML text put together as a recipient reads or follows them, and where each stands."""

from __future__ import annotations

import bisect
import html
import itertools
import re
from collections.abc import Sequence

from mpftp.domain.messages.markup import HtmlToken

REFERENCE = r"&(?:#\w{2,9}|[a-z]{3,6});"
"""A character reference, which may be a sign of merge fields: ``&#123;``. Compiled when it is first used."""

ENCODED_IN_ATTRIBUTE = REFERENCE + "|%7[b-dB-D]"
"""The same, or a brace or bar as editors encode it in links: ``%7B``."""

_SIGNS = frozenset("#$%*@[]{|}")


def read_sign(encoded: re.Match[str]) -> str:
    """Return the sign of merge fields that is *encoded*, or what is written if it is none."""
    written = encoded[0]
    sign = chr(int(written[1:], 16)) if written.startswith("%") else html.unescape(written)
    return sign if sign in _SIGNS else written


class JoinedText:
    """Pieces of an HTML *text* put together, so that a field is found though tags part it.

    What the pattern *encoded* matches is read as the sign that it stands for.
    """

    def __init__(self, text: str, pieces: Sequence[HtmlToken], encoded: str) -> None:
        self.source = text
        self._pieces: list[HtmlToken] = []
        self._starts: list[int] = []
        self._source_ends: list[int] = []
        parts: list[str] = []
        for piece in pieces:
            done = piece.start
            references = re.finditer(encoded, text[done : piece.end])
            signs = [(done + one.start(), done + one.end(), read_sign(one)) for one in references]
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
