"""The fragments that are not finished, as ``send`` takes them up and ``campaign show`` foretells them."""

from __future__ import annotations

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import from_ms, from_optional_ms
from mpftp.domain.sending.schedule import OpenFragment

_OPEN = """
    SELECT f.id, f.campaign_id, c.client_id, k.name AS client, c.name || '_' || c.date AS campaign,
           f.number, f.due_at, f.started_at, p.started_at AS previous_started_at, f.tried, f.refused
    FROM fragment f JOIN campaign c ON c.id = f.campaign_id JOIN client k ON k.id = c.client_id
    LEFT JOIN fragment p ON p.campaign_id = f.campaign_id AND p.number = f.number - 1
    WHERE f.finished_at IS NULL AND """


def load_open_fragments(db: Database, campaign_id: int | None = None) -> list[OpenFragment]:
    """Return the unfinished fragments of one campaign in order, or those of every active campaign."""
    chosen = "c.state = 'active'" if campaign_id is None else "f.campaign_id = ?"
    values = () if campaign_id is None else (campaign_id,)
    return [
        OpenFragment(
            **row
            | {
                "due_at": from_ms(row["due_at"]),
                "started_at": from_optional_ms(row["started_at"]),
                "previous_started_at": from_optional_ms(row["previous_started_at"]),
            }
        )
        for row in db.named_rows(f"{_OPEN} {chosen} ORDER BY f.number", values)
    ]
