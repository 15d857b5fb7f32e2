"""Shapes that spreadsheets give to CONF and MAIL: none of them is torn, so each is taken with a notice."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator

from mpftp.domain.triplets.table import MAX_RECORD_CHARS, TableLine, TableRow, count_known, split_row

_SEP_LINE = re.compile(r' *"?sep=(.)"?[;,\t| ]*', re.IGNORECASE)
_WHOLE_LINE = re.compile(r'"([^"\n]*+(?:""[^"\n]*+)*+)"')
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
_FORMULA_ERROR = re.compile(
    r"#(?:N/A|N/D|REF!|NOME\?|NAME\?|VALOR!|VALUE!|DIV/0!|NUM!|NULO!|NULL!|ERROR!|ERRO!|#+\Z)"
)
"""What a spreadsheet shows instead of a value; ``####`` where its column is too narrow."""

EMPTY_WORDS = frozenset({"NULL", "null", "\\N", "NA", "NaN", "nan", "None", "undefined"})
"""What databases and programs write for a value that is not there."""

_AT_DELIMITER = re.compile(r"[;,\t|]")
_MAX_TITLE_LINES = 20
"""Lines among which the header is looked for below a title."""


def is_sep_line(line: str) -> bool:
    """Return whether *line* is Excel's ``sep=;``, which names the delimiter of what follows."""
    return _SEP_LINE.fullmatch(line.rstrip("\r\n")) is not None


def is_blank_line(line: str) -> bool:
    """Return whether *line* holds nothing but delimiters and quotes, as a spreadsheet's empty row does."""
    return not line.strip(' \t\r\n;,|"')


def find_first_line(text: str, headers: Collection[str] = ()) -> str:
    """Return the first line of *text* that is neither blank nor ``sep=``; ``""`` if there is none.

    With *headers*, what stands above the line that surely holds them does not count, either.
    """
    lines = text.split("\n")
    written = (line for line in lines if not is_blank_line(line) and not is_sep_line(line))
    first = list(itertools.islice(written, _MAX_TITLE_LINES if headers else 1))
    return first[count_title_lines(first, headers)] if first else ""


def count_title_lines(lines: Iterable[str], headers: Collection[str]) -> int:
    """Return how many of *lines* stand above the one that surely is the header: a title, ``#TYPE``.

    Sure is one with two of *headers* below lines without any, and without an address.
    """
    for number, line in enumerate(itertools.islice(lines, _MAX_TITLE_LINES)):
        known = count_known(_AT_DELIMITER.split(line[:MAX_RECORD_CHARS]), headers)
        if known or "@" in line:
            return number if known > 1 else 0
    return 0


def unwrap_line(line: str, delimiter: str) -> str:
    """Return the record in *line*, all of which is one quoted value; ``""`` if it is no such line."""
    match = _WHOLE_LINE.fullmatch(line.rstrip("\r").rstrip(delimiter)) if line.startswith('"') else None
    inner = match[1].replace('""', '"') if match else ""
    return inner if delimiter in inner else ""


def drop_empty_end(row: TableRow, width: int, email: int | None = None) -> int:
    """Drop empty values beyond the first *width* from the end of *row*; return how many.

    None are surplus where the address of column *email* stands one further: a value was cut in two.
    """
    dropped = 0
    if email is not None and ["@" in value for value in row.values[email : email + 2]] == [False, True]:
        return 0
    while len(row.values) > width and not row.values[-1].strip():
        row.values.pop()
        row.starts.pop()
        dropped += 1
    return dropped


def fill_up(row: TableRow, width: int, end: int) -> None:
    """Add empty values, which stand at index *end*, until *row* has *width* of them."""
    missing = width - len(row.values)
    row.values += [""] * missing
    row.starts += [end] * missing


def text_in_formula(value: str) -> str | None:
    """Return the text in ``="0119"``, a formula that keeps it from being a number; else ``None``."""
    match = _TEXT_FORMULA.fullmatch(value)
    return match[1] if match else None


def is_formula_error(value: str) -> bool:
    """Return whether *value* is what a spreadsheet shows instead of one."""
    return value.startswith("#") and _FORMULA_ERROR.match(value) is not None


def unwrapped_row(line: str, delimiter: str, shift: int = 1) -> TableRow | None:
    """Return the row in a *line* that is all one quoted value, ``None`` if it is no such line.

    Its starts are those in *line*, but for quotes that are doubled there.
    """
    inner = unwrap_line(line, delimiter)
    row = split_row(inner, delimiter) if inner else None
    if row is None or row.broken:
        return None
    row.starts = [min(start + shift, len(line)) for start in row.starts]
    return row


def _says_the_same(row: TableRow, other: TableRow) -> bool:
    """Whether the values of both are the same, case and spaces aside."""
    first, second = ([value.strip().casefold() for value in one.values] for one in (row, other))
    return first == second


def settle_small_table(
    lines: list[TableLine], delimiter: str, needed: Collection[str], address: str, *, torn: bool
) -> Iterator[tuple[str, TableLine, int, int]]:
    """Read the header and the first data line of *lines* as they were meant where a spreadsheet wrote them.

    Values may lack at the end of the data line unless their headers are *needed*, or it is *torn*: the
    last line, without an end. *address* is the header of the sender's address. A header stands on one
    line, so a quote that closes below it breaks it. Yields each shape met: the end of its rule, the line,
    its index and width.
    """
    if lines and is_sep_line(lines[0].text):
        sep = lines.pop(0)
        yield "051", sep, 0, len(sep.text)
    above = count_title_lines((line.text for line in lines), needed)
    if above:
        yield "060", lines[0], 0, len(lines[0].text)
        del lines[:above]
    if lines and "\n" in lines[0].text:
        lines[0].text = lines[0].text.partition("\n")[0]
        lines[0].row = split_row(lines[0].text, delimiter)
    if lines and lines[0].row.broken:
        return
    while lines[1:] and _says_the_same(lines[0].row, lines[1].row):
        again = lines.pop(1)
        yield "046", again, 0, len(again.text)
    spare = 0
    for index, line in enumerate(lines[:2]):
        header = lines[0].row.values
        inner = unwrapped_row(line.text, delimiter)
        if inner is not None and not any(line.row.values[1:]) and len(inner.values) > 1:
            line.row = inner
            yield "054", line, 0, len(line.text)
        email = header.index(address) if index and address in header else None
        surplus = 0 if line.row.broken else drop_empty_end(line.row, len(header) if index else 1, email)
        if surplus > spare:
            yield "053" if index else "050", line, len(line.text.rstrip(delimiter)), surplus
        spare = surplus
        width = len(line.row.values)
        complete = not (torn and line is lines[-1]) and not line.row.broken and width > 1
        if index and width < len(header) and complete and not set(header[width:]) & set(needed):
            fill_up(line.row, len(header), len(line.text))
            yield "052", line, len(line.text), len(header) - width
