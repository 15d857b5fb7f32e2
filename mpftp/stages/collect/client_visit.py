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

from mpftp.adapters.store.intake import Intake, NewCampaign, NewRefusal, OriginalFile
from mpftp.domain.endpoint import Endpoint, FileChangedError
from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.messages.links import find_links
from mpftp.domain.sending.fragments import plan_fragments as plan_fragments
from mpftp.domain.triplets.finding_collector import FindingCollector
from mpftp.domain.triplets.findings import Severity
from mpftp.domain.triplets.pickup import MisnamedTriplet, ReadyTriplet, WaitingTriplet, WaitReason
from mpftp.domain.triplets.rules import RULES
from mpftp.domain.triplets.triplet import TripletCheck, TripletFiles, check_triplet, is_refused
from mpftp.errors import TryLaterError
from mpftp.stages.collect.visit_settings import (
    CollectContext,
    CollectedTriplet,
    CollectSettings,
    RefusedTriplet,
)

log = logging.getLogger("mpftp.collect")

GZIP_LEVEL = 1  # text shrinks to a quarter even so, and ten times faster than at the default

DISK_SPACE_FACTOR = 4  # times the size of a triplet
UNREAD_SIZE = -1  # bytes of a file that was refused unread: what it holds may well be good
RESERVED_BYTES = 50_000_000  # bytes that are left to others


def originals_dir(spool: Path, client: str, key: TripletKey) -> Path:
    """Where the compressed originals of an accepted triplet lie, one ``TYPE.gz`` each."""
    return spool / "originals" / client / f"{key.name}_{key.date}"


@contextmanager
def spool_errors(folder: Path) -> Iterator[None]:
    """A full or broken disk here is no fault of the client: the next run goes on."""
    try:
        yield
    except OSError as error:
        raise TryLaterError(
            f"{folder}: cannot be written ({error.strerror})", hint="free some space, or change `spool`"
        ) from error


def ingest_triplet(
    pickup: ReadyTriplet,
    endpoint: Endpoint,
    intake: Intake,
    client_id: int,
    settings: CollectSettings,
    context: CollectContext,
) -> CollectedTriplet | RefusedTriplet | WaitingTriplet:
    """Bring in one triplet that the plan says is ready.

    Held: it changed under our hands, or its bytes were refused before.
    """
    folder = context.spool / "incoming" / settings.client
    try:
        with spool_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _require_disk_space(pickup, folder, context)
            paths = _fetch(pickup, endpoint, folder)
            if _changed(pickup, endpoint):
                return WaitingTriplet(pickup.key, WaitReason.UPLOADING)
            return _check_and_commit(pickup, paths, intake, client_id, settings, context)
    except FileChangedError:
        return WaitingTriplet(pickup.key, WaitReason.UPLOADING)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class DiskSpaceError(TryLaterError):
    """One triplet does not fit on the disk; smaller ones may."""


def _require_disk_space(pickup: ReadyTriplet, folder: Path, context: CollectContext) -> None:
    """Ask for room before the download: for the files, their archive, and the contacts twice."""
    wanted = DISK_SPACE_FACTOR * sum(file.size for file in pickup.files.values()) + RESERVED_BYTES
    free = context.free_bytes(folder)
    if free < wanted:
        raise DiskSpaceError(
            f"{pickup.key.name} {pickup.key.date}: not fetched: {free} bytes are free, {wanted} are needed",
            hint=f"free some space where {context.spool} is",
        )


def _fetch(pickup: ReadyTriplet, endpoint: Endpoint, folder: Path) -> dict[InputType, Path]:
    """Download the three files, each to a name of our own choice."""
    paths = {}
    for kind, file in pickup.files.items():
        paths[kind] = folder / f"{kind.value}.part"
        endpoint.download(file.name, paths[kind], size=file.size)
    return paths


def _changed(pickup: ReadyTriplet, endpoint: Endpoint) -> bool:
    """Whether a second look shows a triplet that still grows, or was replaced while we read it."""
    now = {file.name: file for file in endpoint.list()}
    for file in pickup.files.values():
        again = now.get(file.name)
        if again is None or again.size != file.size:
            return True
        if again.modified is not None and again.modified != file.modified:
            return True
    return False


def _check_and_commit(
    pickup: ReadyTriplet,
    paths: Mapping[InputType, Path],
    intake: Intake,
    client_id: int,
    settings: CollectSettings,
    context: CollectContext,
) -> CollectedTriplet | RefusedTriplet | WaitingTriplet:
    """Check what was downloaded, and write down the verdict."""
    key, now = pickup.key, context.clock()
    originals = {kind: OriginalFile(file, _sha256(paths[kind])) for kind, file in pickup.files.items()}
    digest = hashlib.sha256("".join(originals[kind].sha256 for kind in InputType).encode()).hexdigest()
    files = tuple(pickup.files.values())
    if intake.was_refused(client_id, key, digest):
        intake.refuse(client_id, NewRefusal(key, digest, [], files), now)
        return WaitingTriplet(key, WaitReason.REFUSED)
    openers = {kind: partial(_open_binary, path) for kind, path in paths.items()}
    check = check_triplet(TripletFiles(key, openers), settings.profile, zone=settings.zone, now=now)
    sendable = intake.stage_contacts(check.contacts())
    if is_refused(check, settings.max_invalid_share):
        return _refuse(NewRefusal(key, digest, check.findings.to_json(), files), check.findings,
                        intake, client_id, settings, context)  # fmt: skip
    _store_originals(paths, originals_dir(context.spool, settings.client, key))
    accepted = _new_campaign(check, digest, originals, sendable, settings, context)
    campaign = intake.accept(client_id, accepted, now)
    log.info(
        "%s: accepted %s %s as campaign %d: %d contacts in %d fragments",
        settings.client, key.name, key.date, campaign, sendable, len(accepted.fragments),
        extra={"client": settings.client, "campaign": campaign, "contacts": sendable},
    )  # fmt: skip
    late = max(now - (accepted.settings.send_at or now), timedelta(0))
    return CollectedTriplet(key, campaign, check.counts, check.findings, late)


def _new_campaign(
    check: TripletCheck,
    digest: str,
    originals: Mapping[InputType, OriginalFile],
    sendable: int,
    terms: CollectSettings,
    context: CollectContext,
) -> NewCampaign:
    settings, html = check.settings, check.html
    if settings is None or html is None:
        raise AssertionError("a triplet without settings or message was accepted")
    now = context.clock()
    start = max(settings.send_at or now, now)
    return NewCampaign(
        check.key,
        digest,
        settings,
        html,
        check.columns,
        find_links(html, terms.profile, settings.analytics),
        plan_fragments(sendable, start, terms.fragment_schedule),
        check.findings.to_json(),
        originals,
    )


def refuse_by_name(
    spoiled: MisnamedTriplet,
    intake: Intake,
    client_id: int,
    settings: CollectSettings,
    context: CollectContext,
) -> RefusedTriplet | WaitingTriplet:
    """Refuse a triplet for its files' names or sizes, without a download."""
    findings = FindingCollector()
    for finding in spoiled.findings:
        findings.add(finding)
    errors = [f for f in spoiled.findings if RULES[f.rule].severity is Severity.ERROR]
    seen = sorted(f"{f.rule} {f.file} {f.values.get('bytes', '')}" for f in errors)
    digest = hashlib.sha256("\n".join(seen).encode("utf-8", "surrogatepass")).hexdigest()
    unread = tuple(replace(file, size=UNREAD_SIZE, modified=None) for file in spoiled.files)
    refused = NewRefusal(spoiled.key, digest, findings.to_json(), unread)
    return _refuse(refused, findings, intake, client_id, settings, context)


def _refuse(
    refused: NewRefusal,
    findings: FindingCollector,
    intake: Intake,
    client_id: int,
    settings: CollectSettings,
    context: CollectContext,
) -> RefusedTriplet | WaitingTriplet:
    if not intake.refuse(client_id, refused, context.clock()):
        return WaitingTriplet(refused.key, WaitReason.REFUSED)
    log.info(
        "%s: refused %s %s: %d errors",
        settings.client, refused.key.name, refused.key.date, findings.errors(),
        extra={"client": settings.client, "rules": sorted({group.rule for group in findings.groups()})},
    )  # fmt: skip
    return RefusedTriplet(refused.key, findings)


def _store_originals(paths: Mapping[InputType, Path], folder: Path) -> None:
    """Keep the originals, compressed; whole or not at all."""
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    making.mkdir(parents=True)
    for kind, path in paths.items():
        with path.open("rb") as source, gzip.open(making / f"{kind.value}.gz", "wb", GZIP_LEVEL) as target:
            shutil.copyfileobj(source, target, 1 << 20)
    os.rename(making, folder)


def _open_binary(path: Path) -> BinaryIO:
    return path.open("rb")


def prune_originals(clients: Iterable[CollectSettings], context: CollectContext) -> None:
    """Remove the originals that were kept for as long as their client's *keep_days* say."""
    for settings in clients:
        oldest = (context.file_clock() - timedelta(days=settings.keep_days)).timestamp()
        for folder in (context.spool / "originals" / settings.client).glob("*"):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
