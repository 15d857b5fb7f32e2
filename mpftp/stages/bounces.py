"""Reading the bounce mailbox: whom to believe, what to note, where each message goes."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from mpftp.adapters.store.events import Events
from mpftp.adapters.store.reports import Reports
from mpftp.domain.bounce import Report, ReportClass, read_report
from mpftp.domain.campaign import BounceClass, EventKind
from mpftp.domain.clock import Clock
from mpftp.domain.eventlog import Event
from mpftp.domain.mailbox import Found, Mailbox, Place
from mpftp.domain.progress import Progress, Step, silent
from mpftp.domain.tokens import Kind, Signer, Token

log = logging.getLogger("mpftp.bounces")

BOUNCES = {
    ReportClass.PERMANENT: BounceClass.PERMANENT,
    ReportClass.TRANSIENT: BounceClass.TRANSIENT,
}
NO_EVENT = frozenset(
    {ReportClass.DELAY, ReportClass.DELIVERED, ReportClass.AUTO_REPLY, ReportClass.CHALLENGE}
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one message comes to: where it goes, which delivery it speaks of, the event to store."""

    place: Place
    delivery_id: int | None = None
    event: Event | None = None


@dataclass(slots=True)
class Summary:
    """What one run read: messages by class and by place, *known* ones read before, *suppressing* events."""

    classes: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
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

    The event and the note that the message was read are one transaction; the message moves after
    that, so that a kill in between costs nothing and counts nothing twice.
    """
    summary = Summary()
    for number, found in enumerate(mailbox.messages(), 1):
        report = _read(found)
        decision = decide(report, verified(report, signer), clock())
        place = _store(found, report, decision, events, reports, clock(), summary)
        mailbox.file(found, place)
        progress(Step("messages", number))
    return summary


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
    return Decision(Place.TAKEN if event else Place.ASIDE, token.delivery_id, event)


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


def _store(
    found: Found,
    report: Report,
    decision: Decision,
    events: Events,
    reports: Reports,
    now: datetime,
    summary: Summary,
) -> Place:
    """Note the message and add its event in one transaction; count both in *summary*."""
    event = decision.event
    with events.transaction():
        new = reports.note(found.digest, now, report.report_class, decision.place, decision.delivery_id)
        if new and event and not _repeated(event, reports):
            summary.events += events.add([event]).added
    if not new:
        summary.known += 1
        return decision.place
    summary.classes[report.report_class.value] += 1
    summary.places[decision.place.value] += 1
    log.log(
        logging.WARNING if report.odd else logging.INFO,
        "%s: %s, filed in %s%s",
        found.key,
        report.report_class.value,
        decision.place.value,
        f" ({report.odd})" if report.odd else "",
        extra={"class": report.report_class.value, "delivery": decision.delivery_id},
    )
    return decision.place


def _repeated(event: Event, reports: Reports) -> bool:
    """One bounce a delivery: a second report adds nothing, unless it turns transient into permanent."""
    return event.bounce_class is not None and reports.has_bounced(event.delivery_id, event.bounce_class)
