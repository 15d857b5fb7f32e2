"""The state's part for delivery reports: which messages were read already, and what they were."""

from __future__ import annotations

from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.campaign import BounceClass
from mpftp.domain.clock import to_ms


class BounceLog:
    """Messages of the bounce mailbox in one state file. Changes belong in the caller's transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def record_message(
        self, digest: str, at: datetime, report_class: str, place: str, delivery_id: int | None
    ) -> bool:
        """Note that a message was read; ``False`` when it had been read before and was believed then.

        One that was kept apart or set aside is news again: somebody put it back into the inbox.
        """
        changed = self._db.execute(
            "INSERT INTO report (digest, at, class, place, delivery_id) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET at = excluded.at, class = excluded.class, place = excluded.place,"
            " delivery_id = excluded.delivery_id WHERE report.place <> 'Taken'",
            (digest, to_ms(at), report_class, place, delivery_id),
        )
        return changed == 1

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
