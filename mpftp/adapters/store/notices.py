"""The notices that clients get by e-mail, and those that were sent already."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.situations import LAST_OUT_AT, count_states, load_plan
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.clock import from_ms, to_ms
from mpftp.domain.file_names import TripletKey
from mpftp.domain.results.notices import Notice, NoticeKind

_CAMPAIGN = """
    coalesce(json_extract(c.settings, '$.folder'), '') AS folder,
    coalesce(json_extract(c.settings, '$.subject'), '') AS subject, c.state, c.state_reason
    FROM campaign c JOIN client k ON k.id = c.client_id"""
_PENDING = f"""
    SELECT * FROM (
        SELECT 'refused' AS kind, r.id AS about, k.name AS client, r.name, r.date, r.refused_at AS at,
               r.findings AS facts, '' AS folder, '' AS subject, '' AS state, '' AS state_reason
        FROM refusal r JOIN client k ON k.id = r.client_id WHERE r.mended_at IS NULL
        UNION ALL
        SELECT 'accepted', c.id, k.name, c.name, c.date, c.accepted_at, '', {_CAMPAIGN}
        UNION ALL
        SELECT 'finished', c.id, k.name, c.name, c.date, c.finished_at, '', {_CAMPAIGN}
        WHERE c.finished_at IS NOT NULL
        UNION ALL
        SELECT 'paused', c.id, k.name, c.name, c.date, coalesce(c.stopped_at, {LAST_OUT_AT}), '', {_CAMPAIGN}
        WHERE c.state = 'paused'
        UNION ALL
        SELECT 'published', p.id, k.name, c.name, c.date, p.published_at, p.rows, {_CAMPAIGN}
        JOIN publication p ON p.campaign_id = c.id WHERE p.published_at IS NOT NULL
    ) AS news WHERE client = ?1 AND at >= ?2
        AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.kind = news.kind AND n.about = news.about)
    ORDER BY at"""  # noqa: S608


class NoticeStore:
    """The notices of every client, in one state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def pending(self, client: str, since: datetime) -> list[Notice]:
        """Return the notices for *client* that were not sent and are later than *since*, oldest first."""
        return [self._notice(row) for row in self._db.named_rows(_PENDING, (client, to_ms(since)))]

    def _notice(self, row: dict[str, Any]) -> Notice:
        kind = NoticeKind(row["kind"])
        return Notice(
            kind=kind,
            about=row["about"],
            client=row["client"],
            key=TripletKey(row["name"], row["date"]),
            at=from_ms(row["at"]),
            facts=json.loads(row["facts"]) if row["facts"] else self._facts(kind, row["about"]),
            folder=row["folder"],
            subject=row["subject"],
            state=row["state"],
            reason=row["state_reason"],
        )

    def _facts(self, kind: NoticeKind, campaign_id: int) -> dict[str, int]:
        """The counts of a campaign, as the receipt and ``campaign show`` have them."""
        states = count_states(self._db, campaign_id)
        if kind is NoticeKind.ACCEPTED:
            plan = load_plan(self._db, campaign_id)
            return {
                "contacts": sum(contacts for _, contacts in plan.fragments),
                "suppressed": plan.suppressed,
                "lines": states.total(),
                "fragments": len(plan.fragments),
                "first": to_ms(plan.fragments[0][0]),
            }
        return {
            "sent": states[DeliveryState.SENT],
            "failed": states[DeliveryState.FAILED],
            "suppressed": states[DeliveryState.SUPPRESSED],
            "cancelled": states[DeliveryState.CANCELLED],
            "waiting": states[DeliveryState.PENDING] + states[DeliveryState.DEFERRED],
        }

    def record_sent(self, notice: Notice, now: datetime) -> None:
        """Note that the relay has taken *notice*."""
        with self._db.transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO notice VALUES (?, ?, ?)", (notice.kind.value, notice.about, to_ms(now))
            )
