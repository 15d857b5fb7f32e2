"""Why a message came back: a small closed list, its texts, and how replies and reports are read into it.

The one place where an SMTP reply (RFC 5321), a status (RFC 3463) and the words beside them become a
class, a reason and a status; ``mpftp.domain.reports.phrases`` holds the words.
"""

from __future__ import annotations

import functools
import re
from enum import StrEnum

from mpftp.domain.campaign import BounceClass
from mpftp.domain.reports.phrases import Phrases, any_of, plain
from mpftp.domain.reports.phrases.recipient import RECIPIENT
from mpftp.domain.reports.phrases.sender import SENDER
from mpftp.domain.reports.phrases.vague import VAGUE


class Reason(StrEnum):
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


_TEXTS: dict[Reason, tuple[str, str, str]] = {
    Reason.USER_UNKNOWN: ("1.1", "e-mail inexistente", "the address does not exist"),
    Reason.DOMAIN_UNKNOWN: ("1.2", "domínio inexistente", "the domain does not exist"),
    Reason.BAD_ADDRESS: ("1.3", "endereço inválido", "the address is not valid"),
    Reason.MAILBOX_FULL: ("2.2", "caixa postal cheia", "the mailbox is full"),
    Reason.MAILBOX_DISABLED: ("2.1", "caixa postal desativada", "the mailbox is disabled"),
    Reason.MOVED: ("1.6", "destinatário mudou de endereço", "the recipient has moved to another address"),
    Reason.UNREACHABLE: ("4.1", "servidor do destinatário não responde", "the recipient's server is away"),
    Reason.EXPIRED: ("4.7", "prazo de entrega esgotado", "the time allowed for delivery ran out"),
    Reason.SPAM: ("7.1", "mensagem recusada como spam", "refused as spam"),
    Reason.BLOCKED: ("7.1", "remetente bloqueado pelo provedor", "the provider blocks our server"),
    Reason.AUTHENTICATION: (
        "7.26",
        "falha na autenticação do remetente (SPF, DKIM ou DMARC)",
        "the sender's authentication failed (SPF, DKIM or DMARC)",
    ),
    Reason.RATE_LIMITED: (
        "7.0",
        "limite de mensagens do provedor excedido",
        "over the provider's rate limit",
    ),
    Reason.GREYLISTED: ("7.1", "adiada pelo provedor (greylisting)", "put off by the provider (greylisting)"),
    Reason.POLICY: ("7.1", "recusada pela política do provedor", "refused by the provider's policy"),
    Reason.SENDER_REFUSED: ("1.8", "remetente recusado pelo provedor", "the provider refuses the sender"),
    Reason.RELAYING: (
        "7.1",
        "servidor não recebe mensagens para este domínio",
        "the server does not take mail for this domain",
    ),
    Reason.TOO_LARGE: ("3.4", "mensagem grande demais", "the message is too large"),
    Reason.CONTENT: ("6.0", "conteúdo recusado", "the content was refused"),
    Reason.ACCENTS: (
        "6.7",
        "servidor não aceita endereços com acentos",
        "the server does not take addresses with accents",
    ),
    Reason.LOOP: ("4.6", "mensagem em laço (loop) entre servidores", "the message went round in circles"),
    Reason.SYSTEM: ("3.0", "falha no servidor do destinatário", "the recipient's server failed"),
    Reason.OTHER: ("0.0", "motivo não informado", "no reason was given"),
}
"""Reason -> subject and detail of its RFC 3463 status, its text in Portuguese, its text in English."""

_CLASS_TEXTS = {
    BounceClass.PERMANENT: ("permanente", "permanent"),
    BounceClass.TRANSIENT: ("transitório", "transient"),
}

_NOT_OF_THE_ADDRESS = frozenset(
    {
        Reason.SPAM,
        Reason.BLOCKED,
        Reason.AUTHENTICATION,
        Reason.RATE_LIMITED,
        Reason.GREYLISTED,
        Reason.POLICY,
        Reason.SENDER_REFUSED,
        Reason.TOO_LARGE,
        Reason.CONTENT,
        Reason.ACCENTS,
        Reason.UNREACHABLE,
        Reason.EXPIRED,
        Reason.SYSTEM,
    }
)
"""The only permanent reasons that leave an address in use, because they say nothing of the mailbox.

- SPAM: of us and of this message; another one may be welcome.
- BLOCKED: of our server, for everybody at that provider.
- AUTHENTICATION: of our SPF, DKIM or DMARC.
- RATE_LIMITED: of how much we sent at once.
- GREYLISTED: of how seldom we were seen; it asks to be tried again.
- POLICY: of us or of this message; a refusal that means the mailbox says so in words, which win.
- SENDER_REFUSED: of our sender address.
- TOO_LARGE: of this message.
- CONTENT: of this message.
- ACCENTS: of a server on the way that does not speak RFC 6531.
- UNREACHABLE: of a network; RFC 3463 (X.4.1, X.4.2) knows it as transient only.
- EXPIRED: of a queue; RFC 3463 (X.4.7) knows it as transient only.
- SYSTEM: of a server that failed or is set up wrongly, which may be our own relay.
"""

_BY_STATUS: dict[str, Reason] = {
    "1.0": Reason.BAD_ADDRESS,
    "1.1": Reason.USER_UNKNOWN,
    "1.2": Reason.DOMAIN_UNKNOWN,
    "1.3": Reason.BAD_ADDRESS,
    "1.4": Reason.BAD_ADDRESS,
    "1.6": Reason.MOVED,
    "1.7": Reason.SENDER_REFUSED,
    "1.8": Reason.SENDER_REFUSED,
    "1.9": Reason.RELAYING,
    "1.10": Reason.DOMAIN_UNKNOWN,
    "2.0": Reason.MAILBOX_DISABLED,
    "2.1": Reason.MAILBOX_DISABLED,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.TOO_LARGE,
    "2.4": Reason.MAILBOX_DISABLED,
    "3.0": Reason.SYSTEM,
    "3.1": Reason.SYSTEM,
    "3.2": Reason.SYSTEM,
    "3.3": Reason.SYSTEM,
    "3.4": Reason.TOO_LARGE,
    "3.5": Reason.SYSTEM,
    "4.0": Reason.UNREACHABLE,
    "4.1": Reason.UNREACHABLE,
    "4.2": Reason.UNREACHABLE,
    "4.3": Reason.DOMAIN_UNKNOWN,
    "4.4": Reason.DOMAIN_UNKNOWN,
    "4.5": Reason.RATE_LIMITED,
    "4.6": Reason.LOOP,
    "4.7": Reason.EXPIRED,
    "4.8": Reason.LOOP,
    "5.2": Reason.BAD_ADDRESS,
    "5.3": Reason.RATE_LIMITED,
    "5.6": Reason.TOO_LARGE,
    "6.7": Reason.ACCENTS,
    "6.8": Reason.ACCENTS,
    "6.9": Reason.ACCENTS,
    "6.10": Reason.ACCENTS,
    "7.0": Reason.POLICY,
    "7.1": Reason.POLICY,
    "7.2": Reason.POLICY,
    "7.7": Reason.CONTENT,
    "7.13": Reason.MAILBOX_DISABLED,
    "7.17": Reason.MOVED,
    "7.18": Reason.MOVED,
    "7.20": Reason.AUTHENTICATION,
    "7.21": Reason.AUTHENTICATION,
    "7.22": Reason.AUTHENTICATION,
    "7.23": Reason.AUTHENTICATION,
    "7.24": Reason.AUTHENTICATION,
    "7.25": Reason.AUTHENTICATION,
    "7.26": Reason.AUTHENTICATION,
    "7.27": Reason.SENDER_REFUSED,
    "7.28": Reason.RATE_LIMITED,
}
"""Subject and detail of a status (RFC 3463; the IANA registry of enhanced status codes) -> reason."""

_BY_SUBJECT = {
    "1": Reason.BAD_ADDRESS,
    "2": Reason.MAILBOX_DISABLED,
    "3": Reason.SYSTEM,
    "4": Reason.UNREACHABLE,
    "6": Reason.CONTENT,
    "7": Reason.POLICY,
}

_BY_REPLY = {
    "421": Reason.UNREACHABLE,
    "431": Reason.SYSTEM,
    "441": Reason.UNREACHABLE,
    "442": Reason.UNREACHABLE,
    "446": Reason.LOOP,
    "451": Reason.SYSTEM,
    "452": Reason.SYSTEM,
    "521": Reason.DOMAIN_UNKNOWN,
    "522": Reason.MAILBOX_FULL,
    "551": Reason.MOVED,
    "552": Reason.MAILBOX_FULL,
    "553": Reason.BAD_ADDRESS,
    "556": Reason.DOMAIN_UNKNOWN,
}
"""What a bare reply code (RFC 5321, section 4.2) tells; 550 and 554 tell nothing."""

CLEAR_ORDER = (
    Reason.ACCENTS,
    Reason.GREYLISTED,
    Reason.AUTHENTICATION,
    Reason.MAILBOX_FULL,
    Reason.RATE_LIMITED,
    Reason.LOOP,
    Reason.BLOCKED,
    Reason.SPAM,
    Reason.TOO_LARGE,
    Reason.CONTENT,
    Reason.MOVED,
    Reason.SENDER_REFUSED,
    Reason.MAILBOX_DISABLED,
    Reason.DOMAIN_UNKNOWN,
    Reason.USER_UNKNOWN,
    Reason.RELAYING,
)
"""Which reason wins when a text holds words of several: the narrower one."""

_ADDRESS = re.compile(r"[^\s<>@()]{1,100}@[\w.-]{1,255}")  # its dots would look like ends of sentences

LONGEST = 4000
"""Characters of a text that are searched for words; no server needs more to say why."""

STATUS = re.compile(r"(?<![\w.])([245])\.(\d)\.(\d{1,3})(?![\d.]\d|\d)")
"""A status of RFC 3463 in running text, kept apart from version numbers and IP addresses."""

REPLY = re.compile(r"(?<![\d.#/-])(?<!\d:)(?<!port )([45][0-7]\d)(?=[\s:;,)\]-]|$)")
"""An SMTP reply code in a diagnostic."""

SPOKEN_REPLY = re.compile(
    r"(?im)(?:^[^\w\n]{0,12}|[:;(<'\"=]\s{0,4}|\b(?:said|error|code|status|reply|returned|response|smtp)\W{1,6})"
    r"([45][0-5]\d)(?=[ -]{1,4}(?:#?[45]\.\d|[a-z<\"'\[(-])|[\s.,;)\]'\"]*$)"
)
"""An SMTP reply code in prose, where numbers stand for other things, too."""


def status_in(text: str) -> str:
    """The RFC 3463 status of a failure in *text* that says most, the first of several; ``""`` without any."""
    found = [".".join(match.groups()) for match in STATUS.finditer(text)]
    return max((status for status in found if status[0] != "2"), key=_weight, default="")


def _weight(status: str) -> int:
    """How much a status says: nothing but its class, what it is about (``x.1.0``), or the very reason."""
    return 0 if is_general(status) else 1 if status.endswith(".0") else 2


def is_general(status: str) -> bool:
    """Whether *status* names nothing but its class (``5.0.0``, ``4.0.0``, and the idle ``x.5.0``)."""
    return status[1:] in ("", ".0.0", ".5.0")


def reason_for(code: str, text: str) -> Reason:
    """The reason that a reply or report gives.

    *code* is an SMTP reply code, an RFC 3463 status, both (``"550 5.1.1"``) or empty; *text* is what
    the server wrote. Clear words win over the code, for servers choose their codes loosely; the code
    wins over vague words.
    """
    words = plain(_ADDRESS.sub("@", text[:LONGEST]))
    if clear := _spoken("clear", words):
        return clear
    status = status_in(code)
    told = status_in(text)
    digit = code.lstrip()[:1]  # of a transcript, what is of another class is another command's
    if told.startswith(digit) and (not status or is_general(status)):
        status = told or status
    if status and not is_general(status) and (known := _reason_of_status(status)):
        return known
    if vague := _spoken("vague", words):
        return vague
    reply = REPLY.search(code) or REPLY.search(text[:200])
    return _BY_REPLY.get(reply[1], Reason.OTHER) if reply and reply[1].startswith(digit) else Reason.OTHER


@functools.lru_cache(maxsize=2048)
def _spoken(table: str, words: str) -> Reason | None:
    """The first reason of a table with a phrase that is found in *words* (``plain`` text)."""
    return next((reason for reason, pattern in _patterns()[table] if pattern.search(words)), None)


@functools.cache
def _patterns() -> dict[str, list[tuple[Reason, re.Pattern[str]]]]:
    """The patterns in the order in which they are tried, compiled at first need: most commands never do."""
    clear: Phrases = {**SENDER, **RECIPIENT}
    return {
        "clear": [(Reason(key), any_of(clear[key])) for key in CLEAR_ORDER],
        "vague": [(Reason(key), any_of(phrases)) for key, phrases in VAGUE.items()],
    }


def _reason_of_status(status: str) -> Reason | None:
    _, subject, detail = status.split(".")
    return _BY_STATUS.get(f"{subject}.{detail}") or _BY_SUBJECT.get(subject)


def class_for(code: str) -> BounceClass:
    """The class of a reply or status: its first digit, ``4`` transient, anything else permanent.

    So it is where a server gave up, too: RFC 3463, section 2, says of 4.X.X that it may stand in a final
    report (RFC 3464 "failed"), and that sending in the future may be successful. A server that was away
    for five days (4.4.1, 4.4.7) says nothing of the mailbox.
    """
    return BounceClass.TRANSIENT if code.lstrip().startswith("4") else BounceClass.PERMANENT


def status_for(code: str, text: str) -> str:
    """The RFC 3463 status of a reply: its own, or one made of its class and its reason.

    *code* and *text* are as for ``reason_for``.
    """
    stated, told = status_in(code), status_in(text)
    digit = "4" if class_for(code or told) is BounceClass.TRANSIENT else "5"
    for status in (stated, told):
        if status.startswith(digit) and not is_general(status):
            return status
    reason = reason_for(code, text)
    return stated if stated and reason is Reason.OTHER else f"{digit}.{_TEXTS[reason][0]}"


def classify_reply(code: str, text: str) -> tuple[BounceClass, str, Reason]:
    """Class, RFC 3463 status and reason of one SMTP reply; *code* and *text* as for ``reason_for``."""
    return class_for(code), status_for(code, text), reason_for(code, text)


def condemns(bounce_class: BounceClass | str, reason: Reason | str) -> bool:
    """Whether a bounce says that the address is of no use, so that it is not to be mailed again.

    A permanent bounce does, but for the reasons of ``_NOT_OF_THE_ADDRESS``: a provider that blocks us, or
    was away for five days, would else cost the client every address it has there.
    """
    return bounce_class == BounceClass.PERMANENT and reason not in _NOT_OF_THE_ADDRESS


def reason_text(reason: Reason | str, language: str) -> str:
    """The reason for a reader of *language* (``pt_BR`` or ``en``); an unknown key reads as OTHER."""
    known = Reason(reason) if reason in _TEXTS else Reason.OTHER
    return _TEXTS[known][1 if language.startswith("pt") else 2]


def class_text(bounce_class: BounceClass | str, language: str) -> str:
    """``permanente`` or ``transitório`` (English for other languages); ``""`` for an empty class."""
    if not bounce_class:
        return ""
    return _CLASS_TEXTS[BounceClass(bounce_class)][0 if language.startswith("pt") else 1]
