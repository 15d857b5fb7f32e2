"""The state's part for delivery reports: which messages were read already, and what they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.campaign import BounceClass
from mpftp.domain.clock import from_ms, to_ms

ID_LENGTH = 12
"""Characters of a message's digest by which people name it."""


@dataclass(frozen=True, slots=True)
class ApartMessage:
    """A message that was kept apart and that nobody decided on: *id* names it, *contact* is whose it is.

    *contact* and *client* are empty when no signed token names a delivery.
    """

    id: str
    at: datetime
    report_class: str
    place: str
    text: str
    client: str
    contact: str


class BounceLog:
    """Messages of the bounce mailbox in one state file. Changes belong in the caller's transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def record_message(
        self,
        digest: str,
        at: datetime,
        report_class: str,
        place: str,
        delivery_id: int | None,
        text: str = "",
    ) -> bool:
        """Note that a message was read; ``False`` when it had been read before and was believed then.

        One that was kept apart or set aside is news again: somebody put it back into the inbox. *text* is
        what it says, for whoever decides on it.
        """
        changed = self._db.execute(
            "INSERT INTO report (digest, at, class, place, delivery_id, text) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET at = excluded.at, class = excluded.class, place = excluded.place,"
            " delivery_id = excluded.delivery_id, text = excluded.text, decided = ''"
            " WHERE report.place <> 'Taken'",
            (digest, to_ms(at), report_class, place, delivery_id, text),
        )
        return changed == 1

    def apart(self) -> list[ApartMessage]:
        """The messages kept apart or set aside that wait for a decision, the oldest first."""
        found = self._db.rows(
            "SELECT substr(r.digest, 1, ?), r.at, r.class, r.place, r.text, coalesce(k.name, ''),"
            " coalesce(d.email, '') FROM report r LEFT JOIN delivery d ON d.id = r.delivery_id"
            " LEFT JOIN campaign c ON c.id = d.campaign_id LEFT JOIN client k ON k.id = c.client_id"
            " WHERE r.place <> 'Taken' AND r.decided = '' ORDER BY r.at, r.digest",
            (ID_LENGTH,),
        )
        return [ApartMessage(row[0], from_ms(row[1]), *row[2:]) for row in found]

    def delivery_of(self, message_id: str) -> tuple[str, int | None]:
        """The whole digest and the delivery of a message that waits for a decision, by its beginning.

        Raises ``LookupError`` for one that does not wait, or for the beginning of several.
        """
        found = list(
            self._db.rows(
                "SELECT digest, delivery_id FROM report WHERE substr(digest, 1, length(?1)) = ?1"
                " AND place <> 'Taken' AND decided = '' LIMIT 2",
                (message_id,),
            )
        )
        if len(found) != 1 or not message_id:
            raise LookupError(message_id)
        return found[0][0], found[0][1]

    def decide(self, digest: str, decision: str) -> None:
        """Note what was decided on a message."""
        self._db.execute("UPDATE report SET decided = ? WHERE digest = ?", (decision, digest))

    def sync_to_disk(self) -> None:
        """Bring what was committed to the disk: with WAL, a commit alone may not outlive a power cut."""
        self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def has_bounced(self, delivery_id: int, bounce_class: BounceClass) -> bool:
        """Whether a bounce of this class, or a permanent one, is known of this delivery."""
        query = "SELECT 1 FROM event WHERE delivery_id = ? AND kind = 'bounce' AND class IN (?, 'permanent')"
        return self._db.value(query, (delivery_id, bounce_class.value)) is not None

    def has_complained(self, delivery_id: int) -> bool:
        """Whether a complaint of this delivery's reader is known."""
        query = "SELECT 1 FROM event WHERE delivery_id = ? AND kind = 'complaint'"
        return self._db.value(query, (delivery_id,)) is not None
