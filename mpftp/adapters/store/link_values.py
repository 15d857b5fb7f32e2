"""What link files hold of the state's campaigns: their links, and the values that these need."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import CampaignLinks, EventStore


class LinkValues:
    """Links and values of campaigns in one state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def campaign_ids(self) -> list[int]:
        """The campaigns that have contacts, the oldest first."""
        query = "SELECT id FROM campaign c WHERE EXISTS (SELECT 1 FROM delivery WHERE campaign_id = c.id)"
        return [row[0] for row in self._db.rows(query)]

    def links_of(self, campaign_id: int) -> CampaignLinks:
        """The links of a campaign that exists."""
        links = EventStore(self._db).find_links_data(campaign_id)
        if links is None:
            raise LookupError(f"no campaign {campaign_id}")
        return links

    def span(self, campaign_id: int) -> tuple[int, int]:
        """The numbers of its first and its last delivery; all between are its own."""
        query = "SELECT min(id), max(id) FROM delivery WHERE campaign_id = ?"
        first, last = self._db.row(query, (campaign_id,)) or (0, 0)
        return int(first), int(last)

    def rows(self, campaign_id: int, indexes: Sequence[int]) -> Iterator[list[str]]:
        """The values at *indexes* of each delivery, in the order of their numbers."""
        first, last = self.span(campaign_id)
        query = "SELECT fields FROM delivery WHERE id BETWEEN ? AND ? ORDER BY id"
        for (fields,) in self._db.rows(query, (first, last)):
            values = json.loads(fields)
            yield [values[index] for index in indexes]
