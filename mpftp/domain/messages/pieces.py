"""What changes from contact to contact in a message, and how a value is written in each place."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from mpftp.domain.messages.links import ascii_url, parse_web_address, quote_value
from mpftp.domain.messages.quoting import encode_quoted_printable
from mpftp.domain.tokens import TokenKind


class OutputContext(Enum):
    """Where a value stands, which decides how it is written."""

    HTML = "html"
    UNQUOTED = "bare"
    """In an attribute without quotes, which a space would end."""
    TEXT = "text"
    URL = "url"
    """A part of an address."""
    LINK = "link"
    """A whole address, or its beginning, in an attribute."""


@dataclass(frozen=True, slots=True)
class ValuePiece:
    """The contact's value in *column*, or *fallback* (already as written in *place*) when it is empty."""

    column: int
    fallback: str
    output_context: OutputContext


@dataclass(frozen=True, slots=True)
class TokenPiece:
    """The token of the contact's delivery for one purpose; part of one of our URLs."""

    kind: TokenKind
    link: int = 0


Piece = str | ValuePiece | TokenPiece


def escape_value(value: str, context: OutputContext) -> str:
    """*value* as it is written in *context*: no value can end the text, attribute or part of a URL."""
    if context is OutputContext.TEXT:
        return value
    if context is OutputContext.HTML:
        return html.escape(value)
    if context is OutputContext.UNQUOTED:
        return _ENDS_UNQUOTED.sub(lambda match: f"&#{ord(match[0])};", html.escape(value))
    if context is OutputContext.URL:
        return quote_value(value.strip())
    return html.escape(ascii_url(parse_web_address(value)))


_ENDS_UNQUOTED = re.compile(r"[\s`=]")
_SHORT = {
    OutputContext.HTML: re.compile(r"(?!\.|From )[ !#-%(-;?-~]{0,74}[!#-%(-;?-~]"),
    OutputContext.TEXT: re.compile(r"(?!\.|From )[ -<>-~]{0,74}[!-<>-~]"),
    OutputContext.URL: re.compile(r"(?!\.)[\w.~-]{1,75}", re.ASCII),
    OutputContext.UNQUOTED: re.compile("(?!)"),
    OutputContext.LINK: re.compile("(?!)"),
}
"""Values that need no change at all in a place, at the start of a quoted-printable line."""


def make_value_encoder(context: OutputContext) -> Callable[[str], bytes]:
    """Writes a value in *context* as a quoted-printable piece that starts at the start of a line."""
    return functools.partial(_encoded, _SHORT[context].fullmatch, context)


def _encoded(unchanged: Callable[[str], object], context: OutputContext, value: str) -> bytes:
    if unchanged(value):
        return value.encode("ascii")
    return (
        _recoded(context, value)
        if len(value) < _REPEATED
        else encode_quoted_printable(escape_value(value, context))
    )


_REPEATED = 40  # characters of values that many contacts share, as cities and first names


@functools.lru_cache(maxsize=1024)
def _recoded(context: OutputContext, value: str) -> bytes:
    return encode_quoted_printable(escape_value(value, context))
