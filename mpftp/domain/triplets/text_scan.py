"""What one pass over a file finds of its bytes as text, and which encodings leave ASCII bytes alone."""

from __future__ import annotations

import codecs
import functools
from dataclasses import dataclass, field

_ADDITIVE = (
    "size lf crlf cr non_utf8_blocks letters valid invalid odd_chars two_byte_chars undefined dos_letters"
)
_END_BYTES = 1 << 12  # more than any program fills up with Ctrl-Z
_HIGH_BYTES = bytes(range(128, 256))


@dataclass(slots=True)
class TextScan:
    """What one pass over a file found. Counts are additive over its blocks.

    *encoding* is what the file is written in; *block_encoding* that of ``read_blocks``. *bom* is the
    length of the mark at the start. *binary* names a format that is no text at all, *mixed* says that
    both UTF-8 and Windows-1252 stand in it, so that each line is read by itself. *ends_in_character*
    says that the file ends in the middle of a character, *telling_word* shows that the encoding is one of
    DOS or Macintosh, by what the text reads as, and is empty otherwise.
    """

    encoding: str = "utf-8"
    bom: int = 0
    size: int = 0
    lf: int = 0
    crlf: int = 0
    cr: int = 0
    lacks_line_end: bool = False
    ctrl_z: int = 0  # bytes from a Ctrl-Z of DOS to the end of the file, which are no part of the text
    end: bytes = b""  # the last bytes of the text
    binary: str = ""
    without_bom: bool = False
    telling_word: bytes = b""
    mixed: bool = False
    mostly_1252: bool = False
    ends_in_character: bool = False
    non_utf8_blocks: int = 0  # blocks that are not UTF-8
    letters: int = 0
    valid: int = 0  # characters beyond ASCII, and bytes that are none, in some blocks that are not UTF-8
    invalid: int = 0
    odd_chars: int = 0
    two_byte_chars: int = 0
    undefined: int = 0
    dos_letters: int = 0  # lines with a letter that would be a sign in Windows-1252
    lines: dict[str, int] = field(default_factory=dict)  # rule -> lines that break it (TEXT009: bytes)

    @property
    def utf8(self) -> bool:
        """Whether all of the file is UTF-8."""
        return self.non_utf8_blocks == 0

    def add(self, following: TextScan) -> None:
        """Take over the counts of the part of the file that follows."""
        for name in _ADDITIVE.split():
            setattr(self, name, getattr(self, name) + getattr(following, name))
        for rule, count in following.lines.items():
            self.lines[rule] = self.lines.get(rule, 0) + count
        self.lacks_line_end, self.ends_in_character = following.lacks_line_end, following.ends_in_character
        self.add_to_end(following.end)

    def add_to_end(self, following: bytes) -> None:
        """Take over the end of what follows."""
        self.end = (self.end + following[-_END_BYTES:])[-_END_BYTES:]

    @property
    def block_encoding(self) -> str:
        """The encoding of the blocks: the file's own where ASCII bytes are safe in it, else UTF-8."""
        return self.encoding if ascii_safe(self.encoding) else "utf-8"

    @property
    def lone_cr(self) -> int:
        """Carriage returns that no line feed follows: the line ends of old Macintosh programs."""
        return self.cr - self.crlf


def is_text_encoding(name: str) -> bool:
    """Return whether *name* is that of an encoding which can read any bytes, though with signs of damage."""
    try:
        bytes(range(256)).decode(name, "replace")
    except (LookupError, ValueError):
        return False
    return True


@functools.cache
def ascii_safe(encoding: str) -> bool:
    """Whether every byte below 128 is always that ASCII character in *encoding*."""
    if codecs.lookup(encoding).name == "utf-8":
        return True
    try:
        plain = bytes(range(128)).decode(encoding) == "".join(map(chr, range(128)))
        return (
            plain
            and all(len(bytes([byte]).decode(encoding, "replace")) == 1 for byte in _HIGH_BYTES)
            and (len(_HIGH_BYTES.decode(encoding, "replace")) == len(_HIGH_BYTES))
        )
    except UnicodeError:
        return False
