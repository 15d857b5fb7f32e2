"""``backup`` and ``restore``: the state file and what belongs to it, as one file, and back again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from mpftp.adapters.archive import extract_archive, write_archive
from mpftp.adapters.config import Config
from mpftp.adapters.event_log import log_files
from mpftp.adapters.journal import FileJournal
from mpftp.adapters.keys import merge_signing_keys
from mpftp.adapters.lock import hold_all_locks
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.outbox import Outbox
from mpftp.adapters.store.restored import RestoredState
from mpftp.permissions import refuse_root
from mpftp.version import __version__
from mpftp.wiring.sending import build_retry_policy
from mpftp.wiring.state_file import make_private, refuse_missing


@dataclass(frozen=True, slots=True)
class RestoreSummary:
    """What ``restore`` did: campaigns *held*, triplets known as *processed* by their originals, *in_doubt*.

    *made_at* is when the backup was made, *aside* where a state file was moved that stood in its place.
    The state has the id *state_id*; the one that the backup was made of has *former_id*.
    """

    made_at: str
    held: int
    processed: int
    in_doubt: int
    aside: Path | None
    former_id: str = ""
    state_id: str = ""


def write_backup(config: Config, config_path: Path, target: IO[bytes], now: datetime) -> None:
    """Write a backup to *target*, consistent also while commands run. Raises ``StateError``."""
    refuse_missing(config, config_path)
    make_private(config.spool_dir)
    with TemporaryDirectory(dir=config.spool_dir, prefix="backup-") as name:
        folder = Path(name)
        with Database(config.state, read_only=True) as db:
            db.copy_to(folder / "state.db")
        files = {"state.db": folder / "state.db"}
        for member, source in _others(config):
            copy = folder / member.replace("/", "-")
            try:
                shutil.copyfile(source, copy)
            except FileNotFoundError:  # a journal may be missing, a log may have been taken in meanwhile
                continue
            files[member] = copy
        write_archive(target, files, {"mpftp": __version__, "at": now.isoformat(timespec="seconds")})


def _others(config: Config) -> Iterator[tuple[str, Path]]:
    yield "journal", config.journal
    yield "tracking.keys", config.default_path(config.tracking.key_file, "tracking.keys")
    for log in log_files(config.spool_dir / "events"):
        yield f"events/{log.name}", log


def restore_backup(config: Config, source: Path, now: datetime) -> RestoreSummary:
    """Put the backup *source* in the place of the state, and hold what it cannot be sure of.

    A state that stands there is moved aside. Raises ``LockedError`` while a command runs, ``StateError``
    for what is no whole backup, and ``UsageError`` for root where another user works with the state;
    nothing is changed then.
    """
    refuse_root(config.state)
    config.state.parent.mkdir(0o700, parents=True, exist_ok=True)
    make_private(config.spool_dir)
    with (
        hold_all_locks(config.state),
        TemporaryDirectory(dir=config.state.parent, prefix=".restore-") as name,
    ):
        folder = Path(name)
        manifest = extract_archive(source, folder)
        with Database(folder / "state.db", must_exist=True) as db:
            former = db.mark()
            held, processed, in_doubt = _prepare(db, FileJournal(folder / "journal"), config, now)
            mark = db.mark()
            db.write_back()
        aside = _move_aside(config, now)
        (folder / "state.db").replace(config.state)
        FileJournal(config.journal).write_mark(mark, create=True)
        _sync(config.state.parent)
        _put_back_others(config, folder, manifest)
    made_at = str(manifest.get("at", ""))
    return RestoreSummary(made_at, held, processed, in_doubt, aside, former.state_id, mark.state_id)


def _prepare(db: Database, journal: FileJournal, config: Config, now: datetime) -> tuple[int, int, int]:
    """Settle what can be told, hold the rest: campaigns held, triplets registered, messages in doubt."""
    state = RestoredState(db)
    answered = journal.read_recovery(state.claimed_ids()).answered
    Outbox(db, replace(build_retry_policy(config), resend=False)).settle(answered, now)
    with db.transaction():
        in_doubt = state.leave_in_doubt()
        held = state.hold(now)
        processed = sum(state.register_processed(*triplet) for triplet in _originals(config))
        state.begin_anew(now)
    return held, processed, in_doubt


def _originals(config: Config) -> Iterator[tuple[str, str, str]]:
    """Client, NAME and date of each triplet whose originals are kept: it was processed."""
    for folder in sorted((config.spool_dir / "originals").glob("*/*_*")):
        if folder.is_dir() and not folder.name.startswith("."):
            name, _, date = folder.name.rpartition("_")
            yield folder.parent.name, name, date


def _move_aside(config: Config, now: datetime) -> Path | None:
    """Move what stands in the state's place out of the way; return where the state went."""
    aside = None
    for path in (config.state, config.journal, *(Path(f"{config.state}{end}") for end in ("-wal", "-shm"))):
        if path.exists():
            target = path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%S}")
            path.replace(target)
            aside = target if path == config.state else aside
    return aside


def _put_back_others(config: Config, folder: Path, manifest: dict[str, Any]) -> None:
    """Restore keys that are missing, and event logs that were not imported since."""
    if "tracking.keys" in manifest["files"]:
        keys = config.default_path(config.tracking.key_file, "tracking.keys")
        merge_signing_keys(keys, (folder / "tracking.keys").read_text("ascii"))
    events = config.spool_dir / "events"
    for name in manifest["files"]:
        if name.startswith("events/") and not (events / Path(name).name).exists():
            events.mkdir(0o700, exist_ok=True)
            shutil.move(folder / name, events / Path(name).name)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
