"""``forget``: erase one person from the state and from the files beside it.

What stays is a keyed hash that keeps the address from being mailed, and the person's lines of MAIL,
empty, so that every sum still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mpftp.adapters.person_files import PersonFiles
from mpftp.adapters.store.persons import PersonStore
from mpftp.adapters.store.retention import RetentionStore

MIN_VALUE_CHARS = 4  # shorter values ("SP", "F") are looked for in no log: they tell of nobody


@dataclass(frozen=True, slots=True)
class ForgetSummary:
    """What was erased, and what holds the person even so.

    *is_log_empty* is false while another program reads the state: what stood there before is then
    still in its write-ahead log.
    """

    campaigns: tuple[str, ...]
    campaign_ids: frozenset[int]
    deliveries: int
    original_lines: int
    messages: int
    log_places: int
    is_log_empty: bool
    traces: tuple[Path, ...]


def forget(
    address: str,
    client: str | None,
    store: PersonStore,
    space: RetentionStore,
    files: PersonFiles,
    blank_events: Callable[[Collection[int]], int],
    at: datetime,
) -> ForgetSummary:
    """Erase *address* wherever the state and *files* hold it; *blank_events* does it in the event logs.

    For one *client* alone messages are left, for they do not say whose they are, and nothing is searched
    afterwards: other clients may hold the same person. No other command may run. Done twice, it finds
    what an interrupted run left: files come first, the state, which knows where to look, last. The
    state file is written anew where the search finds remains in its pages, and the disk has room.
    """
    deliveries = store.deliveries()
    texts = {
        address,
        *(delivery.email for delivery in deliveries if "@" in delivery.email),
        *store.unshared(deliveries, MIN_VALUE_CHARS),
    }
    lines = files.erase_originals(address, client)
    messages = {} if client else files.find_messages(address)
    store.decide_messages(messages.values())
    files.remove_messages(messages)
    places = blank_events({delivery.id for delivery in deliveries}) + files.mask(texts)
    files.remove_results(texts)
    store.erase(deliveries, at)
    is_log_empty = store.shrink_log()
    traces = [] if client else files.traces(texts)
    if files.state in traces and space.compact_bytes() <= space.free_disk_bytes():
        space.compact()  # SQLite leaves remains where it once split a page
        traces = files.traces(texts)
    return ForgetSummary(
        tuple(sorted({delivery.campaign for delivery in deliveries})),
        frozenset(delivery.campaign_id for delivery in deliveries),
        len(deliveries),
        lines,
        len(messages),
        places,
        is_log_empty,
        tuple(traces),
    )
