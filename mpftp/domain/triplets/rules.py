"""The rules that a triplet can break: one line a rule, what each weighs, and choosing among them.

Their texts are in ``mpftp.domain.texts``, a module a language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from mpftp.domain.nearest import find_nearest
from mpftp.domain.texts import CountedValue, Texts, texts


class Severity(StrEnum):
    """How much a finding weighs: an error refuses (the triplet, or one contact), the others do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Scope(StrEnum):
    """What an error refuses: the whole triplet, or only the contact of its line."""

    TRIPLET = "triplet"
    CONTACT = "contact"


ERROR, WARNING, NOTICE = Severity
CONTACT = Scope.CONTACT


class Rule(NamedTuple):
    """One rule. An *optional* one speaks only when selected.

    *fix* is ``"safe"`` or ``"unsafe"`` when ``mpftp validate --fix`` corrects it, ``"some"`` when it
    corrects only what needs no guess.
    """

    id: str
    severity: Severity
    scope: Scope = Scope.TRIPLET
    optional: bool = False
    fix: str = ""

    def message(self, language: str, values: Mapping[str, str]) -> str:
        """Return what is wrong, in *language*."""
        return self._filled(0, language, values)

    def remedy(self, language: str, values: Mapping[str, str]) -> str:
        """Return how to correct it, in *language*."""
        return self._filled(1, language, values)

    def _filled(self, part: int, language: str, values: Mapping[str, str]) -> str:
        words = texts(language)
        return words.RULES[self.id][part].format_map(_Values(values, words, language))

    @property
    def anchor(self) -> str:
        """Return where the manual page explains the rule."""
        return f"mpftp-validate.1#{self.id}"


_FORMER_NAMES = {"nearest": "hint", "instead": "instead", "nearest_type": "nearest", "no_mail": "reason"}
"""How values were called, with the language, in findings that an earlier version stored."""


class _Values(dict[str, str]):
    """The values of a finding as its texts show them.

    A value that is not known shows as an ellipsis, as in ``--list-rules``; an aside that has none
    does not show at all.
    """

    def __init__(self, values: Mapping[str, str], words: Texts, language: str) -> None:
        known = {name: words.ASIDES[name].format(values[name]) for name in words.ASIDES if values.get(name)}
        if "no_mail" in values:
            known["no_mail"] = words.MAIL_PROBLEMS.get(values["no_mail"], "…")
        if "unreadable" in values:
            code = values["unreadable"]
            known["unreadable"] = words.FILE_PROBLEMS.get(code, words.FILE_PROBLEMS["other"]).format(
                code=code
            )
        super().__init__({name: CountedValue(value) for name, value in {**values, **known}.items()})
        self._asides, self._language = words.ASIDES, language

    def __missing__(self, key: str) -> str:
        former = self.get(f"{_FORMER_NAMES.get(key, key)}_{self._language[:2]}")
        return former if former is not None else "" if key in self._asides else "…"


CATALOGUE: tuple[Rule, ...] = (
    Rule("NAME001", ERROR),
    Rule("NAME002", ERROR),
    Rule("NAME003", ERROR),
    Rule("NAME004", ERROR),
    Rule("NAME005", ERROR),
    Rule("NAME006", ERROR),
    Rule("NAME007", ERROR),
    Rule("NAME008", ERROR),
    Rule("NAME009", WARNING),
    Rule("NAME010", NOTICE),
    Rule("NAME011", ERROR),
    Rule("NAME012", ERROR),
    Rule("NAME013", WARNING),
    Rule("NAME014", ERROR),
    Rule("NAME015", ERROR),
    Rule("NAME016", ERROR),
    Rule("NAME017", ERROR),
    Rule("SET001", ERROR),
    Rule("SET002", ERROR),
    Rule("SET003", ERROR),
    Rule("SET004", ERROR),
    Rule("SET005", ERROR),
    Rule("SET006", ERROR),
    Rule("SET007", ERROR),
    Rule("SET008", ERROR),
    Rule("SET009", ERROR),
    Rule("SET010", ERROR),
    Rule("SET011", ERROR),
    Rule("SET012", ERROR),
    Rule("SET013", ERROR),
    Rule("TEXT001", ERROR),
    Rule("TEXT002", ERROR, fix="safe"),
    Rule("TEXT003", ERROR, fix="unsafe"),
    Rule("TEXT004", WARNING, fix="safe"),
    Rule("TEXT005", ERROR, fix="safe"),
    Rule("TEXT006", WARNING),
    Rule("TEXT007", NOTICE, fix="safe"),
    Rule("TEXT008", ERROR),
    Rule("TEXT009", WARNING),
    Rule("TEXT010", ERROR, fix="safe"),
    Rule("TEXT011", ERROR),
    Rule("TEXT013", WARNING),
    Rule("TEXT015", NOTICE, fix="safe"),
    Rule("TEXT016", ERROR),
    Rule("TEXT017", ERROR, fix="safe"),
    Rule("TEXT018", NOTICE, fix="safe"),
    Rule("TEXT019", WARNING),
    Rule("TEXT020", WARNING),
    Rule("CONF001", ERROR),
    Rule("CONF002", ERROR),
    Rule("CONF003", ERROR, fix="some"),
    Rule("CONF004", ERROR, fix="some"),
    Rule("CONF005", ERROR),
    Rule("CONF006", NOTICE),
    Rule("CONF007", ERROR),
    Rule("CONF008", ERROR),
    Rule("CONF009", ERROR),
    Rule("CONF010", WARNING, fix="safe"),
    Rule("CONF011", ERROR),
    Rule("CONF012", ERROR),
    Rule("CONF016", ERROR),
    Rule("CONF015", ERROR),
    Rule("CONF014", ERROR),
    Rule("CONF020", ERROR),
    Rule("CONF021", ERROR),
    Rule("CONF022", ERROR),
    Rule("CONF023", ERROR),
    Rule("CONF024", ERROR),
    Rule("CONF025", ERROR),
    Rule("CONF026", WARNING),
    Rule("CONF027", WARNING),
    Rule("CONF028", ERROR),
    Rule("CONF029", ERROR),
    Rule("CONF030", WARNING),
    Rule("CONF031", WARNING),
    Rule("CONF032", WARNING),
    Rule("CONF033", WARNING),
    Rule("CONF034", ERROR, fix="some"),
    Rule("CONF036", WARNING),
    Rule("CONF037", WARNING),
    Rule("CONF038", ERROR),
    Rule("CONF039", ERROR),
    Rule("CONF040", ERROR, fix="some"),
    Rule("CONF041", WARNING, fix="some"),
    Rule("CONF042", ERROR),
    Rule("CONF043", ERROR),
    Rule("CONF044", ERROR),
    Rule("CONF046", WARNING, fix="safe"),
    Rule("CONF050", NOTICE, fix="safe"),
    Rule("CONF051", NOTICE, fix="safe"),
    Rule("CONF052", NOTICE, fix="safe"),
    Rule("CONF053", NOTICE, fix="safe"),
    Rule("CONF054", NOTICE, fix="safe"),
    Rule("CONF058", ERROR),
    Rule("CONF059", ERROR),
    Rule("CONF060", NOTICE, fix="safe"),
    Rule("CONF061", WARNING),
    Rule("MAIL001", ERROR),
    Rule("MAIL002", ERROR),
    Rule("MAIL003", ERROR, fix="some"),
    Rule("MAIL004", ERROR, fix="some"),
    Rule("MAIL005", ERROR),
    Rule("MAIL006", NOTICE),
    Rule("MAIL007", ERROR),
    Rule("MAIL008", ERROR, CONTACT),
    Rule("MAIL009", ERROR, CONTACT),
    Rule("MAIL010", WARNING, fix="safe"),
    Rule("MAIL011", ERROR, CONTACT),
    Rule("MAIL012", ERROR, CONTACT),
    Rule("MAIL016", ERROR),
    Rule("MAIL015", ERROR),
    Rule("MAIL013", NOTICE, CONTACT, fix="safe"),
    Rule("MAIL014", ERROR, CONTACT),
    Rule("MAIL046", ERROR, CONTACT, fix="safe"),
    Rule("MAIL047", ERROR),
    Rule("MAIL050", NOTICE, fix="safe"),
    Rule("MAIL051", NOTICE, fix="safe"),
    Rule("MAIL052", NOTICE, CONTACT, fix="safe"),
    Rule("MAIL053", NOTICE, CONTACT, fix="safe"),
    Rule("MAIL054", NOTICE, CONTACT, fix="safe"),
    Rule("MAIL055", NOTICE, CONTACT, fix="safe"),
    Rule("MAIL056", ERROR, CONTACT),
    Rule("MAIL057", ERROR, CONTACT),
    Rule("MAIL058", ERROR),
    Rule("MAIL059", ERROR),
    Rule("MAIL060", NOTICE, fix="safe"),
    Rule("MAIL062", ERROR),
    Rule("MAIL017", WARNING, CONTACT),
    Rule("MAIL018", NOTICE, CONTACT, fix="safe"),
    Rule("MAIL019", WARNING, CONTACT),
    Rule("MAIL061", WARNING, CONTACT),
    Rule("MAIL020", ERROR, CONTACT),
    Rule("MAIL021", ERROR, CONTACT),
    Rule("MAIL022", ERROR, CONTACT),
    Rule("MAIL023", ERROR, CONTACT),
    Rule("MAIL024", ERROR, CONTACT),
    Rule("MAIL025", ERROR, CONTACT),
    Rule("MAIL026", ERROR, CONTACT),
    Rule("MAIL027", ERROR, CONTACT),
    Rule("MAIL028", ERROR, CONTACT, fix="unsafe"),
    Rule("MAIL029", NOTICE, CONTACT, fix="safe"),
    Rule("MAIL030", WARNING, CONTACT, fix="unsafe"),
    Rule("MAIL031", WARNING, CONTACT, fix="safe"),
    Rule("MAIL032", WARNING, CONTACT, optional=True),
    Rule("MAIL033", WARNING, CONTACT),
    Rule("MAIL034", WARNING, CONTACT),
    Rule("MAIL035", ERROR, CONTACT, fix="unsafe"),
    Rule("MAIL036", WARNING, CONTACT),
    Rule("MAIL037", ERROR, CONTACT),
    Rule("MAIL038", ERROR, CONTACT, fix="unsafe"),
    Rule("MAIL039", WARNING, CONTACT),
    Rule("MAIL040", WARNING, CONTACT),
    Rule("MAIL041", WARNING, CONTACT),
    Rule("MAIL042", WARNING, CONTACT),
    Rule("MAIL043", WARNING, CONTACT),
    Rule("MAIL044", WARNING, CONTACT),
    Rule("MAIL045", ERROR),
    Rule("HTML001", ERROR),
    Rule("HTML002", ERROR),
    Rule("HTML003", WARNING),
    Rule("HTML004", WARNING),
    Rule("HTML005", ERROR, fix="some"),
    Rule("HTML006", ERROR),
    Rule("HTML007", ERROR),
    Rule("HTML008", ERROR),
    Rule("HTML009", ERROR),
    Rule("HTML010", WARNING),
    Rule("HTML011", WARNING),
    Rule("HTML012", WARNING),
    Rule("HTML013", WARNING),
    Rule("HTML014", WARNING),
    Rule("HTML015", WARNING),
    Rule("HTML016", WARNING),
    Rule("HTML017", ERROR),
    Rule("HTML019", WARNING),
    Rule("HTML020", WARNING),
    Rule("HTML021", WARNING),
    Rule("HTML022", NOTICE),
    Rule("HTML023", ERROR),
    Rule("HTML024", WARNING),
    Rule("HTML025", WARNING),
    Rule("HTML029", ERROR),
    Rule("HTML030", NOTICE, optional=True),
    Rule("HTML031", WARNING, fix="some"),
    Rule("HTML032", WARNING),
    Rule("HTML033", WARNING),
    Rule("HTML034", ERROR),
    Rule("HTML035", ERROR),
    Rule("HTML037", WARNING),
    Rule("HTML038", WARNING),
    Rule("HTML039", ERROR),
    Rule("HTML040", ERROR),
    Rule("HTML041", ERROR),
    Rule("HTML042", ERROR, fix="some"),
)
"""Every rule, in the order of the manual."""

RULES: Mapping[str, Rule] = {rule.id: rule for rule in CATALOGUE}

DEFAULT_RULES = frozenset(rule.id for rule in CATALOGUE if not rule.optional)
"""What is checked unless the caller selects: all but the optional rules."""

REFUSING_RULES = frozenset(rule.id for rule in CATALOGUE if rule.severity is ERROR)
"""Rules that refuse what breaks them."""


class UnknownRuleError(LookupError):
    """No rule is called *name*; *nearest* is the one that was perhaps meant, or empty."""

    def __init__(self, name: str) -> None:
        self.name, self.nearest = name, find_nearest(name, RULES) or ""
        suggestion = f"; did you mean {self.nearest}?" if self.nearest else ""
        super().__init__(f"no rule is called {name!r}{suggestion}")


def select_rules(
    select: Iterable[str], ignore: Iterable[str], least: Severity = Severity.NOTICE
) -> frozenset[str]:
    """Return the identifiers in *select* (the default rules if it is empty) but not in *ignore*.

    Rules below the severity *least* are left out. An optional rule is chosen by its whole
    identifier or by ``ALL``. Raises ``UnknownRuleError`` for a word that names no rule.
    """
    order = list(Severity)
    requested = frozenset().union(*(_match_rules(name) for name in select)) or DEFAULT_RULES
    unwanted = frozenset().union(*(_match_rules(name, optional=True) for name in ignore))
    return frozenset(
        rule for rule in requested - unwanted if order.index(RULES[rule].severity) <= order.index(least)
    )


def _match_rules(name: str, *, optional: bool = False) -> frozenset[str]:
    identifier = name.strip().upper()
    if identifier == "ALL":
        return frozenset(RULES)
    if identifier == "DEFAULT":
        return DEFAULT_RULES
    matching = frozenset(
        rule
        for rule in RULES
        if rule == identifier or (rule.startswith(identifier) and (optional or rule in DEFAULT_RULES))
    )
    if not identifier or not matching:
        raise UnknownRuleError(name)
    return matching
