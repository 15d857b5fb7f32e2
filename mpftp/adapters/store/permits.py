"""Which campaigns may send at this moment. Apart, because sending processes import it and little else."""

from __future__ import annotations

import time
from pathlib import Path

from mpftp.adapters.store.database import Database

CHECK_SECONDS = 0.01  # seconds for which an answer about a campaign holds


class StatePermits:
    """Says which campaigns may send, by what the state file says now. May be pickled.

    Of a state that was not written to since, SQLite's ``data_version`` tells that the last answers
    hold; it costs some microseconds, so it is asked every ``CHECK_SECONDS`` only. That is less than an
    order's own command takes to end after its commit, so when ``campaign pause`` returns it holds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: Database | None = None
        self._version = -1
        self._check_at = 0.0
        self._known: dict[int, bool] = {0: True}

    def __reduce__(self) -> tuple[type[StatePermits], tuple[Path]]:
        return StatePermits, (self._path,)

    def may_send(self, campaign_id: int) -> bool:
        """Whether the campaign is active. Raises ``StateError``."""
        now = time.monotonic()
        if now >= self._check_at:
            self._check_at = now + CHECK_SECONDS
            self._check()
        if campaign_id not in self._known:
            assert self._db
            state = self._db.value("SELECT state FROM campaign WHERE id = ?", (campaign_id,))
            self._known[campaign_id] = state == "active"
        return self._known[campaign_id]

    def close(self) -> None:
        """Let go of the state: the last reader would leave its log (``-wal``) behind."""
        if self._db is not None:
            self._db.close()
        self._db, self._check_at, self._version = None, 0.0, -1

    def _check(self) -> None:
        """Forget the answers when somebody wrote to the state."""
        self._db = self._db or Database(self._path, read_only=True)
        version = self._db.value("PRAGMA data_version")
        if version != self._version:
            self._version, self._known = version, {0: True}
