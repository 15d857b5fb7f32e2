"""Short e-mails to a client: refused, accepted, finished, published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import Any

from mpftp.domain.clock import from_ms
from mpftp.domain.file_names import UNREADABLE, AnswerType, TripletKey
from mpftp.domain.printable import escape_invisible
from mpftp.domain.results.answers import format_error_lines
from mpftp.domain.results.situations import stop_text
from mpftp.domain.results.wording import NO_SUPPORT, Support, count_text, format_key_date
from mpftp.domain.sending.transport import OutgoingMessage


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

    *support* is whom an answer reaches; without one nobody reads answers to *sender*.
    """

    address: str
    sender: str
    language: str
    zone: tzinfo
    support: Support = NO_SUPPORT
    client_name: str = ""


NOTICE_TEXTS: Mapping[str, Mapping[str, str]] = {
    "pt_BR": {
        "sender": "mpftp (mensagem automática)",
        "refused": "recusado",
        "accepted": "aceito",
        "finished": "envio concluído",
        "cancelled": "envio cancelado",
        "paused": "envio interrompido",
        "published": "resultados publicados",
        "refused_body": "O envio {name} de {date} foi recusado. Corrija os arquivos e envie-os de novo;"
        " o arquivo {file} no servidor tem a lista completa.",
        "unreadable": "arquivos com nomes errados",
        "unreadable_body": "No servidor há arquivos que não fazem parte de nenhum envio e não serão lidos;"
        " o arquivo {file} tem a lista completa.",
        "accepted_body": "O envio {name} de {date} foi aceito: {contacts} de {lines}, em {fragments}."
        " O primeiro sai em {first}.",
        "suppressed": "1 contato não receberá a mensagem|{count} contatos não receberão a mensagem",
        "suppressed_body": "{suppressed}: descadastro, devolução ou bloqueio anterior.",
        "finished_body": "O envio {name} de {date} terminou em {at}: {sent}, {failed}.",
        "cancelled_body": "O envio {name} de {date} foi cancelado em {at} ({reason}): {sent}, {failed},"
        " {cancelled}.",
        "paused_body": "O envio {name} de {date} está interrompido desde {at} ({reason}): {sent}, {failed},"
        " {waiting}.",
        "published_body": "Os resultados do envio {name} de {date} estão no servidor:",
        "published_paused": "O envio está interrompido ({reason}); se continuar, os arquivos serão"
        " publicados de novo.",
        "published_cancelled": "O envio foi cancelado ({reason}).",
        "about": "Cliente {client}, pasta {folder}, assunto “{subject}”.",
        "support": "Dúvidas: {support}",
        "further": "e mais {count}",
        "contacts": "1 contato|{count} contatos",
        "lines": "1 linha|{count} linhas",
        "fragments": "1 lote|{count} lotes",
        "sent": "1 mensagem enviada|{count} mensagens enviadas",
        "failed": "1 recusada|{count} recusadas",
        "cancelled_count": "1 não enviada|{count} não enviadas",
        "waiting": "1 à espera|{count} à espera",
        "problems": "1 problema|{count} problemas",
        "time": "%d/%m/%Y %H:%M",
        "day": "%d/%m/%Y",
    },
    "en": {
        "sender": "mpftp (automatic message)",
        "refused": "refused",
        "accepted": "accepted",
        "finished": "sent",
        "cancelled": "cancelled",
        "paused": "stopped",
        "published": "results published",
        "refused_body": "The triplet {name} of {date} was refused. Correct the files and upload them again;"
        " the file {file} on the server has the whole list.",
        "unreadable": "files with wrong names",
        "unreadable_body": "On the server there are files that belong to no triplet and will not be read;"
        " the file {file} has the whole list.",
        "accepted_body": "The triplet {name} of {date} was accepted: {contacts} of {lines}, in {fragments}."
        " The first goes out at {first}.",
        "suppressed": "1 contact does not get the message|{count} contacts do not get the message",
        "suppressed_body": "{suppressed}: opted out, bounced or blocked before.",
        "finished_body": "The triplet {name} of {date} was finished at {at}: {sent}, {failed}.",
        "cancelled_body": "The triplet {name} of {date} was cancelled at {at} ({reason}): {sent}, {failed},"
        " {cancelled}.",
        "paused_body": "The triplet {name} of {date} is stopped since {at} ({reason}): {sent}, {failed},"
        " {waiting}.",
        "published_body": "The results of the triplet {name} of {date} are on the server:",
        "published_paused": "Sending is stopped ({reason}); if it goes on, the files are published again.",
        "published_cancelled": "Sending was cancelled ({reason}).",
        "about": "Client {client}, folder {folder}, subject “{subject}”.",
        "support": "Questions: {support}",
        "further": "and {count} more",
        "contacts": "1 contact|{count} contacts",
        "lines": "1 line|{count} lines",
        "fragments": "1 batch|{count} batches",
        "sent": "1 message sent|{count} messages sent",
        "failed": "1 refused|{count} refused",
        "cancelled_count": "1 not sent|{count} not sent",
        "waiting": "1 waiting|{count} waiting",
        "problems": "1 problem|{count} problems",
        "time": "%Y-%m-%d %H:%M",
        "day": "%Y-%m-%d",
    },
}

MAX_LISTED_PROBLEMS = 20  # problems that an e-mail lists


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """*notice* as an e-mail that a transport can carry (``mpftp.domain.sending.transport.Renderer``)."""

    notice: Notice
    addressee: NoticeRecipient

    def render(self, delivery_id: int, email: str, values: Sequence[str], date: datetime) -> OutgoingMessage:
        """The whole message; its Message-ID is the same however often it is made."""
        notice, to = self.notice, self.addressee
        say, key = NOTICE_TEXTS[to.language], notice.key
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
        mark = hashlib.sha256(f"{notice.client} {notice.kind} {notice.about}".encode()).hexdigest()[:24]
        message["Message-ID"] = f"<notice.{mark}@{to.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("\n".join(format_notice(notice, to)) + "\n", cte="quoted-printable")
        return OutgoingMessage(delivery_id, "", to.address, message.as_bytes())


def _text_of(notice: Notice) -> str:
    """The key of the text: files of no triplet, and a campaign that was cancelled, have their own."""
    if notice.kind is NoticeKind.REFUSED and notice.key.name == UNREADABLE:
        return "unreadable"
    cancelled = notice.kind is NoticeKind.FINISHED and notice.state == "cancelled"
    return "cancelled" if cancelled else notice.kind.value


def format_notice(notice: Notice, to: NoticeRecipient) -> Iterator[str]:
    """The lines of the text."""
    say, key, facts = NOTICE_TEXTS[to.language], notice.key, notice.facts

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
        values["first"] = _local(from_ms(first), to) if first else ""
    yield say[f"{_text_of(notice)}_body"].format_map(values)
    yield from _details(notice, to, values)
    if notice.subject:
        yield ""
        client = to.client_name or notice.client
        yield say["about"].format(client=client, folder=notice.folder, subject=notice.subject)
    if to.support:
        yield ""
        yield say["support"].format(support=to.support)


COUNTED = ("contacts", "lines", "fragments", "sent", "failed", "suppressed", "waiting")
"""The facts that are counts of something, each with its words."""


def _details(notice: Notice, to: NoticeRecipient, values: Mapping[str, str]) -> Iterator[str]:
    """What follows the first sentence."""
    say, key, facts = NOTICE_TEXTS[to.language], notice.key, notice.facts
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
    return f"{at.astimezone(to.zone):{NOTICE_TEXTS[to.language]['time']}} ({to.zone})"
