"""What DNS must say so that large receivers take a sender's mail: SPF, DKIM, DMARC, and its domains.

Sources: RFC 7208 (SPF), 6376 (DKIM), 7489 (DMARC), and what Gmail and Yahoo ask of bulk senders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mpftp.domain.addresses import domain_of
from mpftp.domain.deliverability import spf
from mpftp.domain.deliverability.dns import (
    DnsLookup,
    LookupFailedError,
    is_same_or_subdomain,
    parent_domains,
    parse_tags,
)
from mpftp.domain.messages.dkim import DkimKey, aligned_keys


class CheckGrade(StrEnum):
    """How a check went; UNKNOWN when DNS did not answer."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: its *topic* (``SPF``), the DNS name it is about, what was found, what to do about it."""

    topic: str
    name: str
    grade: CheckGrade
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class SenderIdentity:
    """Who sends: the From address, the envelope's address, the keys that sign, the relay's IP addresses.

    *relays* may be empty when it is not known from where the relay sends; *base_url* is where the
    links of the messages lead.
    """

    from_email: str
    bounce_address: str
    keys: Sequence[DkimKey] = ()
    relays: Sequence[str] = ()
    base_url: str = ""


def check_sender(sender: SenderIdentity, lookup: DnsLookup) -> list[CheckResult]:
    """Every check of *sender*, the bad ones included; *lookup* asks DNS."""
    domain = domain_of(sender.from_email)
    bounces = domain_of(sender.bounce_address)
    keys = aligned_keys(sender.from_email, sender.keys)
    groups: list[tuple[str, str, Callable[[], Iterable[CheckResult]]]] = [
        ("SPF", bounces, lambda: _spf(bounces, sender.relays, lookup)),
        *(("DKIM", _key_name(key), lambda key=key: _dkim(key, lookup)) for key in keys),
        ("DMARC", f"_dmarc.{domain}", lambda: _dmarc(domain, bounces, bool(keys), lookup)),
        ("replies", domain, lambda: _mail_arrives("replies", domain, lookup)),
        ("bounces", bounces, lambda: _mail_arrives("bounces", bounces, lookup)),
    ]
    checks: list[CheckResult] = []
    for topic, name, check in groups:
        try:
            checks += check()
        except LookupFailedError as error:
            checks.append(CheckResult(topic, name, CheckGrade.UNKNOWN, f"DNS did not answer: {error}"))
    if not keys:
        checks.append(_unsigned(domain))
    if sender.base_url:
        checks.append(_link_scheme(sender.base_url))
    return checks


def _spf(domain: str, relays: Sequence[str], lookup: DnsLookup) -> Iterator[CheckResult]:
    report = spf.check_spf(domain, relays, lookup)
    for problem in report.problems:
        yield CheckResult("SPF", domain, CheckGrade.BAD, problem.detail, problem.remedy)
    for relay, result in report.results.items():
        if result == "pass":
            yield CheckResult("SPF", domain, CheckGrade.GOOD, f"{relay} may send")
        else:
            yield CheckResult(
                "SPF", domain, CheckGrade.BAD, f"{relay} gets {result!r}", f"add it: ip4:{relay}"
            )
    if report.record and not report.problems and not relays:
        yield CheckResult(
            "SPF", domain, CheckGrade.GOOD, f"{report.record!r}, {report.lookups} look-ups of at most 10"
        )


def _dkim(key: DkimKey, lookup: DnsLookup) -> Iterator[CheckResult]:
    name = _key_name(key)
    records = [text for text in lookup(name, "TXT") if "p=" in text]
    publish = f"publish this TXT record: {key.dns_record}"
    if not records:
        yield CheckResult("DKIM", name, CheckGrade.BAD, "there is no key", publish)
        return
    if len(records) > 1:
        yield CheckResult(
            "DKIM", name, CheckGrade.BAD, "there is more than one key", "keep only ours; " + publish
        )
        return
    tags = parse_tags(records[0])
    if not tags.get("p"):
        yield CheckResult("DKIM", name, CheckGrade.BAD, "the key was revoked (p= is empty)", publish)
    elif "".join(tags["p"].split()) != key.public_key:
        yield CheckResult("DKIM", name, CheckGrade.BAD, "the key is not the one that signs here", publish)
    elif "y" in tags.get("t", "").split(":"):
        yield CheckResult("DKIM", name, CheckGrade.WARNING, "the key is marked as a test (t=y)", "remove t=y")
    else:
        yield CheckResult("DKIM", name, CheckGrade.GOOD, f"the {key.algorithm} key is ours")


def _dmarc(domain: str, bounces: str, is_signed: bool, lookup: DnsLookup) -> Iterator[CheckResult]:
    """The policy of *domain* or its nearest parent that has one, and whether our mail is aligned with it."""
    name, records = f"_dmarc.{domain}", list[str]()
    for candidate in (domain, *parent_domains(domain)):
        records = [text for text in lookup(f"_dmarc.{candidate}", "TXT") if text.startswith("v=DMARC1")]
        if records:
            name = f"_dmarc.{candidate}"
            break
    remedy = f"publish a TXT record at _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:dmarc@{domain}"
    if len(records) != 1:
        problem = "there is more than one policy, so none counts" if records else "there is no policy"
        yield CheckResult("DMARC", name, CheckGrade.BAD, problem, remedy)
        return
    tags = parse_tags(records[0])
    if tags.get("p", "").lower() not in ("none", "quarantine", "reject"):
        yield CheckResult("DMARC", name, CheckGrade.BAD, f"no valid p= in {records[0]!r}", remedy)
        return
    yield CheckResult("DMARC", name, CheckGrade.GOOD, f"p={tags['p']}")
    if "rua" not in tags:
        yield CheckResult(
            "DMARC", name, CheckGrade.WARNING, "nobody gets the reports", f"add rua=mailto:dmarc@{domain}"
        )
    if not is_signed and not is_same_or_subdomain(bounces, name.removeprefix("_dmarc.")):
        yield CheckResult(
            "DMARC",
            name,
            CheckGrade.BAD,
            f"nothing is aligned: the envelope's domain is {bounces} and no key here signs for {domain}",
            f"sign with DKIM for {domain}, or take bounces at a domain under it",
        )


def _mail_arrives(topic: str, domain: str, lookup: DnsLookup) -> Iterator[CheckResult]:
    exchangers = lookup(domain, "MX")
    if any(record.split()[-1:] == ["."] for record in exchangers):
        yield CheckResult(
            topic, domain, CheckGrade.BAD, "takes no mail (null MX)", "name a mail server in MX"
        )
    elif exchangers or lookup(domain, "A") or lookup(domain, "AAAA"):
        yield CheckResult(topic, domain, CheckGrade.GOOD, "takes mail")
    else:
        yield CheckResult(topic, domain, CheckGrade.BAD, "has no mail server", "name one in an MX record")


def _unsigned(domain: str) -> CheckResult:
    return CheckResult(
        "DKIM",
        domain,
        CheckGrade.WARNING,
        "no key here signs for it",
        "configure [dkim], unless the relay signs",
    )


def _link_scheme(base_url: str) -> CheckResult:
    if base_url.lower().startswith("https://"):
        return CheckResult("links", base_url, CheckGrade.GOOD, "one-click opt-out is reached by https")
    return CheckResult(
        "links",
        base_url,
        CheckGrade.BAD,
        "one-click opt-out (RFC 8058) needs https",
        "set tracking.base_url to an https address",
    )


def _key_name(key: DkimKey) -> str:
    return f"{key.selector}._domainkey.{key.domain}"
