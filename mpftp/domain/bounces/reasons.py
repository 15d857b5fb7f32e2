"""Why a message came back: a small closed list, and how replies and reports are read into it.

The one place where an SMTP reply (RFC 5321), a status (RFC 3463) and the words beside them become a
class, a reason and a status; ``mpftp.domain.bounces.phrases`` holds the words.
"""

from __future__ import annotations

import functools
import re
from enum import StrEnum
from typing import NamedTuple

from mpftp.domain.bounces.codes import REPLY, class_for, is_general, status_in
from mpftp.domain.bounces.phrases import Phrases, reason_pattern
from mpftp.domain.bounces.phrases.ours import OURS
from mpftp.domain.bounces.phrases.path import PATH
from mpftp.domain.bounces.phrases.recipient import RECIPIENT
from mpftp.domain.bounces.phrases.sender import SENDER
from mpftp.domain.bounces.phrases.vague import VAGUE
from mpftp.domain.bounces.steps import BEFORE_RECIPIENT, find_step, refusal_words
from mpftp.domain.campaign import BounceClass
from mpftp.domain.sending.transport import Step
from mpftp.domain.texts import texts


class BounceReason(StrEnum):
    """Every reason there is; the state file and the result files know no other."""

    USER_UNKNOWN = "user-unknown"
    DOMAIN_UNKNOWN = "domain-unknown"
    BAD_ADDRESS = "bad-address"
    MAILBOX_FULL = "mailbox-full"
    MAILBOX_DISABLED = "mailbox-disabled"
    MOVED = "moved"
    UNREACHABLE = "unreachable"
    EXPIRED = "expired"
    SPAM = "spam"
    BLOCKED = "blocked"
    AUTHENTICATION = "authentication"
    RATE_LIMITED = "rate-limited"
    GREYLISTED = "greylisted"
    POLICY = "policy"
    SENDER_REFUSED = "sender-refused"
    RELAYING = "relaying"
    TOO_LARGE = "too-large"
    CONTENT = "content"
    ACCENTS = "accents"
    LOOP = "loop"
    SYSTEM = "system"
    OTHER = "other"


class RefusalSubject(StrEnum):
    """Whose trouble a refusal tells of; UNCLEAR where its words fit more than one."""

    RECIPIENT = "recipient"
    OURS = "ours"
    MESSAGE = "message"
    PATH = "path"
    UNCLEAR = "unclear"


class Reading(NamedTuple):
    """A refusal as understood: why, whose trouble it is, and at which step it came."""

    reason: BounceReason
    subject: RefusalSubject
    step: Step


_STATUSES: dict[BounceReason, str] = {
    BounceReason.USER_UNKNOWN: "1.1",
    BounceReason.DOMAIN_UNKNOWN: "1.2",
    BounceReason.BAD_ADDRESS: "1.3",
    BounceReason.MAILBOX_FULL: "2.2",
    BounceReason.MAILBOX_DISABLED: "2.1",
    BounceReason.MOVED: "1.6",
    BounceReason.UNREACHABLE: "4.1",
    BounceReason.EXPIRED: "4.7",
    BounceReason.SPAM: "7.1",
    BounceReason.BLOCKED: "7.1",
    BounceReason.AUTHENTICATION: "7.26",
    BounceReason.RATE_LIMITED: "7.0",
    BounceReason.GREYLISTED: "7.1",
    BounceReason.POLICY: "7.1",
    BounceReason.SENDER_REFUSED: "1.8",
    BounceReason.RELAYING: "7.1",
    BounceReason.TOO_LARGE: "3.4",
    BounceReason.CONTENT: "6.0",
    BounceReason.ACCENTS: "6.7",
    BounceReason.LOOP: "4.6",
    BounceReason.SYSTEM: "3.0",
    BounceReason.OTHER: "0.0",
}
"""Reason -> subject and detail of its RFC 3463 status."""

_BY_STATUS: dict[str, BounceReason] = {
    "1.1": BounceReason.USER_UNKNOWN,
    "1.2": BounceReason.DOMAIN_UNKNOWN,
    "1.3": BounceReason.BAD_ADDRESS,
    "1.4": BounceReason.BAD_ADDRESS,
    "1.6": BounceReason.MOVED,
    "1.7": BounceReason.SENDER_REFUSED,
    "1.8": BounceReason.SENDER_REFUSED,
    "1.9": BounceReason.RELAYING,
    "1.10": BounceReason.DOMAIN_UNKNOWN,
    "1.90": BounceReason.RATE_LIMITED,
    "1.351": BounceReason.USER_UNKNOWN,
    "2.1": BounceReason.MAILBOX_DISABLED,
    "2.2": BounceReason.MAILBOX_FULL,
    "2.3": BounceReason.TOO_LARGE,
    "2.121": BounceReason.RATE_LIMITED,
    "2.122": BounceReason.RATE_LIMITED,
    "2.252": BounceReason.SENDER_REFUSED,
    "3.1": BounceReason.SYSTEM,
    "3.2": BounceReason.SYSTEM,
    "3.3": BounceReason.SYSTEM,
    "3.4": BounceReason.TOO_LARGE,
    "3.5": BounceReason.SYSTEM,
    "4.1": BounceReason.UNREACHABLE,
    "4.2": BounceReason.UNREACHABLE,
    "4.3": BounceReason.SYSTEM,
    "4.4": BounceReason.DOMAIN_UNKNOWN,
    "4.5": BounceReason.RATE_LIMITED,
    "4.6": BounceReason.LOOP,
    "4.7": BounceReason.EXPIRED,
    "4.8": BounceReason.LOOP,
    "4.14": BounceReason.LOOP,
    "4.310": BounceReason.DOMAIN_UNKNOWN,
    "4.312": BounceReason.UNREACHABLE,
    "5.2": BounceReason.SYSTEM,
    "5.3": BounceReason.RATE_LIMITED,
    "5.6": BounceReason.TOO_LARGE,
    "6.7": BounceReason.ACCENTS,
    "6.8": BounceReason.ACCENTS,
    "6.9": BounceReason.ACCENTS,
    "6.10": BounceReason.ACCENTS,
    "7.0": BounceReason.POLICY,
    "7.1": BounceReason.POLICY,
    "7.2": BounceReason.POLICY,
    "7.7": BounceReason.CONTENT,
    "7.13": BounceReason.MAILBOX_DISABLED,
    "7.17": BounceReason.MOVED,
    "7.18": BounceReason.MOVED,
    "7.20": BounceReason.AUTHENTICATION,
    "7.21": BounceReason.AUTHENTICATION,
    "7.22": BounceReason.AUTHENTICATION,
    "7.23": BounceReason.AUTHENTICATION,
    "7.24": BounceReason.AUTHENTICATION,
    "7.25": BounceReason.AUTHENTICATION,
    "7.26": BounceReason.AUTHENTICATION,
    "7.27": BounceReason.SENDER_REFUSED,
    "7.28": BounceReason.RATE_LIMITED,
    "7.57": BounceReason.RELAYING,
    "7.64": BounceReason.RELAYING,
    "7.124": BounceReason.SENDER_REFUSED,
    "7.133": BounceReason.SENDER_REFUSED,
    "7.134": BounceReason.SENDER_REFUSED,
    "7.136": BounceReason.SENDER_REFUSED,
    "7.232": BounceReason.RATE_LIMITED,
    "7.233": BounceReason.RATE_LIMITED,
    "7.501": BounceReason.SENDER_REFUSED,
    "7.502": BounceReason.SENDER_REFUSED,
    "7.503": BounceReason.SENDER_REFUSED,
    "7.508": BounceReason.RATE_LIMITED,
    "7.509": BounceReason.AUTHENTICATION,
    "7.511": BounceReason.BLOCKED,
    "7.606": BounceReason.BLOCKED,
    "7.705": BounceReason.RATE_LIMITED,
    "7.708": BounceReason.BLOCKED,
}
"""Subject and detail of a status (RFC 3463; the IANA registry; those of Exchange Online) -> reason."""

_BY_SUBJECT = {
    "3": BounceReason.SYSTEM,
    "4": BounceReason.UNREACHABLE,
    "6": BounceReason.CONTENT,
    "7": BounceReason.POLICY,
}
"""What a detail that is zero or unknown leaves; of the address and the mailbox (1, 2) it leaves nothing."""

_BY_REPLY = {
    "421": BounceReason.UNREACHABLE,
    "431": BounceReason.SYSTEM,
    "441": BounceReason.UNREACHABLE,
    "442": BounceReason.UNREACHABLE,
    "446": BounceReason.LOOP,
    "451": BounceReason.SYSTEM,
    "452": BounceReason.SYSTEM,
    "522": BounceReason.MAILBOX_FULL,
    "552": BounceReason.MAILBOX_FULL,
    "556": BounceReason.DOMAIN_UNKNOWN,
}
"""What a bare reply code (RFC 5321, section 4.2; RFC 7504) tells; the others tell nothing."""

_ORDER: tuple[tuple[str, BounceReason], ...] = (
    ("recipient", BounceReason.ACCENTS),
    ("sender", BounceReason.GREYLISTED),
    ("ours", BounceReason.RATE_LIMITED),
    ("sender", BounceReason.SPAM),
    ("ours", BounceReason.AUTHENTICATION),
    ("recipient", BounceReason.MAILBOX_FULL),
    ("sender", BounceReason.LOOP),
    ("ours", BounceReason.SENDER_REFUSED),
    ("ours", BounceReason.RELAYING),
    ("ours", BounceReason.BLOCKED),
    ("sender", BounceReason.BLOCKED),
    ("sender", BounceReason.TOO_LARGE),
    ("sender", BounceReason.CONTENT),
    ("recipient", BounceReason.MOVED),
    ("path", BounceReason.SYSTEM),
    ("recipient", BounceReason.MAILBOX_DISABLED),
    ("path", BounceReason.UNREACHABLE),
    ("path", BounceReason.EXPIRED),
    ("recipient", BounceReason.DOMAIN_UNKNOWN),
    ("recipient", BounceReason.USER_UNKNOWN),
    ("sender", BounceReason.RELAYING),
)
"""Which clear words win where a text holds several: those about us, then the narrower ones."""

_OF_RECIPIENT = frozenset(
    {
        BounceReason.USER_UNKNOWN,
        BounceReason.DOMAIN_UNKNOWN,
        BounceReason.BAD_ADDRESS,
        BounceReason.MAILBOX_FULL,
        BounceReason.MAILBOX_DISABLED,
        BounceReason.MOVED,
    }
)
_OF_US = frozenset(
    {
        BounceReason.AUTHENTICATION,
        BounceReason.RATE_LIMITED,
        BounceReason.SENDER_REFUSED,
        BounceReason.GREYLISTED,
    }
)
_OF_MESSAGE = frozenset(
    {BounceReason.SPAM, BounceReason.CONTENT, BounceReason.TOO_LARGE, BounceReason.ACCENTS}
)
_OF_PATH = frozenset({BounceReason.UNREACHABLE, BounceReason.EXPIRED, BounceReason.SYSTEM, BounceReason.LOOP})
_SUBJECTS = {
    **dict.fromkeys(_OF_RECIPIENT, RefusalSubject.RECIPIENT),
    **dict.fromkeys(_OF_US, RefusalSubject.OURS),
    **dict.fromkeys(_OF_MESSAGE, RefusalSubject.MESSAGE),
    **dict.fromkeys(_OF_PATH, RefusalSubject.PATH),
}
"""Whose trouble a reason is by itself; BLOCKED, POLICY, RELAYING and OTHER do not say."""

_TRANSIENT = re.compile(
    r"\b(?:temporar\w+|temporal(?:mente)?|momentane\w+|provisori\w+|pagamento|inadimpl\w+|payment|overdue|unpaid|billing|pago"
    r"|bandwidth|pending|awaiting"
    r"|at this time|right now|no momento|en este momento|under maintenance|em manutencao|en mantenimiento)\b"
)
"""Words of a state that may pass: who is so today need not be so when the next campaign goes out."""

_ANSWERS_AUTH = re.compile(r"(?<![\d.])53[0458](?![\d.])|5\.7\.[89]$")
"""Replies and statuses of RFC 4954: the user of whom they speak is the one who logs in."""

MAX_SEARCHED_CHARS = 4000
"""Characters of a text that are searched for words; no server needs more to say why."""


def find_reason(code: str, text: str) -> BounceReason:
    """The reason that a reply or report gives (``read_refusal``)."""
    return read_refusal(code, text).reason


@functools.lru_cache(maxsize=1024)
def read_refusal(code: str, text: str, step: Step = Step.UNKNOWN) -> Reading:
    """Understand a refusal: why, whose trouble it is, and what was refused.

    *code* is an SMTP reply code, an RFC 3463 status, both (``"550 5.1.1"``) or empty; *text* is what
    the server wrote; *step* is known at sending time, and the text may name one: an earlier server's, of
    a relay that repeats it. Clear words win over the code, for servers choose their codes loosely; a
    status whose detail says something wins over vague words, and these over all other codes.
    """
    text = text[:MAX_SEARCHED_CHARS]
    named = find_step(text)
    step = named if named in BEFORE_RECIPIENT else step or named
    words, status = refusal_words(text), status_in(code)
    table, reason = _clear(words) or _coded(code, status, text, words)
    subject = RefusalSubject.OURS if table == "ours" else _SUBJECTS.get(reason, RefusalSubject.UNCLEAR)
    if (
        subject is RefusalSubject.RECIPIENT
        and reason is not BounceReason.DOMAIN_UNKNOWN
        and (_TRANSIENT.search(words) or status.endswith(".7.13"))  # RFC 5248: who sends, mostly
    ):
        subject = RefusalSubject.UNCLEAR
    if step in BEFORE_RECIPIENT or status.endswith((".1.7", ".1.8")) or _ANSWERS_AUTH.search(code):
        return Reading(_of_sender(reason, step), RefusalSubject.OURS, step)
    of_us = _BY_STATUS.get(status[2:])
    if reason in _OF_RECIPIENT and of_us in (BounceReason.AUTHENTICATION, BounceReason.SENDER_REFUSED):
        return Reading(of_us, RefusalSubject.OURS, step)
    return Reading(reason, subject, step)


def _of_sender(reason: BounceReason, step: Step) -> BounceReason:
    """*reason* as an answer that came before any recipient was named can mean it."""
    if reason not in _OF_RECIPIENT | {BounceReason.OTHER, BounceReason.POLICY, BounceReason.RELAYING}:
        return reason
    return BounceReason.BLOCKED if step in (Step.CONNECT, Step.HELO) else BounceReason.SENDER_REFUSED


def _coded(code: str, status: str, text: str, words: str) -> tuple[str, BounceReason]:
    """The reason of *code*, which holds *status*, of those in *text*, and of vague *words* that say more."""
    report_text = status_in(text)
    digit = code.lstrip()[:1]  # of a transcript, what is of another class is another command's
    if report_text.startswith(digit) and (not status or is_general(status)):
        status = report_text or status
    _, subject, detail = status.split(".") if status else ("", "", "")
    if known := _BY_STATUS.get(f"{subject}.{detail}"):
        return "status", known
    if vague := _vague(words):
        return "vague", vague
    if known := _BY_SUBJECT.get(subject):
        return "status", known
    reply = REPLY.search(code) or REPLY.search(text[:200])
    known = _BY_REPLY.get(reply[1]) if reply and reply[1].startswith(digit) and not subject else None
    return "reply", known or BounceReason.OTHER


_Pattern = tuple[str, BounceReason, re.Pattern[str]]


@functools.lru_cache(maxsize=2048)
def _clear(words: str) -> tuple[str, BounceReason] | None:
    """The first reason whose clear phrases are found in *words* (``refusal_words``), and its table."""
    return next(((table, reason) for table, reason, pattern in _patterns()[0] if pattern.search(words)), None)


def _vague(words: str) -> BounceReason | None:
    return next((reason for _, reason, pattern in _patterns()[1] if pattern.search(words)), None)


@functools.cache
def _patterns() -> tuple[list[_Pattern], list[_Pattern]]:
    """Clear and vague patterns, as they are tried; compiled at first need: most commands never do."""
    tables: dict[str, Phrases] = {"ours": OURS, "sender": SENDER, "recipient": RECIPIENT, "path": PATH}
    clear = [(table, reason, reason_pattern(tables[table][reason.value])) for table, reason in _ORDER]
    return clear, [("vague", BounceReason(key), reason_pattern(phrases)) for key, phrases in VAGUE.items()]


def make_status(code: str, text: str) -> str:
    """The RFC 3463 status of a reply: its own, or one made of its class and its reason.

    *code* and *text* are as for ``find_reason``.
    """
    stated, report_text = status_in(code), status_in(text)
    digit = "4" if class_for(code or report_text) is BounceClass.TRANSIENT else "5"
    for status in (stated, report_text):
        if status.startswith(digit) and not is_general(status):
            return status
    reason = find_reason(code, text)
    return stated if stated and reason is BounceReason.OTHER else f"{digit}.{_STATUSES[reason]}"


def reason_text(reason: BounceReason | str, language: str) -> str:
    """The reason for a reader of *language*; an unknown key reads as OTHER."""
    words = texts(language).BOUNCE_REASONS
    return words.get(reason) or words[BounceReason.OTHER]
