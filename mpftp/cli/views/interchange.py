"""Findings as plain values: the JSON format, which the other machine formats are made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mpftp.domain.triplets.findings import Finding, FindingGroup, message, remedy
from mpftp.domain.triplets.rule_examples import example_values
from mpftp.domain.triplets.rules import RULES, Severity
from mpftp.stages.validate import CheckedTriplet, ValidationReport

REPORT_VERSION = 1
"""Of the JSON schema: members may be added, but none change their meaning within a version."""


def to_report_json(report: ValidationReport, language: str) -> dict[str, Any]:
    """The whole report, as ``mpftp/cli/views/report.schema.json`` describes it."""
    return {
        "version": REPORT_VERSION,
        "language": language,
        "triplets": [_triplet(one, language) for one in report.checked],
        "summary": {f"{severity.value}s": report.count(severity) for severity in Severity},
    }


def _triplet(one: CheckedTriplet, language: str) -> dict[str, Any]:
    counts = one.counts
    return {
        "name": one.key.name if one.key else None,
        "date": one.key.date if one.key else None,
        "folder": str(one.folder),
        "refused": one.refused,
        "contacts": {
            "lines": counts.lines,
            "valid": counts.valid,
            "invalid": counts.invalid,
            "repeated": counts.repeated,
        },
        "findings": [_group(group, language) for group in one.findings.groups()],
    }


def _group(group: FindingGroup, language: str) -> dict[str, Any]:
    first = group.first[0] if group.first else Finding(group.rule, group.file)
    return {
        "rule": group.rule,
        "severity": group.severity.value,
        "scope": group.scope.value,
        "file": group.file,
        "count": group.count,
        "message": message(first, language),
        "remedy": remedy(first, language),
        "places": list(_places(group, language)),
    }


def _places(group: FindingGroup, language: str) -> Iterator[dict[str, Any]]:
    for finding in group.first:
        yield {
            "line": finding.line,
            "column": finding.column,
            "width": finding.width,
            "excerpt": finding.excerpt,
            "message": message(finding, language),
            "values": dict(finding.values),
        }


def rules_to_json(language: str) -> list[dict[str, Any]]:
    """The whole catalogue."""
    return [
        {
            "rule": rule.id,
            "severity": rule.severity.value,
            "scope": rule.scope.value,
            "optional": rule.optional,
            "fix": rule.fix or None,
            "message": rule.message(language, example_values(rule.id)),
            "remedy": rule.remedy(language, example_values(rule.id)),
            "manual": rule.anchor,
        }
        for rule in RULES.values()
    ]
