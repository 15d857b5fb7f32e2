"""Which domains of a list take mail: no more is asked than what its most frequent domains need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mpftp.domain.campaign import DeliveryState, MailContact
from mpftp.domain.deliverability.dns import DnsLookup, LookupFailedError
from mpftp.domain.triplets.findings import Finding, make_finding

MAX_ASKED_DOMAINS = 2000
"""Domains that are asked about: the most frequent ones."""

MAX_COUNTED_DOMAINS = 200_000
"""Domains that are counted; a list with more has no domain worth asking about among the rest."""


@dataclass(slots=True)
class DomainCount:
    """How often a domain stands in a list, and the first line with it."""

    name: str
    line: int
    email: str
    count: int = 1


def count_domains(contacts: Iterable[MailContact]) -> list[DomainCount]:
    """Return the domains of the valid *contacts*, most frequent first, at most ``MAX_ASKED_DOMAINS``."""
    counts: dict[str, DomainCount] = {}
    for contact in contacts:
        if contact.state is DeliveryState.INVALID:
            continue
        name = contact.email.rpartition("@")[2]
        known = counts.get(name)
        if known:
            known.count += 1
        elif len(counts) < MAX_COUNTED_DOMAINS and not name.startswith("["):
            counts[name] = DomainCount(name, contact.line, contact.email)
    return sorted(counts.values(), key=lambda domain: -domain.count)[:MAX_ASKED_DOMAINS]


def find_mail_problem(name: str, look_up: DnsLookup) -> str:
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


def make_domain_finding(domain: DomainCount, reason: str, text: str, file: str) -> Finding:
    """What to say of a *domain* that takes no mail; *text* is the first line with it."""
    at = text.lower().rfind(domain.name) + 1
    values = {"domain": domain.name, "no_mail": reason}
    return make_finding("MAIL033", file, domain.line, max(1, at), text, len(domain.name), **values)
