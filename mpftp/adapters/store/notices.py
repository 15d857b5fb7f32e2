"""What clients are told by e-mail, and what they were told already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import from_ms, to_ms
from mpftp.domain.file_names import TripletKey
from mpftp.domain.results.notices import Notice, NoticeKind

_PENDING = """
    SELECT kind, about, client, name, date, at, facts FROM (
        SELECT 'refused' AS kind, r.id AS about, k.name AS client, r.name, r.date, r.refused_at AS at,
               r.findings AS facts
        FROM refusal r JOIN client k ON k.id = r.client_id WHERE r.mended_at IS NULL
        UNION ALL
        SELECT 'accepted', c.id, k.name, c.name, c.date, c.accepted_at, json_object(
                   'contacts', (SELECT count(fragment_id) FROM delivery WHERE campaign_id = c.id),
                   'lines', (SELECT count(*) FROM delivery WHERE campaign_id = c.id),
                   'fragments', (SELECT count(*) FROM fragment WHERE campaign_id = c.id),
                   'first', (SELECT min(due_at) FROM fragment WHERE campaign_id = c.id))
        FROM campaign c JOIN client k ON k.id = c.client_id
        UNION ALL
        SELECT 'finished', c.id, k.name, c.name, c.date, c.finished_at, json_object(
                   'sent', (SELECT count(*) FROM delivery WHERE campaign_id = c.id AND state = 'sent'),
                   'failed', (SELECT count(*) FROM delivery WHERE campaign_id = c.id AND state = 'failed'),
                   'state', c.state)
        FROM campaign c JOIN client k ON k.id = c.client_id WHERE c.finished_at IS NOT NULL
        UNION ALL
        SELECT 'published', p.id, k.name, c.name, c.date, p.published_at, p.rows
        FROM publication p JOIN campaign c ON c.id = p.campaign_id JOIN client k ON k.id = c.client_id
        WHERE p.published_at IS NOT NULL
    ) AS news WHERE client = ?1 AND at >= ?2
        AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.kind = news.kind AND n.about = news.about)
    ORDER BY at"""


class NoticeStore:
    """The notices of every client, in one state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def pending(self, client: str, since: datetime) -> list[Notice]:
        """What *client* was not told yet and happened after *since*, oldest first."""
        return list(self._drawn(client, since))

    def _drawn(self, client: str, since: datetime) -> Iterator[Notice]:
        for kind, about, owner, name, date, at, text in self._db.rows(_PENDING, (client, to_ms(since))):
            facts: Any = json.loads(text)
            yield Notice(NoticeKind(kind), about, owner, TripletKey(name, date), from_ms(at), facts)

    def record_sent(self, notice: Notice, now: datetime) -> None:
        """Note that the relay has taken *notice*."""
        with self._db.transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO notice VALUES (?, ?, ?)", (notice.kind.value, notice.about, to_ms(now))
            )
