"""Checking one triplet: three streams in; settings, message, contacts and findings out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import BinaryIO

from mpftp.domain import conf, text
from mpftp.domain.campaign import ContactLine, Settings
from mpftp.domain.contact import Layout
from mpftp.domain.findings import KEPT, Finding, FindingLog, Scope, point
from mpftp.domain.names import InputType, TripletKey
from mpftp.domain.profile import MAIL_REQUIRED, Profile
from mpftp.domain.repeats import Counts, Pass
from mpftp.domain.table import Expected, read_header, recognise_delimiter, split_row

__all__ = ["Counts", "Inspection", "Options", "TripletFiles", "inspect", "verdict"]

LARGEST = {InputType.CONF: 1 << 20, InputType.HTML: 10 << 20}
"""Bytes of the files that are read whole."""


@dataclass(frozen=True, slots=True)
class TripletFiles:
    """The files of one triplet, of which some may be missing.

    *openers* open each for reading bytes from its start, more than once.
    """

    key: TripletKey
    openers: Mapping[InputType, Callable[[], BinaryIO]]


@dataclass(frozen=True, slots=True)
class Options:
    """How to check: findings kept of each rule (0: all), rules that count, and what is not to be guessed."""

    keep: int = KEPT
    wanted: Collection[str] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    crew: text.Crew | None = None
    """Shares the reading of a large MAIL, when it is only counted."""


DEFAULT_OPTIONS = Options()


@dataclass(slots=True)
class Inspection:
    """What a triplet says. *settings* and *html* are ``None`` when they cannot be used.

    *columns* are our names of MAIL's columns (a profile's extra column keeps its own name). Draw
    ``contacts()`` or call ``count()`` before *counts* and *findings* are complete.
    """

    key: TripletKey
    settings: Settings | None
    html: str | None
    columns: tuple[str, ...]
    findings: FindingLog
    counts: Counts = field(default_factory=Counts)
    mail: _Mail | None = None

    def contacts(self) -> Iterator[ContactLine]:
        """Every data line of MAIL once, in order, checked on the way; to be drawn fully, and only once."""
        if self.mail is None:
            return
        work = Pass(self.mail.layout, self.findings, self.counts)
        with closing(self.mail.open()) as stream:
            yield from work.contacts(self.mail.data_blocks(stream), self.mail.first)
        self._conclude()

    def count(self, crew: text.Crew | None = None) -> None:
        """Check every line of MAIL without building contacts: the same findings and counts, faster.

        A *crew* shares the reading of a large file.
        """
        if self.mail is None:
            return
        work = Pass(self.mail.layout, self.findings, self.counts)
        spans = self.mail.spans() if crew else []
        if crew and len(spans) > 1:
            work.spans(self.mail.open, spans, crew, self.mail.first)
        else:
            with closing(self.mail.open()) as stream:
                for _ in work.lines(self.mail.data_blocks(stream), self.mail.first):
                    pass
        self._conclude()

    def _conclude(self) -> None:
        if self.mail is None:
            return
        if not self.counts.lines:
            self.findings.add(point("MAIL002", self.mail.layout.file, self.mail.first - 1, 1, self.mail.head))
        elif not self.counts.valid and self.mail.layout.email is not None:
            self.findings.add(
                Finding("MAIL045", self.mail.layout.file, values={"lines": str(self.counts.lines)})
            )


@dataclass(frozen=True, slots=True)
class _Mail:
    """A MAIL whose head was understood: how to read on from its first data line."""

    open: Callable[[], BinaryIO]
    survey: text.Survey
    layout: Layout
    head: str
    first: int
    offset: int

    def spans(self) -> list[tuple[int, int]]:
        """The data lines as spans of bytes that can be read apart; empty when they cannot."""
        if self.survey.lone_cr or not text.ascii_safe(self.survey.encoding):
            return []
        with closing(self.open()) as stream:
            return text.cut_spans(stream, self.offset)

    def data_blocks(self, stream: BinaryIO) -> Iterator[bytes]:
        """The blocks after the header line."""
        skip = self.first - 1
        for block in text.blocks(stream, self.survey):
            at = 0
            while skip and at < len(block):
                at = block.find(b"\n", at) + 1 or len(block)
                skip -= 1
            if at < len(block):
                yield block[at:] if at else block


def inspect(
    files: TripletFiles,
    profile: Profile,
    *,
    zone: tzinfo,
    now: datetime,
    options: Options = DEFAULT_OPTIONS,
) -> Inspection:
    """Check CONF and HTML whole and MAIL's head; the contacts follow through ``contacts()``.

    Never raises for bad data. *zone* is the client's, for ``datahora_envio``; *now* is aware.
    """
    log = FindingLog(keep=options.keep, wanted=options.wanted)
    around = conf.Surroundings(profile, zone, now, options.delimiter)
    encoding = options.encoding or profile.encoding
    mail = _open_mail(files, around, encoding, log, options.crew)
    columns = mail.layout.columns if mail else ()
    settings = None
    written = _read_whole(files, InputType.CONF, encoding, log)
    if written is not None and not _swapped(InputType.CONF, written, files, profile, log):
        name = files.key.file(InputType.CONF)
        settings = conf.read_conf(written, name, around, log)
        if mail:
            conf.check_merge_fields(written, name, columns, around, log)
    html = _read_whole(files, InputType.HTML, encoding, log)
    if html is not None and _swapped(InputType.HTML, html, files, profile, log):
        html = None
    if html is not None:
        from mpftp.domain.html import check_html

        usable = check_html(html, files.key.file(InputType.HTML), columns if mail else None, profile, log)
        html = html if usable else None
    return Inspection(files.key, settings, html, columns, log, mail=mail)


def verdict(inspection: Inspection, max_invalid_share: float) -> bool:
    """Whether the triplet is refused, once its contacts are drawn (DESIGN, "The rules of the files").

    Refused are: any error that speaks of the triplet, no valid contact, or a share of invalid
    lines above *max_invalid_share*.
    """
    counts = inspection.counts
    if inspection.findings.errors(Scope.TRIPLET) or not counts.valid:
        return True
    return counts.invalid > max_invalid_share * counts.lines


def _surveyed(
    opener: text.Opener, file: str, encoding: str | None, log: FindingLog, crew: text.Crew | None = None
) -> text.Survey | None:
    """What is in the file as text; ``None`` when that makes no sense, and *log* says why."""
    found = text.survey(opener, encoding, crew)
    if found.binary:
        log.add(Finding("TEXT011", file, values={"format": found.binary}))
        return None
    if found.unmarked:
        log.add(Finding("TEXT005", file, values={"encoding": found.encoding.upper()}))
    if found.encoding.startswith("utf-32"):
        log.add(Finding("TEXT010", file, values={"encoding": found.encoding.upper()}))
    ends = sum(count > 0 for count in (found.crlf, found.lf - found.crlf, found.lone_cr))
    if ends > 1:
        counts = {"crlf": str(found.crlf), "lf": str(found.lf - found.crlf), "cr": str(found.lone_cr)}
        log.add(Finding("TEXT007", file, values=counts))
    elif found.lone_cr:
        log.add(Finding("TEXT015", file))
    with closing(opener()) as stream:
        text.locate(stream, found, file, log)
    return found


def _read_whole(files: TripletFiles, kind: InputType, encoding: str | None, log: FindingLog) -> str | None:
    """The text of CONF or HTML with line feeds for line ends; ``None`` when it is none."""
    file, opener = files.key.file(kind), files.openers.get(kind)
    if opener is None:
        return None
    with closing(opener()) as stream:
        data = stream.read(LARGEST[kind] + 1)
    if len(data) > LARGEST[kind]:
        log.add(Finding("SET009", file, values={"bytes": f"> {LARGEST[kind]}", "limit": str(LARGEST[kind])}))
        return None
    found = _surveyed(opener, file, encoding, log)
    if found is None:
        return None
    with closing(opener()) as stream:
        raw = b"".join(text.blocks(stream, found))
    return text.decoded(raw, found.carrier).replace("\r\n", "\n")


def _open_mail(
    files: TripletFiles,
    around: conf.Surroundings,
    encoding: str | None,
    log: FindingLog,
    crew: text.Crew | None,
) -> _Mail | None:
    """Read MAIL's header and look at its first data line."""
    file, opener = files.key.file(InputType.MAIL), files.openers.get(InputType.MAIL)
    if opener is None:
        return None
    found = _surveyed(opener, file, encoding, log, crew)
    if found is None:
        return None
    with closing(opener()) as stream:
        sample = next(text.blocks(stream, found), b"")
    lines = text.decoded(sample, found.carrier).split("\n")
    place = next((number for number, line in enumerate(lines) if line.strip()), None)
    if place is None:
        log.add(point("MAIL001", file, 1))
        return None
    head = lines[place].rstrip("\r")
    if _swapped(InputType.MAIL, head, files, around.profile, log):
        return None
    expected = Expected(around.profile.mail, MAIL_REQUIRED, around.profile.extra_columns)
    given = around.delimiter or around.profile.delimiter
    delimiter, wrong = recognise_delimiter(head, set(expected.headers.values()), given)
    if wrong:
        at = head.find(wrong) + 1
        log.add(point("MAIL007", file, place + 1, at, head, 1, delimiter=wrong, wanted=given or ";"))
    row = split_row(head, delimiter)
    if row.broken:
        rule = "MAIL008" if row.broken.kind == "unclosed" else "MAIL009"
        log.add(point(rule, file, place + 1, row.broken.at + 1, head))
    header = read_header(row, head, expected, log, ("MAIL", file, place + 1))
    columns = tuple(ours or name for ours, name in zip(header.columns, header.names, strict=True))
    quoted = _quoted_columns(lines[place + 1 :], delimiter, len(columns))
    layout = Layout(file, columns, delimiter, found.carrier, header.index("email"), quoted, header.names)
    _note_open_end(opener, found, layout, log)
    offset = found.bom + _end_of_line(sample, place + 1)
    return _Mail(opener, found, layout, head, place + 2, offset)


def _end_of_line(sample: bytes, lines: int) -> int:
    """Where line number *lines* (from 1) of *sample* ends."""
    at = 0
    for _ in range(lines):
        at = sample.find(b"\n", at) + 1 or len(sample)
    return at


def _swapped(
    kind: InputType, written: str, files: TripletFiles, profile: Profile, log: FindingLog
) -> bool:
    """Whether the file *kind* holds, by its first line, what belongs into another one."""
    head = next((line for line in written.split("\n") if line.strip()), "").strip()
    looks = {
        InputType.HTML: bool(re.match(r"<(!doctype|html|head|body|table|div)\b", head, re.IGNORECASE)),
        InputType.CONF: _known_headers(head, profile.conf),
        InputType.MAIL: _known_headers(head, profile.mail),
    }
    other = next((one for one, like in looks.items() if like and one is not kind), None)
    if looks[kind] or other is None:
        return False
    values = {"other": other.value, "kind": kind.value}
    log.add(point("SET005", files.key.file(kind), 1, 1, head, len(head), **values))
    return True


def _known_headers(head: str, headers: Mapping[str, str]) -> bool:
    """Whether *head* is a header line with at least two of *headers*."""
    known = set(headers.values())
    delimiter, _ = recognise_delimiter(head, known, None)
    return sum(value in known for value in split_row(head, delimiter).values) > 1


def _quoted_columns(lines: list[str], delimiter: str, width: int) -> tuple[bool, ...]:
    """Which columns the first whole data line quotes, so that quoting everything is ordinary."""
    line = next((line.rstrip("\r") for line in lines if line.strip()), "")
    row = split_row(line, delimiter)
    if row.broken or len(row.values) != width:
        return (False,) * width
    return tuple(line.startswith('"', start) for start in row.starts)


def _note_open_end(
    opener: Callable[[], BinaryIO], found: text.Survey, layout: Layout, log: FindingLog
) -> None:
    """Warn of a last line without its end that has fewer values than the header: an upload that broke."""
    if not found.ends_open or found.lf + found.lone_cr < 2:
        return
    last = b""
    with closing(opener()) as stream:
        for block in text.blocks(stream, found):
            last = block
    raw = last[last.rfind(b"\n") + 1 :]
    line = text.decoded(raw, layout.carrier)
    values = len(split_row(line, layout.delimiter).values)
    if values < len(layout.columns):
        number = found.lf + found.lone_cr + 1
        log.add(point("TEXT008", layout.file, number, len(line) + 1, line, 1))
