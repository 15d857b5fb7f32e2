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
from mpftp.domain.names import InputType, parse
from mpftp.domain.progress import Progress, Step, silent
from mpftp.domain.triplets.visit import Held, look, plan
from mpftp.errors import EndpointError, MpftpError, TryLaterError
from mpftp.stages.collect.answering import answer
from mpftp.stages.collect.taking import NoRoomError, originals_dir, prune_originals, refuse_names, take
from mpftp.stages.collect.terms import (
    Declined,
    OpenEndpoint,
    OpenIntake,
    Surroundings,
    Taken,
    Terms,
    Visit,
)

__all__ = ["Declined", "Surroundings", "Taken", "Terms", "Visit", "collect", "originals_dir"]

log = logging.getLogger("mpftp.collect")

LOOK_SECONDS = 0.5  # between two looks at how far the visits are


def collect(
    clients: Sequence[Terms],
    open_endpoint: OpenEndpoint,
    open_intake: OpenIntake,
    around: Surroundings,
    *,
    connections: int = 16,
    visit_seconds: Callable[[str], float] = lambda client: 1800.0,
    run_seconds: float = 3300.0,
    progress: Progress = silent,
) -> list[Visit]:
    """Visit *clients*, at most *connections* at the same time, who waited longest first.

    Those whose server failed the last time come last, so that they delay nobody else. A visit ends
    after *visit_seconds* of its client, and all end with the run after *run_seconds*.
    Nothing a client or its server does raises; it is in its ``Visit``.
    """
    ends = time.monotonic() + run_seconds
    by_name = {terms.client: terms for terms in clients}

    def one(name: str) -> Visit:
        seconds = min(visit_seconds(name), ends - time.monotonic())
        return _guarded(by_name[name], seconds, open_endpoint, open_intake, around)

    if not around.dry_run:
        shutil.rmtree(around.spool / "incoming", ignore_errors=True)  # what a killed run left
    # One connection stays open, or the last to close would tidy the state file after each visit.
    with open_intake() as intake, ThreadPoolExecutor(connections, "visit") as pool:
        try:
            order = intake.in_turn(by_name)
            running = [pool.submit(one, name) for name in order]
            _watch(running, around.spool, progress)
            visits = [done.result() for done in running]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if not around.dry_run:
        prune_originals(clients, around)
    return sorted(visits, key=lambda visit: visit.client)


def _watch(running: Sequence[Future[Visit]], spool: Path, progress: Progress) -> None:
    """Say how far the visits are until all are over, also while one takes long."""
    left = set(running)
    while left:
        left = wait(left, timeout=LOOK_SECONDS).not_done
        note = f"{_under_way(spool) / 1e6:.0f} MB under way" if left else ""
        progress(Step("visiting clients", len(running) - len(left), len(running), note))


def _under_way(spool: Path) -> int:
    """The bytes of what is being fetched; visits that end meanwhile take their files away."""
    size = 0
    for folder, _, names in os.walk(spool / "incoming"):
        for name in names:
            with suppress(FileNotFoundError):
                size += os.stat(os.path.join(folder, name)).st_size
    return size


def _guarded(
    terms: Terms, seconds: float, open_endpoint: OpenEndpoint, open_intake: OpenIntake, around: Surroundings
) -> Visit:
    """One visit that never raises, noted in the state unless nothing may change."""
    visit = Visit(terms.client)
    try:
        with open_intake() as intake:
            client_id = intake.client(terms.client)
            try:
                _visit(visit, seconds, open_endpoint, intake, client_id, terms, around)
            except MpftpError as error:
                visit.trouble.append(error)
            if not around.dry_run:
                trouble = "; ".join(error.what for error in visit.trouble)
                visit.failures = intake.note_visit(client_id, around.clock(), trouble)
    except MpftpError as error:
        if error.what not in [earlier.what for earlier in visit.trouble]:
            visit.trouble.append(error)
    except Exception as error:
        log.exception("%s: a defect ended the visit", terms.client)
        visit.trouble.append(MpftpError(f"{terms.client}: a defect: {error!r}", hint="please report it"))
    log.info(
        "%s: visited: %d files seen, %d triplets taken, %d refused, %d left",
        visit.client, len(visit.plan.sightings), len(visit.taken), len(visit.declined), len(visit.plan.held),
        extra={"client": visit.client, "failures": visit.failures,
               "trouble": [error.what for error in visit.trouble]},
    )  # fmt: skip
    return visit


def _visit(
    visit: Visit,
    seconds: float,
    open_endpoint: OpenEndpoint,
    intake: Intake,
    client_id: int,
    terms: Terms,
    around: Surroundings,
) -> None:
    """See, plan, act. Raises what ends the visit; what spoils one triplet only goes to its trouble."""
    if seconds <= 0:
        raise TryLaterError(f"{terms.client}: not visited, the run's time is over")
    endpoint = open_endpoint(terms.client, seconds)
    try:
        files = _with_times(endpoint, list(_readable(endpoint.list(), visit)))
        now = around.file_clock()
        seen = look(files, intake.sightings(client_id), now)
        visit.plan = plan(seen, lambda key: intake.known(client_id, key), terms.habits, now)
        if around.dry_run:
            return
        intake.keep_sightings(client_id, visit.plan.sightings, now)
        _act(visit, endpoint, intake, client_id, terms, around)
        visit.trouble += answer(endpoint, intake, client_id, seen, terms, around)
    finally:
        endpoint.close()


def _readable(files: Iterable[RemoteFile], visit: Visit) -> Iterator[RemoteFile]:
    """The files whose names are text; the others are trouble if they look like ours."""
    odd = []
    for file in files:
        if any("\ud800" <= letter <= "\udfff" for letter in file.name):
            odd.append(file.name.encode("utf-8", "replace").decode())
        else:
            yield file
    ours = [name for name in odd if re.search(r"_(CONF|HTML|MAIL)_\d{8}", name)]
    if ours:
        visit.trouble.append(
            EndpointError(
                f"{len(ours)} files have names in another encoding than the client's, {ours[0]} for one",
                hint=f'set encoding = "latin-1" (or "cp1252") for {visit.client}',
            )
        )


def _with_times(endpoint: Endpoint, files: list[RemoteFile]) -> list[RemoteFile]:
    """*files*, those of triplets with their times, one question each where the listing tells none."""
    return [
        replace(file, modified=endpoint.modified(file.name))
        if file.modified is None and _is_input(file.name)
        else file
        for file in files
    ]


def _is_input(name: str) -> bool:
    known = parse(name)
    return known is not None and isinstance(known.kind, InputType)


def _act(
    visit: Visit,
    endpoint: Endpoint,
    intake: Intake,
    client_id: int,
    terms: Terms,
    around: Surroundings,
) -> None:
    """Take what the plan takes, refuse what it refuses."""
    for spoiled in visit.plan.spoiled:
        _note(visit, refuse_names(spoiled, intake, client_id, terms, around))
    for pickup in visit.plan.take:
        try:
            _note(visit, take(pickup, endpoint, intake, client_id, terms, around))
        except (EndpointError, NoRoomError) as error:
            visit.trouble.append(error)


def _note(visit: Visit, result: Taken | Declined | Held) -> None:
    if isinstance(result, Taken):
        visit.taken.append(result)
    elif isinstance(result, Declined):
        visit.declined.append(result)
    else:
        visit.plan.held.append(result)
