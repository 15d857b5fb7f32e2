"""Short e-mails to a client: refused, accepted, finished, published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from mpftp.domain.clock import from_ms
from mpftp.domain.file_names import UNREADABLE, AnswerType, TripletKey
from mpftp.domain.messages.quoting import encode_quoted_printable
from mpftp.domain.printable import escape_invisible
from mpftp.domain.results.answers import format_error_lines
from mpftp.domain.results.situations import stop_text
from mpftp.domain.results.wording import NO_SUPPORT, Support, format_key_date
from mpftp.domain.sending.schedule import SendWindow
from mpftp.domain.sending.transport import OutgoingMessage
from mpftp.domain.texts import count_text, texts


class NoticeKind(StrEnum):
    """What happened. A campaign that was cancelled is FINISHED, too."""

    REFUSED = "refused"
    ACCEPTED = "accepted"
    FINISHED = "finished"
    PAUSED = "paused"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell: *about* is the row it is about, *facts* are what its text is filled from.

    *folder* and *subject* are the campaign's, *state* and *reason* where it stands; empty for a refusal.
    """

    kind: NoticeKind
    about: int
    client: str
    key: TripletKey
    at: datetime
    facts: Any
    folder: str = ""
    subject: str = ""
    state: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRecipient:
    """Who is told, from which address, in which language and time zone.

    *support* is whom an answer reaches; without one, replies to *sender* are not read. *error_file* says
    that a refused triplet is answered by a file, *window* in which hours messages go out.
    """

    address: str
    sender: str
    language: str
    zone: ZoneInfo
    error_file: bool
    support: Support = NO_SUPPORT
    client_name: str = ""
    window: SendWindow | None = None


MAX_LISTED_PROBLEMS = 20  # problems that an e-mail lists


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """*notice* as an e-mail that a transport can carry (``mpftp.domain.sending.transport.Renderer``)."""

    notice: Notice
    addressee: NoticeRecipient

    def render(self, delivery_id: int, email: str, values: Sequence[str], date: datetime) -> OutgoingMessage:
        """The whole message; its Message-ID is the same however often it is made."""
        notice, to = self.notice, self.addressee
        say, key = texts(to.language).NOTICES, notice.key
        message = EmailMessage(SMTP)
        message["From"] = (
            Address(to.support.name, addr_spec=to.support.address)
            if to.support.address
            else Address(say["sender"], addr_spec=to.sender)
        )
        message["To"] = to.address
        if to.support.address:
            message["Reply-To"] = Address(to.support.name, addr_spec=to.support.address)
        message["Subject"] = f"{key.name} {key.date}: {say[_text_of(notice)]}"
        message["Date"] = format_datetime(date)
        digest = hashlib.sha256(f"{notice.client} {notice.kind} {notice.about}".encode()).hexdigest()[:24]
        message["Message-ID"] = f"<notice.{digest}@{to.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("", cte="quoted-printable")  # whose own encoder lets a line begin with a dot
        message.set_payload(encode_quoted_printable("\n".join(format_notice(notice, to)) + "\n"))
        return OutgoingMessage(delivery_id, "", to.address, message.as_bytes())


def _text_of(notice: Notice) -> str:
    """The key of the text: files of no triplet, and a campaign that was cancelled, have their own."""
    if notice.kind is NoticeKind.REFUSED and notice.key.name == UNREADABLE:
        return "unreadable"
    cancelled = notice.kind is NoticeKind.FINISHED and notice.state == "cancelled"
    return "cancelled" if cancelled else notice.kind.value


def format_notice(notice: Notice, to: NoticeRecipient) -> Iterator[str]:
    """The lines of the text."""
    say, key, facts = texts(to.language).NOTICES, notice.key, notice.facts

    def counted(name: str, count: int) -> str:
        return count_text(say[name], count)

    values = {
        "name": key.name,
        "date": format_key_date(key, say["day"]),
        "file": key.file(AnswerType.ERRO),
        "at": _local(notice.at, to),
        "reason": stop_text(notice.reason, to.language),
    }
    if notice.kind in (NoticeKind.ACCEPTED, NoticeKind.FINISHED, NoticeKind.PAUSED):
        first = facts.get("first")
        values |= {name: counted(name, facts[name]) for name in COUNTED if name in facts}
        values["cancelled"] = counted("cancelled_count", facts.get("cancelled", 0))
        values["first"] = _local(_opening(from_ms(first), to), to) if first else ""
    yield " ".join(say[f"{part}_body"].format_map(values) for part in _first_parts(notice, to))
    yield from _details(notice, to, values)
    if notice.subject:
        yield ""
        client = to.client_name or notice.client
        yield say["about"].format(client=client, folder=notice.folder, subject=notice.subject)
    if to.support:
        yield ""
        yield say["support"].format(support=to.support)


def _first_parts(notice: Notice, to: NoticeRecipient) -> Iterator[str]:
    """The keys of the first sentences: no file is named that is not written, no start of what is stopped."""
    yield _text_of(notice)
    if notice.kind is NoticeKind.REFUSED and to.error_file:
        yield "error_file"
    if notice.kind is NoticeKind.ACCEPTED and notice.state != "paused":
        yield "first"


def _opening(at: datetime, to: NoticeRecipient) -> datetime:
    return to.window.next_opening(at, to.zone) if to.window else at


COUNTED = ("contacts", "lines", "fragments", "sent", "failed", "suppressed", "waiting")
"""The facts that are counts of something, each with its words."""


def _details(notice: Notice, to: NoticeRecipient, values: Mapping[str, str]) -> Iterator[str]:
    """What follows the first sentence."""
    say, key, facts = texts(to.language).NOTICES, notice.key, notice.facts
    if notice.kind is NoticeKind.REFUSED:
        yield ""
        lines = [escape_invisible(line) for line in format_error_lines(facts, to.language)]
        yield from lines[:MAX_LISTED_PROBLEMS]
        if len(lines) > MAX_LISTED_PROBLEMS:
            yield say["further"].format(count=count_text(say["problems"], len(lines) - MAX_LISTED_PROBLEMS))
    elif notice.kind is NoticeKind.PUBLISHED:
        yield from (f"- {key.name}_{kind}_{key.date}: {count}" for kind, count in facts.items())
        if notice.state in ("paused", "cancelled"):
            yield say[f"published_{notice.state}"].format_map(values)
    elif facts.get("suppressed"):
        yield say["suppressed_body"].format_map(values)


def _local(at: datetime, to: NoticeRecipient) -> str:
    """*at* as people write it, with the zone that it is in."""
    return f"{at.astimezone(to.zone):{texts(to.language).NOTICES['time']}} ({to.zone})"
