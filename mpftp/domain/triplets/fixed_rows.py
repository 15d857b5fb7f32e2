"""Rows of MAIL as they are written anew: trimmed, quoted as RFC 4180 has it, each contact once."""

from __future__ import annotations

import csv
import functools
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

from mpftp.domain.addresses import canonical_address
from mpftp.domain.triplets import text
from mpftp.domain.triplets.address import fix_address
from mpftp.domain.triplets.contact import MailLayout
from mpftp.domain.triplets.damage import clean_bytes, clean_value, read_clean
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.mail import MailParser
from mpftp.domain.triplets.mail_block import MailBlock, split_values
from mpftp.domain.triplets.spreadsheet import unwrapped_row
from mpftp.domain.triplets.table import (
    BLANK_CHARACTERS,
    KNOWN_DELIMITERS,
    MAX_RECORD_CHARS,
    correct_headers,
    split_row,
)
from mpftp.domain.triplets.triplet_reader import MailFile

_SURROGATE = re.compile("[\ud800-\udfff]")
"""A byte that is no text and stays as it is; a mark at the start then says that the copy is UTF-8."""

_DOUBTFUL = re.compile("[=\n\r\x00\x1a\ufeff\ud800-\udfff]")
"""What a line may be read otherwise for than the values were that it is made of."""

MOST_ROUNDS = 20
"""How often a row, CONF or HTML is fixed until it stays as it is."""

CTRL_Z = "\x1a"
"""The end of a file of DOS; one that trimming lays bare at the end of a line might be taken for it."""


class FixRow(NamedTuple):
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
    parser = _RowParser(layout)
    for lines in parser.read_all(blocks, first):
        yield from _rows_of(lines, layout)


class _RowParser(MailParser):
    """Takes blocks of MAIL apart; no line is judged whose values can only be what stands there."""

    def __init__(self, layout: MailLayout) -> None:
        super().__init__(layout, FindingCollector(keep=1, selected_rules=()))
        self._plain = _compile_plain_pattern(layout)

    def _count_findings(self, raw: bytes) -> bytes:
        match = self._plain.fullmatch(raw) if len(raw) <= MAX_RECORD_CHARS else None
        return match[2] if match else super()._count_findings(raw)


def _compile_plain_pattern(layout: MailLayout) -> re.Pattern[bytes]:
    """Return the pattern of a line, without its end, that can be read in one way only.

    It has as many values as the header, rightly quoted or without a quote. Group 2 looks like an address.
    """
    if layout.email is None or layout.delimiter not in KNOWN_DELIMITERS:
        return re.compile(rb"(?!)")
    delimiter, inside = re.escape(layout.delimiter.encode()), rb'[^"=\x00-\x1f\x7f'
    quoted = rb'%b]*+(?:""%b]*+)*' % (inside, inside)
    parts = [rb'(?: *+"%b" *+|%b%b]*+)' % (quoted, inside, delimiter)] * len(layout.columns)
    parts[layout.email] = rb' *+("?+) *+(\w[\w.+-]*+@[\w.-]++) *+\1 *+'
    return re.compile(delimiter.join(parts) + rb"\r?+")


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
        values = tuple(split_values(line, layout))
        yield FixRow(lines.first + index, line, values, True, False, _visible_bytes(raws[index], layout))


def _visible_bytes(raw: bytes, layout: MailLayout) -> str:
    """Return the line *raw* with invalid bytes made visible, ``""`` if all are in the file's encoding."""
    if raw.isascii() or layout.block_encoding != "utf-8":
        return ""
    plain = raw.removesuffix(b"\r")
    visible = show_line(plain, layout.block_encoding)
    return visible if visible != layout.text(plain) else ""


class RowWriter:
    """Writes the rows of one MAIL anew, each address once; *layout* is that of the copy."""

    def __init__(self, layout: MailLayout, unsafe: bool) -> None:
        self._layout = layout
        self._unsafe = unsafe
        self._seen: set[int] = set()
        self._parser = _RowParser(layout)

    def write(self, row: FixRow, detail: io.TextIOWrapper) -> str | None:
        """Write the corrected row, and return it as written; ``None`` when it is dropped."""
        row, line, address = self._settle(row)
        if line is None or (address and self._is_repeated(address)):
            return None
        detail.write(line if row.torn else line + "\n")
        return line

    def _settle(self, row: FixRow) -> tuple[FixRow, str | None, str]:
        """Return what *row* is once it is fixed until it stays so, and what ``_fix`` says of that."""
        line, address = self._fix(row)
        for _ in range(MOST_ROUNDS):
            if line is None or row.torn or (line == row.text and not row.visible):
                break
            if not self._is_doubtful(row, line):
                break
            raw = clean_bytes(line.encode("utf-8", "surrogateescape"), "utf-8", self._unsafe)
            rows = list(_rows_of(self._parser.read(raw + b"\n", row.line, last=True), self._layout))
            if len(rows) != 1:
                break
            row = rows[0]
            line, address = self._fix(row)
        return row, line, address

    def _is_doubtful(self, row: FixRow, line: str) -> bool:
        """Whether *line*, which *row* became, may be read otherwise than as the values it is made of."""
        if not row.is_complete or _DOUBTFUL.search(line):
            return True
        return unwrapped_row(line, self._layout.delimiter) is not None

    def _fix(self, row: FixRow) -> tuple[str | None, str]:
        """The line of *row*, fixed once, ``None`` if it holds nothing, and the address to mail."""
        if row.broken:
            return row.text.replace("\r", "").rstrip(CTRL_Z), ""
        if not row.text or not row.values:
            return None, ""
        values, address = self._fixed_values(row.values)
        if not address and (
            self._layout.is_header(values) or not any(value.strip(BLANK_CHARACTERS) for value in values)
        ):
            return None, ""
        kept = values == list(row.values) and says_just(row.text, values, self._layout)
        return row.text if kept else write_row(values, self._layout), address if row.is_complete else ""

    def _fixed_values(self, written: Sequence[str]) -> tuple[list[str], str]:
        values, email, address = list(map(trim_value, written)), self._layout.email, ""
        if email is not None and email < len(values):
            values[email], is_mailbox = fix_address(values[email], unsafe=self._unsafe)
            address = values[email] if is_mailbox else ""
        if values[-1].endswith(CTRL_Z):
            return self._fixed_values([*values[:-1], values[-1].rstrip(CTRL_Z)])
        return values, address

    def _is_repeated(self, address: str) -> bool:
        """Whether *address* came before."""
        key = hash(canonical_address(address))
        repeated = key in self._seen
        self._seen.add(key)
        return repeated


class _Echo:
    """A stream whose writer gets back what it writes."""

    write = staticmethod(str)


@functools.cache
def _make_row_formatter(delimiter: str) -> Callable[[Sequence[str]], Any]:
    """Return the function that makes a line, with its end, of values."""
    return csv.writer(_Echo(), delimiter=delimiter, lineterminator="\n").writerow


def write_row(values: Sequence[str], layout: MailLayout) -> str:
    """The line of *values*, quoted as RFC 4180 has it."""
    return str(_make_row_formatter(layout.delimiter)(values)[:-1])


def says_just(text: str, values: list[str], layout: MailLayout) -> bool:
    """Whether the record *text* holds just these *values*, rightly quoted."""
    if "\r" in text:
        return False
    if '"' not in text:
        return values == text.split(layout.delimiter)
    row = split_row(text, layout.delimiter)
    return row.values == values and not row.problems


def fix_header(mail: MailFile, unsafe: bool, known: Collection[str]) -> str:
    """The header line of MAIL as it is written anew, with the *known* headers that it surely means.

    With broken quotes it stays, and so does a header with bytes that are no text.
    """
    layout = mail.layout
    line = read_clean(mail.raw_header_line(), layout.block_encoding, unsafe)
    if split_row(line, layout.delimiter).broken:
        return line
    if _SURROGATE.search(line):
        cleaned = _exact_names(line, layout)
    else:
        line, cleaned = mail.header_line, [clean_value(name, unsafe) for name in layout.header]
    names = [new if new.strip() else old for new, old in zip(cleaned, layout.header, strict=True)]
    corrected = zip(names, correct_headers(names, known), strict=True)
    names = [old if _SURROGATE.search(old) else new for old, new in corrected]
    return line if says_just(line, names, layout) else write_row(names, layout)


def _exact_names(line: str, layout: MailLayout) -> list[str]:
    """Return the headers in *line* with the bytes that are no text, for which *layout* has other signs."""
    width = len(layout.header)
    inner = unwrapped_row(line, layout.delimiter) if width > 1 else None
    return (inner or split_row(line, layout.delimiter)).values[:width]


def show_line(raw: bytes, block_encoding: str) -> str:
    """A line of the original as it is shown: bytes that were read in another encoding can be seen."""
    read = text.decode_line(raw, block_encoding, "surrogateescape")
    foreign = block_encoding == "utf-8" and read.encode("utf-8", "surrogateescape") != raw
    return raw.decode(block_encoding, "replace") if foreign else read


def trim_value(value: str) -> str:
    """Return *value* without spaces around it, with line feeds for line ends."""
    value = value.strip(" ")
    return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
