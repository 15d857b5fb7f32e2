"""The campaigns as a list: a line each, read without what only one campaign alone is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from mpftp.adapters.store.database import Database
from mpftp.domain.campaign import CampaignRef, CampaignState, DeliveryState
from mpftp.domain.file_names import TripletKey


@dataclass(frozen=True, slots=True)
class CampaignListItem:
    """One campaign of the list; *deliveries* holds only what is not zero."""

    ref: CampaignRef
    state: CampaignState
    state_reason: str
    subject: str
    folder: str
    deliveries: Mapping[DeliveryState, int]

    @property
    def lines(self) -> int:
        """The data lines of MAIL: every one is a delivery in some state."""
        return sum(self.deliveries.values())


def list_campaigns(
    db: Database, client: str | None = None, folder: str | None = None, limit: int | None = None
) -> list[CampaignListItem]:
    """The newest *limit* campaigns (``None``: all) of *client* and *folder*, the newest first."""
    query = """
        SELECT c.id, k.name AS client, c.name, c.date, c.state, c.state_reason,
               coalesce(json_extract(c.settings, '$.subject'), '') AS subject,
               coalesce(json_extract(c.settings, '$.folder'), '') AS folder,
               (SELECT json_group_object(state, deliveries) FROM (
                    SELECT state, count(*) AS deliveries FROM delivery INDEXED BY delivery_campaign
                    WHERE campaign_id = c.id GROUP BY state)) AS deliveries
        FROM campaign c JOIN client k ON k.id = c.client_id
        WHERE (?1 IS NULL OR k.name = ?1)
          AND (?2 IS NULL OR coalesce(json_extract(c.settings, '$.folder'), '') = ?2)
        ORDER BY c.id DESC LIMIT ?3"""
    return [
        CampaignListItem(
            CampaignRef(row["id"], row["client"], TripletKey(row["name"], row["date"])),
            CampaignState(row["state"]),
            row["state_reason"],
            row["subject"],
            row["folder"],
            {DeliveryState(state): count for state, count in json.loads(row["deliveries"]).items()},
        )
        for row in db.named_rows(query, (client, folder, -1 if limit is None else limit))
    ]
