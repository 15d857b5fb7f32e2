"""Opening the files of a triplet: what each is as text, and the head of MAIL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import MAIL_REQUIRED, Profile
from mpftp.domain.triplets import text
from mpftp.domain.triplets.contact import MailLayout
from mpftp.domain.triplets.content_kinds import find_other_kind, find_text_format
from mpftp.domain.triplets.damage import locate_damage
from mpftp.domain.triplets.findings import MAX_KEPT_FINDINGS, Finding, FindingCollector, make_finding
from mpftp.domain.triplets.line_pattern import LinePatterns
from mpftp.domain.triplets.spreadsheet import (
    count_title_lines,
    drop_empty_end,
    find_first_line,
    is_blank_line,
    is_sep_line,
    unwrapped_row,
)
from mpftp.domain.triplets.table import (
    ExpectedHeader,
    count_known,
    detect_delimiter,
    parse_header,
    split_row,
)
from mpftp.domain.triplets.text_scan import TextScan
from mpftp.domain.triplets.torn import TORN_RULE, is_torn_record

MAX_FILE_BYTES = {InputType.CONF: 1 << 20, InputType.HTML: 10 << 20}
"""Bytes of the files that are read whole."""

_LETTER_RULES = {InputType.HTML: ("TEXT019", "TEXT020"), InputType.CONF: ("TEXT020",)}
"""Rules about letters that say nothing of a file: HTML writes letters so, and CONF has a rule (CONF061)."""

_HEAD_LINES = 200
"""Lines of MAIL among which the header is looked for."""

MAX_SHORT_LINES = 100_000
"""Lines of MAIL that are read though they are too short to be contacts."""

_MIN_ADDRESS_CHARS = 6
"""Characters of the shortest address, such as ``a@b.co``."""


class TripletFiles(NamedTuple):
    """The files of one triplet, of which some may be missing.

    *openers* open each for reading bytes from its start, more than once. *names* are those of files that
    are called otherwise than a triplet's.
    """

    key: TripletKey
    openers: Mapping[InputType, text.OpenBinary]
    names: Mapping[InputType, str] = {}

    def name(self, kind: InputType) -> str:
        """Return the bare name of the file *kind*, for findings."""
        return self.names.get(kind) or self.key.file(kind)


ScanText = Callable[[text.OpenBinary, str | None], TextScan]


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """How to check: findings kept of each rule (0: all), rules that count, and what is not to be guessed."""

    keep: int = MAX_KEPT_FINDINGS
    selected_rules: Collection[str] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    scan_mail: ScanText = text.scan_text
    """Reads MAIL once to say what it is as text."""


DEFAULT_OPTIONS = CheckOptions()


@dataclass(slots=True)
class TripletReader:
    """A triplet while it is being opened: its files, how to read them, and what was found so far."""

    files: TripletFiles
    profile: Profile
    options: CheckOptions
    findings: FindingCollector
    scans: dict[InputType, TextScan] = field(default_factory=dict)

    @property
    def delimiter(self) -> str | None:
        """The delimiter that is given, if any."""
        return self.options.delimiter or self.profile.delimiter

    def scan(self, kind: InputType) -> TextScan | None:
        """What the file is as text; ``None`` when that makes no sense, and a finding says why."""
        file, opener = self.files.name(kind), self.files.openers[kind]
        encoding = self.options.encoding or self.profile.encoding
        scan_text = self.options.scan_mail if kind is InputType.MAIL else text.scan_text
        scan = scan_text(opener, encoding)
        if scan.binary:
            self.findings.add(Finding("TEXT011", file, values={"format": scan.binary}))
            return None
        self.scans[kind] = scan
        for rule in _LETTER_RULES.get(kind, ()):
            scan.lines.pop(rule, None)
        _note_scan(scan, file, self.findings)
        with closing(opener()) as stream:
            locate_damage(stream, scan, file, self.findings)
        return scan


def _note_scan(scan: TextScan, file: str, findings: FindingCollector) -> None:
    """Add findings about the file as a whole."""
    if scan.without_bom:
        findings.add(Finding("TEXT005", file, values={"encoding": scan.encoding.upper()}))
    if scan.ctrl_z:
        findings.add(Finding("TEXT018", file))
    if scan.telling_word:
        word, garbled = (scan.telling_word.decode(page, "replace") for page in (scan.encoding, "cp1252"))
        values = {"encoding": scan.encoding, "word": word, "garbled": garbled}
        findings.add(Finding("TEXT017", file, values=values))
    if scan.encoding.startswith("utf-32"):
        findings.add(Finding("TEXT010", file, values={"encoding": scan.encoding.upper()}))
    ends = sum(count > 0 for count in (scan.crlf, scan.lf - scan.crlf, scan.lone_cr))
    if ends > 1:
        counts = {"crlf": str(scan.crlf), "lf": str(scan.lf - scan.crlf), "cr": str(scan.lone_cr)}
        findings.add(Finding("TEXT007", file, values=counts))
    elif scan.lone_cr:
        findings.add(Finding("TEXT015", file))


def read_small_file(reader: TripletReader, kind: InputType) -> str | None:
    """The text of CONF or HTML with line feeds for line ends; ``None`` when it is none."""
    opener = reader.files.openers.get(kind)
    if opener is None:
        return None
    with closing(opener()) as stream:
        data = stream.read(MAX_FILE_BYTES[kind] + 1)
    if len(data) > MAX_FILE_BYTES[kind]:
        values = {"bytes": f"> {MAX_FILE_BYTES[kind]}", "limit": str(MAX_FILE_BYTES[kind])}
        reader.findings.add(Finding("SET009", reader.files.name(kind), values=values))
        return None
    scan = reader.scan(kind)
    if scan is None:
        return None
    written = decode_file(opener, scan)
    return None if is_swapped(reader, kind, written) else written.lstrip("\ufeff")


def decode_file(opener: text.OpenBinary, scan: TextScan) -> str:
    """All of a small file, with line feeds for line ends."""
    with closing(opener()) as stream:
        raw = b"".join(text.read_blocks(stream, scan))
    try:
        return raw.replace(b"\r\n", b"\n").removesuffix(b"\r").decode(scan.block_encoding)
    except UnicodeDecodeError:
        lines = raw.split(b"\n")
    return "\n".join(text.decode_line(line.removesuffix(b"\r"), scan.block_encoding) for line in lines)


class MailFile(NamedTuple):
    """A MAIL whose head was understood: how to read on from its first data line."""

    open: text.OpenBinary
    scan: TextScan
    layout: MailLayout
    header_line: str
    first: int
    offset: int
    above: tuple[tuple[int, str], ...] = ()
    """The lines above the header, with their numbers: Excel's ``sep=``, blank ones, a title."""

    def raw_header_line(self) -> bytes:
        """The header line as it stands in the file, without its end."""
        lines = _read_head(self.open, self.scan).split(b"\n", self.first - 1)
        return lines[self.first - 2].removesuffix(b"\r")

    def data_blocks(self, stream: BinaryIO) -> Iterator[bytes]:
        """The blocks after the header line."""
        skip = self.first - 1
        for block in text.read_blocks(stream, self.scan):
            at = 0
            while skip and at < len(block):
                at = block.find(b"\n", at) + 1 or len(block)
                skip -= 1
            if at < len(block):
                yield block[at:] if at else block


def read_lines(mail: MailFile, requested: set[int]) -> dict[int, str]:
    """The lines of MAIL with these numbers, as text."""
    texts: dict[int, str] = {}
    line_number = mail.first
    with closing(mail.open()) as stream:
        for block in mail.data_blocks(stream):
            count = block.count(b"\n")
            here = [
                line for line in requested if line_number <= line <= line_number + count and line not in texts
            ]
            lines = block.split(b"\n") if here else []
            for line in here:
                if line - line_number < len(lines):
                    raw = lines[line - line_number].removesuffix(b"\r")
                    texts[line] = mail.layout.text(raw)
            line_number += count
            if len(texts) == len(requested):
                break
    return texts


def _read_head(opener: text.OpenBinary, scan: TextScan) -> bytes:
    """The first lines of the file; the last one, a block of its own without an end, may be the header."""
    with closing(opener()) as stream:
        blocks = text.read_blocks(stream, scan)
        sample = next(blocks, b"")
        return sample if sample.count(b"\n") >= _HEAD_LINES else sample + next(blocks, b"")


def open_mail_file(reader: TripletReader) -> MailFile | None:
    """Read MAIL's header and look at its first data line; ``None`` when there is none to read."""
    file, opener = reader.files.name(InputType.MAIL), reader.files.openers.get(InputType.MAIL)
    scan = reader.scan(InputType.MAIL) if opener else None
    if opener is None or scan is None:
        return None
    sample = _read_head(opener, scan)
    lines = [
        text.decode_line(line.removesuffix(b"\r"), scan.block_encoding)
        for line in sample.split(b"\n", _HEAD_LINES)
    ]
    lines[0] = lines[0].lstrip("\ufeff")
    index = _find_header(reader, file, lines)
    if index == len(lines):
        reader.findings.add(make_finding("MAIL001", file, 1))
        return None
    header_line = lines[index] = lines[index].rstrip("\x1a")
    if is_swapped(reader, InputType.MAIL, header_line):
        return None
    layout = _layout(reader, file, lines, index, scan)
    if not layout.columns:
        return None
    _note_open_end(opener, scan, layout, reader.findings)
    offset = scan.bom + _end_of_line(sample, index + 1)
    above = tuple(enumerate(lines[:index], 1))
    mail = MailFile(opener, scan, layout, header_line, index + 2, offset, above)
    return None if _has_short_lines(mail, reader.findings) else mail


def _find_header(reader: TripletReader, file: str, lines: list[str]) -> int:
    """Return the index of the header line; note Excel's ``sep=`` and a title above it."""
    index = 0
    while index < len(lines) and (is_blank_line(lines[index]) or is_sep_line(lines[index])):
        if is_sep_line(lines[index]):
            reader.findings.add(make_finding("MAIL051", file, index + 1, 1, lines[index], len(lines[index])))
        index += 1
    title = count_title_lines(lines[index:], reader.profile.mail.values())
    if title:
        reader.findings.add(make_finding("MAIL060", file, index + 1, 1, lines[index], len(lines[index])))
    return index + title


def _has_short_lines(mail: MailFile, findings: FindingCollector) -> bool:
    """Whether no address has room on most of MAIL's lines, blank ones aside; note it.

    Reading takes its time for each line, however short it is.
    """
    scan = mail.scan
    if scan.size - scan.lf - scan.cr >= _MIN_ADDRESS_CHARS * (scan.lf + scan.lone_cr):
        return False
    blank_lines, lines, chars = LinePatterns(mail.layout).blank_lines, 0, 0
    with closing(mail.open()) as stream:
        for block in mail.data_blocks(stream):
            written = blank_lines.sub(b"", block)
            lines += written.count(b"\n")
            chars += len(written.translate(None, b"\r\n"))
    if lines <= MAX_SHORT_LINES or chars >= _MIN_ADDRESS_CHARS * lines:
        return False
    first_line = read_lines(mail, {mail.first})[mail.first]
    width, average = len(first_line), str(chars // lines)
    findings.add(
        make_finding(
            "MAIL062", mail.layout.file, mail.first, 1, first_line, width, lines=str(lines), average=average
        )
    )
    return True


def _layout(reader: TripletReader, file: str, lines: list[str], index: int, scan: TextScan) -> MailLayout:
    """Understand the header line ``lines[index]``, noting what is wrong with it."""
    header_line, findings = lines[index], reader.findings
    expected = ExpectedHeader(reader.profile.mail, MAIL_REQUIRED, reader.profile.extra_columns)
    known = set(expected.headers.values())
    delimiter, wrong = detect_delimiter(header_line, known, reader.delimiter)
    if wrong:
        at, expected_delimiter = header_line.find(wrong) + 1, reader.delimiter or ";"
        findings.add(
            make_finding(
                "MAIL007", file, index + 1, at, header_line, 1, delimiter=wrong, wanted=expected_delimiter
            )
        )
    row = split_row(header_line, delimiter)
    inner = unwrapped_row(header_line, delimiter)
    if inner is not None and count_known(inner.values, known) > 1:
        findings.add(make_finding("MAIL054", file, index + 1, 1, header_line, len(header_line)))
        row = inner
    spare = 0 if row.broken else drop_empty_end(row, 1)
    header = parse_header(row, header_line, expected, findings, ("MAIL", file, index + 1))
    if spare and header.columns:
        at = len(header_line.rstrip(delimiter)) + 1
        findings.add(make_finding("MAIL050", file, index + 1, at, header_line, spare, surplus=str(spare)))
    columns = tuple(own_name or name for own_name, name in zip(header.columns, header.names, strict=True))
    quoted = _quoted_columns(lines[index + 1 :], delimiter, len(columns))
    return MailLayout(
        file,
        columns,
        delimiter,
        scan.block_encoding,
        header.index("email"),
        quoted,
        header.names,
        spare=spare,
        all_utf8=scan.utf8 and scan.block_encoding == "utf-8",
    )


def _end_of_line(sample: bytes, lines: int) -> int:
    """Where line number *lines* (from 1) of *sample* ends."""
    at = 0
    for _ in range(lines):
        at = sample.find(b"\n", at) + 1 or len(sample)
    return at


def is_swapped(reader: TripletReader, kind: InputType, written: str) -> bool:
    """Whether the file *kind* holds, by its first line, what belongs into another, or no table; note it."""
    other = find_other_kind(kind, written, reader.profile)
    header_line = find_first_line(written, reader.profile.conf.values()).strip()
    foreign = find_text_format(header_line) if kind is not InputType.HTML else ""
    if other is None and not foreign:
        return False
    rule, values = "SET013", {"format": foreign}
    if other is not None:
        rule, values = "SET005", {"other": other.value, "kind": kind.value}
    reader.findings.add(
        make_finding(rule, reader.files.name(kind), 1, 1, header_line, len(header_line), **values)
    )
    return True


def _quoted_columns(lines: list[str], delimiter: str, width: int) -> tuple[bool, ...]:
    """Which columns the first whole data line quotes, so that quoting everything is ordinary."""
    line = next((line.rstrip("\r") for line in lines if line.strip()), "")
    row = split_row(line, delimiter)
    drop_empty_end(row, width)
    if row.broken or len(row.values) != width:
        return (False,) * width
    return tuple(line.startswith('"', start) for start in row.starts)


def _note_open_end(
    opener: text.OpenBinary, scan: TextScan, layout: MailLayout, findings: FindingCollector
) -> None:
    """Say that the last line, which has no end, was cut off: an upload that broke."""
    if not scan.lacks_line_end or not scan.lf + scan.lone_cr:
        return
    last = b""
    with closing(opener()) as stream:
        for block in text.read_blocks(stream, scan):
            last = block
    raw = last[last.rfind(b"\n") + 1 :]
    line = layout.text(raw)
    if is_torn_record(line, layout.delimiter, len(layout.columns), layout.email):
        line_number = scan.lf + scan.lone_cr + 1
        findings.add(make_finding(TORN_RULE, layout.file, line_number, len(line) + 1, line, 1))
