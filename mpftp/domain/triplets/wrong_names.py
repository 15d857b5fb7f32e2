"""Wrong names that belong to no well-named file, sorted by what they were meant for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.triplets.findings import Finding
from mpftp.domain.triplets.intended_names import is_upload_attempt, parse_intended_name
from mpftp.domain.triplets.rules import RULES, Severity

UNCERTAIN_RULES = frozenset({"NAME001", "NAME010", "NAME015"})
"""What may yet be put right by its client, or be no upload for a campaign at all."""

TEMPORARY_RULE = "NAME009"


@dataclass(slots=True)
class MisnamedGroup:
    """Files that were meant for one triplet, by name; *kinds* are the types that could be read."""

    key: TripletKey
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    kinds: set[InputType | None] = field(default_factory=set)

    @property
    def is_certain(self) -> bool:
        """Whether it is surely a whole triplet, so that nothing more needs to be waited for."""
        rules = {finding.rule for findings in self.findings.values() for finding in findings}
        return self.kinds >= set(InputType) and not rules <= UNCERTAIN_RULES

    def all_findings(self) -> tuple[Finding, ...]:
        """What is wrong with the names, and which files are missing if that can be told."""
        findings = [finding for each in self.findings.values() for finding in each]
        missing = [kind for kind in InputType if kind not in self.kinds]
        if None not in self.kinds:
            first = next(iter(self.findings))
            findings += [Finding("SET001", first, values={"missing": self.key.file(k)}) for k in missing]
        return tuple(findings)


@dataclass(slots=True)
class WrongNames:
    """*groups* were meant for triplets; of *unreadable* ones no NAME or no date can be read.

    *unrelated* names are the client's own affair, *temporary* ones may become something else.
    """

    groups: dict[TripletKey, MisnamedGroup] = field(default_factory=dict)
    unreadable: dict[str, list[Finding]] = field(default_factory=dict)
    unrelated: list[str] = field(default_factory=list)
    temporary: list[str] = field(default_factory=list)


def sort_wrong_names(findings: Iterable[Finding]) -> WrongNames:
    """Sort the names that *findings* are about."""
    by_name: dict[str, list[Finding]] = {}
    for finding in findings:
        by_name.setdefault(finding.file, []).append(finding)
    sorted_names = WrongNames()
    folded: dict[tuple[str, str], MisnamedGroup] = {}
    for name, own in by_name.items():
        intended = parse_intended_name(name)
        if own[0].rule == TEMPORARY_RULE:
            sorted_names.temporary.append(name)
        elif intended is not None:
            key = intended.key
            group = folded.setdefault((key.name.casefold(), key.date), MisnamedGroup(key))
            group.findings[name] = own
            group.kinds.add(intended.kind)
        elif is_upload_attempt(name):
            errors = [one for one in own if RULES[one.rule].severity is Severity.ERROR]
            sorted_names.unreadable[name] = errors or [Finding("NAME017", name)]
        else:
            sorted_names.unrelated.append(name)
    sorted_names.groups = {group.key: group for group in folded.values()}
    return sorted_names
