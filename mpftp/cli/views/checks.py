"""How what ``doctor`` finds looks: a line a check."""

from __future__ import annotations

from mpftp.domain.deliverability.checks import CheckGrade, CheckResult
from mpftp.domain.printable import escape_invisible

_MARKS = {
    CheckGrade.GOOD: "ok     ",
    CheckGrade.WARNING: "warning",
    CheckGrade.BAD: "BAD    ",
    CheckGrade.UNKNOWN: "unknown",
}


def format_check(check: CheckResult) -> str:
    """One line that says it all."""
    detail = check.detail if check.detail.startswith(check.name) else f"{check.name}: {check.detail}"
    remedy = f" -> {check.remedy}" if check.remedy else ""
    return escape_invisible(f"{_MARKS[check.grade]} {check.topic:<9} {detail}{remedy}".replace("\n", " "))
