"""DKIM signatures (RFC 6376, Ed25519 by RFC 8463), made in one pass over a finished message."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from mpftp.domain.addresses import ascii_domain, domain_of
from mpftp.errors import ConfigError

SIGNED_HEADERS = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"list-unsubscribe",
    b"list-unsubscribe-post", b"feedback-id", b"mime-version", b"content-type",
)  # fmt: skip
"""Those of a message that are signed; RFC 8058 asks for the two of ``List-Unsubscribe``."""

OVERSIGNED_HEADERS = (b"from", b"to", b"subject")
"""Named once more than they occur, so that a second one cannot be slipped in (RFC 6376, 8.15)."""

MIN_RSA_BITS = 1024  # RFC 8301, 3.2; what verifiers may refuse is refused here first
_PADDING, _HASH = padding.PKCS1v15(), hashes.SHA256()


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A domain's private key and the selector under which DNS holds its public half.

    *pem* is the key in PEM (PKCS #8 or PKCS #1), RSA or Ed25519, without a passphrase.
    """

    domain: str
    selector: str
    pem: bytes = field(repr=False)

    def check(self) -> None:
        """Raise ``ConfigError`` when the key or its names cannot be used."""
        _tags(self)

    @property
    def algorithm(self) -> str:
        """``rsa-sha256`` or ``ed25519-sha256``. Raises ``ConfigError`` when the key cannot be used."""
        return "rsa-sha256" if isinstance(_loaded(self.pem), rsa.RSAPrivateKey) else "ed25519-sha256"

    @property
    def public_key(self) -> str:
        """What the ``p=`` of the DNS record must say. Raises ``ConfigError``."""
        public = _loaded(self.pem).public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            return base64.b64encode(public.public_bytes_raw()).decode("ascii")
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(public.public_bytes(serialization.Encoding.DER, form)).decode("ascii")

    @property
    def dns_record(self) -> str:
        """The TXT record that belongs at ``SELECTOR._domainkey.DOMAIN``. Raises ``ConfigError``."""
        return f"v=DKIM1; k={self.algorithm.partition('-')[0]}; p={self.public_key}"


def aligned_keys(address: str, keys: Iterable[DkimKey]) -> tuple[DkimKey, ...]:
    """The keys whose signature is aligned with *address* (From): its domain's, else the nearest parent's.

    A domain may have several keys, say RSA for all and Ed25519 for those who can; each signs. Keys
    of the domain ``""`` sign for any other sender, in the name of its own domain.
    """
    known: dict[str, list[DkimKey]] = {}
    for key in keys:
        known.setdefault(ascii_domain(key.domain), []).append(key)
    own = domain = domain_of(address)
    while domain and domain not in known:
        domain = domain.partition(".")[2]
    return tuple(replace(key, domain=domain or own) for key in known.get(domain, ()))


def sign_message(message: bytes, at: int, keys: Iterable[DkimKey]) -> bytes:
    """*message* (CRLF line ends) below one signature for each of *keys*, made at *at* (seconds since 1970).

    Headers are canonicalised "relaxed", the body "simple": a quoted-printable body has nothing
    that relays would rewrap. Raises ``ConfigError`` when a key cannot be used.
    """
    cut = message.find(b"\r\n\r\n") + 2
    body = message[cut + 2 :]
    if body.endswith(b"\r\n\r\n") or not body.endswith(b"\r\n"):
        body = re.sub(rb"(?:\r\n)*\Z", b"\r\n", body, count=1)
    body_hash = base64.b64encode(hashlib.sha256(body).digest())
    names, canonical = _canonical(message[:cut])
    return b"".join([*(_signature(key, names, canonical, body_hash, at) for key in keys), message])


def _canonical(header_block: bytes) -> tuple[bytes, bytes]:
    """The value of ``h=``, folded, and the signed lines in its order, "relaxed" (RFC 6376, 3.4.2)."""
    lines = header_block.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t").split(b"\r\n")
    headers = dict(map(_relaxed, lines))
    present = tuple(filter(headers.__contains__, SIGNED_HEADERS))
    return _listed(present), b"".join(map(headers.__getitem__, present))


@functools.lru_cache(maxsize=256)  # most lines are the same in all messages of a campaign
def _relaxed(line: bytes) -> tuple[bytes, bytes]:
    """The lower-case name of an unfolded header *line*, and the line as it is signed."""
    name, _, value = line.partition(b":")
    name = name.rstrip().lower()
    return name, b"%b:%b\r\n" % (name, b" ".join(value.split()))


@functools.lru_cache(maxsize=64)
def _listed(present: tuple[bytes, ...]) -> bytes:
    names = [*present, *(name for name in OVERSIGNED_HEADERS if name in present)]
    rows = (b":".join(names[index : index + 4]) for index in range(0, len(names), 4))
    return b":\r\n ".join(rows)


def _signature(key: DkimKey, names: bytes, canonical: bytes, body_hash: bytes, at: int) -> bytes:
    field = b"%b\r\n t=%d;\r\n h=%b;\r\n bh=%b;\r\n b=" % (_tags(key), at, names, body_hash)
    hashed = b"%bdkim-signature:%b" % (canonical, field.replace(b"\r\n ", b" "))
    signature = base64.b64encode(_raw(key.pem, hashed))
    folded = b"\r\n ".join(signature[offset : offset + 72] for offset in range(0, len(signature), 72))
    return b"DKIM-Signature: %b%b\r\n" % (field, folded)


@functools.lru_cache(maxsize=256)
def _tags(key: DkimKey) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9._-]+", key.selector):
        raise ConfigError(f"{key.selector!r} is no DKIM selector", hint="write a name such as mail2026")
    text = f"v=1; a={key.algorithm}; c=relaxed/simple; d={ascii_domain(key.domain)}; s={key.selector};"
    return text.encode("ascii")


def _raw(pem: bytes, data: bytes) -> bytes:
    key = _loaded(pem)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(hashlib.sha256(data).digest())  # RFC 8463, 3: the hash is what is signed
    return key.sign(data, _PADDING, _HASH)


@functools.lru_cache(maxsize=256)
def _loaded(pem: bytes) -> rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(
            "the DKIM key is no private key in PEM form without a passphrase",
            hint="make one with: openssl genrsa -out dkim.pem 2048",
        ) from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= MIN_RSA_BITS:
        return key
    raise ConfigError(
        f"the DKIM key is neither Ed25519 nor RSA of at least {MIN_RSA_BITS} bits",
        hint="make one with: openssl genrsa -out dkim.pem 2048",
    )
