"""Text from outside, as it may reach a terminal, a mail or a log."""

from __future__ import annotations

import json
import unicodedata
from typing import Any


def escape_invisible(text: str) -> str:
    """*text* for a terminal: a tab is one blank, and what cannot be seen is spelled out."""
    return text if text.isprintable() else "".join(map(_escape_character, text))


def format_json(value: Any, indent: int | None = None) -> str:
    r"""*value* as JSON in plain letters, but for what cannot be seen or is no text: that is ``\uXXXX``."""
    return escape_json(json.dumps(value, ensure_ascii=False, indent=indent, default=str))


def escape_json(text: str) -> str:
    r"""*text*, which is JSON, with what cannot be seen or is no text as ``\uXXXX``."""
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
