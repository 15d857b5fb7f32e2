"""A state that is put back from a backup: what it cannot be sure of is held, and it is known anew."""

from __future__ import annotations

from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.intake import first_delivery_id
from mpftp.domain.clock import to_ms
from mpftp.domain.file_names import normalize_name

UNSURE_REASON = "restored: the backup does not know whether more of it was sent"
"""Why a campaign is held that was not over when the backup was made."""


class RestoredState:
    """One state file that no command uses yet. Every change belongs in the caller's transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def claimed_ids(self) -> set[int]:
        """The deliveries that a run was handing over when the backup was made."""
        return {row[0] for row in self._db.rows("SELECT id FROM delivery WHERE state = 'claimed'")}

    def leave_in_doubt(self) -> int:
        """Put deliveries in flight in doubt, so that they are not sent again; return how many."""
        return self._db.execute(
            "UPDATE delivery SET state = 'doubt', doubts = doubts + 1, next_at = NULL WHERE state = 'claimed'"
        )

    def hold(self, now: datetime) -> int:
        """Hold every campaign that was not over; return how many they are."""
        return self._db.execute(
            "UPDATE campaign SET state = 'paused', state_reason = ?, stopped_at = coalesce(stopped_at, ?)"
            " WHERE state IN ('active', 'paused')",
            (UNSURE_REASON, to_ms(now)),
        )

    def register_processed(self, client: str, name: str, date: str) -> bool:
        """Note that a triplet was processed; ``False`` when the state knew it."""
        self._db.execute("INSERT OR IGNORE INTO client (name) VALUES (?)", (client,))
        return bool(
            self._db.execute(
                "INSERT OR IGNORE INTO processed (client_id, name, date) SELECT k.id, ?2, ?3 FROM client k"
                " WHERE k.name = ?1 AND NOT EXISTS (SELECT 1 FROM campaign c"
                "  WHERE c.client_id = k.id AND c.name = ?2 AND c.date = ?3)",
                (client, name, date),
            )
        )

    def begin_anew(self, now: datetime) -> None:
        """Give the state a new id, and deliveries numbers that no link in the world names yet.

        What lies on a server at the next visit to it may have been sent before: the visit will hold it.
        The files of the state's own campaigns stay known as seen: they did not come back.
        """
        self._db.execute(
            "UPDATE memory SET state_id = lower(hex(randomblob(16))), is_marked = 0, restored_at = ?",
            (to_ms(now),),
        )
        self._forget_strangers()
        self._db.execute("UPDATE client SET seen_since = NULL")
        self._db.execute(
            "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'delivery'", (first_delivery_id(now),)
        )

    def _forget_strangers(self) -> None:
        """Forget the remote files that belong to no campaign; a server may spell a name in NFD."""
        own = set(
            self._db.rows(
                "SELECT c.client_id, c.name || '_' || f.key || '_' || c.date"
                " FROM campaign c, json_each(c.files) f"
            )
        )
        seen = list(self._db.rows("SELECT client_id, file FROM sighting"))
        strangers = [one for one in seen if (one[0], normalize_name(one[1])) not in own]
        self._db.execute_many("DELETE FROM sighting WHERE client_id = ? AND file = ?", strangers)
