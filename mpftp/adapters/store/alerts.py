"""What stands in the way of a whole command, kept so that ``status`` can tell it between two runs."""

from __future__ import annotations

from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import to_ms


class AlertStore:
    """The obstacles in one state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def raise_alert(self, place: str, text: str, now: datetime) -> None:
        """Note that *place* (``relay``) is in trouble, as *text* says; it stays since it was first seen."""
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO obstacle (place, since, seen_at, text) VALUES (?1, ?2, ?2, ?3)"
                " ON CONFLICT (place) DO UPDATE SET seen_at = excluded.seen_at, text = excluded.text",
                (place, to_ms(now), text),
            )

    def clear_alert(self, place: str) -> None:
        """Note that *place* works again; costs no writing when nothing was in its way."""
        if self._db.value("SELECT count(*) FROM obstacle WHERE place = ?", (place,)):
            with self._db.transaction():
                self._db.execute("DELETE FROM obstacle WHERE place = ?", (place,))
