"""From the client's files to the pieces of a message: literal text, and what differs by contact."""

from __future__ import annotations

import bisect
import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mpftp.domain.messages import merge_fields
from mpftp.domain.messages.dkim import DkimKey
from mpftp.domain.messages.links import add_utm_parameters, ascii_url, find_anchors, join_base, quote_value
from mpftp.domain.messages.markup import (
    Attribute,
    HtmlOutline,
    is_commented_out,
    scan_html,
    unescape_attribute,
)
from mpftp.domain.messages.pieces import OutputContext, Piece, TokenPiece, ValuePiece, escape_value
from mpftp.domain.messages.plaintext import html_to_text
from mpftp.domain.messages.template import TokenWriterFactory
from mpftp.domain.profile import DEFAULT_PROFILE, LINK_FIELDS, OPT_OUT_FIELD, Profile
from mpftp.domain.texts import DEFAULT_LANGUAGE, texts
from mpftp.domain.tokens import TokenKind
from mpftp.errors import MpftpError

_ADDRESS = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_IN_UNQUOTED = re.compile(r"<[A-Za-z][^<>]*\s[^\s\"'<>=/]+=[^\s\"'<>]*\Z")
_PICTURES = ("src", "background", "poster")
_TAG_REACH = 2_000  # characters before a field in which its tag is looked for
_PIXEL = ('<img src="', '.gif" alt="" width="1" height="1" style="border:0;width:1px;height:1px">')


@dataclass(frozen=True, slots=True)
class MessageContext:
    """What a message needs beside the client's files.

    *sign_token* makes a token for (kind, delivery id, link number). *links* are the campaign's targets
    as the state holds them, number 1 first. *campaign* and *client* name the stream in ``Feedback-ID``.
    *dkim* are all keys there are; those of the sender's domain sign. *make_token_writer*
    (``Signer.make_token_writer``) makes the same tokens as *sign_token* for a fraction of its cost.
    """

    base_url: str
    bounce_address: str
    sign_token: Callable[[TokenKind, int, int], str]
    links: tuple[str, ...]
    profile: Profile = DEFAULT_PROFILE
    language: str = DEFAULT_LANGUAGE
    campaign: str = ""
    client: str = ""
    dkim: tuple[DkimKey, ...] = ()
    make_token_writer: TokenWriterFactory | None = None

    def url(self, kind: TokenKind) -> str:
        """Our address for one purpose, up to the token."""
        letter = {TokenKind.OPEN: "o", TokenKind.CLICK: "c", TokenKind.OPT_OUT: "u", TokenKind.WEB: "w"}[kind]
        return f"{ascii_url(self.base_url).rstrip('/')}/{letter}/"


@dataclass(frozen=True, slots=True)
class _Edit:
    """``html[start:end]`` becomes *pieces*."""

    start: int
    end: int
    pieces: tuple[Piece, ...]


class MessageSource:
    """A client's message and what is needed to read it."""

    def __init__(self, text: str, columns: Sequence[str], analytics: str, mailing: MessageContext) -> None:
        self.html = re.sub("\r\n?", "\n", text)
        self.columns = tuple(columns)
        self.mailing = mailing
        self._analytics = analytics

    @cached_property
    def _markup(self) -> HtmlOutline:
        return scan_html(self.html)

    @cached_property
    def _edits(self) -> list[_Edit]:
        return [*self._links(), *self._pictures(), *self._slots(), *self._charsets()]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {url: link_number for link_number, url in enumerate(self.mailing.links, 1)}

    def html_pieces(self, *, pixel: bool) -> list[Piece]:
        """The HTML with its merge fields, followed links and, for the message, the *pixel* of opens.

        What is not changed stays as the client wrote it, but for line ends, which mail fixes.
        """
        edits = list(self._edits)
        if pixel:
            before, after = _PIXEL
            url = before + html.escape(self.mailing.url(TokenKind.OPEN))
            edits.append(
                _Edit(self._markup.body_end, self._markup.body_end, (url, TokenPiece(TokenKind.OPEN), after))
            )
        return _applied(self.html, edits)

    def _links(self) -> Iterator[_Edit]:
        click = html.escape(self.mailing.url(TokenKind.CLICK))
        for anchor in find_anchors(self.html, self._markup, self.mailing.profile, self._analytics):
            link_number = self._numbers.get(anchor.url)
            if link_number is not None:
                attribute = anchor.attribute
                yield _Edit(attribute.start, attribute.end, (click, TokenPiece(TokenKind.CLICK, link_number)))

    def _pictures(self) -> Iterator[_Edit]:
        """Relative addresses of pictures, made whole: most mail programs do not heed ``<base>``."""
        base, begin = self._markup.base, self.mailing.profile.merge_open
        for attribute in self._markup.urls if base else ():
            written = self.html[attribute.start : attribute.end].partition(begin)[0]
            url = join_base(unescape_attribute(written).strip(), base) if written.strip() else ""
            if url and attribute.name in _PICTURES:
                yield _Edit(attribute.start, attribute.start + len(written), (html.escape(url),))

    def _slots(self) -> Iterator[_Edit]:
        starts = [attribute.start for attribute in self._markup.urls]
        for field in self._limit_fields(merge_fields.merge_fields(self.html, self.mailing.profile)):
            if not merge_fields.is_filled(field, self.columns) and is_commented_out(self.html, field.start):
                continue
            nearest = bisect.bisect_right(starts, field.start) - 1
            attribute = self._markup.urls[nearest] if nearest >= 0 else None
            if attribute is None or field.start >= attribute.end:
                yield _Edit(field.start, field.end, self._value_piece(field, self._in_html(field)))
            else:
                yield self._in_url(field, attribute)

    def _limit_fields(self, fields: list[merge_fields.MergeField]) -> list[merge_fields.MergeField]:
        if len(fields) > merge_fields.MAX_MERGE_FIELDS:
            raise MpftpError(
                f"the message has too many merge fields: {len(fields)},"
                f" at most {merge_fields.MAX_MERGE_FIELDS} can be filled",
                hint="ask the client for a smaller message",
            )
        return fields

    def _in_html(self, field: merge_fields.MergeField) -> OutputContext:
        """UNQUOTED or HTML. A text that only looks like an attribute may be UNQUOTED: it reads the same."""
        before = self.html[max(0, field.start - _TAG_REACH) : field.start]
        return OutputContext.UNQUOTED if _IN_UNQUOTED.search(before) else OutputContext.HTML

    def _in_url(self, field: merge_fields.MergeField, attribute: Attribute) -> _Edit:
        """A field in an address. ``http://{{field}}``, which some editors make, loses its prefix."""
        before = self.html[attribute.start : field.start].strip().lower()
        after = self.html[field.end : attribute.end].strip()
        ends = field.name in LINK_FIELDS or not after or after[0] in "?#"
        complete = before == "" or (before in ("http://", "https://") and ends)
        start = attribute.start if complete else field.start
        return _Edit(
            start, field.end, self._value_piece(field, OutputContext.LINK if complete else OutputContext.URL)
        )

    def _charsets(self) -> Iterator[_Edit]:
        """The message is sent in UTF-8, so that is what its own ``<meta>`` must say."""
        for start, end in self._markup.charsets:
            if self.html[start:end].lower() not in ("utf-8", "utf8"):
                yield _Edit(start, end, ("utf-8",))

    def _value_piece(self, field: merge_fields.MergeField, context: OutputContext) -> tuple[Piece, ...]:
        if field.name in LINK_FIELDS:
            kind = TokenKind.OPT_OUT if field.name == OPT_OUT_FIELD else TokenKind.WEB
            url = self.mailing.url(kind)
            if context is OutputContext.URL:
                return (quote_value(url), TokenPiece(kind))
            return (url if context is OutputContext.TEXT else html.escape(url), TokenPiece(kind))
        column = merge_fields.find_column(field.name, self.columns)
        if column is None:
            raise MpftpError(
                f"the message needs the field {field.name!r}, which MAIL does not have",
                hint="`mpftp validate` shows every such field of a triplet",
            )
        if context is OutputContext.UNQUOTED and not field.fallback:
            return (ValuePiece(column, '""' if self.html[field.start - 1] == "=" else "", context),)
        if context in (OutputContext.HTML, OutputContext.UNQUOTED):
            return (ValuePiece(column, field.fallback, context),)
        return (ValuePiece(column, escape_value(html.unescape(field.fallback), context), context),)

    def text_pieces(self, text: str) -> list[Piece]:
        """The subject, or another *text* without markup and links, with its merge fields."""
        pieces: list[Piece] = []
        self._limit_fields(merge_fields.merge_fields(text, self.mailing.profile))
        for piece in merge_fields.parse_merge_fields(text, self.mailing.profile):
            pieces += (piece,) if isinstance(piece, str) else self._value_piece(piece, OutputContext.TEXT)
        return _joined(pieces)

    def text_part(self, text: str) -> list[Piece]:
        """The text part: CONF's *text*, else one made of the HTML; never without a way to opt out."""
        own_part = _applied(text, self._text_edits(text)) if text.strip() else []
        pieces = own_part or _as_text(self.html_pieces(pixel=False))
        if TokenPiece(TokenKind.OPT_OUT) not in pieces:
            pieces += [
                "\n\n-- \n"
                + texts(self.mailing.language).MESSAGE["opt_out"]
                + self.mailing.url(TokenKind.OPT_OUT),
                TokenPiece(TokenKind.OPT_OUT),
                "\n",
            ]
        return _joined(pieces)

    def _text_edits(self, text: str) -> Iterator[_Edit]:
        """Merge fields of a plain *text*, and those of its addresses that the page's links lead to, too."""
        addresses = list(_ADDRESS.finditer(text))
        for match in addresses:
            url = match[0].rstrip(".,;:!?)")
            link_number = self._numbers.get(add_utm_parameters(url, self._analytics, self.mailing.profile))
            if link_number is not None:
                pieces = (self.mailing.url(TokenKind.CLICK), TokenPiece(TokenKind.CLICK, link_number))
                yield _Edit(match.start(), match.start() + len(url), pieces)
        for field in self._limit_fields(merge_fields.merge_fields(text, self.mailing.profile)):
            inside = any(match.start() < field.start < match.end() for match in addresses)
            yield _Edit(
                field.start,
                field.end,
                self._value_piece(field, OutputContext.URL if inside else OutputContext.TEXT),
            )


def _applied(text: str, edits: Iterable[_Edit]) -> list[Piece]:
    """*text* with *edits* made; of two that overlap, the one that starts first counts."""
    pieces: list[Piece] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if edit.start >= done:
            pieces += (text[done : edit.start], *edit.pieces)
            done = edit.end
    pieces.append(text[done:])
    return _joined(pieces)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """*pieces* with neighbouring literals made one, and no empty ones."""
    joined: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
    return joined


_PIECE_MARKER = re.compile("\ue000([0-9]+)\ue001")
"""A stand-in, in private-use characters, for a piece on its way through the HTML reader."""


def _as_text(page: Sequence[Piece]) -> list[Piece]:
    """The pieces of an HTML page as those of a text."""
    marked = "".join(
        re.sub("[\ue000\ue001]", "", piece) if isinstance(piece, str) else f"\ue000{index}\ue001"
        for index, piece in enumerate(page)
    )
    text = html_to_text(marked)
    pieces: list[Piece] = []
    done = 0
    for match in _PIECE_MARKER.finditer(text):
        pieces += (text[done : match.start()], _as_text_piece(page[int(match[1])]))
        done = match.end()
    pieces.append(text[done:])
    return _joined(pieces)


def _as_text_piece(piece: Piece) -> Piece:
    if isinstance(piece, ValuePiece) and piece.output_context in (OutputContext.HTML, OutputContext.UNQUOTED):
        fallback = " ".join(html.unescape(piece.fallback).split())
        return ValuePiece(piece.column, "" if fallback == '""' else fallback, OutputContext.TEXT)
    return piece
