"""Checking one triplet: three streams in; settings, message, contacts and findings out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from mpftp.domain.campaign import ContactLine, Settings
from mpftp.domain.names import InputType, TripletKey
from mpftp.domain.profile import Profile
from mpftp.domain.triplets import conf, text
from mpftp.domain.triplets.finding_log import FindingLog
from mpftp.domain.triplets.findings import Finding, Scope, point
from mpftp.domain.triplets.reading import (
    DEFAULT_OPTIONS,
    Desk,
    Mail,
    Options,
    TripletFiles,
    open_mail,
    read_whole,
)
from mpftp.domain.triplets.repeats import Counts, Pass

__all__ = ["DEFAULT_OPTIONS", "Counts", "Inspection", "Options", "TripletFiles", "inspect", "verdict"]


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
    profile: Profile
    delimiter: str | None = None
    counts: Counts = field(default_factory=Counts)
    mail: Mail | None = None
    surveys: dict[InputType, text.Survey] = field(default_factory=dict)
    """What the files that are text are as text."""

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
    desk = Desk(files, profile, options, log)
    mail = open_mail(desk)
    columns = mail.layout.columns if mail else None
    settings = _settings(desk, columns, conf.Surroundings(profile, zone, now, desk.delimiter))
    html = _message(desk, columns)
    return Inspection(
        files.key,
        settings,
        html,
        columns or (),
        log,
        profile,
        desk.delimiter,
        mail=mail,
        surveys=desk.surveys,
    )


def _settings(desk: Desk, columns: tuple[str, ...] | None, around: conf.Surroundings) -> Settings | None:
    written = read_whole(desk, InputType.CONF)
    if written is None:
        return None
    file = desk.files.key.file(InputType.CONF)
    settings = conf.read_conf(written, file, around, desk.log)
    if columns is not None:
        conf.check_merge_fields(written, file, columns, around, desk.log)
    return settings


def _message(desk: Desk, columns: tuple[str, ...] | None) -> str | None:
    written = read_whole(desk, InputType.HTML)
    if written is None:
        return None
    from mpftp.domain.triplets.html import check_html

    file = desk.files.key.file(InputType.HTML)
    return written if check_html(written, file, columns, desk.profile, desk.log) else None


def verdict(inspection: Inspection, max_invalid_share: float) -> bool:
    """Whether the triplet is refused, once its contacts are drawn (DESIGN, "The rules of the files").

    Refused are: any error that speaks of the triplet, no valid contact, or a share of invalid
    lines above *max_invalid_share*.
    """
    counts = inspection.counts
    if inspection.findings.errors(Scope.TRIPLET) or not counts.valid:
        return True
    return counts.invalid > max_invalid_share * counts.lines
