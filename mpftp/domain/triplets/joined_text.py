"""Pieces of an HTML text put together as a recipient reads or follows them, and where each stands."""

from __future__ import annotations

import bisect
import functools
import html
import itertools
import re
from collections.abc import Sequence

from mpftp.domain.messages.markup import Attribute, HtmlToken, attributes

REFERENCE = r"&(?:#\w{2,9}|[a-z]{3,6});"
"""A character reference, which may be a sign of merge fields: ``&#123;``. Compiled when it is first used."""

ENCODED_IN_ATTRIBUTE = REFERENCE + "|%7[b-dB-D]"
"""The same, or a brace or bar as editors encode it in links: ``%7B``."""

_SIGNS = frozenset("#$%*@[]{|}")
_MAX_SIGN_CHARS = 12


@functools.lru_cache(maxsize=256)
def read_sign(written: str) -> str:
    """Return the sign of merge fields that *written* stands for, or itself if that is none."""
    if re.fullmatch(ENCODED_IN_ATTRIBUTE, written) is None:
        return written
    sign = chr(int(written[1:], 16)) if written.startswith("%") else html.unescape(written)
    return sign if sign in _SIGNS else written


class JoinedText:
    """Pieces of an HTML *text* put together, so that a field is found though tags part it.

    What the pattern *encoded* matches is read as the sign that it stands for.
    """

    def __init__(self, text: str, pieces: Sequence[HtmlToken], encoded: str) -> None:
        self.source = text
        self._tag: HtmlToken | None = None
        self._attributes: list[Attribute] = []
        self._pieces: list[HtmlToken] = []
        self._starts: list[int] = []
        self._source_ends: list[int] = []
        parts: list[str] = []
        for piece in pieces:
            done = piece.start
            for written in re.split(f"({encoded})", text[done : piece.end]):
                if written:
                    parts.append(read_sign(written) if len(written) < _MAX_SIGN_CHARS else written)
                    self._starts.append(done)
                    self._pieces.append(piece)
                    done += len(written)
                    self._source_ends.append(done)
        self.text = "".join(parts)
        self._ends = list(itertools.accumulate(map(len, parts)))

    def piece_at(self, index: int) -> HtmlToken:
        """Return the piece that holds the character at *index* of the joined text."""
        return self._pieces[bisect.bisect_right(self._ends, index)]

    def attribute_at(self, start: int, end: int) -> Attribute | None:
        """Return the attribute, of a start tag, that holds the source from *start* to *end*."""
        tag = self._pieces[bisect.bisect_right(self._starts, start) - 1]
        if tag is not self._tag:
            self._tag, self._attributes = tag, attributes(self.source, tag)
        return next((one for one in self._attributes if one.start <= start and end <= one.end), None)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the joined text from *start* to *end* stands in the source."""
        first, last = bisect.bisect_right(self._ends, start), bisect.bisect_left(self._ends, end)
        offset = start - (self._ends[first - 1] if first else 0)
        return self._starts[first] + offset, self._source_ends[last] - (self._ends[last] - end)
