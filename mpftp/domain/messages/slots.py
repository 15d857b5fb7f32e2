"""What changes from contact to contact in a message, and how a value is written in each place."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from mpftp.domain.messages.links import as_link, ascii_url, quote_value
from mpftp.domain.messages.quoting import quoted
from mpftp.domain.tokens import Kind


class Place(Enum):
    """Where a value stands, which decides how it is written."""

    HTML = "html"
    BARE = "bare"
    """In an attribute without quotes, which a space would end."""
    TEXT = "text"
    URL = "url"
    """A part of an address."""
    LINK = "link"
    """A whole address, or its beginning, in an attribute."""


@dataclass(frozen=True, slots=True)
class Field:
    """The contact's value in *column*, or *fallback* (already as written in *place*) when it is empty."""

    column: int
    fallback: str
    place: Place


@dataclass(frozen=True, slots=True)
class Signed:
    """The token of the contact's delivery for one purpose; part of one of our URLs."""

    kind: Kind
    link: int = 0


Piece = str | Field | Signed


def written(value: str, place: Place) -> str:
    """*value* as it is written in *place*: no value can end the text, the attribute, or its part of a URL."""
    if place is Place.TEXT:
        return value
    if place is Place.HTML:
        return html.escape(value)
    if place is Place.BARE:
        return _ENDS_BARE.sub(lambda match: f"&#{ord(match[0])};", html.escape(value))
    if place is Place.URL:
        return quote_value(value.strip())
    return html.escape(ascii_url(as_link(value)))


_ENDS_BARE = re.compile(r"[\s`=]")
_SHORT = {
    Place.HTML: re.compile(r"(?!\.|From )[ !#-%(-;?-~]{0,74}[!#-%(-;?-~]"),
    Place.TEXT: re.compile(r"(?!\.|From )[ -<>-~]{0,74}[!-<>-~]"),
    Place.URL: re.compile(r"(?!\.)[\w.~-]{1,75}", re.ASCII),
    Place.BARE: re.compile("(?!)"),
    Place.LINK: re.compile("(?!)"),
}
"""Values that need no change at all in a place, at the start of a quoted-printable line."""


def encoder(place: Place) -> Callable[[str], bytes]:
    """Writes a value in *place* as a quoted-printable piece that starts at the start of a line."""
    return functools.partial(_encoded, _SHORT[place].fullmatch, place)


def _encoded(unchanged: Callable[[str], object], place: Place, value: str) -> bytes:
    if unchanged(value):
        return value.encode("ascii")
    return _recoded(place, value) if len(value) < _REPEATED else quoted(written(value, place))


_REPEATED = 40  # characters of values that many contacts share, as cities and first names


@functools.lru_cache(maxsize=1024)
def _recoded(place: Place, value: str) -> bytes:
    return quoted(written(value, place))
