"""Taking the event log into the state: every event once, whenever this is run or killed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mpftp.adapters.event_log import (
    EventBatch,
    has_more,
    log_files,
    log_key,
    read_batch,
    remove_if_finished,
)
from mpftp.adapters.store.events import AddedEvents, EventStore
from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import Clock
from mpftp.domain.event_log import Event
from mpftp.domain.machines import (
    BURST_WINDOW,
    MachineMark,
    MachinePolicy,
    burst_links,
    find_click_burst,
    find_machine_mark,
)

log = logging.getLogger("mpftp.events")

DEFAULT_MACHINE_POLICY = MachinePolicy()
KEEP_LOG_DAYS = 30  # for which a log file stays after all of it was taken in


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What one run took in: events *added*, opt-outs *repeated*, of *unknown* deliveries, *damaged* lines."""

    added: int = 0
    repeated: int = 0
    unknown: int = 0
    damaged: int = 0

    def plus(self, added: AddedEvents, batch: EventBatch) -> ImportSummary:
        """The sum of these and of what one more batch brought."""
        return ImportSummary(
            self.added + added.added,
            self.repeated + added.repeated,
            self.unknown + added.unknown,
            self.damaged + batch.damaged,
        )


def import_events(
    store: EventStore,
    log_dir: Path,
    clock: Clock,
    suspicion: MachinePolicy = DEFAULT_MACHINE_POLICY,
    *,
    remove: bool = True,
) -> ImportSummary:
    """Take in all that the event log in *log_dir* holds beyond the offsets in the state.

    Files are known by their names, which no two trackers share, so that one may be carried here by
    halves, late, or again. Unless *remove* is set they stay: whoever carried them sees to it. One that
    cannot be read keeps no other back; the first such error, an ``OSError``, is raised at the end.

    Opens and clicks get the mark of the machine that *suspicion* finds behind them. An offset moves
    in the transaction that adds the events before it, so that a kill loses none and repeats none.
    Raises ``LockedError`` when the state stays locked; the log waits for the next run.
    """
    taken = ImportSummary()
    unread: OSError | None = None
    for path in log_files(log_dir):
        damaged = taken.damaged
        try:
            taken = _import_file(store, path, taken, suspicion)
            if remove:
                remove_if_finished(path, store.log_offset(log_key(path)), KEEP_LOG_DAYS)
        except OSError as error:
            unread = unread or error
        if taken.damaged > damaged:
            log.warning("%s: lines that are no events and were left out: %d", path, taken.damaged - damaged)
    if taken.added:
        log.info("took %d events into the state at %s", taken.added, clock(), extra={"events": taken.added})
    if taken.unknown:
        log.warning("events of deliveries that the state does not know: %d", taken.unknown)
    if unread:
        raise unread
    return taken


def _import_file(
    store: EventStore, path: Path, taken: ImportSummary, suspicion: MachinePolicy
) -> ImportSummary:
    def find_mark(event: Event, sent_at: datetime | None) -> str:
        return find_machine_mark(event, sent_at, suspicion) or event.mark

    # Looking first without the state's lock: most files have nothing new.
    key = log_key(path)
    while has_more(path, store.log_offset(key)):
        with store.transaction():
            # Another run may have been here since.
            offset = store.log_offset(key)
            batch = read_batch(path, offset)
            added = store.add(batch.events, find_mark)
            store.advance_log(key, batch.end)
            _mark_bursts(batch.events, store)
        taken = taken.plus(added, batch)
        if batch.end == offset:
            break
    return taken


def _mark_bursts(events: Sequence[Event], store: EventStore) -> None:
    """Mark clicks on nearly all links at once; the first of them may have come with an earlier batch."""
    times: dict[int, list[datetime]] = {}
    for event in events:
        if event.kind is EventKind.CLICK:
            times.setdefault(event.delivery_id, []).append(event.at)
    for delivery_id, (links, clicked) in store.count_clicked_links(times).items():
        if clicked >= burst_links(links):
            clicks = times[delivery_id]
            hits = store.hits(delivery_id, min(clicks) - BURST_WINDOW, max(clicks) + BURST_WINDOW)
            store.mark(find_click_burst(hits, links), MachineMark.ALL_LINKS)
