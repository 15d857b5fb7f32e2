"""Opening the state file, making it once, and refusing one that has forgotten what was sent."""

from __future__ import annotations

from pathlib import Path

from mpftp.adapters.config import Config, find_state_path
from mpftp.adapters.journal import FileJournal
from mpftp.adapters.lock import hold_lock
from mpftp.adapters.store.database import Database, is_missing
from mpftp.domain.memory import Doubt, Mark, find_doubt
from mpftp.errors import LockedError, StateError, UsageError
from mpftp.permissions import refuse_root
from mpftp.wiring.clients import finish_rename

_DOUBT_TEXTS = {
    Doubt.OLDER: "older than what was sent since: it is as of {state:%Y-%m-%d %H:%M:%S} UTC, and the"
    " journal beside it knows of changes until {kept:%Y-%m-%d %H:%M:%S} UTC",
    Doubt.OTHER: "the journal beside it is of another state file",
    Doubt.JOURNAL_LOST: "it has sent messages, and the journal that says how far is not beside it",
}


def init_command(config_path: Path) -> str:
    """The command that makes the state file, for hints."""
    return f"mpftp init --state-only --config {config_path}"


def open_state(config: Config, config_path: Path, *, sending: bool = False) -> Database:
    """Open the state file to work with it; the caller closes it. The spool is made, for this user alone.

    *sending* is whether the caller holds the lock of ``send``. Raises ``StateError`` for a state that
    is missing, empty, or older than the mark in its journal.
    """
    refuse_missing(config, config_path)
    journal = FileJournal(config.journal)
    kept = journal.read_mark()  # before the state, which may go on meanwhile
    db = Database(config.state, must_exist=True)
    try:
        _refuse_doubtful(db, kept, config, config_path)
        db.on_change = journal.write_mark
        if kept is None or not db.is_marked():
            _write_first_mark(db, journal, config, sending=sending)
        finish_rename(db, config)
    except BaseException:
        db.close()
        raise
    make_private(config.spool_dir)
    return db


def open_beside(db: Database) -> Database:
    """Open the state file of *db* once more, for another thread of the same run, which trusts it."""
    other = Database(db.path, must_exist=True)
    other.on_change = db.on_change
    return other


def open_for_reading(config: Config, config_path: Path, *, trusted: bool = False) -> Database:
    """Open the state file to look at it. Raises ``StateError`` when it is missing.

    With *trusted*, an older copy is refused as well; the others show what there is. A state of an earlier
    version is brought up to date first, as by any command that works with it.
    """
    refuse_missing(config, config_path)
    kept = FileJournal(config.journal).read_mark() if trusted else None
    db = Database(config.state, read_only=True)
    if db.is_outdated():
        db.close()
        open_state(config, config_path).close()
        db = Database(config.state, read_only=True)
    if kept is not None:
        try:
            _refuse_doubtful(db, kept, config, config_path)
        except BaseException:
            db.close()
            raise
    return db


def open_for_notes(config_path: Path) -> Database:
    """Open the state file to note what was said, also where the configuration or the state is refused.

    Raises ``MpftpError`` where that cannot be: said is then what must be said, each time.
    """
    path = find_state_path(config_path)
    if path is None:
        raise StateError("no state file can be found")
    return Database(path, must_exist=True)


def refuse_missing(config: Config, config_path: Path) -> None:
    """Raise ``StateError`` when there is no state file, or an empty one."""
    if not is_missing(config.state):
        return
    left = _traces(config)
    been = f"; it was here before: {', '.join(map(str, left))} was left by it" if left else ""
    raise StateError(
        f"{config.state}: the state file is missing or empty{been}",
        hint="if it was here before, mount its volume or put a backup back (`mpftp restore FILE --config"
        f" {config_path}`), for a new one would mail everybody again whose triplet still lies on a server;"
        f" only for a first start: {init_command(config_path)}",
    )


def _traces(config: Config) -> list[Path]:
    """What only an earlier state can have left."""
    originals = config.spool_dir / "originals"
    return [
        trace
        for trace, holds in (
            (config.journal, config.journal.is_file() and config.journal.stat().st_size > 0),
            (originals, originals.is_dir() and any(originals.iterdir())),
        )
        if holds
    ]


def create_state(config: Config, config_path: Path) -> None:
    """Make the state file, mode 0600, and mark it; its folder, too, when it is missing.

    Raises ``UsageError`` for one that exists, and for root where another user is to work with it,
    ``StateError`` where an earlier one left traces.
    """
    if config.state.exists() and config.state.stat().st_size:
        raise UsageError(f"{config.state} exists and is left as it is", hint="nothing needs to be done")
    if left := _traces(config):
        raise StateError(
            f"{config.state}: not made, for there was a state file before: {', '.join(map(str, left))} was"
            " left by it",
            hint=f"put a backup back (`mpftp restore FILE --config {config_path}`); to start anew in earnest"
            " move that away, and the triplets off the clients' servers: each that still lies there would be"
            " sent again",
        )
    refuse_root(config.state)
    try:
        config.state.parent.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"{config.state.parent}: cannot be created ({error.strerror})",
            hint="create it for the user that runs cron, or change `state` in the configuration",
        ) from None
    with Database(config.state) as db:
        _write_first_mark(db, FileJournal(config.journal), config, sending=False)
    make_private(config.spool_dir)


def _write_first_mark(db: Database, journal: FileJournal, config: Config, *, sending: bool) -> None:
    """Give the journal its first mark. A ``send`` of an earlier release would wipe it out: then later."""
    if not sending:
        try:
            with hold_lock(config.state, "send"):
                return _write_first_mark(db, journal, config, sending=True)
        except LockedError:
            return None
    journal.write_mark(db.mark(), create=True)
    db.set_marked()
    return None


def describe_doubt(db: Database, config: Config) -> str:
    """Why the open state cannot be trusted to know all that was sent; empty when it can."""
    kept = FileJournal(config.journal).read_mark()  # before the state's own, which may go on meanwhile
    return _describe_doubt(db, kept)


def _describe_doubt(db: Database, kept: Mark | None) -> str:
    state = db.mark()
    doubt = find_doubt(state, kept, was_marked=db.is_marked())
    if doubt is None or (doubt is Doubt.JOURNAL_LOST and not db.has_sent()):
        return ""
    return _DOUBT_TEXTS[doubt].format(state=state.at, kept=kept.at if kept else state.at)


def _refuse_doubtful(db: Database, kept: Mark | None, config: Config, config_path: Path) -> None:
    if reason := _describe_doubt(db, kept):
        raise StateError(
            f"{config.state}: {reason}; nothing was done, for it would mail again whom it has forgotten",
            hint="put the newest state file and its journal back; if there is none, keep what there is by"
            f" `mpftp backup FILE --config {config_path}`, then `mpftp restore FILE --config {config_path}`,"
            " which holds every campaign that may have been sent further",
        )


def make_private(folder: Path) -> None:
    """Make *folder* for this user only; close one that others can enter."""
    if folder.parent.is_dir():
        folder.mkdir(0o700, exist_ok=True)
    if folder.is_dir() and folder.stat().st_mode & 0o007:
        folder.chmod(0o700)
