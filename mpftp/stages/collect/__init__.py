"""``collect``: visit every client's server, take whole triplets, make campaigns of them.

Clients are visited at the same time, one visit a client, and no visit can harm another: what goes
wrong in one is in its ``Visit``, and the others go on.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mpftp.adapters.store.intake import Intake
from mpftp.domain.endpoint import Endpoint, RemoteFile
from mpftp.domain.file_names import InputType, parse_file_name
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.domain.triplets.pickup import WaitingTriplet, plan_pickup, update_seen_files
from mpftp.errors import EndpointError, MpftpError, TryLaterError
from mpftp.stages.collect.answers import write_answers
from mpftp.stages.collect.client_visit import (
    DiskSpaceError,
    ingest_triplet,
    originals_dir,
    prune_originals,
    refuse_by_name,
)
from mpftp.stages.collect.visit_settings import (
    CollectContext,
    CollectedTriplet,
    CollectSettings,
    OpenIntake,
    OpenVisitEndpoint,
    RefusedTriplet,
    VisitSummary,
)

__all__ = [
    "CollectContext",
    "CollectSettings",
    "CollectedTriplet",
    "RefusedTriplet",
    "VisitSummary",
    "collect",
    "originals_dir",
]

log = logging.getLogger("mpftp.collect")

PROGRESS_SECONDS = 0.5  # between two looks at how far the visits are


def collect(
    clients: Sequence[CollectSettings],
    open_endpoint: OpenVisitEndpoint,
    open_intake: OpenIntake,
    context: CollectContext,
    *,
    connections: int = 16,
    visit_seconds: Callable[[str], float] = lambda client: 1800.0,
    run_seconds: float = 3300.0,
    progress: OnProgress = silent,
) -> list[VisitSummary]:
    """Visit *clients*, at most *connections* at the same time, who waited longest first.

    Those whose server failed the last time come last, so that they delay nobody else. A visit ends
    after *visit_seconds* of its client, and all end with the run after *run_seconds*.
    Nothing a client or its server does raises; it is in its ``Visit``.
    """
    ends = time.monotonic() + run_seconds
    by_name = {settings.client: settings for settings in clients}

    def one(name: str) -> VisitSummary:
        seconds = min(visit_seconds(name), ends - time.monotonic())
        return _visit_safely(by_name[name], seconds, open_endpoint, open_intake, context)

    if not context.dry_run:
        shutil.rmtree(context.spool / "incoming", ignore_errors=True)  # what a killed run left
    # One connection stays open, or the last to close would tidy the state file after each visit.
    with open_intake() as intake, ThreadPoolExecutor(connections, "visit") as pool:
        try:
            order = intake.order_fairly(by_name)
            running = [pool.submit(one, name) for name in order]
            _report_progress(running, context.spool, progress)
            visits = [done.result() for done in running]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if not context.dry_run:
        prune_originals(clients, context)
    return sorted(visits, key=lambda visit: visit.client)


def _report_progress(running: Sequence[Future[VisitSummary]], spool: Path, progress: OnProgress) -> None:
    """Say how far the visits are until all are over, also while one takes long."""
    left = set(running)
    while left:
        left = wait(left, timeout=PROGRESS_SECONDS).not_done
        note = f"{_bytes_in_progress(spool) / 1e6:.0f} MB under way" if left else ""
        progress(ProgressUpdate("visiting clients", len(running) - len(left), len(running), note))


def _bytes_in_progress(spool: Path) -> int:
    """The bytes of what is being fetched; visits that end meanwhile take their files away."""
    size = 0
    for folder, _, names in os.walk(spool / "incoming"):
        for name in names:
            with suppress(FileNotFoundError):
                size += os.stat(os.path.join(folder, name)).st_size
    return size


def _visit_safely(
    settings: CollectSettings,
    seconds: float,
    open_endpoint: OpenVisitEndpoint,
    open_intake: OpenIntake,
    context: CollectContext,
) -> VisitSummary:
    """One visit that never raises, noted in the state unless nothing may change."""
    visit = VisitSummary(settings.client)
    try:
        with open_intake() as intake:
            client_id = intake.client(settings.client)
            try:
                _visit_client(visit, seconds, open_endpoint, intake, client_id, settings, context)
            except MpftpError as error:
                visit.errors.append(error)
            if not context.dry_run:
                trouble = "; ".join(error.message for error in visit.errors)
                visit.failures = intake.record_visit(client_id, context.clock(), trouble)
    except MpftpError as error:
        if error.message not in [earlier.message for earlier in visit.errors]:
            visit.errors.append(error)
    except Exception as error:
        log.exception("%s: a defect ended the visit", settings.client)
        visit.errors.append(MpftpError(f"{settings.client}: a defect: {error!r}", hint="please report it"))
    log.info(
        "%s: visited: %d files seen, %d triplets taken, %d refused, %d left",
        visit.client,
        len(visit.plan.seen_files),
        len(visit.taken),
        len(visit.refused),
        len(visit.plan.waiting),
        extra={
            "client": visit.client,
            "failures": visit.failures,
            "trouble": [error.message for error in visit.errors],
        },
    )
    return visit


def _visit_client(
    visit: VisitSummary,
    seconds: float,
    open_endpoint: OpenVisitEndpoint,
    intake: Intake,
    client_id: int,
    settings: CollectSettings,
    context: CollectContext,
) -> None:
    """See, plan, act. Raises what ends the visit; what spoils one triplet only goes to its trouble."""
    if seconds <= 0:
        raise TryLaterError(f"{settings.client}: not visited, the run's time is over")
    endpoint = open_endpoint(settings.client, seconds)
    try:
        files = _with_modified_times(endpoint, list(_without_undecodable(endpoint.list(), visit)))
        now = context.file_clock()
        seen = update_seen_files(files, intake.load_seen_files(client_id), now)
        visit.plan = plan_pickup(
            seen, lambda key: intake.find_known_triplet(client_id, key), settings.stability, now
        )
        if context.dry_run:
            return
        intake.save_seen_files(client_id, visit.plan.seen_files, now)
        _carry_out(visit, endpoint, intake, client_id, settings, context)
        visit.errors += write_answers(endpoint, intake, client_id, seen, settings, context)
    finally:
        endpoint.close()


def _without_undecodable(files: Iterable[RemoteFile], visit: VisitSummary) -> Iterator[RemoteFile]:
    """The files whose names are text; the others are trouble if they look like ours."""
    odd = []
    for file in files:
        if any("\ud800" <= letter <= "\udfff" for letter in file.name):
            odd.append(file.name.encode("utf-8", "replace").decode())
        else:
            yield file
    ours = [name for name in odd if re.search(r"_(CONF|HTML|MAIL)_\d{8}", name)]
    if ours:
        visit.errors.append(
            EndpointError(
                f"{len(ours)} files have names in another encoding than the client's, {ours[0]} for one",
                hint=f'set encoding = "latin-1" (or "cp1252") for {visit.client}',
            )
        )


def _with_modified_times(endpoint: Endpoint, files: list[RemoteFile]) -> list[RemoteFile]:
    """*files*, those of triplets with their times, one question each where the listing tells none."""
    return [
        replace(file, modified=endpoint.modified(file.name))
        if file.modified is None and _is_input(file.name)
        else file
        for file in files
    ]


def _is_input(name: str) -> bool:
    known = parse_file_name(name)
    return known is not None and isinstance(known.kind, InputType)


def _carry_out(
    visit: VisitSummary,
    endpoint: Endpoint,
    intake: Intake,
    client_id: int,
    settings: CollectSettings,
    context: CollectContext,
) -> None:
    """Take what the plan takes, refuse what it refuses."""
    for spoiled in visit.plan.misnamed:
        _record(visit, refuse_by_name(spoiled, intake, client_id, settings, context))
    for pickup in visit.plan.ready:
        try:
            _record(visit, ingest_triplet(pickup, endpoint, intake, client_id, settings, context))
        except (EndpointError, DiskSpaceError) as error:
            visit.errors.append(error)


def _record(visit: VisitSummary, result: CollectedTriplet | RefusedTriplet | WaitingTriplet) -> None:
    if isinstance(result, CollectedTriplet):
        visit.taken.append(result)
    elif isinstance(result, RefusedTriplet):
        visit.refused.append(result)
    else:
        visit.plan.waiting.append(result)
