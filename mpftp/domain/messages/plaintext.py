"""The text part: what a reader without HTML sees of a newsletter."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup
from markdownify import MarkdownConverter

from mpftp.domain.messages.markup import HtmlToken, HtmlTokenKind, tokenize_html

_INLINE = re.compile(r": (https?://\S+) +(?=\S)")
"""A link with text after it, which goes between angle brackets (RFC 3986, appendix C), clear of any stop."""

MAX_PARSED_CHARS = 500_000
"""Characters that are read as a tree, five times what Gmail shows; of a larger page only the text is kept."""

_EMBEDDED = re.compile(r"data:[a-z0-9.+/-]*+;base64,[^\"'>)]*+", re.IGNORECASE)
"""An embedded image, which says nothing to a reader and makes a small page look large."""

_LAYOUT_NAMES = "table tbody thead tfoot tr td th caption center header footer main nav aside address figure"
_LAYOUT_NAMES += " details summary fieldset legend form button option hgroup dialog menu"
_LAYOUT = _LAYOUT_NAMES.split()
_BLOCK_NAMES = "p div section article figcaption dt dd h1 h2 h3 h4 h5 h6 ul ol li br hr pre"
_BLOCKS = frozenset({*_LAYOUT, *_BLOCK_NAMES.split()})
_CELLS = ["td", "th"]
_ENDED_BY = {
    "a": ["a"],
    "li": ["li"],
    "dt": ["dt", "dd"],
    "dd": ["dt", "dd"],
    "td": _CELLS,
    "th": _CELLS,
    "tr": ["tr"],
}
"""What a start tag ends, whose own end tag HTML lets people leave out."""

_INSIDE = {"a": [], "tr": ["a", *_CELLS]}
"""What may still be open inside what a start tag ends; of others, a link."""

_TRACKED = frozenset({*_ENDED_BY, "ul", "ol", "dl", "table"})
_MAX_HEADINGS = 200  # of tables, whose cost grows with their depth in one another
_DEEPEST = 100  # lists and links around one another, as far as they are told apart
_NO_DATA = [*sorted(_BLOCKS - {*_CELLS, "tr", "tbody", "thead", "tfoot", "caption"}), "img"]
_INVISIBLE = " \t\xa0\xad\u034f\u200b\u200c\u200d\u2007\u2060\ufeff"
_FILLING = re.compile(f"(?<![{_INVISIBLE}])[{_INVISIBLE}]*[ \t\xa0][{_INVISIBLE}]*")
"""What newsletters put after a preheader to keep the text behind it out of the list of messages."""


def html_to_text(page: str) -> str:
    """The HTML *page* as text with line feeds at line ends, at most one empty line in a row."""
    page = _EMBEDDED.sub("", page)
    try:
        text = _read(page) if len(page) <= MAX_PARSED_CHARS else _strip_to_text(page)
    except RecursionError:  # elements nested hundreds deep
        text = _strip_to_text(page)
    text = _INLINE.sub(_bracketed, text)
    lines = [_FILLING.sub(" ", line).strip(_INVISIBLE) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _bracketed(match: re.Match[str]) -> str:
    space = "" if match.string[match.end() : match.end() + 1] in ".,;:!?)" else " "
    return f" <{match[1]}>{space}"


def _read(page: str) -> str:
    soup = BeautifulSoup("".join(_clean_html(page)), "html.parser", on_duplicate_attribute="ignore")
    _join_rows(soup)
    for tag in soup.find_all(_LAYOUT):
        tag.name = "div"  # a newsletter's tables place things; as text, each cell is a line
    text: str = _TextConverter().convert_soup(soup)
    return text


def _join_rows(soup: BeautifulSoup) -> None:
    """Make one line of each row of a table of data: one that has headings, and only words in its cells."""
    headings = soup.find_all("th", limit=_MAX_HEADINGS)
    tables = {id(table): table for cell in headings if (table := cell.find_parent("table"))}
    for table in tables.values():
        if table.find(_NO_DATA) is None:
            rows = {id(row): row for cell in table.find_all(_CELLS) if (row := cell.parent)}
            _join_cells([row.find_all(_CELLS, recursive=False) for row in rows.values()])


def _join_cells(rows: list[list[Any]]) -> None:
    """Part the cells of each row by bars, as far as the table's columns hold words: the rest is room."""
    filled = [at for cells in rows for at, cell in enumerate(cells) if cell.get_text(strip=True)]
    last = max(filled, default=0)
    for cells in rows:
        for cell in cells[: min(last, len(cells) - 1)]:
            cell.append(" | ")
        for cell in cells:
            cell.name = "span"


def _clean_html(page: str) -> Iterator[str]:
    """Tags and text of *page*, and nothing over which a reader of broken HTML would stumble."""
    opened: list[str] = []
    for token in tokenize_html(page):
        if token.kind in (HtmlTokenKind.START, HtmlTokenKind.END):
            if token.name in _TRACKED:
                yield from _implied_end(token, opened)
            yield page[token.start : token.end]
        elif token.kind is HtmlTokenKind.TEXT:
            yield page[token.start : token.end].replace("<", "&lt;")


def _implied_end(tag: HtmlToken, opened: list[str]) -> Iterator[str]:
    """Yield the end tag that *tag* makes needless; *opened* are the tracked elements around it."""
    ended = tag.name
    if tag.kind is HtmlTokenKind.START:
        inside = _INSIDE.get(tag.name, ["a"])
        ended = next((name for name in reversed(opened) if name not in inside), "")
        if ended not in _ENDED_BY.get(tag.name, ()):
            opened.append(tag.name)
            return
        yield f"</{ended}>"
    while ended in opened[-_DEEPEST:] and opened.pop() != ended:
        pass
    if tag.kind is HtmlTokenKind.START:
        opened.append(tag.name)


def _strip_to_text(page: str) -> str:
    """The text of *page* alone: each block on a line of its own, no addresses."""
    pieces: list[str] = []
    for token in tokenize_html(page):
        if token.kind is HtmlTokenKind.TEXT:
            pieces.append(re.sub(r"\s+", " ", html.unescape(page[token.start : token.end])))
        elif token.kind in (HtmlTokenKind.START, HtmlTokenKind.END) and token.name in _BLOCKS:
            pieces.append("\n\n" if token.kind is HtmlTokenKind.END else "\n")
    return "".join(pieces)


class _TextConverter(MarkdownConverter):
    """Writes plain text: no marks of emphasis, links as text and address, layout tables as lines."""

    class Options:
        """No Markdown escapes; an image is its alternative text; styles and scripts are no text."""

        escape_asterisks = escape_underscores = escape_misc = False
        bullets = "-"
        wrap, wrap_width = True, None  # source lines are joined, long ones stay

    def convert_a(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """``Text: address``, or the address alone where the text says no more."""
        address = (el.get("href") or "").strip()
        label = " ".join(text.split())
        if not address or address.startswith("#"):
            return text
        if not label:
            return f" {address} "
        if label in (address, address.removeprefix("mailto:").removeprefix("tel:")):
            return label
        return f"{label.rstrip(':')}: {address} "

    def convert_img(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """What the sender wrote for those who do not see the picture, clear of the next picture's."""
        return f" {' '.join((el.get('alt') or '').split())} "

    def convert_area(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """A part of a picture that leads somewhere is a link."""
        return self.convert_a(el, el.get("alt") or "", parent_tags)

    def _plain(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return text

    convert_pre = convert_video = convert_audio = _plain
    convert_b = convert_strong = convert_em = convert_i = convert_del = convert_s = _plain
    convert_code = convert_samp = convert_kbd = convert_sub = convert_sup = _plain

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        """A heading is a paragraph of its own."""
        return f"\n\n{text.strip()}\n\n"

    def _nothing(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return ""

    convert_style = convert_script = convert_title = _nothing
