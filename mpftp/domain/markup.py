"""Where things are in a client's HTML, so that everything else of it can stay byte for byte.

The parser is the standard library's; this only notes the positions of what will be changed.
"""

from __future__ import annotations

import bisect
import html.entities
import re
from dataclasses import dataclass
from html.parser import HTMLParser

URL_ATTRIBUTES = frozenset({"href", "src", "background", "action", "poster", "cite"})

_ATTRIBUTE = re.compile(r"""([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*)))?""")
_TAG_NAME = re.compile(r"<[^\s/>]*")
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*;?)")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attribute:
    """The value of attribute *name* of a *tag* (both lower case), as it stands at ``html[start:end]``."""

    tag: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Markup:
    """What ``scan`` found: attributes that hold URLs, names of the charset, the end of the body.

    *charsets* are the places of a charset's name in ``<meta>``; *base* is ``<base href>``.
    """

    urls: tuple[Attribute, ...]
    charsets: tuple[tuple[int, int], ...]
    body_end: int
    base: str


def scan(text: str) -> Markup:
    """Read the HTML *text* once. Outlook's conditional comments are read too, for they hold links."""
    scanner = _Scanner(text, 0)
    scanner.feed(text)
    scanner.close()
    urls = tuple(sorted(scanner.urls, key=lambda attribute: attribute.start))
    body_end = scanner.body_end if scanner.body_end is not None else len(text)
    return Markup(urls, tuple(scanner.charsets), body_end, scanner.base)


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


class _Scanner(HTMLParser):
    """Notes positions while the standard parser reads; *origin* is where its text begins in the whole."""

    def __init__(self, text: str, origin: int) -> None:
        super().__init__(convert_charrefs=True)
        self.urls: list[Attribute] = []
        self.charsets: list[tuple[int, int]] = []
        self.body_end: int | None = None
        self.base = ""
        self._origin = origin
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def _here(self) -> int:
        line, column = self.getpos()
        return self._origin + self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the URLs of one tag, and the charset that a ``<meta>`` names."""
        if tag != "meta" and not any(name in URL_ATTRIBUTES for name, _ in attrs):
            return
        for attribute in _attributes(tag, self.get_starttag_text() or "", self._here()):
            if attribute.name in URL_ATTRIBUTES:
                self.urls.append(attribute)
        if tag == "base" and not self.base:
            self.base = (dict(attrs).get("href") or "").strip()
        elif tag == "meta":
            self._note_charset(self.get_starttag_text() or "")

    def _note_charset(self, raw: str) -> None:
        match = _CHARSET.search(raw)
        if match:
            start = self._here()
            self.charsets.append((start + match.start(1), start + match.end(1)))

    def handle_endtag(self, tag: str) -> None:
        """Note where the body ends; the last one counts."""
        if tag == "body":
            self.body_end = self._here()

    def handle_comment(self, data: str) -> None:
        """Read the inside of ``<!--[if mso]>...<![endif]-->`` as HTML, for Outlook does."""
        if not data.lstrip().startswith("[if"):
            return
        inner = _Scanner(data, self._here() + len("<!--"))
        inner.feed(data)
        inner.close()
        self.urls += inner.urls


def _attributes(tag: str, raw: str, start: int) -> list[Attribute]:
    """The attributes of a tag with a value, the first of each name, placed in the whole text."""
    found: dict[str, Attribute] = {}
    name_end = _TAG_NAME.match(raw)
    for match in _ATTRIBUTE.finditer(raw, name_end.end() if name_end else 0):
        name = match[1].lower()
        group = match.lastindex or 1
        if name not in found:
            place = match.span(group) if group > 1 else (match.end(), match.end())
            found[name] = Attribute(tag, name, start + place[0], start + place[1])
    return [attribute for attribute in found.values() if attribute.end > attribute.start]


def line_starts(text: str) -> list[int]:
    """Where each line of *text* begins, for ``line_of``."""
    return [0, *(match.end() for match in re.finditer("\n", text))]


def line_of(starts: list[int], position: int) -> tuple[int, int]:
    """Line and column (both from 1) of *position*."""
    line = bisect.bisect_right(starts, position)
    return line, position - starts[line - 1] + 1
