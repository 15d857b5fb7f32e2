"""Messages from strangers, taken apart in bounded time and memory, however they are built.

Reports come truncated, wrongly nested, and at times on purpose so; the standard library's parser
recurses with the message and trusts its labels. This one reads what is there: it never raises, never
goes deeper than ``MAX_DEPTH``, and says with ``MimeMessage.malformed`` when it had to leave something out.
"""

from __future__ import annotations

import binascii
import codecs
import html
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header
from functools import cached_property
from itertools import islice

MAX_PARSED_BYTES = 1_048_576
MAX_DEPTH = 8
MAX_PARTS = 100
MAX_FIELDS = 400
MAX_HEADER_FIELD_CHARS = 8_000
MAX_PART_CHARS = 100_000

_FIELD = re.compile(rb"(?m)^([!-9;-~]{1,100})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)")
_FIRST_BOUNDARY = re.compile(rb"(?mi)^--(\S[^\r\n]{0,69})\r?\ncontent-")
_BEFORE_BOUNDARY = re.compile(rb"(?:\A|\r?\n)[ \t]{0,3}\Z")
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_PARAMETER = re.compile(r';\s*([\w.*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))')
_ALIASES = {
    "unknown": "latin-1", "unknown-8bit": "latin-1", "x-unknown": "latin-1", "us-ascii": "latin-1",
    "ascii": "latin-1", "8bit": "latin-1", "iso-8859-1": "windows-1252", "latin-1": "windows-1252",
    "ks_c_5601-1987": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "iso-8859-8-i": "iso-8859-8",
    "shift_jis": "cp932", "x-sjis": "cp932", "iso-2022-jp": "iso2022_jp_ext",
}  # fmt: skip
_STATEFUL = ("iso-2022", "iso2022", "hz", "utf-7", "utf-16", "utf-32")  # 7-bit or not ASCII: never UTF-8
_SLOW = frozenset({"punycode", "idna", "undefined"})  # Python's codecs for these take quadratic time


class MimeHeaders:
    """The fields of one header block, in order; names are compared without regard to case."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields
        self._values: dict[str, list[str]] = {}
        for name, value in fields:
            self._values.setdefault(name, []).append(value)

    def all(self, name: str) -> list[str]:
        """Every value of *name*, decoded (RFC 2047), unfolded."""
        return [_readable(value) for value in self._values.get(name.lower(), ())]

    def get(self, name: str) -> str:
        """The first value of *name*, or ``""``."""
        values = self._values.get(name.lower())
        return _readable(values[0]) if values else ""

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def __bool__(self) -> bool:
        return bool(self.fields)


@dataclass(frozen=True)
class MimePart:
    """One leaf of a message: its type (lower case), its own header block, its bytes as sent.

    *returned* says that it lies inside a message that was returned with the report.
    """

    kind: str
    headers: MimeHeaders
    content: bytes
    returned: bool = False
    parameters: dict[str, str] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """Return the content as text, at most ``MAX_PART_CHARS``; a wrong label costs characters only."""
        data = _transfer_decoded(
            self.content[: 2 * MAX_PART_CHARS], self.headers.get("content-transfer-encoding")
        )
        return _decoded(data, self.parameters.get("charset", ""))[:MAX_PART_CHARS]


@dataclass(frozen=True)
class MimeMessage:
    """A message taken apart. *returned* are the header blocks of messages inside it, outermost first."""

    headers: MimeHeaders
    kind: str
    parameters: dict[str, str]
    sections: list[MimePart]
    returned: list[MimeHeaders]
    malformed: str = ""


def parse_message(data: bytes) -> MimeMessage:
    """Take *content* apart; only the first ``MAX_PARSED_BYTES`` are looked at. Never raises."""
    collector = _PartCollector()
    data = data[:MAX_PARSED_BYTES]
    if data.startswith((b"From ", b">From ")):
        data = data.partition(b"\n")[2] or data
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    header_block, body = _split_header_block(data)
    headers = _headers(header_block)
    kind, parameters = collector.read(headers, body, 0, returned=False)
    return MimeMessage(headers, kind, parameters, collector.sections, collector.returned, collector.malformed)


class _PartCollector:
    """Collects the leaves of one message, up to the limits."""

    def __init__(self) -> None:
        self.sections: list[MimePart] = []
        self.returned: list[MimeHeaders] = []
        self.malformed = ""
        self._entities = 0

    def read(
        self, headers: MimeHeaders, body: bytes, depth: int, *, returned: bool
    ) -> tuple[str, dict[str, str]]:
        """Take one entity apart; its type and parameters."""
        kind, parameters = _content_type(headers)
        self._entities += 1
        if self._entities > MAX_PARTS:
            self.malformed = self.malformed or "too many parts"
        elif depth > MAX_DEPTH:
            self.malformed = "nested too deeply"
        elif kind.startswith("multipart/"):
            self._read_parts(headers, body, depth, parameters.get("boundary", ""), returned=returned)
        elif kind in ("message/rfc822", "message/global", "text/rfc822", "message/news"):
            self._read_returned(headers, body, depth)
        else:
            self._keep(MimePart(kind, headers, body, returned, parameters))
        return kind, parameters

    def _read_parts(
        self, headers: MimeHeaders, body: bytes, depth: int, boundary: str, *, returned: bool
    ) -> None:
        """Every part; a boundary that the header does not name is guessed, and without one it is all text."""
        parts = list(_parts(body, boundary)) if boundary else []
        if not parts and (guess := _FIRST_BOUNDARY.search(body)):
            parts = list(_parts(body, guess[1].decode("utf-8", "replace")))
        if not parts:
            self._keep(MimePart("text/plain", headers, body, returned))
        for index, part in enumerate(parts):
            if self.malformed:
                return
            header_block, part_body = _split_header_block(part)
            part_headers = _headers(header_block)
            if index and _is_message(part_headers):
                self._read_returned(MimeHeaders([]), part, depth)
            else:
                self.read(part_headers, part_body, depth + 1, returned=returned)

    def _read_returned(self, headers: MimeHeaders, body: bytes, depth: int) -> None:
        encoding = headers.get("content-transfer-encoding")
        header_block, inner_body = _split_header_block(_transfer_decoded(body, encoding).lstrip(b"\r\n"))
        inner = _headers(header_block)
        self.returned.append(inner)
        self.read(inner, inner_body, depth + 1, returned=True)

    def _keep(self, section: MimePart) -> None:
        self.sections.append(section)
        if section.kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            encoding = section.headers.get("content-transfer-encoding")
            self.returned.append(parse_headers(_transfer_decoded(section.content, encoding)))


def _is_message(headers: MimeHeaders) -> bool:
    """Whether a part's own header block is that of a returned message, put there without its empty line."""
    return "received" in headers or "return-path" in headers or ("from" in headers and "to" in headers)


def strip_markup(page: str) -> str:
    """The text of an HTML *page*, with its paragraphs as lines."""
    page = re.sub(r"(?is)<(script|style|title)\b.{0,5000}?</\1\s{0,9}>", " ", page)
    page = re.sub(r"(?i)<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?pre|/?table)\b[^<>]{0,500}>", "\n", page)
    return html.unescape(re.sub(r"</?[a-zA-Z!?][^<>@]{0,2000}>", " ", page))


def parse_headers(data: bytes) -> MimeHeaders:
    """The header block that *content* starts with; leading empty lines and an mbox line are skipped."""
    return _headers(_split_header_block(data.lstrip(b"\r\n"))[0])


def _split_header_block(data: bytes) -> tuple[bytes, bytes]:
    """Header block and body. A block that starts with an empty line has no fields."""
    if data.startswith((b"\n", b"\r\n")):
        return b"", data.partition(b"\n")[2]
    match = re.search(rb"\r?\n\r?\n", data)
    return (data[: match.start()], data[match.end() :]) if match else (data, b"")


def _headers(block: bytes) -> MimeHeaders:
    fields = []
    for match in islice(_FIELD.finditer(block), MAX_FIELDS):
        name, value = match.groups()
        value = value[:MAX_HEADER_FIELD_CHARS].strip()
        if b"\n" in value:
            value = b" ".join(map(bytes.strip, value.split(b"\n")))
        fields.append((name.decode("ascii").lower(), _utf_8(value, "utf-8")))
    return MimeHeaders(fields)


def _content_type(headers: MimeHeaders) -> tuple[str, dict[str, str]]:
    value = headers.get("content-type")
    kind = value.partition(";")[0].strip().lower()
    parameters = {
        match[1].lower().rstrip("*"): re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
        for match in _PARAMETER.finditer(value)
    }
    return (kind if "/" in kind else "text/plain"), parameters


def _parts(body: bytes, boundary: str) -> Iterator[bytes]:
    """What lies between the boundary lines; what follows the last one, if the end was cut off."""
    start = None
    for line_start, line_end, is_last in _boundary_lines(body, b"--" + boundary.encode("utf-8", "replace")):
        if start is not None:
            yield body[start:line_start]
        if is_last:
            return
        start = line_end
    if start is not None:
        yield body[start:]


def _boundary_lines(body: bytes, marker: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each line of *marker* starts, with the line break before it, and ends; whether it is the last."""
    at = body.find(marker)  # no pattern: each message has a boundary of its own, and compiling costs more
    while at >= 0:
        before = _BEFORE_BOUNDARY.search(body, max(at - 5, 0), at)
        after = _AFTER_BOUNDARY.match(body, at + len(marker))
        if before and after:
            yield before.start(), after.end(), bool(after[1])
        at = body.find(marker, at + len(marker))


def _transfer_decoded(data: bytes, encoding: str) -> bytes:
    """*content* without their transfer encoding (RFC 2045); as they are where that fails."""
    name = encoding.strip().lower()
    if name == "base64":
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        try:
            return binascii.a2b_base64(clean[: len(clean) // 4 * 4] + _last_quantum(clean))
        except binascii.Error:
            return data
    return quopri.decodestring(data) if name == "quoted-printable" else data


def _last_quantum(clean: bytes) -> bytes:
    remainder = clean[len(clean) // 4 * 4 :]
    return remainder + b"=" * (4 - len(remainder)) if len(remainder) > 1 else b""


def _decoded(data: bytes, charset: str) -> str:
    """*content* as text: UTF-8 where they are, else as labelled, else Windows-1252; never raises."""
    name = charset.strip("\"' ").lower()
    name = _ALIASES.get(name, name)
    try:
        if name.startswith(_STATEFUL):
            return data.decode(name, "replace")
        return _utf_8(data, name if name not in _SLOW else "")
    except (LookupError, ValueError):
        return data.decode("windows-1252", "replace")


def _utf_8(data: bytes, otherwise: str = "") -> str:
    """*data* as UTF-8 where it is, else in the encoding *otherwise* or Windows-1252."""
    try:
        return codecs.utf_8_decode(data, "strict", False)[0]  # False: the end may be cut off
    except UnicodeDecodeError:
        return data.decode(otherwise or "windows-1252", "replace")


def _readable(value: str) -> str:
    """A field's value with its encoded words (RFC 2047) decoded."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (ValueError, MessageError):
        return value
    return "".join(
        piece if isinstance(piece, str) else _decoded(piece, charset or "") for piece, charset in pieces
    )
