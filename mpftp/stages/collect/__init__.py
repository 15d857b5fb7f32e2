"""``collect``: visit every client's server, take whole triplets, make campaigns of them.

Clients are visited at the same time, one visit a client, and no visit can harm another: what goes
wrong in one is in its ``VisitSummary``, and the others go on.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.errors import MpftpError, TryLaterError
from mpftp.stages.collect.answers import write_answers
from mpftp.stages.collect.client_visit import ClientVisit
from mpftp.stages.collect.context import CollectContext, CollectSettings
from mpftp.stages.collect.originals import originals_dir, prune_originals
from mpftp.stages.collect.parallel_visits import ParallelVisits
from mpftp.stages.collect.visit_summary import CollectedList, CollectedTriplet, RefusedTriplet, VisitSummary

__all__ = [
    "ClientVisit",
    "CollectContext",
    "CollectSettings",
    "CollectedList",
    "CollectedTriplet",
    "OpenVisit",
    "RefusedTriplet",
    "VisitSummary",
    "collect",
    "originals_dir",
]

log = logging.getLogger("mpftp.collect")

OpenVisit = Callable[[CollectSettings, float], AbstractContextManager[ClientVisit]]
"""A visit of at most that many seconds, in the thread that asks; its server is connected to later."""


def collect(
    clients: Sequence[CollectSettings],
    open_visit: OpenVisit,
    context: CollectContext,
    *,
    connections: int,
    visit_seconds: Callable[[str], float],
    run_seconds: float,
    progress: OnProgress = silent,
    unvisitable: Mapping[str, MpftpError] = MappingProxyType({}),
) -> list[VisitSummary]:
    """Visit *clients* in their order, at most *connections* at the same time.

    Errors that prevent a visit, *unvisitable* by client, are reported as failed visits.

    Those whose files are whole, and were not seen the same for long enough, are visited once more, after
    one wait for all of them together. A visit ends after *visit_seconds* of its client, and all end with
    the run after *run_seconds*. Nothing a client or its server does raises; it is in its ``VisitSummary``.
    """
    ends = time.monotonic() + run_seconds

    by_name = {settings.client: settings for settings in clients}
    parallel = ParallelVisits(
        lambda name, seconds: _visit_safely(by_name[name], seconds, open_visit),
        lambda name: min(visit_seconds(name), ends - time.monotonic()),
        lambda name, seconds: _give_up(by_name[name], seconds, open_visit),
        connections,
    )

    def visit_all(some: Sequence[CollectSettings]) -> dict[str, VisitSummary]:
        def on_progress(ended: int) -> None:
            note = f"{_bytes_in_progress(context.spool) / 1e6:.0f} MB under way" if ended < len(some) else ""
            progress(ProgressUpdate("visiting clients", ended, len(some), note))

        return parallel.run([settings.client for settings in some], on_progress)

    if not context.dry_run:
        shutil.rmtree(context.spool / "incoming", ignore_errors=True)  # what a killed run left
    visits = visit_all(clients)
    again = [settings for settings in clients if visits[settings.client].plan.settles_at]
    if again and not context.dry_run and _wait_for_second_visit([visits[one.client] for one in again],
                                                               context, ends - time.monotonic()):  # fmt: skip
        for name, second in visit_all(again).items():
            visits[name] = visits[name].followed_by(second)
    if not context.dry_run:
        for settings in clients:
            oldest = context.file_clock() - timedelta(days=settings.keep_days)
            prune_originals(context.spool, settings.client, oldest)
    for name, error in unvisitable.items():
        visits[name] = VisitSummary(name, errors=[error])
        _log_summary(visits[name])
    return sorted(visits.values(), key=lambda visit: visit.client)


def _wait_for_second_visit(
    visits: Iterable[VisitSummary], context: CollectContext, seconds_left: float
) -> bool:
    """Sleep until a second look can settle all of *visits*; ``False`` when the run is over before."""
    settles_at = max(visit.plan.settles_at for visit in visits if visit.plan.settles_at)
    seconds = max(0.0, (settles_at - context.clock()).total_seconds())
    if seconds >= seconds_left:
        return False
    context.sleep(seconds)
    return True


def _bytes_in_progress(spool: Path) -> int:
    """Return the bytes of what is being fetched; visits that end meanwhile remove their files."""
    size = 0
    for folder, _, names in os.walk(spool / "incoming"):
        for name in names:
            with suppress(FileNotFoundError):
                size += os.stat(os.path.join(folder, name)).st_size
    return size


def _visit_safely(settings: CollectSettings, seconds: float, open_visit: OpenVisit) -> VisitSummary:
    """Make one visit that never raises, and log what came of it."""
    report = VisitSummary(settings.client)
    try:
        with open_visit(settings, seconds) as visit:
            report = visit.report
            _visit_client(visit, seconds)
    except MpftpError as error:
        if error.message not in [earlier.message for earlier in report.errors]:
            report.errors.append(error)
    except Exception as error:
        log.exception("%s: a defect ended the visit", settings.client, extra={"client": settings.client})
        report.errors.append(MpftpError(f"{settings.client}: a defect: {error!r}", hint="please report it"))
    _log_summary(report)
    return report


def _give_up(settings: CollectSettings, seconds: float, open_visit: OpenVisit) -> VisitSummary:
    """The summary of a visit that did not end in its time, which the state is told, too."""
    error = TryLaterError(
        f"{settings.client}: the visit did not end within {seconds:g} s, and was given up",
        hint="the next run visits again; visit_seconds of the client says how long a visit may take",
    )
    report = VisitSummary(settings.client, errors=[error])
    with suppress(MpftpError), open_visit(settings, 0.0) as visit:
        if not visit.context.dry_run:
            report.failures = visit.intake.record_visit(visit.context.clock(), error.message)
    _log_summary(report)
    return report


def _visit_client(visit: ClientVisit, seconds: float) -> None:
    """See, plan, act, answer; noted in the state unless nothing may change."""
    report, context = visit.report, visit.context
    try:
        if seconds <= 0:
            raise TryLaterError(f"{report.client}: not visited, the run's time is over")
        seen = visit.list_files()
        visit.run(seen)
        if not context.dry_run:
            report.errors += write_answers(visit, seen)
    except MpftpError as error:
        report.errors.append(error)
    if not context.dry_run:
        problems = "; ".join(error.message for error in report.errors)
        report.failures = visit.intake.record_visit(context.clock(), problems)


def _log_summary(report: VisitSummary) -> None:
    log.log(
        logging.WARNING if report.errors else logging.INFO,
        "%s: visited: %d files seen, %d triplets taken, %d refused, %d left",
        report.client,
        len(report.plan.seen_files),
        len(report.taken),
        len(report.refused),
        len(report.plan.waiting),
        extra={
            "told": True,
            "client": report.client,
            "failures": report.failures,
            "trouble": [error.message for error in report.errors],
        },
    )
