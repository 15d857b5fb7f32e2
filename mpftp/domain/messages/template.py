"""A compiled message: encoded segments, joined anew for each contact.

It travels to other processes by ``pickle``, so this module imports none of what reads HTML.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from mpftp.domain.addresses import smtp_address
from mpftp.domain.messages.pieces import Piece, TokenPiece, ValuePiece, escape_value, make_value_encoder
from mpftp.domain.messages.quoting import encode_quoted_printable, format_header, replace_controls
from mpftp.domain.sending.transport import OutgoingMessage
from mpftp.domain.tokens import TokenKind

Segment = bytes | ValuePiece | TokenPiece
TokenPurpose = tuple[TokenKind, int]
TokenWriterFactory = Callable[[Sequence[TokenPurpose]], Callable[[int], list[bytes]]]
"""Given purposes (kind, link), a function that makes all these tokens of one delivery at once."""

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]+")
_OWN_HEADER_LINES = 4  # header lines that ``render`` makes: Date, To, Subject, Message-ID


@dataclass(frozen=True)
class Template:
    """One campaign's message, ready for each contact.

    *segments* follow the header lines that ``render`` makes itself. *web_copy_pieces* is the HTML for
    the web copy. *columns* is the number of values a contact has. *id_right* is what follows the
    delivery's token in its Message-ID. *dkim_sign* adds the DKIM signature, made at so many seconds
    since 1970. *make_token_writer* makes the tokens of *sign*, all of a message at once. It can be
    pickled as long as *sign*, *make_token_writer* and *dkim_sign* can.
    """

    segments: tuple[Segment, ...]
    subject: tuple[Piece, ...]
    web_copy_pieces: tuple[Piece, ...]
    columns: int
    id_right: str
    bounce_address: str
    sign: Callable[[TokenKind, int, int], str]
    make_token_writer: TokenWriterFactory | None = None
    dkim_sign: Callable[[bytes, int], bytes] | None = None

    def render(self, delivery_id: int, email: str, values: Sequence[str], date: datetime) -> OutgoingMessage:
        """The whole message for one contact: CRLF line ends, no line that starts with a dot.

        *date* (aware) becomes ``Date``. Message-ID depends on the campaign, *delivery_id* and the signing
        key alone, so a message that is tried again is the same one for its reader. It holds the token
        of the envelope sender, for reports that quote nothing else. No value makes this fail.
        """
        laid = self._plan
        if len(values) < self.columns:
            values = [*values, *[""] * (self.columns - len(values))]
        bounce, *tokens = laid.write_tokens(delivery_id)
        recipient = smtp_address(email)
        pool = [
            _date_line(date),
            b"To: %b\r\n" % _header_safe(recipient).encode("utf-8", "replace"),
            laid.subject or format_header("Subject", self._subject_for(values)),
            b"Message-ID: <%b.%b>\r\n" % (bounce, laid.id_right),
            *laid.literals,
            *tokens,
        ]
        for column, fallback, encode in laid.fields:
            value = values[column]
            pool.append(encode(value) if value and not value.isspace() else fallback)
        data = b"".join(laid.pick(pool))
        if self.dkim_sign:
            data = self.dkim_sign(data, int(date.timestamp()))
        return OutgoingMessage(delivery_id, (laid.sender % bounce).decode(), recipient, data)

    def web_copy(self, delivery_id: int, email: str, values: Sequence[str]) -> str:
        """The HTML that the contact sees at ``{{ver_online}}``: the same links, but no pixel."""
        return "".join(
            self.sign(piece.kind, delivery_id, piece.link)
            if isinstance(piece, TokenPiece)
            else _unescaped(piece, values)
            for piece in self.web_copy_pieces
        )

    def _subject_for(self, values: Sequence[str]) -> str:
        return "".join(
            _unescaped(piece, values) for piece in self.subject if not isinstance(piece, TokenPiece)
        )

    @functools.cached_property
    def _plan(self) -> _RenderPlan:
        return _make_plan(self)

    def __getstate__(self) -> dict[str, object]:
        """Only what was given: the layout is made anew where it is needed."""
        return {name: value for name, value in vars(self).items() if name != "_plan"}


@dataclass(frozen=True, slots=True)
class _RenderPlan:
    """The segments as ``render`` wants them: each literal and each distinct cell once, and their order.

    *write_tokens* begins with the envelope's. *subject* is the header line when all contacts share it.
    """

    literals: tuple[bytes, ...]
    write_tokens: Callable[[int], list[bytes]]
    fields: tuple[tuple[int, bytes, Callable[[str], bytes]], ...]
    pick: Callable[[Sequence[bytes]], tuple[bytes, ...]]
    sender: bytes
    id_right: bytes
    subject: bytes


def _make_plan(template: Template) -> _RenderPlan:
    literals = tuple(segment for segment in template.segments if isinstance(segment, bytes))
    cells = dict.fromkeys(segment for segment in template.segments if not isinstance(segment, bytes))
    signed = [cell for cell in cells if isinstance(cell, TokenPiece)]
    fields = [cell for cell in cells if isinstance(cell, ValuePiece)]
    after = _OWN_HEADER_LINES + len(literals)
    places = {cell: index for index, cell in enumerate([*signed, *fields], after)}
    numbers = iter(range(_OWN_HEADER_LINES, after))
    order = [
        next(numbers) if isinstance(segment, bytes) else places[segment] for segment in template.segments
    ]
    local, _, domain = smtp_address(template.bounce_address).rpartition("@")
    return _RenderPlan(
        literals,
        _token_writer(template, [(TokenKind.BOUNCE, 0), *((cell.kind, cell.link) for cell in signed)]),
        tuple(
            (cell.column, encode_quoted_printable(cell.fallback), make_value_encoder(cell.output_context))
            for cell in fields
        ),
        operator.itemgetter(*range(_OWN_HEADER_LINES), *order),
        b"%b+%%b@%b" % (local.replace("%", "%%").encode(), domain.replace("%", "%%").encode()),
        template.id_right.encode("utf-8", "replace"),
        _constant_subject(template.subject),
    )


def _token_writer(template: Template, purposes: Sequence[TokenPurpose]) -> Callable[[int], list[bytes]]:
    if template.make_token_writer:
        return template.make_token_writer(purposes)
    sign = template.sign
    return lambda delivery_id: [sign(kind, delivery_id, link).encode("ascii") for kind, link in purposes]


def _constant_subject(pieces: Sequence[Piece]) -> bytes:
    if any(isinstance(piece, ValuePiece) for piece in pieces):
        return b""
    return format_header("Subject", "".join(piece for piece in pieces if isinstance(piece, str)))


def _unescaped(piece: str | ValuePiece, values: Sequence[str]) -> str:
    if isinstance(piece, str):
        return piece
    value = values[piece.column] if piece.column < len(values) else ""
    return escape_value(value, piece.output_context) if value and not value.isspace() else piece.fallback


def _header_safe(address: str) -> str:
    """Return *address* without characters that could end it in a header; a valid one has none."""
    if _ADDRESS.fullmatch(address):
        return address
    return "".join(char for char in replace_controls(address) if char not in ' <>,;:()"\\[]')


@functools.lru_cache(maxsize=8)
def _date_line(date: datetime) -> bytes:
    return f"Date: {format_datetime(date)}\r\n".encode("ascii")
