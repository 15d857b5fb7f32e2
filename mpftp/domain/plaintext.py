"""The text part: what a reader without HTML sees of a newsletter."""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup
from markdownify import MarkdownConverter

_LAYOUT = ["table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption", "center"]


_INVISIBLE = " \t\xa0\xad\u034f\u200b\u200c\u200d\u2007\u2060\ufeff"
_FILLING = re.compile(f"[{_INVISIBLE}]*[ \t\xa0][{_INVISIBLE}]*")
"""What newsletters put after a preheader to keep the text behind it out of the list of messages."""


class _Reader(MarkdownConverter):
    """Writes plain text: no marks of emphasis, links as text and address, layout tables as lines."""

    class Options:
        """No Markdown escapes; an image is its alternative text; styles and scripts are no text."""

        escape_asterisks = escape_underscores = escape_misc = False
        bullets = "-"
        wrap, wrap_width = True, None  # source lines are joined, long ones stay

    def convert_a(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """``Text: address``, or the address alone where the text says no more."""
        address = (el.get("href") or "").strip()
        shown = " ".join(text.split())
        if not address or address.startswith("#"):
            return shown
        if not shown:
            return f" {address} "
        if shown in (address, address.removeprefix("mailto:").removeprefix("tel:")):
            return shown
        return f"{shown.rstrip(':')}: {address} "

    def convert_img(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """What the sender wrote for those who do not see the picture."""
        return " ".join((el.get("alt") or "").split())

    def _plain(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return text

    convert_pre = _plain
    convert_b = convert_strong = convert_em = convert_i = convert_del = convert_s = _plain
    convert_code = convert_samp = convert_kbd = convert_sub = convert_sup = _plain

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        """A heading is a paragraph of its own."""
        return f"\n\n{text.strip()}\n\n"

    def _nothing(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return ""

    convert_style = convert_script = convert_title = _nothing


def plain_text(html: str) -> str:
    """*html* as text with line feeds at line ends, at most one empty line in a row."""
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.find_all(_LAYOUT):
        tag.name = "div"  # a newsletter's tables place things; as text, each cell is a line
    text = _Reader().convert_soup(soup)
    lines = [_FILLING.sub(" ", line).strip(_INVISIBLE) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
