"""A campaign's message: compiled once into encoded segments, rendered for each contact by a join."""

from __future__ import annotations

import functools
import hashlib
import operator
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime

from mpftp.domain.campaign import Settings
from mpftp.domain.compose import Mailing, Source
from mpftp.domain.international import wire_address
from mpftp.domain.quoting import SOFT_BREAK, header, mailbox, one_line, quoted
from mpftp.domain.slots import Field, Piece, Signed, encoder, written
from mpftp.domain.tokens import Kind
from mpftp.domain.transport import Outgoing

__all__ = ["Mailing", "Template", "compile_message"]

BOUNDARY = b"=_mpftp_alternative"
"""Can stand in no quoted-printable text, where "=" is followed by two digits or a line end (RFC 2045)."""

Cell = Field | Signed
Segment = bytes | Cell

DATE, TO, SUBJECT, MESSAGE_ID = range(4)
"""The header lines that a template makes anew for each contact, in their order."""


def compile_message(settings: Settings, html: str, columns: Sequence[str], mailing: Mailing) -> Template:
    """Compile a campaign's message for contacts whose values come in the order of *columns*.

    Raises ``MpftpError`` when the message needs a field that *columns* lacks.
    """
    return Template(settings, Source(html, columns, settings.analytics, mailing))


class Template:
    """A compiled message. It can be pickled as long as ``Mailing.sign`` can."""

    def __init__(self, settings: Settings, source: Source) -> None:
        mailing = source.mailing
        self._sign = mailing.sign
        self._page = source.page(pixel=False)
        self._subject = source.plain(settings.subject)
        from_email = wire_address(settings.from_email)
        self._bounce = tuple(wire_address(mailing.bounce_address).rsplit("@", 1))
        digest = hashlib.sha256(repr((settings, source.html)).encode("utf-8", "replace")).hexdigest()
        self._id_right = f"{digest[:16]}@{from_email.rpartition('@')[2]}"
        text = source.text_part(settings.text)
        parts = _parts(text, source.page(pixel=True))
        self._lay(_merged([*_headers(settings, from_email, mailing), *parts]))

    def _lay(self, segments: Sequence[Segment]) -> None:
        """Keep each literal and each distinct cell once, and the order in which a join takes them."""
        literals = [segment for segment in segments if isinstance(segment, bytes)]
        cells = dict.fromkeys(segment for segment in segments if not isinstance(segment, bytes))
        signed = [cell for cell in cells if isinstance(cell, Signed)]
        fields = [cell for cell in cells if isinstance(cell, Field)]
        self._purposes = [(cell.kind, cell.link) for cell in signed]
        self._fields = [(cell.column, quoted(cell.fallback), encoder(cell.place)) for cell in fields]
        self._literals = tuple(literals)
        first = 4 + len(literals)
        places = {cell: first + place for place, cell in enumerate([*signed, *fields])}
        numbers = iter(range(4, first))
        order = [next(numbers) if isinstance(segment, bytes) else places[segment] for segment in segments]
        self._pick = operator.itemgetter(0, 1, 2, 3, *order)

    def render(self, delivery_id: int, email: str, values: Sequence[str], date: datetime) -> Outgoing:
        """The whole message for one contact: CRLF line ends, no line that starts with a dot.

        *date* (aware) becomes ``Date``. Message-ID depends on the campaign and *delivery_id* alone, so
        a message that is tried again is the same one for its reader.
        """
        sign = self._sign
        recipient = wire_address(email)
        pool = [
            _date_line(date),
            b"To: %b\r\n" % _bare(recipient).encode(),
            header("Subject", self._subject_for(values)),
            b"Message-ID: <%d.%b>\r\n" % (delivery_id, self._id_right.encode()),
            *self._literals,
        ]
        pool += [sign(kind, delivery_id, link).encode("ascii") for kind, link in self._purposes]
        for column, fallback, encode in self._fields:
            value = values[column]
            pool.append(encode(value) if value and not value.isspace() else fallback)
        sender = f"{self._bounce[0]}+{sign(Kind.BOUNCE, delivery_id, 0)}@{self._bounce[1]}"
        return Outgoing(delivery_id, sender, recipient, b"".join(self._pick(pool)))

    def web_copy(self, delivery_id: int, email: str, values: Sequence[str]) -> str:
        """The HTML that the contact sees at ``{{ver_online}}``: the same links, but no pixel."""
        return "".join(self._plainly(piece, delivery_id, values) for piece in self._page)

    def _plainly(self, piece: Piece, delivery_id: int, values: Sequence[str]) -> str:
        if isinstance(piece, str):
            return piece
        if isinstance(piece, Signed):
            return self._sign(piece.kind, delivery_id, piece.link)
        return _value_of(piece, values)

    def _subject_for(self, values: Sequence[str]) -> str:
        return "".join(
            piece if isinstance(piece, str) else _value_of(piece, values)
            for piece in self._subject
            if not isinstance(piece, Signed)
        )


def _value_of(field: Field, values: Sequence[str]) -> str:
    value = values[field.column]
    return written(value, field.place) if value and not value.isspace() else field.fallback


def _bare(address: str) -> str:
    """*address* without whatever could end it in a header; a valid one has none of these."""
    return "".join(char for char in one_line(address) if char not in ' <>,;:()"\\[]')


@functools.lru_cache(maxsize=8)
def _date_line(date: datetime) -> bytes:
    return f"Date: {format_datetime(date)}\r\n".encode("ascii")


def _headers(settings: Settings, from_email: str, mailing: Mailing) -> Iterator[Segment]:
    """The header lines after those that ``render`` makes, up to and with the first boundary."""
    yield b"From: %b\r\n" % mailbox(settings.from_name, from_email)
    if settings.reply_to:
        yield b"Reply-To: %b\r\n" % mailbox("", wire_address(settings.reply_to))
    local, _, domain = wire_address(mailing.bounce_address).rpartition("@")
    yield b"List-Unsubscribe: <%b" % mailing.url(Kind.OPT_OUT).encode("ascii")
    yield Signed(Kind.OPT_OUT)
    yield b">,\r\n <mailto:%b+" % local.encode()
    yield Signed(Kind.OPT_OUT)
    yield b"@%b?subject=unsubscribe>\r\n" % domain.encode()
    yield b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    if mailing.client:
        stream = ":".join(_stream(part) for part in (mailing.campaign, mailing.client, "campaign", "mpftp"))
        yield f"Feedback-ID: {stream}\r\n".encode("ascii")
    yield b"MIME-Version: 1.0\r\n"
    yield b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n' % BOUNDARY


def _stream(part: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in part)


def _parts(text: Iterable[Piece], page: Iterable[Piece]) -> Iterator[Segment]:
    for kind, pieces in ((b"plain", text), (b"html", page)):
        yield b"--%b\r\nContent-Type: text/%b; charset=utf-8\r\n" % (BOUNDARY, kind)
        yield b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        yield from _body(pieces)
        yield b"\r\n"
    yield b"--%b--\r\n" % BOUNDARY


def _merged(segments: Iterable[Segment]) -> list[Segment]:
    """*segments* with neighbouring literals made one."""
    merged: list[Segment] = []
    for segment in segments:
        if isinstance(segment, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += segment
        else:
            merged.append(segment)
    return merged


def _body(pieces: Iterable[Piece]) -> Iterator[Segment]:
    """*pieces* in quoted-printable; a soft line break before and after each cell makes them independent."""
    at_start = True
    for piece in pieces:
        if not at_start:
            yield SOFT_BREAK
        if isinstance(piece, str):
            encoded = quoted(piece)
            yield encoded
            at_start = encoded.endswith(b"\r\n")
        else:
            yield piece
            at_start = False
