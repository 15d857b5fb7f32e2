"""File names of triplets and results: ``NAME_TYPE_YYYYMMDD`` (seed, "Nomenclatura dos arquivos")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

MAX_NAME_BYTES = 200
"""Bytes of NAME: with ``_ABERTURAUNICA_20260301`` and a temporary suffix it stays below 255."""


UNREADABLE = "ARQUIVOS"
"""The NAME of the answer to uploads whose own NAME or date cannot be read."""


class InputType(StrEnum):
    """The three files that a client uploads."""

    CONF = "CONF"
    HTML = "HTML"
    MAIL = "MAIL"


class ListType(StrEnum):
    """A file that a client uploads by itself: its own list of addresses that must not be mailed."""

    SUPRESSAO = "SUPRESSAO"


class ResultType(StrEnum):
    """The six files that a client gets back."""

    ABERTURA = "ABERTURA"
    ABERTURAUNICA = "ABERTURAUNICA"
    CLIQUE = "CLIQUE"
    CLIQUEUNICO = "CLIQUEUNICO"
    RETORNADO = "RETORNADO"
    CANCELADO = "CANCELADO"


class AnswerType(StrEnum):
    """Files by which we answer a triplet: refused, received, or what became of each line of MAIL."""

    ERRO = "ERRO"
    RECIBO = "RECIBO"
    SITUACAO = "SITUACAO"


class TripletKey(NamedTuple):
    """What identifies a triplet of one client: *name* may hold ``_``; *date* is ``YYYYMMDD``."""

    name: str
    date: str

    def __str__(self) -> str:
        """NAME_DATE, as people and the log call it."""
        return f"{self.name}_{self.date}"

    def file(self, kind: InputType | ListType | ResultType | AnswerType) -> str:
        """The bare file name of this triplet's file of one kind."""
        return f"{self.name}_{kind.value}_{self.date}"


class FileName(NamedTuple):
    """A well-formed name: the triplet it belongs to, and which of its files it is; a list stands alone."""

    key: TripletKey
    kind: InputType | ListType | ResultType | AnswerType


INPUT_TYPES = {kind.value: kind for kind in InputType}
LIST_TYPES = {kind.value: kind for kind in ListType}
OUTPUT_TYPES: Mapping[str, ResultType | AnswerType] = {
    **{kind.value: kind for kind in ResultType},
    **{kind.value: kind for kind in AnswerType},
}
NAME_PATTERN = re.compile(r"(?s)(.+)_([A-Z]+)_([0-9]{8})")
FORBIDDEN_CHARACTERS = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200b-\u200f\u2028-\u202e\ufeff\ufffd\ud800-\udfff]'
)


_INPUT_NAME = rf"_({'|'.join([*INPUT_TYPES, *LIST_TYPES])})_[0-9]{{8}}"


def mentions_input_file(text: str) -> bool:
    """Whether *text*, a name or a line that cannot be read, has the end of an input file's name."""
    return bool(re.search(_INPUT_NAME, text))


def has_foreign_bytes(name: str) -> bool:
    """Whether *name* was read with bytes that are none of its encoding's: they became surrogates."""
    return not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name)


def is_calendar_date(text: str) -> bool:
    """Whether *text* is eight ASCII digits that name a day of the calendar."""
    if not re.fullmatch(r"[0-9]{8}", text):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def normalize_name(name: str) -> str:
    """Return *name* in Unicode NFC, in which names are compared: a Mac's letters come apart (NFD)."""
    return unicodedata.normalize("NFC", name)


def parse_file_name(name: str) -> FileName | None:
    """The meaning of the bare file name *name*, or ``None`` when any rule of names is broken.

    A name that is parsed is safe to use as a path component: it holds no separator, no control
    character, does not begin with a dot and is at most 255 bytes long. Its key is in NFC.
    """
    shape = NAME_PATTERN.fullmatch(normalize_name(name))
    if shape is None:
        return None
    stem, kind, day = shape.groups()
    file_type = INPUT_TYPES.get(kind) or LIST_TYPES.get(kind) or OUTPUT_TYPES.get(kind)
    if file_type is None or not is_calendar_date(day) or not is_safe_name(stem):
        return None
    return FileName(TripletKey(stem, day), file_type)


def is_safe_name(stem: str) -> bool:
    """Whether *stem* may be the NAME of a triplet: safe in a path, and short enough for every suffix."""
    return (
        not FORBIDDEN_CHARACTERS.search(stem)
        and stem == stem.strip()
        and not stem.startswith((".", "~"))
        and len(stem.encode("utf-8", "surrogatepass")) <= MAX_NAME_BYTES
    )


class UploadPolicy(NamedTuple):
    """How files appear on a client's server: renamed from *temporary_name*, or *direct* where none may be.

    ``{name}`` in *temporary_name* stands for the file's own.
    """

    temporary_name: str
    direct: bool = False

    def name_for(self, name: str) -> str:
        """The name under which *name* is uploaded."""
        return name if self.direct else self.temporary_name.replace("{name}", name)

    def find_final_name(self, name: str) -> str:
        """The name that a file called *name* was to get, ``""`` when it is no temporary name."""
        before, _, after = self.temporary_name.partition("{name}")
        if len(name) <= len(before + after) or not (name.startswith(before) and name.endswith(after)):
            return ""
        return name.removeprefix(before).removesuffix(after)


UPLOAD_BY_RENAME = UploadPolicy("{name}.tmp")
