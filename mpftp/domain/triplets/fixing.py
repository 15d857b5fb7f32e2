"""Corrected copies of a triplet's files: UTF-8, LF, trimmed values, no repeats. Originals are never touched.

What cannot be fixed without guessing stays as it is: a copy holds every contact that could be
meant. With *unsafe*, slips that are most likely one thing are taken for it. A copy that is fixed again
stays as it is: what would not is fixed until it does, or left as the original has it.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import functools
import hashlib
import io
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO, cast

from mpftp.domain.file_names import InputType
from mpftp.domain.messages.merge_fields import merge_fields
from mpftp.domain.profile import CONF_REQUIRED
from mpftp.domain.triplets import text
from mpftp.domain.triplets.conf import FILLED_VALUES
from mpftp.domain.triplets.content_kinds import find_other_kind, find_text_format
from mpftp.domain.triplets.damage import (
    clean_bytes,
    has_invalid_bytes,
    is_dirty,
    read_clean,
)
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.fixed_rows import (
    MOST_ROUNDS,
    RowWriter,
    fix_header,
    read_rows,
    show_line,
    trim_value,
)
from mpftp.domain.triplets.foreign_fields import find_foreign_fields, find_in_html, write_certain_fields
from mpftp.domain.triplets.signature import find_utf16_without_bom
from mpftp.domain.triplets.spreadsheet import find_first_line, settle_small_table
from mpftp.domain.triplets.table import correct_headers, detect_delimiter, parse_records, split_row
from mpftp.domain.triplets.text_scan import TextScan
from mpftp.domain.triplets.torn import is_torn_record
from mpftp.domain.triplets.triplet import TripletCheck, TripletFiles
from mpftp.domain.triplets.triplet_reader import (
    DEFAULT_OPTIONS,
    TripletReader,
    open_mail_file,
)

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_CHARSET = re.compile(r"(<meta\b[^>]{0,500}?charset\s*+=\s*+[\"']?\s*+)([\w.:-]+)", re.IGNORECASE)


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
    torn: bool = False
    """Whether the last line was left without its end, as values are missing from it."""
    doubtful: bool = False
    """Whether the copy may be read otherwise than its lines were, each by itself."""
    unsettled: bool = False
    """Whether the original was left as it is, as its copy would be changed again each time."""
    first: list[LineChange] = field(default_factory=list)
    keep: int = 20

    def note(self, line: int, old: str, new: str | None) -> None:
        """Count a changed or dropped line, and keep it if it is among the first (*keep* 0: always)."""
        self.changed += new is not None
        self.dropped += new is None
        if not self.keep or len(self.first) < self.keep:
            self.first.append(LineChange(line, old, new))


OpenCopy = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens the copy of a bare file name for writing and reading; leaving without an error completes it."""


def write_fixed_copies(
    files: TripletFiles, check: TripletCheck, write: OpenCopy, *, unsafe: bool = False, keep: int = 20
) -> list[FixedFile]:
    """Write the corrected copy of every file; what was done to each.

    One that cannot be read, or was cut off within a character, is copied as it is.
    """
    done = {}
    for kind in sorted(files.openers, key=lambda kind: kind is not InputType.MAIL):
        file, scan, opener = files.key.file(kind), check.scans.get(kind), files.openers[kind]
        fixed = done[kind] = FixedFile(file, "", "", keep=keep)
        with write(file) as out:
            if scan is None or scan.ends_in_character or (kind is InputType.MAIL and check.mail is None):
                _copy(opener, out)
                continue
            fixed.encoding, fixed.line_ends = _former_encoding(scan), _former_ends(scan)
            fixed.cleaned = int(scan.ctrl_z > 0)
            if kind is InputType.MAIL:
                _write_mail(check, out, fixed, unsafe)
                columns = _columns_of_copy(check, out, fixed, unsafe)
                check = replace(check, columns=check.columns if columns is None else columns)
                fixed.unsettled = columns is None
            else:
                _write_small_file(files, kind, check, out, fixed, unsafe)
            if fixed.unsettled:
                out.seek(0)
                out.truncate()
                _copy(opener, out)
                done[kind] = FixedFile(file, "", "", unsettled=True, keep=keep)
    return [done[kind] for kind in files.openers]


def _copy(opener: text.OpenBinary, out: BinaryIO) -> None:
    with closing(opener()) as source:
        out.writelines(iter(lambda: source.read(1 << 20), b""))


class _CopyReader:
    """Reads a copy, which is still open for writing, from its start."""

    def __init__(self, copy: BinaryIO) -> None:
        copy.seek(0)
        self.read, self.seek = copy.read, copy.seek

    def close(self) -> None:
        """Leave the copy open."""


def _columns_of_copy(
    check: TripletCheck, copy: BinaryIO, fixed: FixedFile, unsafe: bool
) -> tuple[str, ...] | None:
    """Our names of the columns of MAIL's *copy*; ``None`` if it would be changed when it is fixed again."""
    if not fixed.doubtful:
        return check.columns
    copy.flush()
    openers: dict[InputType, text.OpenBinary] = {InputType.MAIL: lambda: cast("BinaryIO", _CopyReader(copy))}
    options = replace(DEFAULT_OPTIONS, keep=1, delimiter=check.delimiter)
    findings = FindingCollector(keep=1, selected_rules=())
    reader = TripletReader(TripletFiles(check.key, openers), check.profile, options, findings)
    mail = open_mail_file(reader)
    if mail is None:
        return ()
    again = _Probe()
    _write_mail(replace(check, mail=mail, scans=reader.scans), again, FixedFile("", "", "", keep=1), unsafe)
    once = hashlib.sha256()
    for block in iter(functools.partial(openers[InputType.MAIL]().read, 1 << 20), b""):
        once.update(block)
    return mail.layout.columns if once.digest() == again.digest.digest() else None


def _sure_headers(check: TripletCheck) -> Collection[str]:
    """The headers that another spelling surely means: none where MAIL may have columns of its own."""
    return () if check.profile.extra_columns else check.profile.mail.values()


class _Probe(io.BytesIO):
    """A stream that keeps nothing but a digest, and finds out whether all of it is UTF-8."""

    def __init__(self) -> None:
        super().__init__()
        self.has_invalid_bytes, self.digest = False, hashlib.sha256()

    def write(self, data: Buffer) -> int:
        """Look at *data*, which ends with a whole character."""
        self.has_invalid_bytes = self.has_invalid_bytes or is_dirty(bytes(data))
        self.digest.update(data)
        return len(bytes(data))


def _write_mail(check: TripletCheck, out: BinaryIO, fixed: FixedFile, unsafe: bool) -> None:
    """Write MAIL anew, with a mark at its start if bytes remain that are no text.

    Also where the profile names an encoding, in which the copy would be read without a mark.
    """
    assert check.mail is not None
    scan = check.mail.scan
    needs_bom = check.profile.encoding is not None
    if has_invalid_bytes(scan, check.mail.open):
        fixed.doubtful, probe = True, _Probe()
        _fix_mail(check, probe, FixedFile("", "", "", keep=1), unsafe)
        needs_bom = needs_bom or probe.has_invalid_bytes
    out.write(_bom_for(scan, fixed) if needs_bom else b"")
    _fix_mail(check, out, fixed, unsafe)
    fixed.line_end_added = scan.lacks_line_end and not fixed.torn


def _bom_for(scan: TextScan, fixed: FixedFile) -> bytes:
    """The mark of a copy that would be read otherwise without it; said only if the original has none."""
    fixed.bom_added = not scan.bom
    if scan.bom and scan.encoding == "utf-8":
        fixed.encoding = ""
    return codecs.BOM_UTF8


def _write_small_file(
    files: TripletFiles,
    kind: InputType,
    check: TripletCheck,
    out: BinaryIO,
    fixed: FixedFile,
    unsafe: bool,
) -> None:
    """Write CONF or HTML anew, as it is once it stays so; what is no text stays, byte for byte."""
    scan, opener = check.scans[kind], files.openers[kind]
    before = new = _fix_small_file(kind, opener, scan, check, unsafe)
    for _ in range(MOST_ROUNDS):
        before, copy = new, functools.partial(io.BytesIO, new)
        again = text.scan_text(copy)
        new = new if again.binary else _fix_small_file(kind, copy, again, check, unsafe)
        if new == before:
            break
    fixed.unsettled = new != before
    if new.startswith(codecs.BOM_UTF8):
        _bom_for(scan, fixed)
    after = new.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    old_lines = [show_line(raw, scan.block_encoding) for raw in _raw_lines(opener, scan)]
    _note_lines(kind, old_lines, after.split("\n"), fixed)
    out.write(new)


def _fix_small_file(
    kind: InputType, opener: text.OpenBinary, scan: TextScan, check: TripletCheck, unsafe: bool
) -> bytes:
    """CONF or HTML as it is after one round, with a mark at its start where it needs one."""
    plain = "\n".join(read_clean(raw, scan.block_encoding, unsafe) for raw in _raw_lines(opener, scan))
    if find_other_kind(kind, plain, check.profile) is None:
        plain = _fix_html(plain, check) if kind is InputType.HTML else _fix_conf(plain, check)
    new = plain.encode("utf-8", "surrogateescape")
    needs_bom = check.profile.encoding is not None or is_dirty(new) or find_utf16_without_bom(new[:4096])
    return codecs.BOM_UTF8 + new if needs_bom else new


def _raw_lines(opener: text.OpenBinary, scan: TextScan) -> list[bytes]:
    """The lines of a small file, without their ends."""
    with closing(opener()) as stream:
        raws = b"".join(text.read_blocks(stream, scan)).split(b"\n")
    return [raw.removesuffix(b"\r") for raw in raws]


def _former_encoding(scan: TextScan) -> str:
    """How the file was encoded, ``""`` if it was plain UTF-8 already."""
    if scan.mixed:
        return "UTF-8 + windows-1252"
    names = {"cp1252": "windows-1252"}
    name = names.get(scan.encoding, scan.encoding).upper() + (" BOM" if scan.bom else "")
    return "" if name == "UTF-8" else name


def _former_ends(scan: TextScan) -> str:
    lone = scan.lf - scan.crlf
    kinds = [("CR LF", scan.crlf), ("CR", scan.lone_cr), ("LF", lone)]
    used = [name for name, count in kinds if count > 0]
    return "" if used in ([], ["LF"]) else " + ".join(used)


def _note_lines(kind: InputType, before: list[str], after: list[str], fixed: FixedFile) -> None:
    """Note how two small texts differ, line by line."""
    if kind is InputType.HTML and len(before) == len(after):  # lines stay in place; a diff may take hours
        for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
            if old != new:
                fixed.note(number, old, new)
        return
    matcher = difflib.SequenceMatcher(None, before, after)  # its autojunk keeps repeated lines cheap
    for tag, start, end, other, stop in matcher.get_opcodes():
        if tag == "equal":
            continue
        for index in range(max(end - start, stop - other)):
            gone = before[start + index] if start + index < end else ""
            come = after[other + index] if other + index < stop else None
            fixed.note(min(start + index, end) + 1, gone, come)


def _fix_html(plain: str, check: TripletCheck) -> str:
    """Return *plain* with the encoding that it names set right, and certain fields of other systems ours."""
    from mpftp.domain.messages.markup import tokenize_html

    plain = _CHARSET.sub(_named_right, plain)
    pieces, own = list(tokenize_html(plain)), merge_fields(plain, check.profile)
    return write_certain_fields(plain, find_in_html(plain, pieces, own, _fillable(check), check.profile))


def _fillable(check: TripletCheck) -> tuple[str, ...]:
    """The columns that a field can be written for: none in which a sign stands for bytes that are no text."""
    return tuple(name for name in check.columns if "\ufffd" not in name)


def _named_right(match: re.Match[str]) -> str:
    return match[0] if match[2].lower() in ("utf-8", "utf8") else f"{match[1]}utf-8"


def _fix_conf(plain: str, check: TripletCheck) -> str:
    """Trimmed values, quoted as RFC 4180 has it; a line whose quotes are broken stays, and all below it."""
    needed = [check.profile.conf[name] for name in CONF_REQUIRED]
    known = set(check.profile.conf.values())
    if find_text_format(find_first_line(plain, known).strip()):
        return plain
    configured = check.delimiter or check.profile.delimiter
    delimiter, _ = detect_delimiter(find_first_line(plain, needed), known, configured)
    lines = parse_records(plain, delimiter)
    address = check.profile.conf["remetente_email"]
    for _ in settle_small_table(lines, delimiter, needed, address, torn=plain[-1:] != "\n"):
        pass
    if not lines or lines[0].row.broken:
        return plain
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    headers = correct_headers([trim_value(value) for value in lines[0].row.values], known)
    own_names = {header: name for name, header in check.profile.conf.items()}
    filled = {index for index, header in enumerate(headers) if own_names.get(header) in FILLED_VALUES}
    readable = True
    for line in lines:
        readable = readable and not line.row.broken
        values = [
            _with_our_fields(value, check) if index in filled else value
            for index, value in enumerate(map(trim_value, line.row.values))
        ]
        values = headers if line is lines[0] else values
        if not readable or (values == split_row(line.text, delimiter).values and not line.row.problems):
            out.write(line.text.replace("\r", "") + "\n")
        elif any(value.strip() for value in values):
            writer.writerow(values)
    email = headers.index(address) if address in headers else None
    torn = plain[-1:] != "\n" and is_torn_record(lines[-1].text, delimiter, len(headers), email)
    return out.getvalue()[: -1 if torn else None]


def _with_our_fields(value: str, check: TripletCheck) -> str:
    return write_certain_fields(value, find_foreign_fields(value, _fillable(check), check.profile))


def _fix_mail(check: TripletCheck, out: BinaryIO, fixed: FixedFile, unsafe: bool) -> None:
    mail = check.mail
    assert mail is not None
    detail = io.TextIOWrapper(out, "utf-8", "surrogateescape", newline="")
    header_line = fix_header(mail, unsafe, _sure_headers(check))
    detail.write(header_line + "\n")
    former = show_line(mail.raw_header_line(), mail.layout.block_encoding)
    if header_line != former:
        fixed.note(mail.first - 1, former, header_line)
    for number, line in mail.above:
        fixed.note(number, line, None)
    fixed.doubtful |= header_line != former or bool(mail.above) or "TEXT003" in mail.scan.lines
    with closing(mail.open()) as stream:
        layout = replace(mail.layout, errors="surrogateescape")
        names = tuple(split_row(header_line, layout.delimiter).values)
        written = layout if len(names) != len(layout.header) else replace(layout, header=names, spare=0)
        writer = RowWriter(replace(written, block_encoding="utf-8"), unsafe)
        blocks = _cleaned(mail.data_blocks(stream), layout.block_encoding, fixed, unsafe)
        for row in read_rows(blocks, mail.first, layout):
            new = writer.write(row, detail)
            fixed.torn = row.torn and new is not None
            fixed.doubtful |= row.broken
            if new != (row.visible or row.text):
                fixed.note(row.line, row.visible or row.text, new)
    detail.flush()
    detail.detach()


def _cleaned(blocks: Iterator[bytes], block_encoding: str, fixed: FixedFile, unsafe: bool) -> Iterator[bytes]:
    """*blocks* without byte order marks, and if guessing is allowed without NULs."""
    for block in blocks:
        clean = clean_bytes(block, block_encoding, unsafe)
        fixed.cleaned += clean != block
        if clean:
            yield clean
