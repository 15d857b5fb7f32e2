"""Corrected copies of a triplet's files: UTF-8, LF, trimmed values, no repeats. Originals are never touched.

What cannot be mended without guessing stays as it is: a copy holds every contact that could be
meant. With *unsafe*, slips that are most likely one thing are taken for it.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from mpftp.domain.file_names import InputType
from mpftp.domain.triplets import text
from mpftp.domain.triplets.address import check_address, fix_address
from mpftp.domain.triplets.contact import BLANK_CHARACTERS, MailLayout
from mpftp.domain.triplets.damage import (
    clean_bytes,
    clean_value,
    has_invalid_bytes,
    is_dirty,
    read_again,
    read_clean,
)
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.mail import MailBlock, MailParser
from mpftp.domain.triplets.table import detect_delimiter, parse_records, split_row
from mpftp.domain.triplets.triplet import TripletCheck, TripletFiles

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_SURROGATE = re.compile("[\ud800-\udfff]")
"""A byte that is no text and stays as it is."""

_CHARSET = re.compile(r"(<meta\b[^>]{0,500}?charset\s*=\s*[\"']?\s*)([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line of the original and what became of it; *new* is ``None`` for one that was dropped."""

    line: int
    old: str
    new: str | None


@dataclass(slots=True)
class FixedFile:
    """What was done to one file: how it was written before, how many lines changed, and the first of them.

    *cleaned* counts the blocks of MAIL that NULs or byte order marks were taken out of; *bom_added* says
    that a mark was put at the start, *line_end_added* that the last line got its end.
    """

    file: str
    encoding: str
    line_ends: str
    changed: int = 0
    dropped: int = 0
    cleaned: int = 0
    bom_added: bool = False
    line_end_added: bool = False
    first: list[LineChange] = field(default_factory=list)
    keep: int = 20

    def note(self, line: int, old: str, new: str | None) -> None:
        """Count a changed or dropped line, and keep it if it is among the first (*keep* 0: always)."""
        self.changed += new is not None
        self.dropped += new is None
        if not self.keep or len(self.first) < self.keep:
            self.first.append(LineChange(line, old, new))

    @property
    def is_unchanged(self) -> bool:
        """Whether the copy says what the original said, byte for byte."""
        lines = self.changed or self.dropped or self.cleaned or self.line_ends or self.line_end_added
        return not (lines or self.encoding or self.bom_added)


OpenCopy = Callable[[str], BinaryIO]
"""Opens the copy of a bare file name for writing."""


def write_fixed_copies(
    files: TripletFiles, check: TripletCheck, write: OpenCopy, *, unsafe: bool = False, keep: int = 20
) -> list[FixedFile]:
    """Write the corrected copy of every file that can be read as text; what was done to each."""
    done = []
    for kind, scan in check.surveys.items():
        file = files.key.file(kind)
        fixed = FixedFile(file, _former_encoding(scan), _former_ends(scan), keep=keep)
        if kind is InputType.MAIL:
            if check.mail is None:
                continue
            with closing(write(file)) as out:
                dirty = has_invalid_bytes(scan, files.openers[kind]) and _keeps_invalid_bytes(check, unsafe)
                out.write(_bom_for(scan, fixed) if dirty else b"")
                _mend_mail(check, out, fixed, unsafe)
            fixed.line_end_added = scan.lacks_line_end
        else:
            new = _mend_small(files, kind, check, scan, fixed, unsafe)
            with closing(write(file)) as out:
                out.write(_bom_for(scan, fixed) if is_dirty(new) else b"")
                out.write(new)
        done.append(fixed)
    return done


class _InvalidByteProbe(io.BytesIO):
    """Takes a copy that nobody keeps, and sees whether all of it is UTF-8."""

    has_invalid_bytes = False

    def write(self, data: Buffer) -> int:
        """Look at *data*, which ends with a whole character."""
        self.has_invalid_bytes = self.has_invalid_bytes or is_dirty(bytes(data))
        return len(bytes(data))


def _keeps_invalid_bytes(check: TripletCheck, unsafe: bool) -> bool:
    """Whether the corrected MAIL still holds bytes that are no text."""
    probe = _InvalidByteProbe()
    _mend_mail(check, probe, FixedFile("", "", "", keep=1), unsafe)
    return probe.has_invalid_bytes


def _bom_for(scan: text.TextScan, fixed: FixedFile) -> bytes:
    """The mark of a copy that keeps bytes which are no text; said only if the original has none."""
    fixed.bom_added = not scan.bom
    if scan.bom and scan.encoding == "utf-8":
        fixed.encoding = ""
    return codecs.BOM_UTF8


def _mend_small(
    files: TripletFiles,
    kind: InputType,
    check: TripletCheck,
    scan: text.TextScan,
    fixed: FixedFile,
    unsafe: bool,
) -> bytes:
    """CONF or HTML as it is written anew; what is no text stays as it is, byte for byte."""
    with closing(files.openers[kind]()) as stream:
        raws = b"".join(text.read_blocks(stream, scan)).split(b"\n")
    raws = [raw.removesuffix(b"\r") for raw in raws]
    plain = "\n".join(read_clean(raw, scan.block_encoding, unsafe) for raw in raws)
    new = _mend_html(plain) if kind is InputType.HTML else _mend_conf(plain, check)
    while _SURROGATE.search(new):
        plain = "\n".join(read_again(line, unsafe) for line in new.split("\n"))
        again = _mend_html(plain) if kind is InputType.HTML else _mend_conf(plain, check)
        if again == new:
            break
        new = again
    _note_lines("\n".join(_shown(raw, scan.block_encoding) for raw in raws), new, fixed)
    return new.encode("utf-8", "surrogateescape")


def _shown(raw: bytes, carrier: str) -> str:
    """A line of the original as it is shown: bytes that were read in another encoding can be seen."""
    read = text.decode_line(raw, carrier, "surrogateescape")
    foreign = carrier == "utf-8" and read.encode("utf-8", "surrogateescape") != raw
    return raw.decode(carrier, "replace") if foreign else read


def _former_encoding(scan: text.TextScan) -> str:
    """How the file was encoded, ``""`` if it was plain UTF-8 already."""
    if scan.mixed:
        return "UTF-8 + windows-1252"
    names = {"cp1252": "windows-1252"}
    name = names.get(scan.encoding, scan.encoding).upper() + (" BOM" if scan.bom else "")
    return "" if name == "UTF-8" else name


def _former_ends(scan: text.TextScan) -> str:
    lone = scan.lf - scan.crlf
    kinds = [("CR LF", scan.crlf), ("CR", scan.lone_cr), ("LF", lone)]
    used = [name for name, count in kinds if count > 0]
    return "" if used in ([], ["LF"]) else " + ".join(used)


def _note_lines(old: str, new: str, fixed: FixedFile) -> None:
    """Note how two small texts differ, line by line."""
    before, after = old.split("\n"), new.split("\n")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, other, stop in matcher.get_opcodes():
        if tag == "equal":
            continue
        for number in range(max(end - start, stop - other)):
            gone = before[start + number] if start + number < end else ""
            come = after[other + number] if other + number < stop else None
            fixed.note(min(start + number, end) + 1, gone, come)


def _mend_html(plain: str) -> str:
    """*plain* with the encoding that it names set right, for the copy is UTF-8."""
    return _CHARSET.sub(_named_right, plain)


def _named_right(match: re.Match[str]) -> str:
    return match[0] if match[2].lower() in ("utf-8", "utf8") else f"{match[1]}utf-8"


def _mend_conf(plain: str, check: TripletCheck) -> str:
    """Trimmed values, quoted as RFC 4180 has it; a line whose quotes are broken stays."""
    head = next((line for line in plain.split("\n") if line.strip()), "")
    known = set(check.profile.conf.values())
    given = check.delimiter or check.profile.delimiter
    delimiter, _ = detect_delimiter(head, known, given)
    lines = parse_records(plain, delimiter)
    if not lines:
        return plain
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    for line in lines:
        values = [_trimmed(value) for value in line.row.values]
        if line.row.broken or (values == line.row.values and not line.row.faults):
            out.write(line.text.replace("\r", "") + "\n")
        else:
            writer.writerow(values)
    return out.getvalue()


def _trimmed(value: str) -> str:
    return value.strip(" ").replace("\r\n", "\n").replace("\r", "\n")


def _mend_mail(check: TripletCheck, out: BinaryIO, fixed: FixedFile, unsafe: bool) -> None:
    mail = check.mail
    assert mail is not None
    detail = io.TextIOWrapper(out, "utf-8", "surrogateescape", newline="")
    names = [clean_value(name, unsafe) for name in mail.layout.header]
    raw = mail.raw_head()
    exact = read_clean(raw, mail.layout.block_encoding, unsafe)
    if _SURROGATE.search(exact):
        detail.write(exact + "\n")
        if exact != text.decode_line(raw, mail.layout.block_encoding, "surrogateescape"):
            fixed.note(mail.first - 1, mail.head, exact)
    elif _says(mail.head, names, mail.layout):
        detail.write(mail.head + "\n")
    else:
        csv.writer(detail, delimiter=mail.layout.delimiter, lineterminator="\n").writerow(names)
        fixed.note(mail.first - 1, mail.head, mail.layout.delimiter.join(names))
    seen: set[int] = set()
    with closing(mail.open()) as stream:
        layout = replace(mail.layout, errors="surrogateescape")
        blocks = _cleaned(mail.data_blocks(stream), layout.block_encoding, fixed, unsafe)
        for row in _rows(blocks, mail.first, layout):
            new = _mended_row(row, layout, seen, unsafe, detail)
            if new != (row.shown or row.text):
                fixed.note(row.line, row.shown or row.text, new)
    detail.flush()
    detail.detach()


def _cleaned(blocks: Iterator[bytes], carrier: str, fixed: FixedFile, unsafe: bool) -> Iterator[bytes]:
    """*blocks* without byte order marks, and if guessing is allowed without NULs."""
    for block in blocks:
        clean = clean_bytes(block, carrier, unsafe)
        fixed.cleaned += clean != block
        if clean:
            yield clean


@dataclass(frozen=True, slots=True)
class _FixRow:
    line: int
    text: str
    values: tuple[str, ...]
    whole: bool
    """Whether the values are those of the header, one each."""
    broken: bool
    shown: str = ""
    """The line as it is shown, where it was read in another encoding than the rest."""


def _rows(blocks: Iterator[bytes], first: int, layout: MailLayout) -> Iterator[_FixRow]:
    """Every record of MAIL, blank lines and repeated headers as rows without values."""
    reader = MailParser(layout, FindingCollector(keep=1, selected_rules=()))
    for lines in reader.read_all(blocks, first):
        yield from _rows_of(lines, layout)


def _rows_of(lines: MailBlock, layout: MailLayout) -> Iterator[_FixRow]:
    raws = lines.block.split(b"\n")
    joint = 0
    for index in range(len(lines.keys)):
        joint = max(0, joint - 1)
        if index in lines.records:
            record = lines.records[index]
            if record is not None:
                joint = record.text.count("\n") + 1
                header = record.values == layout.header
                values = () if header else record.values
                whole = len(record.values) == len(layout.columns)
                shown = _foreign(raws[index], layout) if joint == 1 else ""
                yield _FixRow(record.line, record.text, values, whole, record.is_broken, shown)
            elif not joint:
                yield _FixRow(lines.first + index, layout.text(raws[index]), (), False, False)
            continue
        line = layout.text(raws[index])
        values = split_values(line, layout.delimiter)
        yield _FixRow(lines.first + index, line, values, True, False, _foreign(raws[index], layout))


def _foreign(raw: bytes, layout: MailLayout) -> str:
    """The line *raw* with its odd bytes made visible, ``""`` if it is in the file's own encoding."""
    if raw.isascii() or layout.block_encoding != "utf-8":
        return ""
    plain = raw.removesuffix(b"\r")
    shown = _shown(plain, layout.block_encoding)
    return shown if shown != layout.text(plain) else ""


def split_values(line: str, delimiter: str) -> tuple[str, ...]:
    """The values of one good line."""
    return tuple(line.split(delimiter)) if '"' not in line else tuple(split_row(line, delimiter).values)


def _mended_row(
    row: _FixRow, layout: MailLayout, seen: set[int], unsafe: bool, detail: io.TextIOWrapper
) -> str | None:
    """Write the corrected row, and return it as written; ``None`` when it is dropped."""
    if row.broken:
        line = row.text.replace("\r", "")
        detail.write(line + "\n")
        return line
    if not row.values:
        return None
    values = _settled_values(row, layout, unsafe)
    if layout.email is not None and layout.email < len(values):
        email = values[layout.email]
        key = hash(email.lower())
        if row.whole and check_address(email).email:
            if key in seen:
                return None
            seen.add(key)
    if tuple(values) == layout.header or not any(value.strip(BLANK_CHARACTERS) for value in values):
        return None
    line = row.text if _says(row.text, values, layout) else _written(values, layout)
    detail.write(line + "\n")
    return line


def _settled_values(row: _FixRow, layout: MailLayout, unsafe: bool) -> list[str]:
    """The row's values, mended until the line that is made of them is read as just these values."""
    values = _mended_values(row.values, layout, unsafe)
    while not row.text.isascii() and _SURROGATE.search(line := _written(values, layout)):
        again = _mended_values(split_row(read_again(line, unsafe), layout.delimiter).values, layout, unsafe)
        if again == values:
            break
        values = again
    return values


def _mended_values(found: Sequence[str], layout: MailLayout, unsafe: bool) -> list[str]:
    values = [_trimmed(value) for value in found]
    if layout.email is not None and layout.email < len(values):
        values[layout.email] = fix_address(values[layout.email], unsafe=unsafe)
    return values


def _written(values: Sequence[str], layout: MailLayout) -> str:
    """The line of *values*, quoted as RFC 4180 has it."""
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=layout.delimiter, lineterminator="").writerow(values)
    return line.getvalue()


def _says(text: str, values: list[str], layout: MailLayout) -> bool:
    """Whether the record *text* holds just these *values*, rightly quoted."""
    row = split_row(text, layout.delimiter)
    return row.values == values and not row.faults and "\r" not in text
