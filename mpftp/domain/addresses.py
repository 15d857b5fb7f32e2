"""Addresses as they go over the wire, and the one form in which all spellings of one are compared.

Domains in other scripts become ASCII (RFC 5891), local parts stay (RFC 6531).
"""

from __future__ import annotations

import functools
import re
import unicodedata

_LATIN = r"a-z0-9\u00e0-\u00f6\u00f8-\u00ff"
_LATIN_LABEL = rf"(?![^.]{{2}}--)[{_LATIN}](?:[{_LATIN}-]{{0,28}}[{_LATIN}])?"
_LATIN_HOST = rf"{_LATIN_LABEL}(?:\.{_LATIN_LABEL})+"
"""A host name of small Latin letters: what IDNA does to it is punycode alone, five times as fast."""


def _encode_latin_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


@functools.lru_cache(maxsize=10_000)
def ascii_domain(host: str) -> str:
    """*host* with its labels in punycode where needed. Raises ``ValueError`` for what is no name."""
    if host.isascii():
        return host.lower()
    if re.fullmatch(_LATIN_HOST, host):
        return ".".join(map(_encode_latin_label, host.split(".")))
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{host!r} is no domain name") from error


def smtp_address(email: str) -> str:
    """*email* as it goes over the wire: domain in ASCII; a local part in another script needs SMTPUTF8."""
    if email.isascii():
        return email
    local, at, domain = email.rpartition("@")
    try:
        return local + at + ascii_domain(domain)
    except ValueError:
        return email


def domain_of(address: str) -> str:
    """The domain of *address* in lower case, as it goes over the wire; ``""`` where there is none."""
    return smtp_address(address).rpartition("@")[2].lower()


def canonical_address(email: str) -> str:
    """Return *email* in the one form that all its spellings share.

    That is lower case and Unicode NFC, the domain in A-labels (RFC 5890, 2.3.2.1) without a final
    dot; a domain that IDNA does not know keeps its letters. What is canonical already stays as it is.
    """
    if email.isascii():
        return email.lower().rstrip(".")
    return _fold(smtp_address(_fold(email).rstrip("."))).rstrip(".")


def _fold(text: str) -> str:
    """Lower case and NFC; lower case can take letters apart, so NFC comes last."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


# Few runs log an address, so it is compiled when it is first used.
_ADDRESS = r"(?<![\w.+%-])([^\s<>@()\"':;,/|]{1,64})@(?=[\w-]{1,63}(?:\.[\w-]{1,63})+)"


def mask_addresses(text: str) -> str:
    """*text* with the local part of each address in it cut to its first letter: ``j***@example.com``."""
    return re.sub(_ADDRESS, lambda match: f"{match[1][0]}***@", text) if "@" in text else text
