"""Reading the bounce mailbox: whom to believe, what to note, where each message goes."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from mpftp.adapters.store.events import Events
from mpftp.adapters.store.reports import Reports
from mpftp.domain.campaign import BounceClass, EventKind
from mpftp.domain.clock import Clock
from mpftp.domain.eventlog import Event
from mpftp.domain.progress import Progress, Step, silent
from mpftp.domain.reports.bounce import Report, ReportClass, read_report
from mpftp.domain.reports.crowd import canonical_words
from mpftp.domain.reports.judgement import Evidence, judge
from mpftp.domain.reports.mailbox import Found, Mailbox, Place
from mpftp.domain.tokens import Kind, Signer, Token
from mpftp.errors import MpftpError

log = logging.getLogger("mpftp.bounces")

GROUP = 100  # messages in one transaction

BOUNCES = {
    ReportClass.PERMANENT: BounceClass.PERMANENT,
    ReportClass.TRANSIENT: BounceClass.TRANSIENT,
}
NO_EVENT = frozenset(
    {ReportClass.DELAY, ReportClass.DELIVERED, ReportClass.AUTO_REPLY, ReportClass.CHALLENGE}
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one message comes to: where it goes, which delivery it speaks of, the event to store.

    *evidence* is what a bounce is judged by, *alike* what it shares with others.
    """

    place: Place
    delivery_id: int | None = None
    event: Event | None = None
    evidence: Evidence | None = None
    alike: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One message as read: where it is in the mailbox, what tells it from others, what it comes to."""

    found: Found
    digest: str
    report: Report
    decision: Decision


@dataclass(slots=True)
class Summary:
    """What one run read: messages by class and by place, *known* ones read before, *events* stored."""

    classes: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    known: int = 0
    events: int = 0


def take_reports(
    mailbox: Mailbox,
    signer: Signer,
    events: Events,
    reports: Reports,
    clock: Clock,
    progress: Progress = silent,
) -> Summary:
    """Read every message of *mailbox*, store what it says once, and file it.

    A group's events and the notes that its messages were read are one transaction, which is on the
    disk before the first of them moves: what cuts a run off costs nothing and counts nothing twice.
    What came before the mailbox failed is filed before its error is raised.
    """
    summary = Summary()
    messages = mailbox.messages()
    trouble: MpftpError | None = None
    while trouble is None:
        group, trouble = _next_group(messages, signer, clock)
        if not group:
            break
        with events.transaction():
            for reading in group:
                _store(reading, events, reports, clock(), summary)
        reports.sync()
        for reading in group:
            mailbox.file(reading.found, reading.decision.place)
        summary.messages += len(group)
        progress(Step("messages", summary.messages))
    if trouble:
        raise trouble
    return summary


def _next_group(
    messages: Iterator[Found], signer: Signer, clock: Clock
) -> tuple[list[Reading], MpftpError | None]:
    """The next ``GROUP`` messages, or those before the mailbox failed and how it did."""
    group: list[Reading] = []
    try:
        for found in islice(messages, GROUP):
            group.append(_reading(found, signer, clock()))
    except MpftpError as error:
        return group, error
    return group, None


def _reading(found: Found, signer: Signer, now: datetime) -> Reading:
    """Read *found* and decide; its octets are let go of."""
    report = _read(found)
    decision = decide(report, verified(report, signer), now)
    return Reading(replace(found, octets=b""), found.digest, report, decision)


def _read(found: Found) -> Report:
    """What a message says. One that our reader stumbles over must not stop those behind it."""
    try:
        return read_report(found.octets)
    except Exception as error:
        log.debug("%s cannot be read", found.key, exc_info=True)
        return Report(ReportClass.UNKNOWN, odd=f"our reader failed on it: {type(error).__name__}")


def verified(report: Report, signer: Signer) -> Token | None:
    """The token that vouches for *report*: of the address it came to, else of what it returns.

    Whoever holds an opt-out token may end the mail to that contact anyway, so one that is quoted
    vouches for a report as well; for an opt-out only the address itself does.
    """
    for text in report.addressed:
        token = signer.verify(text)
        if token and token.kind in (Kind.BOUNCE, Kind.OPT_OUT):
            return token
    for text in report.quoted:
        token = signer.verify(text)
        if token and token.kind in (Kind.BOUNCE, Kind.OPT_OUT):
            return Token(Kind.BOUNCE, token.delivery_id)
    return None


def decide(report: Report, token: Token | None, now: datetime) -> Decision:
    """What *report* comes to. Only a signed token makes an event: anybody can write a report."""
    if report.odd:
        return Decision(Place.ASIDE)
    if report.report_class in NO_EVENT:
        return Decision(Place.TAKEN, token.delivery_id if token else None)
    if token is None:
        unknown = report.report_class is ReportClass.UNKNOWN
        return Decision(Place.ASIDE if unknown else Place.UNVERIFIED)
    event = _event(report, token, now)
    place = Place.TAKEN if event else Place.ASIDE
    worst = report.worst
    if event is None or event.kind is not EventKind.BOUNCE or worst is None or worst.refusal is None:
        return Decision(place, token.delivery_id, event)
    words = " ".join(worst.diagnostic.split())
    evidence = Evidence(worst.refusal, judge(worst.refusal).rule, words)
    alike = canonical_words(worst.status, words, worst.recipient)
    return Decision(place, token.delivery_id, event, evidence, alike)


def _event(report: Report, token: Token, now: datetime) -> Event | None:
    if report.report_class is ReportClass.COMPLAINT:
        return Event(EventKind.COMPLAINT, token.delivery_id, now, source="complaint")
    bounce_class = BOUNCES.get(report.report_class)
    worst = report.worst
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
    if token.kind is Kind.OPT_OUT or report.report_class is ReportClass.OPT_OUT:
        return Event(EventKind.OPT_OUT, token.delivery_id, now, source="mailto")
    return None


def _store(reading: Reading, events: Events, reports: Reports, now: datetime, summary: Summary) -> None:
    """Note the message and add its event, inside the caller's transaction; count both in *summary*."""
    report, decision = reading.report, reading.decision
    kind, event = report.report_class.value, decision.event
    if not reports.note(reading.digest, now, kind, decision.place.value, decision.delivery_id):
        summary.known += 1
        return
    if event and not _repeated(event, reports):
        summary.events += events.add([event]).added
        if decision.evidence:
            events.judge(event, decision.evidence, decision.alike)
    summary.classes[kind] += 1
    summary.places[decision.place.value] += 1
    log.log(
        logging.WARNING if report.odd else logging.INFO,
        "%s: %s, filed in %s%s",
        reading.found.key,
        kind,
        decision.place.value,
        f" ({report.odd})" if report.odd else "",
        extra={"class": kind, "delivery": decision.delivery_id},
    )


def _repeated(event: Event, reports: Reports) -> bool:
    """One complaint and one bounce a delivery, unless a second report turns transient into permanent."""
    if event.kind is EventKind.COMPLAINT:
        return reports.has_complained(event.delivery_id)
    return event.bounce_class is not None and reports.has_bounced(event.delivery_id, event.bounce_class)
