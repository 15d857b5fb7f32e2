"""Findings for programs: JSON, CSV, GitHub's workflow commands, and SARIF 2.1.0 (OASIS).

SARIF is the format of code scanning, understood by editors and by GitHub.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mpftp.domain.printable import escape_invisible
from mpftp.domain.texts import OPERATOR_LANGUAGE, language_tag
from mpftp.domain.triplets.findings import Finding, FindingGroup, message, remedy
from mpftp.domain.triplets.rule_examples import example_values
from mpftp.domain.triplets.rules import RULES, Rule, Severity
from mpftp.stages.validate import CheckedTriplet, ValidationReport
from mpftp.version import __version__

REPORT_VERSION = 1
"""Of the JSON schema: members may be added, but none change their meaning within a version."""

FINDING_COLUMNS = ("folder", "file", "line", "column", "severity", "rule", "message", "remedy", "count")
SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS = {"error": "error", "warning": "warning", "notice": "note"}


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


def to_csv(report: ValidationReport, language: str) -> str:
    """One line a finding that was kept; *count* is that of its group. RFC 4180, comma, LF."""
    import csv

    from mpftp.domain.results.files import escape_formula

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FINDING_COLUMNS)
    for folder, group, finding in _iter_findings(report):
        position = [finding.line or "", finding.column or ""]
        sentences = [message(finding, language), remedy(finding, language)]
        cells = [folder, finding.file, *position, group.severity.value, group.rule, *sentences, group.count]
        writer.writerow([escape_formula(escape_invisible(str(cell))) for cell in cells])
    return text.getvalue()


def to_github(report: ValidationReport, language: str) -> Iterator[str]:
    """Workflow commands: annotations that GitHub shows beside the lines of a pull request.

    A path has slashes there, on Windows, too.
    """
    for folder, group, finding in _iter_findings(report):
        path = folder / finding.file if finding.file else folder
        position = {"file": path.as_posix(), "title": group.rule}
        if finding.line:
            end = (finding.column or 1) + finding.width - 1
            position |= {"line": str(finding.line), "col": str(finding.column), "endColumn": str(end)}
        properties = ",".join(f"{name}={_escaped(value, property=True)}" for name, value in position.items())
        sentence = f"{message(finding, language)}. {remedy(finding, language)}"
        yield f"::{group.severity.value} {properties}::{_escaped(sentence)}"


def _escaped(text: str, *, property: bool = False) -> str:  # noqa: A002
    for plain, escape in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(plain, escape)
    text = escape_invisible(text)
    return text.replace(":", "%3A").replace(",", "%2C") if property else text


def _iter_findings(report: ValidationReport) -> Iterator[tuple[Path, FindingGroup, Finding]]:
    for one in report.checked:
        for group in one.findings.groups():
            for finding in group.first:
                yield one.folder, group, finding


def to_sarif(report: ValidationReport, language: str) -> dict[str, Any]:
    """One run with the whole catalogue and one result a finding that was kept."""
    indexes = {rule: index for index, rule in enumerate(RULES)}
    results = [
        _sarif_result(finding, group, one, language, indexes[group.rule])
        for one in report.checked
        for group in one.findings.groups()
        for finding in group.first
    ]
    driver = {
        "name": "mpftp",
        "semanticVersion": __version__,
        "rules": [_sarif_rule(rule, language) for rule in RULES.values()],
    }
    run = {
        "tool": {"driver": driver},
        "language": "en-US" if language == OPERATOR_LANGUAGE else language_tag(language),
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _sarif_rule(rule: Rule, language: str) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.message(language, example_values(rule.id))},
        "help": {"text": rule.remedy(language, example_values(rule.id))},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity.value], "enabled": not rule.optional},
    }


def _sarif_result(
    finding: Finding, group: FindingGroup, one: CheckedTriplet, language: str, index: int
) -> dict[str, Any]:
    path = one.folder / finding.file if finding.file else one.folder
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    if finding.line is not None:
        column = finding.column or 1
        region = {"startLine": finding.line, "startColumn": column, "endColumn": column + finding.width}
        physical["region"] = region | {"snippet": {"text": finding.excerpt}}
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _SARIF_LEVELS[group.severity.value],
        "message": {"text": message(finding, language)},
        "locations": [{"physicalLocation": physical}],
    }


def _uri(path: Path) -> str:
    return quote(path.as_posix(), safe="/") if not path.is_absolute() else path.as_uri()
