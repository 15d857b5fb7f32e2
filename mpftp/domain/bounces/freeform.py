"""Reports in prose: which addresses a text names as failed, for many programs and languages.

An address is ranked by how it stands in the text: after a label that says "recipient", alone at the
start of a line, in a sentence about failing, or merely mentioned. The best rank that any address has
wins, and the message that was returned settles what the text leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from mpftp.domain.bounces.auto_replies import REPLY_PREFIX
from mpftp.domain.bounces.dsn import (
    ADDRESS_PATTERN,
    RecipientStatus,
    is_delivery_status,
    names_recipient,
    strip_address,
)
from mpftp.domain.bounces.local_parts import (
    MAX_CONTEXT_LINES,
    find_listed_names,
    find_phrase_names,
    returned_recipients,
)
from mpftp.domain.bounces.mime import MimeHeaders, MimeMessage, MimePart, parse_headers, strip_markup
from mpftp.domain.bounces.phrases import normalize
from mpftp.domain.bounces.phrases.prose import (
    COPY_BEGINS,
    DELAYED,
    FAILED,
    GAVE_UP,
    OF_HEADER,
    OF_HELP,
    OF_ORIGINAL,
    OF_RECIPIENT,
    OF_SENDER,
    OF_STRANGERS,
    REPORT_SUBJECT,
    UNDELIVERED,
    WARNING_ONLY,
)

MAX_REPORT_CHARS = 60_000
MAX_LINES = 1_500
MAX_ADDRESSES = 200
MAX_REPORT_LINE_CHARS = 1_000

_LABEL = re.compile(
    r"^[\s>*#|.-]{0,8}(?:[45]\d\d[\s-]+)?(?:[45]\.\d\.\d+\s+)?([^\W\d_][^:=@<>\n]{0,70}?)\s{0,4}[:=]\s*(?=\S)"
)
_ALONE_BEFORE = re.compile(
    r"^[\W\d_]*+(?:(?:smtp|rfc822)[;:\s]|(?:to|e-?mail)[:\s])?[\W\d_]*$",
    re.IGNORECASE,
)
_ENVELOPE = re.compile(r"(?i)\brcpt\s++to\s*+:?\s*+<?\s*+$")
_NOT_TO = re.compile(
    r"(?i)(?:https?://\S*|\bmailto:|(?<!expanded )(?<!generated )(?<!forwarded )\b(?:from|by)[\s:=]+[<\"']?)$"
)
_SENT_BY = re.compile(
    r"(?i)\b(?:sent|written|enviad[ao]) (?:by|por|from)\s*+:?\s*+$|^\s*(?:from|de|von)\s*:\s*$"
)
_REPORTER = re.compile(
    r"(?i)daemon|post_?master|microsoft ?(?:exchange|outlook)|mail[. _-]?(?:delivery|system|admin|service)"
    r"|^<>|delivery.?(?:system|status)"
)
_OF_A_COPY = re.compile(
    r"(?i)[ \t>|]{0,4}(?:x-(?!supplementary|smtp|failed|postfix|notes)[\w-]{1,60}|received|dkim-signature"
    r"|arc-[\w-]{1,40}|authentication-results|mime-version|content-[\w-]{1,40}|return-path|message-id)[ \t]*:"
)
"""A line of the returned message's headers, where nothing else marks them."""
_EXPANDED = re.compile(r"(?i)\b(?:expanded|generated|forwarded) from:?\s*+<?\s*+([^\s<>()]+@[^\s<>()]+)")
_FINAL = re.compile(r"(?<![\d.])5\.\d\.\d{1,3}(?![\d.])|(?<![\d.])55\d[ -]")
_DAEMON = re.compile(
    r"(?i)^(?:mailer-daemon|postmaster|mail-?daemon|mdaemon|root|mailer|double-bounce)(?=[@+-])"
)


class Evidence(IntEnum):
    """How strongly a text says that an address failed; the lowest number is the strongest."""

    ORIGINAL = 0
    LABELLED = 1
    ALONE = 2
    SENTENCE = 3
    MENTIONED = 4
    HEADER = 5
    OWN = 6


@dataclass(frozen=True, slots=True)
class ReportText:
    """What a report says itself: *text*, *subject*, *author*; and the headers of the messages it returns."""

    text: str
    returned: tuple[MimeHeaders, ...]
    subject: str
    author: str


def parse_report_text(message: MimeMessage) -> ReportText:
    """Part the report's own words from the message that it returns."""
    report, returned = message.headers, message.returned
    text, copy, remainder = _split_returned(
        _prose([section for section in message.sections if not section.returned])
    )
    if not ADDRESS_PATTERN.search(text) and returned and _REPORTER.search(returned[0].get("from")):
        # A gateway put the whole report into another message.
        report, returned = returned[0], returned[1:]
        text, copy, _ = _split_returned(_prose(message.sections))
    elif _REPORTER.search(copy.get("from")) and names_recipient(remainder):
        # A gateway wrote the whole report into its own text.
        report = copy
        text, copy, _ = _split_returned(remainder)
    copied = (copy,) if copy else ()
    return ReportText(text, (*returned, *copied), report.get("subject"), report.get("from"))


def _prose(sections: Sequence[MimePart]) -> str:
    """The text of the plain sections; of the HTML ones where those name no address."""
    texts = [
        section
        for section in sections
        if section.kind.startswith("text/") and not is_delivery_status(section)
    ]
    plain_text = "\n".join(s.text for s in texts if s.kind not in ("text/html", "text/rfc822-headers"))
    if ADDRESS_PATTERN.search(plain_text):
        return plain_text[:MAX_REPORT_CHARS]
    pages = "\n".join(strip_markup(section.text) for section in texts if section.kind == "text/html")
    return f"{plain_text}\n{pages}"[:MAX_REPORT_CHARS]


def _split_returned(text: str) -> tuple[str, MimeHeaders, str]:
    """*text* up to the returned message, that message's headers, and its body.

    A mark with no address before it is the report's own headline, and the text goes on.
    """
    first = ADDRESS_PATTERN.search(text)
    match = COPY_BEGINS.search(text, first.end()) if first else None
    if not match:
        return text, MimeHeaders([]), ""
    remainder = text[match.start() :]
    first = re.search(
        r"(?im)^[ \t>|]{0,4}(?:received|return-path|from|to|message-id|date|subject)[ \t]*:", remainder
    )
    copy = re.sub(r"(?m)^[ \t>|]{1,4}(?=[\w-]+:)", "", remainder[first.start() :]) if first else ""
    body = re.split(r"\r\n\r\n|\n\n|\r\r", copy, maxsplit=1)[1:]
    return text[: match.start()], parse_headers(copy.encode("utf-8", "replace")), "".join(body)


def find_failed_recipients(
    message: MimeMessage, report_text: ReportText, general: RecipientStatus | None
) -> list[RecipientStatus]:
    """The recipients that the headers and the text name as failed.

    *general* is a status of RFC 3464 without a recipient, when the report has one. A mail system that names
    no recipient gets one entry without an address: the address that its report came to may tell.
    """
    contexts = _named_by_headers(message.headers, report_text)
    if not contexts and not (general or is_about_failure(message, report_text)):
        return []
    if not contexts:
        contexts, best = _named_by_text(message, report_text)
        if best > Evidence.SENTENCE:
            believed = general or _REPORTER.search(
                report_text.author
            )  # a person speaks of unknown users, too
            name = general.name if general else ""
            names = (
                find_phrase_names(message, report_text.returned, _lines(report_text), name)
                if believed
                else {}
            )
            contexts, best = (
                (names, Evidence.SENTENCE)
                if names
                else (_named_by_subject(message, report_text) or contexts, best)
            )
        if best is Evidence.OWN or not contexts:
            contexts = _named_by_copy(message, report_text) or contexts
    if not contexts and (general or is_by_mail_system(message)):
        contexts = {"": ""}
    all_text = f"{report_text.subject}\n{report_text.text}"
    return [_status(address, context, all_text, general) for address, context in contexts.items()]


def _named_by_headers(headers: MimeHeaders, report_text: ReportText) -> dict[str, str]:
    """Exim, Gmail and others write the recipients into a field of the report's own header."""
    values = [value for name in ("x-failed-recipients", "x-failed-recipient") for value in headers.all(name)]
    contexts = {strip_address(match[0]): "" for value in values for match in ADDRESS_PATTERN.finditer(value)}
    return _with_context(list(contexts), _lines(report_text)) if len(contexts) > 1 else contexts


def _lines(report_text: ReportText) -> list[str]:
    return [line[:MAX_REPORT_LINE_CHARS] for line in report_text.text.splitlines()[:MAX_LINES]]


def _with_context(addresses: Sequence[str], lines: Sequence[str]) -> dict[str, str]:
    """Each address -> the lines about it: from wherever it is named to where another of them is.

    Many reports list the recipients first and say what became of each further down.
    """
    spelled = {address.lower(): address for address in addresses}
    about: dict[str, list[str]] = {key: [] for key in spelled}
    current: set[str] = set()
    left = 0
    for line in lines:
        named = {strip_address(match[0]).lower() for match in ADDRESS_PATTERN.finditer(line)} & spelled.keys()
        if named:
            current, left = named, MAX_CONTEXT_LINES
        for key in current if left and not _OF_A_COPY.match(line) else ():
            about[key].append(line)
        left -= bool(left)
    return {spelled[key]: "\n".join(context[: 3 * MAX_CONTEXT_LINES]) for key, context in about.items()}


def is_by_mail_system(message: MimeMessage) -> bool:
    """Whether the author is a mail system, and no reader's program that answers for its owner."""
    author = message.headers.get("from")
    return "x-failed-recipients" in message.headers or bool(_REPORTER.search(author))


def is_by_person(message: MimeMessage, report_text: ReportText) -> bool:
    """Whether a person wrote it, who may speak of failing or quote it: no mail system, no returned message.

    A subject that only reports have makes a report of it, unless somebody answers to one.
    """
    if is_by_mail_system(message) or _REPORTER.search(report_text.author) or message.returned:
        return False
    if message.parameters.get("report-type") == "delivery-status":
        return False
    subject = normalize(message.headers.get("subject"))
    if not REPORT_SUBJECT.search(subject):
        return True
    named = re.match(r"[^<>@]{2,}<", message.headers.get("from"))
    return bool(named and REPLY_PREFIX.match(subject))


def is_about_failure(message: MimeMessage, report_text: ReportText) -> bool:
    """Whether this reads like a report at all.

    A mail system needs few words to be believed. Of others, readers and their programs among them, only
    a subject or a sentence that no person writes makes a report: else an answer would end its author's mail.
    """
    words, subject = normalize(report_text.text[:6000]), normalize(report_text.subject)
    by_system = (
        _REPORTER.search(report_text.author) or message.parameters.get("report-type") == "delivery-status"
    )
    if by_system:
        return bool(FAILED.search(words) or FAILED.search(subject))
    return bool(FAILED.search(words) and (REPORT_SUBJECT.search(subject) or UNDELIVERED.search(words)))


def _named_by_text(message: MimeMessage, report_text: ReportText) -> tuple[dict[str, str], Evidence]:
    """The addresses of the best rank, each with the lines that follow it, and that rank."""
    lines = _lines(report_text)
    ranked = _rank_addresses(lines, _not_failed_addresses(message, report_text))
    best = min((rank for rank, _, _ in ranked.values()), default=Evidence.OWN)
    if best > Evidence.ALONE and (names := find_listed_names(message, report_text.returned, lines)):
        return names, Evidence.ALONE
    chosen = sorted((line_index, address) for rank, line_index, address in ranked.values() if rank == best)
    contexts = _with_context([address for _, address in chosen], lines)
    for context in list(contexts.values()):
        if match := _EXPANDED.search(context):
            contexts.setdefault(strip_address(match[1]), context)
    return contexts, best


def _rank_addresses(lines: list[str], own_addresses: set[str]) -> dict[str, tuple[Evidence, int, str]]:
    """Each address in lower case -> its best rank, the line where it has it, its spelling there."""
    ranked: dict[str, tuple[Evidence, int, str]] = {}
    above = ""
    for index, line in enumerate(lines):
        for match in ADDRESS_PATTERN.finditer(line):
            address = strip_address(match[0])
            rank = _rank(line, match.start(), address, own_addresses)
            if rank is Evidence.ALONE and _is_wrapped(lines, index, line[match.end() :]):
                rank = Evidence.MENTIONED
            if rank is Evidence.OWN and FAILED.search(normalize(above)):
                rank = Evidence.SENTENCE  # who writes to himself is told of it as well
            key = address.lower()
            if rank is None or (rank > Evidence.LABELLED and _SENT_BY.search(above)):
                continue
            if rank is Evidence.ORIGINAL:  # it stands for the one above
                ranked = {key: entry for key, entry in ranked.items() if entry[1] != index - 1}
                rank = Evidence.LABELLED
            if (key in ranked and rank >= ranked[key][0]) or len(ranked) > MAX_ADDRESSES:
                continue
            ranked[key] = (rank, index, address)
        above = line if line.strip() else above
    return ranked


def _is_wrapped(lines: list[str], index: int, remainder: str) -> bool:
    """Whether an address stands first on its line only because a long sentence was wrapped there."""
    before = lines[index - 1].rstrip() if index else ""
    return len(before) > 50 and bool(
        re.search(r"[a-z,]$", before) and re.match(r"[>)]? [a-z]{2,}", remainder)
    )


def _rank(line: str, start: int, address: str, own_addresses: set[str]) -> Evidence | None:
    """How strongly *line* says that *address*, which starts at *start*, failed; ``None``: it cannot have."""
    before = line[:start]
    if _DAEMON.match(address) or _NOT_TO.search(before):
        return None
    label = _LABEL.match(line)
    name = normalize(label[1]) if label and label.end() <= start + 1 else ""
    if name and OF_SENDER.search(name):
        return None
    unquoted = bool(_ALONE_BEFORE.match(before) or _ENVELOPE.search(before))
    if address.lower() in own_addresses:
        return Evidence.OWN if unquoted else None
    if name and OF_HELP.search(name):
        return None
    if name and OF_HEADER.search(name):
        return Evidence.HEADER
    if name and OF_ORIGINAL.search(name):
        return Evidence.ORIGINAL
    if name and OF_RECIPIENT.search(name) and not _ENVELOPE.search(before):
        return Evidence.LABELLED
    words = normalize(line)
    if unquoted:
        return Evidence.ALONE
    if OF_STRANGERS.search(words):
        return None
    return Evidence.SENTENCE if FAILED.search(words) else Evidence.MENTIONED


def _not_failed_addresses(message: MimeMessage, report_text: ReportText) -> set[str]:
    """Addresses that hardly are what failed: of this mailbox, of the sender, of the report's author."""
    outer = ("to", "from", "delivered-to", "return-path", "reply-to", "cc", "x-original-to", "sender")
    inner = ("from", "return-path", "reply-to", "sender", "errors-to")
    blocks = [(message.headers, outer), *((block, inner) for block in report_text.returned)]
    return {
        strip_address(match[0]).lower()
        for block, names in blocks
        for name in names
        for value in block.all(name)
        for match in ADDRESS_PATTERN.finditer(value)
    }


def _named_by_copy(message: MimeMessage, report_text: ReportText) -> dict[str, str]:
    """What the returned message was addressed to, when the report names no recipient."""
    own_addresses = _not_failed_addresses(message, report_text)
    recipients = [address for headers in report_text.returned for address in returned_recipients(headers)]
    others = [address for address in recipients if address.lower() not in own_addresses]
    return dict.fromkeys((others or recipients)[:1], "")


def _named_by_subject(message: MimeMessage, report_text: ReportText) -> dict[str, str]:
    """The addresses that the subject names."""
    own_addresses = _not_failed_addresses(message, report_text)
    addresses = [
        strip_address(match[0])
        for match in ADDRESS_PATTERN.finditer(report_text.subject[:MAX_REPORT_LINE_CHARS])
    ]
    return {
        address: ""
        for address in addresses
        if address.lower() not in own_addresses and not _DAEMON.match(address)
    }


def _status(address: str, context: str, all_text: str, general: RecipientStatus | None) -> RecipientStatus:
    if general:
        return RecipientStatus(general.action, general.status, general.diagnostic or context, final=address)
    action = "delayed" if is_delay(all_text) else "failed"
    return RecipientStatus(action, "", context, final=address)


def is_delay(text: str) -> bool:
    """Whether a report says that delivery goes on being tried."""
    words = normalize(text[:6000])
    if WARNING_ONLY.search(words):
        return True
    return bool(DELAYED.search(words)) and not GAVE_UP.search(words) and not _FINAL.search(words)
