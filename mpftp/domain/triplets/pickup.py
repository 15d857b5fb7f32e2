"""What a visit to a client's server shall take, and why it leaves the rest: a pure decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mpftp.domain.endpoint import RemoteFile
from mpftp.domain.file_names import UPLOAD_BY_RENAME, InputType, TripletKey, UploadPolicy, normalize_name
from mpftp.domain.triplets.findings import Finding
from mpftp.domain.triplets.grouping import GroupedFiles, check_name, group_files
from mpftp.domain.triplets.rules import RULES, Severity
from mpftp.domain.triplets.wrong_names import sort_wrong_names, with_final_names


class WaitReason(StrEnum):
    """Why a triplet is left on the server."""

    INCOMPLETE = "incomplete: waiting for the rest"
    UNSTABLE = "still settling: not yet seen the same for long enough"
    UPLOADING = "still being uploaded"
    TAKEN = "already processed"
    REFUSED = "refused before, and unchanged since"


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as the visits saw it. *changed_at* is when its size or time last differed, by our clock."""

    file: RemoteFile
    first_seen: datetime
    changed_at: datetime
    unrelated: bool = False  # the client's own: no upload for a campaign


@dataclass(frozen=True, slots=True)
class ReadyTriplet:
    """A whole triplet that is ready to be downloaded; by our eyes it did not change since *changed_at*."""

    key: TripletKey
    files: Mapping[InputType, RemoteFile]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingTriplet:
    """A triplet that is left for now. *missing* names what an incomplete one lacks."""

    key: TripletKey
    reason: WaitReason
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MisnamedTriplet:
    """A triplet, or a suppression file, that its names alone refuse, with what is wrong about them."""

    key: TripletKey
    findings: tuple[Finding, ...]
    files: tuple[RemoteFile, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class StabilityPolicy:
    """The limits that a client's files are measured by: *settle* lies between two looks of ours."""

    settle: timedelta
    incomplete_after: timedelta
    max_file_bytes: int


@dataclass(frozen=True, slots=True)
class KnownTriplet:
    """What earlier visits made of one triplet: its files' sizes and times when it was taken or refused.

    *files* are by their names in NFC, ``None`` when only the name is known. Of an accepted one:
    *accepted_at* in the client's zone, and *listed_at*, when its files were seen for the last time
    before that (``None``: not known).
    """

    accepted: bool
    files: Mapping[str, tuple[int, datetime | None]] | None
    accepted_at: datetime | None = None
    listed_at: datetime | None = None

    def looks_unchanged(self, files: Iterable[RemoteFile]) -> bool:
        """Whether the listing shows no sign of a change; a hidden time may hide one."""
        return all(self._looks_like(file) for file in files)

    def _looks_like(self, file: RemoteFile) -> bool:
        if self.files is None:
            return True
        size, modified = self.files.get(normalize_name(file.name), (None, None))
        return size == file.size and (file.modified is None or modified in (None, file.modified))

    def is_proven_unchanged(self, files: Iterable[RemoteFile]) -> bool:
        """Whether the listing proves that nothing changed."""
        known, files = self.files, list(files)
        return known is None or (
            self.looks_unchanged(files)
            and all(
                file.modified is not None and known[normalize_name(file.name)][1] is not None
                for file in files
            )
        )

    def is_proven_changed(self, files: Iterable[RemoteFile]) -> bool:
        """Whether the sizes alone prove that bytes changed."""
        sizes = {name: size for name, (size, _) in (self.files or {}).items()}
        return any(sizes.get(normalize_name(file.name), file.size) != file.size for file in files)

    def came_back(self, seen: Iterable[SeenFile]) -> bool:
        """Whether one of the files *seen* was gone for a visit since the triplet was accepted."""
        return self.listed_at is not None and any(one.first_seen > self.listed_at for one in seen)


@dataclass(slots=True)
class PickupPlan:
    """*ready* what is ready, leave what is *waiting*, refuse what is *misnamed*.

    *lists* are suppression files that are ready, each as the MAIL of its key.

    *suspects* bear a name that was processed, and only a look at their bytes tells whether they are
    the same files. *unreadable* are uploads whose NAME or date cannot be read, with their findings.
    *settles_at* is when a second look could settle what is whole, or wrong; ``None`` when nothing
    waits for that.
    """

    ready: list[ReadyTriplet] = field(default_factory=list)
    lists: list[ReadyTriplet] = field(default_factory=list)
    waiting: list[WaitingTriplet] = field(default_factory=list)
    misnamed: list[MisnamedTriplet] = field(default_factory=list)
    suspects: list[ReadyTriplet] = field(default_factory=list)
    unreadable: dict[str, list[Finding]] = field(default_factory=dict)
    seen_files: dict[str, SeenFile] = field(default_factory=dict)
    settles_at: datetime | None = None

    def wait_for(self, seen: Iterable[SeenFile], settle: timedelta) -> None:
        """Put the second look off until it can settle *seen*, too."""
        settles_at = _changed_at(seen) + settle
        self.settles_at = max(settles_at, self.settles_at or settles_at)

    def unsettled_keys(self) -> set[TripletKey]:
        """The triplets that are refused for their names, or whose files are still on their way."""
        done = (WaitReason.TAKEN, WaitReason.REFUSED)
        waiting = {one.key for one in self.waiting if one.reason not in done}
        return waiting | {one.key for one in self.misnamed} | {one.key for one in self.suspects}


def update_seen_files(
    files: Iterable[RemoteFile], before: Mapping[str, SeenFile], now: datetime
) -> dict[str, SeenFile]:
    """What is known of each of *files* after this look; a changed one waits anew for a second look.

    So does one that changed later than *now*: our clock went back, and what it said proves nothing of the
    wait. The file was there all the same, so that it did not come back.
    """
    seen: dict[str, SeenFile] = {}
    for file in files:
        old = before.get(file.name)
        if old is None:
            seen[file.name] = SeenFile(file, now, now)
        elif old.changed_at > now:
            seen[file.name] = SeenFile(file, min(old.first_seen, now), now)
        elif (old.file.size, old.file.modified) != (file.size, file.modified):
            seen[file.name] = SeenFile(file, old.first_seen, now)
        else:
            seen[file.name] = old
    return seen


def is_stable(seen_file: SeenFile, settle: timedelta, now: datetime) -> bool:
    """Whether two looks of ours, *settle* apart, saw the same: a server's times prove nothing."""
    return now - seen_file.changed_at >= settle


def plan_pickup(
    seen: Mapping[str, SeenFile],
    known: Callable[[TripletKey], KnownTriplet | None],
    stability: StabilityPolicy,
    now: datetime,
    upload: UploadPolicy = UPLOAD_BY_RENAME,
) -> PickupPlan:
    """Decide about every file of a directory, as *seen* at *now*; files of ours come there by *upload*."""
    result = PickupPlan(seen_files=dict(seen))
    listing = group_files(seen, upload)
    for key, names in listing.complete.items():
        _decide_complete(
            result,
            key,
            {kind: seen[name] for kind, name in names.items()},
            listing,
            known(key),
            stability,
            now,
        )
    for key, names in listing.incomplete.items():
        by_kind = {kind: seen[name] for kind, name in names.items()}
        _decide_incomplete(result, key, by_kind, listing, known(key), stability, now)
    _decide_wrong_names(result, listing.findings.get(None, ()), known, stability, now)
    return result


def _decide_complete(
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
        _decide_used(result, key, seen, findings, known, stability, now)
    elif is_being_replaced(files.values(), result.seen_files.values(), now - stability.incomplete_after):
        result.waiting.append(WaitingTriplet(key, WaitReason.UPLOADING))
    elif not all(is_stable(seen_file, stability.settle, now) for seen_file in seen.values()):
        result.waiting.append(WaitingTriplet(key, WaitReason.UNSTABLE))
        result.wait_for(seen.values(), stability.settle)
    elif any(_is_error(finding) for finding in findings):
        result.misnamed.append(MisnamedTriplet(key, tuple(findings), tuple(files.values())))
    elif too_big := find_oversize(files.values(), stability.max_file_bytes):
        result.misnamed.append(MisnamedTriplet(key, too_big, tuple(files.values())))
    elif known and known.is_proven_unchanged(files.values()):
        result.waiting.append(WaitingTriplet(key, WaitReason.REFUSED))
    else:
        result.ready.append(ReadyTriplet(key, files, _changed_at(seen.values())))


def _changed_at(seen: Iterable[SeenFile]) -> datetime:
    return max(seen_file.changed_at for seen_file in seen)


def _decide_used(
    result: PickupPlan,
    key: TripletKey,
    seen: Mapping[InputType, SeenFile],
    findings: Iterable[Finding],
    known: KnownTriplet,
    stability: StabilityPolicy,
    now: datetime,
) -> None:
    """Refuse what bears a name that was processed, unless it is the very triplet that was."""
    files = {kind: one.file for kind, one in seen.items()}
    wrong = [f for f in findings if _is_error(f) and f.rule not in _IMPLIED_BY_A_USED_NAME]
    unchanged = known.looks_unchanged(files.values()) and not known.came_back(seen.values())
    if unchanged and not wrong:
        result.waiting.append(WaitingTriplet(key, WaitReason.TAKEN))
    elif not all(is_stable(one, stability.settle, now) for one in seen.values()):
        result.waiting.append(WaitingTriplet(key, WaitReason.UNSTABLE))
        result.wait_for(seen.values(), stability.settle)
    elif wrong or known.is_proven_changed(files.values()) or known.came_back(seen.values()):
        used = used_name_finding(next(iter(files.values())).name, known)
        present = {one.name: one for one in files.values()}
        strays = [result.seen_files[f.file].file for f in wrong if f.file not in present]
        result.misnamed.append(MisnamedTriplet(key, (*wrong, used), (*present.values(), *strays)))
    else:
        result.suspects.append(ReadyTriplet(key, files, _changed_at(seen.values())))


_IMPLIED_BY_A_USED_NAME = ("SET001", "SET002", "SET003", "SET004", "SET006")


def used_name_finding(file: str, known: KnownTriplet) -> Finding:
    """What is wrong with *file*, whose name was processed before."""
    at = known.accepted_at
    return Finding("SET011", file, values={"processed": f"{at:%d/%m/%Y %H:%M} ({at.tzinfo})" if at else ""})


def _decide_incomplete(
    result: PickupPlan,
    key: TripletKey,
    by_kind: Mapping[InputType, SeenFile],
    listing: GroupedFiles,
    known: KnownTriplet | None,
    stability: StabilityPolicy,
    now: datetime,
) -> None:
    """Wait for the rest; past the limit, or when a wrong name stands for the rest, say so."""
    findings, seen = listing.findings.get(key, []), list(by_kind.values())
    if known and known.accepted:
        _decide_used(result, key, by_kind, findings, known, stability, now)
        return
    misnamed = any(_is_error(finding) and finding.rule != "SET001" for finding in findings)
    calm = all(is_stable(seen_file, stability.settle, now) for seen_file in seen)
    if _is_overdue(seen, stability, now) or (misnamed and calm):
        result.misnamed.append(
            MisnamedTriplet(key, tuple(with_final_names(findings)), tuple(one.file for one in seen))
        )
    else:
        if misnamed:
            result.wait_for(seen, stability.settle)
        missing = tuple(f.values["missing"] for f in findings if f.rule == "SET001")
        result.waiting.append(WaitingTriplet(key, WaitReason.INCOMPLETE, missing))


def _decide_wrong_names(
    result: PickupPlan,
    findings: Iterable[Finding],
    known: Callable[[TripletKey], KnownTriplet | None],
    stability: StabilityPolicy,
    now: datetime,
) -> None:
    """Refuse what was surely meant for a triplet once it is all there, the rest when it lies there long."""
    names = sort_wrong_names(findings)
    for key, group in names.groups.items():
        seen = [result.seen_files[name] for name in group.findings]
        calm = all(is_stable(one, stability.settle, now) for one in seen)
        if (group.is_certain and calm) or _is_overdue(seen, stability, now):
            used = known(key)
            used_finding = [used_name_finding(seen[0].file.name, used)] if used and used.accepted else []
            files = tuple(one.file for one in seen)
            result.misnamed.append(MisnamedTriplet(key, (*group.all_findings(), *used_finding), files))
        else:
            if group.is_certain:
                result.wait_for(seen, stability.settle)
            reason = WaitReason.INCOMPLETE if calm else WaitReason.UNSTABLE
            result.waiting.append(WaitingTriplet(key, reason))
    result.unreadable = {
        name: each
        for name, each in names.unreadable.items()
        if _is_overdue([result.seen_files[name]], stability, now)
    }
    for name in names.unrelated:
        result.seen_files[name] = replace(result.seen_files[name], unrelated=True)


def _is_overdue(seen: Iterable[SeenFile], stability: StabilityPolicy, now: datetime) -> bool:
    """Whether nothing came for longer than the client has time for."""
    return now - _changed_at(seen) >= stability.incomplete_after


def find_oversize(files: Iterable[RemoteFile], limit: int) -> tuple[Finding, ...]:
    """Return a finding for each of *files* that has more than *limit* bytes."""
    return tuple(
        Finding("SET009", file.name, values={"bytes": str(file.size), "limit": str(limit)})
        for file in files
        if file.size > limit
    )


def is_being_replaced(files: Iterable[RemoteFile], seen: Iterable[SeenFile], since: datetime) -> bool:
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
