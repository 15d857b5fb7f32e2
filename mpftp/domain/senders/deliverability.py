"""What DNS must say so that large receivers take a sender's mail: SPF, DKIM, DMARC, and its domains.

Sources: RFC 7208 (SPF), 6376 (DKIM), 7489 (DMARC), and what Gmail and Yahoo ask of bulk senders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mpftp.domain.messages.dkim import DkimKey, keys_for
from mpftp.domain.messages.international import wire_address
from mpftp.domain.senders import spf
from mpftp.domain.senders.dnsname import Lookup, LookupFailedError, parents, tags_of, within


class Grade(StrEnum):
    """How a check went; UNKNOWN when DNS did not answer."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its *topic* (``SPF``), the DNS name it is about, what was found, what to do about it."""

    topic: str
    name: str
    grade: Grade
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the From address, the envelope's address, the keys that sign, the relay's IP addresses.

    *relays* may be empty when it is not known from where the relay sends; *base_url* is where the
    links of the messages lead.
    """

    from_email: str
    bounce_address: str
    keys: Sequence[DkimKey] = ()
    relays: Sequence[str] = ()
    base_url: str = ""


def examine(sender: Sender, lookup: Lookup) -> list[Check]:
    """Every check of *sender*, the bad ones included; *lookup* asks DNS."""
    domain = _domain_of(sender.from_email)
    bounces = _domain_of(sender.bounce_address)
    keys = keys_for(sender.from_email, sender.keys)
    groups: list[tuple[str, str, Callable[[], Iterable[Check]]]] = [
        ("SPF", bounces, lambda: _spf(bounces, sender.relays, lookup)),
        *(("DKIM", _key_name(key), lambda key=key: _dkim(key, lookup)) for key in keys),
        ("DMARC", f"_dmarc.{domain}", lambda: _dmarc(domain, bounces, bool(keys), lookup)),
        ("replies", domain, lambda: _mail_arrives("replies", domain, lookup)),
        ("bounces", bounces, lambda: _mail_arrives("bounces", bounces, lookup)),
    ]
    checks: list[Check] = []
    for topic, name, check in groups:
        try:
            checks += check()
        except LookupFailedError as error:
            checks.append(Check(topic, name, Grade.UNKNOWN, f"DNS did not answer: {error}"))
    if not keys:
        checks.append(_unsigned(domain))
    if sender.base_url:
        checks.append(_link_scheme(sender.base_url))
    return checks


def _spf(domain: str, relays: Sequence[str], lookup: Lookup) -> Iterator[Check]:
    report = spf.examine(domain, relays, lookup)
    for fault in report.faults:
        yield Check("SPF", domain, Grade.BAD, fault.said, fault.remedy)
    for relay, result in report.results.items():
        if result == "pass":
            yield Check("SPF", domain, Grade.GOOD, f"{relay} may send")
        else:
            yield Check("SPF", domain, Grade.BAD, f"{relay} gets {result!r}", f"add it: ip4:{relay}")
    if report.record and not report.faults and not relays:
        yield Check("SPF", domain, Grade.GOOD, f"{report.record!r}, {report.lookups} look-ups of at most 10")


def _dkim(key: DkimKey, lookup: Lookup) -> Iterator[Check]:
    name = _key_name(key)
    records = [text for text in lookup(name, "TXT") if "p=" in text]
    publish = f"publish this TXT record: {key.record}"
    if not records:
        yield Check("DKIM", name, Grade.BAD, "there is no key", publish)
        return
    if len(records) > 1:
        yield Check("DKIM", name, Grade.BAD, "there is more than one key", "keep only ours; " + publish)
        return
    tags = tags_of(records[0])
    if not tags.get("p"):
        yield Check("DKIM", name, Grade.BAD, "the key was revoked (p= is empty)", publish)
    elif "".join(tags["p"].split()) != key.public:
        yield Check("DKIM", name, Grade.BAD, "the key is not the one that signs here", publish)
    elif "y" in tags.get("t", "").split(":"):
        yield Check("DKIM", name, Grade.WARNING, "the key is marked as a test (t=y)", "remove t=y")
    else:
        yield Check("DKIM", name, Grade.GOOD, f"the {key.algorithm} key is ours")


def _dmarc(domain: str, bounces: str, is_signed: bool, lookup: Lookup) -> Iterator[Check]:
    """The policy of *domain* or its nearest parent that has one, and whether our mail is aligned with it."""
    name, records = f"_dmarc.{domain}", list[str]()
    for candidate in (domain, *parents(domain)):
        records = [text for text in lookup(f"_dmarc.{candidate}", "TXT") if text.startswith("v=DMARC1")]
        if records:
            name = f"_dmarc.{candidate}"
            break
    remedy = f"publish a TXT record at _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:dmarc@{domain}"
    if len(records) != 1:
        said = "there is more than one policy, so none counts" if records else "there is no policy"
        yield Check("DMARC", name, Grade.BAD, said, remedy)
        return
    tags = tags_of(records[0])
    if tags.get("p", "").lower() not in ("none", "quarantine", "reject"):
        yield Check("DMARC", name, Grade.BAD, f"no valid p= in {records[0]!r}", remedy)
        return
    yield Check("DMARC", name, Grade.GOOD, f"p={tags['p']}")
    if "rua" not in tags:
        yield Check("DMARC", name, Grade.WARNING, "nobody gets the reports", f"add rua=mailto:dmarc@{domain}")
    if not is_signed and not within(bounces, name.removeprefix("_dmarc.")):
        yield Check(
            "DMARC",
            name,
            Grade.BAD,
            f"nothing is aligned: the envelope's domain is {bounces} and no key here signs for {domain}",
            f"sign with DKIM for {domain}, or take bounces at a domain under it",
        )


def _mail_arrives(topic: str, domain: str, lookup: Lookup) -> Iterator[Check]:
    exchangers = lookup(domain, "MX")
    if any(record.split()[-1:] == ["."] for record in exchangers):
        yield Check(topic, domain, Grade.BAD, "takes no mail (null MX)", "name a mail server in MX")
    elif exchangers or lookup(domain, "A") or lookup(domain, "AAAA"):
        yield Check(topic, domain, Grade.GOOD, "takes mail")
    else:
        yield Check(topic, domain, Grade.BAD, "has no mail server", "name one in an MX record")


def _unsigned(domain: str) -> Check:
    return Check(
        "DKIM",
        domain,
        Grade.WARNING,
        "no key here signs for it",
        "configure [dkim], unless the relay signs",
    )


def _link_scheme(base_url: str) -> Check:
    if base_url.lower().startswith("https://"):
        return Check("links", base_url, Grade.GOOD, "one-click opt-out is reached by https")
    return Check(
        "links",
        base_url,
        Grade.BAD,
        "one-click opt-out (RFC 8058) needs https",
        "set tracking.base_url to an https address",
    )


def _key_name(key: DkimKey) -> str:
    return f"{key.selector}._domainkey.{key.domain}"


def _domain_of(address: str) -> str:
    return wire_address(address).rpartition("@")[2].lower()
