"""What a visit to a client's server shall take, and why it leaves the rest: a pure decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mpftp.domain.endpoint import RemoteFile
from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.triplets.findings import Finding
from mpftp.domain.triplets.grouping import GroupedFiles, check_name, group_files
from mpftp.domain.triplets.rules import RULES, Severity


class WaitReason(StrEnum):
    """Why a triplet is left on the server."""

    INCOMPLETE = "incomplete: waiting for the rest"
    UNSTABLE = "still settling: changed a moment ago"
    UPLOADING = "still being uploaded"
    TAKEN = "already processed"
    REFUSED = "refused before, and unchanged since"


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as the visits saw it. *changed_at* is when its size or time last differed, by our clock."""

    file: RemoteFile
    first_seen: datetime
    changed_at: datetime
    reported: bool = False


@dataclass(frozen=True, slots=True)
class ReadyTriplet:
    """A whole triplet that is ready to be downloaded."""

    key: TripletKey
    files: Mapping[InputType, RemoteFile]


@dataclass(frozen=True, slots=True)
class WaitingTriplet:
    """A triplet that is left for now. *missing* names what an incomplete one lacks."""

    key: TripletKey
    reason: WaitReason
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MisnamedTriplet:
    """A triplet that its names alone refuse, with what is wrong about them."""

    key: TripletKey
    findings: tuple[Finding, ...]
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class StabilityPolicy:
    """The limits that a client's files are measured by."""

    settle: timedelta = timedelta(seconds=60)
    incomplete_after: timedelta = timedelta(hours=24)
    max_file_bytes: int = 2_000_000_000


@dataclass(frozen=True, slots=True)
class KnownTriplet:
    """What earlier visits made of one triplet: its files' sizes and times when it was taken or refused."""

    accepted: bool
    files: Mapping[str, tuple[int, datetime | None]]

    def looks_unchanged(self, files: Iterable[RemoteFile]) -> bool:
        """Whether the listing shows no sign of a change; a hidden time may hide one."""
        return all(self.files.get(file.name) == (file.size, file.modified) for file in files)

    def is_proven_unchanged(self, files: Iterable[RemoteFile]) -> bool:
        """Whether the listing proves that nothing changed."""
        files = list(files)
        return self.looks_unchanged(files) and all(file.modified is not None for file in files)


@dataclass(slots=True)
class PickupPlan:
    """*ready* what is ready, leave what is *waiting*, refuse what is *misnamed*.

    *unused_files* are wrong names that belong to no triplet, *reused* are triplets whose name was processed
    and whose files changed since, both only when they were not reported before.
    """

    ready: list[ReadyTriplet] = field(default_factory=list)
    waiting: list[WaitingTriplet] = field(default_factory=list)
    misnamed: list[MisnamedTriplet] = field(default_factory=list)
    unused_files: list[Finding] = field(default_factory=list)
    reused: list[TripletKey] = field(default_factory=list)
    seen_files: dict[str, SeenFile] = field(default_factory=dict)


def update_seen_files(
    files: Iterable[RemoteFile], before: Mapping[str, SeenFile], now: datetime
) -> dict[str, SeenFile]:
    """What is known of each of *files* after this look; a changed file is as good as new."""
    seen: dict[str, SeenFile] = {}
    for file in files:
        old = before.get(file.name)
        if old is None:
            seen[file.name] = SeenFile(file, now, now)
        elif (old.file.size, old.file.modified) != (file.size, file.modified):
            seen[file.name] = SeenFile(file, old.first_seen, now)
        else:
            seen[file.name] = old
    return seen


def is_stable(seen_file: SeenFile, settle: timedelta, now: datetime) -> bool:
    """Whether a file has been left alone for *settle*: by its own time, or by two looks of ours.

    A time that is hidden, or lies in the future because the server's clock is fast, proves nothing;
    then the file must have looked the same for that long.
    """
    if not settle:
        return True
    modified = seen_file.file.modified
    if modified is not None and modified <= now:
        return now - modified >= settle
    return now - seen_file.changed_at >= settle


def plan_pickup(
    seen: Mapping[str, SeenFile],
    known: Callable[[TripletKey], KnownTriplet | None],
    stability: StabilityPolicy,
    now: datetime,
) -> PickupPlan:
    """Decide about every file of a directory, as *seen* at *now*."""
    result = PickupPlan(seen_files=dict(seen))
    listing = group_files(seen)
    for key, names in listing.complete.items():
        _place(
            result,
            key,
            {kind: seen[name] for kind, name in names.items()},
            listing,
            known(key),
            stability,
            now,
        )
    for key, names in listing.incomplete.items():
        seen_files = [seen[name] for name in names.values()]
        _place_incomplete(result, key, seen_files, listing, known(key), stability, now)
    for finding in listing.findings.get(None, ()):
        stray = seen[finding.file]
        if _is_error(finding) and not stray.reported and is_stable(stray, stability.settle, now):
            result.unused_files.append(finding)
            result.seen_files[finding.file] = replace(stray, reported=True)
    return result


def _place(
    result: PickupPlan,
    key: TripletKey,
    seen: Mapping[InputType, SeenFile],
    listing: GroupedFiles,
    known: KnownTriplet | None,
    stability: StabilityPolicy,
    now: datetime,
) -> None:
    files = {kind: seen_file.file for kind, seen_file in seen.items()}
    findings = listing.findings.get(key, [])
    if known and known.accepted:
        _place_taken(result, key, seen, known)
    elif _is_replaced(files.values(), result.seen_files.values(), now - stability.incomplete_after):
        result.waiting.append(WaitingTriplet(key, WaitReason.UPLOADING))
    elif not all(is_stable(seen_file, stability.settle, now) for seen_file in seen.values()):
        result.waiting.append(WaitingTriplet(key, WaitReason.UNSTABLE))
    elif any(_is_error(finding) for finding in findings):
        result.misnamed.append(MisnamedTriplet(key, tuple(findings), tuple(files.values())))
    elif too_big := _oversize(files, stability.max_file_bytes):
        result.misnamed.append(MisnamedTriplet(key, too_big, tuple(files.values())))
    elif known and known.is_proven_unchanged(files.values()):
        result.waiting.append(WaitingTriplet(key, WaitReason.REFUSED))
    else:
        result.ready.append(ReadyTriplet(key, files))


def _place_taken(
    result: PickupPlan, key: TripletKey, seen: Mapping[InputType, SeenFile], known: KnownTriplet
) -> None:
    result.waiting.append(WaitingTriplet(key, WaitReason.TAKEN))
    files = [seen_file.file for seen_file in seen.values()]
    if not known.looks_unchanged(files) and not all(seen_file.reported for seen_file in seen.values()):
        result.reused.append(key)
        for seen_file in seen.values():
            result.seen_files[seen_file.file.name] = replace(seen_file, reported=True)


def _place_incomplete(
    result: PickupPlan,
    key: TripletKey,
    seen: list[SeenFile],
    listing: GroupedFiles,
    known: KnownTriplet | None,
    stability: StabilityPolicy,
    now: datetime,
) -> None:
    """Wait for the rest; past the limit, or when a wrong name stands for the rest, say so."""
    if known and known.accepted:
        result.waiting.append(WaitingTriplet(key, WaitReason.TAKEN))
        return
    findings = listing.findings.get(key, [])
    misnamed = any(_is_error(finding) and finding.rule != "SET001" for finding in findings)
    overdue = now - max(seen_file.changed_at for seen_file in seen) >= stability.incomplete_after
    calm = all(is_stable(seen_file, stability.settle, now) for seen_file in seen)
    if overdue or (misnamed and calm):
        result.misnamed.append(
            MisnamedTriplet(key, tuple(findings), tuple(seen_file.file for seen_file in seen))
        )
    else:
        missing = tuple(f.values["missing"] for f in findings if f.rule == "SET001")
        result.waiting.append(WaitingTriplet(key, WaitReason.INCOMPLETE, missing))


def _oversize(files: Mapping[InputType, RemoteFile], limit: int) -> tuple[Finding, ...]:
    return tuple(
        Finding("SET009", file.name, values={"bytes": str(file.size), "limit": str(limit)})
        for file in files.values()
        if file.size > limit
    )


def _is_replaced(files: Iterable[RemoteFile], seen: Iterable[SeenFile], since: datetime) -> bool:
    """Whether a program uploads one of *files* anew, under a temporary name that changed after *since*."""
    names = [file.name for file in files]
    return any(
        seen_file.changed_at > since
        and any(name in seen_file.file.name and name != seen_file.file.name for name in names)
        and any(finding.rule == "NAME009" for finding in check_name(seen_file.file.name))
        for seen_file in seen
    )


def _is_error(finding: Finding) -> bool:
    return RULES[finding.rule].severity is Severity.ERROR
