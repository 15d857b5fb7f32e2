"""File names of triplets and results: ``NAME_TYPE_YYYYMMDD`` (seed, "Nomenclatura dos arquivos")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class InputType(StrEnum):
    """The three files that a client uploads."""

    CONF = "CONF"
    HTML = "HTML"
    MAIL = "MAIL"


class ResultType(StrEnum):
    """The six files that a client gets back."""

    ABERTURA = "ABERTURA"
    ABERTURAUNICA = "ABERTURAUNICA"
    CLIQUE = "CLIQUE"
    CLIQUEUNICO = "CLIQUEUNICO"
    RETORNADO = "RETORNADO"
    CANCELADO = "CANCELADO"


class AnswerType(StrEnum):
    """Files by which we answer a triplet: refused, or received."""

    ERRO = "ERRO"
    RECIBO = "RECIBO"


@dataclass(frozen=True, slots=True, order=True)
class TripletKey:
    """What identifies a triplet of one client: *name* may hold ``_``; *date* is ``YYYYMMDD``."""

    name: str
    date: str

    def file(self, kind: InputType | ResultType | AnswerType) -> str:
        """The bare file name of this triplet's file of one kind."""
        return f"{self.name}_{kind.value}_{self.date}"
