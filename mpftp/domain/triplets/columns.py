"""Columns of MAIL whose values have a rule of their own: one table for the fast road and the slow one.

The fast pattern of MAIL takes only what is surely valid, by ``ordinary_value``; every other line is
read slowly and judged by ``broken_rule``. A rule without a pattern is right everywhere, and makes
lines that have a value in its column slow until it gets one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

_STATE_CODES = "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO"
STATES = frozenset(_STATE_CODES.split())
DIGIT_COLUMNS = frozenset({"telefone", "celular", "cep", "uidcli"})
"""Columns in which any number in scientific notation, as 5E12, is one that a spreadsheet has spoilt."""

_SEXES = frozenset({"m", "f", "masculino", "feminino", "o", "outro", "n"})
_POSTAL_CODE = re.compile(r"[0-9]{2}\.?[0-9]{3}-?[0-9]{3}")
_BIRTHDAY = re.compile(
    r"(?:([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4}))(?:[ T][0-9:.]+)?"
)


class ColumnRule(NamedTuple):
    """What the values of one column must be.

    *rule* is broken by a value that is not *valid*, which gets it stripped and never empty.
    *ordinary* is a pattern of values that are surely valid; without one every value is read slowly.
    """

    rule: str
    valid: Callable[[str], bool]
    ordinary: bytes = rb"(?!)"


def _two_letters(codes: frozenset[str]) -> bytes:
    """Return a pattern of two-letter *codes*, all capitals or all small: by their first letter."""
    second: dict[str, str] = {}
    for code in sorted(codes):
        second[code[0]] = second.get(code[0], "") + code[1]
    capitals = "|".join(f"{first}[{others}]" for first, others in second.items())
    return f"{capitals}|{capitals.lower()}".encode()


def _is_birthday(value: str) -> bool:
    match = _BIRTHDAY.fullmatch(value)
    if match is None:
        return False
    year, month, day = match.group(1, 2, 3) if match[1] else match.group(6, 5, 4)
    try:
        return 1880 <= date(int(year), int(month), int(day)).year <= 2100
    except ValueError:
        return False


_MONTH, _DAY = rb"(?:0[1-9]|1[0-2])", rb"(?:0[1-9]|1[0-9]|2[0-8])"
_YEAR = rb"(?:19|20)[0-9][0-9]"

COLUMN_RULES: Mapping[str, ColumnRule] = {
    "data_nascimento": ColumnRule(
        "MAIL041",
        _is_birthday,
        _YEAR + b"-" + _MONTH + b"-" + _DAY + b"|" + _DAY + b"/" + _MONTH + b"/" + _YEAR,
    ),
    "estado": ColumnRule("MAIL042", lambda value: value.upper() in STATES, _two_letters(STATES)),
    "cep": ColumnRule(
        "MAIL043", lambda value: _POSTAL_CODE.fullmatch(value) is not None, rb"[0-9]{5}-?[0-9]{3}"
    ),
    "sexo": ColumnRule(
        "MAIL044",
        lambda value: value.casefold() in _SEXES,
        rb"[MFmf]|[Mm]asculino|[Ff]eminino|MASCULINO|FEMININO",
    ),
}
"""The rule of each column that has one, by our name of the column."""


def ordinary_value(column: str) -> bytes | None:
    """Return the pattern of a value of *column* that is empty or surely valid; ``None``: it has no rule."""
    known = COLUMN_RULES.get(column)  # "(?:...)?" would make the pattern of a line slower by a third
    return None if known is None else b"(?:" + known.ordinary + b"|)"


def broken_rule(column: str, value: str) -> str:
    """Return the rule that the stripped *value* of *column* breaks, ``""`` if none."""
    known = COLUMN_RULES.get(column)
    return known.rule if known is not None and value and not known.valid(value) else ""
