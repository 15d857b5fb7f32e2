"""SPF (RFC 7208): what a domain's record allows, and whether receivers can evaluate it at all."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from mpftp.domain.deliverability.dns import DnsLookup

MAX_SPF_LOOKUPS = 10  # RFC 7208, 4.6.4
RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


_TERM = re.compile(r"([+?~-]?)([^=:/]*)([=:]?)(.*)")
_HOST = re.compile(r"([^/]*)(?:/([0-9]+))?(?://([0-9]+))?")


@dataclass(frozen=True, slots=True)
class SpfProblem:
    """Something that makes receivers distrust or ignore the record, and the remedy."""

    detail: str
    remedy: str


@dataclass(slots=True)
class SpfReport:
    """A domain's record, the problems in it, the DNS look-ups it costs, and each sender's result."""

    record: str = ""
    lookups: int = 0
    problems: list[SpfProblem] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Term:
    """One mechanism or modifier: ``-all``, ``include:x``, ``ip4:192.0.2.0/24``, ``redirect=x``."""

    result: str
    name: str
    value: str
    is_modifier: bool


def check_spf(domain: str, senders: Iterable[str], lookup: DnsLookup) -> SpfReport:
    """Check the record of *domain* and evaluate it for each IP address of *senders*.

    Macros (``%{i}``) are not expanded: a mechanism that has one never matches here.
    """
    report = SpfReport()
    records = _records(domain, lookup)
    if not records:
        report.problems.append(
            SpfProblem("there is no SPF record", "publish one, as: v=spf1 ip4:ADDRESS -all")
        )
        return report
    report.record = records[0]
    if len(records) > 1:
        report.problems.append(
            SpfProblem("there is more than one record, so none counts", "merge them into one")
        )
    walk = _SpfEvaluator(lookup)
    walk.count(domain, records[0])
    report.lookups = walk.lookups
    report.problems += walk.problems
    if walk.lookups > MAX_SPF_LOOKUPS:
        report.problems.append(
            SpfProblem(
                f"it needs {walk.lookups} look-ups, at most {MAX_SPF_LOOKUPS} count", "flatten some include:"
            )
        )
    for term in _terms(records[0]):
        if term.name == "all" and term.result == "pass":
            report.problems.append(SpfProblem("+all lets everybody send", "end it with -all or ~all"))
    for sender in senders:
        report.results[sender] = walk.result(ipaddress.ip_address(sender), domain, depth=0)
    return report


class _SpfEvaluator:
    """Follows a record through its includes, asking DNS once for each name."""

    def __init__(self, lookup: DnsLookup) -> None:
        self._lookup = lookup
        self.lookups = 0
        self.problems: list[SpfProblem] = []

    def count(self, domain: str, record: str, depth: int = 0) -> None:
        """Count the look-ups of *record* and note what receivers would stumble over."""
        for term in _terms(record):
            if term.name in ("include", "a", "mx", "ptr", "exists", "redirect"):
                self.lookups += 1
            if (
                term.name in ("include", "redirect")
                and self.lookups <= MAX_SPF_LOOKUPS
                and depth < MAX_SPF_LOOKUPS
            ):
                inner = _records(term.value, self._lookup)
                if len(inner) == 1:
                    self.count(term.value, inner[0], depth + 1)
                else:
                    self.problems.append(
                        SpfProblem(
                            f"{term.name} of {term.value} finds no single record", f"remove {term.value}"
                        )
                    )
            elif not term.is_modifier and term.name not in (*_MATCHERS, "include"):
                self.problems.append(
                    SpfProblem(f"{term.name!r} in {domain} is no mechanism", "correct or remove it")
                )

    def result(self, sender: IpAddress, domain: str, depth: int) -> str:
        """What receivers make of *sender* for *domain*."""
        records = _records(domain, self._lookup)
        if len(records) != 1 or depth > MAX_SPF_LOOKUPS:
            return "permerror" if records else "none"
        terms = _terms(records[0])
        for term in terms:
            if not term.is_modifier and self._matches(term, sender, domain, depth):
                return term.result
        redirect = next((term.value for term in terms if term.name == "redirect"), "")
        return self.result(sender, redirect, depth + 1) if redirect else "neutral"

    def _matches(self, term: _Term, sender: IpAddress, domain: str, depth: int) -> bool:
        if term.name == "include":
            return self.result(sender, term.value, depth + 1) == "pass"
        if term.name == "all":
            return True
        if term.name in ("ip4", "ip6"):
            return _in_network(sender, term.value)
        if term.name in ("a", "mx"):
            return self._is_host(term, sender, domain)
        return False

    def _is_host(self, term: _Term, sender: IpAddress, domain: str) -> bool:
        match = _HOST.fullmatch(term.value)
        name, *lengths = match.groups() if match else (term.value, None, None)
        hosts = [name or domain]
        if term.name == "mx":
            hosts = [record.split()[-1].rstrip(".") for record in self._lookup(name or domain, "MX")]
        kind, length = ("A", lengths[0]) if sender.version == 4 else ("AAAA", lengths[1])
        addresses = [address for host in hosts for address in self._lookup(host, kind)]
        return any(_in_network(sender, f"{address}/{length}" if length else address) for address in addresses)


_MATCHERS = ("all", "ip4", "ip6", "a", "mx", "ptr", "exists")


def _records(domain: str, lookup: DnsLookup) -> list[str]:
    return [text for text in lookup(domain, "TXT") if text.lower().split(" ")[0] == "v=spf1"]


def _terms(record: str) -> list[_Term]:
    return [_term(text) for text in record.split()[1:]]


def _term(text: str) -> _Term:
    match = _TERM.fullmatch(text)
    sign, name, separator, value = match.groups() if match else ("", text, "", "")
    return _Term(RESULTS[sign or "+"], name.lower(), value, separator == "=")


def _in_network(sender: IpAddress, network: str) -> bool:
    try:
        return sender in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
