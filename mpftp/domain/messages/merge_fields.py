"""Merge fields: ``{{nome}}`` and ``{{nome|cliente}}``, between the two brackets of the profile."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mpftp.domain.profile import LINK_FIELDS, MAIL_FIELDS, Profile

MAX_MERGE_FIELD_CHARS = 500
"""Characters between the brackets; a longer stretch is text that happens to hold both of them."""

MAX_MERGE_FIELDS = 1_000
"""In one text: more of them, with long values, would make a message of gigabytes for each contact."""


class MergeField(NamedTuple):
    """One merge field of a text, which stands at ``text[start:end]``, brackets included.

    *name* is our field name where the written one is known, else the written one. *fallback* is as
    written, so in HTML it is markup; it stands in for an empty value.
    """

    name: str
    fallback: str
    start: int
    end: int


def parse_merge_fields(text: str, profile: Profile) -> list[str | MergeField]:
    """*text* cut into literal pieces (never empty) and merge fields, in order.

    Names are compared without regard to case, first with our field names, then with the client's
    headers. Joining the pieces, each slot as ``text[start:end]``, gives *text* again.
    """
    pieces: list[str | MergeField] = []
    resolved: dict[str, str] = {}
    done = 0
    for match in _pattern(profile.merge_open, profile.merge_close).finditer(text):
        if match.start() > done:
            pieces.append(text[done : match.start()])
        written, _, fallback = match[1].partition("|")
        name = resolved.get(written) or _resolved(written, profile)
        resolved[written] = name
        pieces.append(MergeField(name, fallback.strip(), *match.span()))
        done = match.end()
    if done < len(text):
        pieces.append(text[done:])
    return pieces


def merge_fields(text: str, profile: Profile) -> list[MergeField]:
    """Only the merge fields of *text*."""
    return [piece for piece in parse_merge_fields(text, profile) if isinstance(piece, MergeField)]


def find_column(name: str, columns: Sequence[str]) -> int | None:
    """The place among MAIL's *columns* of the field a slot names, ``None`` when MAIL lacks it."""
    return _places(tuple(columns)).get(name.casefold())


def is_filled(field: MergeField, columns: Sequence[str]) -> bool:
    """Whether MAIL's *columns* or our own links fill *field*."""
    return field.name in LINK_FIELDS or find_column(field.name, columns) is not None


@functools.cache
def _pattern(opening: str, closing: str) -> re.Pattern[str]:
    opening, closing = re.escape(opening), re.escape(closing)
    # A quote and the end of its rule behind them are those of a style sheet: content:"{{"}.
    return re.compile(
        rf"{opening}(?![\"']\s*[;}}])((?:(?!{opening}|{closing}).){{0,{MAX_MERGE_FIELD_CHARS}}}){closing}",
        re.DOTALL,
    )


@functools.lru_cache(maxsize=256)
def _places(columns: tuple[str, ...]) -> Mapping[str, int]:
    return {column.casefold(): index for index, column in reversed(list(enumerate(columns)))}


def _resolved(written: str, profile: Profile) -> str:
    """Our name of the field *written*, which in HTML may hold character references and line breaks."""
    name = " ".join(html.unescape(written).split())
    folded = name.casefold()
    if folded in LINK_FIELDS or folded in MAIL_FIELDS:
        return folded
    headers = {header.casefold(): field for field, header in profile.mail.items()}
    return headers.get(folded, name)
