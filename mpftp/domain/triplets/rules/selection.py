"""Choosing rules: identifiers, their beginnings (``MAIL``), ``DEFAULT_PROFILE`` and ``ALL``."""

from __future__ import annotations

from collections.abc import Iterable

from mpftp.domain.triplets.findings import Severity
from mpftp.domain.triplets.rules import DEFAULT_RULES, RULES


def select_rules(
    select: Iterable[str], ignore: Iterable[str], least: Severity = Severity.NOTICE
) -> frozenset[str]:
    """The identifiers in *select* (the default rules if it is empty) but not in *ignore*.

    Rules below the severity *least* are left out. An optional rule is chosen by its whole
    identifier or by ``ALL``. Raises ``LookupError`` with a sentence for a word that names no rule.
    """
    order = list(Severity)
    wanted = frozenset().union(*(_match_rules(word) for word in select)) or DEFAULT_RULES
    unwanted = frozenset().union(*(_match_rules(word, optional=True) for word in ignore))
    return frozenset(
        rule for rule in wanted - unwanted if order.index(RULES[rule].severity) <= order.index(least)
    )


def _match_rules(word: str, *, optional: bool = False) -> frozenset[str]:
    name = word.strip().upper()
    if name == "ALL":
        return frozenset(RULES)
    if name == "DEFAULT":
        return DEFAULT_RULES
    found = frozenset(
        rule
        for rule in RULES
        if rule == name or (rule.startswith(name) and (optional or rule in DEFAULT_RULES))
    )
    if not name or not found:
        import difflib

        near = difflib.get_close_matches(name, RULES, n=1, cutoff=0.6)
        raise LookupError(f"no rule is called {word!r}" + (f"; did you mean {near[0]}?" if near else ""))
    return found
