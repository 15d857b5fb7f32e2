"""What people read, in the characters that their console or pipe can show."""

from __future__ import annotations

import codecs
import unicodedata

_LOOKALIKES = str.maketrans(
    {
        "\u2014": "-",
        "\u2013": "-",
        "\u2500": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2026": "...",
        "\u2192": "->",
    }
)


def encode_for_console(text: str, encoding: str | None) -> bytes:
    """Return *text* in *encoding* (``None``: UTF-8), never failing.

    What it has no character for becomes one that looks alike, a letter without its accent, or an escape.
    In UTF-8 the bytes of a file's name stay as they are.
    """
    if encoding is None or codecs.lookup(encoding).name == "utf-8":
        return text.encode("utf-8", "surrogateescape")
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return b"".join(_encode_character(character, encoding) for character in text)


def _encode_character(character: str, encoding: str) -> bytes:
    plain = character.translate(_LOOKALIKES)
    base = unicodedata.normalize("NFKD", character)[:1]
    for candidate in (character, plain, base):
        try:
            return candidate.encode(encoding)
        except UnicodeEncodeError:
            continue
    return character.encode(encoding, "backslashreplace")
