"""HTML: whether this is a message that mail programs show, with merge fields and links that work."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser

from mpftp.domain.findings import FindingLog, point
from mpftp.domain.htmlshape import first_break
from mpftp.domain.markup import line_of, line_starts
from mpftp.domain.merge import column_of, slots
from mpftp.domain.profile import LINK_FIELDS, OPT_OUT_FIELD, WEB_COPY_FIELD, Profile

GMAIL_CLIP = 102 * 1024
"""Bytes of a message part after which Gmail cuts it off."""

_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_NAMES.split())
_STUMBLE_NAMES = "table div a span b i u em strong font center h1 h2 h3 h4 h5 h6 ul ol title style"
_STUMBLE = frozenset(_STUMBLE_NAMES.split())
"""Elements whose missing end changes how mail programs show all that follows."""

_FOREIGN_FIELDS = re.compile(
    r"\*\|[A-Z_:0-9]+\|\*|%%[A-Za-z_]+%%|\$\{[A-Za-z_.]+\}|\[\[[A-Za-z_]+\]\]|<%=?\s*\w+\s*%>"
)
_PRIVATE_HOST = re.compile(
    r"(?:localhost|127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+|\[::1\]"
    r"|[^./]+\.(?:local|lan|internal|localhost|test|invalid))(?=[:/?#]|$)",
    re.IGNORECASE,
)
_BROKEN_SCHEME = re.compile(
    r"(?:https?:?/(?!/)|https?//|htt?ps?;//|h?ttps?:\\\\|htp{1,2}s?://|http:/?/?https?:)", re.IGNORECASE
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_IMPORT = re.compile(r"@import\b", re.IGNORECASE)


def check_html(
    text: str, file: str, columns: Sequence[str] | None, profile: Profile, log: FindingLog
) -> bool:
    """Check the message *text* (line feeds only); whether it can be used at all.

    *columns* are MAIL's, ``None`` when MAIL could not be read: then no merge field is unknown.
    """
    check = _Check(text, file, profile, log)
    if not text.strip():
        check.note("HTML001", 0)
        return False
    if ">" not in text or not re.search(r"<[A-Za-z!/]", text):
        check.note("HTML002", len(text) - len(text.lstrip()), 1)
        return False
    broken = first_break(text)
    if broken is not None:
        check.note("HTML039", broken)
        return False
    check.merge_fields(columns)
    reader = _Reader(check)
    reader.feed(text)
    reader.close()
    reader.finish()
    check.size()
    return True


class _Check:
    """One message under the rules: knows the text and how to point into it."""

    def __init__(self, text: str, file: str, profile: Profile, log: FindingLog) -> None:
        self.text, self.file, self.profile, self.log = text, file, profile, log
        self.starts = line_starts(text)
        self.offered: set[str] = set()

    def note(self, rule: str, at: int, width: int = 1, **values: str) -> None:
        """Add a finding at index *at* of the text."""
        if self.log.full(rule, self.file):
            self.log.count_more(rule, self.file, 1)
            return
        line, column = line_of(self.starts, at)
        end = self.text.find("\n", at)
        begin = self.starts[line - 1]
        shown = self.text[begin : end if end >= 0 else len(self.text)]
        self.log.add(point(rule, self.file, line, column, shown, width, **values))

    def merge_fields(self, columns: Sequence[str] | None) -> None:
        """Rules of ``{{nome}}``: known, closed, and the two that make links."""
        from difflib import get_close_matches

        found = slots(self.text, self.profile)
        for slot in found:
            width = min(slot.end - slot.start, 80)
            if slot.name in LINK_FIELDS:
                self.offered.add(slot.name)
            elif columns is not None and column_of(slot.name, columns) is None:
                near = get_close_matches(slot.name.casefold(), [*columns, *LINK_FIELDS], n=1, cutoff=0.6)
                self.note(
                    "HTML005", slot.start, width, field=slot.name,
                    hint_pt=f" Você quis dizer “{near[0]}”?" if near else "",
                    hint_en=f" Did you mean “{near[0]}”?" if near else "",
                )  # fmt: skip
        self._unclosed([(slot.start, slot.end) for slot in found])
        for match in _FOREIGN_FIELDS.finditer(self.text):
            self.note("HTML031", match.start(), len(match[0]), field=match[0])

    def _unclosed(self, closed: list[tuple[int, int]]) -> None:
        """Brackets without their other half, outside of style sheets and scripts (which have their own)."""
        taken = sorted(closed + _quiet_spans(self.text))
        starts = [start for start, _ in taken]
        for bracket, rule in ((self.profile.merge_open, "HTML006"), (self.profile.merge_close, "HTML037")):
            for match in re.finditer(re.escape(bracket), self.text):
                place = bisect.bisect_right(starts, match.start()) - 1
                if place < 0 or match.start() >= taken[place][1]:
                    self.note(rule, match.start(), len(bracket), bracket=bracket)

    def size(self) -> None:
        """Gmail shows only so much of a message."""
        octets = len(self.text.encode("utf-8", "replace"))
        if octets > GMAIL_CLIP:
            self.note("HTML012", 0, 1, size=str(octets // 1024), limit=str(GMAIL_CLIP // 1024))


def _quiet_spans(text: str) -> list[tuple[int, int]]:
    """Where style sheets and scripts are: their brackets are their own."""
    spans: list[tuple[int, int]] = []
    for opening in re.finditer(r"(?i)<(style|script)\b", text):
        if spans and opening.start() < spans[-1][1]:
            continue
        end = re.compile(rf"(?i)</{opening[1]}").search(text, opening.end())
        spans.append((opening.start(), end.start() if end else len(text)))
    return spans


class _Reader(HTMLParser):
    """Reads the tags and applies the rules that need them."""

    def __init__(self, check: _Check) -> None:
        super().__init__(convert_charrefs=True)
        self.check = check
        self.open: list[tuple[str, int]] = []
        self.seen: set[str] = set()
        self.words = 0
        self.images = 0
        self.titled = False
        self.base = False
        self._rules: dict[str, Callable[[dict[str, str], int, str], None]] = {
            "a": self._link, "area": self._link, "img": self._image, "script": self._script,
            "form": self._form, "meta": self._meta, "link": self._sheet, "base": self._base,
        }  # fmt: skip

    def here(self) -> int:
        line, column = self.getpos()
        return self.check.starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Apply the rules of one tag."""
        at, raw = self.here(), self.get_starttag_text() or ""
        self.seen.add(tag)
        if tag not in _VOID and not raw.endswith("/>"):
            self.open.append((tag, at))
        values = {name: value or "" for name, value in reversed(attrs)}
        rule = self._rules.get(tag)
        if rule:
            rule(values, at, raw)
        elif tag in ("iframe", "object", "embed", "video", "audio", "applet"):
            self.check.note("HTML021", at, len(raw), tag=tag)
        background = values.get("background", "")
        if background and tag != "img":
            self._source(background, at, raw)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """``<img/>`` is an image all the same."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost open element of this name; what was left open inside it is noted."""
        depth = next((i for i in range(len(self.open) - 1, -1, -1) if self.open[i][0] == tag), None)
        if depth is None:
            if tag in _STUMBLE:
                self.check.note("HTML038", self.here(), len(tag) + 3, tag=tag)
            return
        self._unclosed(self.open[depth + 1 :])
        del self.open[depth:]

    def handle_data(self, data: str) -> None:
        """Count what a person can read, and look into style sheets."""
        inside = self.open[-1][0] if self.open else ""
        if inside == "style":
            match = _IMPORT.search(data)
            if match:
                self.check.note("HTML020", self.here() + match.start(), 7, what="@import")
        elif inside == "title":
            self.titled = self.titled or bool(data.strip())
        elif inside != "script":
            self.words += len(data.split())

    def _unclosed(self, left: list[tuple[str, int]]) -> None:
        for tag, at in left:
            if tag in _STUMBLE:
                self.check.note("HTML004", at, len(tag) + 1, tag=tag)

    def finish(self) -> None:
        """Rules about the whole message."""
        check = self.check
        self._unclosed(self.open)
        if "body" not in self.seen:
            check.note("HTML003", 0)
        if OPT_OUT_FIELD not in check.offered:
            name = check.profile.merge_open + OPT_OUT_FIELD + check.profile.merge_close
            check.note("HTML011", 0, field=name)
        if WEB_COPY_FIELD not in check.offered:
            name = check.profile.merge_open + WEB_COPY_FIELD + check.profile.merge_close
            check.note("HTML030", 0, field=name)
        if not self.titled:
            check.note("HTML022", 0)
        if self.images and self.words < 20:
            check.note("HTML025", 0, words=str(self.words))

    def _value_at(self, name: str, value: str, at: int, raw: str) -> tuple[int, int]:
        """Where the value of attribute *name* stands, for the caret."""
        match = re.search(rf"(?is)\b{name}\s*=\s*[\"']?\s*", raw)
        return (at + match.end(), max(1, len(value.strip()))) if match else (at, len(raw))

    def _link(self, values: dict[str, str], at: int, raw: str) -> None:
        if "href" not in values:
            return
        href = values["href"].strip()
        place, width = self._value_at("href", values["href"], at, raw)
        rule = self._link_rule(href)
        if rule:
            scheme = _SCHEME.match(href)
            self.check.note(rule, place, width, url=href[:120], scheme=scheme[1].lower() if scheme else "")

    def _link_rule(self, href: str) -> str:
        """The rule that a link's target breaks, ``""`` if none."""
        if href in ("", "#"):
            return "HTML019"
        if href.startswith(("#", self.check.profile.merge_open)):
            return ""
        if _BROKEN_SCHEME.match(href):
            return "HTML029"
        scheme = _SCHEME.match(href)
        if scheme is None:
            return "" if href.startswith("//") or self.base else "HTML007"
        known = {"file": "HTML008", "javascript": "HTML009", "vbscript": "HTML009", "data": "HTML009"}
        name = scheme[1].lower()
        if name in known or len(name) == 1:
            return known.get(name, "HTML008")
        if name in ("http", "https"):
            return self._web_rule(href)
        return (
            "" if name in ("mailto", "tel", "sms", "whatsapp", "ftp", "callto", "skype", "geo") else "HTML033"
        )

    def _web_rule(self, href: str) -> str:
        rest = href.partition("://")[2]
        if not rest or rest[0] in "/?#" or re.search(r"\s", rest.partition("?")[0].partition("/")[0]):
            return "HTML023"
        return (
            "HTML024"
            if _PRIVATE_HOST.match(rest.rpartition("@")[2] if "@" in rest.partition("/")[0] else rest)
            else ""
        )

    def _image(self, values: dict[str, str], at: int, raw: str) -> None:
        self.images += 1
        if "alt" not in values:
            self.check.note("HTML013", at, len(raw))
        if not values.get("src", "").strip():
            self.check.note("HTML034", at, len(raw))
        else:
            self._source(values["src"], at, raw, "src")

    def _source(self, value: str, at: int, raw: str, name: str = "background") -> None:
        source = value.strip()
        place, width = self._value_at(name, value, at, raw)
        scheme = _SCHEME.match(source)
        kind = scheme[1].lower() if scheme else ""
        rule = ""
        if kind == "http":
            rule = "HTML010"
        elif kind == "data":
            rule, width = "HTML014", 5
        elif kind == "file" or len(kind) == 1:
            rule = "HTML035"
        elif not kind and not self.base and not source.startswith(("//", self.check.profile.merge_open)):
            rule = "HTML017"
        elif kind == "https" and _PRIVATE_HOST.match(source.partition("://")[2]):
            rule = "HTML024"
        if rule:
            self.check.note(rule, place, width, url=source[:120], scheme=kind)

    def _script(self, values: dict[str, str], at: int, raw: str) -> None:
        self.check.note("HTML015", at, len(raw))

    def _form(self, values: dict[str, str], at: int, raw: str) -> None:
        self.check.note("HTML016", at, len(raw))

    def _base(self, values: dict[str, str], at: int, raw: str) -> None:
        self.base = self.base or bool(values.get("href"))

    def _sheet(self, values: dict[str, str], at: int, raw: str) -> None:
        if "stylesheet" in values.get("rel", "").lower():
            self.check.note("HTML020", at, len(raw), what="<link>")

    def _meta(self, values: dict[str, str], at: int, raw: str) -> None:
        if values.get("http-equiv", "").lower() == "refresh":
            self.check.note("HTML032", at, len(raw))
