"""Signed tokens: what a link, a pixel or a bounce address says about the one delivery it belongs to.

A token is hexadecimal, in lower case, of: key id (one byte), two varints (the delivery, then link
number and kind in one), and 80 bits that only the key can make. It holds no address, and no part of
it can be changed or moved to another link. Thirty characters for most deliveries, so that
``bounces+TOKEN`` stays under the 64 bytes of RFC 5321.

The 80 bits are a slice of HMAC-SHA512 over key id, delivery and a group number: each token of a
group has a slice of its own, so that all the links of a message cost two or three HMACs.
"""

from __future__ import annotations

import hashlib
import hmac
from binascii import hexlify
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

MAC_BYTES = 10
MACS_PER_DIGEST = 6  # slices of MAC_BYTES in the 64 bytes of SHA-512
MAX_DELIVERY = 2**63 - 1  # the largest row id of the state file
MAX_LINK = 2**20
TEST_DELIVERY_BASE = 1 << 62  # plus a campaign's id: the "delivery" of its test messages, which count nowhere
MAX_TOKEN_CHARS = 48  # characters


class TokenKind(IntEnum):
    """What the holder of a token may do with it; a token of one kind opens no other door."""

    OPEN = 1
    CLICK = 2
    OPT_OUT = 3
    WEB = 4
    BOUNCE = 5


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A verified token. *link* is the link's number in its campaign, 0 for what is no click."""

    kind: TokenKind
    delivery_id: int
    link: int = 0


class KeyIdentity(NamedTuple):
    """Which key it is, without its secret: the number that tokens bear, and a fingerprint."""

    number: int
    fingerprint: str


def identify_key(key_number: int, secret: bytes) -> KeyIdentity:
    """The identity of the key *key_number* with that *secret*, which the fingerprint does not tell."""
    return KeyIdentity(key_number, hashlib.sha256(b"mpftp signing key\0" + secret).hexdigest()[:16])


class Signer:
    """Makes and checks tokens. The first key signs, all of them verify, so keys can be rotated."""

    def __init__(self, keys: Sequence[tuple[int, bytes]]) -> None:
        """*keys*: pairs of key id (0 to 255, each once) and secret. Raises ``ValueError``."""
        if not keys or not all(0 <= key_number <= 255 for key_number, _ in keys):
            raise ValueError("at least one key is needed, with ids of 0 to 255")
        self._keys = dict(keys)
        if len(self._keys) != len(keys):
            raise ValueError("two keys have the same id")
        key_number, self._secret = keys[0]
        self._prefix = bytes([key_number])
        self.key = identify_key(key_number, self._secret)

    def sign(self, kind: TokenKind, delivery_id: int, link: int = 0) -> str:
        """The token for *delivery_id*. Raises ``ValueError`` for what no token can carry."""
        if not (0 < delivery_id <= MAX_DELIVERY and _fits(kind, link)):
            raise ValueError(f"no token can carry delivery {delivery_id}, link {link} of kind {kind.name}")
        header = self._prefix + _varint(delivery_id)
        return (header + _tail(kind, link) + _mac(self._secret, header, kind, link)).hex()

    def make_token_writer(self, purposes: Sequence[tuple[TokenKind, int]]) -> Callable[[int], list[bytes]]:
        """A function that makes all tokens of one delivery, in the order of *purposes* (kind, link).

        The tokens are those of ``sign``, as ASCII, for a fraction of its cost; the delivery's number
        is not checked. Raises ``ValueError`` for a purpose that no token can have.
        """
        if not all(_fits(kind, link) for kind, link in purposes):
            raise ValueError("a purpose that no token can have")
        places = [_mac_position(kind, link) for kind, link in purposes]
        groups = list(dict.fromkeys(group for group, _ in places))
        suffixes = [_varint(group) for group in groups]
        width = 2 * MAC_BYTES
        plan = [
            (groups.index(group), index * width, (index + 1) * width, hexlify(_tail(kind, link)))
            for (kind, link), (group, index) in zip(purposes, places, strict=True)
        ]
        keyed, prefix = hmac.new(self._secret, digestmod="sha512"), self._prefix

        def mac(data: bytes) -> bytes:
            copy = keyed.copy()  # the key is hashed once, not for each token
            copy.update(data)
            return hexlify(copy.digest())

        def write(delivery_id: int) -> list[bytes]:
            header = prefix + _varint(delivery_id)
            macs = [mac(header + suffix) for suffix in suffixes]
            written = hexlify(header)
            return [written + tail + macs[i][start:end] for i, start, end, tail in plan]

        return write

    def verify(self, text: str) -> SignedToken | None:
        """What *text* says when one of our keys signed it, else ``None``.

        Upper case is accepted, for mail servers may change an address so; no other deviation is.
        """
        data = _token_bytes(text)
        if len(data) <= MAC_BYTES:
            return None
        payload, mac = data[:-MAC_BYTES], data[-MAC_BYTES:]
        secret = self._keys.get(payload[0])
        delivery_id, end = _read_varint(payload, 1)
        purpose, _ = _read_varint(payload, end)
        kind, link = purpose & 7, purpose >> 3
        header = payload[:1] + _varint(delivery_id)
        # Written anew it must be the same, or one token would have several spellings.
        if secret is None or kind not in _KINDS or not _fits(TokenKind(kind), link):
            return None
        if payload != header + _tail(kind, link):
            return None
        genuine = hmac.compare_digest(mac, _mac(secret, header, kind, link))
        return SignedToken(TokenKind(kind), delivery_id, link) if genuine else None


_KINDS = frozenset(int(kind) for kind in TokenKind)


def _fits(kind: TokenKind, link: int) -> bool:
    """Whether a token can have this purpose: a link's number is for clicks only."""
    return link == 0 or (0 < link <= MAX_LINK and kind is TokenKind.CLICK)


def _mac_position(kind: int, link: int) -> tuple[int, int]:
    """The group and the slice in it of one purpose; no two purposes share a slice."""
    return (1 + link // MACS_PER_DIGEST, link % MACS_PER_DIGEST) if link else (0, int(kind))


def _tail(kind: int, link: int) -> bytes:
    return _varint(link << 3 | int(kind))


def _mac(secret: bytes, header: bytes, kind: int, link: int) -> bytes:
    group, index = _mac_position(kind, link)
    data = hmac.digest(secret, header + _varint(group), "sha512")
    return data[index * MAC_BYTES : (index + 1) * MAC_BYTES]


def _token_bytes(text: str) -> bytes:
    """Return the bytes of a token's text; empty if it is not hexadecimal."""
    if not 0 < len(text) <= MAX_TOKEN_CHARS or not text.isascii() or not text.isalnum():
        return b""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _varint(value: int) -> bytes:
    """*value* in groups of seven bits, lowest first; a set high bit says that more follow."""
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)


def _read_varint(data: bytes, start: int) -> tuple[int, int]:
    """The varint at *start* and the place after it; what ends too early is read as far as it goes."""
    value = shift = 0
    for index in range(start, len(data)):
        value |= (data[index] & 0x7F) << shift
        if not data[index] & 0x80:
            return value, index + 1
        shift += 7
    return value, len(data)
