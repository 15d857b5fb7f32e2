"""Merge fields in the spelling of other systems, which would reach the recipient as they stand.

A shape such as ``*|X|*``, ``%%x%%`` or ``[x]`` is taken for a merge field only when x is a column of
MAIL, one of our own fields, or a usual field name of another system; case, accents and punctuation
do not count. What the brackets of the profile enclose is ours, but may be written as elsewhere: by a
name that MAIL lacks, in one pair of braces more, with a filter.
"""

from __future__ import annotations

import bisect
import functools
import html
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mpftp.domain.messages.markup import (
    MAX_TOKENS,
    HtmlToken,
    HtmlTokenKind,
    is_commented_out,
    with_conditional,
)
from mpftp.domain.messages.merge_fields import MergeField, is_filled, merge_fields
from mpftp.domain.profile import LINK_FIELDS, MAIL_FIELDS, Profile
from mpftp.domain.triplets.field_names import fold_name, is_usual_word, look_up_name, suggest_field
from mpftp.domain.triplets.foreign_spellings import (
    CODE_BEGIN,
    CODE_SHAPES,
    KEYWORDS,
    MAX_NAME_CHARS,
    QUOTED_TEXT,
    QUOTING_SHAPES,
    SHAPE,
    VAGUE_SHAPES,
    fallback_in,
    name_in,
    names_in,
    read_filters,
)
from mpftp.domain.triplets.joined_text import ENCODED_IN_ATTRIBUTE, REFERENCE, JoinedText, read_sign

MAX_FIELD_CHARS = 200
"""Characters of a field with its brackets; a longer stretch is text that happens to hold both."""

MAX_FOREIGN_FIELDS = 1_000
"""Fields of one text that are looked for; a text with more of them has been told enough."""


_MARKS_REACH = 60  # characters of a subject's marks, such as [Cupom], ahead of the last one


class ForeignField(NamedTuple):
    """A merge field of another system at ``text[start:end]``.

    *written* is how it stands, without the tags that part it; *own_text* how it is written here, ``""``
    where that cannot be said; *certain* says that a fix may write it without a guess. *lacking* is the
    name of one in our own brackets that MAIL cannot fill, with which no message can be sent.
    """

    start: int
    end: int
    written: str
    own_text: str
    certain: bool
    lacking: str = ""

    def values(self, profile: Profile) -> dict[str, str]:
        """Return what the text of a finding says of it."""
        if not self.lacking:
            return describe_foreign(self.written, self.own_text)
        described = {"field": self.lacking, "nearest": self.own_text}
        if re.match(CODE_BEGIN, self.lacking.lstrip("{~ ")):
            return described | {"command": self.written}
        if self.lacking in MAIL_FIELDS:
            return described | {"add_column": self.lacking}
        return described if self.own_text else described | {"free_column": _spelled("livre1", "", profile)}


def describe_foreign(written: str, own_text: str) -> dict[str, str]:
    """Return what the text of a finding says of a field *written* otherwise; *own_text* may be ``""``."""
    return {"field": written, "ours": own_text} if own_text else {"field": written, "no_field": written}


def find_foreign_fields(text: str, columns: Sequence[str], profile: Profile) -> list[ForeignField]:
    """Return the foreign merge fields of the plain *text*, in order; *columns* are those of MAIL."""
    fields_here = merge_fields(text, profile)
    own = [(own_field.start, own_field.end) for own_field in fields_here]
    foreign = list(_written_otherwise(text, fields_here[:MAX_FOREIGN_FIELDS], columns, profile))
    for match in SHAPE.finditer(text):
        if overlaps(own, match.start(), match.end()):
            continue
        field = _field_at(match, tuple(columns), profile)
        if field is not None and not _is_mark(match, field):
            foreign.append(field)
            if len(foreign) >= MAX_FOREIGN_FIELDS:
                break
    return sorted(foreign, key=lambda field: field.start)


def _is_mark(match: re.Match[str], field: ForeignField) -> bool:
    """Return whether *field* is a mark at a subject's beginning, as in ``[Cupom] Só hoje``, and no column."""
    word = match["square"] or ""
    if field.own_text or not word[:1].isupper() or not is_usual_word(word) or match.start() > _MARKS_REACH:
        return False
    before, behind = match.string[: match.start()], match.string[match.end() : match.end() + 2]
    return (
        re.fullmatch(r"\s*(?:\[[^\[\]]*\]\s*)*", before) is not None and re.match(r" \S", behind) is not None
    )


def shows_signs_only(field: ForeignField, profile: Profile) -> bool:
    """Return whether *field* is filled, and only quotes or a bar of its text for an empty value are read."""
    if field.lacking or not field.written.startswith(profile.merge_open):
        return False
    inner = html.unescape(field.written).removesuffix(profile.merge_close)
    fallback = inner.partition("|")[2].strip()
    return re.fullmatch(rf"{QUOTED_TEXT}|\|[^|\"']+", fallback) is not None


def find_in_html(
    text: str,
    pieces: Sequence[HtmlToken],
    known: Sequence[MergeField],
    columns: Sequence[str],
    profile: Profile,
) -> list[ForeignField]:
    """Return the foreign merge fields that a recipient of the HTML *text* would see or follow, in order.

    *pieces* are its tokens, *known* its merge fields in the profile's own brackets. Scripts, style
    sheets and comments are left alone, but for what Outlook shows of them, and other bytes of a URL in
    percent-encoding (``%CEp%20``). Fields are found though tags part them: ``{<b>{nome}</b>}``, and though
    signs of them are encoded: ``%7B%7Bnome%7D%7D``.
    """
    pieces = list(itertools.islice(with_conditional(text, pieces), MAX_TOKENS))
    visible = JoinedText(text, [piece for piece in pieces if _is_text(piece)], REFERENCE)
    start_tags = [piece for piece in pieces if piece.kind is HtmlTokenKind.START]
    tags = JoinedText(text, start_tags, ENCODED_IN_ATTRIBUTE)
    own = [(own_field.start, own_field.end) for own_field in known]
    foreign = list(itertools.islice(_parted_own(visible, known, tuple(columns), profile), MAX_FOREIGN_FIELDS))
    parted = _parted_own(tags, known, tuple(columns), profile)
    foreign += itertools.islice((one for one in parted if _is_followed(text, tags, one)), MAX_FOREIGN_FIELDS)
    comments = [(piece.start, piece.end) for piece in pieces if piece.kind is HtmlTokenKind.COMMENT]
    otherwise = _written_otherwise(text, known[:MAX_FOREIGN_FIELDS], columns, profile)
    foreign += (one for one in otherwise if not _is_hidden(text, comments, one))
    labels, lone_tags = _label_spans(pieces), _lone_tags(pieces)
    seen = _fields_in(visible, own, tuple(columns), profile)
    fields = itertools.chain(
        (one for one in seen if not _is_label(one, labels, profile)),
        (
            one
            for one in _fields_in(tags, own, tuple(columns), profile)
            if one.start in lone_tags or _is_followed(text, tags, one)
        ),
    )
    foreign += itertools.islice(fields, MAX_FOREIGN_FIELDS)
    foreign.sort(key=lambda field: (field.start, -field.end))
    return [one for index, one in enumerate(foreign) if not index or one.start >= foreign[index - 1].end]


def write_certain_fields(text: str, fields: Sequence[ForeignField]) -> str:
    """Return *text* with those of its *fields* in our spelling that need no guess."""
    for field in reversed(fields):
        if field.certain:
            text = text[: field.start] + field.own_text + text[field.end :]
    return text


def leading_foreign_field(url: str, profile: Profile) -> str:
    """Return the merge field of another system that *url* begins with, ``""`` if none.

    A shape that may be plain text as well, such as ``[x]``, counts only where it is all of the URL.
    """
    plain = re.sub(ENCODED_IN_ATTRIBUTE, lambda encoded: read_sign(encoded[0]), url)
    match = SHAPE.fullmatch(plain) or SHAPE.match(plain)
    if match is None or url.startswith(profile.merge_open):
        return ""
    return match[0] if match[0] == plain or match.lastgroup not in VAGUE_SHAPES else ""


def overlaps(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Return whether one of the ordered *spans* has a character between *start* and *end*."""
    index = bisect.bisect_left(spans, (end, 0)) - 1
    return index >= 0 and spans[index][1] > start


def _is_hidden(text: str, comments: Sequence[tuple[int, int]], field: ForeignField) -> bool:
    """Return whether *field* stands in one of the *comments*, and no program shows it."""
    return overlaps(comments, field.start, field.end) and is_commented_out(text, field.start)


def _is_text(piece: HtmlToken) -> bool:
    raw = piece.kind is HtmlTokenKind.RAW and piece.name in ("title", "textarea")
    return raw or piece.kind is HtmlTokenKind.TEXT


def _lone_tags(pieces: Sequence[HtmlToken]) -> set[int]:
    """Return where the tags begin that no other one closes, as ``<nome>``, which is no element of HTML."""
    closed = {piece.name for piece in pieces if piece.kind is HtmlTokenKind.END}
    return {piece.start for piece in pieces if piece.kind is HtmlTokenKind.START and piece.name not in closed}


def _label_spans(pieces: Sequence[HtmlToken]) -> list[tuple[int, int]]:
    """Return where the texts of links stand, in order."""
    spans: list[tuple[int, int]] = []
    start = -1
    for piece in pieces:
        if piece.name == "a" and piece.kind in (HtmlTokenKind.START, HtmlTokenKind.END):
            if start >= 0:
                spans.append((start, piece.start))
            start = piece.end if piece.kind is HtmlTokenKind.START else -1
    return spans


def _is_label(field: ForeignField, labels: Sequence[tuple[int, int]], profile: Profile) -> bool:
    """Return whether *field* is what the text of a link says that leads out or to the web: ``[Sair]``."""
    own_links = [_spelled(name, "", profile) for name in LINK_FIELDS]
    if not re.match(r"\[[^\[]", field.written) or not any(link in field.own_text for link in own_links):
        return False
    return overlaps(labels, field.start, field.end)


def _fields_in(
    joined: JoinedText, own: Sequence[tuple[int, int]], columns: tuple[str, ...], profile: Profile
) -> Iterator[ForeignField]:
    """Yield the foreign fields of *joined*, at their places in the source, that are in none of *own*."""
    for match in SHAPE.finditer(joined.text):
        field = _field_at(match, columns, profile)
        if field is None or match[0].startswith(profile.merge_open):
            continue
        placed = _placed(joined, field)
        if placed is not None and not overlaps(own, placed.start, placed.end):
            yield placed


def _parted_own(
    joined: JoinedText, known: Sequence[MergeField], columns: tuple[str, ...], profile: Profile
) -> Iterator[ForeignField]:
    """Yield merge fields in the profile's own brackets that tags part, but for those in a fallback."""
    filled = {own_field.start: is_filled(own_field, columns) for own_field in known}
    opening, closing = re.escape(profile.merge_open), re.escape(profile.merge_close)
    for match in re.finditer(rf"{opening}([^{{}}\[\]<>\n]{{1,60}}){closing}", joined.text):
        start, end = joined.span(*match.span())
        if end - start == len(match[0]) or filled.get(start):
            continue
        name, own_name = _meaning(match[1], "own", columns)
        if name:
            spelled = _spelled(own_name, fallback_in(match[1]), profile)
            lacking = name if start in filled else ""
            placed = _placed(joined, ForeignField(*match.span(), match[0], spelled, bool(spelled), lacking))
            if placed is not None:
                yield placed


def _placed(joined: JoinedText, field: ForeignField) -> ForeignField | None:
    """Return *field* at its place in the source; ``None`` where what parts it is too much for one."""
    start, end = joined.span(field.start, field.end)
    if end - start == len(field.written):
        return field._replace(start=start, end=end)
    piece, last = joined.piece_at(field.start), joined.piece_at(field.end - 1)
    if end - start > MAX_FIELD_CHARS or not (_is_text(piece) or piece is last):
        return None
    source = joined.source[start:end]
    if "<" in source:
        own_text = _with_its_tags(source, field.written, field.own_text)
        return field._replace(start=start, end=end, own_text=own_text)
    # Only so can a text show a field as it is written, as one about newsletters may want to.
    certain = field.certain and not _is_text(piece)
    return field._replace(start=start, end=end, written=source, certain=certain)


def _is_followed(text: str, tags: JoinedText, field: ForeignField) -> bool:
    """Return whether *field* stands in an attribute whose value a recipient sees or follows."""
    here = tags.attribute_at(field.start, field.end)
    if here is None or here.name in ("style", "class", "id") or here.name.startswith("data-"):
        return False
    if field.written.startswith("[") and re.search(r"[?&][\w.]+$", text[here.start : field.start][-60:]):
        return False  # part of a parameter's name, as in ?filter[name]=x
    return not _is_percent_encoding(text, field)


def _is_percent_encoding(text: str, field: ForeignField) -> bool:
    """Return whether the percent signs of *field* are those of a URL's bytes, as in ``%CEp%20``."""
    opens = re.match(r"%[0-9A-Fa-f]{2}", field.written)
    return opens is not None and re.match(r"[0-9A-Fa-f]{2}", text[field.end : field.end + 2]) is not None


def _field_at(match: re.Match[str], columns: tuple[str, ...], profile: Profile) -> ForeignField | None:
    """Return the field that *match* shows; ``None`` where its name is not one of a merge field."""
    shape = match.lastgroup or ""
    inner = match[shape]
    name, own_name = _meaning(inner, shape, columns)
    if not name or (shape in QUOTING_SHAPES and not own_name):
        return None
    code = shape in CODE_SHAPES or shape == "star"
    if code and re.findall(r"\w+|$", inner)[0].casefold() in KEYWORDS[shape]:
        return ForeignField(*match.span(), match[0], "", False)
    spelled = _spelled(own_name, "" if code else fallback_in(inner), profile)
    simple = fold_name(inner if code else name_in(inner)) == fold_name(own_name)
    return ForeignField(
        *match.span(), match[0], spelled, bool(spelled) and simple and shape not in VAGUE_SHAPES
    )


def _spelled(own_name: str, fallback: str, profile: Profile) -> str:
    if not own_name:
        return ""
    fallback_part = "|" + fallback if fallback else ""
    return f"{profile.merge_open}{own_name}{fallback_part}{profile.merge_close}"


@functools.lru_cache(maxsize=4096)
def _meaning(inner: str, shape: str, columns: tuple[str, ...]) -> tuple[str, str]:
    """Return the name in *inner* that makes it a merge field, and our field for it; ``""`` for none."""
    names = names_in(inner, shape)
    known = [(name, own_name) for name in names if (own_name := look_up_name(name, columns)) is not None]
    if known:
        return next((one for one in known if one[1]), known[0])
    if names and names[0].casefold() in KEYWORDS.get(shape, ()):
        return names[0], ""
    return "", ""


def _written_otherwise(
    text: str, known: Sequence[MergeField], columns: Sequence[str], profile: Profile
) -> Iterator[ForeignField]:
    """Yield those of the *known* merge fields that MAIL cannot fill, or whose fallback is a filter."""
    for own_field in known:
        filters = read_filters(own_field.fallback) if own_field.fallback else None
        filled = is_filled(own_field, columns or MAIL_FIELDS)
        if filled and filters is None:
            continue
        start, end = _with_more_braces(text, own_field)
        is_wider = end - start > own_field.end - own_field.start
        name = own_field.name.lstrip("{").strip() if is_wider else own_field.name
        own_name = name if filled else _suggested(name, columns or MAIL_FIELDS)
        fallback, lossless = filters or (own_field.fallback, True)
        written = text[start:end]
        yield ForeignField(
            start,
            end,
            written,
            _spelled(own_name, fallback, profile),
            lossless and fold_name(name) == fold_name(own_name),
            "" if filled or not columns else written if is_wider else name,
        )


def _with_more_braces(text: str, field: MergeField) -> tuple[int, int]:
    """Return where *field* stands with the pairs of braces around it that its name begins within."""
    start, end = field.start, field.end
    if field.name.startswith("{") and text.startswith("}", end):
        end += 1
        while start and text[start - 1] == "{" and text.startswith("}", end):
            start, end = start - 1, end + 1
    return start, end


def _suggested(name: str, columns: Sequence[str]) -> str:
    if len(name) > MAX_NAME_CHARS or re.match(CODE_BEGIN, name):
        return ""
    words = re.findall(r"[^\W\d]\w*", name) if re.search(r"[\"'(?,:/]", name) else ()
    return next(filter(None, (suggest_field(one, columns) for one in (name, *words))), "")


def _with_its_tags(source: str, written: str, own_text: str) -> str:
    """Return *source*, a field parted by tags, with *own_text* instead of its first letter."""
    tags = re.findall(r"<[^>]*>", source)
    if not own_text:
        return ""
    name = re.search(r"\w", written)
    ahead = len(re.findall(r"<[^>]*>", _up_to(source, name.start() if name else 0)))
    return "".join(tags[:ahead]) + own_text + "".join(tags[ahead:])


def _up_to(source: str, letters: int) -> str:
    """Return the beginning of *source* that ends before its character number *letters* outside of tags."""
    seen, inside = 0, False
    for at, letter in enumerate(source):
        if letter == "<":
            inside = True
        if not inside and seen == letters:
            return source[:at]
        seen += not inside
        if letter == ">":
            inside = False
    return source
