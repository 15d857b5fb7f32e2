"""Reading the bounce mailbox: whom to believe, what to note, where each message goes."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from mpftp.adapters.store.events import BounceLog, EventStore, ReportedBounce, Return
from mpftp.domain.addresses import canonical_address
from mpftp.domain.bounces.crowd import canonical_words
from mpftp.domain.bounces.judgement import BounceEvidence, judge
from mpftp.domain.bounces.mailbox import Mailbox, MailboxFolder, MailboxMessage
from mpftp.domain.bounces.report import MailReport, ReportClass, parse_report
from mpftp.domain.campaign import BounceClass, EventKind
from mpftp.domain.clock import Clock
from mpftp.domain.event_log import Event
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.domain.tokens import SignedToken, Signer, TokenKind
from mpftp.errors import MpftpError

log = logging.getLogger("mpftp.bounces")

REPORT_BATCH_SIZE = 100  # messages in one transaction

BOUNCE_CLASSES = {
    ReportClass.PERMANENT: BounceClass.PERMANENT,
    ReportClass.TRANSIENT: BounceClass.TRANSIENT,
}
CLASSES_WITHOUT_EVENT = frozenset(
    {ReportClass.DELAY, ReportClass.DELIVERED, ReportClass.AUTO_REPLY, ReportClass.CHALLENGE}
)


@dataclass(frozen=True, slots=True)
class ReportDecision:
    """What one message comes to: where it goes, which delivery it speaks of, the event to store.

    *evidence* is what a bounce is judged by, *alike* what it shares with others.
    """

    folder: MailboxFolder
    delivery_id: int | None = None
    event: Event | None = None
    evidence: BounceEvidence | None = None
    alike: str = ""


@dataclass(frozen=True, slots=True)
class ReadReport:
    """One message as read: where it is in the mailbox, what tells it from others, what it comes to."""

    message: MailboxMessage
    digest: str
    report: MailReport
    decision: ReportDecision


@dataclass(slots=True)
class BouncesSummary:
    """What one run read: messages by class and by folder, *known* ones read before, *events* stored."""

    classes: Counter[str] = field(default_factory=Counter)
    folders: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    known: int = 0
    events: int = 0


def read_reports(
    mailbox: Mailbox,
    signer: Signer,
    events: EventStore,
    reports: BounceLog,
    clock: Clock,
    progress: OnProgress = silent,
) -> BouncesSummary:
    """Read every message of *mailbox*, store what it says once, and file it.

    A group's events and the notes that its messages were read are one transaction, which is on the
    disk before the first of them moves: what cuts a run off costs nothing and counts nothing twice.
    What came before the mailbox failed is filed before its error is raised.
    """
    summary = BouncesSummary()
    messages = mailbox.messages()
    error: MpftpError | None = None
    while error is None:
        group, error = _next_group(messages, signer, events, clock)
        if not group:
            break
        with events.transaction():
            _store(group, events, reports, clock(), summary)
        reports.sync_to_disk()
        for reading in group:
            mailbox.move_to(reading.message, reading.decision.folder)
        summary.messages += len(group)
        progress(ProgressUpdate("messages", summary.messages))
    if error:
        raise error
    return summary


def _next_group(
    messages: Iterator[MailboxMessage], signer: Signer, events: EventStore, clock: Clock
) -> tuple[list[ReadReport], MpftpError | None]:
    """The next ``REPORT_BATCH_SIZE`` messages, or those before the mailbox failed and how it did."""
    group: list[ReadReport] = []
    try:
        for message in islice(messages, REPORT_BATCH_SIZE):
            group.append(_reading(message, signer, events, clock()))
    except MpftpError as error:
        return group, error
    return group, None


def _reading(message: MailboxMessage, signer: Signer, events: EventStore, now: datetime) -> ReadReport:
    """Read *message* and decide; its bytes are let go of."""
    report = _read(message)
    token = find_token(report, signer)
    decision = decide(report, token, now, _contact(report, token, events))
    return ReadReport(replace(message, data=b""), message.digest, report, decision)


def _contact(report: MailReport, token: SignedToken | None, events: EventStore) -> str:
    """Whom we wrote to, where it matters who answers."""
    if token is None or report.report_class is not ReportClass.OPT_OUT:
        return ""
    contact = events.find_contact(token.delivery_id)
    return contact[1] if contact else ""


def _read(message: MailboxMessage) -> MailReport:
    """What a message says. One that our reader stumbles over must not stop those behind it."""
    try:
        return parse_report(message.data)
    except Exception as error:
        log.debug("%s cannot be read", message.key, exc_info=True)
        return MailReport(ReportClass.UNKNOWN, malformed=f"our reader failed on it: {type(error).__name__}")


def find_token(report: MailReport, signer: Signer) -> SignedToken | None:
    """The token that vouches for *report*: of the address it came to, else of what it returns.

    Whoever holds an opt-out token may end the mail to that contact anyway, so one that is quoted
    vouches for a report as well; for an opt-out only the address itself does.
    """
    for text in report.own_addresses:
        token = signer.verify(text)
        if token and token.kind in (TokenKind.BOUNCE, TokenKind.OPT_OUT):
            return token
    for text in report.quoted_tokens:
        token = signer.verify(text)
        if token and token.kind in (TokenKind.BOUNCE, TokenKind.OPT_OUT):
            return SignedToken(TokenKind.BOUNCE, token.delivery_id)
    return None


def decide(report: MailReport, token: SignedToken | None, now: datetime, contact: str = "") -> ReportDecision:
    """What *report* comes to. Only a signed token makes an event: anybody can write a report.

    *contact* is the address we wrote to, when it is known: a request in a person's words is believed when
    it comes from there.
    """
    if report.malformed:
        return ReportDecision(MailboxFolder.UNRECOGNIZED)
    if report.report_class in CLASSES_WITHOUT_EVENT:
        return ReportDecision(MailboxFolder.PROCESSED, token.delivery_id if token else None)
    if token is None:
        unknown = report.report_class is ReportClass.UNKNOWN
        return ReportDecision(MailboxFolder.UNRECOGNIZED if unknown else MailboxFolder.UNVERIFIED)
    if _is_a_strangers_wish(report, token, contact):
        return ReportDecision(MailboxFolder.UNRECOGNIZED, token.delivery_id)
    event = _event(report, token, now)
    folder = MailboxFolder.PROCESSED if event else MailboxFolder.UNRECOGNIZED
    worst = report.worst_failure
    if event is None or event.kind is not EventKind.BOUNCE or worst is None or worst.refusal is None:
        return ReportDecision(folder, token.delivery_id, event)
    words = " ".join(worst.diagnostic.split())
    evidence = BounceEvidence(worst.refusal, judge(worst.refusal).rule, words)
    alike = canonical_words(worst.status, words, worst.recipient)
    return ReportDecision(folder, token.delivery_id, event, evidence, alike)


def _is_a_strangers_wish(report: MailReport, token: SignedToken, contact: str) -> bool:
    """Whether somebody else than the *contact* asks, at an address that is not the one to ask at."""
    return (
        report.report_class is ReportClass.OPT_OUT
        and token.kind is not TokenKind.OPT_OUT
        and bool(contact and report.author)
        and canonical_address(contact) != canonical_address(report.author)
    )


def _event(report: MailReport, token: SignedToken, now: datetime) -> Event | None:
    if report.report_class is ReportClass.COMPLAINT:
        return Event(EventKind.COMPLAINT, token.delivery_id, now, source="complaint")
    bounce_class = BOUNCE_CLASSES.get(report.report_class)
    worst = report.worst_failure
    if bounce_class and worst:
        return Event(
            EventKind.BOUNCE,
            token.delivery_id,
            now,
            bounce_class=bounce_class,
            code=worst.status,
            reason=worst.reason.value,
            source="report",
        )
    if token.kind is TokenKind.OPT_OUT or report.report_class is ReportClass.OPT_OUT:
        return Event(EventKind.OPT_OUT, token.delivery_id, now, source="mailto")
    return None


def _store(
    group: list[ReadReport], events: EventStore, reports: BounceLog, now: datetime, summary: BouncesSummary
) -> None:
    """Note the messages and add their events, inside the caller's transaction; count both in *summary*."""
    news = [reading for reading in group if _is_noted(reading, reports, now)]
    summary.known += len(group) - len(news)
    for reading in news:
        summary.classes[reading.report.report_class.value] += 1
        summary.folders[reading.decision.folder.value] += 1
        _log_reading(reading, events)
    decisions = _new_events(news, reports)
    summary.events += events.add(event for decision in decisions if (event := decision.event)).added
    events.judge(
        ReportedBounce(event, evidence, decision.alike)
        for decision in decisions
        if (event := decision.event) and (evidence := decision.evidence)
    )


def _is_noted(reading: ReadReport, reports: BounceLog, now: datetime) -> bool:
    """Note one message; whether it is news."""
    report, decision = reading.report, reading.decision
    text = "" if decision.folder is MailboxFolder.PROCESSED else report.text
    kind, folder = report.report_class.value, decision.folder.value
    return reports.record_message(reading.digest, now, kind, folder, decision.delivery_id, text)


def _log_reading(reading: ReadReport, events: EventStore) -> None:
    """One line a message; whom it is about is asked of the state only where the line is written."""
    report, decision = reading.report, reading.decision
    level = logging.WARNING if report.malformed else logging.INFO
    if not log.isEnabledFor(level):
        return
    about: dict[str, str | int] = {"class": report.report_class.value}
    if decision.delivery_id:
        about |= {"delivery": decision.delivery_id, **events.name_delivery(decision.delivery_id)}
    if report.worst_failure:
        about["code"] = report.worst_failure.status
    log.log(
        level,
        "%s: %s, filed in %s%s",
        reading.message.key,
        report.report_class.value,
        decision.folder.value,
        f" ({report.malformed})" if report.malformed else "",
        extra=about,
    )


def _new_events(news: list[ReadReport], reports: BounceLog) -> list[ReportDecision]:
    """The decisions whose event is to be stored.

    One complaint and one bounce a delivery, unless a second report turns transient into permanent.
    """
    events = [(reading.decision, event) for reading in news if (event := reading.decision.event)]
    known = reports.find_returns({event.delivery_id for _, event in events})
    chosen = []
    for decision, event in events:
        new = Return(event.delivery_id, event.kind, event.bounce_class)
        if known.isdisjoint((new, new._replace(bounce_class=BounceClass.PERMANENT))):
            known.add(new)
            chosen.append(decision)
    return chosen
