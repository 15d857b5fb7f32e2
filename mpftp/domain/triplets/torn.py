"""Files that end in the middle: their upload broke, or still goes on."""

from __future__ import annotations

import re

from mpftp.domain.triplets.spreadsheet import unwrapped_row
from mpftp.domain.triplets.table import split_row

TORN_RULE = "TEXT008"

_WHOLE_ADDRESS = re.compile(r"[^@]+@[^@]+\.(?:[^\W\d_]{2,}|xn--[a-z0-9-]+)\s*", re.IGNORECASE)
_CLOSED_TAGS = ("html", "head", "body", "table", "style")
"""Elements that a whole message closes, if it opens them at all."""


def is_torn_record(line: str, delimiter: str, width: int, email: int | None) -> bool:
    """Whether the last record of a table, which has no line end, was cut off.

    It was when it has fewer values than the header's *width*, an open quote, or ends with an address
    that has no top-level domain; *email* is the column of addresses, if there is one.
    """
    row = unwrapped_row(line, delimiter) or split_row(line, delimiter)
    if row.broken and row.broken.kind in ("unclosed", "long"):
        return row.broken.kind == "unclosed"
    if len(row.values) < width:
        return True
    return email == len(row.values) - 1 and not _WHOLE_ADDRESS.fullmatch(row.values[-1])


def is_torn_html(text: str) -> bool:
    """Whether a message ends inside its structure, without a line end."""
    if text.endswith("\n"):
        return False
    if text.rfind("<") > text.rfind(">"):
        return True
    return any(_count(f"<{tag}[\\s>]", text) > _count(f"</{tag}[\\s>]", text) for tag in _CLOSED_TAGS)


def _count(pattern: str, text: str) -> int:
    return len(re.findall(pattern, text, re.IGNORECASE))
