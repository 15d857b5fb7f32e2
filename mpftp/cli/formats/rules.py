"""The catalogue for people: ``--list-rules`` and ``--explain``."""

from __future__ import annotations

from collections.abc import Iterator

from mpftp.domain.rules import RULES
from mpftp.domain.rules.model import Rule

_WORDS = {
    "pt_BR": {
        "error": "erro", "warning": "aviso", "notice": "nota", "optional": "opcional",
        "triplet": "recusa o envio", "contact": "recusa só o contato da linha", "remedy": "Solução",
        "safe": "--fix corrige", "unsafe": "--unsafe-fixes corrige", "manual": "Manual",
    },
    "en": {
        "error": "error", "warning": "warning", "notice": "notice", "optional": "optional",
        "triplet": "refuses the triplet", "contact": "refuses the line's contact only", "remedy": "Remedy",
        "safe": "--fix mends it", "unsafe": "--unsafe-fixes mends it", "manual": "Manual",
    },
}  # fmt: skip


def list_rules(language: str) -> Iterator[str]:
    """One line a rule."""
    words = _WORDS[language]
    width = max(len(words[key]) for key in ("error", "warning", "notice"))
    for rule in RULES.values():
        kind = f"{words[rule.severity.value]:{width}}"
        yield f"{rule.id}  {kind}  {rule.message(language, {})}{_marks(rule, words)}"


def explain(rule: Rule, language: str) -> Iterator[str]:
    """All there is to say of one rule."""
    words = _WORDS[language]
    kind = words[rule.severity.value]
    if rule.severity.value == "error":
        kind += f", {words[rule.scope.value]}"
    yield f"{rule.id} ({kind}){_marks(rule, words)}"
    yield ""
    yield f"  {rule.message(language, {})}"
    yield f"  {words['remedy']}: {rule.remedy(language, {})}"
    yield f"  {words['manual']}: {rule.anchor}"


def _marks(rule: Rule, words: dict[str, str]) -> str:
    marks = [words["optional"]] if rule.optional else []
    marks += [words[rule.fix]] if rule.fix else []
    return f"  [{'; '.join(marks)}]" if marks else ""
