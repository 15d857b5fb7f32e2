"""The rule catalogue: every rule a triplet can break, in Portuguese and English. The single source."""

from __future__ import annotations

from collections.abc import Mapping

from mpftp.domain.triplets.findings import Finding
from mpftp.domain.triplets.rules.conf import CONF_RULES
from mpftp.domain.triplets.rules.html import HTML_RULES
from mpftp.domain.triplets.rules.mail import MAIL_RULES
from mpftp.domain.triplets.rules.names import NAME_RULES
from mpftp.domain.triplets.rules.rule import Rule
from mpftp.domain.triplets.rules.text import TEXT_RULES

CATALOGUE: tuple[Rule, ...] = (*NAME_RULES, *TEXT_RULES, *CONF_RULES, *MAIL_RULES, *HTML_RULES)

RULES: Mapping[str, Rule] = {rule.id: rule for rule in CATALOGUE}

DEFAULT_RULES = frozenset(rule.id for rule in CATALOGUE if not rule.optional)
"""What is checked unless the caller selects: all but the optional rules."""

LANGUAGES = ("pt_BR", "en")


def message(finding: Finding, language: str) -> str:
    """What is wrong, in *language* (``pt_BR`` or ``en``), without its place."""
    return RULES[finding.rule].message(language, finding.values)


def remedy(finding: Finding, language: str) -> str:
    """How to mend it, in *language*."""
    return RULES[finding.rule].remedy(language, finding.values)
