"""Who must not be mailed: by one client, or by none; as the operator lists and changes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import from_ms, to_ms

ALL_CLIENTS_ID = 0  # the client_id of a row that bars an address for every client


@dataclass(frozen=True, slots=True)
class SuppressedAddress:
    """One suppressed address (lower case); *client* is empty when it is barred for every client."""

    client: str
    email: str
    reason: str
    at: datetime
    source: str


class SuppressionList:
    """The list of suppressed addresses. Every change is one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, client: str | None, rows: Iterable[tuple[str, str, str]], at: datetime) -> int:
        """Suppress addresses, given as (address, reason, source); *client* ``None``: for every client.

        An address that is on the list stays as it is. Returns how many are new.
        """
        with self._db.transaction():
            owner = self._owner(client)
            before = self._count(owner)
            self._db.execute_many(
                "INSERT OR IGNORE INTO suppression (client_id, email, reason, at, source)"
                " VALUES (?, ?, ?, ?, ?)",
                ((owner, email.lower(), reason, to_ms(at), source) for email, reason, source in rows),
            )
            return self._count(owner) - before

    def remove(self, client: str | None, emails: Iterable[str]) -> list[str]:
        """Take addresses off one list; returns those that were on it."""
        with self._db.transaction():
            owner = self._owner(client)
            return [
                email
                for email in emails
                if self._db.execute(
                    "DELETE FROM suppression WHERE client_id = ? AND email = ?", (owner, email.lower())
                )
            ]

    def rows(self, client: str | None = None, reason: str | None = None) -> Iterator[SuppressedAddress]:
        """Who is barred, by client and address; of *client*, only its own list and everybody's."""
        found = self._db.rows(
            "SELECT coalesce(k.name, ''), s.email, s.reason, s.at, s.source FROM suppression s"
            " LEFT JOIN client k ON k.id = s.client_id"
            " WHERE (?1 IS NULL OR k.name = ?1 OR s.client_id = 0) AND (?2 IS NULL OR s.reason = ?2)"
            " ORDER BY 1, 2",
            (client, reason),
        )
        for owner, email, why, at, source in found:
            yield SuppressedAddress(owner, email, why, from_ms(at), source)

    def _owner(self, client: str | None) -> int:
        """The client's id; one that the state does not know yet is noted."""
        if client is None:
            return ALL_CLIENTS_ID
        self._db.execute("INSERT OR IGNORE INTO client (name) VALUES (?)", (client,))
        return int(self._db.value("SELECT id FROM client WHERE name = ?", (client,)))

    def _count(self, owner: int) -> int:
        return int(self._db.value("SELECT count(*) FROM suppression WHERE client_id = ?", (owner,)))
