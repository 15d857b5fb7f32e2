"""HTML: whether this is a message that mail programs show, with merge fields and links that work."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mpftp.domain.messages.markup import (
    MAX_TAGS,
    MAX_TOKENS,
    HtmlToken,
    HtmlTokenKind,
    line_of,
    line_starts,
    tokenize_html,
    unescape_attribute,
)
from mpftp.domain.messages.merge_fields import MAX_MERGE_FIELDS, merge_fields
from mpftp.domain.profile import LINK_FIELDS, OPT_OUT_FIELD, WEB_COPY_FIELD, Profile
from mpftp.domain.triplets.findings import FindingCollector, make_finding
from mpftp.domain.triplets.foreign_fields import (
    ForeignField,
    describe_foreign,
    find_in_html,
    leading_foreign_field,
    overlaps,
)
from mpftp.domain.triplets.html_addresses import (
    find_backgrounds,
    image_rule,
    link_rule,
    names_picture,
    scheme_of,
)

GMAIL_CLIP = 102 * 1024
"""Bytes of a message part after which Gmail cuts it off."""

_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_NAMES.split())
_STUMBLE_NAMES = "table div a span b i u em strong font center h1 h2 h3 h4 h5 h6 ul ol title style"
_STUMBLE = frozenset(_STUMBLE_NAMES.split())
"""Elements whose missing end changes how mail programs show all that follows."""

_ATTRIBUTE = re.compile(r"""([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]*+)))?""")
_SAVED_MESSAGE = re.compile(
    r"\s*+(?:[a-z][a-z0-9-]*+:.*+\n(?:[ \t].*+\n)*)*?(?:mime-version|content-type):", re.IGNORECASE
)
"""How a message begins that a mail program or Word (``.eml``, ``.mht``) saved: headers before the HTML."""

_NOT_SHOWN = frozenset({"iframe", "object", "embed", "video", "audio", "applet"})


def check_html(
    text: str, file: str, columns: Sequence[str] | None, profile: Profile, findings: FindingCollector
) -> bool:
    """Check the message *text* (line feeds only); whether it can be used at all.

    *columns* are MAIL's, ``None`` when MAIL could not be read: then no merge field is unknown.
    """
    check = _HtmlChecker(text, file, profile, findings)
    if not text.strip():
        check.add_finding("HTML001", 0)
        return False
    if ">" not in text or not re.search(r"<[A-Za-z!/]", text) or _SAVED_MESSAGE.match(text):
        check.add_finding("HTML002", len(text) - len(text.lstrip()), 1)
        return False
    pieces = list(itertools.islice(tokenize_html(text), MAX_TOKENS))
    tags = [piece for piece in pieces if piece.kind not in (HtmlTokenKind.TEXT, HtmlTokenKind.RAW)]
    if len(tags) > MAX_TAGS:
        check.add_finding("HTML041", tags[MAX_TAGS].start, 1, limit=str(MAX_TAGS))
        return False
    broken = _find_swallower(text, pieces)
    if broken is not None:
        check.add_finding("HTML039", broken.start)
        return False
    check.merge_fields(columns, pieces)
    checker = _TagChecker(check)
    for piece in pieces:
        checker.read(piece)
    checker.finish()
    check.size()
    return True


def _find_swallower(text: str, pieces: Sequence[HtmlToken]) -> HtmlToken | None:
    """Return the markup that swallows the rest of the message because it is not closed."""
    last = pieces[-1]
    if last.end < len(text):
        return None
    if last.kind is HtmlTokenKind.RAW:
        return pieces[-2] if text[last.start :].strip() else None
    if last.kind is not HtmlTokenKind.COMMENT:
        return None
    return None if text.endswith("-->" if text.startswith("<!--", last.start) else ">") else last


class _HtmlChecker:
    """One message under the rules: knows the text and how to point into it."""

    def __init__(self, text: str, file: str, profile: Profile, findings: FindingCollector) -> None:
        self.text, self.file, self.profile, self.findings = text, file, profile, findings
        self.starts = line_starts(text)
        self.offered: frozenset[str] = frozenset()
        self.foreign: set[int] = set()

    def add_finding(self, rule: str, at: int, width: int = 1, **values: str) -> None:
        """Add a finding at index *at* of the text."""
        if self.findings.count_if_full(rule, self.file):
            return
        line, column = line_of(self.starts, at)
        end = self.text.find("\n", at)
        begin = self.starts[line - 1]
        excerpt = self.text[begin : end if end >= 0 else len(self.text)]
        self.findings.add(make_finding(rule, self.file, line, column, excerpt, width, **values))

    def merge_fields(self, columns: Sequence[str] | None, pieces: Sequence[HtmlToken]) -> None:
        """Rules of ``{{nome}}``: known, whole, closed, spelled as here, and the two that make links."""
        fields = merge_fields(self.text, self.profile)
        comments = [(piece.start, piece.end) for piece in pieces if piece.kind is HtmlTokenKind.COMMENT]
        self.offered = LINK_FIELDS.intersection(
            one.name for one in fields if not overlaps(comments, one.start, one.end)
        )
        quiet = [
            (p.start, p.end) for p in pieces if p.kind is HtmlTokenKind.RAW and p.name in ("style", "script")
        ]
        is_full = len(fields) > MAX_MERGE_FIELDS
        foreign = [] if is_full else find_in_html(self.text, pieces, fields, columns or (), self.profile)
        spans = [(one.start, one.end) for one in fields] + [(one.start, one.end) for one in foreign]
        self._unclosed(sorted([*spans, *quiet, *comments]))
        if is_full:
            counts = {"found": str(len(fields)), "limit": str(MAX_MERGE_FIELDS)}
            self.add_finding("HTML040", fields[MAX_MERGE_FIELDS].start, 1, **counts)
        for one in foreign:
            self._foreign_field(one)

    def _foreign_field(self, field: ForeignField) -> None:
        """Note a merge field that is written otherwise than it should be."""
        self.foreign.add(field.start)
        width = min(field.end - field.start, 80)
        if not field.lacking:
            self.add_finding("HTML031", field.start, width, **field.values(self.profile))
        elif field.end - field.start > len(field.written):
            self.add_finding("HTML042", field.start, width, field=field.written, ours=field.own_text)
        else:
            self.add_finding("HTML005", field.start, width, **field.values(self.profile))

    def _unclosed(self, taken: list[tuple[int, int]]) -> None:
        """Brackets without their other half, outside of style sheets and scripts (which have their own)."""
        rules = {self.profile.merge_close: "HTML037", self.profile.merge_open: "HTML006"}
        for bracket, rule in rules.items():
            done = 0
            for start, end in [*taken, (len(self.text), 0)]:
                if start > done:
                    self._count_brackets(rule, bracket, done, start)
                done = max(done, end)

    def _count_brackets(self, rule: str, bracket: str, start: int, end: int) -> None:
        """Note each *bracket* from *start* to *end*."""
        at = self.text.find(bracket, start, end)
        while at >= 0 and not self.findings.is_full(rule, self.file):
            self.add_finding(rule, at, len(bracket), bracket=bracket)
            at = self.text.find(bracket, at + len(bracket), end)
        if at >= 0:
            self.findings.count_more(rule, self.file, self.text.count(bracket, at, end))

    def size(self) -> None:
        """Gmail shows only so much of a message."""
        data = len(self.text.encode("utf-8", "replace"))
        if data > GMAIL_CLIP:
            self.add_finding("HTML012", 0, 1, size=str(data // 1024), limit=str(GMAIL_CLIP // 1024))


class _StartTag(NamedTuple):
    """A start tag: its attributes as (value, where it stands); the first of a name counts."""

    name: str
    start: int
    width: int
    closed: bool
    attributes: dict[str, tuple[str, int]]

    @classmethod
    def of(cls, text: str, token: HtmlToken) -> _StartTag:
        attributes: dict[str, tuple[str, int]] = {}
        for match in _ATTRIBUTE.finditer(text, token.start + 1 + len(token.name), token.end - 1):
            name = match[1].lower()
            if name in attributes:
                continue
            group = match.lastindex or 1
            written = match[group] if group > 1 else ""
            at = match.start(group) + len(written) - len(written.lstrip()) if group > 1 else token.start
            attributes[name] = unescape_attribute(written), at
        closed = text.startswith("/>", token.end - 2)
        return cls(token.name, token.start, token.end - token.start, closed, attributes)

    def value(self, name: str) -> str | None:
        """The value of attribute *name*, ``""`` if it has none, ``None`` if the tag lacks it."""
        return self.attributes[name][0] if name in self.attributes else None

    def value_index(self, name: str) -> int:
        """Where the value of attribute *name* begins."""
        return self.attributes[name][1]


class _TagChecker:
    """Reads the tags and applies the rules that need them."""

    def __init__(self, check: _HtmlChecker) -> None:
        self.check = check
        self.open: list[tuple[str, int]] = []
        self.depth: dict[str, int] = {}
        self.seen: set[str] = set()
        self.words = 0
        self.images = 0
        self.titled = False
        self.base = ""
        self._rules: dict[str, Callable[[_StartTag], None]] = {
            "a": self._link, "area": self._link, "img": self._image, "script": self._script,
            "form": self._form, "meta": self._meta, "link": self._style_sheet, "base": self._base,
        }  # fmt: skip

    def read(self, token: HtmlToken) -> None:
        """Apply the rules of one piece of the message."""
        text = self.check.text
        if token.kind is HtmlTokenKind.START:
            self._start(_StartTag.of(text, token))
        elif token.kind is HtmlTokenKind.END:
            self._end(token)
        elif token.kind is HtmlTokenKind.RAW:
            self._raw(token)
        elif token.kind is HtmlTokenKind.TEXT:
            self.words += len(text[token.start : token.end].split())

    def _start(self, tag: _StartTag) -> None:
        self.seen.add(tag.name)
        if tag.name not in _VOID and not tag.closed:
            self.open.append((tag.name, tag.start))
            self.depth[tag.name] = self.depth.get(tag.name, 0) + 1
        rule = self._rules.get(tag.name)
        if rule:
            rule(tag)
        elif tag.name in _NOT_SHOWN:
            self.check.add_finding("HTML021", tag.start, tag.width, tag=tag.name)
        if tag.name != "img" and names_picture(tag.value("background") or "none"):
            self._source(tag, "background")
        if tag.value("style"):
            start, end = tag.value_index("style"), tag.start + tag.width
            self._backgrounds(self.check.text[start : end - 1], start)

    def _end(self, token: HtmlToken) -> None:
        """Close the innermost open element of this name; what was left open inside it is noted."""
        if not self.depth.get(token.name):
            if token.name in _STUMBLE:
                self.check.add_finding("HTML038", token.start, len(token.name) + 3, tag=token.name)
            return
        while self.open:
            name, at = self.open.pop()
            self.depth[name] -= 1
            if name == token.name:
                return
            self._unclosed(name, at)

    def _raw(self, token: HtmlToken) -> None:
        """Look into a title or a style sheet."""
        content = self.check.text[token.start : token.end]
        if token.name == "title":
            self.titled = self.titled or bool(content.strip())
        elif token.name == "style":
            match = re.search(r"(?i)@import\b", content)
            if match:
                self.check.add_finding("HTML020", token.start + match.start(), 7, what="@import")
            self._backgrounds(content, token.start)

    def _unclosed(self, name: str, at: int) -> None:
        if name in _STUMBLE:
            self.check.add_finding("HTML004", at, len(name) + 1, tag=name)

    def finish(self) -> None:
        """Rules about the whole message."""
        check = self.check
        for name, at in self.open:
            self._unclosed(name, at)
        if "body" not in self.seen:
            check.add_finding("HTML003", 0)
        for field, rule in ((OPT_OUT_FIELD, "HTML011"), (WEB_COPY_FIELD, "HTML030")):
            if field not in check.offered:
                check.add_finding(rule, 0, field=check.profile.merge_open + field + check.profile.merge_close)
        if not self.titled:
            check.add_finding("HTML022", 0)
        if self.images and self.words < 20:
            check.add_finding("HTML025", 0, words=str(self.words))

    def _link(self, tag: _StartTag) -> None:
        href = tag.value("href")
        if href is None:
            return
        if self._has_foreign_target(tag, "href"):
            return
        address = href.strip()
        rule = link_rule(address, self.check.profile, has_base=self._has_web_base())
        if rule:
            self._at_value(rule, tag, "href", scheme=scheme_of(address))

    def _has_foreign_target(self, tag: _StartTag, name: str) -> bool:
        """Return whether a URL begins with another system's field; note it, unless its name was noted."""
        field = leading_foreign_field((tag.value(name) or "").strip(), self.check.profile)
        index = tag.value_index(name)
        if field and index not in self.check.foreign:
            self.check.add_finding("HTML031", index, len(field), **describe_foreign(field, ""))
        return bool(field)

    def _at_value(self, rule: str, tag: _StartTag, name: str, width: int = 0, **values: str) -> None:
        """Note *rule* at the value of the attribute *name*."""
        value = (tag.value(name) or "").strip()
        self.check.add_finding(
            rule, tag.value_index(name), width or max(1, len(value)), url=value[:120], **values
        )

    def _image(self, tag: _StartTag) -> None:
        self.images += 1
        if tag.value("alt") is None:
            self.check.add_finding("HTML013", tag.start, tag.width)
        if not (tag.value("src") or "").strip():
            self.check.add_finding("HTML034", tag.start, tag.width)
        else:
            self._source(tag, "src")

    def _source(self, tag: _StartTag, name: str) -> None:
        source = (tag.value(name) or "").strip()
        if self._has_foreign_target(tag, name):
            return
        rule = image_rule(source, self.check.profile, has_base=self._has_web_base())
        if rule:
            self._at_value(rule, tag, name, len("data:") if rule == "HTML014" else 0)

    def _backgrounds(self, css: str, start: int) -> None:
        """Look at the pictures behind the text of *css*, which begins at index *start*."""
        for at, source in find_backgrounds(css):
            profile = self.check.profile
            rule = image_rule(source, profile, has_base=False)  # that of a style is sent as it is
            if rule and not leading_foreign_field(source, profile):
                width = len("data:") if rule == "HTML014" else len(source)
                self.check.add_finding(rule, start + at, width, url=source[:120])

    def _script(self, tag: _StartTag) -> None:
        if "json" in (tag.value("type") or "").lower():
            return  # what Gmail reads about an order or a flight; nothing runs
        self.check.add_finding("HTML015", tag.start, tag.width)

    def _form(self, tag: _StartTag) -> None:
        self.check.add_finding("HTML016", tag.start, tag.width)

    def _base(self, tag: _StartTag) -> None:
        self.base = self.base or (tag.value("href") or "").strip()

    def _has_web_base(self) -> bool:
        """Return whether the first ``<base href>``, which alone counts, is a web address."""
        return scheme_of(self.base) in ("http", "https")

    def _style_sheet(self, tag: _StartTag) -> None:
        if "stylesheet" in (tag.value("rel") or "").lower():
            self.check.add_finding("HTML020", tag.start, tag.width, what="<link>")

    def _meta(self, tag: _StartTag) -> None:
        if (tag.value("http-equiv") or "").lower() == "refresh":
            self.check.add_finding("HTML032", tag.start, tag.width)
