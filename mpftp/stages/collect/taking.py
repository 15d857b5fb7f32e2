"""Taking one triplet: downloaded to the spool, checked, and committed whole, or refused."""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mpftp.adapters.store.intake import Accepted, Intake, Original, Refused
from mpftp.domain.endpoint import ChangedError, Endpoint
from mpftp.domain.messages.links import find_links
from mpftp.domain.names import InputType, TripletKey
from mpftp.domain.sending.fragments import plan as plan_fragments
from mpftp.domain.triplets.finding_log import FindingLog
from mpftp.domain.triplets.findings import Severity
from mpftp.domain.triplets.rules import RULES
from mpftp.domain.triplets.triplet import Inspection, TripletFiles, inspect, verdict
from mpftp.domain.triplets.visit import Held, Pickup, Reason, Spoiled
from mpftp.errors import TryLaterError
from mpftp.stages.collect.terms import Declined, Surroundings, Taken, Terms

log = logging.getLogger("mpftp.collect")

ZIP_LEVEL = 1  # text shrinks to a quarter even so, and ten times faster than at the default

ROOM = 4  # times the size of a triplet
UNREAD = -1  # bytes of a file that was refused unread: what it holds may well be good
RESERVE = 50_000_000  # bytes that are left to others


def originals_dir(spool: Path, client: str, key: TripletKey) -> Path:
    """Where the compressed originals of an accepted triplet lie, one ``TYPE.gz`` each."""
    return spool / "originals" / client / f"{key.name}_{key.date}"


@contextmanager
def spooling(folder: Path) -> Iterator[None]:
    """A full or broken disk here is no fault of the client: the next run goes on."""
    try:
        yield
    except OSError as error:
        raise TryLaterError(
            f"{folder}: cannot be written ({error.strerror})", hint="free some space, or change `spool`"
        ) from error


def take(
    pickup: Pickup, endpoint: Endpoint, intake: Intake, client_id: int, terms: Terms, around: Surroundings
) -> Taken | Declined | Held:
    """Bring in one triplet that the plan says is ready.

    Held: it changed under our hands, or its bytes were refused before.
    """
    folder = around.spool / "incoming" / terms.client
    try:
        with spooling(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _demand_room(pickup, folder, around)
            paths = _fetch(pickup, endpoint, folder)
            if _changed(pickup, endpoint):
                return Held(pickup.key, Reason.UPLOADING)
            return _judge(pickup, paths, intake, client_id, terms, around)
    except ChangedError:
        return Held(pickup.key, Reason.UPLOADING)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class NoRoomError(TryLaterError):
    """One triplet does not fit on the disk; smaller ones may."""


def _demand_room(pickup: Pickup, folder: Path, around: Surroundings) -> None:
    """Ask for room before the download: for the files, their archive, and the contacts twice."""
    wanted = ROOM * sum(file.size for file in pickup.files.values()) + RESERVE
    free = around.free_bytes(folder)
    if free < wanted:
        raise NoRoomError(
            f"{pickup.key.name} {pickup.key.date}: not fetched: {free} bytes are free, {wanted} are needed",
            hint=f"free some space where {around.spool} is",
        )


def _fetch(pickup: Pickup, endpoint: Endpoint, folder: Path) -> dict[InputType, Path]:
    """Download the three files, each to a name of our own choice."""
    paths = {}
    for kind, file in pickup.files.items():
        paths[kind] = folder / f"{kind.value}.part"
        endpoint.download(file.name, paths[kind], size=file.size)
    return paths


def _changed(pickup: Pickup, endpoint: Endpoint) -> bool:
    """Whether a second look shows a triplet that still grows, or was replaced while we read it."""
    now = {file.name: file for file in endpoint.list()}
    for file in pickup.files.values():
        again = now.get(file.name)
        if again is None or again.size != file.size:
            return True
        if again.modified is not None and again.modified != file.modified:
            return True
    return False


def _judge(
    pickup: Pickup,
    paths: Mapping[InputType, Path],
    intake: Intake,
    client_id: int,
    terms: Terms,
    around: Surroundings,
) -> Taken | Declined | Held:
    """Check what was downloaded, and write down the verdict."""
    key, now = pickup.key, around.clock()
    originals = {kind: Original(file, _sha256(paths[kind])) for kind, file in pickup.files.items()}
    digest = hashlib.sha256("".join(originals[kind].sha256 for kind in InputType).encode()).hexdigest()
    files = tuple(pickup.files.values())
    if intake.was_refused(client_id, key, digest):
        intake.refuse(client_id, Refused(key, digest, [], files), now)
        return Held(key, Reason.REFUSED)
    openers = {kind: partial(_reader, path) for kind, path in paths.items()}
    inspection = inspect(TripletFiles(key, openers), terms.profile, zone=terms.zone, now=now)
    sendable = intake.stage(inspection.contacts())
    if verdict(inspection, terms.max_invalid_share):
        return _decline(Refused(key, digest, inspection.findings.to_json(), files), inspection.findings,
                        intake, client_id, terms, around)  # fmt: skip
    _archive(paths, originals_dir(around.spool, terms.client, key))
    accepted = _accepted(inspection, digest, originals, sendable, terms, around)
    campaign = intake.accept(client_id, accepted, now)
    log.info(
        "%s: accepted %s %s as campaign %d: %d contacts in %d fragments",
        terms.client, key.name, key.date, campaign, sendable, len(accepted.fragments),
        extra={"client": terms.client, "campaign": campaign, "contacts": sendable},
    )  # fmt: skip
    late = max(now - (accepted.settings.send_at or now), timedelta(0))
    return Taken(key, campaign, inspection.counts, inspection.findings, late)


def _accepted(
    inspection: Inspection,
    digest: str,
    originals: Mapping[InputType, Original],
    sendable: int,
    terms: Terms,
    around: Surroundings,
) -> Accepted:
    settings, html = inspection.settings, inspection.html
    if settings is None or html is None:
        raise AssertionError("a triplet without settings or message was accepted")
    now = around.clock()
    start = max(settings.send_at or now, now)
    return Accepted(
        inspection.key,
        digest,
        settings,
        html,
        inspection.columns,
        find_links(html, terms.profile, settings.analytics),
        plan_fragments(sendable, start, terms.fragmenting),
        inspection.findings.to_json(),
        originals,
    )


def refuse_names(
    spoiled: Spoiled, intake: Intake, client_id: int, terms: Terms, around: Surroundings
) -> Declined | Held:
    """Refuse a triplet for its files' names or sizes, without a download."""
    findings = FindingLog()
    for finding in spoiled.findings:
        findings.add(finding)
    errors = [f for f in spoiled.findings if RULES[f.rule].severity is Severity.ERROR]
    seen = sorted(f"{f.rule} {f.file} {f.values.get('bytes', '')}" for f in errors)
    digest = hashlib.sha256("\n".join(seen).encode("utf-8", "surrogatepass")).hexdigest()
    unread = tuple(replace(file, size=UNREAD, modified=None) for file in spoiled.files)
    refused = Refused(spoiled.key, digest, findings.to_json(), unread)
    return _decline(refused, findings, intake, client_id, terms, around)


def _decline(
    refused: Refused,
    findings: FindingLog,
    intake: Intake,
    client_id: int,
    terms: Terms,
    around: Surroundings,
) -> Declined | Held:
    if not intake.refuse(client_id, refused, around.clock()):
        return Held(refused.key, Reason.REFUSED)
    log.info(
        "%s: refused %s %s: %d errors",
        terms.client, refused.key.name, refused.key.date, findings.errors(),
        extra={"client": terms.client, "rules": sorted({group.rule for group in findings.groups()})},
    )  # fmt: skip
    return Declined(refused.key, findings)


def _archive(paths: Mapping[InputType, Path], folder: Path) -> None:
    """Keep the originals, compressed; whole or not at all."""
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    making.mkdir(parents=True)
    for kind, path in paths.items():
        with path.open("rb") as source, gzip.open(making / f"{kind.value}.gz", "wb", ZIP_LEVEL) as target:
            shutil.copyfileobj(source, target, 1 << 20)
    os.rename(making, folder)


def _reader(path: Path) -> BinaryIO:
    return path.open("rb")


def prune_originals(clients: Iterable[Terms], around: Surroundings) -> None:
    """Remove the originals that were kept for as long as their client's *keep_days* say."""
    for terms in clients:
        oldest = (around.file_clock() - timedelta(days=terms.keep_days)).timestamp()
        for folder in (around.spool / "originals" / terms.client).glob("*"):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
