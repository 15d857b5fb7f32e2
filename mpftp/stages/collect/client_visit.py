"""One visit to one client's server: see what lies there, plan, act."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mpftp.adapters.store.intake import Intake, NewCampaign, OriginalFile
from mpftp.adapters.store.refusals import UNREAD_SIZE, NewRefusal
from mpftp.domain.endpoint import Endpoint, FileChangedError, RemoteFile
from mpftp.domain.file_names import (
    UNREADABLE,
    InputType,
    ListType,
    TripletKey,
    has_foreign_bytes,
    mentions_input_file,
    parse_file_name,
)
from mpftp.domain.lasting import UNKNOWN_LINES
from mpftp.domain.messages.links import find_links
from mpftp.domain.sending.fragments import held_as_past, plan_fragments
from mpftp.domain.texts import count_text
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.pickup import (
    KnownTriplet,
    MisnamedTriplet,
    PickupPlan,
    ReadyTriplet,
    SeenFile,
    WaitingTriplet,
    WaitReason,
    plan_pickup,
    update_seen_files,
    used_name_finding,
)
from mpftp.domain.triplets.rules import RULES, Severity
from mpftp.domain.triplets.suppression_pickup import plan_suppression_files
from mpftp.errors import EndpointError, EndpointUnavailableError, MpftpError, TryLaterError
from mpftp.stages.collect.context import CollectContext, CollectSettings
from mpftp.stages.collect.originals import (
    make_opener,
    originals_dir,
    sha256_of,
    spool_errors,
    store_originals,
)
from mpftp.stages.collect.suppression_lists import take_suppression_file
from mpftp.stages.collect.visit_summary import CollectedList, CollectedTriplet, RefusedTriplet, VisitSummary

if TYPE_CHECKING:
    from mpftp.domain.triplets.triplet import TripletCheck

log = logging.getLogger("mpftp.collect")

DISK_SPACE_FACTOR = 4  # times the size of a triplet
RESERVED_BYTES = 50_000_000  # bytes that are left to others
NOT_AS_LISTED = "the file is not taken: its server lists one size and sends another; ask its owner"


VisitResult = CollectedTriplet | CollectedList | RefusedTriplet | WaitingTriplet
Judge = Callable[[ReadyTriplet, Mapping[InputType, Path]], VisitResult]


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

    def list_files(self) -> dict[str, SeenFile]:
        """Return the files that lie in the directory, as this visit and earlier ones saw them.

        Raises ``EndpointError``.
        """
        listing = self.endpoint.list()
        self._report_not_understood(listing.not_understood)
        files = [self._with_modified_time(file) for file in self._decodable(listing)]
        return update_seen_files(files, self.intake.load_seen_files(), self.context.clock())

    def run(self, seen: Mapping[str, SeenFile]) -> None:
        """Take what is ready of the files *seen*, refuse what is wrong; only plan it in a dry run.

        What spoils one triplet goes to the report. Raises ``MpftpError`` for what ends the visit.
        """
        now, stability = self.context.clock(), self.settings.stability
        if self.context.dry_run:  # nobody waits for a second look: what would be taken if it shows the same
            stability = replace(stability, settle=timedelta(0))
        plan = plan_pickup(seen, self._find_known_triplet, stability, now, self.settings.upload)
        plan_suppression_files(plan, self.intake.lists.find_known, self._find_known_triplet, stability, now)
        self.report.plan = plan
        if plan.unreadable:
            plan.misnamed.append(self._unreadable_files(plan))
        if self.context.dry_run:
            self._leave_refused(plan)
            return
        self.intake.save_seen_files(plan.seen_files, now)
        for suspect in plan.suspects:
            self._compare(suspect)
        for misnamed in plan.misnamed:
            self._record(self._refuse_by_name(misnamed))
        if plan.lists:  # first, for it speaks of the contacts of the triplets beside it
            self._take_all(plan.lists, self._take_list)
        if plan.ready:
            self._take_all(plan.ready, self._check)

    def _leave_refused(self, plan: PickupPlan) -> None:
        """Plan to refuse nothing that was refused before and is unchanged since, as a real run does."""
        for misnamed in plan.misnamed.copy():
            if self.intake.refusals.was_refused(misnamed.key, _digest_by_name(misnamed)):
                plan.misnamed.remove(misnamed)
                plan.waiting.append(WaitingTriplet(misnamed.key, WaitReason.REFUSED))

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

    def _report_not_understood(self, lines: Sequence[str]) -> None:
        """Say that the listing may hide files; if it hides one of ours, the visit fails."""
        if not lines:
            return
        own_lines = [line for line in lines if mentions_input_file(line)]
        examples = "; ".join(line.strip()[:80] for line in [*own_lines, *lines][:3])
        count = count_text("1 line of the listing was|{count} lines of the listing were", len(lines))
        error = EndpointError(
            f"{self.settings.client}: {count} not understood: {examples}",
            hint="if a client's file is among them, it is not taken; please report this server",
            topic="listing" if own_lines else UNKNOWN_LINES,
        )
        (self.report.errors if own_lines else self.report.remarks).append(error)

    def _decodable(self, files: Iterable[RemoteFile]) -> list[RemoteFile]:
        """The files whose names are text; the others are reported if they look like ours."""
        decodable, names = [], []
        for file in files:
            if has_foreign_bytes(file.name):
                names.append(file.name.encode("utf-8", "replace").decode())
            else:
                decodable.append(file)
        own = [name for name in names if mentions_input_file(name)]
        if own:
            self.report.errors.append(
                EndpointError(
                    count_text("1 file has a name|{count} files have names", len(own))
                    + f" in another encoding than the client's: {own[0]}"
                    + (", for one" if len(own) > 1 else ""),
                    hint=f'set encoding = "latin-1" (or "cp1252") for {self.settings.client}',
                    topic="encoding",
                )
            )
        return decodable

    def _with_modified_time(self, file: RemoteFile) -> RemoteFile:
        """*file*; if it is of a new triplet, its time costs one question where the listing tells none."""
        name = parse_file_name(file.name)
        if file.modified is not None or name is None or not isinstance(name.kind, InputType | ListType):
            return file
        known = self.intake.find_known_triplet(name.key)
        if known is not None and known.accepted:
            return file
        return replace(file, modified=self.endpoint.modified(file.name))

    def _record(self, result: VisitResult) -> None:
        if isinstance(result, CollectedTriplet):
            self.report.taken.append(result)
        elif isinstance(result, CollectedList):
            self.report.lists.append(result)
        elif isinstance(result, RefusedTriplet):
            self.report.refused.append(result)
        else:
            self.report.plan.waiting.append(result)

    def _take_all(self, ready: Sequence[ReadyTriplet], judge: Judge) -> None:
        """Fetch what is ready, look once more at all of it together, and *judge* each.

        Raises ``MpftpError`` for what ends the visit, after what is here was judged.
        """
        folder = self.context.spool / "incoming" / self.settings.client
        fetched: list[tuple[ReadyTriplet, dict[InputType, Path]]] = []
        unavailable: MpftpError | None = None
        try:
            for index, pickup in enumerate(ready):
                try:
                    fetched.append((pickup, self._fetch(pickup, folder / str(index))))
                except FileChangedError as error:
                    self._leave_changed(pickup, error)
                except (EndpointError, DiskSpaceError) as error:
                    self.report.errors.append(error)
                except EndpointUnavailableError as error:
                    unavailable = error
                    break
            self._judge_all(fetched, judge)
            if unavailable:
                raise unavailable
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _leave_changed(self, pickup: ReadyTriplet, error: FileChangedError) -> None:
        """Leave what is not as long as listed for the next run, and say so when no upload explains it."""
        self._record(WaitingTriplet(pickup.key, WaitReason.UPLOADING))
        if self.context.clock() - pickup.changed_at >= self.settings.stability.incomplete_after:
            self.report.errors.append(EndpointError(error.message, hint=NOT_AS_LISTED))

    def _compare(self, suspect: ReadyTriplet) -> None:
        """Find out whether a triplet with a used name is the very one that was processed.

        If not, the plan refuses it.
        """
        folder = self.context.spool / "incoming" / self.settings.client / "suspect"
        try:
            paths = self._fetch(suspect, folder)
            originals = {
                kind: OriginalFile(suspect.files[kind], sha256_of(make_opener(path)))
                for kind, path in paths.items()
            }
        except FileChangedError as error:
            self._leave_changed(suspect, error)
            return
        except (EndpointError, DiskSpaceError) as error:
            self.report.errors.append(error)
            return
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        known, files = self._find_known_triplet(suspect.key), tuple(suspect.files.values())
        if self.intake.record_same_files(suspect.key, originals) or known is None:
            self._record(WaitingTriplet(suspect.key, WaitReason.TAKEN))
        else:
            finding = used_name_finding(files[0].name, known)
            self.report.plan.misnamed.append(MisnamedTriplet(suspect.key, (finding,), files))

    def _judge_all(self, fetched: Sequence[tuple[ReadyTriplet, dict[InputType, Path]]], judge: Judge) -> None:
        present = {file.name: file for file in self.endpoint.list()} if fetched else {}
        for pickup, paths in fetched:
            if _has_changed(pickup, present):
                self._record(WaitingTriplet(pickup.key, WaitReason.UPLOADING))
            else:
                with spool_errors(paths[InputType.MAIL].parent):
                    self._record(judge(pickup, paths))

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
        """Download the files into *folder*, each to a name of our own choice."""
        paths = {}
        with spool_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._require_disk_space(pickup, folder)
            for kind, file in pickup.files.items():
                paths[kind] = folder / f"{kind.value}.part"
                self.endpoint.download(file.name, paths[kind], size=file.size)
        return paths

    def _take_list(self, pickup: ReadyTriplet, paths: Mapping[InputType, Path]) -> VisitResult:
        """Read a suppression file that was downloaded, and write down what came of it."""
        now, path = self.context.clock(), paths[InputType.MAIL]
        result = take_suppression_file(self.settings, self.intake, pickup, path, now)
        return self._refuse(*result) if isinstance(result, tuple) else result

    def _check(
        self, pickup: ReadyTriplet, paths: Mapping[InputType, Path]
    ) -> CollectedTriplet | RefusedTriplet | WaitingTriplet:
        """Check what was downloaded, and write down the verdict."""
        from mpftp.domain.triplets.triplet import TripletFiles, check_triplet, is_refused, is_torn

        key, now, intake = pickup.key, self.context.clock(), self.intake
        openers = {kind: make_opener(path) for kind, path in paths.items()}
        originals = {
            kind: OriginalFile(file, sha256_of(openers[kind])) for kind, file in pickup.files.items()
        }
        digest = hashlib.sha256("".join(originals[kind].sha256 for kind in InputType).encode()).hexdigest()
        files = tuple(pickup.files.values())
        if intake.refusals.was_refused(key, digest):
            intake.refusals.refuse(NewRefusal(key, digest, [], files), now)
            return WaitingTriplet(key, WaitReason.REFUSED)
        settings = self.settings
        check = check_triplet(TripletFiles(key, openers), settings.profile, zone=settings.zone, now=now)
        if is_torn(check) and now - pickup.changed_at < settings.stability.incomplete_after:
            return WaitingTriplet(key, WaitReason.UPLOADING)
        sendable = intake.stage_contacts(check.contacts())
        if is_refused(check, settings.max_invalid_share):
            return self._refuse(NewRefusal(key, digest, check.findings.to_json(), files), check.findings)
        store_originals(openers, originals_dir(self.context.spool, settings.client, key))
        return self._accept(check, self._new_campaign(check, digest, originals, sendable), sendable)

    def _accept(self, check: TripletCheck, accepted: NewCampaign, sendable: int) -> CollectedTriplet:
        key, now = check.key, self.context.clock()
        campaign_id = self.intake.accept(accepted, now)
        log.info(
            "%s: accepted %s %s as campaign %d: %d contacts in %d fragments",
            self.settings.client, key.name, key.date, campaign_id, sendable, len(accepted.fragments),
            extra={"client": self.settings.client, "campaign": str(key), "contacts": sendable},
        )  # fmt: skip
        return CollectedTriplet(key, campaign_id, check.counts, check.findings, accepted.held)

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
            self.intake.held_as_restored(original.file.name for original in originals.values())
            or held_as_past(settings.send_at, now, self.settings.schedule_max_past, self.settings.zone),
        )

    def _refuse_by_name(self, misnamed: MisnamedTriplet) -> RefusedTriplet | WaitingTriplet:
        """Refuse a triplet for its files' names or sizes, without a download."""
        findings = FindingCollector()
        for finding in misnamed.findings:
            findings.add(finding)
        unread = tuple(replace(file, size=UNREAD_SIZE, modified=None) for file in misnamed.files)
        refused = NewRefusal(
            misnamed.key, _digest_by_name(misnamed), findings.to_json(), unread, misnamed.is_list
        )
        return self._refuse(refused, findings)

    def _refuse(self, refused: NewRefusal, findings: FindingCollector) -> RefusedTriplet | WaitingTriplet:
        if not self.intake.refusals.refuse(refused, self.context.clock()):
            return WaitingTriplet(refused.key, WaitReason.REFUSED)
        client, key = self.settings.client, refused.key
        rules = sorted({group.rule for group in findings.groups()})
        log.info(
            "%s: refused %s %s: %d errors", client, key.name, key.date, findings.errors(),
            extra={"client": client, "campaign": str(key), "rules": rules},
        )  # fmt: skip
        return RefusedTriplet(key, findings)


def _digest_by_name(misnamed: MisnamedTriplet) -> str:
    """What tells one refusal for files' names or sizes from another of the same triplet."""
    errors = [f for f in misnamed.findings if RULES[f.rule].severity is Severity.ERROR]
    seen = sorted(f"{f.rule} {f.file} {f.values.get('bytes', '')}" for f in errors)
    return hashlib.sha256("\n".join(seen).encode("utf-8", "surrogatepass")).hexdigest()


def _has_changed(pickup: ReadyTriplet, present: Mapping[str, RemoteFile]) -> bool:
    """Whether a later look shows a triplet that still grows, or was replaced while we read it."""
    for file in pickup.files.values():
        again = present.get(file.name)
        if again is None or again.size != file.size:
            return True
        if again.modified is not None and again.modified != file.modified:
            return True
    return False
