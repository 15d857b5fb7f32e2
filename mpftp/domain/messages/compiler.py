"""Compiling a campaign's message: header lines and two parts, encoded once for all contacts."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from mpftp.domain.addresses import smtp_address
from mpftp.domain.campaign import CampaignSettings
from mpftp.domain.messages.compose import MessageContext, MessageSource
from mpftp.domain.messages.dkim import DkimKey, aligned_keys, sign_message
from mpftp.domain.messages.pieces import Piece, TokenPiece
from mpftp.domain.messages.quoting import SOFT_BREAK, encode_quoted_printable, format_mailbox
from mpftp.domain.messages.template import Segment, Template
from mpftp.domain.tokens import TokenKind

__all__ = ["MessageContext", "Template", "compile_message"]

BOUNDARY = b"=_mpftp_alternative"
"""Can stand in no quoted-printable text, where "=" is followed by two digits or a line end (RFC 2045)."""


def compile_message(
    settings: CampaignSettings, html: str, columns: Sequence[str], mailing: MessageContext
) -> Template:
    """Compile a campaign's message for contacts whose values come in the order of *columns*.

    Raises ``MpftpError`` when the message needs a field that *columns* lacks, ``ConfigError`` when a
    DKIM key for the sender's domain cannot be used.
    """
    source = MessageSource(html, columns, settings.analytics, mailing)
    from_email = smtp_address(settings.from_email)
    parts = _parts(source.text_part(settings.text), source.html_pieces(pixel=True))
    digest = hashlib.sha256(repr((settings, source.html)).encode("utf-8", "replace")).hexdigest()
    return Template(
        segments=tuple(_join_literals([*_headers(settings, from_email, mailing), *parts])),
        subject=tuple(source.text_pieces(settings.subject)),
        web_copy_pieces=tuple(source.html_pieces(pixel=False)),
        columns=len(columns),
        id_right=f"{digest[:16]}@{from_email.rpartition('@')[2]}",
        bounce_address=mailing.bounce_address,
        sign=mailing.sign_token,
        make_token_writer=mailing.make_token_writer,
        dkim_sign=_dkim_signer(from_email, mailing.dkim),
    )


def _dkim_signer(from_email: str, keys: Iterable[DkimKey]) -> Callable[[bytes, int], bytes] | None:
    """Signs with those of *keys* that are aligned with From; ``None``: signing is left to the relay."""
    fitting = aligned_keys(from_email, keys)
    for key in fitting:
        key.check()
    return functools.partial(sign_message, keys=fitting) if fitting else None


def _headers(settings: CampaignSettings, from_email: str, mailing: MessageContext) -> Iterator[Segment]:
    """The header lines after those that ``render`` makes, up to and with the first boundary."""
    yield b"From: %b\r\n" % format_mailbox(settings.from_name, from_email)
    if settings.reply_to:
        yield b"Reply-To: %b\r\n" % format_mailbox("", smtp_address(settings.reply_to))
    local, _, domain = smtp_address(mailing.bounce_address).rpartition("@")
    yield b"List-Unsubscribe: <%b" % mailing.url(TokenKind.OPT_OUT).encode("ascii")
    yield TokenPiece(TokenKind.OPT_OUT)
    yield b">,\r\n <mailto:%b+" % local.encode()
    yield TokenPiece(TokenKind.OPT_OUT)
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


def _join_literals(segments: Iterable[Segment]) -> list[Segment]:
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
            encoded = encode_quoted_printable(piece)
            yield encoded
            at_start = encoded.endswith(b"\r\n")
        else:
            yield piece
            at_start = False
