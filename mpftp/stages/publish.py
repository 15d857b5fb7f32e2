"""``publish``: the six result files of every campaign that is due, on the client's server.

An edition is written here first, uploaded under temporary names, its sizes verified, and then renamed,
six renames in a row. From the first rename on its files are fixed: a run that is cut there is
finished by the next one with the very same bytes. Before that the next run starts the edition anew.
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
from datetime import datetime
from pathlib import Path

from mpftp.adapters.store.editions import Counting, Editions, Ended, ResultRows
from mpftp.domain.clock import Clock
from mpftp.domain.endpoint import Endpoint
from mpftp.domain.names import ResultType
from mpftp.domain.progress import Progress, Step, silent
from mpftp.domain.returns.results import Style, filler, write_result
from mpftp.domain.sending.fragments import publishing_moment
from mpftp.errors import EndpointAwayError, EndpointError, MpftpError, TryLaterError

log = logging.getLogger("mpftp.publish")

TEMPORARY = ".tmp"  # triplets and results have no extension, so nobody takes it for one of them
FIXED = "fixed.json"  # holds the row counts of an edition whose renames have begun


@dataclass(frozen=True, slots=True)
class Terms:
    """What one client agreed on: when its results are due, how they are written, what counts."""

    style: Style
    results_after_days: int
    again_after_days: int | None = None
    counting: Counting = field(default_factory=Counting)


@dataclass(frozen=True, slots=True)
class Job:
    """One edition to publish."""

    ended: Ended
    edition: int
    due_at: datetime
    terms: Terms

    @property
    def folder(self) -> str:
        """The name of its local folder."""
        return f"{self.ended.campaign_id}-{self.edition}"

    def files(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """Each of the six local files in *folder*, and its name on the client's server."""
        for kind in ResultType:
            name = self.ended.key.file(kind)
            yield folder / name, name


@dataclass(frozen=True, slots=True)
class Published:
    """An edition that the client has; *rows* counts each file's data lines."""

    job: Job
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unpublished:
    """An edition that did not reach the client, and why; the next run tries again."""

    job: Job
    error: MpftpError


@dataclass(slots=True)
class Report:
    """What one run of ``publish`` did."""

    published: list[Published] = field(default_factory=list)
    failed: list[Unpublished] = field(default_factory=list)


OpenEndpoint = Callable[[str], Endpoint]
"""Opens the server of the client of that name; raises ``EndpointError``, ``EndpointAwayError``."""


def plan(ended: Iterable[Ended], clients: Mapping[str, Terms], now: datetime) -> list[Job]:
    """The editions that are due at *now*: begun ones first of all, then first and second ones."""
    jobs = []
    for campaign in ended:
        terms = clients.get(campaign.client)
        if terms and (due := next_edition(campaign, terms)) and due[1] <= now:
            jobs.append(Job(campaign, due[0], due[1], terms))
    return jobs


def next_edition(campaign: Ended, terms: Terms) -> tuple[int, datetime] | None:
    """The number and the due moment of the campaign's next edition, ``None`` when it has them all."""
    if campaign.pending is not None and campaign.pending_due is not None:
        return campaign.pending, campaign.pending_due
    zone = terms.style.zone
    if campaign.first_published_at is None or campaign.published_at is None:
        return 1, publishing_moment(campaign.finished_at, terms.results_after_days, zone)
    if campaign.finished_at > campaign.published_at:  # it was tried again after it had been published
        again_due = publishing_moment(campaign.finished_at, terms.results_after_days, zone)
        return campaign.published + 1, again_due
    if terms.again_after_days is None:
        return None
    due = publishing_moment(campaign.first_published_at, terms.again_after_days, zone)
    return (campaign.published + 1, due) if campaign.published_at < due else None


def again(campaign: Ended, terms: Terms, now: datetime) -> Job:
    """A further edition of *campaign*, due at once, because an operator asks for it."""
    if campaign.pending is not None:
        return Job(campaign, campaign.pending, min(now, campaign.pending_due or now), terms)
    return Job(campaign, campaign.published + 1, now, terms)


def publish(
    jobs: Sequence[Job],
    editions: Editions,
    rows: Callable[[Job, int], ResultRows],
    open_endpoint: OpenEndpoint,
    spool: Path,
    clock: Clock,
    *,
    connections: int = 16,
    progress: Progress = silent,
) -> Report:
    """Publish *jobs*; one client's trouble stops no other's, and what failed is in the report.

    *rows* gives a job's rows up to an event; *spool* is the folder of local copies; clients are
    visited at the same time, up to *connections* of them.
    """
    report = Report()
    made: dict[str, list[tuple[Job, Path]]] = {}
    for number, job in enumerate(jobs):
        progress(Step("writing results", number, len(jobs), job.ended.key.name))
        try:
            folder = _make(job, editions, rows, spool)
        except MpftpError as error:
            _note_failure(Unpublished(job, error), editions, report)
        else:
            made.setdefault(job.ended.client, []).append((job, folder))
    with ThreadPoolExecutor(connections) as pool:
        visits = [pool.submit(_visit, client, work, open_endpoint) for client, work in made.items()]
        for number, visit in enumerate(as_completed(visits), 1):
            progress(Step("publishing", number, len(visits)))
            for result in visit.result():
                _settle(result, editions, spool, clock, report)
    return report


def sweep(ended: Iterable[Ended], spool: Path) -> None:
    """Remove the local copies of editions that clients have: a killed run may have left them.

    *ended* are all the campaigns that have ended; only what is pending of them is kept.
    """
    pending = {f"{campaign.campaign_id}-{campaign.pending}" for campaign in ended}
    for folder in spool.glob("*-*"):
        if folder.name not in pending:
            shutil.rmtree(folder, ignore_errors=True)


def _make(job: Job, editions: Editions, rows: Callable[[Job, int], ResultRows], spool: Path) -> Path:
    """Write the six files into the job's folder, unless a cut run has begun to rename them."""
    folder = spool / job.folder
    editions.begin(job.ended.campaign_id, job.edition, job.due_at)
    if (folder / FIXED).exists():
        return folder
    with _ours(folder):
        _write(job, folder, spool, rows(job, editions.horizon()))
    return folder


def _write(job: Job, folder: Path, spool: Path, source: ResultRows) -> None:
    """The six files of *job*, on the disk for good, and their counts."""
    profile = job.terms.style.profile
    style = replace(job.terms.style, fill=filler(job.ended.columns, profile))
    for path in (spool, folder):  # what readers did is nobody else's business
        path.mkdir(0o700, parents=True, exist_ok=True)
    counts = {}
    for kind, (path, _) in zip(ResultType, job.files(folder), strict=True):
        with path.open("wb") as target:
            counts[kind.value] = write_result(target, kind, source.of(kind), style)
            target.flush()
            os.fsync(target.fileno())
    (folder / f"{FIXED}{TEMPORARY}").write_text(json.dumps(counts), "utf-8")


@contextmanager
def _ours(folder: Path) -> Iterator[None]:
    """What this machine's own disk refuses is told as such, and tried again by the next run."""
    try:
        yield
    except OSError as error:
        raise TryLaterError(
            f"{folder}: results cannot be kept here ({error.strerror})", hint="free some space in `spool`"
        ) from None


def _visit(
    client: str, work: Sequence[tuple[Job, Path]], open_endpoint: OpenEndpoint
) -> list[Published | Unpublished]:
    """Hand over every edition of one client; once its server is away, the rest is not tried."""
    results: list[Published | Unpublished] = []
    endpoint: Endpoint | None = None
    away: MpftpError | None = None
    try:
        for job, folder in work:
            try:
                if away:
                    raise away
                endpoint = endpoint or open_endpoint(client)
                with _ours(folder):
                    hand_over(endpoint, job, folder)
            except MpftpError as error:
                results.append(Unpublished(job, error))
                away = error if endpoint is None or isinstance(error, TryLaterError) else None
            else:
                results.append(Published(job, _counts(folder / FIXED)))
    finally:
        if endpoint:
            endpoint.close()
    return results


def hand_over(endpoint: Endpoint, job: Job, folder: Path) -> None:
    """Upload the six files of *folder* under temporary names, verify their sizes, rename them all.

    Raises ``EndpointError`` or ``EndpointAwayError``; the client then has the old files or the new.
    """
    for path, name in job.files(folder):
        _upload(endpoint, path, name + TEMPORARY)
    for path, name in job.files(folder):
        found, wanted = endpoint.size(name + TEMPORARY), path.stat().st_size
        if found != wanted:
            raise EndpointAwayError(f"{name}: {found or 0} of {wanted} bytes arrived on the server")
    if not (folder / FIXED).exists():
        (folder / f"{FIXED}{TEMPORARY}").rename(folder / FIXED)
    for _, name in job.files(folder):
        endpoint.rename(name + TEMPORARY, name)


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


def _settle(
    result: Published | Unpublished, editions: Editions, spool: Path, clock: Clock, report: Report
) -> None:
    """Write down what became of one edition."""
    if isinstance(result, Unpublished):
        _note_failure(result, editions, report)
        return
    job = result.job
    editions.settle(job.ended.campaign_id, job.edition, result.rows, clock())
    shutil.rmtree(spool / job.folder, ignore_errors=True)
    report.published.append(result)
    log.info(
        "%s: published %s %s, edition %d",
        job.ended.client, job.ended.key.name, job.ended.key.date, job.edition,
        extra={"client": job.ended.client, "campaign": job.ended.campaign_id, "edition": job.edition}
        | {kind.lower(): count for kind, count in result.rows.items()},
    )  # fmt: skip


def _note_failure(result: Unpublished, editions: Editions, report: Report) -> None:
    job = result.job
    editions.fail(job.ended.campaign_id, job.edition, result.error.what)
    report.failed.append(result)
    log.info(
        "%s: not published %s %s, edition %d: %s",
        job.ended.client, job.ended.key.name, job.ended.key.date, job.edition, result.error.what,
        extra={"client": job.ended.client, "campaign": job.ended.campaign_id, "edition": job.edition},
    )  # fmt: skip
