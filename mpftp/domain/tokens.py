"""Signed tokens: what a link, a pixel or a bounce address says about the one delivery it belongs to.

A token is base32 (RFC 4648, lower case, no padding) of: key id (one octet), two varints (the
delivery, then link number and kind in one), and the first 80 bits of HMAC-SHA256 over all that. It holds no
address, and no part of it can be changed or moved to another link without the key. Twenty-four
characters for most deliveries, so that ``bounces+TOKEN`` stays under the 64 octets of RFC 5321.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_BASE_32 = "0123456789abcdefghijklmnopqrstuv"  # as int() writes it
MAC_OCTETS = 10
MAX_DELIVERY = 2**63 - 1  # the largest row id of the state file
MAX_LINK = 2**20
TRIAL = 1 << 62  # plus a campaign's id: the "delivery" of its test messages, which count nowhere
MAX_TOKEN = 48  # characters; the longest that ``sign`` can make has 39

_DIGITS = {ord(ours): theirs for ours, theirs in zip(_ALPHABET, _BASE_32, strict=True)}
_DIGITS |= {ord(other): "w" for other in "0189"}  # no digit of ours, and none of base 32


class Kind(IntEnum):
    """What the holder of a token may do with it; a token of one kind opens no other door."""

    OPEN = 1
    CLICK = 2
    OPT_OUT = 3
    WEB = 4
    BOUNCE = 5


@dataclass(frozen=True, slots=True)
class Token:
    """A verified token. *link* is the link's number in its campaign, 0 for what is no click."""

    kind: Kind
    delivery_id: int
    link: int = 0


class Signer:
    """Makes and checks tokens. The first key signs, all of them verify, so keys can be rotated."""

    def __init__(self, keys: Sequence[tuple[int, bytes]]) -> None:
        """*keys*: pairs of key id (0 to 255, each once) and secret. Raises ``ValueError``."""
        if not keys or not all(0 <= number <= 255 for number, _ in keys):
            raise ValueError("at least one key is needed, with ids of 0 to 255")
        self._keys = dict(keys)
        if len(self._keys) != len(keys):
            raise ValueError("two keys have the same id")
        number, self._secret = keys[0]
        self._prefix = bytes([number])

    def sign(self, kind: Kind, delivery_id: int, link: int = 0) -> str:
        """The token for *delivery_id*. Raises ``ValueError`` for numbers that no token can carry."""
        if not (0 < delivery_id <= MAX_DELIVERY and 0 <= link <= MAX_LINK):
            raise ValueError(f"no token can carry delivery {delivery_id}, link {link}")
        payload = self._prefix + _varint(delivery_id) + _varint(link << 3 | kind)
        return _text(payload + _mac(self._secret, payload))

    def verify(self, text: str) -> Token | None:
        """What *text* says when one of our keys signed it, else ``None``.

        Upper case is accepted, for mail servers may change an address so; no other deviation is.
        """
        octets = _octets(text)
        if len(octets) <= MAC_OCTETS:
            return None
        payload, mac = octets[:-MAC_OCTETS], octets[-MAC_OCTETS:]
        secret = self._keys.get(payload[0])
        if secret is None or not hmac.compare_digest(mac, _mac(secret, payload)):
            return None
        delivery_id, end = _read_varint(payload, 1)
        rest, _ = _read_varint(payload, end)
        return Token(Kind(rest & 7), delivery_id, rest >> 3)


def _mac(secret: bytes, payload: bytes) -> bytes:
    return hmac.digest(secret, payload, "sha256")[:MAC_OCTETS]


def _text(octets: bytes) -> str:
    return b32encode(octets).decode("ascii").rstrip("=").lower()


def _octets(text: str) -> bytes:
    """The octets of a token's text; empty for whatever ``_text`` cannot have made.

    Read as one number in base 32, which is several times faster than ``b32decode``.
    """
    if not 0 < len(text) <= MAX_TOKEN or not text.isascii() or not text.isalnum():
        return b""
    try:
        number = int(text.lower().translate(_DIGITS), 32)
    except ValueError:
        return b""
    length, unused = divmod(5 * len(text), 8)
    # Unused last bits must be none or zero, or one token would have several spellings.
    if unused > 4 or number & ((1 << unused) - 1):
        return b""
    return (number >> unused).to_bytes(length, "big")


def _varint(number: int) -> bytes:
    """*number* in groups of seven bits, lowest first; a set high bit says that more follow."""
    octets = bytearray()
    while number > 0x7F:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    octets.append(number)
    return bytes(octets)


def _read_varint(octets: bytes, start: int) -> tuple[int, int]:
    """The varint at *start* and the place after it; only for octets that our own key signed."""
    number = shift = 0
    for place in range(start, len(octets)):
        number |= (octets[place] & 0x7F) << shift
        if not octets[place] & 0x80:
            return number, place + 1
        shift += 7
    raise ValueError("a signed token ends too early")
