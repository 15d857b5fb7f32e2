"""Where a file is damaged as text: invalid bytes, mixed encodings, NULs, garbled accents; reading past it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import BinaryIO

from mpftp.domain.triplets.findings import FindingCollector, make_finding
from mpftp.domain.triplets.garbled_letters import (
    LETTER_OF_DOS,
    MOJIBAKE_1252,
    MOJIBAKE_OTHER,
    MOJIBAKE_UTF8,
    SIGN_OF_1252,
)
from mpftp.domain.triplets.text import (
    FIRST_ON_LINE,
    IMPLAUSIBLE_1252,
    UTF8_LETTER,
    UTF8_ON_LINE,
    OpenBinary,
    decode_line,
    read_blocks,
)
from mpftp.domain.triplets.text_scan import TextScan

_CTRL_Z_AT_LINE_END = re.compile(rb"(?<!\x1a)\x1a++(?=\r*+(?:\n|\Z))")


def locate_damage(stream: BinaryIO, scan: TextScan, file: str, findings: FindingCollector) -> None:
    """Read *stream* again and add to *findings* where the damage that *scan* counts is."""
    finders = _patterns(scan)
    if not finders:
        return
    line, offset = 1, scan.bom
    for block in read_blocks(stream, scan):
        for rule, finder in finders.items():
            _add_findings(block, (rule, finder, scan.block_encoding), (line, offset), file, findings)
        line += block.count(b"\n")
        offset += len(block)


FindDamage = Callable[[bytes], Iterator[tuple[int, int]]]


def _patterns(scan: TextScan) -> dict[str, FindDamage]:
    """What to look for, by rule."""
    finders: dict[str, FindDamage] = {
        rule: _matches(FIRST_ON_LINE[rule]) for rule in scan.lines if rule in FIRST_ON_LINE
    }
    if "TEXT006" in scan.lines:
        garbled = (MOJIBAKE_UTF8, MOJIBAKE_OTHER, SIGN_OF_1252)
        is_utf8 = scan.block_encoding == "utf-8"
        finders["TEXT006"] = _matches(b"|".join(garbled) if is_utf8 else UTF8_ON_LINE)
    if scan.mixed:
        finders["TEXT002"] = _utf8_lines if scan.mostly_1252 else _plausible(_not_utf8)
        finders["TEXT001"] = _implausible
    elif scan.ends_in_character:
        finders["TEXT016"] = _not_utf8
    elif not scan.utf8 and scan.block_encoding == "utf-8":
        finders["TEXT001"] = _not_utf8
    elif scan.block_encoding == "cp1252":
        if scan.undefined:
            finders["TEXT001"] = _matches(rb"[\x81\x8d\x8f\x90\x9d]")
        if scan.two_byte_chars:
            finders["TEXT006"] = _matches(MOJIBAKE_1252)
        elif scan.dos_letters:
            finders["TEXT006"] = _matches(LETTER_OF_DOS)
    return finders


def _utf8_lines(block: bytes) -> Iterator[tuple[int, int]]:
    """The first byte beyond ASCII of each line that is UTF-8, the first letter of it on any other."""
    foreign = {block.rfind(b"\n", 0, start) for start, _ in _not_utf8(block)}
    for match in re.finditer(rb"[\x80-\xff][^\n]*", block):
        inside = None
        if block.rfind(b"\n", 0, match.start()) in foreign:
            inside = UTF8_LETTER.search(block, match.start(), match.end())
            if inside is None or IMPLAUSIBLE_1252.search(match[0]):
                continue
        yield (inside or match).start(), 2


def _plausible(finder: FindDamage) -> FindDamage:
    """What *finder* finds on lines that may be Windows-1252."""
    return lambda block: (f for f in finder(block) if not IMPLAUSIBLE_1252.search(_line_at(block, f[0])))


def _implausible(block: bytes) -> Iterator[tuple[int, int]]:
    """The first byte of each line that is neither."""
    for start, width in _not_utf8(block):
        match = IMPLAUSIBLE_1252.search(_line_at(block, start))
        if match:
            yield block.rfind(b"\n", 0, start) + 1 + match.start(), width


def _line_at(block: bytes, start: int) -> bytes:
    end = block.find(b"\n", start)
    return block[block.rfind(b"\n", 0, start) + 1 : end if end >= 0 else len(block)]


def _matches(pattern: bytes) -> FindDamage:
    def find(block: bytes) -> Iterator[tuple[int, int]]:
        for match in re.finditer(pattern, block):
            yield match.start(), 1

    return find


def _not_utf8(block: bytes) -> Iterator[tuple[int, int]]:
    """Start and length of each stretch of *block* that is not UTF-8."""
    start = 0
    while start < len(block):
        line_end = block.find(b"\n", start) + 1 or len(block)
        try:
            block[start:line_end].decode("utf-8")
        except UnicodeDecodeError as error:
            yield start + error.start, 1
        start = line_end


def _add_findings(
    block: bytes,
    search: tuple[str, FindDamage, str],
    base: tuple[int, int],
    file: str,
    findings: FindingCollector,
) -> None:
    """Add each find in *block*, which starts at line and byte offset *base*."""
    rule, finder, block_encoding = search
    counted, line, more = 0, base[0], 0
    for start, width in finder(block):
        if findings.is_full(rule, file):
            more += 1
            continue
        line += block.count(b"\n", counted, start)
        counted = start
        begin = block.rfind(b"\n", 0, start) + 1
        end = block.find(b"\n", start)
        raw = block[begin : end if end >= 0 else len(block)].rstrip(b"\r")
        column = len(decode_line(raw[: start - begin], block_encoding)) + 1
        data = block[start : start + width].hex(" ").upper()
        text = decode_line(raw, block_encoding)
        findings.add(make_finding(rule, file, line, column, text, 1, offset=str(base[1] + start), bytes=data))
    findings.count_more(rule, file, more)


def has_invalid_bytes(scan: TextScan, opener: OpenBinary) -> bool:
    """Whether the file may hold bytes that are no text in any encoding it may be written in."""
    if scan.block_encoding == "utf-8":
        return not scan.utf8
    with closing(opener()) as stream:
        valid = bytes(
            byte for byte in range(128, 256) if not _stands_for_something(byte, scan.block_encoding)
        )
        return any(len(block.translate(None, valid)) != len(block) for block in read_blocks(stream, scan))


def _stands_for_something(byte: int, encoding: str) -> bool:
    return bytes([byte]).decode(encoding, "replace") != "\ufffd"


def is_dirty(data: bytes) -> bool:
    """Whether *data* holds bytes that are no text; a mark at the start then says that the copy is UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def read_clean(raw: bytes, block_encoding: str, unsafe: bool) -> str:
    """The line *raw* without byte order marks, and if guessing is allowed without NULs."""
    return clean_value(
        decode_line(clean_bytes(raw, block_encoding, unsafe), block_encoding, "surrogateescape"), unsafe
    )


def clean_value(value: str, unsafe: bool) -> str:
    """*value* without byte order marks and a Ctrl-Z at its end, and if guessing is allowed without NULs."""
    value = value.replace("\ufeff", "")
    return (value.replace("\x00", "") if unsafe else value).rstrip("\x1a")


def clean_bytes(data: bytes, block_encoding: str, unsafe: bool) -> bytes:
    """*data* without byte order marks, also those that come together, and with *unsafe* without NULs.

    Nor with Ctrl-Z at the end of a line, which in the last one would be taken for the end of a file of DOS.
    """
    data = data.replace(b"\x00", b"") if unsafe else data
    while block_encoding == "utf-8" and codecs.BOM_UTF8 in data:
        data = data.replace(codecs.BOM_UTF8, b"")
    return _CTRL_Z_AT_LINE_END.sub(b"", data) if b"\x1a" in data else data
