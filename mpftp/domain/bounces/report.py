"""What a message in the bounce mailbox says: bounce, delay, auto-reply, challenge, complaint, opt-out.

``parse_report`` is pure and never raises: it takes the bytes of one message and returns a ``MailReport``.
Whom to believe is decided elsewhere (``mpftp.stages.bounces``), by the signed tokens found here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from mpftp.domain.bounces.auto_replies import (
    classify_auto_reply,
    classify_feedback,
    held_class,
    is_challenge_notice,
)
from mpftp.domain.bounces.codes import REPLY, SPOKEN_REPLY, class_for, is_general, status_in
from mpftp.domain.bounces.dsn import (
    ADDRESS_PATTERN,
    RecipientStatus,
    find_address,
    parse_fields_in_text,
    parse_recipient_statuses,
)
from mpftp.domain.bounces.freeform import (
    ReportText,
    find_failed_recipients,
    is_by_mail_system,
    is_by_person,
    parse_report_text,
)
from mpftp.domain.bounces.judgement import Channel, Decision, Refusal, judge
from mpftp.domain.bounces.mime import MimeHeaders, MimeMessage, parse_message
from mpftp.domain.bounces.notification import Notification, read_notification
from mpftp.domain.bounces.reasons import BounceReason, RefusalSubject, find_reason, make_status, read_refusal
from mpftp.domain.bounces.steps import find_step
from mpftp.domain.campaign import BounceClass
from mpftp.domain.sending.transport import Step

MAX_SHOWN_CHARS = 2_000
MAX_FAILURES = 100
MAX_QUOTING = 20_000
MIN_SUBJECT_CHARS = 8
MAX_REPORT_TEXT_CHARS = 8_000


class ReportClass(StrEnum):
    """What kind of message came back. Only PERMANENT and TRANSIENT are bounces."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    DELAY = "delay"
    DELIVERED = "delivered"
    AUTO_REPLY = "auto-reply"
    CHALLENGE = "challenge"
    COMPLAINT = "complaint"
    OPT_OUT = "opt-out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RecipientFailure:
    """What a report says of one recipient.

    *recipient* is ``""`` when the report names no recipient. *action* as in RFC 3464, 2.3.3; *status* as in
    RFC 3463; *bounce_class* is ``None`` unless the message bounced (a delay and a delivery did not).
    """

    recipient: str
    action: str
    status: str
    diagnostic: str
    bounce_class: BounceClass | None
    reason: BounceReason
    subject: RefusalSubject = RefusalSubject.UNCLEAR
    step: Step = Step.UNKNOWN

    @property
    def refusal(self) -> Refusal | None:
        """What is judged; ``None`` for what is no bounce."""
        if self.bounce_class is None:
            return None
        return Refusal(Channel.REPORT, self.bounce_class, self.reason, self.status, self.step, self.subject)

    @property
    def decision(self) -> Decision | None:
        """What it means for the address; ``None`` for what is no bounce."""
        return judge(self.refusal) if self.refusal else None


@dataclass(frozen=True, slots=True)
class MailReport:
    """One message as understood.

    Possible signed tokens: *own_addresses* of the address that the message came to, *quoted_tokens* of
    the report's fields, the returned envelope sender and the returned Message-ID. *message_id* is the
    returned one. *malformed* says what was left out of a message built to be costly. *author* is the
    address that it is from, *text* the beginning of what it says itself.
    """

    report_class: ReportClass
    failures: tuple[RecipientFailure, ...] = ()
    own_addresses: tuple[str, ...] = ()
    quoted_tokens: tuple[str, ...] = ()
    message_id: str = ""
    malformed: str = ""
    author: str = ""
    text: str = ""

    @property
    def worst_failure(self) -> RecipientFailure | None:
        """The failure that decides: a permanent one, else the first."""
        permanent = (f for f in self.failures if f.bounce_class is BounceClass.PERMANENT)
        return next(permanent, self.failures[0] if self.failures else None)


def parse_report(data: bytes, recipient: str = "") -> MailReport:
    """Understand one message. *recipient*: the envelope's, when the mail server passed it on."""
    message = parse_message(data)
    report_text = parse_report_text(message)
    kind, failures = _classify(message, _without_our_subject(report_text))
    returned = report_text.returned[0] if report_text.returned else MimeHeaders([])
    return MailReport(
        kind,
        failures,
        _tokens_in([recipient, *(value for name in _TO_US for value in message.headers.all(name))]),
        _tokens_in(_texts_with_tokens(message, report_text)),
        returned.get("message-id"),
        message.malformed,
        find_address(message.headers.get("from")),
        f"{report_text.subject}\n\n{report_text.text.strip()}".replace("\r\n", "\n")[:MAX_SHOWN_CHARS],
    )


_SUBJECT_NAMED = re.compile(
    r"(?im)^[ \t>]{0,8}(?:subject|assunto|asunto|betreff|objet|oggetto)[ \t]*:[ \t]*(\S[^\r\n]{7,200})"
    r"|\b(?:subject|assunto|asunto)\W{1,4}\"([^\"\r\n]{8,200})\""
)


def _without_our_subject(report_text: ReportText) -> ReportText:
    """*report_text* without the subject of what it returns: a campaign's words are no server's."""
    named = [match[1] or match[2] for match in _SUBJECT_NAMED.finditer(report_text.text)][:3]
    returned = [headers.get("subject") for headers in report_text.returned[:1]]
    subjects = [ours for ours in (*returned, *named) if len(ours) >= MIN_SUBJECT_CHARS]
    if not subjects:
        return report_text
    subject, text = report_text.subject, report_text.text
    for ours in subjects:
        pattern = re.compile(r"\s+".join(map(re.escape, ours.split()[:40])))
        subject, text = pattern.sub(" ", subject), pattern.sub(" ", text)
    return replace(report_text, subject=subject, text=text)


def _classify(
    message: MimeMessage, report_text: ReportText
) -> tuple[ReportClass, tuple[RecipientFailure, ...]]:
    """What *message* is. A reader's program may speak of failing, too: only a mail system is believed."""
    groups = [
        group
        for group in parse_recipient_statuses(message) or parse_fields_in_text(report_text.text)
        if group.action or group.status
    ]
    if feedback := classify_feedback(message):
        return ReportClass(feedback), ()
    if notification := read_notification(message):
        return _notified(notification, report_text)
    if not groups and not is_by_mail_system(message):
        automatic = classify_auto_reply(message)
        if automatic or is_by_person(message, report_text):
            return ReportClass(automatic or "unknown"), ()
    elif not groups and (held := held_class(report_text.subject, report_text.text)):
        return ReportClass(held), ()
    if any(is_challenge_notice(group.diagnostic) for group in groups):
        return ReportClass.CHALLENGE, ()
    if failures := _failures(message, report_text, groups):
        return _class_of(failures), failures
    return ReportClass(classify_auto_reply(message) or "unknown"), ()


def _notified(
    notification: Notification, report_text: ReportText
) -> tuple[ReportClass, tuple[RecipientFailure, ...]]:
    """A relay's own notice in JSON; what it calls transient is so, with any status."""
    failures = tuple(_failure(status, report_text, alone=False) for status in notification.statuses)
    if notification.transient:
        failures = tuple(replace(failure, bounce_class=BounceClass.TRANSIENT) for failure in failures)
    kind = ReportClass(notification.kind) if notification.kind != "bounce" else _class_of(failures)
    return kind, failures


def _class_of(failures: tuple[RecipientFailure, ...]) -> ReportClass:
    classes = {failure.bounce_class for failure in failures}
    if BounceClass.PERMANENT in classes:
        return ReportClass.PERMANENT
    if BounceClass.TRANSIENT in classes:
        return ReportClass.TRANSIENT
    if any(failure.action == "delayed" for failure in failures):
        return ReportClass.DELAY
    return ReportClass.DELIVERED if failures else ReportClass.UNKNOWN


def _failures(
    message: MimeMessage, report_text: ReportText, groups: list[RecipientStatus]
) -> tuple[RecipientFailure, ...]:
    """RFC 3464 fields where there are any that name a recipient, else what the text tells."""
    named = [group for group in groups if group.recipient]
    if not named:
        named = find_failed_recipients(message, report_text, groups[0] if groups else None)
    named = _without_repeats(named)[:MAX_FAILURES]
    return tuple(_failure(group, report_text, alone=len(named) == 1) for group in named)


def _without_repeats(groups: list[RecipientStatus]) -> list[RecipientStatus]:
    """The last word on each recipient, in the order of their first."""
    return list({group.recipient.lower(): group for group in groups}.values())


def _failure(group: RecipientStatus, report_text: ReportText, *, alone: bool) -> RecipientFailure:
    """Class, status and reason of one recipient; the whole text speaks where its own words do not."""
    action = _action(group)
    if action != "failed":
        return RecipientFailure(
            group.recipient, action, group.status, group.diagnostic, None, BounceReason.OTHER
        )
    code, words = _code(group), group.diagnostic
    all_text = f"{report_text.subject}\n{report_text.text[:MAX_REPORT_TEXT_CHARS]}\n{words}"
    if not code and (alone or not _gives_reason(words)):
        code = status_in(all_text)
        if (not code or is_general(code)) and (reply := SPOKEN_REPLY.search(all_text)):
            code = reply[1]
    if not _gives_reason(words):
        words = all_text
    step = find_step(group.diagnostic) or (
        find_step(report_text.text[:MAX_REPORT_TEXT_CHARS]) if alone else Step.UNKNOWN
    )
    reason, subject, step = read_refusal(code, words, step)
    bounce_class = class_for(code) if code else _class_of_reason(reason)
    status = make_status(code or ("4" if bounce_class is BounceClass.TRANSIENT else "5"), words)
    return RecipientFailure(
        group.recipient, action, status, group.diagnostic, bounce_class, reason, subject, step
    )


def _gives_reason(words: str) -> bool:
    return bool(words) and find_reason("", words) is not BounceReason.OTHER


def _class_of_reason(reason: BounceReason) -> BounceClass:
    """A final report without any code is permanent, unless it asks to try again (RFC 3463, section 2)."""
    transient = (BounceReason.GREYLISTED, BounceReason.RATE_LIMITED)
    return BounceClass.TRANSIENT if reason in transient else BounceClass.PERMANENT


def _action(group: RecipientStatus) -> str:
    """Return the action in its right spelling: some servers write ``failure``, ``error``, or none at all."""
    for known in ("delay", "deliver", "relay", "expand"):
        if group.action.startswith(known):
            return {"delay": "delayed", "deliver": "delivered", "relay": "relayed", "expand": "expanded"}[
                known
            ]
    return "delivered" if not group.action and group.status.startswith("2") else "failed"


def _code(group: RecipientStatus) -> str:
    """The status that says most: the group's own, unless it is general and the diagnostic is not.

    A bare reply does not contradict the status: a relay that was turned away when it called (554) may
    well have given up for the time being (4.0.0).
    """
    if group.status and not is_general(group.status):
        return group.status
    inner = status_in(group.diagnostic)
    if inner and not is_general(inner):
        return inner
    reply = REPLY.search(group.diagnostic)
    if reply and (not group.status or class_for(reply[1]) is class_for(group.status)):
        return f"{reply[1]} {inner or group.status}".rstrip()
    return group.status or inner


_TO_US = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to", "cc")
_SENT_BY_US = ("return-path", "x-original-return-path", "x-envelope-from", "message-id", "list-unsubscribe")
_TOKEN = re.compile(r"(?<![A-Za-z0-9])[0-9A-Fa-f]{20,48}(?![A-Za-z0-9])")


def _texts_with_tokens(message: MimeMessage, report_text: ReportText) -> list[str]:
    """Texts that repeat the envelope sender or the headers of the message that was returned."""
    places = [
        value for headers in report_text.returned for name in _SENT_BY_US for value in headers.all(name)
    ]
    for section in message.sections[:10]:
        if section.kind.startswith("message/") or not report_text.returned:
            places += [match[0] for match in ADDRESS_PATTERN.finditer(section.text[:MAX_QUOTING])]
    return places


def _tokens_in(texts: list[str]) -> tuple[str, ...]:
    """Words that look like a signed token, each once, in order."""
    tokens = dict.fromkeys(token for text in texts[:500] for token in _TOKEN.findall(text[:2000]))
    return tuple(tokens)[:50]
