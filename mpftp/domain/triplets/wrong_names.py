"""Wrong names that belong to no well-named file, sorted by what they were meant for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.triplets.findings import Finding
from mpftp.domain.triplets.grouping import TEMPORARY_RULE, check_final_name
from mpftp.domain.triplets.intended_names import is_upload_attempt, parse_intended_name
from mpftp.domain.triplets.rules import RULES, Severity

UNCERTAIN_RULES = frozenset({"NAME001", "NAME010", "NAME015"})
"""What may yet be put right by its client, or be no upload for a campaign at all."""

_SIDE_FILE = ("._", "~$", ".~")
"""How names begin that a Mac, Office or LibreOffice gives to a file of its own beside another."""


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
        is_complete = self.kinds >= set(InputType) and TEMPORARY_RULE not in rules
        return is_complete and not rules <= UNCERTAIN_RULES

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

    *unrelated* names are the client's own affair.
    """

    groups: dict[TripletKey, MisnamedGroup] = field(default_factory=dict)
    unreadable: dict[str, list[Finding]] = field(default_factory=dict)
    unrelated: list[str] = field(default_factory=list)


def sort_wrong_names(findings: Iterable[Finding]) -> WrongNames:
    """Sort the names that *findings* are about."""
    by_name: dict[str, list[Finding]] = {}
    for finding in findings:
        by_name.setdefault(finding.file, []).append(finding)
    sorted_names = WrongNames()
    folded: dict[tuple[str, str], MisnamedGroup] = {}
    for name, own in by_name.items():
        intended = parse_intended_name(name)
        if name.startswith(_SIDE_FILE):
            sorted_names.unrelated.append(name)
        elif intended is not None:
            key = intended.key
            group = folded.setdefault((key.name.casefold(), key.date), MisnamedGroup(key))
            group.findings[name] = with_final_names(own)
            group.kinds.add(intended.kind)
        elif own[0].rule != TEMPORARY_RULE and is_upload_attempt(name):
            errors = [one for one in own if RULES[one.rule].severity is Severity.ERROR]
            sorted_names.unreadable[name] = errors or [Finding("NAME017", name)]
        else:
            sorted_names.unrelated.append(name)
    sorted_names.groups = {group.key: group for group in folded.values()}
    return sorted_names


def with_final_names(findings: Iterable[Finding]) -> list[Finding]:
    """*findings*, and for each temporary name what is wrong with it if its upload has ended."""
    findings = list(findings)
    temporary = [one.file for one in findings if one.rule == TEMPORARY_RULE]
    return [*findings, *(said for name in temporary for said in check_final_name(name))]
