"""Bad customer data as data: what was found, and where. ``mpftp.domain.triplets.rules`` knows the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MAX_EXCERPT_CHARS = 160
"""Characters of an offending line that a finding shows."""


class Severity(StrEnum):
    """How much a finding weighs: an error refuses (the triplet, or one contact), the others do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Scope(StrEnum):
    """What an error refuses: the whole triplet, or only the contact of its line."""

    TRIPLET = "triplet"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of the rule with identifier *rule*, in *file* (a bare name).

    *line* and *column* count from 1, the column in characters; ``None`` where the rule speaks of a
    whole file or set. *excerpt* is the offending line (shortened), *width* the number of characters
    that a caret underlines from *column*, and *values* fill the rule's message. Where a long line
    was cut on its left, *skipped_chars* characters are missing from the excerpt's start.
    """

    rule: str
    file: str
    line: int | None = None
    column: int | None = None
    excerpt: str = ""
    width: int = 1
    values: Mapping[str, str] = field(default_factory=dict)
    skipped_chars: int = 0


def make_finding(
    rule: str, file: str, line: int, column: int = 1, text: str = "", width: int = 1, **values: str
) -> Finding:
    """A finding at a place in the line *text*, which is cut so that *column* stays visible."""
    start = 0 if column <= MAX_EXCERPT_CHARS * 2 // 3 else column - MAX_EXCERPT_CHARS // 3
    excerpt = text[start : start + MAX_EXCERPT_CHARS]
    return Finding(rule, file, line, column, excerpt, max(width, 1), values, start)
