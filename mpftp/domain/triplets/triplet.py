"""Checking one triplet: three streams in; settings, message, contacts and findings out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from mpftp.domain.campaign import CampaignSettings, MailContact
from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import Profile
from mpftp.domain.triplets import conf
from mpftp.domain.triplets.findings import Finding, FindingCollector, make_finding
from mpftp.domain.triplets.repeats import MailCounts, MailPass
from mpftp.domain.triplets.rules import Scope
from mpftp.domain.triplets.text_scan import TextScan
from mpftp.domain.triplets.torn import TORN_RULE, is_torn_html
from mpftp.domain.triplets.triplet_reader import (
    DEFAULT_OPTIONS,
    CheckOptions,
    MailFile,
    TripletFiles,
    TripletReader,
    open_mail_file,
    read_small_file,
)

__all__ = [
    "DEFAULT_OPTIONS",
    "CheckOptions",
    "MailCounts",
    "TripletCheck",
    "TripletFiles",
    "check_triplet",
    "is_refused",
]


@dataclass(slots=True)
class TripletCheck:
    """What a triplet says. *settings* and *html* are ``None`` when they cannot be used.

    *columns* are our names of MAIL's columns (a profile's extra column keeps its own name). Draw
    ``contacts()`` or call ``count_contacts()`` before *counts* and *findings* are complete.
    """

    key: TripletKey
    settings: CampaignSettings | None
    html: str | None
    columns: tuple[str, ...]
    findings: FindingCollector
    profile: Profile
    delimiter: str | None = None
    counts: MailCounts = field(default_factory=MailCounts)
    mail: MailFile | None = None
    scans: dict[InputType, TextScan] = field(default_factory=dict)
    """What the files that are text are as text."""

    def contacts(self) -> Iterator[MailContact]:
        """Every data line of MAIL once, in order, checked on the way; to be drawn fully, and only once."""
        if self.mail is None:
            return
        work = MailPass(self.mail.layout, self.findings, self.counts)
        with closing(self.mail.open()) as stream:
            yield from work.contacts(self.mail.data_blocks(stream), self.mail.first)
        self.conclude()

    def count_contacts(self) -> None:
        """Check every line of MAIL without building contacts: the same findings and counts, faster."""
        if self.mail is None:
            return
        work = MailPass(self.mail.layout, self.findings, self.counts)
        with closing(self.mail.open()) as stream:
            for _ in work.lines(self.mail.data_blocks(stream), self.mail.first):
                pass
        self.conclude()

    def conclude(self) -> None:
        """Add what can be said of MAIL when all its lines are counted."""
        if self.mail is None:
            return
        if not self.counts.lines:
            self.findings.add(
                make_finding("MAIL002", self.mail.layout.file, self.mail.first - 1, 1, self.mail.header_line)
            )
        elif not self.counts.valid and self.mail.layout.email is not None:
            self.findings.add(
                Finding("MAIL045", self.mail.layout.file, values={"lines": str(self.counts.lines)})
            )


def check_triplet(
    files: TripletFiles,
    profile: Profile,
    *,
    zone: tzinfo,
    now: datetime,
    options: CheckOptions = DEFAULT_OPTIONS,
) -> TripletCheck:
    """Check CONF and HTML whole and MAIL's head; the contacts follow through ``contacts()``.

    Never raises for bad data. *zone* is the client's, for ``datahora_envio``; *now* is aware.
    """
    findings = FindingCollector(keep=options.keep, selected_rules=options.selected_rules)
    reader = TripletReader(files, profile, options, findings)
    mail = open_mail_file(reader)
    columns = mail.layout.columns if mail else None
    settings = _settings(reader, conf.ConfContext(profile, zone, now, reader.delimiter, columns or ()))
    html = _message(reader, columns)
    return TripletCheck(
        files.key,
        settings,
        html,
        columns or (),
        findings,
        profile,
        reader.delimiter,
        mail=mail,
        scans=reader.scans,
    )


def _settings(reader: TripletReader, context: conf.ConfContext) -> CampaignSettings | None:
    written = read_small_file(reader, InputType.CONF)
    if written is None:
        return None
    return conf.parse_conf(written, reader.files.key.file(InputType.CONF), context, reader.findings)


def _message(reader: TripletReader, columns: tuple[str, ...] | None) -> str | None:
    written = read_small_file(reader, InputType.HTML)
    if written is None:
        return None
    from mpftp.domain.triplets.html import check_html

    file = reader.files.key.file(InputType.HTML)
    if is_torn_html(written):
        last = written.rpartition("\n")[2]
        reader.findings.add(make_finding(TORN_RULE, file, written.count("\n") + 1, len(last) + 1, last, 1))
    return written if check_html(written, file, columns, reader.profile, reader.findings) else None


def is_torn(check: TripletCheck) -> bool:
    """Whether a file of the triplet ends in the middle, so that its upload may still go on."""
    return any(finding.rule == TORN_RULE for finding in check.findings)


def is_refused(check: TripletCheck, max_invalid_share: float) -> bool:
    """Whether the triplet is refused, once its contacts are drawn (see ``mpftp-triplet(5)``).

    Refused are: any error that speaks of the triplet, no valid contact, or a share of invalid
    lines above *max_invalid_share*.
    """
    counts = check.counts
    if check.findings.errors(Scope.TRIPLET) or not counts.valid:
        return True
    return counts.invalid > max_invalid_share * counts.lines
