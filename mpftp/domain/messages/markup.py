"""Where things are in a client's HTML, so that everything else of it can stay byte for byte.

Tags are told apart as the HTML standard's tokenizer does, in one pass whose time grows with the length
alone; the standard library's parser needs a minute for 400 KB of ``<!--``.
"""

from __future__ import annotations

import bisect
import html.entities
import itertools
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

URL_ATTRIBUTES = frozenset({"href", "src", "background", "action", "poster", "cite"})
RAW_TEXT = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"})
"""Elements whose content holds no tags."""

MAX_TAGS = 20_000
"""Tags and comments of a message; what mail programs show in full has a tenth of them."""

MAX_TOKENS = 3 * MAX_TAGS + 3
"""Pieces among which there are more tags than that: each may have a text and a raw text behind it."""

_START = re.compile(r"""<([A-Za-z][^\s/>]*+)(?:[^>"'=]++|=\s*+(?:"[^"]*+"|'[^']*+')?|["'])*+>""")
_OPENING = re.compile(r"<(?=[A-Za-z/!?])")
_END = re.compile(r"</([A-Za-z][^\s/>]*+)[^>]*+>")
_ATTRIBUTE = re.compile(r"""([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+)))?""")
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*;?)")
_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?\s*+([\w.:-]++)", re.IGNORECASE)


class HtmlTokenKind(Enum):
    """The kinds of pieces that HTML is made of."""

    TEXT = "text"
    START = "start tag"
    END = "end tag"
    RAW = "content of a script, a style or a title"
    COMMENT = "comment, declaration or processing instruction"


class HtmlToken(NamedTuple):
    """``html[start:end]`` is *what*; *name* is a tag's, in lower case, or the element of a RAW text."""

    kind: HtmlTokenKind
    start: int
    end: int
    name: str = ""


class Attribute(NamedTuple):
    """The value of attribute *name* of a *tag* (both lower case), as it stands at ``html[start:end]``."""

    tag: str
    name: str
    start: int
    end: int


class HtmlOutline(NamedTuple):
    """What ``scan_html`` found: attributes that hold URLs, names of the charset, the end of the body.

    *charsets* are the places of a charset's name in ``<meta>``; *base* is ``<base href>``.
    """

    urls: tuple[Attribute, ...]
    charsets: tuple[tuple[int, int], ...]
    body_end: int
    base: str


def tokenize_html(text: str, start: int = 0, end: int | None = None) -> Iterator[HtmlToken]:
    """The pieces of ``text[start:end]`` in order and without gaps; a tag that never ends is dropped."""
    end = len(text) if end is None else end
    position = ahead = start
    while position < end:
        opening = _OPENING.search(text, ahead, end)
        if opening is None:
            yield HtmlToken(HtmlTokenKind.TEXT, position, end)
            return
        token = _markup_at(text, opening.start(), end)
        if token is None:  # a "<" that begins nothing is text
            ahead = opening.end()
            continue
        if token.start > position:
            yield HtmlToken(HtmlTokenKind.TEXT, position, token.start)
        yield token
        position = token.end
        if token.kind is HtmlTokenKind.START and token.name in RAW_TEXT:
            position = _raw_end(text, token, end)
            yield HtmlToken(HtmlTokenKind.RAW, token.end, position, token.name)
        ahead = position


def _markup_at(text: str, position: int, end: int) -> HtmlToken | None:
    """The tag or comment that begins at *position*; ``None`` when the ``<`` there begins nothing."""
    following = text[position + 1 : position + 2]
    if following.isascii() and following.isalpha():
        match = _START.match(text, position, end)
        return (
            HtmlToken(HtmlTokenKind.START, position, match.end(), match[1].lower())
            if match
            else _unclosed_to_end(position, end)
        )
    if following == "/":
        match = _END.match(text, position, end)
        if match:
            return HtmlToken(HtmlTokenKind.END, position, match.end(), match[1].lower())
    if text.startswith("<!--", position):
        if text.startswith((">", "->"), position + 4):  # HTML standard, "comment start state"
            return HtmlToken(HtmlTokenKind.COMMENT, position, text.index(">", position) + 1)
        closing = text.find("-->", position + 4, end)
        return (
            HtmlToken(HtmlTokenKind.COMMENT, position, closing + 3)
            if closing != -1
            else _unclosed_to_end(position, end)
        )
    if following in ("!", "?", "/"):
        closing = text.find(">", position, end)
        return (
            HtmlToken(HtmlTokenKind.COMMENT, position, closing + 1)
            if closing != -1
            else _unclosed_to_end(position, end)
        )
    return None


def _unclosed_to_end(position: int, end: int) -> HtmlToken:
    """Markup that is never closed swallows what follows, as it does in a browser."""
    return HtmlToken(HtmlTokenKind.COMMENT, position, end)


def _raw_end(text: str, token: HtmlToken, end: int) -> int:
    match = re.compile(rf"</{token.name}[\s/>]", re.IGNORECASE).search(text, token.end, end)
    return match.start() if match else end


def scan_html(text: str) -> HtmlOutline:
    """Read the HTML *text* once. Outlook's conditional comments are read too, for they hold links."""
    urls: list[Attribute] = []
    charsets: list[tuple[int, int]] = []
    body_end, base = len(text), ""
    for token in with_conditional(text, tokenize_html(text)):
        if token.kind is HtmlTokenKind.END and token.name == "body":
            body_end = token.start
        elif token.kind is HtmlTokenKind.START and text.find("=", token.start, token.end) != -1:
            here = [attribute for attribute in attributes(text, token) if attribute.name in URL_ATTRIBUTES]
            urls += here
            if token.name == "meta" and (match := _CHARSET.search(text, token.start, token.end)):
                charsets.append(match.span(1))
            elif token.name == "base" and here and not base:
                base = unescape_attribute(text[here[0].start : here[0].end]).strip()
    return HtmlOutline(tuple(urls), tuple(charsets), body_end, base)


def with_conditional(text: str, tokens: Iterable[HtmlToken]) -> Iterator[HtmlToken]:
    """The *tokens* of *text*, with the inside of ``<!--[if mso]>...<![endif]-->`` read as HTML."""
    for token in tokens:
        yield token
        if token.kind is HtmlTokenKind.COMMENT and re.compile(r"<!--\s*\[if", re.IGNORECASE).match(
            text, token.start
        ):
            yield from tokenize_html(text, token.start + len("<!--"), token.end)


def attributes(text: str, tag: HtmlToken) -> list[Attribute]:
    """The attributes of a start tag that have a value, the first of each name."""
    by_name: dict[str, Attribute] = {}
    begin = tag.start + 1 + len(tag.name)
    for match in _ATTRIBUTE.finditer(text, begin, tag.end - 1):
        name = match[1].lower()
        if name not in by_name:
            start, end = match.span(match.lastindex or 1) if (match.lastindex or 1) > 1 else (0, 0)
            by_name[name] = Attribute(tag.name, name, start, end)
    return [attribute for attribute in by_name.values() if attribute.end > attribute.start]


def is_commented_out(text: str, index: int) -> bool:
    """Return whether what stands at *index* of the HTML *text* is in a comment that no program shows."""
    start = text.rfind("<!--", 0, index)
    return start >= 0 and text.find("-->", start, index) < 0 and not text.startswith("<!--[if", start)


def unescape_attribute(value: str) -> str:
    """Decode the character references of an attribute's value as browsers do.

    A named one without its ``;`` stays as it is before ``=`` or a letter or digit (HTML standard,
    "named character reference state"), so that ``?a=1&region=sul`` survives; ``html.unescape`` would
    make a registered-trade-mark sign of it.
    """
    return _REFERENCE.sub(lambda match: _decoded(match[0], value[match.end() : match.end() + 1]), value)


def _decoded(reference: str, following: str) -> str:
    if reference.startswith("&#") or reference.endswith(";"):
        return html.unescape(reference)
    return reference if following == "=" else html.entities.html5.get(reference[1:], reference)


def line_starts(text: str) -> list[int]:
    """Where each line of *text* begins, for ``line_of``."""
    lengths = map(len, text.split("\n"))
    return list(itertools.accumulate(lengths, lambda start, length: start + length + 1, initial=0))[:-1]


def line_of(starts: list[int], position: int) -> tuple[int, int]:
    """Line and column (both from 1) of *position*."""
    line = bisect.bisect_right(starts, position)
    return line, position - starts[line - 1] + 1
