"""Files that end in the middle: their upload broke, or still goes on."""

from __future__ import annotations

import itertools
import re
from collections import Counter

from mpftp.domain.messages.markup import MAX_TOKENS, HtmlTokenKind, tokenize_html
from mpftp.domain.triplets.spreadsheet import unwrapped_row
from mpftp.domain.triplets.table import BLANK_CHARACTERS, split_row

TORN_RULE = "TEXT008"

# Only files without a last line end need these, so they are compiled when they are first used.
_WHOLE_ADDRESS = r"(?i)[^@]+@[^@]+\.(?:[^\W\d_]{2,}|xn--[a-z0-9-]+)>?\s*"
_MARKUP_BEGIN = r"(?i)<(?:[a-z/!?]|\Z)"

_OUTERMOST = ("html", "body")
"""Elements of which the outer one ends the message, though others were left open inside."""

_CLOSED_TAGS = ("head", "table", "style")
"""Elements that a piece of HTML closes, if it opens them at all."""


def is_torn_record(line: str, delimiter: str, width: int, email: int | None) -> bool:
    """Whether the last record of a table, which has no line end, was cut off.

    It was when it has fewer values than the header's *width*, an open quote, or ends with an address
    that has no top-level domain; *email* is the column of addresses, if there is one. A blank one is whole.
    """
    blank = BLANK_CHARACTERS.replace(delimiter, "").replace("\x00", "")  # NULs stand where data is to come
    if not line.strip(blank):
        return False
    row = unwrapped_row(line, delimiter) or split_row(line, delimiter)
    if row.broken and row.broken.kind in ("unclosed", "long"):
        return row.broken.kind == "unclosed"
    if len(row.values) < width:
        return True
    return email == len(row.values) - 1 and not re.fullmatch(_WHOLE_ADDRESS, row.values[-1])


def is_torn_html(text: str) -> bool:
    """Whether a message ends inside its structure, without a line end. Comments do not count.

    One of more than ``MAX_TOKENS`` is refused for that, and looked at no further.
    """
    if text.endswith("\n"):
        return False
    last = text.rfind("<")
    if last > text.rfind(">") and re.match(_MARKUP_BEGIN, text[last : last + 2]):
        return True
    opened: Counter[str] = Counter()
    ends: dict[str, HtmlTokenKind] = {}
    for token in itertools.islice(tokenize_html(text), MAX_TOKENS):
        if token.kind in (HtmlTokenKind.START, HtmlTokenKind.END):
            opened[token.name] += 1 if token.kind is HtmlTokenKind.START else -1
            ends[token.name] = token.kind
    outermost = next((tag for tag in _OUTERMOST if tag in ends), "")
    if outermost:
        return ends[outermost] is HtmlTokenKind.START
    return any(opened[tag] > 0 for tag in _CLOSED_TAGS)
