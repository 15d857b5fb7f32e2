"""Mailboxes that a report names without a domain, as a server does among its own, and their domain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mpftp.domain.bounces.dsn import find_address, is_delivery_status, strip_address
from mpftp.domain.bounces.mime import MimeHeaders, MimeMessage, parse_headers
from mpftp.domain.bounces.phrases import normalize
from mpftp.domain.bounces.phrases.prose import ADDRESSED_TO, FAILED

MAX_CONTEXT_LINES = 8

_NAME = r"[A-Za-z0-9][\w.+-]{1,63}"
_ALONE = re.compile(rf"^[ \t>*-]{{1,12}}({_NAME})(?:(?:[ \t]{{2,}}| ?\().{{0,200}}|[:;,.]?\s*)$")
_IS_UNKNOWN = re.compile(
    rf"(?i)^[ \t>*-]{{0,12}}(?:55\d[ -]{{1,3}})?(?:5\.\d\.\d{{1,3}} )?[<\"']?({_NAME}?)[>\"']?"
    r"(?:\.\.\.|:)[ \t]{1,4}(?:(?:user|recipient|mailbox|account|addressee) (?:unknown|not found|does not)"
    r"|(?:unknown|no such) (?:local )?(?:user|recipient|mailbox|account|addressee))"
)
_UNKNOWN_IS = re.compile(
    r"(?i)\b(?:(?:user|recipient|mailbox|account|addressee) (?:unknown|not found)"
    r"|(?:unknown|no such|invalid) (?:local )?(?:user|recipient|mailbox|account|addressee))(?: here)?"
    rf"[ \t]{{0,2}}[:=][ \t]{{0,4}}[<\"'(]?({_NAME})[>\"')]?[.,;]?[ \t]*$"
)


def find_listed_names(
    message: MimeMessage, returned: Sequence[MimeHeaders], lines: list[str]
) -> dict[str, str]:
    """Names below a line such as "could not be delivered to:", completed -> the lines about each."""
    named: dict[str, str] = {}
    heading = -10
    for index, line in enumerate(lines):
        so_far = normalize(" ".join(lines[max(0, index - 1) : index + 1]))
        if line.rstrip().endswith(":") and FAILED.search(so_far) and ADDRESSED_TO.search(so_far):
            heading = index
        elif index - heading <= 3 and (match := _ALONE.match(line)):
            named[match[1]] = "\n".join(lines[index : index + MAX_CONTEXT_LINES])
    return _completed(named, message, returned, lines)


def find_phrase_names(
    message: MimeMessage, returned: Sequence[MimeHeaders], lines: list[str], name: str = ""
) -> dict[str, str]:
    """Names in phrases such as "jsmith... User unknown", completed; *name* is one that a field gave."""
    named = {name: ""} if name else {}
    for line in () if name else lines:
        if match := _IS_UNKNOWN.match(line) or _UNKNOWN_IS.search(line):
            named.setdefault(match[1], line)
    return _completed(named, message, returned, lines)


def _completed(
    names: dict[str, str], message: MimeMessage, returned: Sequence[MimeHeaders], lines: list[str]
) -> dict[str, str]:
    """*names* with a domain: of an addressee whom the returned message names, else of the reporter."""
    if not names:
        return {}
    written_to = [address for headers in returned for address in returned_recipients(headers)]
    written_to += [find_address(line) for line in lines if re.match(r"(?i)[ \t>|]{0,4}to:", line)]
    complete = {address.partition("@")[0].lower(): address for address in reversed(written_to)}
    domain = _reporter_domain(message)
    domains = (address.rpartition("@")[2] for address in written_to)
    domain = next((host for host in domains if domain and guess_domain(host) == domain), domain)
    completed = {complete.get(name.lower(), f"{name}@{domain}"): about for name, about in names.items()}
    return {address: about for address, about in completed.items() if not address.endswith("@")}


def _reporter_domain(message: MimeMessage) -> str:
    """The domain that the server which reports most likely serves, or ``""``."""
    blocks = [
        parse_headers(s.text.encode("utf-8", "replace")) for s in message.sections if is_delivery_status(s)
    ]  # the first group is that of the message (RFC 3464, 2.2)
    hosts = [re.sub(r"^\s*\w+\s*;\s*", "", block.get("reporting-mta")) for block in blocks]
    hosts.append(find_address(message.headers.get("from")).rpartition("@")[2])
    hosts += re.findall(r"(?i)^from\s+([\w.-]{1,255})", message.headers.get("received"))
    named = (host.strip(" .").lower() for host in hosts)
    return next((guess_domain(host) for host in named if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", host)), "")


def guess_domain(host: str) -> str:
    """The domain that a mail server most likely serves: ``mx1.example.com.br`` -> ``example.com.br``."""
    labels = host.lower().split(".")
    country = len(labels[-1]) == 2 and len(labels) > 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if country else -2 :])


def returned_recipients(headers: MimeHeaders) -> Iterator[str]:
    """The addresses that a returned message's fields say it was for, the surest first."""
    for name in ("x-original-to", "delivered-to", "x-rcpt-to", "to", "apparently-to"):
        if address := find_address(headers.get(name)):
            yield address
    for value in headers.all("received"):
        if match := re.search(r"(?i)\sfor\s+<?([^\s<>;]+@[^\s<>;]+)>?", value):
            yield strip_address(match[1])
