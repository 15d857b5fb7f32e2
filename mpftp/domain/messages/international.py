"""Addresses and hosts in other scripts: domains become ASCII (RFC 5891), local parts stay (RFC 6531)."""

from __future__ import annotations

import functools

import idna


@functools.lru_cache(maxsize=10_000)
def ascii_domain(host: str) -> str:
    """*host* with its labels in punycode where needed. Raises ``ValueError`` for what is no name."""
    if host.isascii():
        return host.lower()
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
