"""Opens and clicks counted once: totals that are kept as far as an event, and brought forward from there.

New events add to the sums as they are; to the counts of contacts add only those who had not done the same
before, which the contacts' own index of events tells. A mark that comes later changes what a few contacts
count.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.event_tally import CampaignTally, NewEvent
from mpftp.adapters.store.kept_totals import KeptTotals
from mpftp.domain.campaign import EventKind
from mpftp.domain.results.statistics import EventCounts

EVENTS_A_STEP = 100_000
"""How many events one transaction brings the totals forward, so that others wait only briefly."""

CONTACTS_AT_ONCE = 20_000
_OTHER_KINDS = "('bounce', 'opt-out', 'complaint')"
_NOT_FINAL = "campaign_id NOT IN (SELECT campaign_id FROM kept_totals WHERE is_final)"
_COUNTED = f"kind IN ('open', 'click') AND id > ?1 AND id <= ?2 AND {_NOT_FINAL}"
_NEW_EVENT = "SELECT campaign_id, delivery_id, kind, link, mark, at FROM event"
_BEFORE = "EXISTS (SELECT 1 FROM event WHERE delivery_id = d.value AND kind = '{}' AND id <= ?2{})"
_DONE_BEFORE = f"""
    SELECT d.value, {_BEFORE.format("open", "")}, {_BEFORE.format("open", " AND mark = ''")},
           {_BEFORE.format("click", "")}, {_BEFORE.format("click", " AND mark = ''")}
    FROM json_each(?1) d"""  # noqa: S608
_CLICKED_BEFORE = """
    SELECT delivery_id, link, min(mark) = '' FROM event
    WHERE delivery_id IN (SELECT value FROM json_each(?1)) AND kind = 'click' AND id <= ?2
    GROUP BY delivery_id, link"""


class EventTotals:
    """The totals of opens and clicks in one state file, campaign by campaign."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def load(self, campaign_ids: Sequence[int]) -> dict[int, KeptTotals]:
        """The totals of these campaigns as they are now: those kept, and what came in since."""
        ids = json.dumps(campaign_ids)
        query = """
            SELECT m.counted_until, k.campaign_id, k.totals FROM memory m
            LEFT JOIN kept_totals k ON k.campaign_id IN (SELECT value FROM json_each(?))"""
        rows = list(self._db.rows(query, (ids,)))
        totals = {campaign_id: KeptTotals.from_json(text) for _, campaign_id, text in rows if campaign_id}
        after, until = rows[0][0], self._newest()
        contacts = self._contacts_since(ids, after, until)
        while some := list(islice(contacts, CONTACTS_AT_ONCE)):
            totals = _merge(totals, self._count(self._events_of(some, after, until), after))
        return dict.fromkeys(campaign_ids, KeptTotals()) | totals

    def bring_forward(self) -> None:
        """Count all that was taken in, in transactions of its own; one that is cut goes on next time."""
        while self._counted_until() < self._newest():
            with self._db.transaction(counted=False):
                self.count_some()

    def count_some(self) -> bool:
        """Count the next events inside the caller's transaction; return whether more wait."""
        after, newest = self._counted_until(), self._newest()
        until = min(after + EVENTS_A_STEP, newest)
        events = map(NewEvent._make, self._db.rows(f"{_NEW_EVENT} WHERE {_COUNTED}", (after, until)))
        self._keep(self._count(events, after))
        self._db.execute("UPDATE memory SET counted_until = ?", (until,))
        return until < newest

    def finish(self, campaign_id: int) -> None:
        """Count a campaign's events for the last time, inside the caller's transaction."""
        while self.count_some():
            pass
        self._db.execute(
            "INSERT INTO kept_totals (campaign_id, is_final, totals) VALUES (?, 1, ?)"
            " ON CONFLICT DO UPDATE SET is_final = 1",
            (campaign_id, KeptTotals().to_json()),
        )

    @contextmanager
    def marking(self, event_ids: Collection[int]) -> Iterator[None]:
        """Keep the totals right while the block gives marks to the events, inside one transaction."""
        until = self._counted_until()
        if min(event_ids, default=until + 1) > until:
            yield
            return
        query = "SELECT DISTINCT delivery_id FROM event WHERE id IN (SELECT value FROM json_each(?))"
        contacts = [row[0] for row in self._db.rows(query, (json.dumps(list(event_ids)),))]
        before = self._count(self._events_of(contacts, 0, until), 0)
        yield
        self._keep(_merge(self._count(self._events_of(contacts, 0, until), 0), before, -1))

    def _contacts_since(self, campaign_ids: str, after: int, until: int) -> Iterator[int]:
        """Whose opens and clicks in these campaigns are still to be counted."""
        # Few events: those are read. Many: each campaign's index tells which of its own they are.
        source = "NOT INDEXED" if until - after <= EVENTS_A_STEP else "INDEXED BY event_campaign"
        query = f"""
            SELECT DISTINCT delivery_id FROM event {source}
            WHERE campaign_id IN (SELECT value FROM json_each(?3)) AND {_COUNTED}"""  # noqa: S608
        return (row[0] for row in self._db.rows(query, (after, until, campaign_ids)))

    def _events_of(self, contacts: Sequence[int], after: int, until: int) -> Iterator[NewEvent]:
        query = f"{_NEW_EVENT} WHERE delivery_id IN (SELECT value FROM json_each(?3)) AND {_COUNTED}"  # noqa: S608
        return map(NewEvent._make, self._db.rows(query, (after, until, json.dumps(contacts))))

    def _count(self, events: Iterable[NewEvent], after: int) -> dict[int, KeptTotals]:
        """What *events* add, by campaign, to the totals that hold all up to *after*."""
        tallies: dict[int, CampaignTally] = {}
        for event in events:
            tally = tallies.get(event.campaign_id)
            if tally is None:
                tally = tallies[event.campaign_id] = CampaignTally()
            tally.add(event)
        if after:
            for tally in tallies.values():
                self._tell_before(tally, after)
        return {
            campaign_id: tally.to_totals(self._urls(campaign_id)) for campaign_id, tally in tallies.items()
        }

    def _tell_before(self, tally: CampaignTally, after: int) -> None:
        """Tell *tally* what its contacts had done up to *after*."""
        for contact, *done in self._db.rows(_DONE_BEFORE, (json.dumps(sorted(tally.contacts)), after)):
            tally.had_done(contact, *done)
        clickers = json.dumps(sorted({contact for contact, _ in tally.clicks}))
        for contact, link, by_person in self._db.rows(_CLICKED_BEFORE, (clickers, after)):
            tally.had_clicked(contact, link, by_person)

    def _urls(self, campaign_id: int) -> dict[int, str]:
        return dict(self._db.rows("SELECT number, url FROM link WHERE campaign_id = ?", (campaign_id,)))

    def _keep(self, changes: dict[int, KeptTotals]) -> None:
        for campaign_id, change in changes.items():
            text = self._db.value("SELECT totals FROM kept_totals WHERE campaign_id = ?", (campaign_id,))
            kept = KeptTotals.from_json(text) if text else KeptTotals()
            self._db.execute(
                "INSERT INTO kept_totals (campaign_id, totals) VALUES (?, ?)"
                " ON CONFLICT DO UPDATE SET totals = excluded.totals",
                (campaign_id, kept.plus(change).to_json()),
            )

    def _counted_until(self) -> int:
        return int(self._db.value("SELECT counted_until FROM memory"))

    def _newest(self) -> int:
        return int(self._db.value("SELECT coalesce(max(id), 0) FROM event"))


def count_other_events(db: Database, campaign_id: int) -> dict[EventKind, EventCounts]:
    """Count the campaign's events that are neither opens nor clicks; they are few."""
    query = f"""
        SELECT kind, count(*), count(*) FILTER (WHERE mark <> ''), count(DISTINCT delivery_id),
               count(DISTINCT delivery_id) FILTER (WHERE mark = '')
        FROM event WHERE campaign_id = ? AND kind IN {_OTHER_KINDS} GROUP BY kind"""  # noqa: S608
    return {EventKind(kind): EventCounts(*counts) for kind, *counts in db.rows(query, (campaign_id,))}


def count_other_marks(
    db: Database, campaign_id: int, counted: Mapping[EventKind, EventCounts]
) -> dict[tuple[EventKind, str], int]:
    """Count, by mark, those of the *counted* other events that a machine is suspected of."""
    query = """
        SELECT mark, count(*) FROM event WHERE campaign_id = ? AND kind = ? AND mark <> ''
        GROUP BY mark ORDER BY count(*) DESC, mark"""
    return {
        (kind, mark): count
        for kind, counts in counted.items()
        if counts.marked
        for mark, count in db.rows(query, (campaign_id, kind.value))
    }


def _merge(one: dict[int, KeptTotals], other: dict[int, KeptTotals], times: int = 1) -> dict[int, KeptTotals]:
    """The totals of both by campaign; the *other* ones taken *times*."""
    changed = {
        campaign_id: one.get(campaign_id, KeptTotals()).plus(totals, times)
        for campaign_id, totals in other.items()
    }
    return one | changed
