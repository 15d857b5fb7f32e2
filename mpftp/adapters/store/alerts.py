"""Alerts in one state file. Apart from the overview that shows them: ``send`` needs nothing else of it."""

from __future__ import annotations

from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import to_ms


class AlertStore:
    """Alerts that block a whole command, stored for ``status``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def raise_alert(self, place: str, text: str, now: datetime) -> None:
        """Record the alert *text* about *place* (``relay``); it keeps the time when it was first seen."""
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
