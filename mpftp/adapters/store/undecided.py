"""Messages of the bounce mailbox that were not recognized, and what people decide on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import from_ms

ID_LENGTH = 12
"""Characters of a message's digest by which people name it."""


@dataclass(frozen=True, slots=True)
class ApartMessage:
    """A message that was kept apart and waits for a decision; *id* names it, *contact* is its recipient.

    *contact* and *client* are empty when no signed token names a delivery.
    """

    id: str
    at: datetime
    report_class: str
    place: str
    text: str
    client: str
    contact: str


class UndecidedMessages:
    """Messages kept apart in one state file. Changes belong in the caller's transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def apart(self) -> list[ApartMessage]:
        """The messages kept apart or set aside that wait for a decision, the oldest first."""
        query = """
            SELECT substr(r.digest, 1, ?) AS id, r.at, r.class AS report_class, r.place, r.text,
                   coalesce(k.name, '') AS client, coalesce(d.email, '') AS contact
            FROM report r LEFT JOIN delivery d ON d.id = r.delivery_id
            LEFT JOIN campaign c ON c.id = d.campaign_id LEFT JOIN client k ON k.id = c.client_id
            WHERE r.place <> 'Taken' AND r.decided = '' ORDER BY r.at, r.digest"""
        rows = self._db.named_rows(query, (ID_LENGTH,))
        return [ApartMessage(**row | {"at": from_ms(row["at"])}) for row in rows]

    def delivery_of(self, message_id: str) -> tuple[str, int | None]:
        """The whole digest and the delivery of a message that waits for a decision, by its beginning.

        Raises ``LookupError`` for one that does not wait, or for the beginning of several.
        """
        rows = list(
            self._db.rows(
                "SELECT digest, delivery_id FROM report WHERE substr(digest, 1, length(?1)) = ?1"
                " AND place <> 'Taken' AND decided = '' LIMIT 2",
                (message_id,),
            )
        )
        if len(rows) != 1 or not message_id:
            raise LookupError(message_id)
        return rows[0][0], rows[0][1]

    def decide(self, digest: str, decision: str) -> None:
        """Note what was decided on a message."""
        self._db.execute("UPDATE report SET decided = ? WHERE digest = ?", (decision, digest))
