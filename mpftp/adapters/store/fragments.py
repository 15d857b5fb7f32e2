"""The fragments that are not finished, as ``send`` takes them up and ``campaign show`` foretells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import from_ms, from_optional_ms
from mpftp.domain.sending.due import WaitingFragment
from mpftp.domain.sending.schedule import OpenFragment

_COLUMNS = """
    f.id, f.campaign_id, c.client_id, k.name AS client, c.name || '_' || c.date AS campaign,
    f.number, f.due_at, f.started_at, p.started_at AS previous_started_at, f.tried, f.refused"""
_OPEN = """
    FROM fragment f JOIN campaign c ON c.id = f.campaign_id JOIN client k ON k.id = c.client_id
    LEFT JOIN fragment p ON p.campaign_id = f.campaign_id AND p.number = f.number - 1
    WHERE f.finished_at IS NULL AND """
_BEGUN_OR_NEXT = """
    c.state = 'active' AND (f.started_at IS NOT NULL OR f.number = (
        SELECT min(n.number) FROM fragment n
        WHERE n.campaign_id = c.id AND n.started_at IS NULL AND n.finished_at IS NULL))"""
_UNTRIED = """
    EXISTS (SELECT 1 FROM delivery d WHERE d.fragment_id = f.id AND d.state = 'pending')
    OR EXISTS (SELECT 1 FROM delivery d WHERE d.fragment_id = f.id AND d.state = 'claimed')"""
_RETRY_AT = "SELECT min(next_at) FROM delivery d WHERE d.fragment_id = f.id AND d.state = 'deferred'"


def load_open_fragments(db: Database) -> list[OpenFragment]:
    """Return the unfinished fragments of every active campaign, in the order of their numbers."""
    query = f"SELECT {_COLUMNS} {_OPEN} c.state = 'active' ORDER BY f.number"
    return [_to_fragment(row) for row in db.named_rows(query)]


def load_waiting_fragments(db: Database, campaign_id: int | None = None) -> list[WaitingFragment]:
    """Return the unfinished fragments of one campaign, in order.

    Without one, of every active campaign those that were begun, and the next one that was not.
    """
    chosen = _BEGUN_OR_NEXT if campaign_id is None else "f.campaign_id = ?"
    values = () if campaign_id is None else (campaign_id,)
    query = f"""
        SELECT ({_UNTRIED}) AS is_untried, ({_RETRY_AT}) AS retry_at, {_COLUMNS}
        {_OPEN} {chosen} ORDER BY f.number"""
    return [
        WaitingFragment(
            is_untried=bool(row.pop("is_untried")),
            retry_at=from_optional_ms(row.pop("retry_at")),
            fragment=_to_fragment(row),
        )
        for row in db.named_rows(query, values)
    ]


def _to_fragment(row: Mapping[str, Any]) -> OpenFragment:
    times = {
        "due_at": from_ms(row["due_at"]),
        "started_at": from_optional_ms(row["started_at"]),
        "previous_started_at": from_optional_ms(row["previous_started_at"]),
    }
    return OpenFragment(**{**row, **times})
