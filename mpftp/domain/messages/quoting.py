"""Text as mail carries it: quoted-printable bodies (RFC 2045) and header lines (RFC 5322, 2047)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

SOFT_BREAK = b"=\r\n"
MAX_QUOTED = 75  # RFC 2045, 6.7: 76 with the "=" of a soft line break

_QUOTED = {byte: f"={byte:02X}" for byte in range(256) if not 33 <= byte <= 126 or byte == 61}
_QUOTED[0x20], _QUOTED[0x09] = " ", "\t"
_SHORT = re.compile(r"(?!\.|From )[^\x00-\x1f\x7f]{0,74}[^\x00-\x20\x7f]")
"""What may fit on one line, as most values of merge fields do: encoded by the library's C function."""
_NEWLINES = re.compile("\r\n|\r|\n")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PLAIN_HEADER = re.compile("[ -~]*")
MAX_HEADER_LINE = 76
_ENCODED_WORD_BYTES = 45  # of text in one encoded-word of at most 75 characters


def encode_quoted_printable(text: str) -> bytes:
    """*text* in quoted-printable, for a place at the start of a line.

    No line is longer than 75 characters, so a soft line break fits after it. Each line break of any
    kind becomes CR LF. No line starts with a dot or ``From `` (SMTP and mbox would change those).
    """
    if _SHORT.fullmatch(text):
        encoded = binascii.b2a_qp(text.encode("utf-8", "replace"))
        if len(encoded) <= MAX_QUOTED:
            return encoded
    lines = []
    for line in _NEWLINES.split(text):
        data = line.encode("utf-8", "replace").decode("latin-1").translate(_QUOTED)
        if data[-1:] in (" ", "\t"):
            data = data[:-1] + f"={ord(data[-1]):02X}"
        lines.append("=\r\n".join(_softly_broken(data)))
    return "\r\n".join(lines).encode("ascii")


def _softly_broken(line: str) -> Iterator[str]:
    """The pieces of one encoded *line*; no escape is cut, nor (a courtesy) a character in UTF-8."""
    start, size = 0, len(line)
    while start < size:
        lead = line[start]
        if lead == "." or line.startswith("From ", start):
            lead = f"={ord(lead):02X}"
        end = start + 1 + MAX_QUOTED - len(lead)
        if end < size:
            end = _cut(line, end)
        yield lead + line[start + 1 : end]
        start = end


def _cut(line: str, end: int) -> int:
    if line[end - 1] == "=":
        end -= 1
    elif line[end - 2] == "=":
        end -= 2
    while line[end] == "=" and line[end + 1] in "89AB":
        end -= 3
    return end


def replace_controls(text: str) -> str:
    """*text* for a header: control characters and line breaks, by which one could be injected, are spaces."""
    return _CONTROLS.sub(" ", text).strip()


def format_header(name: str, text: str) -> bytes:
    """A whole header line for unstructured *text*, folded, with encoded-words where it is not plain ASCII."""
    text = replace_controls(text)
    if _PLAIN_HEADER.fullmatch(text) and "=?" not in text:
        if len(name) + 2 + len(text) <= MAX_HEADER_LINE:
            return f"{name}: {text}\r\n".encode("ascii")
        folded = _folded(name, text)
        if folded:
            return folded
    return f"{name}: {encode_words(text, len(name) + 2)}\r\n".encode("ascii")


def _folded(name: str, text: str) -> bytes:
    """*text* broken before single spaces; empty when some word is too long for that."""
    lines = [f"{name}:"]
    for word in re.split("(?<=[^ ]) (?=[^ ])", text):
        if len(lines[-1]) + 1 + len(word) > MAX_HEADER_LINE and len(lines[-1]) > len(name) + 1:
            lines.append("")
        lines[-1] += " " + word
    if any(len(line) > MAX_HEADER_LINE for line in lines):
        return b""
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def encode_words(text: str, used: int) -> str:
    """*text* as encoded-words (RFC 2047, B), folded; *used* characters stand before it on the line."""
    words = []
    for piece in _byte_pieces(text, used):
        encoded = binascii.b2a_base64(piece, newline=False).decode("ascii")
        words.append(f"=?utf-8?B?{encoded}?=")
    return "\r\n ".join(words)


def _byte_pieces(text: str, used: int) -> Iterator[bytes]:
    """UTF-8 of *text* in pieces that fill the first line and then whole ones, at character borders."""
    data = text.encode("utf-8", "replace")
    room = max(3, (MAX_HEADER_LINE - used - 12) // 4 * 3)
    start = 0
    while start < len(data):
        end = min(start + room, len(data))
        while end < len(data) and end > start and data[end] & 0xC0 == 0x80:
            end -= 1
        yield data[start:end]
        start, room = end, _ENCODED_WORD_BYTES


def format_mailbox(display: str, address: str) -> bytes:
    """``Name <address>`` for a From or Reply-To; *address* is as it goes over the wire."""
    display, address = replace_controls(display), replace_controls(address)
    if not display:
        return address.encode("utf-8")
    if _PLAIN_HEADER.fullmatch(display) and len(display) < 60 and "=?" not in display:
        escaped = display.replace("\\", "\\\\").replace('"', '\\"')
        display_name = f'"{escaped}"'
    else:
        display_name = encode_words(display, len("Reply-To: "))
    return (
        f"{display_name}\r\n <{address}>".encode()
        if len(display_name) + len(address) > 60
        else f"{display_name} <{address}>".encode()
    )
