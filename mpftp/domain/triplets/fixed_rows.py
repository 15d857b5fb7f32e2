"""Rows of MAIL as they are written anew: trimmed, quoted as RFC 4180 has it, each contact once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mpftp.domain.addresses import canonical_address
from mpftp.domain.triplets import text
from mpftp.domain.triplets.address import check_address, fix_address
from mpftp.domain.triplets.contact import BLANK_CHARACTERS, MailLayout
from mpftp.domain.triplets.damage import clean_bytes
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.mail import MailParser
from mpftp.domain.triplets.mail_block import MailBlock
from mpftp.domain.triplets.spreadsheet import unwrapped_row
from mpftp.domain.triplets.table import split_row

SURROGATE = re.compile("[\ud800-\udfff]")
"""A byte that is no text and stays as it is; a mark at the start then says that the copy is UTF-8."""

_DOUBTFUL = re.compile("[=\n\r\x00\x1a\ufeff\ud800-\udfff]")
"""What a line may be read otherwise for than the values were that it is made of."""

MOST_ROUNDS = 20
"""How often a row, CONF or HTML is fixed until it stays as it is."""

CTRL_Z = "\x1a"
"""The end of a file of DOS; one that trimming lays bare at the end of a line might be taken for it."""


@dataclass(frozen=True, slots=True)
class FixRow:
    """A record of MAIL to be written anew; one without values is dropped."""

    line: int
    text: str
    values: tuple[str, ...]
    is_complete: bool
    """Whether the values are those of the header, one each."""
    broken: bool
    visible: str = ""
    """The line as it is shown, where it was read in another encoding than the rest."""
    torn: bool = False


def read_rows(blocks: Iterator[bytes], first: int, layout: MailLayout) -> Iterator[FixRow]:
    """Every record of MAIL, blank lines and repeated headers as rows without values."""
    parser = _new_parser(layout)
    for lines in parser.read_all(blocks, first):
        yield from _rows_of(lines, layout)


def _new_parser(layout: MailLayout) -> MailParser:
    return MailParser(layout, FindingCollector(keep=1, selected_rules=()))


def _rows_of(lines: MailBlock, layout: MailLayout) -> Iterator[FixRow]:
    raws = lines.block.split(b"\n")
    joint = 0
    for index in range(len(lines.keys)):
        joint = max(0, joint - 1)
        if index in lines.records:
            record = lines.records[index]
            if record is not None:
                joint = record.text.count("\n") + 1
                values = () if layout.is_header(record.values) else record.values
                is_complete = len(record.values) == len(layout.columns)
                visible = _visible_bytes(raws[index], layout) if joint == 1 else ""
                yield FixRow(
                    record.line, record.text, values, is_complete, record.is_broken, visible, record.is_torn
                )
            elif not joint:
                yield FixRow(lines.first + index, layout.text(raws[index]), (), False, False)
            continue
        line = layout.text(raws[index])
        values = split_values(line, layout)
        yield FixRow(lines.first + index, line, values, True, False, _visible_bytes(raws[index], layout))


def _visible_bytes(raw: bytes, layout: MailLayout) -> str:
    """Return the line *raw* with invalid bytes made visible, ``""`` if all are in the file's encoding."""
    if raw.isascii() or layout.block_encoding != "utf-8":
        return ""
    plain = raw.removesuffix(b"\r")
    visible = show_line(plain, layout.block_encoding)
    return visible if visible != layout.text(plain) else ""


def split_values(line: str, layout: MailLayout) -> tuple[str, ...]:
    """Return the values of one good line."""
    delimiter, width = layout.delimiter, len(layout.columns)
    values = line.split(delimiter) if '"' not in line else split_row(line, delimiter).values
    return tuple(values[:width])


class RowWriter:
    """Writes the rows of one MAIL anew, each address once; *layout* is that of the copy."""

    def __init__(self, layout: MailLayout, unsafe: bool) -> None:
        self._layout = layout
        self._unsafe = unsafe
        self._seen: set[int] = set()
        self._parser = _new_parser(layout)

    def write(self, row: FixRow, detail: io.TextIOWrapper) -> str | None:
        """Write the corrected row, and return it as written; ``None`` when it is dropped."""
        row, line = self._settle(row)
        if line is None or (not row.broken and self._is_repeated(row)):
            return None
        detail.write(line if row.torn else line + "\n")
        return line

    def _settle(self, row: FixRow) -> tuple[FixRow, str | None]:
        """Return what *row* is once it is fixed until it stays so, and its line; ``None`` for none."""
        line = self._line(row)
        for _ in range(MOST_ROUNDS):
            if line is None or row.torn or (line == row.text and not row.visible):
                break
            if not self._is_doubtful(row, line):
                break
            raw = clean_bytes(line.encode("utf-8", "surrogateescape"), "utf-8", self._unsafe)
            rows = list(_rows_of(self._parser.read(raw + b"\n", row.line, last=True), self._layout))
            if len(rows) != 1:
                break
            row, line = rows[0], self._line(rows[0])
        return row, line

    def _is_doubtful(self, row: FixRow, line: str) -> bool:
        """Whether *line*, which *row* became, may be read otherwise than as the values it is made of."""
        if not row.is_complete or _DOUBTFUL.search(row.text) or _DOUBTFUL.search(line):
            return True
        return unwrapped_row(line, self._layout.delimiter) is not None

    def _line(self, row: FixRow) -> str | None:
        """The line of *row*, fixed once; ``None`` if it holds nothing."""
        if row.broken:
            return row.text.replace("\r", "").rstrip(CTRL_Z)
        values = _fixed_values(row.values, self._layout, self._unsafe) if row.values else []
        if self._layout.is_header(values) or not any(value.strip(BLANK_CHARACTERS) for value in values):
            return None
        return row.text if says_just(row.text, values, self._layout) else write_row(values, self._layout)

    def _is_repeated(self, row: FixRow) -> bool:
        """Whether the address of *row* came before."""
        email = self._layout.email
        if email is None or not row.is_complete:
            return False
        address = fix_address(trim_value(row.values[email]), unsafe=self._unsafe)
        key = hash(canonical_address(address))
        if not check_address(address).email:
            return False
        repeated = key in self._seen
        self._seen.add(key)
        return repeated


def _fixed_values(written: Sequence[str], layout: MailLayout, unsafe: bool) -> list[str]:
    values = [trim_value(value) for value in written]
    if layout.email is not None and layout.email < len(values):
        values[layout.email] = fix_address(values[layout.email], unsafe=unsafe)
    if values[-1].endswith(CTRL_Z):
        return _fixed_values([*values[:-1], values[-1].rstrip(CTRL_Z)], layout, unsafe)
    return values


def write_row(values: Sequence[str], layout: MailLayout) -> str:
    """The line of *values*, quoted as RFC 4180 has it."""
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=layout.delimiter, lineterminator="\n").writerow(values)
    return line.getvalue()[:-1]


def says_just(text: str, values: list[str], layout: MailLayout) -> bool:
    """Whether the record *text* holds just these *values*, rightly quoted."""
    row = split_row(text, layout.delimiter)
    return row.values == values and not row.problems and "\r" not in text


def show_line(raw: bytes, block_encoding: str) -> str:
    """A line of the original as it is shown: bytes that were read in another encoding can be seen."""
    read = text.decode_line(raw, block_encoding, "surrogateescape")
    foreign = block_encoding == "utf-8" and read.encode("utf-8", "surrogateescape") != raw
    return raw.decode(block_encoding, "replace") if foreign else read


def trim_value(value: str) -> str:
    """Return *value* without spaces around it, with line feeds for line ends."""
    return value.strip(" ").replace("\r\n", "\n").replace("\r", "\n")
