"""One visit to one client's server: see what lies there, plan, act."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from mpftp.adapters.store.intake import Intake, NewCampaign, OriginalFile
from mpftp.adapters.store.refusals import UNREAD_SIZE, NewRefusal
from mpftp.domain.clock import Clock
from mpftp.domain.endpoint import Endpoint, FileChangedError, RemoteFile
from mpftp.domain.file_names import UNREADABLE, InputType, TripletKey, parse_file_name
from mpftp.domain.messages.links import find_links
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.sending.fragments import FragmentSchedule, plan_fragments
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.pickup import (
    KnownTriplet,
    MisnamedTriplet,
    PickupPlan,
    ReadyTriplet,
    SeenFile,
    StabilityPolicy,
    WaitingTriplet,
    WaitReason,
    plan_pickup,
    update_seen_files,
    used_name_finding,
)
from mpftp.domain.triplets.rules import RULES, Severity
from mpftp.domain.triplets.triplet import MailCounts, TripletCheck, TripletFiles, check_triplet, is_refused
from mpftp.errors import EndpointError, MpftpError, TryLaterError
from mpftp.stages.collect.originals import (
    open_binary,
    originals_dir,
    sha256_of,
    spool_errors,
    store_originals,
)

log = logging.getLogger("mpftp.collect")

DISK_SPACE_FACTOR = 4  # times the size of a triplet
RESERVED_BYTES = 50_000_000  # bytes that are left to others


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """What one client agreed on for its input files."""

    client: str
    zone: ZoneInfo
    profile: Profile = DEFAULT_PROFILE
    language: str = "pt_BR"
    stability: StabilityPolicy = field(default_factory=StabilityPolicy)
    max_invalid_share: float = 0.5
    fragment_schedule: FragmentSchedule | None = None
    error_file: bool = True
    receipt_file: bool = False
    results_after_days: int = 3
    after_collect: str = "keep"
    keep_days: int = 90


@dataclass(frozen=True, slots=True)
class CollectContext:
    """What every visit of one run shares.

    *file_clock* is what the files' times are compared to, *free_bytes* the room on the disk of a path.
    """

    spool: Path
    clock: Clock
    file_clock: Clock
    dry_run: bool = False
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free


@dataclass(frozen=True, slots=True)
class CollectedTriplet:
    """An accepted triplet: its campaign, its counts, and what was found that did not refuse it.

    *late_by* is how long ago it should have gone out, when CONF named a time in the past.
    """

    key: TripletKey
    campaign_id: int
    counts: MailCounts
    findings: FindingCollector
    late_by: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class RefusedTriplet:
    """A refused triplet and why."""

    key: TripletKey
    findings: FindingCollector


@dataclass(slots=True)
class VisitSummary:
    """One visit to one client's server. *failures* counts failed visits in a row, this one included."""

    client: str
    plan: PickupPlan = field(default_factory=PickupPlan)
    taken: list[CollectedTriplet] = field(default_factory=list)
    refused: list[RefusedTriplet] = field(default_factory=list)
    errors: list[MpftpError] = field(default_factory=list)
    failures: int = 0


_Result = CollectedTriplet | RefusedTriplet | WaitingTriplet


class DiskSpaceError(TryLaterError):
    """One triplet does not fit on the disk; smaller ones may."""


class ClientVisit:
    """One client's server, seen, planned and acted upon; what came of it is in *report*.

    Neither the endpoint nor the state is opened or closed here.
    """

    def __init__(
        self, settings: CollectSettings, endpoint: Endpoint, intake: Intake, context: CollectContext
    ) -> None:
        self.settings = settings
        self.endpoint = endpoint
        self.intake = intake
        self.context = context
        self.report = VisitSummary(settings.client)

    def look(self) -> dict[str, SeenFile]:
        """Return the files that lie in the directory, as this visit and earlier ones saw them.

        Raises ``EndpointError``.
        """
        files = [self._with_modified_time(file) for file in self._decodable(self.endpoint.list())]
        return update_seen_files(files, self.intake.load_seen_files(), self.context.file_clock())

    def run(self, seen: Mapping[str, SeenFile]) -> None:
        """Take what is ready of the files *seen*, refuse what is wrong; only plan it in a dry run.

        What spoils one triplet goes to the report. Raises ``MpftpError`` for what ends the visit.
        """
        now = self.context.file_clock()
        plan = plan_pickup(seen, self._find_known_triplet, self.settings.stability, now)
        self.report.plan = plan
        if plan.unreadable:
            plan.misnamed.append(self._unreadable_files(plan))
        if self.context.dry_run:
            return
        self.intake.save_seen_files(plan.seen_files, now)
        for suspect in plan.suspects:
            self._unless_error(partial(self._compare, suspect))
        for misnamed in plan.misnamed:
            self._record(self._refuse_by_name(misnamed))
        for pickup in plan.ready:
            self._unless_error(partial(self._take, pickup))

    def _unless_error(self, step: Callable[[], _Result | None]) -> None:
        """Do *step* and record its result; what spoils one triplet only goes to the report."""
        try:
            result = step()
        except (EndpointError, DiskSpaceError) as error:
            self.report.errors.append(error)
        else:
            if result is not None:
                self._record(result)

    def _find_known_triplet(self, key: TripletKey) -> KnownTriplet | None:
        """What became of *key* before, with times in the client's zone."""
        known = self.intake.find_known_triplet(key)
        if known is None or known.accepted_at is None:
            return known
        return replace(known, accepted_at=known.accepted_at.astimezone(self.settings.zone))

    def _unreadable_files(self, plan: PickupPlan) -> MisnamedTriplet:
        """All the uploads whose NAME or date cannot be read, for one answer: its date is the first day."""
        today = f"{self.context.clock().astimezone(self.settings.zone):%Y%m%d}"
        dates = [
            refusal.key.date
            for refusal in self.intake.refusals.still_open()
            if refusal.key.name == UNREADABLE
        ]
        findings = tuple(finding for each in plan.unreadable.values() for finding in each)
        files = tuple(plan.seen_files[name].file for name in plan.unreadable)
        return MisnamedTriplet(TripletKey(UNREADABLE, next(iter(dates), today)), findings, files)

    def _decodable(self, files: Iterable[RemoteFile]) -> list[RemoteFile]:
        """The files whose names are text; the others are reported if they look like ours."""
        decodable, names = [], []
        for file in files:
            if any("\ud800" <= letter <= "\udfff" for letter in file.name):
                names.append(file.name.encode("utf-8", "replace").decode())
            else:
                decodable.append(file)
        own = [name for name in names if re.search(r"_(CONF|HTML|MAIL)_\d{8}", name)]
        if own:
            self.report.errors.append(
                EndpointError(
                    f"{len(own)} files have names in another encoding than the client's, {own[0]} for one",
                    hint=f'set encoding = "latin-1" (or "cp1252") for {self.settings.client}',
                )
            )
        return decodable

    def _with_modified_time(self, file: RemoteFile) -> RemoteFile:
        """*file*; if it is of a triplet, its time costs one question where the listing tells none."""
        known = parse_file_name(file.name)
        if file.modified is None and known is not None and isinstance(known.kind, InputType):
            return replace(file, modified=self.endpoint.modified(file.name))
        return file

    def _record(self, result: _Result) -> None:
        if isinstance(result, CollectedTriplet):
            self.report.taken.append(result)
        elif isinstance(result, RefusedTriplet):
            self.report.refused.append(result)
        else:
            self.report.plan.waiting.append(result)

    def _take(self, pickup: ReadyTriplet) -> _Result:
        """Bring in one triplet that the plan says is ready.

        It waits when it changed under our hands, or when its bytes were refused before.
        """
        with self._fetched(pickup) as paths:
            if paths is None:
                return WaitingTriplet(pickup.key, WaitReason.UPLOADING)
            return self._check(pickup, paths)

    def _compare(self, suspect: ReadyTriplet) -> WaitingTriplet | None:
        """Find out whether a triplet with a used name is the very one that was processed.

        If not, the plan refuses it.
        """
        with self._fetched(suspect) as paths:
            if paths is None:
                return WaitingTriplet(suspect.key, WaitReason.UPLOADING)
            originals = {
                kind: OriginalFile(suspect.files[kind], sha256_of(path)) for kind, path in paths.items()
            }
        if self.intake.record_same_files(suspect.key, originals):
            return WaitingTriplet(suspect.key, WaitReason.TAKEN)
        known, files = self._find_known_triplet(suspect.key), tuple(suspect.files.values())
        if known is not None:
            finding = used_name_finding(files[0].name, known)
            self.report.plan.misnamed.append(MisnamedTriplet(suspect.key, (finding,), files))
        return None

    @contextmanager
    def _fetched(self, pickup: ReadyTriplet) -> Iterator[dict[InputType, Path] | None]:
        """The downloaded files, which go afterwards; ``None`` if they changed under our hands."""
        folder = self.context.spool / "incoming" / self.settings.client
        try:
            with spool_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
                self._require_disk_space(pickup, folder)
                try:
                    paths = self._fetch(pickup, folder)
                except FileChangedError:
                    yield None
                else:
                    yield None if self._changed(pickup) else paths
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _require_disk_space(self, pickup: ReadyTriplet, folder: Path) -> None:
        """Ask for room before the download: for the files, their archive, and the contacts twice."""
        needed = DISK_SPACE_FACTOR * sum(file.size for file in pickup.files.values()) + RESERVED_BYTES
        free = self.context.free_bytes(folder)
        if free < needed:
            name = f"{pickup.key.name} {pickup.key.date}"
            raise DiskSpaceError(
                f"{name}: not fetched: {free} bytes are free, {needed} are needed",
                hint=f"free some space where {self.context.spool} is",
            )

    def _fetch(self, pickup: ReadyTriplet, folder: Path) -> dict[InputType, Path]:
        """Download the three files, each to a name of our own choice."""
        paths = {}
        for kind, file in pickup.files.items():
            paths[kind] = folder / f"{kind.value}.part"
            self.endpoint.download(file.name, paths[kind], size=file.size)
        return paths

    def _changed(self, pickup: ReadyTriplet) -> bool:
        """Whether a second look shows a triplet that still grows, or was replaced while we read it."""
        now = {file.name: file for file in self.endpoint.list()}
        for file in pickup.files.values():
            again = now.get(file.name)
            if again is None or again.size != file.size:
                return True
            if again.modified is not None and again.modified != file.modified:
                return True
        return False

    def _check(self, pickup: ReadyTriplet, paths: Mapping[InputType, Path]) -> _Result:
        """Check what was downloaded, and write down the verdict."""
        key, now, intake = pickup.key, self.context.clock(), self.intake
        originals = {kind: OriginalFile(file, sha256_of(paths[kind])) for kind, file in pickup.files.items()}
        digest = hashlib.sha256("".join(originals[kind].sha256 for kind in InputType).encode()).hexdigest()
        files = tuple(pickup.files.values())
        if intake.refusals.was_refused(key, digest):
            intake.refusals.refuse(NewRefusal(key, digest, [], files), now)
            return WaitingTriplet(key, WaitReason.REFUSED)
        openers = {kind: partial(open_binary, path) for kind, path in paths.items()}
        settings = self.settings
        check = check_triplet(TripletFiles(key, openers), settings.profile, zone=settings.zone, now=now)
        sendable = intake.stage_contacts(check.contacts())
        if is_refused(check, settings.max_invalid_share):
            return self._refuse(NewRefusal(key, digest, check.findings.to_json(), files), check.findings)
        store_originals(paths, originals_dir(self.context.spool, settings.client, key))
        return self._accept(check, self._new_campaign(check, digest, originals, sendable), sendable)

    def _accept(self, check: TripletCheck, accepted: NewCampaign, sendable: int) -> CollectedTriplet:
        key, now = check.key, self.context.clock()
        campaign_id = self.intake.accept(accepted, now)
        log.info(
            "%s: accepted %s %s as campaign %d: %d contacts in %d fragments",
            self.settings.client, key.name, key.date, campaign_id, sendable, len(accepted.fragments),
            extra={"client": self.settings.client, "campaign": campaign_id, "contacts": sendable},
        )  # fmt: skip
        late = max(now - (accepted.settings.send_at or now), timedelta(0))
        return CollectedTriplet(key, campaign_id, check.counts, check.findings, late)

    def _new_campaign(
        self, check: TripletCheck, digest: str, originals: Mapping[InputType, OriginalFile], sendable: int
    ) -> NewCampaign:
        settings, html = check.settings, check.html
        if settings is None or html is None:
            raise AssertionError("a triplet without settings or message was accepted")
        now = self.context.clock()
        start = max(settings.send_at or now, now)
        return NewCampaign(
            check.key,
            digest,
            settings,
            html,
            check.columns,
            find_links(html, self.settings.profile, settings.analytics),
            plan_fragments(sendable, start, self.settings.fragment_schedule),
            check.findings.to_json(),
            originals,
            max(one.first_seen for one in self.report.plan.seen_files.values()),
        )

    def _refuse_by_name(self, misnamed: MisnamedTriplet) -> RefusedTriplet | WaitingTriplet:
        """Refuse a triplet for its files' names or sizes, without a download."""
        findings = FindingCollector()
        for finding in misnamed.findings:
            findings.add(finding)
        errors = [f for f in misnamed.findings if RULES[f.rule].severity is Severity.ERROR]
        seen = sorted(f"{f.rule} {f.file} {f.values.get('bytes', '')}" for f in errors)
        digest = hashlib.sha256("\n".join(seen).encode("utf-8", "surrogatepass")).hexdigest()
        unread = tuple(replace(file, size=UNREAD_SIZE, modified=None) for file in misnamed.files)
        return self._refuse(NewRefusal(misnamed.key, digest, findings.to_json(), unread), findings)

    def _refuse(self, refused: NewRefusal, findings: FindingCollector) -> RefusedTriplet | WaitingTriplet:
        if not self.intake.refusals.refuse(refused, self.context.clock()):
            return WaitingTriplet(refused.key, WaitReason.REFUSED)
        client, key = self.settings.client, refused.key
        rules = sorted({group.rule for group in findings.groups()})
        log.info(
            "%s: refused %s %s: %d errors", client, key.name, key.date, findings.errors(),
            extra={"client": client, "rules": rules},
        )  # fmt: skip
        return RefusedTriplet(key, findings)
