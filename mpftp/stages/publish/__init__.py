"""``publish``: the six result files of every campaign that is due, on the client's server.

An edition is written here first, uploaded under temporary names, its sizes verified, and then renamed,
six renames in a row (seven with SITUACAO). From the first rename on its files are fixed: a run that is
cut there is finished by the next one with the very same bytes. Before that the next run starts the
edition anew. Where the login may not rename (``UploadPolicy``) they are fixed from the first upload on.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from mpftp.adapters.store.results import FinishedCampaign, ResultRows, ResultStore
from mpftp.domain.clock import Clock
from mpftp.domain.endpoint import Endpoint
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.domain.results.files import make_link_filler, write_result
from mpftp.errors import MpftpError, TryLaterError
from mpftp.stages.publish.plan import (
    EditionJob,
    PublishSettings,
    extra_edition,
    plan_editions,
    plan_late_optouts,
)
from mpftp.stages.publish.upload import MANIFEST_NAME, UNFIXED_NAME, upload_edition

__all__ = [
    "EditionJob",
    "FailedEdition",
    "OpenPublishEndpoint",
    "PublishSettings",
    "PublishSummary",
    "PublishedEdition",
    "extra_edition",
    "plan_editions",
    "plan_late_optouts",
    "publish",
    "remove_published_folders",
]

log = logging.getLogger("mpftp.publish")


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
    """Publish *jobs*; an error of one client stops no other, and what failed is in the report.

    *rows* gives a job's rows up to an event; *spool* is the folder of local copies; clients are
    visited at the same time, up to *connections* of them.
    """
    report = PublishSummary()
    made: dict[str, list[tuple[EditionJob, Path]]] = {}
    for index, job in enumerate(jobs):
        progress(ProgressUpdate("writing results", index, len(jobs), job.ended.key.name))
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
        for index, visit in enumerate(as_completed(visits), 1):
            progress(ProgressUpdate("publishing", index, len(visits)))
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
    """Upload every edition of one client; once its server is unavailable, the rest is not tried."""
    results: list[PublishedEdition | FailedEdition] = []
    endpoint: Endpoint | None = None
    unavailable: MpftpError | None = None
    try:
        for job, folder in work:
            try:
                if unavailable:
                    raise unavailable
                endpoint = endpoint or open_endpoint(client)
                with _local_disk_errors(folder):
                    upload_edition(endpoint, job, folder)
            except MpftpError as error:
                results.append(FailedEdition(job, error))
                unavailable = error if endpoint is None or isinstance(error, TryLaterError) else None
            else:
                results.append(PublishedEdition(job, _counts(folder / MANIFEST_NAME)))
    finally:
        if endpoint:
            endpoint.close()
    return results


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
        extra={"client": job.ended.client, "campaign": str(job.ended.key), "edition": job.edition}
        | {kind.lower(): count for kind, count in result.rows.items()},
    )  # fmt: skip


def _note_failure(result: FailedEdition, editions: ResultStore, report: PublishSummary) -> None:
    job = result.job
    editions.fail(job.ended.campaign_id, job.edition, result.error.message)
    report.failed.append(result)
    log.info(
        "%s: not published %s %s, edition %d: %s",
        job.ended.client, job.ended.key.name, job.ended.key.date, job.edition, result.error.message,
        extra={"client": job.ended.client, "campaign": str(job.ended.key), "edition": job.edition},
    )  # fmt: skip
