"""What a server or a relay says, before it reaches an error, a log, a terminal or the state."""

from __future__ import annotations

import functools
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote

from mpftp.domain.printable import escape_invisible

MAX_FOREIGN_CHARS = 200
STRUCK = "***"

SecretFilter = Callable[[str], str]
"""Returns a text without the secrets that it knows."""

_SHORT_CHARS = 4  # a secret below this length may stand in any word, so it is struck out as a word only
_TELLING_CHARS = 6  # no part of a secret that is shorter tells anything
_ENCODED_WORD = re.compile(r"[A-Za-z0-9+/=_%\\-]+|.", re.DOTALL)


def keep_text(text: str) -> str:
    """Return *text* as it is: the filter of who knows no secret."""
    return text


def clean_foreign_text(text: str, strike: SecretFilter = keep_text, limit: int = MAX_FOREIGN_CHARS) -> str:
    """*text* on one line of *limit* characters at most, struck, and with what cannot be seen spelled out."""
    cleaned = escape_invisible(" ".join(strike(text).split()))
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 3] + "..."


@functools.lru_cache(maxsize=64)
def make_secret_filter(*secrets: str) -> SecretFilter:
    """What strikes *secrets* out of a text, however a dialogue has them.

    They are found in any case, in base64 (RFC 4648; inside a longer text too, as in SASL PLAIN), in
    hexadecimal, percent-encoded, as Python writes bytes, with blanks, control characters or backslashes
    in between, and when only a third or more of one is there. The whole word around one goes with it.
    """
    forms = [form for secret in dict.fromkeys(secrets) if secret for form in _forms(secret)]
    if not forms:
        return keep_text
    short_forms = [form for form in forms if len(form) < _SHORT_CHARS]
    short_pattern = re.compile(
        "|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in short_forms), re.IGNORECASE
    )
    parts: dict[int, set[str]] = {}
    pieces: set[str] = set()
    for form in forms:
        if len(form) >= _SHORT_CHARS:
            size = min(len(form), max(_TELLING_CHARS, (len(form) + 2) // 3))
            parts.setdefault(size, set()).update(form[at : at + size] for at in range(len(form) - size + 1))
            # Whatever has *size* characters of a form in a row has one of these whole.
            step = (size + 1) // 2
            pieces.update(form[at : at + step].lower() for at in range(0, len(form) - step + 1, step))

    def strike(text: str) -> str:
        text = short_pattern.sub(STRUCK, text) if short_forms else text
        plain = "".join(text.split()).lower()
        if plain.isprintable() and "\\" not in plain and not any(piece in plain for piece in pieces):
            return text
        places, packed = _pack(text)
        marked = {
            position
            for size, known in parts.items()
            for at in range(len(packed) - size + 1)
            if packed[at : at + size] in known
            for position in range(places[at], places[at + size - 1] + 1)
        }
        return _strike_marked(text, marked) if marked else text

    return strike


def _forms(secret: str) -> Iterator[str]:
    """*secret* in lower case, as it is and in the encodings that dialogues use; nothing twice."""
    data = secret.encode("utf-8", "surrogateescape")
    forms = [secret, data.hex(), quote(data), quote(data, safe=""), repr(data)[2:-1]]
    for before, cut in ((0, 0), (1, 2), (2, 3)):  # how far the secret stands from a group's start
        encoded = b64encode(bytes(before) + data).decode("ascii")
        certain = encoded.rstrip("=")[cut:] if not encoded.endswith("=") else encoded.rstrip("=")[cut:-1]
        forms += [certain, certain.translate(str.maketrans("+/", "-_"))]
    encoded_too_short = {form for form in forms[1:] if len(form) < _SHORT_CHARS and form != secret}
    packed = ["".join(_packed(form)) for form in forms if form not in encoded_too_short]
    return (form for form in dict.fromkeys(packed) if form)


def _packed(text: str) -> Iterator[str]:
    return (_fold(character) for character in text if not _is_gap(character))


def _pack(text: str) -> tuple[list[int], str]:
    """*text* in lower case without what may stand between the characters of a secret, and their places."""
    kept = [(position, _fold(char)) for position, char in enumerate(text) if not _is_gap(char)]
    return [position for position, _ in kept], "".join(char for _, char in kept)


def _fold(character: str) -> str:
    """*character* in lower case, unless that makes two of it."""
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _is_gap(character: str) -> bool:
    return character == "\\" or character.isspace() or not character.isprintable()


def _strike_marked(text: str, marked: set[int]) -> str:
    """*text* with ``STRUCK`` for each run of *marked* places and the encoded word around it."""
    parts: list[str] = []
    for match in _ENCODED_WORD.finditer(text):
        if marked.isdisjoint(range(*match.span())):
            parts.append(match[0])
        elif not parts or parts[-1] != STRUCK:
            parts.append(STRUCK)
    return "".join(parts)
