"""Checking triplets that lie in folders: find, inspect, say what is wrong, write corrected copies."""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from mpftp.domain.campaign import DEFAULT_MAX_INVALID_SHARE
from mpftp.domain.clock import DEFAULT_TIME_ZONE
from mpftp.domain.file_names import UPLOAD_BY_RENAME, InputType, TripletKey, UploadPolicy
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.domain.triplets.findings import MAX_KEPT_FINDINGS, Finding, FindingCollector
from mpftp.domain.triplets.grouping import group_files
from mpftp.domain.triplets.intended_names import parse_intended_name
from mpftp.domain.triplets.parallel import ParallelMap, count_in_spans, scan_in_spans
from mpftp.domain.triplets.rules import Severity
from mpftp.domain.triplets.triplet import (
    DEFAULT_OPTIONS,
    CheckOptions,
    MailCounts,
    TripletCheck,
    TripletFiles,
    check_triplet,
    is_refused,
)
from mpftp.domain.triplets.triplet_reader import read_lines

if TYPE_CHECKING:
    from mpftp.domain.deliverability.dns import DnsLookup
    from mpftp.domain.triplets.domains import DomainCount
    from mpftp.domain.triplets.preview import Preview


DNS_AT_ONCE = 32
DNS_SECONDS = 60.0


class ValidationSettings(NamedTuple):
    """What triplets are checked against."""

    profile: Profile
    zone: tzinfo
    now: datetime
    max_invalid_share: float = DEFAULT_MAX_INVALID_SHARE
    options: CheckOptions = DEFAULT_OPTIONS
    parallel_map: ParallelMap | None = None
    """Shares the reading of a large MAIL among workers."""


class FoundTriplet(NamedTuple):
    """The files of one folder that belong to one triplet, or (*key* ``None``) to none.

    *is_list*: it is a suppression file, which stands in the place of MAIL.
    """

    folder: Path
    key: TripletKey | None
    files: Mapping[InputType, Path]
    findings: tuple[Finding, ...] = ()
    is_list: bool = False


@dataclass(slots=True)
class CheckedTriplet:
    """One triplet and the verdict on it; *inspection* is ``None`` for names that make no triplet."""

    folder: Path
    key: TripletKey | None
    findings: FindingCollector
    counts: MailCounts = field(default_factory=MailCounts)
    refused: bool = False
    check: TripletCheck | None = None
    files: TripletFiles | None = None
    named: tuple[Finding, ...] = ()
    """What its names alone say, which no copy of its files puts right."""


@dataclass(slots=True)
class ValidationReport:
    """Everything that was checked."""

    checked: list[CheckedTriplet] = field(default_factory=list)

    def count(self, severity: Severity) -> int:
        """Findings of *severity* in all triplets."""
        return sum(one.findings.count(severity) for one in self.checked)

    @property
    def refused(self) -> bool:
        """Whether anything here would be refused."""
        return any(one.refused for one in self.checked)

    def __iter__(self) -> Iterator[Finding]:
        """The findings that were kept (the first of each rule and file), errors first."""
        for one in self.checked:
            yield from one.findings


def find_triplets(paths: Sequence[Path], copies: Path | None = None) -> list[FoundTriplet]:
    """The triplets in *paths*: folders are searched with their subfolders, files belong to their folder.

    A folder that is named several times counts once, by its first name. Triplets in the folder *copies*,
    to which corrected copies go, are left out, unless they are all there is or a path names them.
    """
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                inside = file.relative_to(path).parent.parts
                hidden = any(part.startswith(".") for part in inside) or _is_of_a_program(file.name)
                if not hidden and not file.is_dir():
                    folders.setdefault(file.parent, []).append(file)
        else:
            folders.setdefault(path.parent, []).append(path)
    named: dict[str, tuple[Path, dict[str, None]]] = {}
    for folder, files in folders.items():
        names = named.setdefault(os.path.realpath(folder), (folder, {}))[1]
        names.update(dict.fromkeys(file.name for file in files))
    triplets = [
        triplet for folder, names in named.values() for triplet in find_in_folder(folder, folder, list(names))
    ]
    if copies is None or any(_is_in(copies, path) for path in paths):
        return triplets
    originals = [one for one in triplets if not _is_in(copies, one.folder)]
    return originals if any(one.key for one in originals) else triplets


def _is_in(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _is_of_a_program(name: str) -> bool:
    """Whether a hidden file such as ``.gitignore`` is a program's own, and no upload that goes on."""
    return name.startswith(".") and parse_intended_name(name) is None


def validate_triplet(
    *paths: str | Path,
    profile: Profile = DEFAULT_PROFILE,
    time_zone: str = DEFAULT_TIME_ZONE,
    now: datetime | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    keep: int = MAX_KEPT_FINDINGS,
) -> ValidationReport:
    """Check the triplets in *paths* (folders, or the three files), as ``mpftp validate`` does.

    *select* and *ignore* choose rules as the options of that name do; *keep* is how many findings of
    each rule and file the report lists (0: all), though it counts every one. Iterate over the report
    for its findings; ``report.checked`` has each triplet with its counts. Raises ``LookupError`` for
    a rule that does not exist and ``FileNotFoundError`` for a path; bad data never raises.
    """
    from zoneinfo import ZoneInfo

    from mpftp.domain.triplets.rules import select_rules

    entries = [Path(path) for path in paths]
    for entry in entries:
        if not entry.exists():
            raise FileNotFoundError(f"no such file or folder: {entry}")
    options = CheckOptions(keep=keep, selected_rules=select_rules(select, ignore))
    at = now or datetime.now(UTC)
    settings = ValidationSettings(profile, ZoneInfo(time_zone), at, options=options)
    return validate(find_triplets(entries), settings, searched=entries)


def find_in_folder(
    label: Path, folder: Path, names: Iterable[str], upload: UploadPolicy = UPLOAD_BY_RENAME
) -> list[FoundTriplet]:
    """The triplets among the *names* in *folder*, which is shown as *label*; ours come there by *upload*."""
    listing = group_files(names, upload)
    by_key = sorted({**listing.complete, **listing.incomplete}.items())
    triplets = [
        FoundTriplet(
            label,
            key,
            {kind: folder / name for kind, name in names.items()},
            tuple(listing.findings.get(key, ())),
        )
        for key, names in by_key
    ]
    for key, name in sorted(listing.lists.items()):
        shared = (Finding("SET012", name),) if key in listing.complete or key in listing.incomplete else ()
        triplets.append(FoundTriplet(label, key, {InputType.MAIL: folder / name}, shared, is_list=True))
    strays = listing.findings.get(None)
    return [*triplets, FoundTriplet(label, None, {}, tuple(strays))] if strays else triplets


def validate(
    triplets: Iterable[FoundTriplet],
    rules: ValidationSettings,
    progress: OnProgress = silent,
    searched: Sequence[Path] = (),
) -> ValidationReport:
    """Check every triplet in *triplets*; that there is none is said of the one path that was *searched*."""
    report = ValidationReport()
    listed = list(triplets)
    for index, one in enumerate(listed, 1):
        progress(ProgressUpdate("checking", index - 1, len(listed), str(one.key.name if one.key else "")))
        report.checked.append(check_found(one, rules))
    if not any(one.key or one.refused for one in report.checked):
        findings = FindingCollector(keep=rules.options.keep, selected_rules=rules.options.selected_rules)
        findings.add(Finding("SET007", ""))
        place = searched[0] if len(searched) == 1 else Path()
        report.checked.append(CheckedTriplet(place, None, findings, refused=True))
    return report


def check_domains(
    report: ValidationReport, rules: ValidationSettings, look_up: DnsLookup, seconds: float = DNS_SECONDS
) -> None:
    """Ask which domains of the contacts take no mail, and add what is found to *report*.

    The most frequent domains are asked about, many at a time, for *seconds* at the most.
    """
    from mpftp.domain.triplets.domains import count_domains, make_domain_finding

    for one in report.checked:
        if one.files is None or one.check is None or one.check.mail is None:
            continue
        options = replace(rules.options, selected_rules=(), keep=1)
        again = check_triplet(one.files, rules.profile, zone=rules.zone, now=rules.now, options=options)
        domains = count_domains(again.contacts())
        reasons = zip(domains, _reasons(domains, look_up, seconds), strict=True)
        bad = [(domain, reason) for domain, reason in reasons if reason]
        texts = read_lines(one.check.mail, {domain.line for domain, _ in bad})
        file = one.check.mail.layout.file
        for domain, reason in bad:
            one.findings.add(
                make_domain_finding(domain, reason, texts.get(domain.line, domain.email), file), domain.count
            )


def _reasons(domains: Sequence[DomainCount], look_up: DnsLookup, seconds: float) -> list[str]:
    """Why each domain takes no mail; ``""`` where it does, or where time ran out."""
    from concurrent.futures import ThreadPoolExecutor, wait

    from mpftp.domain.triplets.domains import find_mail_problem

    pool = ThreadPoolExecutor(DNS_AT_ONCE)
    try:
        asked = [pool.submit(find_mail_problem, domain.name, look_up) for domain in domains]
        wait(asked, seconds)
        return [future.result() if future.done() else "" for future in asked]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def preview_contact(
    triplets: Iterable[FoundTriplet], rules: ValidationSettings, contact_number: int, language: str
) -> Preview:
    """The message to contact *contact_number* of the only triplet in *triplets*.

    Raises ``LookupError`` with a reason when there is not just one or it has no such message.
    """
    from mpftp.domain.triplets.preview import build_preview

    single = [one for one in triplets if one.key]
    if len(single) != 1:
        raise LookupError("one")
    files = _files(single[0], FindingCollector(keep=1))
    check = check_triplet(files, rules.profile, zone=rules.zone, now=rules.now, options=rules.options)
    return build_preview(check, contact_number, rules.now, language)


def check_found(triplet: FoundTriplet, rules: ValidationSettings) -> CheckedTriplet:
    """Check *triplet*, or say what is wrong with files that make none."""
    findings = FindingCollector(keep=rules.options.keep, selected_rules=rules.options.selected_rules)
    for finding in triplet.findings:
        findings.add(finding)
    if triplet.key is None:
        return CheckedTriplet(triplet.folder, None, findings, refused=findings.errors() > 0)
    files = _files(triplet, findings)
    if triplet.is_list:
        return _check_list(triplet, files, findings, rules.profile)
    share, options = rules.parallel_map, rules.options
    if share is not None:
        options = replace(options, scan_mail=functools.partial(scan_in_spans, parallel_map=share))
    check = check_triplet(files, rules.profile, zone=rules.zone, now=rules.now, options=options)
    if share is None:
        check.count_contacts()
    else:
        count_in_spans(check, share)
    named = tuple(findings)
    check.findings.add_groups(findings.groups())
    refused = is_refused(check, rules.max_invalid_share)
    counts = check.counts
    if any(group.rule == "MAIL003" for group in check.findings.groups()):
        counts = MailCounts(counts.lines, 0, counts.lines)  # a guessed column helps to check, not to send
    return CheckedTriplet(triplet.folder, triplet.key, check.findings, counts, refused, check, files, named)


def _check_list(
    triplet: FoundTriplet, files: TripletFiles, findings: FindingCollector, profile: Profile
) -> CheckedTriplet:
    """Check a client's own suppression file, every line of it."""
    from mpftp.domain.triplets.suppression_file import check_suppression_file

    if InputType.MAIL not in files.openers:
        return CheckedTriplet(triplet.folder, triplet.key, findings, refused=True)
    check = check_suppression_file(files.key, files.openers[InputType.MAIL], profile)
    for _ in check.addresses():
        pass
    check.findings.add_groups(findings.groups())
    return CheckedTriplet(triplet.folder, triplet.key, check.findings, check.counts, check.is_refused)


def _files(triplet: FoundTriplet, findings: FindingCollector) -> TripletFiles:
    assert triplet.key is not None
    readable = {kind: path for kind, path in triplet.files.items() if _readable(path, findings)}
    return TripletFiles(triplet.key, {kind: _opener(path) for kind, path in readable.items()})


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _readable(path: Path, findings: FindingCollector) -> bool:
    try:
        if path.is_file():
            with path.open("rb"):
                return True
        problem = "EISDIR" if path.is_dir() else "irregular" if path.exists() else "ENOENT"
    except OSError as error:
        problem = errno.errorcode.get(error.errno or 0, "EIO")
    findings.add(Finding("SET008", path.name, values={"unreadable": problem}))
    return False
