"""Asking DNS, through dnspython: what ``mpftp.domain.deliverability.dns.DnsLookup`` promises."""

from __future__ import annotations

from collections.abc import Sequence

import dns.exception
import dns.rdatatype
import dns.resolver
from dns.rdata import Rdata

from mpftp.domain.deliverability.dns import LookupFailedError

TIMEOUT_SECONDS = 5.0  # seconds for one question, all servers and retries included


class DnsResolver:
    """Asks the system's name servers, or *servers* (IP addresses) at *port*; each question once."""

    def __init__(
        self, servers: Sequence[str] = (), *, port: int = 53, seconds: float = TIMEOUT_SECONDS
    ) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=not servers)
        except dns.exception.DNSException as error:
            raise LookupFailedError("no name server is configured on this machine") from error
        if servers:
            self._resolver.nameservers = list(servers)
        self._resolver.port = port
        self._resolver.lifetime = seconds
        self._known: dict[tuple[str, str], list[str]] = {}

    def __call__(self, name: str, kind: str) -> list[str]:
        """The records of *kind* at *name* as text; ``[]`` when there is none.

        Raises ``LookupFailedError`` when no server gave an answer in time.
        """
        question = (name.lower().rstrip("."), kind)
        if question not in self._known:
            self._known[question] = self._ask(*question)
        return self._known[question]

    def _ask(self, name: str, kind: str) -> list[str]:
        try:
            answer = self._resolver.resolve(f"{name}.", kind, raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.exception.SyntaxError):
            return []
        except dns.exception.DNSException as error:
            raise LookupFailedError(f"{name} {kind}: {error}") from None
        return [_text(record) for record in answer.rrset or ()]


def _text(record: Rdata) -> str:
    """Return a TXT record in one piece (DNS cuts it into strings of 255 bytes), others as in zone files."""
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(getattr(record, "strings", ())).decode("utf-8", "replace")
    return record.to_text()
