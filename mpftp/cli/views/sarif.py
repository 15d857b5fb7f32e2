"""SARIF 2.1.0 (OASIS): the format of code scanning, understood by editors and by GitHub."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from mpftp.domain.triplets.findings import Finding, FindingGroup, message
from mpftp.domain.triplets.rule_examples import example_values
from mpftp.domain.triplets.rules import RULES, Rule
from mpftp.stages.validate import CheckedTriplet, ValidationReport
from mpftp.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "notice": "note"}


def to_sarif(report: ValidationReport, language: str) -> dict[str, Any]:
    """One run with the whole catalogue and one result a finding that was kept."""
    number = {rule: index for index, rule in enumerate(RULES)}
    results = [
        _result(finding, group, one, language, number[group.rule])
        for one in report.checked
        for group in one.findings.groups()
        for finding in group.first
    ]
    driver = {
        "name": "mpftp",
        "semanticVersion": __version__,
        "rules": [_rule(rule, language) for rule in RULES.values()],
    }
    run = {
        "tool": {"driver": driver},
        "language": "pt-BR" if language == "pt_BR" else "en-US",
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule, language: str) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.message(language, example_values(rule.id))},
        "help": {"text": rule.remedy(language, example_values(rule.id))},
        "defaultConfiguration": {"level": _LEVELS[rule.severity.value], "enabled": not rule.optional},
    }


def _result(
    finding: Finding, group: FindingGroup, one: CheckedTriplet, language: str, number: int
) -> dict[str, Any]:
    path = one.folder / finding.file if finding.file else one.folder
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    if finding.line is not None:
        column = finding.column or 1
        region = {"startLine": finding.line, "startColumn": column, "endColumn": column + finding.width}
        physical["region"] = region | {"snippet": {"text": finding.excerpt}}
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": _LEVELS[group.severity.value],
        "message": {"text": message(finding, language)},
        "locations": [{"physicalLocation": physical}],
    }


def _uri(path: Path) -> str:
    return quote(path.as_posix(), safe="/") if not path.is_absolute() else path.as_uri()
