"""Corrected copies of a triplet's files: UTF-8, LF, trimmed values, no repeats. Originals are never touched.

What cannot be fixed without guessing stays as it is: a copy holds every contact that could be
meant. With *unsafe*, slips that are most likely one thing are taken for it.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import functools
import io
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from mpftp.domain.file_names import InputType
from mpftp.domain.messages.merge_fields import merge_fields
from mpftp.domain.profile import CONF_REQUIRED
from mpftp.domain.triplets import text
from mpftp.domain.triplets.conf import FILLED_VALUES
from mpftp.domain.triplets.damage import (
    clean_bytes,
    clean_value,
    has_invalid_bytes,
    is_dirty,
    read_again,
    read_clean,
)
from mpftp.domain.triplets.fixed_rows import (
    CTRL_Z,
    SURROGATE,
    read_rows,
    says_just,
    show_line,
    trim_value,
    write_fixed_row,
    write_row,
)
from mpftp.domain.triplets.foreign_fields import find_foreign_fields, find_in_html, write_certain_fields
from mpftp.domain.triplets.signature import find_utf16_without_bom
from mpftp.domain.triplets.spreadsheet import find_first_line, settle_small_table
from mpftp.domain.triplets.table import correct_headers, detect_delimiter, parse_records, split_row
from mpftp.domain.triplets.text_scan import TextScan
from mpftp.domain.triplets.torn import is_torn_record
from mpftp.domain.triplets.triplet import TripletCheck, TripletFiles
from mpftp.domain.triplets.triplet_reader import MailFile, find_other_kind

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

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
    torn: bool = False
    """Whether the last line was left without its end, as values are missing from it."""
    first: list[LineChange] = field(default_factory=list)
    keep: int = 20

    def note(self, line: int, old: str, new: str | None) -> None:
        """Count a changed or dropped line, and keep it if it is among the first (*keep* 0: always)."""
        self.changed += new is not None
        self.dropped += new is None
        if not self.keep or len(self.first) < self.keep:
            self.first.append(LineChange(line, old, new))


OpenCopy = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens the copy of a bare file name for writing; leaving without an error completes it."""


def write_fixed_copies(
    files: TripletFiles, check: TripletCheck, write: OpenCopy, *, unsafe: bool = False, keep: int = 20
) -> list[FixedFile]:
    """Write the corrected copy of every file, of one that cannot be read as it is; what was done to each."""
    done = []
    check = replace(check, columns=_columns_of_copy(check, unsafe))
    for kind, opener in files.openers.items():
        file, scan = files.key.file(kind), check.scans.get(kind)
        if scan is None or (kind is InputType.MAIL and check.mail is None):
            with closing(opener()) as source, write(file) as out:
                out.writelines(iter(lambda: source.read(1 << 20), b""))
            done.append(FixedFile(file, "", "", keep=keep))
            continue
        fixed = FixedFile(file, _former_encoding(scan), _former_ends(scan), keep=keep)
        fixed.cleaned = int(scan.ctrl_z > 0)
        if kind is InputType.MAIL:
            with write(file) as out:
                dirty = has_invalid_bytes(scan, opener) and _keeps_invalid_bytes(check, unsafe)
                out.write(_bom_for(scan, fixed) if dirty else b"")
                _fix_mail(check, out, fixed, unsafe)
            fixed.line_end_added = scan.lacks_line_end and not fixed.torn
        else:
            new = _fix_small_file(files, kind, check, scan, fixed, unsafe)
            with write(file) as out:
                needs_bom = is_dirty(new) or find_utf16_without_bom(new[:4096])
                out.write(_bom_for(scan, fixed) if needs_bom else b"")
                out.write(new)
        done.append(fixed)
    return done


def _columns_of_copy(check: TripletCheck, unsafe: bool) -> tuple[str, ...]:
    """Our names of MAIL's columns once its header line is corrected."""
    if check.mail is None:
        return check.columns
    layout = check.mail.layout
    headers = split_row(_fixed_header(check.mail, unsafe, _sure_headers(check)), layout.delimiter).values
    if len(headers) != len(layout.header):
        return check.columns
    own_names = {header: name for name, header in check.profile.mail.items()}
    return tuple(
        own_names.get(header, header) if name == former else name
        for header, former, name in zip(headers, layout.header, check.columns, strict=True)
    )


def _sure_headers(check: TripletCheck) -> Collection[str]:
    """The headers that another spelling surely means: none where MAIL may have columns of its own."""
    return () if check.profile.extra_columns else check.profile.mail.values()


class _InvalidByteProbe(io.BytesIO):
    """A stream that keeps nothing and finds out whether all of it is UTF-8."""

    has_invalid_bytes = False

    def write(self, data: Buffer) -> int:
        """Look at *data*, which ends with a whole character."""
        self.has_invalid_bytes = self.has_invalid_bytes or is_dirty(bytes(data))
        return len(bytes(data))


def _keeps_invalid_bytes(check: TripletCheck, unsafe: bool) -> bool:
    """Whether the corrected MAIL still holds bytes that are no text."""
    probe = _InvalidByteProbe()
    _fix_mail(check, probe, FixedFile("", "", "", keep=1), unsafe)
    return probe.has_invalid_bytes


def _bom_for(scan: TextScan, fixed: FixedFile) -> bytes:
    """The mark of a copy that keeps bytes which are no text; said only if the original has none."""
    fixed.bom_added = not scan.bom
    if scan.bom and scan.encoding == "utf-8":
        fixed.encoding = ""
    return codecs.BOM_UTF8


def _fix_small_file(
    files: TripletFiles,
    kind: InputType,
    check: TripletCheck,
    scan: TextScan,
    fixed: FixedFile,
    unsafe: bool,
) -> bytes:
    """CONF or HTML as it is written anew; what is no text stays as it is, byte for byte."""
    with closing(files.openers[kind]()) as stream:
        raws = b"".join(text.read_blocks(stream, scan)).split(b"\n")
    raws = [raw.removesuffix(b"\r") for raw in raws]
    plain = "\n".join(read_clean(raw, scan.block_encoding, unsafe) for raw in raws)
    fix = functools.partial(_fix_html if kind is InputType.HTML else _fix_conf, check=check)
    if find_other_kind(kind, plain, check.profile) is not None:
        fix = functools.partial(str)
    new = fix(plain)
    while f"{CTRL_Z}\n" in f"{new}\n" or SURROGATE.search(new):
        again = fix("\n".join(read_again(line, unsafe) for line in new.split("\n")))
        if again == new:
            break
        new = again
    _note_lines("\n".join(show_line(raw, scan.block_encoding) for raw in raws), new, fixed)
    return new.encode("utf-8", "surrogateescape")


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


def _note_lines(old: str, new: str, fixed: FixedFile) -> None:
    """Note how two small texts differ, line by line."""
    before, after = old.split("\n"), new.split("\n")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
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
    return write_certain_fields(plain, find_in_html(plain, pieces, own, check.columns, check.profile))


def _named_right(match: re.Match[str]) -> str:
    return match[0] if match[2].lower() in ("utf-8", "utf8") else f"{match[1]}utf-8"


def _fix_conf(plain: str, check: TripletCheck) -> str:
    """Trimmed values, quoted as RFC 4180 has it; a line whose quotes are broken stays, and all below it."""
    first_line = find_first_line(plain)
    first_line = first_line.strip('"') if first_line[:1] == '"' else first_line
    known = set(check.profile.conf.values())
    configured = check.delimiter or check.profile.delimiter
    delimiter, _ = detect_delimiter(first_line, known, configured)
    lines = parse_records(plain, delimiter)
    needed = [check.profile.conf[name] for name in CONF_REQUIRED]
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
    return write_certain_fields(value, find_foreign_fields(value, check.columns, check.profile))


def _fix_mail(check: TripletCheck, out: BinaryIO, fixed: FixedFile, unsafe: bool) -> None:
    mail = check.mail
    assert mail is not None
    detail = io.TextIOWrapper(out, "utf-8", "surrogateescape", newline="")
    header_line = _fixed_header(mail, unsafe, _sure_headers(check))
    detail.write(header_line + "\n")
    former = show_line(mail.raw_header_line(), mail.layout.block_encoding)
    if header_line != former:
        fixed.note(mail.first - 1, former, header_line)
    for number, line in mail.above:
        fixed.note(number, line, None)
    seen: set[int] = set()
    with closing(mail.open()) as stream:
        layout = replace(mail.layout, errors="surrogateescape")
        names = tuple(split_row(header_line, layout.delimiter).values)
        written = layout if len(names) != len(layout.header) else replace(layout, header=names)
        blocks = _cleaned(mail.data_blocks(stream), layout.block_encoding, fixed, unsafe)
        for row in read_rows(blocks, mail.first, layout):
            new = write_fixed_row(row, written, seen, unsafe, detail)
            fixed.torn = row.torn and new is not None
            if new != (row.visible or row.text):
                fixed.note(row.line, row.visible or row.text, new)
    detail.flush()
    detail.detach()


def _fixed_header(mail: MailFile, unsafe: bool, known: Collection[str]) -> str:
    """The header line of MAIL as it is written anew, with the *known* headers that it surely means.

    With invalid bytes or broken quotes it stays.
    """
    exact = read_clean(mail.raw_header_line(), mail.layout.block_encoding, unsafe)
    if SURROGATE.search(exact) or split_row(exact, mail.layout.delimiter).broken:
        return exact
    cleaned = [clean_value(name, unsafe) for name in mail.layout.header]
    names = [new if new.strip() else old for new, old in zip(cleaned, mail.layout.header, strict=True)]
    names = correct_headers(names, known)
    return (
        mail.header_line if says_just(mail.header_line, names, mail.layout) else write_row(names, mail.layout)
    )


def _cleaned(blocks: Iterator[bytes], block_encoding: str, fixed: FixedFile, unsafe: bool) -> Iterator[bytes]:
    """*blocks* without byte order marks, and if guessing is allowed without NULs."""
    for block in blocks:
        clean = clean_bytes(block, block_encoding, unsafe)
        fixed.cleaned += clean != block
        if clean:
            yield clean
