"""Rows of CONF and MAIL: delimiter-separated text, quoted as in RFC 4180, with exact positions."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mpftp.domain.triplets.field_names import MAX_HEADER_CHARS, fold_headers, fold_name, suggest_header
from mpftp.domain.triplets.findings import FindingCollector, make_finding

KNOWN_DELIMITERS = (";", ",", "\t")
_WRONG_DELIMITERS = ("|", ":", "^", "~", "¦")
MOST_COLUMNS = 1000
MAX_RECORD_CHARS = 1 << 20
"""Characters of one record; a longer one is not taken apart, as its values would fill the memory."""

BLANK_CHARACTERS = " \t\r\n\x00\x0c\x1a\u00a0\ufeff"
"""Characters that make no record of a line; a form feed ends what programs of DOS print into a file."""

_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
_SPACED = re.compile(rf"( *+){_QUOTED.pattern}( *+)")
"""A quoted value with spaces around its quotes, which count as its own."""

_ADDRESS_BEHIND = re.compile(r' *<[^<>@\s";,]+@[^<>@\s";,]+>')
"""What follows a quoted name in an address as mail programs write it (RFC 5322, 3.4)."""


class QuotingError(NamedTuple):
    """Quoting gone wrong at index *at* of the row's text: ``unclosed``, ``trailing`` or ``stray``.

    A row that is too long to be taken apart is ``long``.
    """

    kind: str
    at: int


@dataclass(slots=True)
class TableRow:
    """One record: its values, the index in the row's text where each begins, and problems of quoting.

    A ``stray`` quote (inside an unquoted value) is kept as a character; the other problems are errors.
    """

    values: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    problems: list[QuotingError] = field(default_factory=list)

    @property
    def broken(self) -> QuotingError | None:
        """The problem that makes the row unusable, if any: the last one, as it ends the row."""
        last = self.problems[-1] if self.problems else None
        return last if last is not None and last.kind != "stray" else None


def split_row(text: str, delimiter: str) -> TableRow:
    """Cut one record *text* (its last line end removed) into values; a ``long`` one is all one value."""
    if len(text) > MAX_RECORD_CHARS:
        return TableRow([text], [0], [QuotingError("long", 0)])
    if '"' not in text:
        values = text.split(delimiter)
        lengths = map(len, values[:-1])
        return TableRow(
            values, list(itertools.accumulate(lengths, lambda at, length: at + length + 1, initial=0))
        )
    row = TableRow()
    at = 0
    while True:
        at = _take(row, text, at, delimiter)
        if at > len(text) or (row.problems and row.problems[-1].kind != "stray"):
            return row


def _take(row: TableRow, text: str, at: int, delimiter: str) -> int:
    """Add the value at index *at* of *text*; the index of the next, beyond the end after the last."""
    row.starts.append(at)
    spaced = _SPACED.match(text, at) if delimiter != " " else None
    if spaced and (spaced.end() == len(text) or text.startswith(delimiter, spaced.end())):
        row.values.append(spaced[1] + spaced[2].replace('""', '"') + spaced[3])
        return spaced.end() + 1
    if text.startswith('"', at):
        match = _QUOTED.match(text, at)
        if match is None:
            row.values.append(text[at + 1 :])
            row.problems.append(QuotingError("unclosed", at))
            return len(text) + 1
        end = match.end()
        named = _ADDRESS_BEHIND.match(text, end)
        if named and (named.end() == len(text) or text.startswith(delimiter, named.end())):
            row.values.append(text[at : named.end()])
            row.problems.append(QuotingError("stray", at))
            return named.end() + 1
        if end < len(text) and text[end] != delimiter:
            row.values.append(text[at:])
            row.problems.append(QuotingError("trailing", end))
            return len(text) + 1
        row.values.append(match[1].replace('""', '"'))
        return end + 1
    end = text.find(delimiter, at)
    end = len(text) if end < 0 else end
    value = text[at:end]
    if '"' in value:
        row.problems.append(QuotingError("stray", at + value.index('"')))
    row.values.append(value)
    return end + 1


def detect_delimiter(header: str, known: Collection[str], configured: str | None) -> tuple[str, str]:
    """The delimiter of the line *header*, and the wrong one it is written with (``""`` if none).

    *known* are the headers there may be. The delimiter that shows most of them wins, then the one that
    shows most values; ``;`` of equals. Quotes around the whole line do not hide it.
    """
    header = header.strip('"\r') if header[:1] == '"' else header
    allowed = (configured,) if configured else KNOWN_DELIMITERS
    best = max(allowed, key=lambda d: _known_in(header, d, known))
    others = [d for d in (*KNOWN_DELIMITERS, *_WRONG_DELIMITERS) if d not in allowed and d in header]
    stranger = max(others, key=lambda d: _known_in(header, d, known), default="")
    if stranger and _known_in(header, stranger, known)[0] > max(1, _known_in(header, best, known)[0]):
        return stranger, stranger
    return best, ""


def _known_in(header: str, delimiter: str, known: Collection[str]) -> tuple[int, int]:
    """Return how many values of *header* are *known*, and how many there are."""
    values = split_row(header, delimiter).values
    return count_known(values, known), len(values)


def count_known(values: Iterable[str], headers: Collection[str]) -> int:
    """Return how many of the first ``MOST_COLUMNS`` *values* are *headers*, case, accents and signs aside."""
    folded = _folded(frozenset(headers))
    first = itertools.islice(values, MOST_COLUMNS)
    return sum(fold_name(value) in folded for value in first if len(value) <= MAX_HEADER_CHARS)


@functools.lru_cache(maxsize=64)
def _folded(headers: frozenset[str]) -> frozenset[str]:
    return frozenset(map(fold_name, headers))


@dataclass(frozen=True, slots=True)
class TableHeader:
    """A header line understood: our name of each column, in order; ``None`` for one we do not know."""

    columns: tuple[str | None, ...]
    names: tuple[str, ...]

    def index(self, column: str) -> int | None:
        """Where our *column* is, ``None`` when the file lacks it."""
        return self.columns.index(column) if column in self.columns else None


class ExpectedHeader(NamedTuple):
    """What a header line may hold: our name -> the client's header, and which are required."""

    headers: Mapping[str, str]
    required: frozenset[str]
    extra: bool = False


def parse_header(
    row: TableRow,
    text: str,
    expected: ExpectedHeader,
    findings: FindingCollector,
    position: tuple[str, str, int],
) -> TableHeader:
    """Understand the header *row*, adding to *findings* what is wrong; *position* is rule prefix, file, line.

    More than ``MOST_COLUMNS`` are no header, nor is a line of data, or one that quotes spoil: then it is
    empty. A missing required header whose nearest unknown one is unmistakable is taken for it, so that
    the rest of the file can be checked in the same go; the finding stands.
    """
    prefix, file, line = position
    spoilt = _find_spoilt_line(row, text, expected)
    if spoilt:
        rule, at, width = spoilt
        needed = next(header for name, header in expected.headers.items() if name in expected.required)
        values = {"limit": str(MAX_RECORD_CHARS), "header": needed, "delimiter": " ", "wanted": ";"}
        findings.add(make_finding(prefix + rule, file, line, at + 1, text, width, **values))
        return TableHeader((), ())
    own_names = {header: name for name, header in expected.headers.items()}
    columns: list[str | None] = []
    if len(row.values) > MOST_COLUMNS:
        counts = {"found": str(len(row.values)), "limit": str(MOST_COLUMNS)}
        findings.add(
            make_finding(f"{prefix}016", file, line, row.starts[MOST_COLUMNS] + 1, text, 1, **counts)
        )
        return TableHeader((), ())
    absent = {name: header for name, header in expected.headers.items() if header not in row.values}
    present = fold_headers(row.values)
    taken = _taken_headers(row, expected, absent, present)
    for value, start in zip(row.values, row.starts, strict=True):
        column: str | None = own_names.get(value)
        quoted = int(text.startswith('"', start))
        here = {"column": start + 1 + quoted, "text": text, "width": len(value)}
        if not value.strip():
            findings.add(make_finding(f"{prefix}015", file, line, **here))  # type: ignore[arg-type]
        elif column in columns and column is not None:
            first = str(columns.index(column) + 1)
            findings.add(make_finding(f"{prefix}005", file, line, **here, header=value, first=first))  # type: ignore[arg-type]
            column = None
        elif column is None and expected.extra:
            column = value
        elif column is None and value in taken:
            column = None
        elif column is None:
            is_full = findings.is_full(f"{prefix}004", file)
            suggestion = "" if is_full else suggest_header(value, absent, present)
            free = next((absent[name] for name in absent if name.startswith("livre")), "")
            likely = {"header": value, "nearest": suggestion, "free_header": "" if suggestion else free}
            findings.add(make_finding(f"{prefix}004", file, line, **here, **likely))  # type: ignore[arg-type]
        columns.append(column)
    _check_order(row, text, columns, expected, findings, position)
    _check_required(row, text, columns, expected, findings, position, taken)
    return TableHeader(tuple(columns), tuple(row.values))


def _find_spoilt_line(row: TableRow, text: str, expected: ExpectedHeader) -> tuple[str, int, int] | None:
    """Return why the line *text* says nothing of its columns: the end of a rule, an index, a width."""
    if row.broken and row.broken.kind == "long":
        return "057", row.starts[-1], 1
    known = set(map(fold_name, expected.headers.values()))
    parts = [set(map(fold_name, re.split("[;,\t|]", value))) for value in row.values]
    if "@" in text and not any(names & known for names in parts):
        return "059", 0, len(text)
    if row.broken:
        return "058", row.starts[-1], 1
    words = row.values[0].split() if len(row.values) == 1 else []
    if len(known.intersection(map(fold_name, words))) > 1:
        return "007", text.index(words[0]) + len(words[0]), 1
    for start, names in zip(row.starts, parts, strict=True):
        if len(names) > 1 and names & known and text.startswith('"', start):
            return "058", start, 1
    return None


def correct_headers(names: Sequence[str], known: Collection[str]) -> list[str]:
    """Return *names* with the *known* header for each that differs in case, accents and signs alone."""
    by_folded = {fold_name(header): header for header in known}
    corrected = list(names)
    for index, name in enumerate(names):
        header = by_folded.get(fold_name(name), name)
        if header not in corrected:
            corrected[index] = header
    return corrected


def _check_order(
    row: TableRow,
    text: str,
    columns: Sequence[str | None],
    expected: ExpectedHeader,
    findings: FindingCollector,
    position: tuple[str, str, int],
) -> None:
    order = {name: index for index, name in enumerate(expected.headers)}
    highest = -1
    for index, column in enumerate(columns):
        rank = order.get(column or "", highest)
        if rank < highest:
            prefix, file, line = position
            start, value = row.starts[index] + 1, row.values[index]
            findings.add(make_finding(f"{prefix}006", file, line, start, text, len(value), header=value))
            return
        highest = rank


def _check_required(
    row: TableRow,
    text: str,
    columns: list[str | None],
    expected: ExpectedHeader,
    findings: FindingCollector,
    position: tuple[str, str, int],
    taken: Mapping[str, str],
) -> None:
    prefix, file, line = position
    taken = {name: value for value, name in taken.items()}
    for name in expected.headers:
        if name not in expected.required or name in columns:
            continue
        suggestion, at, width = taken.get(name, ""), 1, 1
        if suggestion:
            index = row.values.index(suggestion)
            columns[index] = name
            at, width = row.starts[index] + 1, len(suggestion)
        values = {"header": expected.headers[name], "instead": suggestion}
        findings.add(make_finding(f"{prefix}003", file, line, at, text, width, **values))


def _taken_headers(
    row: TableRow, expected: ExpectedHeader, absent: Mapping[str, str], present: Collection[str]
) -> dict[str, str]:
    """Return the unknown headers that are taken for required ones that are missing, with our names."""
    missing = {name: header for name, header in absent.items() if name in expected.required}
    known, taken = set(expected.headers.values()), dict[str, str]()
    for value in row.values if missing else ():
        likely = "" if value in known else suggest_header(value, missing, present)
        if likely and likely == suggest_header(value, absent, present):
            name = next(name for name, header in missing.items() if header == likely)
            del missing[name]
            taken[value] = name
    return taken


@dataclass(slots=True)
class TableLine:
    """One record of a small table: the number of its first line, its text, its row."""

    number: int
    text: str
    row: TableRow


def parse_records(text: str, delimiter: str, most: int = 0) -> list[TableLine]:
    """The records of *text* (the first *most*; 0: all), blank lines left out.

    Quoted values may go over line ends.

    A quote that is never closed spoils its own line only, so that what follows is still read.
    """
    lines = text.split("\n")
    records: list[TableLine] = []
    index, blank = 0, delimiter + BLANK_CHARACTERS
    while index < len(lines) and (not most or len(records) < most):
        own, used = lines[index].removesuffix("\r"), 1
        if not own.strip(blank):
            index += 1
            continue
        row = split_row(own, delimiter)
        if row.broken and row.broken.kind == "unclosed":
            own, row, used = _extended(lines, index, delimiter, (own, row))
        if row.broken or any(value.strip(BLANK_CHARACTERS) for value in row.values):
            records.append(TableLine(index + 1, own, row))
        index += used
    return records


def _extended(
    lines: Sequence[str], index: int, delimiter: str, alone: tuple[str, TableRow]
) -> tuple[str, TableRow, int]:
    for end in range(index + 1, len(lines)):
        if '"' not in lines[end]:
            continue
        # A value that goes on is read like one that begins: no line is read twice.
        broken = split_row('"' + lines[end].removesuffix("\r"), delimiter).broken
        if broken is None:
            text = "\n".join(lines[index : end + 1]).removesuffix("\r")
            return text, split_row(text, delimiter), end + 1 - index
        if broken.kind != "unclosed":
            break
    return (*alone, 1)
