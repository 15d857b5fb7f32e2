"""Taking the event log into the state: every event once, whenever this is run or killed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mpftp.adapters.eventlog import Batch, is_longer, log_files, read_batch, remove_if_finished
from mpftp.adapters.store.events import Added, Events
from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import Clock
from mpftp.domain.eventlog import Event
from mpftp.domain.machines import AT_ONCE, FEWEST_LINKS, Mark, Suspicion, mark_of, visits_at_once

log = logging.getLogger("mpftp.events")

DEFAULT_SUSPICION = Suspicion()
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


def take_events(
    store: Events, log_dir: Path, clock: Clock, suspicion: Suspicion = DEFAULT_SUSPICION
) -> Taken:
    """Take in all that the event log in *log_dir* holds beyond the offsets in the state.

    Opens and clicks get the mark of the machine that *suspicion* finds behind them. An offset moves
    in the transaction that adds the events before it, so that a kill loses none and repeats none.
    Raises ``LockedError`` when the state stays locked; the log waits for the next run.
    """
    taken = Taken()
    for path in log_files(log_dir):
        taken = _take_file(store, path, taken, suspicion)
        remove_if_finished(path, store.log_offset(path.name), KEEP_DAYS)
    if taken.added:
        log.info("took %d events into the state at %s", taken.added, clock(), extra={"events": taken.added})
    if taken.unknown:
        log.warning("%d events belong to deliveries that the state does not know", taken.unknown)
    if taken.damaged:
        log.warning("%d lines of the event log in %s are no events; left out", taken.damaged, log_dir)
    return taken


def _take_file(store: Events, path: Path, taken: Taken, suspicion: Suspicion) -> Taken:
    # Looking first without the state's lock: most files have nothing new.
    while is_longer(path, store.log_offset(path.name)):
        with store.transaction():
            # Another run may have been here since.
            offset = store.log_offset(path.name)
            batch = read_batch(path, offset)
            found = store.add(_judged(batch.events, store, suspicion))
            store.advance_log(path.name, batch.end)
            _mark_sprees(batch.events, store)
        taken = taken.plus(found, batch)
        if batch.end == offset:
            break
    return taken


def _judged(events: Sequence[Event], store: Events, suspicion: Suspicion) -> list[Event]:
    """*events*, each with the mark of the machine that is suspected behind it."""
    sent = store.sent_at({event.delivery_id for event in events})
    marks = [mark_of(event, sent.get(event.delivery_id), suspicion) for event in events]
    return [replace(event, mark=mark) if mark else event for event, mark in zip(events, marks, strict=True)]


def _mark_sprees(events: Sequence[Event], store: Events) -> None:
    """Mark clicks on nearly all links at once; the first of them may have come with an earlier batch."""
    times: dict[int, list[datetime]] = {}
    for event in events:
        if event.kind is EventKind.CLICK:
            times.setdefault(event.delivery_id, []).append(event.at)
    for delivery_id, moments in times.items():
        links = store.links_of_delivery(delivery_id)
        if links >= FEWEST_LINKS:
            near = store.visits(delivery_id, min(moments) - AT_ONCE, max(moments) + AT_ONCE)
            store.mark(visits_at_once(near, links), Mark.ALL_LINKS)
