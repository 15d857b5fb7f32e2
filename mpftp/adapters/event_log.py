"""The event log: files that any number of processes append to, and that the next command takes in.

Every writer has a file of its own, ``YYYYMMDD-HOST-PID-RANDOM.log``, and holds a lock on it
for as long as it may still write. One event is one ``write`` of one whole line, so that a process
killed at any instant leaves whole events.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mpftp.domain.event_log import Event, format_event, parse_event

BATCH_BYTES = 4_000_000
HOLE_SECONDS = 86_400  # after which a hole in a file that nobody has touched is taken for damage
MAX_LINE_BYTES = 65_536  # more without a line end is no event of ours


_WRITER = re.compile(r"\d{8}-[A-Za-z0-9]*-\d+-[0-9a-f]{12}", re.ASCII)


class EventLogWriter:
    """The writing end, for one process: a file for each day (UTC) that its events are of.

    Threads may share it; a forked child opens a file of its own.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._opening = threading.Lock()
        self._file: tuple[int, date, int] | None = None  # descriptor, day, process
        self._retired: int | None = None

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Write *event*; with *durable*, return only when the disk has it.

        Raises ``OSError`` when it could not be written completely; the log is then unchanged.
        """
        # A line end comes first: if the line before is torn, for want of room, ours stays whole.
        line = b"\n" + format_event(event)
        descriptor = self._descriptor(event.at.date())
        if os.write(descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if durable:
            os.fsync(descriptor)

    def close(self) -> None:
        """Let go of the file; the next event opens another."""
        with self._opening:
            file, self._file = self._file, None
            if file is not None and file[2] == os.getpid():
                os.close(file[0])

    def _descriptor(self, day: date) -> int:
        process, file = os.getpid(), self._file
        if file is not None and file[1] >= day and file[2] == process:
            return file[0]
        with self._opening:
            if self._file is None or self._file[1] < day or self._file[2] != process:
                self._retire()
                self._file = (self._open(day, process), day, process)
            return self._file[0]

    def _retire(self) -> None:
        """Use the file no more, but keep it open for now: another thread may be about to write to it."""
        if self._retired is not None:
            os.close(self._retired)
        self._retired, self._file = self._file[0] if self._file is not None else None, None

    def _open(self, day: date, process: int) -> int:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        host = re.sub(r"[^A-Za-z0-9]", "", socket.gethostname())[:32]
        path = self._directory / f"{day:%Y%m%d}-{host}-{process}-{secrets.token_hex(6)}.log"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        os.lockf(descriptor, os.F_LOCK, 0)
        return descriptor


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events of whole lines, where the next batch begins, and how many lines were no events."""

    events: list[Event]
    end: int
    damaged: int = 0


def log_files(directory: Path) -> list[Path]:
    """The log's files, the oldest first; none when there is no directory yet.

    Raises ``PermissionError`` for a directory that this user may not list: its events are not none.
    """
    try:
        paths = sorted(directory / name for name in os.listdir(directory) if name.endswith(".log"))
    except FileNotFoundError:
        return []
    return [path for path in paths if not path.is_dir()]


def log_key(path: Path) -> str:
    """The name that the writer gave the log *path*, also of a copy whose carrier added to it."""
    match = _WRITER.search(path.name)
    return f"{match[0]}.log" if match else path.name


def has_more(path: Path, offset: int) -> bool:
    """Return whether *path* holds more than *offset* bytes; another run may have removed it."""
    return path.exists() and path.stat().st_size > offset


def read_batch(path: Path, offset: int) -> EventBatch:
    """Return the next complete lines of *path* from *offset* (bytes); at its end, an empty batch.

    No line holds a NUL: where one is, a carrier that writes in any order has not come to it yet.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(BATCH_BYTES)
            untouched_seconds = time.time() - os.fstat(file.fileno()).st_ctime
    except FileNotFoundError:
        return EventBatch([], offset)
    if (hole := data.find(b"\0")) >= 0 and untouched_seconds < HOLE_SECONDS:
        data = data[: data.rfind(b"\n", 0, hole) + 1]
    end = data.rfind(b"\n") + 1
    if not end and len(data) > MAX_LINE_BYTES:
        return EventBatch([], offset + len(data), damaged=1)
    parsed = [parse_event(line) for line in data[:end].split(b"\n") if line]
    events = [event for event in parsed if event is not None]
    return EventBatch(events, offset + end, len(parsed) - len(events))


def remove_if_finished(path: Path, offset: int, older_than_days: int) -> bool:
    """Remove *path* when it was read to its end, is old, and no process can write to it any more."""
    with suppress(FileNotFoundError), path.open("r+b") as file:
        status = os.fstat(file.fileno())
        if status.st_size > offset or time.time() - status.st_mtime < older_than_days * 86400:
            return False
        try:
            os.lockf(file.fileno(), os.F_TLOCK, 0)
        except OSError:
            return False
        path.unlink()
        return True
    return False


def blank_events(path: Path, delivery_ids: Collection[int]) -> int:
    """Overwrite the events of *delivery_ids* in *path* with blanks, in place; return how many.

    Every other line stays where it is, for whoever reads on from an offset or still appends.
    """
    count = at = 0
    with path.open("r+b") as file:
        for line in file:
            event = parse_event(line.rstrip(b"\n"))
            if event is not None and event.delivery_id in delivery_ids:
                os.pwrite(file.fileno(), b" " * len(line.rstrip(b"\n")), at)
                count += 1
            at += len(line)
        os.fsync(file.fileno())
    return count
