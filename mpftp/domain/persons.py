"""What is left of a person who was forgotten: a keyed hash that keeps the address from being mailed.

The hash stands in the list of suppressed addresses in the place of the address. Without the key, which
the state file holds, it is impossible to try addresses against it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator

from mpftp.domain.addresses import canonical_address

HASH_PREFIX = "hash:"
"""How an entry begins that stands for an address; no address begins so without a quote."""

HASH_GLOB = f"{HASH_PREFIX}*"
"""Such entries as a pattern of SQL's ``GLOB``."""

_TOKENS = re.compile(r"[^;,\t\r\n\"|]+")  # what may be a value, whatever the delimiter


def hash_person(key: bytes, address: str) -> str:
    """Return what stands for *address* in all its spellings (HMAC-SHA-256, RFC 2104)."""
    digest = hmac.digest(key, canonical_address(address).encode("utf-8"), hashlib.sha256)
    return HASH_PREFIX + digest.hex()


def blank_contact(lines: Iterable[str], address: str) -> Iterator[tuple[str, int]]:
    """Empty the records of MAIL that hold *address*, with all else that stands in them.

    *lines* are the file's lines with their ends: as Latin-1, which keeps every byte, or as UTF-16.
    Yields each record as it is to be from now on, and how many of its lines were emptied; delimiters
    and line ends stay.
    """
    blanked = canonical_address(address)
    record = ""
    for line in lines:
        # Values with line ends hold no address, so one before the closing quote tells of a stray quote.
        if record and "@" in line.partition('"')[0]:
            yield _blanked(record, blanked)
            record = ""
        record += line
        if record.count('"') % 2 == 0:
            yield _blanked(record, blanked)
            record = ""
    if record:
        yield _blanked(record, blanked)


def _blanked(record: str, address: str) -> tuple[str, int]:
    if not any("@" in token and address in _readings(token.strip()) for token in _TOKENS.findall(record)):
        return record, 0
    return _TOKENS.sub("", record), max(record.count("\n"), 1)


def _readings(token: str) -> set[str]:
    """The addresses that *token* may be, in the encodings of MAIL."""
    try:
        raw = token.encode("latin-1")
    except UnicodeEncodeError:
        return {canonical_address(token)}
    return {canonical_address(raw.decode(encoding, "replace")) for encoding in ("utf-8", "cp1252", "latin-1")}
