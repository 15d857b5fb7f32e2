"""What ``validate`` shows people: findings grouped, what ``--fix`` changed, the preview of a message.

A finding is shown with its place, the line with a caret, the rule and the remedy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mpftp.domain.printable import escape_invisible
from mpftp.domain.texts import texts
from mpftp.domain.triplets.findings import Finding, FindingGroup, message, remedy
from mpftp.domain.triplets.rules import Severity
from mpftp.stages.validate import CheckedTriplet, ValidationReport

if TYPE_CHECKING:  # a report that needs neither does not wait for them
    from mpftp.domain.triplets.fixing import FixedFile
    from mpftp.domain.triplets.preview import Preview
    from mpftp.stages.validate.copies import FixedTriplet

MAX_SHOWN_PER_GROUP = 3
"""Findings of a group that are shown with their line; the numbers of some more follow."""

_COLOURS = {"error": "31;1", "warning": "33;1", "notice": "36;1"}


class TextStyle(NamedTuple):
    """*language* of the texts, *colour* on or off.

    *shown_count* is how many findings of a group are shown, *max_errors* how many errors in all (0: no
    limit).
    """

    language: str
    colour: bool = False
    shown_count: int = MAX_SHOWN_PER_GROUP
    max_errors: int = 0

    def colourize(self, text: str, code: str) -> str:
        """*text* in a colour, if colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def translate(self, key: str, **values: object) -> str:
        """A word of the frame in the reader's language."""
        return texts(self.language).FINDINGS[key].format(**values)

    def counted(self, key: str, count: int, /, **values: object) -> str:
        """*count* with its noun, in the singular or the plural."""
        one, _, many = texts(self.language).FINDINGS[key].partition("|")
        return (one if count == 1 or not many else many).format(n=count, **values)


def render_text_report(report: ValidationReport, style: TextStyle) -> Iterator[str]:
    """The whole report, line by line."""
    left = style.max_errors
    for one in report.checked:
        for group in one.findings.groups():
            if style.max_errors and group.severity is Severity.ERROR:
                if not left:
                    continue
                limit = min(left, style.shown_count or left)
                left -= min(limit, group.count)
                yield from _group(group, one.folder, style._replace(shown_count=limit))
            else:
                yield from _group(group, one.folder, style)
            yield ""
        yield _summary(one, style)
    if style.max_errors and report.count(Severity.ERROR) > style.max_errors:
        yield style.translate("limit", most=style.max_errors)
    if len(report.checked) > 1:
        yield _totals([report.count(severity) for severity in Severity], style)


def _group(group: FindingGroup, folder: Path, style: TextStyle) -> Iterator[str]:
    if not group.first:
        return
    findings = group.first if not style.shown_count else group.first[: style.shown_count]
    label = f"{style.translate(group.severity.value)}[{group.rule}]"
    yield f"{style.colourize(label, _COLOURS[group.severity.value])}: {message(findings[0], style.language)}"
    for index, finding in enumerate(findings):
        if index and message(finding, style.language) != message(findings[index - 1], style.language):
            yield f"   {style.colourize('=', '2')} {message(finding, style.language)}"
        yield from _position(finding, folder, style)
        if index + 1 < len(findings) and _remedy(finding, style) != _remedy(findings[index + 1], style):
            yield _remedy(finding, style)
    yield from _more(group, len(findings), style)
    yield _remedy(findings[-1], style)


def _remedy(finding: Finding, style: TextStyle) -> str:
    return f"   = {style.colourize(style.translate('remedy'), '32')}: {remedy(finding, style.language)}"


def _position(finding: Finding, folder: Path, style: TextStyle) -> Iterator[str]:
    where = str(folder / finding.file) if finding.file else str(folder)
    if finding.line is None:
        yield f"  {style.colourize('-->', '34')} {escape_invisible(where)}"
        return
    yield f"  {style.colourize('-->', '34')} {escape_invisible(where)}:{finding.line}:{finding.column}"
    line_number = str(finding.line)
    gutter = " " * len(line_number)
    bar = style.colourize("|", "34")
    yield f" {line_number} {bar} {escape_invisible(finding.excerpt)}"
    yield f" {gutter} {bar} {_caret(finding, style)}"


def _caret(finding: Finding, style: TextStyle) -> str:
    at = (finding.column or 1) - 1 - finding.skipped_chars
    before = escape_invisible(finding.excerpt[:at])
    marked = escape_invisible(finding.excerpt[at : at + finding.width])
    return " " * _display_width(before) + style.colourize("^" * max(1, _display_width(marked)), "31;1")


def _display_width(text: str) -> int:
    """Columns of a terminal that *text* takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _more(group: FindingGroup, shown_count: int, style: TextStyle) -> Iterator[str]:
    left = group.count - shown_count
    if left <= 0:
        return
    lines = [str(finding.line) for finding in group.first[shown_count : shown_count + 8] if finding.line]
    if not lines:
        yield f"   … {style.translate('many', count=left)}"
        return
    numbers = ", ".join(lines) + (", …" if left > len(lines) else "")
    yield f"   … {style.counted('more', left, count=left, lines=numbers)}"


def _summary(one: CheckedTriplet, style: TextStyle) -> str:
    name = f"{one.key.name} {one.key.date}" if one.key else str(one.folder)
    parts = [_totals([one.findings.count(severity) for severity in Severity], style)]
    if one.key:
        counts = one.counts
        contacts = ", ".join(
            style.counted(name, getattr(counts, name)) for name in ("valid", "invalid", "repeated")
        )
        parts.append(f"{style.counted('lines', counts.lines)}: {contacts}")
        verdict = (
            style.colourize(style.translate("refused"), "31;1")
            if one.refused
            else style.translate("accepted")
        )
        parts.append(verdict)
    return f"{style.colourize(escape_invisible(name), '1')}: {'; '.join(parts)}"


def _totals(counts: list[int], style: TextStyle) -> str:
    names = ("errors", "warnings", "notices")
    parts = [style.counted(name, count) for name, count in zip(names, counts, strict=True) if count]
    return ", ".join(parts) or style.translate("ok")


def render_diff(fixed: Iterable[FixedTriplet], style: TextStyle) -> Iterator[str]:
    """The changes of all files, line by line."""
    for triplet in fixed:
        for file in triplet.files:
            yield from _file_diff(file, triplet.folder, style)
            yield ""


def _file_diff(fixed: FixedFile, folder: Path, style: TextStyle) -> Iterator[str]:
    words = texts(style.language).FIXES
    yield style.colourize(f"--- {escape_invisible(fixed.file)}", "1")
    yield style.colourize(f"+++ {escape_invisible(str(folder / fixed.file))}", "1")
    for change in fixed.first:
        yield style.colourize(f"@@ {change.line} @@", "36")
        yield from (style.colourize(f"-{escape_invisible(line)}", "31") for line in change.old.split("\n"))
        if change.new is not None:
            yield from (
                style.colourize(f"+{escape_invisible(line)}", "32") for line in change.new.split("\n")
            )
    left = fixed.changed + fixed.dropped - len(fixed.first)
    if left:
        yield words["more"].format(count=left)
    notes = [words["encoding"].format(old=fixed.encoding)] if fixed.encoding else []
    notes += [words["ends"].format(old=fixed.line_ends)] if fixed.line_ends else []
    notes += [words["marked"]] if fixed.bom_added else []
    notes += [words["ended"]] if fixed.line_end_added else []
    if fixed.cleaned:
        notes.append(words["cleaned"])
    if fixed.changed or fixed.dropped:
        notes.append(words["counts"].format(changed=fixed.changed, dropped=fixed.dropped))
    yield "; ".join(notes) or words["unsettled" if fixed.unsettled else "same"]


def render_preview(preview: Preview, style: TextStyle) -> Iterator[str]:
    """Header fields, the text part, and where the links lead."""
    for name, value in preview.headers:
        yield f"{style.colourize(name + ':', '1')} {escape_invisible(value)}"
    yield ""
    yield style.colourize(f"── {texts(style.language).PREVIEW['text']} ──", "36")
    yield from (escape_invisible(line) for line in preview.text.rstrip("\n").split("\n"))
    yield ""
    yield style.colourize(f"── {texts(style.language).PREVIEW['links']} ──", "36")
    for link_number, link in enumerate(preview.links, 1):
        yield f"{link_number:3}  {escape_invisible(link)}"
