"""Text from outside, as it may reach a terminal, a mail or a log."""

from __future__ import annotations

import json
import unicodedata
from typing import Any


def escape_invisible(text: str) -> str:
    """*text* for a terminal: a tab is one blank, and what cannot be seen is spelled out."""
    return text if text.isprintable() else "".join(map(_escape_character, text))


_PLAIN_SIGNS = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "–": "-", "—": "-", "─": "-", "→": "->", "€": "EUR"}
)
"""What stands for a sign of ours that an old console's code page lacks."""


def encode_for_console(text: str, encoding: str) -> bytes:
    """*text* as bytes of a console's *encoding*; what that lacks is replaced by ASCII, never an error.

    Accents that it lacks are dropped, other characters become ``?``. With UTF-8 bytes that are no text
    pass as they are, for file names may hold anything.
    """
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        return text.encode("utf-8", "surrogateescape")
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return b"".join(_encode_character(character, encoding) for character in text)


def _encode_character(character: str, encoding: str) -> bytes:
    for spelling in (
        character,
        character.translate(_PLAIN_SIGNS),
        unicodedata.normalize("NFKD", character)[0],
    ):
        try:
            return spelling.encode(encoding)
        except UnicodeEncodeError:
            continue
    return b"?"


def format_json(value: Any, indent: int | None = None) -> str:
    r"""*value* as JSON in plain letters, but for what cannot be seen or is no text: that is ``\uXXXX``."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    lines = (
        line if line.isprintable() else "".join(map(_escape_for_json, line)) for line in text.split("\n")
    )
    return "\n".join(lines)


def _escape_for_json(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def _escape_character(character: str) -> str:
    if character == "\t" or character.isprintable():
        return character.replace("\t", " ")
    code = ord(character)
    if code < 32:
        return chr(0x2400 + code)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no text
        return f"<{code - 0xDC00:02X}>"
    return " " if unicodedata.category(character) == "Zs" else f"<U+{code:04X}>"
