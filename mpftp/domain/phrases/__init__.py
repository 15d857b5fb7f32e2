"""The words by which mail servers of many makes and languages say why they refuse a message.

Patterns are written for ``plain`` text: lower case, no accents, one space between words.
"""

from __future__ import annotations

import re
import unicodedata

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "`": "'", "´": "'"})


def plain(text: str) -> str:
    """*text* in lower case, without accents, with straight quotes and single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_QUOTES)).casefold()
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(kept.split())


Phrases = dict[str, str]
"""Reason -> its phrases, as ``any_of`` reads them."""


def any_of(phrases: str) -> re.Pattern[str]:
    """One pattern for all *phrases*, one a line.

    A line that starts with ``|`` or ``+`` goes on with the one above; only the ``+`` is dropped.
    """
    joined = ""
    for line in filter(None, map(str.strip, phrases.splitlines())):
        joined += line.removeprefix("+") if line.startswith(("|", "+")) else f"|{line}"
    return re.compile(joined[1:])
