"""Bad customer data as data: what was found and where, grouped by rule and file, in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mpftp.domain.printable import escape_invisible
from mpftp.domain.triplets.rules import DEFAULT_RULES, RULES, Scope, Severity

MAX_KEPT_FINDINGS = 20
"""Findings of one rule in one file that are kept in full; further ones are only counted."""

MAX_EXCERPT_CHARS = 160
"""Characters of an offending line that a finding shows."""


class Finding(NamedTuple):
    """One breach of the rule with identifier *rule*, in *file* (a bare name).

    *line* and *column* count from 1, the column in characters; ``None`` where the rule speaks of a
    whole file or set. *excerpt* is the offending line (shortened), *width* the number of characters
    that a caret underlines from *column*, and *values* fill the rule's message. Where a long line
    was cut on its left, *skipped_chars* characters are missing from the excerpt's start.
    """

    rule: str
    file: str
    line: int | None = None
    column: int | None = None
    excerpt: str = ""
    width: int = 1
    values: Mapping[str, str] = {}
    skipped_chars: int = 0


def make_finding(
    rule: str, file: str, line: int, column: int = 1, text: str = "", width: int = 1, **values: str
) -> Finding:
    """A finding at a place in the line *text*, which is cut so that *column* stays visible."""
    start = 0 if column <= MAX_EXCERPT_CHARS * 2 // 3 else column - MAX_EXCERPT_CHARS // 3
    excerpt = text[start : start + MAX_EXCERPT_CHARS]
    return Finding(rule, file, line, column, excerpt, max(width, 1), values, start)


def message(finding: Finding, language: str) -> str:
    """Return what is wrong, in *language*, without its place; what it quotes is safe for a terminal."""
    return escape_invisible(RULES[finding.rule].message(language, finding.values))


def remedy(finding: Finding, language: str) -> str:
    """Return how to correct it, in *language*; what it quotes is safe for a terminal."""
    return escape_invisible(RULES[finding.rule].remedy(language, finding.values))


def _moved_down(finding: Finding, lines: int) -> Finding:
    """Return *finding* at a place that is *lines* further down, wherever it names a line."""
    if finding.line is None:
        return finding
    values = dict(finding.values)
    if "last" in values:
        values["last"] = str(int(values["last"]) + lines)
    return finding._replace(line=finding.line + lines, values=values)


@dataclass(slots=True)
class FindingGroup:
    """All findings of one rule in one file: how many, and the first of them."""

    rule: str
    file: str
    severity: Severity
    scope: Scope
    count: int = 0
    first: list[Finding] = field(default_factory=list)


class FindingCollector:
    """Findings grouped by rule and file, each group with its exact count and its first *keep*.

    Memory is bounded by rules x files x *keep*. *keep* 0 keeps every finding (``--all``). *selected_rules*
    are the identifiers that count; what is found of any other rule is dropped.
    """

    def __init__(
        self, *, keep: int = MAX_KEPT_FINDINGS, selected_rules: Collection[str] | None = None
    ) -> None:
        self.keep = keep
        self.selected_rules = DEFAULT_RULES if selected_rules is None else frozenset(selected_rules)
        self._groups: dict[tuple[str, str], FindingGroup] = {}

    def add(self, finding: Finding, times: int = 1) -> None:
        """Count *finding* (*times* alike), and keep it if it is one of the first of its group."""
        if finding.rule not in self.selected_rules:
            return
        group = self._group(finding.rule, finding.file)
        group.count += times
        if not self.keep or len(group.first) < self.keep:
            group.first.append(finding)

    def count_more(self, rule: str, file: str, times: int) -> None:
        """Count *times* findings without keeping them."""
        if rule in self.selected_rules and times:
            self._group(rule, file).count += times

    def is_full(self, rule: str, file: str) -> bool:
        """Whether a further finding of *rule* would only be counted, so need not be described."""
        if rule not in self.selected_rules:
            return True
        group = self._groups.get((rule, file))
        return bool(self.keep and group and len(group.first) >= self.keep)

    def count_if_full(self, rule: str, file: str) -> bool:
        """Count a further finding of *rule* if it would only be counted; whether it was."""
        if rule not in self.selected_rules:
            return True
        group = self._groups.get((rule, file))
        if group is None or not 0 < self.keep <= len(group.first):
            return False
        group.count += 1
        return True

    def _group(self, rule: str, file: str) -> FindingGroup:
        group = self._groups.get((rule, file))
        if group is None:
            known = RULES[rule]
            group = self._groups[rule, file] = FindingGroup(rule, file, known.severity, known.scope)
        return group

    def add_groups(self, groups: Iterable[FindingGroup], shift: int = 0) -> None:
        """Take over *groups* of another collector, whose lines are numbered *shift* too low."""
        for group in groups:
            mine = self._group(group.rule, group.file)
            mine.count += group.count
            room = len(group.first) if not self.keep else max(0, self.keep - len(mine.first))
            mine.first += [_moved_down(finding, shift) for finding in group.first[:room]]

    def groups(self) -> list[FindingGroup]:
        """The groups: errors first, then by file and rule."""
        order = list(Severity)
        return sorted(self._groups.values(), key=lambda g: (order.index(g.severity), g.file, g.rule))

    def count(self, severity: Severity) -> int:
        """How many findings of *severity* there are."""
        return sum(group.count for group in self._groups.values() if group.severity is severity)

    def errors(self, scope: Scope | None = None) -> int:
        """How many errors there are, of one *scope* if given."""
        return sum(
            group.count
            for group in self._groups.values()
            if group.severity is Severity.ERROR and scope in (None, group.scope)
        )

    def __iter__(self) -> Iterator[Finding]:
        """The findings that were kept, group by group."""
        for group in self.groups():
            yield from group.first

    def __len__(self) -> int:
        """How many findings there are, kept or only counted."""
        return sum(group.count for group in self._groups.values())

    def to_json(self) -> list[dict[str, Any]]:
        """The groups as plain values, for the state file."""
        return [
            {
                "rule": group.rule,
                "file": group.file,
                "severity": group.severity.value,
                "scope": group.scope.value,
                "count": group.count,
                "findings": [
                    {"line": f.line, "column": f.column, "excerpt": f.excerpt, "values": dict(f.values)}
                    for f in group.first
                ],
            }
            for group in self.groups()
        ]
