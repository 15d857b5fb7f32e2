"""Findings for people: the place, the line with a caret, the rule, the remedy; alike ones grouped."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mpftp.domain.triplets.findings import Finding, FindingGroup, message, remedy
from mpftp.domain.triplets.rules import Severity
from mpftp.stages.validate import CheckedTriplet, ValidationReport

MAX_SHOWN_PER_GROUP = 3
"""Findings of a group that are shown with their line; the numbers of some more follow."""

_WORDS = {
    "pt_BR": {
        "error": "erro",
        "warning": "aviso",
        "notice": "nota",
        "remedy": "solução",
        "more": "e mais {count}, nas linhas {lines}",
        "many": "e mais {count}",
        "ok": "nenhum problema",
        "refused": "RECUSADO",
        "accepted": "aceito",
        "lines": "{n} contato|{n} contatos",
        "valid": "{n} válido|{n} válidos",
        "invalid": "{n} inválido|{n} inválidos",
        "repeated": "{n} repetido|{n} repetidos",
        "errors": "{n} erro|{n} erros",
        "warnings": "{n} aviso|{n} avisos",
        "notices": "{n} nota|{n} notas",
        "limit": "limite de erros mostrados: {most} (--max-errors)",
    },
    "en": {
        "error": "error",
        "warning": "warning",
        "notice": "notice",
        "remedy": "remedy",
        "more": "and {count} more, on lines {lines}",
        "many": "and {count} more",
        "ok": "no problem",
        "refused": "REFUSED",
        "accepted": "accepted",
        "lines": "{n} contact|{n} contacts",
        "valid": "{n} valid",
        "invalid": "{n} invalid",
        "repeated": "{n} repeated",
        "errors": "{n} error|{n} errors",
        "warnings": "{n} warning|{n} warnings",
        "notices": "{n} notice|{n} notices",
        "limit": "errors shown at most: {most} (--max-errors)",
    },
}
_COLOURS = {"error": "31;1", "warning": "33;1", "notice": "36;1"}


@dataclass(frozen=True, slots=True)
class TextStyle:
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
        return _WORDS[self.language][key].format(**values)

    def counted(self, key: str, number: int) -> str:
        """*number* with its noun, in the singular or the plural."""
        one, _, many = _WORDS[self.language][key].partition("|")
        return (one if number == 1 or not many else many).format(n=number)


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
                yield from _group(group, one.folder, replace(style, shown_count=limit))
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
    shown = group.first if not style.shown_count else group.first[: style.shown_count]
    head = f"{style.translate(group.severity.value)}[{group.rule}]"
    yield f"{style.colourize(head, _COLOURS[group.severity.value])}: {message(shown[0], style.language)}"
    for number, finding in enumerate(shown):
        if number and message(finding, style.language) != message(shown[number - 1], style.language):
            yield f"   {style.colourize('=', '2')} {message(finding, style.language)}"
        yield from _place(finding, folder, style)
    yield from _more(group, len(shown), style)
    yield f"   = {style.colourize(style.translate('remedy'), '32')}: {remedy(shown[0], style.language)}"


def _place(finding: Finding, folder: Path, style: TextStyle) -> Iterator[str]:
    where = str(folder / finding.file) if finding.file else str(folder)
    if finding.line is None:
        yield f"  {style.colourize('-->', '34')} {escape_invisible(where)}"
        return
    yield f"  {style.colourize('-->', '34')} {escape_invisible(where)}:{finding.line}:{finding.column}"
    number = str(finding.line)
    gutter = " " * len(number)
    bar = style.colourize("|", "34")
    yield f" {number} {bar} {escape_invisible(finding.excerpt)}"
    yield f" {gutter} {bar} {_caret(finding, style)}"


def _caret(finding: Finding, style: TextStyle) -> str:
    at = (finding.column or 1) - 1 - finding.skipped_chars
    before = escape_invisible(finding.excerpt[:at])
    marked = escape_invisible(finding.excerpt[at : at + finding.width])
    return " " * _display_width(before) + style.colourize("^" * max(1, _display_width(marked)), "31;1")


def escape_invisible(text: str) -> str:
    """*text* for a terminal: a tab is one blank, and what cannot be seen is spelled out."""
    return text if text.isprintable() else "".join(map(_escape_character, text))


def _escape_character(character: str) -> str:
    if character == "\t" or character.isprintable():
        return character.replace("\t", " ")
    code = ord(character)
    if code < 32:
        return chr(0x2400 + code)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no text
        return f"<{code - 0xDC00:02X}>"
    return " " if unicodedata.category(character) == "Zs" else f"<U+{code:04X}>"


def _display_width(text: str) -> int:
    """Columns of a terminal that *text* takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _more(group: FindingGroup, shown: int, style: TextStyle) -> Iterator[str]:
    left = group.count - shown
    if left <= 0:
        return
    lines = [str(finding.line) for finding in group.first[shown : shown + 8] if finding.line]
    if not lines:
        yield f"   … {style.translate('many', count=left)}"
        return
    numbers = ", ".join(lines) + (", …" if left > len(lines) else "")
    yield f"   … {style.translate('more', count=left, lines=numbers)}"


def _summary(one: CheckedTriplet, style: TextStyle) -> str:
    name = f"{one.key.name} {one.key.date}" if one.key else str(one.folder)
    parts = [_totals([one.findings.count(severity) for severity in Severity], style)]
    if one.key:
        counts = one.counts
        rest = ", ".join(
            style.counted(name, getattr(counts, name)) for name in ("valid", "invalid", "repeated")
        )
        parts.append(f"{style.counted('lines', counts.lines)}: {rest}")
        verdict = (
            style.colourize(style.translate("refused"), "31;1")
            if one.refused
            else style.translate("accepted")
        )
        parts.append(verdict)
    return f"{style.colourize(escape_invisible(name), '1')}: {'; '.join(parts)}"


def _totals(counts: list[int], style: TextStyle) -> str:
    names = ("errors", "warnings", "notices")
    said = [style.counted(name, count) for name, count in zip(names, counts, strict=True) if count]
    return ", ".join(said) or style.translate("ok")
