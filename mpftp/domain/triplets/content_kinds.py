"""What kind of file a text is by its first line, not by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mpftp.domain.file_names import InputType
from mpftp.domain.profile import Profile
from mpftp.domain.triplets.spreadsheet import find_first_line
from mpftp.domain.triplets.table import count_known, detect_delimiter, split_row

_TEXT_FORMATS = (
    (r"\[\s*(?:[\[{\"]|\Z)|\{\s*(?:\"|\Z)", "JSON"),
    (r"BEGIN:VCARD", "vCard"),
    (r"<\?xml\b", "XML"),
    (r"(?:INSERT INTO|CREATE TABLE|DROP TABLE|SET NAMES)\b|--(?: |\Z)|/\*!", "SQL"),
    (r"ID;P|TABLE\Z", "SYLK / DIF"),
    (r"dn: ?\w+=", "LDIF"),
    (r"(?:MIME-Version|Return-Path|Received|Content-Type): ", "MHT / EML"),
)
"""How the first line of other formats for data begins."""


def find_other_kind(kind: InputType, written: str, profile: Profile) -> InputType | None:
    """Return the kind of file that *written* is by its first line, ``None`` if it may be *kind*."""
    header_line = find_first_line(written).strip()
    others = [one for one in (InputType.HTML, InputType.CONF, InputType.MAIL) if one is not kind]
    if _begins_like(kind, header_line, profile):
        return None
    return next((one for one in others if _begins_like(one, header_line, profile)), None)


def _begins_like(kind: InputType, header_line: str, profile: Profile) -> bool:
    """Whether the first line *header_line* is that of a file *kind*."""
    if kind is InputType.HTML:
        return bool(re.match(r"<(!doctype|html|head|body|table|div)\b", header_line, re.IGNORECASE))
    return _is_header(header_line, profile.conf if kind is InputType.CONF else profile.mail)


def _is_header(header_line: str, headers: Mapping[str, str]) -> bool:
    """Whether *header_line* is a header line with at least two of *headers*."""
    known = set(headers.values())
    delimiter, _ = detect_delimiter(header_line, known, None)
    return count_known(split_row(header_line, delimiter).values, known) > 1


def find_text_format(first_line: str) -> str:
    """Return the format of a text whose *first_line* can be that of no table, ``""`` if it may be one."""
    return next((name for pattern, name in _TEXT_FORMATS if re.match(pattern, first_line, re.IGNORECASE)), "")
