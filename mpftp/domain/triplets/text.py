"""Bytes of a client's file as text: which encoding, which line ends, and what is damaged in it.

One cheap pass over the whole file (``scan_text``) counts; only a file in which it finds problems is read
again to say where (``damage``). Rows are then read from ``read_blocks``: bytes in a *block_encoding*
encoding in which an ASCII byte is always that character (UTF-8 or a single-byte one), cut at line ends.
"""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import BinaryIO

from mpftp.domain.triplets.garbled_letters import (
    BYTES_OF_MOJIBAKE_UTF8,
    CODED_LETTER,
    DOS_LETTER_BYTES,
    LETTER_OF_DOS,
    LOST_LETTER,
    MOJIBAKE_OTHER,
    MOJIBAKE_UTF8,
    SIGN_OF_1252,
    SIGNS_OF_CODE,
    SIGNS_OF_OTHER,
)
from mpftp.domain.triplets.signature import find_binary_format, find_bom, find_utf16_without_bom
from mpftp.domain.triplets.text_scan import TextScan, ascii_safe

BLOCK_BYTES = 1 << 20
"""Bytes read at once."""

MAX_LINE_BYTES_KEPT = 1 << 22
"""Bytes after which a line is cut, so that a file without line ends cannot fill the memory."""

_CONTROLS = bytes({*range(32), 127} - {0, 9, 10, 13})
_UNDEFINED_1252 = b"\x81\x8d\x8f\x90\x9d\xfe\xff"
_HIGH = bytes(range(128, 256))
_SAMPLES = 4  # blocks that are not UTF-8 of which more is asked
_LETTERS_1252 = bytes(range(0xC0, 0xFE))
IMPLAUSIBLE_1252 = re.compile(b"[%b]|(?<=[A-Za-z])[\x82\x84\x87\x88\x89\x8b]" % re.escape(_UNDEFINED_1252))
"""Bytes that stand for nothing in Windows-1252, for letters of Iceland and Turkey only, or for signs that
stand behind no letter: é, ç and ê of DOS."""

UTF8_LETTER = re.compile(rb"\xc3[\xa1-\xa3\xa7\xa9\xaa\xad\xb3\xb5\xba]")
"""Letters of Portuguese in UTF-8, which are hardly anything in Windows-1252."""

UTF8_ON_LINE = UTF8_LETTER.pattern + rb"[^\n]*"

_FAMILIAR_CHARS = {
    b"\xc3": rb"\xc3[\x80-\xbf]",
    b"\xe2": rb"\xe2(?:\x80[\x90-\xbf]|\x82\xac)",
    b"\xc2": rb"\xc2[\xa0-\xbf]",
    b"\xf0": rb"\xf0\x9f[\x80-\xbf]{2}",
}
"""Letters with an accent, typographic signs, the euro, such as º, and emoji in UTF-8, by their first byte.

They are next to nothing in Windows-1252.
"""

_NOT_BEHIND_PADDING = rb"(?<!\xe2\x80[\x80-\x8f])(?<!\xc2[\xa0\xad])(?<!\xcd\x8f)"
"""No sign without ink stands before: templates fill up what an inbox shows of a message with such signs."""

FIRST_ON_LINE = {
    "TEXT003": rb"\x00[^\n]*",
    "TEXT004": _NOT_BEHIND_PADDING + rb"\xef\xbb\xbf[^\n]*",
    "TEXT009": rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f][^\n]*",
    "TEXT013": rb"\xef\xbf\xbd[^\n]*",
    "TEXT019": LOST_LETTER,
    "TEXT020": CODED_LETTER,
}
_IN_ANY_ENCODING = ("TEXT003", "TEXT009", "TEXT019", "TEXT020")

OpenBinary = Callable[[], BinaryIO]


def scan_text(opener: OpenBinary, encoding: str | None = None) -> TextScan:
    """Read the file to its end and say what is in it; *encoding* is taken for given if not ``None``."""
    scan, free = begin_scan(opener, encoding)
    if not scan.binary:
        scan.add(scan_span(opener, scan, (scan.bom, -1)))
        finish_scan(scan, free, opener)
    return scan


def begin_scan(opener: OpenBinary, encoding: str | None) -> tuple[TextScan, bool]:
    """Look at the first bytes of the file: the scan to add to, and whether its encoding is still free."""
    with closing(opener()) as stream:
        return _scan_start(stream.read(4096), encoding)


def finish_scan(scan: TextScan, free: bool, opener: OpenBinary) -> None:
    """Settle what the counts of the whole file say; some files are looked at again for it."""
    _leave_out_ctrl_z(scan)
    if not (free and _has_other_code_page(scan, opener)):
        _conclude(scan, free)
    if scan.mixed:
        _weigh_lines(scan, opener)


def _leave_out_ctrl_z(scan: TextScan) -> None:
    """Take a Ctrl-Z at the end, and others and line ends behind it, out of the counts."""
    last = len(scan.end.rstrip(b"\x1a\r\n"))
    # Where all that is known of a longer text is such an end, the line before it must be seen.
    start = scan.end.find(b"\x1a", last or int(scan.size > len(scan.end)))
    if start < 0:
        return
    mark, before = scan.end[start:], scan.end[:start]
    scan.ctrl_z = len(mark)
    scan.lf -= mark.count(b"\n")
    scan.crlf -= mark.count(b"\r\n")
    scan.cr -= mark.count(b"\r")
    scan.lines["TEXT009"] -= mark.count(b"\x1a")
    scan.lines = {rule: count for rule, count in scan.lines.items() if count}
    scan.lacks_line_end = bool(before) and not before.endswith((b"\n", b"\r"))


def _scan_start(first_bytes: bytes, encoding: str | None) -> tuple[TextScan, bool]:
    """What the first bytes say, and whether the encoding is still free to be found out."""
    scan = TextScan()
    configured = _normal(encoding)
    bom, bom_encoding = find_bom(first_bytes)
    if bom:  # whatever is configured: no text begins with these letters
        scan.bom, scan.encoding = len(bom), bom_encoding
    elif configured:
        # Without a mark the byte order is Windows's, unless the text says otherwise.
        no_mark = {"utf-16": find_utf16_without_bom(first_bytes) or "utf-16-le", "utf-32": "utf-32-le"}
        scan.encoding = no_mark.get(configured, configured)
    else:
        unmarked = find_utf16_without_bom(first_bytes)
        scan.without_bom, scan.encoding = bool(unmarked), unmarked or "utf-8"
    scan.binary = find_binary_format(first_bytes, scan.bom, scan.encoding)
    return scan, not (bom or configured or scan.without_bom)


def scan_span(opener: OpenBinary, start: TextScan, span: tuple[int, int]) -> TextScan:
    """Return the counts of one *span* of a file whose scan began with *start*; an end of -1 is the file's."""
    part = TextScan(encoding=start.encoding)
    with closing(opener()) as stream:
        for block in read_span(stream, start, span):
            _count(part, block)
    return part


def _normal(encoding: str | None) -> str | None:
    """The codec name without a mark of its own: ``utf-8-sig`` is ``utf-8`` here."""
    if not encoding:
        return None
    name = codecs.lookup(encoding).name
    return "utf-8" if name == "utf-8-sig" else name


def _count(scan: TextScan, block: bytes) -> None:
    """Add one *block* to the counts."""
    scan.size += len(block)
    scan.lf += block.count(b"\n")
    if b"\r" in block:
        scan.cr += block.count(b"\r")
        scan.crlf += block.count(b"\r\n")
    scan.add_to_end(block)
    scan.lacks_line_end = not block.endswith((b"\n", b"\r"))
    controls = len(block) - len(block.translate(None, _CONTROLS))
    if controls:
        scan.lines["TEXT009"] = scan.lines.get("TEXT009", 0) + controls
    if b"\x00" in block:
        _count_lines(scan, "TEXT003", FIRST_ON_LINE["TEXT003"], block)
    if b"?" in block:
        _count_lines(scan, "TEXT019", LOST_LETTER, block)
    if _holds_any(SIGNS_OF_CODE, block):
        _count_lines(scan, "TEXT020", CODED_LETTER, block)
    if not block.isascii():
        _count_high(scan, block)


def _count_high(scan: TextScan, block: bytes) -> None:
    if scan.block_encoding != "utf-8":
        _count_lines(scan, "TEXT006", UTF8_ON_LINE, block)
        if scan.block_encoding == "cp1252":
            scan.undefined += len(block) - len(block.translate(None, _UNDEFINED_1252))
            scan.dos_letters += _count_dos_letters(block)
        return
    try:
        more = len(block) - len(block.decode("utf-8"))
        scan.letters += more
        scan.two_byte_chars += more
        scan.ends_in_character = False
    except UnicodeDecodeError as error:
        scan.non_utf8_blocks += 1
        scan.ends_in_character = error.reason == "unexpected end of data" and len(block) - error.start < 4
        scan.letters += len(block) - len(block.translate(None, _LETTERS_1252))
        if scan.non_utf8_blocks <= _SAMPLES:
            _sample(scan, block)
        familiar = (pattern for byte, pattern in _FAMILIAR_CHARS.items() if byte in block)
        scan.two_byte_chars += sum(len(re.findall(pattern, block)) for pattern in familiar)
        scan.undefined += len(block) - len(block.translate(None, _UNDEFINED_1252))
        scan.dos_letters += _count_dos_letters(block)
    if b"\xef" in block:
        for rule in ("TEXT004", "TEXT013"):
            _count_lines(scan, rule, FIRST_ON_LINE[rule], block)
    if any(byte in block for byte in BYTES_OF_MOJIBAKE_UTF8):
        _count_lines(scan, "TEXT006", MOJIBAKE_UTF8, block)
    if b"\xc2" in block:
        _count_lines(scan, "TEXT006", SIGN_OF_1252, block)
    if _holds_any(SIGNS_OF_OTHER, block):
        _count_lines(scan, "TEXT006", MOJIBAKE_OTHER, block)


def _holds_any(signs: Mapping[bytes, bytes], block: bytes) -> bool:
    """Return whether one of the patterns *signs* is found in *block*, where it holds the sign's byte."""
    return any(byte in block and re.search(sign, block) for byte, sign in signs.items())


def _count_dos_letters(block: bytes) -> int:
    """Return how many lines hold a letter of DOS, which most blocks have no byte of."""
    has_any = any(byte in block for byte in DOS_LETTER_BYTES)
    return len(re.findall(LETTER_OF_DOS, block)) if has_any else 0


def _sample(scan: TextScan, block: bytes) -> None:
    remainder = block.decode("utf-8", "ignore")
    scan.valid += len(remainder) - len(block.translate(None, _HIGH))
    scan.invalid += len(block) - len(remainder.encode("utf-8"))
    scan.odd_chars += len(block) - len(block.translate(None, _UNDEFINED_1252))


def _count_lines(scan: TextScan, rule: str, pattern: bytes, block: bytes) -> None:
    matches = len(re.findall(pattern, block))
    if matches:
        scan.lines[rule] = scan.lines.get(rule, 0) + matches


def _has_other_code_page(scan: TextScan, opener: OpenBinary) -> bool:
    """Return whether the text reads better in another code page than Windows-1252; then settle on that."""
    if scan.utf8 or scan.two_byte_chars or scan.valid > scan.invalid:
        return False
    from mpftp.domain.triplets.code_pages import CODE_PAGES, find_telling_word, guess_code_page

    with closing(opener()) as stream:
        page = guess_code_page(read_blocks(stream, scan))
    if page == "cp1252":
        return False
    _settle_on(scan, codecs.lookup(page).name)
    scan.ends_in_character = False
    if page in CODE_PAGES:
        with closing(opener()) as stream:
            scan.telling_word = find_telling_word(read_blocks(stream, scan), page)
    return True


def _conclude(scan: TextScan, free: bool) -> None:
    """Settle the encoding of a file that bears no mark: UTF-8 if all of it is, else Windows-1252.

    A file in which UTF-8 letters make up more than a twentieth of the letters beyond ASCII is mixed;
    one whose only such letters are UTF-8, with other bytes strewn in, is UTF-8 with invalid bytes.
    """
    if scan.utf8 or not free:
        scan.ends_in_character = scan.ends_in_character and scan.non_utf8_blocks == 1
        return
    if scan.ends_in_character and scan.non_utf8_blocks == 1 and scan.two_byte_chars:
        return
    scan.ends_in_character = False
    alone = scan.letters - scan.two_byte_chars
    if alone <= 0 if scan.two_byte_chars else _utf8_with_invalid_bytes(scan):
        return
    scan.mixed = scan.two_byte_chars > 0 and scan.two_byte_chars * 20 >= alone
    if not scan.mixed:
        _settle_on(scan, "cp1252")


def _settle_on(scan: TextScan, encoding: str) -> None:
    """Take the file for one of a code page, in which what was found of garbled UTF-8 means nothing."""
    scan.encoding = encoding
    scan.lines = {rule: n for rule, n in scan.lines.items() if rule in _IN_ANY_ENCODING}


def count_line_encodings(scan: TextScan, opener: OpenBinary) -> tuple[int, int, int]:
    """How many lines beyond ASCII are UTF-8, may be Windows-1252, and are neither.

    One that is not UTF-8 but holds letters of it counts as both.
    """
    utf8 = western = neither = 0
    with closing(opener()) as stream:
        for block in read_blocks(stream, scan):
            for line in block.split(b"\n"):
                if line.isascii():
                    continue
                try:
                    line.decode("utf-8")
                    utf8 += 1
                except UnicodeDecodeError:
                    implausible = IMPLAUSIBLE_1252.search(line) is not None
                    neither, western = neither + implausible, western + (not implausible)
                    utf8 += not implausible and UTF8_LETTER.search(line) is not None
    return utf8, western, neither


def _weigh_lines(scan: TextScan, opener: OpenBinary) -> None:
    """Look at a file that seems mixed line by line: whether it is, and what most of it is."""
    utf8, western, _ = count_line_encodings(scan, opener)
    scan.mixed = utf8 > 0 and western > 0
    scan.mostly_1252 = utf8 < western
    if western and not utf8:
        _settle_on(scan, "cp1252")


def _utf8_with_invalid_bytes(scan: TextScan) -> bool:
    """Whether a file without a letter of western UTF-8 is UTF-8 in another script, or no text at all."""
    return scan.valid > 20 * scan.invalid or scan.odd_chars == scan.invalid


def read_blocks(stream: BinaryIO, scan: TextScan) -> Iterator[bytes]:
    """The text of *stream* (at its start) in its *block_encoding*, without the mark at its start.

    Each block ends with a line feed, but for the last of the file or of an endless line. Lone
    carriage returns have become line feeds. Ctrl-Z at the end of the file is left out.
    """
    lone = scan.lone_cr > 0
    left = scan.size - scan.ctrl_z
    for block in read_span(stream, scan, (scan.bom, -1)):
        if scan.ctrl_z:
            block, left = block[:left], max(0, left - len(block))
        if block:
            yield block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if lone else block


def read_span(stream: BinaryIO, scan: TextScan, span: tuple[int, int]) -> Iterator[bytes]:
    """The *span* of the file (an end of -1 is the file's) in its *block_encoding*, cut at line ends."""
    start, end = span
    if start:
        stream.read(start) if start < 5 else stream.seek(start)
    if end >= 0:
        data = stream.read(end - start)
        yield from [data] if data else []
    elif ascii_safe(scan.encoding):
        yield from _cut_at_lines(functools.partial(stream.read, BLOCK_BYTES))
    else:
        yield from _cut_at_lines(_transcoded(stream, scan.encoding))


def _transcoded(stream: BinaryIO, encoding: str) -> Callable[[], bytes]:
    """A function that reads *stream* on and gives it in UTF-8, ``b""`` at its end."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read() -> bytes:
        while True:
            data = stream.read(BLOCK_BYTES)
            text = decoder.decode(data, final=not data)
            if text or not data:
                return text.encode("utf-8", "replace")

    return read


def _cut_at_lines(read: Callable[[], bytes]) -> Iterator[bytes]:
    pending: list[bytes] = []
    size = 0
    while data := read():
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
        end += data[end : end + 1] == b"\n"
        if end == 0 and size + len(data) >= MAX_LINE_BYTES_KEPT:
            end = _safe_end(data)
        if end:
            yield b"".join((*pending, data[:end]))
            pending, size = [], 0
            data = data[end:]
        if data:
            pending.append(data)
            size += len(data)
    if pending:
        yield b"".join(pending)


def _safe_end(data: bytes) -> int:
    """Where *data* can be cut without parting a UTF-8 character or a CR LF."""
    end = len(data)
    while end > max(1, len(data) - 3) and data[end - 1] & 0xC0 == 0x80:
        end -= 1
    end -= end > 1 and data[end - 1] >= 0xC0
    return end - 1 if end > 1 and data[end - 1] == 13 else end


def decode_line(raw: bytes, block_encoding: str, errors: str = "replace") -> str:
    """*raw* as text. What is not UTF-8 is read as Windows-1252 if it may be that, but for letters of UTF-8.

    Else *errors* says what becomes of invalid bytes, as it does in ``bytes.decode``.
    """
    try:
        return raw.decode(block_encoding)
    except UnicodeDecodeError:
        if block_encoding == "utf-8" and not IMPLAUSIBLE_1252.search(raw):
            parts = re.split(b"(%b)" % UTF8_LETTER.pattern, raw)
            return "".join(part.decode("utf-8" if at % 2 else "cp1252") for at, part in enumerate(parts))
        return raw.decode(block_encoding, errors)
