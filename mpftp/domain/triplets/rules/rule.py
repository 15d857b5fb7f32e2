"""What a rule is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mpftp.domain.triplets.findings import Scope, Severity

ERROR, WARNING, NOTICE = Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: texts are ``str.format`` templates that a finding's values fill.

    *pt* and *en* are (what is wrong, how to mend it). An *optional* rule speaks only when selected.
    *fix* is ``"safe"`` or ``"unsafe"`` when ``mpftp validate --fix`` mends it.
    """

    id: str
    severity: Severity
    pt: tuple[str, str]
    en: tuple[str, str]
    scope: Scope = Scope.TRIPLET
    optional: bool = False
    fix: str = ""

    def message(self, language: str, values: Mapping[str, str]) -> str:
        """What is wrong, in *language*."""
        return self._texts(language)[0].format_map(_Values(values))

    def remedy(self, language: str, values: Mapping[str, str]) -> str:
        """How to mend it, in *language*."""
        return self._texts(language)[1].format_map(_Values(values))

    def _texts(self, language: str) -> tuple[str, str]:
        return self.en if language.startswith("en") else self.pt

    @property
    def anchor(self) -> str:
        """Where the manual page explains the rule."""
        return f"mpftp-validate.1#{self.id}"


class _Values(dict[str, str]):
    """A value that is not known shows as an ellipsis, as in ``--list-rules``."""

    def __missing__(self, key: str) -> str:
        return "…"
