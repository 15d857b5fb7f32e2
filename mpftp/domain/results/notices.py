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
from mpftp.domain.results.answers import format_error_lines
from mpftp.domain.sending.transport import OutgoingMessage


class NoticeKind(StrEnum):
    """What happened."""

    REFUSED = "refused"
    ACCEPTED = "accepted"
    FINISHED = "finished"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell: *about* is the row it is about, *facts* are what its text is filled from."""

    kind: NoticeKind
    about: int
    client: str
    key: TripletKey
    at: datetime
    facts: Any


@dataclass(frozen=True, slots=True)
class NoticeRecipient:
    """Who is told, from which address, in which language and time zone."""

    address: str
    sender: str
    language: str
    zone: tzinfo


NOTICE_TEXTS: Mapping[str, Mapping[str, str]] = {
    "pt_BR": {
        "refused": "recusado",
        "accepted": "aceito",
        "finished": "envio concluído",
        "published": "resultados publicados",
        "refused_body": "O envio {name} de {date} foi recusado. Corrija os arquivos e envie-os de novo;"
        " o arquivo {file} no servidor tem a lista completa.",
        "unreadable": "arquivos com nomes errados",
        "unreadable_body": "No servidor há arquivos que não fazem parte de nenhum envio e não serão lidos;"
        " o arquivo {file} tem a lista completa.",
        "accepted_body": "O envio {name} de {date} foi aceito: {contacts} contatos de {lines} linhas,"
        " em {fragments} lote(s). O primeiro sai em {first}.",
        "finished_body": "O envio {name} de {date} terminou em {at}: {sent} mensagens enviadas,"
        " {failed} recusadas.",
        "published_body": "Os resultados do envio {name} de {date} estão no servidor:",
        "further": "e mais {count} problema(s)",
    },
    "en": {
        "refused": "refused",
        "accepted": "accepted",
        "finished": "sent",
        "published": "results published",
        "refused_body": "The triplet {name} of {date} was refused. Correct the files and upload them again;"
        " the file {file} on the server has the whole list.",
        "unreadable": "files with wrong names",
        "unreadable_body": "On the server there are files that belong to no triplet and will not be read;"
        " the file {file} has the whole list.",
        "accepted_body": "The triplet {name} of {date} was accepted: {contacts} contacts of {lines} lines,"
        " in {fragments} batch(es). The first goes out at {first}.",
        "finished_body": "The triplet {name} of {date} was finished at {at}: {sent} messages sent,"
        " {failed} refused.",
        "published_body": "The results of the triplet {name} of {date} are on the server:",
        "further": "and {count} more problem(s)",
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
        message["From"] = Address("mpftp", addr_spec=to.sender)
        message["To"] = to.address
        message["Subject"] = f"{key.name} {key.date}: {say[_text_of(notice)]}"
        message["Date"] = format_datetime(date)
        mark = hashlib.sha256(f"{notice.client} {notice.kind} {notice.about}".encode()).hexdigest()[:24]
        message["Message-ID"] = f"<notice.{mark}@{to.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("\n".join(format_notice(notice, to)) + "\n", cte="quoted-printable")
        return OutgoingMessage(delivery_id, "", to.address, message.as_bytes())


def _text_of(notice: Notice) -> str:
    unreadable = notice.kind is NoticeKind.REFUSED and notice.key.name == UNREADABLE
    return "unreadable" if unreadable else notice.kind.value


def format_notice(notice: Notice, to: NoticeRecipient) -> Iterator[str]:
    """The lines of the text."""
    say, key, facts = NOTICE_TEXTS[to.language], notice.key, notice.facts

    def local(at: datetime) -> str:
        return at.astimezone(to.zone).strftime("%d/%m/%Y %H:%M")

    values = {"name": key.name, "date": key.date, "file": key.file(AnswerType.ERRO), "at": local(notice.at)}
    if notice.kind in (NoticeKind.ACCEPTED, NoticeKind.FINISHED):
        first = facts.get("first")
        values |= facts | {"first": local(from_ms(first)) if first else ""}
    yield say[f"{_text_of(notice)}_body"].format_map(values)
    if notice.kind is NoticeKind.REFUSED:
        yield ""
        lines = list(format_error_lines(facts, to.language))
        yield from lines[:MAX_LISTED_PROBLEMS]
        if len(lines) > MAX_LISTED_PROBLEMS:
            yield say["further"].format(count=len(lines) - MAX_LISTED_PROBLEMS)
    elif notice.kind is NoticeKind.PUBLISHED:
        yield from (f"- {key.name}_{kind}_{key.date}: {count}" for kind, count in facts.items())
