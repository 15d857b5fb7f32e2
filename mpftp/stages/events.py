"""Taking the event log into the state: every event once, whenever this is run or killed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from mpftp.adapters.eventlog import Batch, is_longer, log_files, read_batch, remove_if_finished
from mpftp.adapters.store.events import Added, Events
from mpftp.domain.clock import Clock

log = logging.getLogger("mpftp.events")

KEEP_DAYS = 30  # for which a log file stays after all of it was taken in


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took in: events *added*, opt-outs *repeated*, of *unknown* deliveries, *damaged* lines."""

    added: int = 0
    repeated: int = 0
    unknown: int = 0
    damaged: int = 0

    def plus(self, found: Added, batch: Batch) -> Taken:
        """The sum of these and of what one more batch brought."""
        return Taken(
            self.added + found.added,
            self.repeated + found.repeated,
            self.unknown + found.unknown,
            self.damaged + batch.damaged,
        )


def take_events(store: Events, log_dir: Path, clock: Clock) -> Taken:
    """Take in all that the event log in *log_dir* holds beyond the offsets in the state.

    An offset moves in the transaction that adds the events before it, so that a kill loses none and
    repeats none. Raises ``LockedError`` when the state stays locked; the log waits for the next run.
    """
    taken = Taken()
    for path in log_files(log_dir):
        taken = _take_file(store, path, taken)
        remove_if_finished(path, store.log_offset(path.name), KEEP_DAYS)
    if taken.added:
        log.info("took %d events into the state at %s", taken.added, clock(), extra={"events": taken.added})
    if taken.unknown:
        log.warning("%d events belong to deliveries that the state does not know", taken.unknown)
    if taken.damaged:
        log.warning("%d lines of the event log in %s are no events; left out", taken.damaged, log_dir)
    return taken


def _take_file(store: Events, path: Path, taken: Taken) -> Taken:
    # Looking first without the state's lock: most files have nothing new.
    while is_longer(path, store.log_offset(path.name)):
        with store.transaction():
            # Another run may have been here since.
            offset = store.log_offset(path.name)
            batch = read_batch(path, offset)
            found = store.add(batch.events)
            store.advance_log(path.name, batch.end)
        taken = taken.plus(found, batch)
        if batch.end == offset:
            break
    return taken
