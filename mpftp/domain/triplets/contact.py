"""One line of MAIL that is not ordinary: taken apart, every rule applied, every position exact."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mpftp.domain.campaign import DeliveryState
from mpftp.domain.triplets.address import TRIMMED_CHARACTERS, check_address
from mpftp.domain.triplets.columns import COLUMN_RULES, DIGIT_COLUMNS, broken_rule
from mpftp.domain.triplets.findings import FindingCollector, make_finding
from mpftp.domain.triplets.spreadsheet import (
    EMPTY_WORDS,
    drop_empty_end,
    fill_up,
    is_formula_error,
    is_sep_line,
    text_in_formula,
    unwrapped_row,
)
from mpftp.domain.triplets.table import BLANK_CHARACTERS, MAX_RECORD_CHARS, QuotingError, TableRow, split_row
from mpftp.domain.triplets.text import decode_line
from mpftp.domain.triplets.torn import is_torn_record

MAX_VALUE_CHARS = 10_000
"""Characters of one value; a longer one is a quote that was never closed, or no value at all."""

BROKEN_ROW_RULES = {"unclosed": "MAIL008", "trailing": "MAIL009", "long": "MAIL057"}
"""The rule that a row breaks which cannot be taken apart, by the kind of the problem."""

_SCIENTIFIC = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]{1,2}", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+")
_RULED = frozenset((column,) for column in COLUMN_RULES)


@dataclass(frozen=True, slots=True)
class MailLayout:
    """How the lines of one MAIL are laid out. *quoted* says which columns the first data line quotes.

    *errors* says what becomes of invalid bytes, as it does in ``bytes.decode``.
    """

    file: str
    columns: tuple[str, ...]
    delimiter: str
    block_encoding: str
    email: int | None
    quoted: tuple[bool, ...]
    header: tuple[str, ...] = ()
    errors: str = "replace"
    spare: int = 0
    """Columns without a header at the end, which rows may have empty."""
    all_utf8: bool = False
    """Whether the bytes of every line are UTF-8, so that the same letters are the same bytes."""

    def text(self, raw: bytes) -> str:
        """One line as text, without its line end, nor a mark that joining two files left before it."""
        line = decode_line(raw.removesuffix(b"\r"), self.block_encoding, self.errors)
        return line.removeprefix("\ufeff")

    def has_rule(self, index: int) -> bool:
        """Whether the column *index* is that of addresses, or has a rule for its values."""
        return index == self.email or self.columns[index : index + 1] in _RULED

    def is_header(self, values: Sequence[str]) -> bool:
        """Whether *values* are the headers again, case, spaces and marks of a file's ends aside."""
        return len(values) == len(self.header) and all(
            value.strip(BLANK_CHARACTERS).casefold() == header.strip().casefold()
            for value, header in zip(values, self.header, strict=True)
        )

    def email_span(self, text: str) -> tuple[int, int]:
        """Index and length of the address in the line *text*."""
        row = split_row(text, self.delimiter)
        if self.email is None or self.email >= len(row.values):
            return 0, len(text)
        start = row.starts[self.email]
        return start + text.startswith('"', start), max(1, len(row.values[self.email]))


class _Shape(NamedTuple):
    """What a spreadsheet made of a line: the rule, where, how wide, and the values of its text."""

    rule: str
    at: int
    width: int
    values: dict[str, str]


class MailRecord(NamedTuple):
    """One data line, read one by one: its number, address, values, and PENDING or INVALID.

    *text* is the record as it stands, *is_broken* says that its values cannot be told apart, *is_torn*
    that this is so because it was cut off.
    """

    line: int
    email: str
    values: tuple[str, ...]
    state: DeliveryState
    text: str = ""
    is_broken: bool = False
    is_torn: bool = False


def parse_record(
    text: str, row: TableRow, line: int, layout: MailLayout, findings: FindingCollector, *, torn: bool = False
) -> MailRecord | None:
    """Check the record *text*, cut into *row*, that begins on *line*; ``None`` for a blank line.

    *torn* says that it is the last one and has no line end, so that it may be cut off; that is said of MAIL.
    """
    notes = _RecordFindings(text, line, layout.file, findings)
    if _is_no_record(row, layout, notes):
        return None
    broken = MailRecord(
        line, _raw_address(row, layout), tuple(row.values), DeliveryState.INVALID, text, is_broken=True
    )
    if torn and is_torn_record(text, layout.delimiter, len(layout.columns), layout.email):
        return broken._replace(is_torn=True)
    if _is_misquoted(row, layout, notes):
        return broken
    row, shapes = _taken_from_spreadsheet(row, text, layout)
    if "@" not in broken.email and layout.email is not None and layout.is_header(row.values):
        notes.add("MAIL046", 0, len(text))
        return broken._replace(values=tuple(row.values), is_broken=False)
    if _has_other_delimiter(row, layout, notes):
        return broken
    for shape in shapes:
        notes.add(shape.rule, shape.at, shape.width, **shape.values)
    for problem in _stray_quotes(text, row, layout):
        notes.add("MAIL010", problem.at)
    good = _check_width(row, layout, notes)
    email = _address(row, layout, notes) if good else ""
    if good:
        _check_values(row, layout, notes)
    values = list(row.values)
    if email and layout.email is not None and layout.email < len(values):
        values[layout.email] = email
    state = DeliveryState.PENDING if good and email else DeliveryState.INVALID
    return MailRecord(line, email or _raw_address(row, layout), tuple(values), state, text)


def _is_no_record(row: TableRow, layout: MailLayout, notes: _RecordFindings) -> bool:
    """Return whether the line is blank or Excel's ``sep=``; note it."""
    text = notes.text
    readable = not row.broken or not text.strip(layout.delimiter + BLANK_CHARACTERS)
    if readable and not any(value.strip(BLANK_CHARACTERS) for value in row.values):
        if text.strip("\x1a\x00") or not text:
            notes.add("MAIL013", 0, len(text))
        return True
    if "=" in text and is_sep_line(text):
        notes.add("MAIL051", 0, len(text))
        return True
    return False


def broken_value_rules(text: str, row: TableRow, layout: MailLayout) -> list[str]:
    """Return the rules that the values of *text* break, one for each breach, and nothing of their places.

    *text* must be a line that ``line_pattern.LinePatterns.lenient`` matches, so that it breaks no others;
    ``""`` among the rules says that it is written with another delimiter.
    """
    width = len(layout.columns)
    surplus = drop_empty_end(row, width, layout.email) if len(row.values) > width else 0
    values = [value.strip(" ") for value in row.values]
    judged = [
        *map(broken_rule, layout.columns, map(str.strip, values)),
        *map(_placeholder_rule, layout.columns, values),
    ]
    spaced = [layout.email == at for at, value in enumerate(values) if value != row.values[at]]
    rules = ["MAIL010"] * len(_stray_quotes(text, row, layout)) + list(filter(None, judged))
    rules += ["MAIL029" if is_address else "MAIL018" for is_address in spaced]
    if surplus > layout.spare:
        rules.append("MAIL053")
    if len(row.values) != width:
        rules.append("" if _other_delimiter(text, layout) else "MAIL052")
    return rules


def _stray_quotes(text: str, row: TableRow, layout: MailLayout) -> list[QuotingError]:
    """Return the quotes inside of unquoted values, but for those of a formula.

    Those in an address, or in a column with a rule, make the value invalid, and that is said of it.
    """
    return [
        problem
        for problem in row.problems
        if text[problem.at - 1 : problem.at] != "="
        and not layout.has_rule(bisect_right(row.starts, problem.at) - 1)
    ]


def _is_misquoted(row: TableRow, layout: MailLayout, notes: _RecordFindings) -> bool:
    """Return whether quotes make the row useless, or a value swallow what looks like a contact; note it."""
    if row.broken:
        notes.add(BROKEN_ROW_RULES[row.broken.kind], row.broken.at, limit=str(MAX_RECORD_CHARS))
        return True
    swallowing = _swallowing_value(row, layout) if "\n" in notes.text else None
    if swallowing is None:
        return False
    start, value = row.starts[swallowing], row.values[swallowing]
    last = notes.line + notes.text.count("\n", 0, start) + value.count("\n")
    notes.add("MAIL047", start, last=str(last))
    return True


def _has_other_delimiter(row: TableRow, layout: MailLayout, notes: _RecordFindings) -> bool:
    """Return whether the row is written with another delimiter than the header; note it."""
    other = _other_delimiter(notes.text, layout) if len(row.values) != len(layout.columns) else ""
    if other:
        expected = format_delimiter(layout.delimiter)
        notes.add("MAIL014", notes.text.index(other), 1, delimiter=format_delimiter(other), wanted=expected)
    return bool(other)


def _taken_from_spreadsheet(row: TableRow, text: str, layout: MailLayout) -> tuple[TableRow, list[_Shape]]:
    """Return *row* as it was meant where a spreadsheet wrote it: unquoted, without surplus empty values.

    And what it made of the line *text*, to be noted.
    """
    width, shapes = len(layout.columns), list[_Shape]()
    if width > 1 and text.startswith('"'):
        inner = unwrapped_row(text, layout.delimiter)
        if inner is not None and (len(row.values) == 1 or not any(row.values[1:])):
            shapes.append(_Shape("MAIL054", 0, len(text), {}))
            row = inner
    surplus = drop_empty_end(row, width, layout.email)
    if surplus > layout.spare:
        at = len(text.rstrip(layout.delimiter))
        shapes.append(_Shape("MAIL053", at, surplus, {"surplus": str(surplus)}))
    for index, value in enumerate(row.values) if "=" in text else ():
        plain = text_in_formula(value.strip(" ")) if "=" in value else None
        if plain is not None:
            shapes.append(_Shape("MAIL055", row.starts[index], len(value), {"value": value, "plain": plain}))
            row.values[index] = plain
    return row, shapes


def _swallowing_value(row: TableRow, layout: MailLayout) -> int | None:
    """Return the first value that goes on over a line's end and holds what looks like a further contact.

    An address on a line without a delimiter is one where no address can go on, where it is all of the line
    below one with delimiters, or there are too many values. So is one behind the value then, in a column of
    something else. The record's own address is swallowed where it should stand in the value or behind it.
    """
    width, delimiter = len(layout.columns), layout.delimiter
    too_many = any(row.values[width:]) or len(row.values) > width + layout.spare
    for index, value in enumerate(row.values):
        first, *others = value.split("\n")
        if not others:
            continue
        if "@" in first and delimiter in first and layout.email is not None and index <= layout.email:
            return index
        for line in others:
            delimiters = line.count(delimiter)
            alone = too_many or index == layout.email or (delimiter in first and " " not in line.strip())
            if delimiters >= max(2, width - 1) or ("@" in line and (delimiters or alone)):
                return index
        behind = range(index + 1, len(row.values)) if too_many else ()
        if any("@" in row.values[at] for at in behind if at != layout.email):
            return index
    return None


class _RecordFindings:
    """Adds findings at indices of one record's text, which may go over several lines."""

    __slots__ = ("file", "findings", "line", "text")

    def __init__(self, text: str, line: int, file: str, findings: FindingCollector) -> None:
        self.text, self.line, self.file, self.findings = text, line, file, findings

    def add(self, rule: str, at: int, width: int = 1, **values: str) -> None:
        if self.findings.count_if_full(rule, self.file):
            return
        begin = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        line_text = self.text[begin : end if end >= 0 else len(self.text)].rstrip("\r")
        line = self.line + self.text.count("\n", 0, at)
        self.findings.add(make_finding(rule, self.file, line, at - begin + 1, line_text, width, **values))


def _check_width(row: TableRow, layout: MailLayout, notes: _RecordFindings) -> bool:
    """Whether the row has as many values as the header; notes it if not.

    One that lacks values at its end is filled up, as spreadsheets leave out empty ones there.
    """
    width, expected = len(row.values), len(layout.columns)
    if width == expected:
        return True
    if width > expected:
        surplus = max(1, len(row.values[expected]))
        notes.add("MAIL012", row.starts[expected], surplus, found=str(width), wanted=str(expected))
        return False
    counts = {"found": str(width), "wanted": str(expected)}
    if layout.email is not None and "@" in _raw_address(row, layout):
        notes.add("MAIL052", len(notes.text), 1, **counts)
        fill_up(row, expected, len(notes.text))
        return True
    notes.add("MAIL011", len(notes.text), 1, **counts)
    return False


def _other_delimiter(text: str, layout: MailLayout) -> str:
    text = text.strip(TRIMMED_CHARACTERS)
    for other in (";", ",", "\t", "|"):
        possible = other != layout.delimiter and len(layout.columns) > 1 and other in text
        if possible and len(split_row(text, other).values) == len(layout.columns):
            return other
    return ""


def format_delimiter(delimiter: str) -> str:
    """*delimiter* as a person reads it."""
    return "TAB" if delimiter == "\t" else delimiter


def _raw_address(row: TableRow, layout: MailLayout) -> str:
    if layout.email is None or layout.email >= len(row.values):
        return ""
    return row.values[layout.email][:320]


def _address(row: TableRow, layout: MailLayout, notes: _RecordFindings) -> str:
    """The address of the row, ``""`` if there is none to mail; notes what is wrong with it."""
    if layout.email is None or layout.email >= len(row.values):
        return ""
    value, start = row.values[layout.email], row.starts[layout.email]
    start += notes.text.startswith('"', start)
    address = check_address(value)
    for issue in address.issues:
        notes.add(issue.rule, start + issue.at, issue.width, email=value, **issue.values)
    return address.email


def _check_values(row: TableRow, layout: MailLayout, notes: _RecordFindings) -> None:
    for index, (column, value) in enumerate(zip(layout.columns, row.values, strict=True)):
        if index == layout.email or not value:
            continue
        start = row.starts[index] + notes.text.startswith('"', row.starts[index])
        _check_any(column, value, start, notes)
        rule = broken_rule(column, value.strip())
        if rule:
            notes.add(rule, start, len(value), value=value, header=layout.header[index])


def _check_any(column: str, value: str, start: int, notes: _RecordFindings) -> None:
    """Apply the rules of every column; ``line_pattern.LinePatterns.fast`` says the same as a pattern."""
    if len(value) > MAX_VALUE_CHARS:
        notes.add("MAIL017", start, 1, length=str(len(value)), limit=str(MAX_VALUE_CHARS), header=column)
    if value != value.strip(" "):
        index = 0 if value.startswith(" ") else len(value.rstrip(" "))
        notes.add("MAIL018", start + index, 1, header=column)
        value, start = value.strip(" "), start + len(value) - len(value.lstrip(" "))
    placeholder = _placeholder_rule(column, value)
    if placeholder:
        notes.add(placeholder, start, len(value), value=value, header=column)
    elif _SCIENTIFIC.fullmatch(value) and (column in DIGIT_COLUMNS or _LONG_NUMBER.fullmatch(value)):
        notes.add("MAIL040", start, len(value), value=value, header=column)


def _placeholder_rule(column: str, value: str) -> str:
    """Return the rule about a program's word for no value, ``""`` if *value* is none."""
    if is_formula_error(value):
        return "MAIL019"
    return "MAIL061" if value in EMPTY_WORDS and column not in COLUMN_RULES else ""
