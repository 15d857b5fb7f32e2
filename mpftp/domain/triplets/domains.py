"""Which domains of a list take mail: no more is asked than what its most frequent domains need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mpftp.domain.campaign import ContactLine, DeliveryState
from mpftp.domain.senders.dnsname import Lookup, LookupFailedError
from mpftp.domain.triplets.findings import Finding, point

MOST = 2000
"""Domains that are asked about: the most frequent ones."""

REMEMBERED = 200_000
"""Domains that are counted; a list with more has no domain worth asking about among the rest."""


@dataclass(slots=True)
class Domain:
    """How often a domain stands in a list, and the first line with it."""

    name: str
    line: int
    email: str
    count: int = 1


def domains_of(contacts: Iterable[ContactLine]) -> list[Domain]:
    """The domains of the valid *contacts*, the most frequent ones first, ``MOST`` at the most."""
    found: dict[str, Domain] = {}
    for contact in contacts:
        if contact.state is DeliveryState.INVALID:
            continue
        name = contact.email.rpartition("@")[2]
        known = found.get(name)
        if known:
            known.count += 1
        elif len(found) < REMEMBERED and not name.startswith("["):
            found[name] = Domain(name, contact.line, contact.email)
    return sorted(found.values(), key=lambda domain: -domain.count)[:MOST]


def why_no_mail(name: str, look_up: Lookup) -> str:
    """Why *name* takes no mail: ``none`` (it does not exist), ``null`` (RFC 7505); ``""`` if it does.

    Without an MX record its address counts (RFC 5321, 5.1). What cannot be asked now takes mail.
    """
    try:
        exchanges = look_up(name, "MX")
        if exchanges:
            null = all(exchange.split()[-1] == "." for exchange in exchanges)
            return "null" if null else ""
        return "" if look_up(name, "A") or look_up(name, "AAAA") else "none"
    except LookupFailedError:
        return ""


REASONS = {
    "none": ("ele não existe ou não tem servidor de e-mail", "it does not exist or has no mail server"),
    "null": ("ele declara que não recebe e-mail (RFC 7505)", "it declares that it takes no mail (RFC 7505)"),
}


def finding_for(domain: Domain, why: str, text: str, file: str) -> Finding:
    """What to say of a *domain* that takes no mail; *text* is the first line with it."""
    pt, en = REASONS[why]
    at = text.lower().rfind(domain.name) + 1
    values = {"domain": domain.name, "reason_pt": pt, "reason_en": en}
    return point("MAIL033", file, domain.line, max(1, at), text, len(domain.name), **values)
