"""The campaigns as a list: a line each, read without what only one campaign alone is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
        SELECT c.id, k.name, c.name, c.date, c.state, c.state_reason,
               coalesce(json_extract(c.settings, '$.subject'), ''),
               coalesce(json_extract(c.settings, '$.folder'), '') AS folder
        FROM campaign c JOIN client k ON k.id = c.client_id
        WHERE (?1 IS NULL OR k.name = ?1) AND (?2 IS NULL OR folder = ?2)
        ORDER BY c.id DESC LIMIT ?3"""
    rows = list(db.rows(query, (client, folder, -1 if limit is None else limit)))
    counted = _count_deliveries(db, [campaign_id for campaign_id, *_ in rows])
    return [
        CampaignListItem(
            CampaignRef(campaign_id, owner, TripletKey(name, date)),
            CampaignState(state),
            reason,
            subject,
            stored_in,
            counted.get(campaign_id, {}),
        )
        for campaign_id, owner, name, date, state, reason, subject, stored_in in rows
    ]


def _count_deliveries(db: Database, campaign_ids: Sequence[int]) -> dict[int, dict[DeliveryState, int]]:
    query = """
        SELECT campaign_id, state, count(*) FROM delivery INDEXED BY delivery_campaign
        WHERE campaign_id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2"""
    states = {state.value: state for state in DeliveryState}
    counted: dict[int, dict[DeliveryState, int]] = {}
    for campaign_id, state, count in db.rows(query, (json.dumps(campaign_ids),)):
        counted.setdefault(campaign_id, {})[states[state]] = count
    return counted
