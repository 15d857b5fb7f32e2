"""What is deleted after its time: contacts and events of campaigns that are over, in small transactions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.event_totals import EventTotals
from mpftp.adapters.store.persons import ensure_person_key, without_quotes
from mpftp.adapters.store.situations import LAST_OUT_AT
from mpftp.domain.clock import from_ms, to_ms
from mpftp.domain.persons import HASH_GLOB

ROWS_A_STEP = 5_000
"""How many contacts, or events, one transaction deletes, so that others wait only briefly."""

PAGES_A_STEP = 2_000
_IS_THERE = f"email <> '' AND email NOT GLOB '{HASH_GLOB}'"


@dataclass(frozen=True, slots=True)
class PublishedCampaign:
    """A campaign of which an edition was published, and whether it has anything left to delete.

    *last_out_at* is when its last message went out; *first_published_at* and *published_at* are those of
    the first and the last edition. A run that was cut leaves contacts or events.
    """

    campaign_id: int
    client: str
    name: str
    last_out_at: datetime
    first_published_at: datetime
    published_at: datetime
    has_contacts: bool
    has_events: bool


class RetentionStore:
    """What is kept of campaigns that are over, in one state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def published_campaigns(self) -> list[PublishedCampaign]:
        """The campaigns that ended and whose editions the client has, the oldest first."""
        query = f"""
            SELECT c.id AS campaign_id, k.name AS client, c.name || '_' || c.date AS name,
                   {LAST_OUT_AT} AS last_out_at, min(p.published_at) AS first_published_at,
                   max(p.published_at) AS published_at,
                   EXISTS (SELECT 1 FROM delivery WHERE campaign_id = c.id AND {_IS_THERE}) AS has_contacts,
                   c.events_deleted_at IS NULL OR EXISTS
                       (SELECT 1 FROM event WHERE campaign_id = c.id AND kind IN ('open', 'click'))
                       AS has_events
            FROM campaign c JOIN client k ON k.id = c.client_id JOIN publication p ON p.campaign_id = c.id
            WHERE c.state IN ('finished', 'cancelled') GROUP BY c.id
            HAVING count(*) = count(p.published_at) ORDER BY c.id"""  # noqa: S608
        return [_published(row) for row in self._db.named_rows(query)]

    def is_pruned(self, campaign_id: int) -> bool:
        """Whether contacts or events of a campaign were deleted."""
        query = (
            "SELECT 1 FROM campaign WHERE id = ?"
            " AND coalesce(contacts_deleted_at, events_deleted_at) IS NOT NULL"
        )
        return self._db.value(query, (campaign_id,)) is not None

    def delete_contacts(self, campaign_id: int, at: datetime) -> Iterator[int]:
        """Delete addresses, values and replies of a campaign; yields how many contacts each step did.

        A hash stays in the place of an address, so that an opt-out by an old link still holds. Cut at any
        moment, the next call goes on.
        """
        with self._db.transaction():
            ensure_person_key(self._db)
            self._db.execute(
                "UPDATE campaign SET contacts_deleted_at = coalesce(contacts_deleted_at, ?) WHERE id = ?",
                (to_ms(at), campaign_id),
            )
            self._delete_quotes(campaign_id)
        last = 0
        while rows := list(
            self._db.rows(
                f"SELECT id FROM delivery WHERE campaign_id = ? AND id > ? AND {_IS_THERE}"  # noqa: S608
                " ORDER BY id LIMIT ?",
                (campaign_id, last, ROWS_A_STEP),
            )
        ):
            first, last = rows[0][0], rows[-1][0]
            with self._db.transaction():
                self._db.execute(
                    "UPDATE delivery SET email = person_hash(email), reply = '',"  # noqa: S608
                    " fields = (SELECT json_group_array('') FROM json_each(fields))"
                    f" WHERE campaign_id = ? AND id BETWEEN ? AND ? AND {_IS_THERE}",
                    (campaign_id, first, last),
                )
            yield len(rows)

    def _delete_quotes(self, campaign_id: int) -> None:
        """What judgements, messages and findings quote of the contacts."""
        of_campaign = "delivery_id IN (SELECT id FROM delivery WHERE campaign_id = ?)"
        self._db.execute("DELETE FROM bounce_judgement WHERE campaign_id = ?", (campaign_id,))
        self._db.execute(f"UPDATE report SET text = '' WHERE {of_campaign}", (campaign_id,))  # noqa: S608
        findings = self._db.value("SELECT findings FROM campaign WHERE id = ?", (campaign_id,))
        self._db.execute(
            "UPDATE campaign SET findings = ? WHERE id = ?", (without_quotes(findings), campaign_id)
        )

    def delete_events(self, campaign_id: int, at: datetime) -> Iterator[int]:
        """Count a campaign's opens and clicks for good, then delete them; yields how many each step did.

        Bounces, complaints and opt-outs stay, without the reader's network address and program: they say
        who must not be mailed. Cut at any moment, the next call goes on.
        """
        totals = EventTotals(self._db)
        totals.bring_forward()
        with self._db.transaction():
            totals.finish(campaign_id)
            self._db.execute(
                "UPDATE campaign SET events_deleted_at = coalesce(events_deleted_at, ?) WHERE id = ?",
                (to_ms(at), campaign_id),
            )
            self._db.execute(
                "UPDATE event SET ip = '', agent = '' WHERE campaign_id = ?"
                " AND kind NOT IN ('open', 'click') AND (ip <> '' OR agent <> '')",
                (campaign_id,),
            )
        deleted = ROWS_A_STEP
        while deleted == ROWS_A_STEP:
            with self._db.transaction():
                deleted = self._db.execute(
                    "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE campaign_id = ?"
                    " AND kind IN ('open', 'click') LIMIT ?)",
                    (campaign_id, ROWS_A_STEP),
                )
            yield deleted

    def give_space_back(self) -> Iterator[int]:
        """Return free pages to the file system, some at a time; yields how many are left.

        A state that an earlier release made cannot do so before it was compacted once.
        """
        while self.shrinks() and (free := self._free_pages()):
            self._db.execute(f"PRAGMA incremental_vacuum({PAGES_A_STEP})")
            left = self._free_pages()
            yield left
            if left >= free:
                return

    def shrinks(self) -> bool:
        """Whether the file gives free pages back without being compacted."""
        return bool(self._db.value("PRAGMA auto_vacuum"))

    def compact_bytes(self) -> int:
        """The space on disk that ``compact`` needs at most: a copy of what is in use, and its log."""
        pages = self._db.value("PRAGMA page_count") - self._free_pages()
        return int(2 * pages * self._db.value("PRAGMA page_size"))

    def free_disk_bytes(self) -> int:
        """The space that the state's disk has left."""
        return shutil.disk_usage(self._db.path.parent).free

    def compact(self) -> None:
        """Write the file anew without free space and remains; nothing else may use it meanwhile."""
        self._db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self._db.execute("VACUUM")
        self._db.write_back()

    def _free_pages(self) -> int:
        return int(self._db.value("PRAGMA freelist_count"))


def _published(row: dict[str, Any]) -> PublishedCampaign:
    times = {name: from_ms(value) for name, value in row.items() if name.endswith("_at")}
    flags = {name: bool(value) for name, value in row.items() if name.startswith("has_")}
    return PublishedCampaign(**(row | times | flags))
