"""The catalogue for people: ``--list-rules`` and ``--explain``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mpftp.domain.profile import CONF_FIELDS, MAIL_FIELDS
from mpftp.domain.texts import texts
from mpftp.domain.triplets.rule_examples import example_values
from mpftp.domain.triplets.rules import RULES, Rule


def format_rule_list(language: str) -> Iterator[str]:
    """One line a rule, as its finding might read."""
    words = texts(language).RULE_WORDS
    width = max(len(words[key]) for key in ("error", "warning", "notice"))
    for rule in RULES.values():
        kind = f"{words[rule.severity.value]:{width}}"
        sentence = rule.message(language, example_values(rule.id))
        yield f"{rule.id:7}  {kind}  {sentence}{_marks(rule, words)}"


def format_rule(rule: Rule, language: str) -> Iterator[str]:
    """All there is to say of one rule: what, why, an example, the remedy."""
    words = texts(language).RULE_WORDS
    kind = words[rule.severity.value]
    if rule.severity.value == "error":
        kind += f", {words[rule.scope.value]}"
    values = example_values(rule.id)
    reason = texts(language).RULE_REASONS[rule.id.rstrip("0123456789")]
    yield f"{rule.id} ({kind}){_marks(rule, words)}"
    yield ""
    yield f"  {words['example']}: {rule.message(language, values)}"
    yield f"  {words['why']}: {reason}"
    yield f"  {words['remedy']}: {rule.remedy(language, values)}"
    accepted = {"CONF": CONF_FIELDS, "MAIL": MAIL_FIELDS}.get(rule.id[:4], ())
    if accepted and rule.id[4:] in ("003", "004", "005", "006", "015"):
        yield f"  {words['headers']}: {', '.join(_shortened(accepted))}"
    yield f"  {words['manual']}: man mpftp-validate ({rule.id})"


def _shortened(headers: Sequence[str]) -> list[str]:
    """*headers* with the fifty numbered ones as a range."""
    plain = [header for header in headers if not header.startswith("livre")]
    return plain if len(plain) == len(headers) else [*plain, "livre1 … livre50"]


def _marks(rule: Rule, words: Mapping[str, str]) -> str:
    marks = [words["optional"]] if rule.optional else []
    marks += [words[rule.fix]] if rule.fix else []
    return f"  [{'; '.join(marks)}]" if marks else ""
