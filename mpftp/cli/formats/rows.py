"""Findings one by one, for the formats that have no groups: CSV and GitHub's workflow commands."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from mpftp.domain.returns.results import defuse
from mpftp.domain.triplets.finding_log import Group
from mpftp.domain.triplets.findings import Finding
from mpftp.domain.triplets.rules import message, remedy
from mpftp.stages.validate import Report

COLUMNS = ("folder", "file", "line", "column", "severity", "rule", "message", "remedy", "count")
_LEVELS = {"error": "error", "warning": "warning", "notice": "notice"}


def to_csv(report: Report, language: str) -> str:
    """One line a finding that was kept; *count* is that of its group. RFC 4180, comma, LF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for folder, group, finding in _each(report):
        place = [finding.line or "", finding.column or ""]
        said = [message(finding, language), remedy(finding, language)]
        cells = [folder, finding.file, *place, group.severity.value, group.rule, *said, group.count]
        writer.writerow([defuse(str(cell)) for cell in cells])
    return text.getvalue()


def to_github(report: Report, language: str) -> Iterator[str]:
    """Workflow commands: annotations that GitHub shows beside the lines of a pull request."""
    for folder, group, finding in _each(report):
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


def _each(report: Report) -> Iterator[tuple[str, Group, Finding]]:
    for one in report.checked:
        for group in one.findings.groups():
            for finding in group.first:
                yield str(one.folder), group, finding
