"""What is still to be done of campaigns, for all of them at once: what ``status`` draws troubles from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.campaign import CampaignRef, CampaignState
from mpftp.domain.clock import from_ms, to_ms
from mpftp.domain.file_names import TripletKey

# ``finished_at`` stands behind the HTML in its row, far to read: it is asked for last, and of few.
_OPEN = """
    SELECT c.id, k.name AS client, c.name, c.date, c.state, c.state_reason,
           CASE WHEN {doubt} AND coalesce(c.finished_at, ?2) >= ?2
                THEN (SELECT count(*) {in_doubt}) ELSE 0 END AS in_doubt,
           (SELECT json_group_array(json_array(p.edition, p.due_at, p.trouble))
            FROM publication p WHERE p.campaign_id = c.id AND p.published_at IS NULL) AS editions
    FROM campaign c JOIN client k ON k.id = c.client_id
    WHERE (?1 IS NULL OR k.name = ?1)
      AND (c.state IN ('active', 'paused')
           OR c.id IN (SELECT campaign_id FROM publication WHERE published_at IS NULL)
           OR {doubt} AND c.finished_at >= ?2)
    ORDER BY c.id DESC"""
_IN_DOUBT = """
    FROM delivery d INDEXED BY delivery_campaign WHERE d.campaign_id = c.id AND d.state = 'doubt'"""


@dataclass(frozen=True, slots=True)
class OpenEdition:
    """An edition that is not published, and what is in its way."""

    edition: int
    due_at: datetime
    trouble: str


@dataclass(frozen=True, slots=True)
class OpenCampaign:
    """A campaign of which something is to be done or told; *in_doubt* are deliveries whose answer was lost.

    *editions* are those that are not published yet.
    """

    ref: CampaignRef
    state: CampaignState
    state_reason: str
    in_doubt: int
    editions: tuple[OpenEdition, ...]


def load_open_campaigns(db: Database, since: datetime, client: str | None = None) -> list[OpenCampaign]:
    """The campaigns of *client*, or of all, that are under way or wait for an edition, the newest first.

    Of the finished those with deliveries in doubt are among them when they ended *since* then.
    """
    doubt = f"EXISTS (SELECT 1 {_IN_DOUBT})"
    query = _OPEN.format(doubt=doubt, in_doubt=_IN_DOUBT)
    return [
        OpenCampaign(
            CampaignRef(row["id"], row["client"], TripletKey(row["name"], row["date"])),
            CampaignState(row["state"]),
            row["state_reason"],
            row["in_doubt"],
            tuple(
                OpenEdition(edition, from_ms(due_at), trouble)
                for edition, due_at, trouble in sorted(json.loads(row["editions"]))
            ),
        )
        for row in db.named_rows(query, (client, to_ms(since)))
    ]
