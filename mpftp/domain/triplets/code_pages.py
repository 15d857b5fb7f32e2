"""The code page of a text that is not UTF-8: Windows-1252, ISO-8859-15, or one of DOS and Macintosh.

Every word with a byte beyond ASCII is read in each code page, and judged by what western languages
write: which letters stand together, capitals among capitals, no sign inside a word. A text is taken
for DOS or Macintosh only where its Windows-1252 reading makes no sense and the other one does.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterable

CODE_PAGES = ("cp850", "cp437", "cp860", "mac_roman")
"""Code pages of DOS and old Macintosh programs, the more usual one first where two read alike."""

_MAX_WORDS = 5_000
"""Words after which no further part is looked at; a text has shown what it is long before."""

_MAX_PARTS, _PART_BYTES = 16, 1 << 16
"""How much is looked at: a part of each of so many blocks that are not ASCII."""

_TELLING_BYTES = 40
"""Bytes of a word that is shown."""

_SURELY_WRONG = -0.4
_SURELY_RIGHT = 0.5
_MARGIN = 1.2
_NO_SENSE = -1.0
_NO_WORD = -0.9
_TOO_SENSELESS = 0.1  # share of words, where another code page makes sense of every word

_LETTERS_ONLY = bytes(byte if byte > 127 or chr(byte).isalpha() else 32 for byte in range(256))
_LOST_LETTER = re.compile(rb"\?(?<=[A-Za-z\x80-\xff]\?)(?=([A-Za-z\x80-\xff]))")
"""What programs write for a letter that their code page lacks, as cp437 lacks Ã and Õ."""

_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_LETTER = re.compile(r"[^\W\d_]")
_VOWEL = re.compile("[aeiouyà-öø-ý]", re.IGNORECASE)
_EURO = re.compile(
    rb"(?<![A-Za-z\x80-\xff])\xa4(?![A-Za-z\x80-\xff])|[cCsSvVnNbBmMhH][\xbc\xbd][uUdDiI]|[\xbc\xbd][uU][vVfF]"
    rb"|[A-Za-z][\xa8\xb8][a-z]|(?<![A-Za-z\x80-\xff])\xa6[a-z]"
)
_EURO_BYTES = b"\xa4\xa6\xa8\xb8\xbc\xbd"
_NOT_ISO = re.compile(rb"[\x80-\x9f]|[\d\s][\xbc-\xbe](?![A-Za-z])")
_USUAL = dict.fromkeys("áéíóúâêôàãõç", 1.0) | dict.fromkeys("ñèäöüß", 0.8) | dict.fromkeys("îûùëïìò", 0.4)
_RARE = dict.fromkeys("ðþýÿ", -0.7) | dict.fromkeys("åæø", 0.0) | dict.fromkeys("šž", 0.2)
_PUNCTUATION = frozenset("“”‘’«»„–—…•·™®©§°ºª†¡¿€£¥¢¤¹²³½¼¾×÷±\u00a0\u00ad")
_USUAL_SIGN = re.compile(
    r"(?i:(?<=[^\W\d_])(?:[’‘]n’(?=[^\W\d_])|’(?:ve|re|ll|d|m)$))|^(?:[A-Z][–—][A-Z]|[a-z][–—][a-z])$"
    r"|^µ[glmsFA]+$|^[‡‰‹›¶]$|^[‚„][^\W\d_]+[‘“]$"
)
"""Signs of Windows-1252 as people write them: ``rock’n’roll``, ``A–Z``, ``µg``, ``‚ja‘``, some alone."""

_LEFT_SMALL = "áíóõúãôç"
_LEFT_SMALL_AT_END = _LEFT_SMALL + "éê"
_AFTER_N_TILDE = frozenset("aeiouáéíóú")
_AFTER_CEDILLA = frozenset("aouãõáóúâôàíéê")
_BEFORE_CEDILLA = frozenset("aeiouáéíóúâêôãnrlcp’")


def guess_code_page(blocks: Iterable[bytes]) -> str:
    """Return the code page that *blocks*, which are not UTF-8, are most likely written in.

    ``cp1252`` unless another one reads far better; ``iso8859-15`` where only its euro sign or its
    letters make sense.
    """
    parts = _parts_beyond_ascii(blocks)
    if _has_euro(parts) and not any(map(_NOT_ISO.search, parts)):
        return "iso8859-15"
    return _best_reading(_count_words(_LOST_LETTER.sub(_any_letter, part) for part in parts))


def _any_letter(lost: re.Match[bytes]) -> bytes:
    """Return a letter for a *lost* one, in the case of the letter behind it."""
    return b"A" if lost[1].isupper() else b"a"


def find_telling_word(blocks: Iterable[bytes], page: str) -> bytes:
    """Return the word of *blocks* that shows best what becomes of *page* when it is read as Windows-1252.

    One of the most frequent, but rather one of letters alone, whose wrong reading can be seen; ``b""`` if
    no word holds a byte beyond ASCII.
    """
    words = _count_words(_parts_beyond_ascii(blocks))
    best = max(words, key=lambda word: (_is_telling(word, page), words[word]), default=b"")
    return best[:_TELLING_BYTES]


def _is_telling(word: bytes, page: str) -> bool:
    """Return whether *word* is one of letters in *page*, and visible as a whole in Windows-1252."""
    garbled = word.decode("cp1252", "replace")
    visible = garbled.isprintable() and not {"\ufffd", "\xad"} & set(garbled)
    return visible and len(word) <= _TELLING_BYTES and word.decode(page, "replace").isalpha()


def _parts_beyond_ascii(blocks: Iterable[bytes]) -> list[bytes]:
    """Return a part of each of the first *blocks* that are not ASCII."""
    beyond_ascii = (_with_neighbours(block) for block in blocks if not block.isascii())
    return list(itertools.islice(beyond_ascii, _MAX_PARTS))


def _count_words(parts: Iterable[bytes]) -> Counter[bytes]:
    """Return how often each word with a byte beyond ASCII stands in *parts*, for the usual ones."""
    words: Counter[bytes] = Counter()
    for part in parts:
        words.update(word for word in part.translate(_LETTERS_ONLY).split() if not word.isascii())
        if words.total() >= _MAX_WORDS:
            break
    return Counter(dict(words.most_common(_MAX_WORDS)))


def _has_euro(parts: Iterable[bytes]) -> bool:
    """Return whether a sign or letter that only ISO-8859-15 has makes sense in one of the *parts*."""
    likely = (part for part in parts if len(part.translate(None, _EURO_BYTES)) < len(part))
    return any(map(_EURO.search, likely))


def _with_neighbours(block: bytes) -> bytes:
    """Return the lines of *block* from the first one that is not ASCII, ``_PART_BYTES`` at the most."""
    first = _HIGH_BYTE.search(block)
    start = block.rfind(b"\n", 0, first.start()) + 1 if first else 0
    return block[start : start + _PART_BYTES]


def _best_reading(words: Counter[bytes]) -> str:
    """Return the code page whose reading of *words* is the likeliest."""
    total = sum(words.values())
    if not total:
        return "cp1252"
    western, senseless = _mean(words, "cp1252", total), _senseless(words, "cp1252") / total
    if western > _SURELY_WRONG and senseless < _TOO_SENSELESS:
        return "cp1252"
    means = {page: _mean(words, page, total) for page in CODE_PAGES}
    best = max(CODE_PAGES, key=lambda page: means[page])
    sure = western <= _SURELY_WRONG and means[best] - western >= _MARGIN
    clean = senseless >= _TOO_SENSELESS and not _senseless(words, best) and means[best] > western
    right = means[best] >= _SURELY_RIGHT or (western < _NO_SENSE and clean and means[best] > 0)
    return best if right and (sure or clean) else "cp1252"


def _senseless(words: Counter[bytes], page: str) -> int:
    """Return how many of *words* can hardly be, read in *page*."""
    return sum(count for word, count in words.items() if _word_score(word, page) < _NO_WORD)


def _mean(words: Counter[bytes], page: str, total: int) -> float:
    """Return how sensible *words* are on average, read in *page*: 1 and more is good, below 0 is bad."""
    return sum(_word_score(word, page) * count for word, count in words.items()) / total


@functools.lru_cache(maxsize=8192)
def _word_score(word: bytes, page: str) -> float:
    """Return how sensible *word* is, read in *page*: the mean of its characters beyond ASCII."""
    text = word.decode(page, "replace")
    scores = [_score(text, at) for at, letter in enumerate(text) if not letter.isascii()]
    return sum(scores) / len(scores) if scores else 0.0


def _score(text: str, at: int) -> float:
    """Return how sensible the character beyond ASCII at index *at* of the word *text* is."""
    letter = text[at]
    before, after = text[at - 1] if at else "", text[at + 1] if at + 1 < len(text) else ""
    if letter == "\u00a0" and _parts_no_words(text, at):
        return -2.0
    if any(match.start() <= at < match.end() for match in _USUAL_SIGN.finditer(text)):
        return 0.0
    if letter in "–—" and before.isalpha() and after.isalpha():
        return _dash_score(text, at)
    if not letter.isalpha() or letter in "ªº":
        return _sign_score(letter, before, after)
    base = _letter_score(letter.lower(), before.lower(), after.lower())
    case = 0.0 if text.istitle() and len(text) == 2 else _case_score(letter, before, after)
    return base + case + _crowd_score(before, after)


def _dash_score(text: str, at: int) -> float:
    """Return how sensible a dash with letters on both sides is, where ñ and ó of Macintosh stand."""
    before, after = text[:at], text[at + 1 :]
    is_short = text[at] == "–" and min(len(before), len(after)) < 3
    return -2.0 if after.islower() and (is_short or _parts_no_words(text, at)) else -0.3


def _parts_no_words(text: str, at: int) -> bool:
    """Return whether the sign at index *at* of *text* has letters on both sides, on one no vowel."""
    before, after = text[:at], text[at + 1 :]
    return bool(_LETTER.search(before) and _LETTER.search(after)) and not (
        _VOWEL.search(before) and _VOWEL.search(after)
    )


def _letter_score(letter: str, before: str, after: str) -> float:
    """Return how usual *letter* is between its neighbours, all in lower case."""
    if letter == "ã":
        return 2.0 if before and after in ("o", "e", "s", "") else 0.3
    if letter in "ìù" and after.isalpha():
        return -1.0
    if letter == "â":
        return 1.0 if after and after in "mn" else 0.8
    if letter == "ß" and before not in ("", *"aeiouyäöü"):
        return -1.0
    if letter == "õ":
        return 2.0 if after == "e" else 0.0
    if letter == "ç":
        return _cedilla_score(before, after)
    if letter == "ñ":
        return 1.5 if after in _AFTER_N_TILDE and after and before else -0.5
    if letter == "œ":
        return 0.8 if after and after in "uid" and before in ("", *"csvnbmh’") else -1.0
    if letter in _USUAL:
        return _USUAL[letter]
    return _RARE.get(letter, -2.0 if ord(letter) < 0x250 else -3.0)


def _cedilla_score(before: str, after: str) -> float:
    """Return how usual a ç is between its neighbours, all in lower case."""
    if not before:
        return 0.5 if after == "a" else -0.5
    if after in _AFTER_CEDILLA:
        return 1.7 if before in _BEFORE_CEDILLA else -2.0
    return -2.0 if after else -0.5


def _case_score(letter: str, before: str, after: str) -> float:
    """Return the penalty for a capital after a small letter, or a small one among capitals.

    It is slight for letters that programs leave small which know only capitals of ASCII (``JOãO``).
    """
    inside, at_end = after.isupper() and not before.islower(), before.isupper() and not after
    if (inside and letter in _LEFT_SMALL) or (at_end and letter in _LEFT_SMALL_AT_END):
        return -0.5
    if letter.isupper() and before.islower():
        return -3.0
    if letter.isupper() and after.islower() and before.isalpha():
        return -2.0
    if letter.islower() and after.isupper():
        return -2.5
    return -2.0 if letter.islower() and before.isupper() and after == "" and letter != "ß" else 0.0


def _crowd_score(before: str, after: str) -> float:
    """Return the penalty for letters beyond ASCII on both sides."""
    crowd = [one for one in (before, after) if one and not one.isascii() and one.lower() not in "ãõçáéíóú"]
    return -0.8 * len(crowd)


def _sign_score(sign: str, before: str, after: str) -> float:
    """Return how sensible a sign that is no letter is beside its neighbours."""
    if before.isalpha() and after.isalpha():
        if sign in "’‘" and (after.lower() in "aeiouhyâêéèàœstlr" or before in "ODLod"):
            return 0.0
        return {"\u00ad": 0.0, "·": 0.0, "\u00a0": -0.3, "…": -0.5}.get(sign, -2.0)
    if sign in _PUNCTUATION:
        return _edge_score(sign, before, after)
    return -1.0 if sign.isprintable() and not (before or after) else -2.5


def _edge_score(sign: str, before: str, after: str) -> float:
    """Return how sensible *sign* is at the beginning or the end of a word, or alone."""
    if sign in "“¡¿„«£" and before.isalpha():
        return -1.0
    if sign == "º" and before in ("n", "N"):
        return 0.8
    if (sign in "”™" and after.isalpha()) or (sign in "§¼" and before.isalpha()):
        return -1.0
    return -1.0 if sign in "¤¢¥†¹" and (before.isalpha() or after.isalpha()) else 0.0
