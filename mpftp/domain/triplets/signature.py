"""What the first bytes of a file say: a byte order mark, a format that is no text, UTF-16 without a mark."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"PK\x03\x04", "Excel (.xlsx) / ZIP"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel (.xls) / Word (.doc)"),
    (b"%PDF-", "PDF"),
    (b"\x1f\x8b\x08", "GZIP"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"\x7fELF", "ELF"),
    (b"\x00\x01\x00\x00Standard ", "Access (.mdb, .accdb)"),
    (b"!BDN", "Outlook (.pst)"),
    (b"BZh91AY&SY", "BZIP2"),
    (b"\xfd7zXZ\x00", "XZ"),
)
_DBASE = re.compile(rb"(?s)[\x03\x30\x83\x8b\xf5].[\x01-\x0c][\x01-\x1f].{8}\x00\x00")
"""The head of a table of dBase, Clipper or FoxPro: its version, the day of its last change, and reserved."""

_LONGEST_MAGIC = max(len(magic) for magic, _ in _MAGIC)


def find_bom(data: bytes) -> tuple[bytes, str]:
    """The byte order mark that *data* begins with and the encoding it names; empty if there is none."""
    return next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", ""))


def find_binary_format(data: bytes, bom: int, encoding: str) -> str:
    """The format of a file that is no text at all, ``""`` if *data* shows none.

    Nor is that a text which would begin such a file when it is written in UTF-8, without the *bom* bytes of
    a mark: a corrected copy would not be taken for a text any more.
    """
    rewritten = data[bom : bom + 4 * _LONGEST_MAGIC].decode(encoding, "replace").encode()
    if _DBASE.match(data) or _DBASE.match(rewritten):
        return "dBase (.dbf)"
    return next((name for magic, name in _MAGIC if data.startswith(magic) or rewritten.startswith(magic)), "")


def find_utf16_without_bom(data: bytes) -> str:
    """``utf-16-le`` or ``-be`` when NULs in every other place of *data* say so, else ``""``."""
    pairs = len(data) // 2
    if pairs < 8:
        return ""
    even, odd = data[0 : pairs * 2 : 2].count(0), data[1 : pairs * 2 : 2].count(0)
    if odd > 0.7 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * pairs and odd < 0.1 * pairs else ""
