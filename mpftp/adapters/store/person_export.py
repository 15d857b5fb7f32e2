"""All that the state keeps of one person, as JSON values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.persons import PersonStore
from mpftp.domain.addresses import canonical_address
from mpftp.domain.clock import from_ms

_IN_DELIVERIES = "delivery_id IN (SELECT value FROM json_each(?1))"


def export_person(db: Database, address: str, client: str | None = None) -> dict[str, Any]:
    """Return what is kept of *address* in all clients, or in that of *client*; times are ISO 8601, UTC."""
    deliveries = PersonStore(db, address, client).deliveries()
    ids = json.dumps([delivery.id for delivery in deliveries])
    events: dict[int, list[dict[str, Any]]] = {}
    for event in _events(db, ids):
        events.setdefault(event.pop("delivery_id"), []).append(event)
    states = {row.pop("id"): row for row in _states(db, ids)}
    return {
        "address": canonical_address(address),
        "deliveries": [
            {
                "campaign": delivery.campaign,
                "line": delivery.line,
                "values": delivery.values,
                **states[delivery.id],
                "events": events.get(delivery.id, []),
            }
            for delivery in deliveries
        ],
        "suppressed": list(_suppressions(db, address, client)),
        "bounces": list(_judgements(db, ids)),
        "messages": list(_messages(db, ids, address, client)),
    }


def _states(db: Database, ids: str) -> Iterator[dict[str, Any]]:
    query = """
        SELECT id, state, attempts, first_at, settled_at, code, reply FROM delivery
        WHERE id IN (SELECT value FROM json_each(?1))"""
    return _readable(db, query, (ids,))


def _events(db: Database, ids: str) -> Iterator[dict[str, Any]]:
    query = f"""
        SELECT e.delivery_id, e.kind, e.at, l.url, e.ip, e.agent, e.class, e.code, e.reason, e.source, e.mark
        FROM event e LEFT JOIN link l ON l.campaign_id = e.campaign_id AND l.number = e.link
        WHERE e.{_IN_DELIVERIES} ORDER BY e.at, e.id"""  # noqa: S608
    return _readable(db, query, (ids,))


def _suppressions(db: Database, address: str, client: str | None) -> Iterator[dict[str, Any]]:
    query = """
        SELECT coalesce(k.name, '') AS client, s.email, s.reason, s.at, s.source
        FROM suppression s LEFT JOIN client k ON k.id = s.client_id
        WHERE s.email IN (?1, person_hash(?1)) AND (?2 IS NULL OR k.name = ?2 OR s.client_id = 0)"""
    return _readable(db, query, (canonical_address(address), client))


def _judgements(db: Database, ids: str) -> Iterator[dict[str, Any]]:
    query = f"""
        SELECT at, judgement, state, evidence FROM bounce_judgement
        WHERE {_IN_DELIVERIES} ORDER BY at"""  # noqa: S608
    for row in _readable(db, query, (ids,)):
        yield row | {"evidence": json.loads(row["evidence"])}


def _messages(db: Database, ids: str, address: str, client: str | None) -> Iterator[dict[str, Any]]:
    """Of the deliveries, and those that only name the address: they do not say which client's they are."""
    query = f"""
        SELECT at, class, place, text FROM report
        WHERE {_IN_DELIVERIES} OR (?3 IS NULL AND instr(lower(text), ?2)) ORDER BY at"""  # noqa: S608
    return _readable(db, query, (ids, canonical_address(address), client))


def _readable(db: Database, query: str, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """The rows with times as text, without what is empty."""
    for row in db.named_rows(query, values):
        yield {name: _time_text(name, row) for name, value in row.items() if value not in ("", None)}


def _time_text(name: str, row: Mapping[str, Any]) -> Any:
    return from_ms(row[name]).isoformat() if name == "at" or name.endswith("_at") else row[name]
