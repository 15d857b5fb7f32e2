"""Findings one by one, for the formats that have no groups: CSV and GitHub's workflow commands."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from mpftp.domain.results.files import escape_formula
from mpftp.domain.triplets.findings import Finding, FindingGroup, message, remedy
from mpftp.stages.validate import ValidationReport

FINDING_COLUMNS = ("folder", "file", "line", "column", "severity", "rule", "message", "remedy", "count")
_LEVELS = {"error": "error", "warning": "warning", "notice": "notice"}


def to_csv(report: ValidationReport, language: str) -> str:
    """One line a finding that was kept; *count* is that of its group. RFC 4180, comma, LF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FINDING_COLUMNS)
    for folder, group, finding in _iter_findings(report):
        place = [finding.line or "", finding.column or ""]
        said = [message(finding, language), remedy(finding, language)]
        cells = [folder, finding.file, *place, group.severity.value, group.rule, *said, group.count]
        writer.writerow([escape_formula(str(cell)) for cell in cells])
    return text.getvalue()


def to_github(report: ValidationReport, language: str) -> Iterator[str]:
    """Workflow commands: annotations that GitHub shows beside the lines of a pull request."""
    for folder, group, finding in _iter_findings(report):
        path = f"{folder}/{finding.file}" if finding.file else folder
        place = {"file": path, "title": group.rule}
        if finding.line:
            end = (finding.column or 1) + finding.width - 1
            place |= {"line": str(finding.line), "col": str(finding.column), "endColumn": str(end)}
        properties = ",".join(f"{name}={_escaped(value, property=True)}" for name, value in place.items())
        said = f"{message(finding, language)}. {remedy(finding, language)}"
        yield f"::{_LEVELS[group.severity.value]} {properties}::{_escaped(said)}"


def _escaped(text: str, *, property: bool = False) -> str:  # noqa: A002
    for plain, escape in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(plain, escape)
    return text.replace(":", "%3A").replace(",", "%2C") if property else text


def _iter_findings(report: ValidationReport) -> Iterator[tuple[str, FindingGroup, Finding]]:
    for one in report.checked:
        for group in one.findings.groups():
            for finding in group.first:
                yield str(one.folder), group, finding
