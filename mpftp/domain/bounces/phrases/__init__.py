"""The words by which mail servers of many makes and languages say why they refuse a message.

Patterns are written for ``normalize`` text: lower case, no accents, one space between words.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans("łŁøØđĐı", "lLoOdDi")  # which Unicode does not decompose
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "`": "'", "´": "'"})


def normalize(text: str) -> str:
    """*text* in lower case, without accents, with straight quotes and single spaces."""
    return " ".join(_unaccented(text.translate(_QUOTES)).casefold().split())


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


Phrases = dict[str, str]
"""Reason -> its phrases, as ``compile_phrases`` reads them."""


def compile_phrases(phrases: str) -> re.Pattern[str]:
    """One pattern, for ``normalize`` text, of all *phrases* (see ``join_phrases``)."""
    return re.compile(_unaccented(join_phrases(phrases)))


def reason_pattern(phrases: str) -> re.Pattern[str]:
    """As ``compile_phrases``, for phrases that tell a reason: none begins inside a Latin word.

    A ``~`` in them stands for a few words that do not turn to another subject: they hold no end of a
    sentence, no colon, and none of ``_TURNS``.
    """
    return re.compile(f"(?<![a-z0-9])(?:{_unaccented(join_phrases(phrases)).replace('~', _FEW_WORDS)})")


_TURNS = (
    "sender|from|remetente|remitente|your|sua|seu|helo|ehlo|spam|because|temporar|limit|ip#"
    "|returned|said|replied|messages?|mensage[mn]s?|mensajes?|try(?!ing)|tente|intente"
)
_FEW_WORDS = rf"(?:[^.;:a-z0-9](?:(?!\b(?:{_TURNS}))[^.;:]){{0,45}}?(?<![a-z0-9]))"


def join_phrases(phrases: str) -> str:
    """*phrases*, one a line, as one expression.

    A line that starts with ``|`` or ``+`` goes on with the one above; only the ``+`` is dropped.
    """
    expression = ""
    for line in filter(None, map(str.strip, phrases.splitlines())):
        expression += line.removeprefix("+") if line.startswith(("|", "+")) else f"|{line}"
    return expression[1:]
