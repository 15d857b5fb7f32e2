"""What lies around the state file, for monitoring: logs and mail not taken in yet, room on the disks."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mpftp.adapters.event_log import log_files
from mpftp.adapters.store.events import EventStore
from mpftp.stages.status import DiskSpace, MachineSummary
from mpftp.wiring.mailboxes import spool_mailbox

if TYPE_CHECKING:
    from mpftp.adapters.config import Config
    from mpftp.adapters.store.database import Database


def read_surroundings(config: Config, db: Database) -> MachineSummary:
    """Look at the disk; what is not there, or may not be looked at, counts as nothing."""
    store = EventStore(db)
    logs: list[Path] = []
    with suppress(OSError):
        logs = log_files(config.spool_dir / "events")
    waiting = sum(max(0, _size(path) - store.log_offset(path.name)) for path in logs)
    maildirs = [path for path in (config.bounces.maildir, spool_mailbox(config)) if path]
    state = sum(_size(config.state.with_name(config.state.name + tail)) for tail in ("", "-wal"))
    places = dict.fromkeys((config.state.parent, config.spool_dir))
    disks = [disk for path in places if (disk := _disk(path))]
    return MachineSummary(waiting, sum(map(_count_new, maildirs)), state, tuple(disks))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _count_new(maildir: Path) -> int:
    try:
        return sum(1 for _ in os.scandir(maildir / "new"))
    except OSError:
        return 0


def _disk(path: Path) -> DiskSpace | None:
    try:
        usage = shutil.disk_usage(path)
    except OSError:
        return None
    return DiskSpace(str(path), usage.free, usage.total)
