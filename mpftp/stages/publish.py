"""``publish``: the six result files of every campaign that is due, on the client's server.

An edition is written here first, uploaded under temporary names, its sizes verified, and then renamed,
six renames in a row (seven with SITUACAO). From the first rename on its files are fixed: a run that is
cut there is finished by the next one with the very same bytes. Before that the next run starts the
edition anew. Where the login may not rename (``UploadPolicy``) they are fixed from the first upload on.
"""

from __future__ import annotations

import filecmp
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from mpftp.adapters.store.results import CountingPolicy, FinishedCampaign, ResultRows, ResultStore
from mpftp.domain.clock import Clock
from mpftp.domain.endpoint import Endpoint, UploadPolicy
from mpftp.domain.file_names import AnswerType, ResultType
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.domain.results.files import ResultFormat, make_link_filler, write_result
from mpftp.domain.sending.fragments import results_due_at
from mpftp.errors import EndpointError, EndpointUnavailableError, MpftpError, TryLaterError

log = logging.getLogger("mpftp.publish")

MANIFEST_NAME = "fixed.json"  # holds the row counts of an edition whose files begin to appear
UNFIXED_NAME = "counted.json"  # the same before that


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """What one client agreed on: when its results are due, how they are written, what counts.

    Further editions follow *again_after_days* the first, in rising order. For *late_optouts_days* from
    the last edition CANCELADO is written again when somebody opted out since.
    """

    style: ResultFormat
    results_after_days: int
    again_after_days: tuple[int, ...]
    counting: CountingPolicy
    situation_file: bool
    late_optouts_days: int
    upload: UploadPolicy


@dataclass(frozen=True, slots=True)
class EditionJob:
    """One edition to publish; a *late* one is CANCELADO alone, beside the others that the client has."""

    ended: FinishedCampaign
    edition: int
    due_at: datetime
    settings: PublishSettings
    late: bool = False

    @property
    def folder(self) -> str:
        """The name of its local folder."""
        return f"{self.ended.campaign_id}-{self.edition}{'-late' if self.late else ''}"

    @property
    def kinds(self) -> tuple[ResultType | AnswerType, ...]:
        """The files that it is made of."""
        if self.late:
            return (ResultType.CANCELADO,)
        return (*ResultType, AnswerType.SITUACAO) if self.settings.situation_file else (*ResultType,)

    def files(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """Each of its local files in *folder*, and its name on the client's server."""
        for kind in self.kinds:
            name = self.ended.key.file(kind)
            yield folder / name, name


@dataclass(frozen=True, slots=True)
class PublishedEdition:
    """An edition that the client has; *rows* counts each file's data lines."""

    job: EditionJob
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FailedEdition:
    """An edition that did not reach the client, and why; the next run tries again."""

    job: EditionJob
    error: MpftpError


@dataclass(slots=True)
class PublishSummary:
    """What one run of ``publish`` did."""

    published: list[PublishedEdition] = field(default_factory=list)
    failed: list[FailedEdition] = field(default_factory=list)


OpenPublishEndpoint = Callable[[str], Endpoint]
"""Opens the server of the client of that name; raises ``EndpointError``, ``EndpointUnavailableError``."""


def plan_editions(
    ended: Iterable[FinishedCampaign], clients: Mapping[str, PublishSettings], now: datetime
) -> list[EditionJob]:
    """The editions that are due at *now*: begun ones first of all, then first and second ones."""
    jobs = []
    for campaign in ended:
        settings = clients.get(campaign.client)
        if settings and (due := next_edition(campaign, settings)) and due[1] <= now:
            jobs.append(EditionJob(campaign, due[0], due[1], settings))
    return jobs


def next_edition(campaign: FinishedCampaign, settings: PublishSettings) -> tuple[int, datetime] | None:
    """The number and the due moment of the campaign's next edition, ``None`` when it has them all."""
    if campaign.pending is not None and campaign.pending_due is not None:
        return campaign.pending, campaign.pending_due
    zone = settings.style.zone
    if campaign.first_published_at is None or campaign.published_at is None:
        return 1, results_due_at(campaign.last_out_at, settings.results_after_days, zone)
    if campaign.finished_at > campaign.published_at:  # it went on after it had been published
        again_due = results_due_at(campaign.finished_at, settings.results_after_days, zone)
        return campaign.published + 1, again_due
    for days in settings.again_after_days:
        due = results_due_at(campaign.first_published_at, days, zone)
        if campaign.published_at < due:
            return campaign.published + 1, due
    return None


def plan_late_optouts(
    ended: Iterable[FinishedCampaign],
    clients: Mapping[str, PublishSettings],
    editions: ResultStore,
    now: datetime,
) -> list[EditionJob]:
    """The campaigns whose client does not know of everybody who opted out, from its next day on.

    One that has an edition due is left out: that edition tells all.
    """
    jobs = []
    for campaign in ended:
        settings = clients.get(campaign.client)
        if settings is None or not _takes_late_optouts(campaign, settings, now):
            continue
        told = editions.reported_optouts(campaign.campaign_id, campaign.published)
        zone = settings.style.zone
        if now.astimezone(zone).date() > told.at.astimezone(zone).date() and told.is_outdated:
            jobs.append(EditionJob(campaign, campaign.published, now, settings, late=True))
    return jobs


def _takes_late_optouts(campaign: FinishedCampaign, settings: PublishSettings, now: datetime) -> bool:
    if campaign.published_at is None or campaign.pending is not None:
        return False
    due = next_edition(campaign, settings)
    if due is not None and due[1] <= now:
        return False
    return now <= campaign.published_at + timedelta(days=settings.late_optouts_days)


def extra_edition(campaign: FinishedCampaign, settings: PublishSettings, now: datetime) -> EditionJob:
    """A further edition of *campaign*, due at once, because an operator asks for it."""
    if campaign.pending is not None:
        return EditionJob(campaign, campaign.pending, min(now, campaign.pending_due or now), settings)
    return EditionJob(campaign, campaign.published + 1, now, settings)


def publish(
    jobs: Sequence[EditionJob],
    editions: ResultStore,
    rows: Callable[[EditionJob, int], ResultRows],
    open_endpoint: OpenPublishEndpoint,
    spool: Path,
    clock: Clock,
    *,
    connections: int,
    progress: OnProgress = silent,
) -> PublishSummary:
    """Publish *jobs*; one client's trouble stops no other's, and what failed is in the report.

    *rows* gives a job's rows up to an event; *spool* is the folder of local copies; clients are
    visited at the same time, up to *connections* of them.
    """
    report = PublishSummary()
    made: dict[str, list[tuple[EditionJob, Path]]] = {}
    for number, job in enumerate(jobs):
        progress(ProgressUpdate("writing results", number, len(jobs), job.ended.key.name))
        try:
            folder = _make(job, editions, rows, spool)
        except MpftpError as error:
            _note_failure(FailedEdition(job, error), editions, report)
        else:
            made.setdefault(job.ended.client, []).append((job, folder))
    with ThreadPoolExecutor(connections) as pool:
        visits = [
            pool.submit(_publish_for_client, client, work, open_endpoint) for client, work in made.items()
        ]
        for number, visit in enumerate(as_completed(visits), 1):
            progress(ProgressUpdate("publishing", number, len(visits)))
            for result in visit.result():
                _record(result, editions, spool, clock, report)
    return report


def remove_published_folders(ended: Iterable[FinishedCampaign], spool: Path) -> None:
    """Remove the local copies of editions that clients have: a killed run may have left them.

    *ended* are all the campaigns that have ended; only what is pending of them is kept.
    """
    pending = {f"{campaign.campaign_id}-{campaign.pending}" for campaign in ended}
    for folder in spool.glob("*-*"):
        if folder.name not in pending:
            shutil.rmtree(folder, ignore_errors=True)


def _make(
    job: EditionJob, editions: ResultStore, rows: Callable[[EditionJob, int], ResultRows], spool: Path
) -> Path:
    """Write the six files into the job's folder, unless a cut run has begun to rename them."""
    folder = spool / job.folder
    if not job.late:
        editions.begin(job.ended.campaign_id, job.edition, job.due_at)
    if (folder / MANIFEST_NAME).exists():
        return folder
    with _local_disk_errors(folder):
        _write(job, folder, spool, rows(job, editions.newest_event_id()))
    return folder


def _write(job: EditionJob, folder: Path, spool: Path, source: ResultRows) -> None:
    """The files of *job*, on the disk for good, and their counts."""
    profile = job.settings.style.profile
    style = replace(job.settings.style, fill=make_link_filler(job.ended.columns, profile))
    for path in (spool, folder):  # what readers did is nobody else's business
        path.mkdir(0o700, parents=True, exist_ok=True)
    counts = {}
    for kind, (path, _) in zip(job.kinds, job.files(folder), strict=True):
        with path.open("wb") as target:
            counts[kind.value] = write_result(target, kind, source.rows_of(kind), style)
            target.flush()
            os.fsync(target.fileno())
    (folder / UNFIXED_NAME).write_text(json.dumps(counts), "utf-8")


@contextmanager
def _local_disk_errors(folder: Path) -> Iterator[None]:
    """What this machine's own disk refuses is told as such, and tried again by the next run."""
    try:
        yield
    except OSError as error:
        raise TryLaterError(
            f"{folder}: results cannot be kept here ({error.strerror})", hint="free some space in `spool`"
        ) from None


def _publish_for_client(
    client: str, work: Sequence[tuple[EditionJob, Path]], open_endpoint: OpenPublishEndpoint
) -> list[PublishedEdition | FailedEdition]:
    """Hand over every edition of one client; once its server is away, the rest is not tried."""
    results: list[PublishedEdition | FailedEdition] = []
    endpoint: Endpoint | None = None
    away: MpftpError | None = None
    try:
        for job, folder in work:
            try:
                if away:
                    raise away
                endpoint = endpoint or open_endpoint(client)
                with _local_disk_errors(folder):
                    upload_edition(endpoint, job, folder)
            except MpftpError as error:
                results.append(FailedEdition(job, error))
                away = error if endpoint is None or isinstance(error, TryLaterError) else None
            else:
                results.append(PublishedEdition(job, _counts(folder / MANIFEST_NAME)))
    finally:
        if endpoint:
            endpoint.close()
    return results


def upload_edition(endpoint: Endpoint, job: EditionJob, folder: Path) -> None:
    """Have the files of *folder* appear on the client's server, as its upload policy says.

    Raises ``EndpointError`` or ``EndpointUnavailableError``; by renames the client has the old or the new.
    """
    # What a cut run fixed may lack SITUACAO, if it was asked for since.
    files = [(path, name) for path, name in job.files(folder) if path.exists()]
    if job.settings.upload.direct:
        _upload_directly(endpoint, files, folder)
        return
    temporary = {name: job.settings.upload.name_for(name) for _, name in files}
    for path, name in files:
        _upload(endpoint, path, temporary[name])
    for path, name in files:
        _check_size(endpoint, path, temporary[name])
    _fix(folder)
    for _, name in files:
        endpoint.rename(temporary[name], name)


def _upload_directly(endpoint: Endpoint, files: Sequence[tuple[Path, str]], folder: Path) -> None:
    """Write each of *files* under its own name; CANCELADO last, which says that the others are there.

    What a cut run has brought already is left alone.
    """
    _fix(folder)
    for path, name in sorted(files, key=lambda file: f"_{ResultType.CANCELADO}_" in file[1]):
        if not _is_there(endpoint, path, name):
            _upload(endpoint, path, name)
        _check_size(endpoint, path, name)


def _is_there(endpoint: Endpoint, path: Path, name: str) -> bool:
    """Whether *name* on the server holds the bytes of *path*."""
    size = path.stat().st_size
    if endpoint.size(name) != size:
        return False
    copy = path.with_name(f"{path.name}.there")
    try:
        endpoint.download(name, copy, size=size)
        return filecmp.cmp(path, copy, shallow=False)
    except EndpointError:
        return False  # the login may not read


def _fix(folder: Path) -> None:
    """From here on the edition is these bytes, whichever run brings them."""
    if not (folder / MANIFEST_NAME).exists():
        (folder / UNFIXED_NAME).rename(folder / MANIFEST_NAME)


def _check_size(endpoint: Endpoint, path: Path, name: str) -> None:
    found, wanted = endpoint.size(name), path.stat().st_size
    if found != wanted:
        raise EndpointUnavailableError(f"{name}: {found or 0} of {wanted} bytes arrived on the server")


def _upload(endpoint: Endpoint, path: Path, name: str) -> None:
    """Upload *path*; what a cut run left goes first on a server that replaces no file."""
    try:
        endpoint.upload(path, name)
    except EndpointError:
        if endpoint.size(name) is None:
            raise
        endpoint.delete(name)
        endpoint.upload(path, name)


def _counts(path: Path) -> dict[str, int]:
    counts: dict[str, int] = json.loads(path.read_text("utf-8"))
    return counts


def _record(
    result: PublishedEdition | FailedEdition,
    editions: ResultStore,
    spool: Path,
    clock: Clock,
    report: PublishSummary,
) -> None:
    """Write down what became of one edition."""
    if isinstance(result, FailedEdition):
        _note_failure(result, editions, report)
        return
    job = result.job
    record = editions.record_late_optouts if job.late else editions.record_published
    record(job.ended.campaign_id, job.edition, result.rows, clock())
    shutil.rmtree(spool / job.folder, ignore_errors=True)
    report.published.append(result)
    log.info(
        "%s: published %s %s, edition %d",
        job.ended.client, job.ended.key.name, job.ended.key.date, job.edition,
        extra={"client": job.ended.client, "campaign": job.ended.campaign_id, "edition": job.edition}
        | {kind.lower(): count for kind, count in result.rows.items()},
    )  # fmt: skip


def _note_failure(result: FailedEdition, editions: ResultStore, report: PublishSummary) -> None:
    job = result.job
    editions.fail(job.ended.campaign_id, job.edition, result.error.message)
    report.failed.append(result)
    log.info(
        "%s: not published %s %s, edition %d: %s",
        job.ended.client, job.ended.key.name, job.ended.key.date, job.edition, result.error.message,
        extra={"client": job.ended.client, "campaign": job.ended.campaign_id, "edition": job.edition},
    )  # fmt: skip
