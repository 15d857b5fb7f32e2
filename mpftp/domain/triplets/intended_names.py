"""What a wrong file name was most likely meant to be, wherever its parts stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from mpftp.domain.file_names import (
    FORBIDDEN_CHARACTERS,
    INPUT_TYPES,
    OUTPUT_TYPES,
    InputType,
    TripletKey,
    is_calendar_date,
    is_safe_name,
)

# Only wrong names need these, so they are compiled when they are first used.
COPY_SUFFIX = r"(?i)(\s*\(\d+\)|\s+-\s+(copia|cópia|copy)(\s*\(\d+\))?)$"
COPY_PREFIX = r"(?i)^(copy of |cópia de |copia de )"
EXTENSION = r"\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,8}(\.(gz|zip|txt|csv))?$"

_ONE_EXTENSION = r"\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,8}$"
_SEPARATOR = r"[_\-. ]++"
_KIND = r"(?P<kind>(?i:conf|html|mail))"
_DAY = (
    r"(?P<day>\d{4}(?P<ymd>[-./_])\d{2}(?P=ymd)\d{2}|\d{2}(?P<dmy>[-./_])\d{2}(?P=dmy)\d{4}"
    r"|\d{14}|\d{12}|\d{8}|\d{6})(?!\d)"
)
_IN_ORDER = rf"(?s)(?P<stem>.+){_SEPARATOR}{_KIND}{_SEPARATOR}{_DAY}(?P<suffix>.*)"
_OUT_OF_ORDER = (
    rf"(?s)(?P<stem>.*[^A-Z])(?P<kind>CONF|HTML|MAIL)[_\-. ]*{_DAY}",
    rf"(?s){_KIND}{_SEPARATOR}(?P<stem>.+){_SEPARATOR}{_DAY}",
    rf"(?s)(?P<stem>.+){_SEPARATOR}{_DAY}{_SEPARATOR}{_KIND}",
    rf"(?s){_KIND}{_SEPARATOR}{_DAY}{_SEPARATOR}(?P<stem>.+)",
    rf"(?s){_DAY}{_SEPARATOR}{_KIND}{_SEPARATOR}(?P<stem>.+)",
    rf"(?s){_DAY}{_SEPARATOR}(?P<stem>.+){_SEPARATOR}{_KIND}",
)
_OTHER_TYPE = rf"(?s)(?P<stem>.+)_(?P<type>[^\W\d_]+)_{_DAY}"

_OTHER_WORDS = {
    **dict.fromkeys(("CFG", "CONFIG", "CONFIGURACAO", "CONFIGURAÇÃO"), InputType.CONF),
    **dict.fromkeys(("HTM", "MENSAGEM", "CORPO"), InputType.HTML),
    **dict.fromkeys(("EMAIL", "EMAILS", "MAILS", "CONTATO", "CONTATOS", "LISTA"), InputType.MAIL),
}
"""What people write for a type."""

_OWN_WORD = (
    r"(?i:(?<![^\W\d_])(conf|html|mail)(?![^\W\d_]))|(?<![A-Z])(CONF|HTML|MAIL)(?![A-Z])"
    r"|(?<!\d)(?P<day>\d{8})(?!\d)"
)
_OWN_EXTENSION = r"(?i)\.(zip|rar|7z|csv|xlsx|txt|html)$"


class IntendedName(NamedTuple):
    """The parts of a wrong name; *kind* is ``None`` for a type that does not exist.

    *suffix* is what stands after the date; *in_order* says whether NAME, type and date follow one
    another as they should.
    """

    key: TripletKey
    kind: InputType | None
    suffix: str = ""
    in_order: bool = True

    @property
    def right_name(self) -> str:
        """The name to use instead, ``""`` if the type cannot be read or the date is none."""
        return self.key.file(self.kind) if self.kind and is_calendar_date(self.key.date) else ""


@lru_cache(maxsize=4096)  # each wrong name is asked about four times in a row, in a folder of thousands
def parse_intended_name(name: str) -> IntendedName | None:
    """Return what the wrong *name* was meant for; ``None`` if no NAME or no date can be read."""
    text = _without_marks(unicodedata.normalize("NFC", name))
    for match, in_order in _readings(text):
        key = _read_key(match["stem"], match["day"])
        if key is not None:
            suffix = match["suffix"] if in_order else ""
            return IntendedName(key, INPUT_TYPES[match["kind"].upper()], suffix, in_order)
    other = re.fullmatch(_OTHER_TYPE, text.strip())
    if other is None or other["type"].upper() in OUTPUT_TYPES:
        return None
    key = _read_key(other["stem"], other["day"])
    return IntendedName(key, _OTHER_WORDS.get(other["type"].upper())) if key else None


def is_upload_attempt(name: str) -> bool:
    """Whether a *name* that cannot be read was uploaded for a campaign, by its words or extension."""
    stripped = re.sub(EXTENSION, "", name)
    parts = stripped.rsplit("_", 2)
    if len(parts) == 3 and parts[1].upper() in OUTPUT_TYPES:
        return False  # a copy of one of our own files
    words = re.finditer(_OWN_WORD, name)
    return bool(re.search(_OWN_EXTENSION, name)) or any(
        match["day"] is None or is_calendar_date(match["day"]) for match in words
    )


def _readings(text: str) -> Iterator[tuple[re.Match[str], bool]]:
    match = re.fullmatch(_IN_ORDER, text)
    if match:
        yield match, True
    for pattern in _OUT_OF_ORDER:
        match = re.fullmatch(pattern, text.strip())
        if match:
            yield match, False


def _without_marks(name: str) -> str:
    """*name* without extensions and a copy's marks, however many."""
    while True:
        shorter = re.sub(COPY_PREFIX, "", re.sub(COPY_SUFFIX, "", re.sub(_ONE_EXTENSION, "", name)))
        if shorter == name or not re.search(r"\d{6}|(?i:conf|html|mail)", shorter):
            return name
        name = shorter


def _read_key(stem: str, day: str) -> TripletKey | None:
    name = FORBIDDEN_CHARACTERS.sub("", stem).strip("_-. ").lstrip("~").strip()
    date = _read_date(day)
    return TripletKey(name, date) if name and date and is_safe_name(name) else None


def _read_date(text: str) -> str:
    """*text* as YYYYMMDD; eight digits that are no date stay as they are, ``""`` for anything else."""
    digits = re.sub(r"\D", "", text)
    choices = [digits[:8]] if len(digits) >= 8 else [f"20{digits}"]
    choices.append(turn_date(digits))
    valid = next((choice for choice in choices if is_calendar_date(choice)), "")
    return valid or (digits if len(digits) == 8 and digits.isascii() else "")


def turn_date(digits: str) -> str:
    """Return DDMMYYYY as YYYYMMDD if the year is a likely one, ``""`` otherwise."""
    turned = digits[4:8] + digits[2:4] + digits[:2]
    return turned if len(digits) == 8 and "1990" <= turned[:4] <= "2100" else ""
