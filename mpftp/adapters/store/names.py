"""The names of campaigns, for a shell that completes words: read without waiting, and without the rest."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

MAX_NAMES = 200
COMPLETION_BUSY_SECONDS = 0.1  # for which somebody who pressed a key waits


def find_campaign_names(state: Path, begin: str) -> list[tuple[str, str]]:
    """The newest campaigns as (client, NAME_DATE) of which either, or CLIENT/NAME_DATE, begins so.

    Raises ``sqlite3.Error``.
    """
    query = """
        SELECT k.name, c.name || '_' || c.date FROM campaign c JOIN client k ON k.id = c.client_id
        WHERE substr(c.name || '_' || c.date, 1, ?2) = ?1
           OR substr(k.name || '/' || c.name || '_' || c.date, 1, ?2) = ?1
        ORDER BY c.id DESC LIMIT ?3"""
    address = f"{state.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=COMPLETION_BUSY_SECONDS)) as connection:
        return list(connection.execute(query, (begin, len(begin), MAX_NAMES)))
