"""The clients that the state knows: their places, and how one changes its name or gives it up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.clients import KnownClient
from mpftp.domain.clock import to_ms
from mpftp.errors import UsageError

_HAS_MEMORY = (
    "EXISTS (SELECT 1 FROM campaign c WHERE c.client_id = k.id)"
    " OR EXISTS (SELECT 1 FROM processed p WHERE p.client_id = k.id)"
)
_HAS_SUPPRESSIONS = "EXISTS (SELECT 1 FROM suppression s WHERE s.client_id = k.id)"


class ClientStore:
    """The names of clients in the state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def known_clients(self) -> list[KnownClient]:
        """Every client that the state knows, by name."""
        query = f"""
            SELECT k.name, k.place, k.removed_at IS NOT NULL AS is_removed,
                   {_HAS_MEMORY} OR {_HAS_SUPPRESSIONS} AS has_memory
            FROM client k ORDER BY k.name"""  # noqa: S608
        return [
            KnownClient(row["name"], row["place"], bool(row["is_removed"]), bool(row["has_memory"]))
            for row in self._db.named_rows(query)
        ]

    def record_places(self, places: Mapping[str, str]) -> None:
        """Note where the files of the clients lie that are to be visited; writes only what is new."""
        known = {client.name: client for client in self.known_clients()}
        changed = [
            (name, place)
            for name, place in places.items()
            if name not in known or known[name].place != place or known[name].is_removed
        ]
        if changed:
            with self._db.transaction():
                self._db.execute_many(
                    "INSERT INTO client (name, place) VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
                    " SET place = excluded.place, removed_at = NULL",
                    changed,
                )

    def plan_rename(self, old: str, new: str) -> None:
        """Note that *old* is to be called *new* as soon as the configuration says so."""
        with self._db.transaction():
            self._db.execute("UPDATE memory SET rename_from = ?, rename_to = ?", (old, new))

    def planned_rename(self) -> tuple[str, str] | None:
        """The old and the new name of a renaming that was begun and not ended."""
        old, new = self._db.row("SELECT rename_from, rename_to FROM memory") or (None, None)
        return (old, new) if old and new else None

    def drop_rename(self) -> None:
        """Forget the renaming that was begun; the names stay."""
        with self._db.transaction():
            self._forget_plan()

    def _forget_plan(self) -> None:
        self._db.execute("UPDATE memory SET rename_from = NULL, rename_to = NULL")

    def refuse_rename(self, old: str, new: str) -> None:
        """Raise ``UsageError`` when *new* has a memory of its own, which no other client can take over."""
        if self._id(old) is not None and self._has_memory(new):
            raise UsageError(
                f"{new} has campaigns of its own, and cannot be what {old} was",
                hint="choose another name",
            )

    def rename(self, old: str, new: str) -> None:
        """Call the client *old* *new*, with all that is known of it; harmless when it was done before.

        What is known of *new* beside, suppressed addresses say, becomes the renamed client's.
        """
        with self._db.transaction():
            owner, other = self._id(old), self._id(new)
            if owner is not None:
                if other is not None:
                    self._merge(owner, other)
                self._db.execute("UPDATE client SET name = ?, removed_at = NULL WHERE id = ?", (new, owner))
            self._forget_plan()

    def _merge(self, owner: int, other: int) -> None:
        """Give to *owner* what is known of *other*, which never had a campaign, and remove that."""
        for table in ("suppression", "bounce_judgement", "refusal"):
            self._db.execute(
                f"UPDATE OR IGNORE {table} SET client_id = ? WHERE client_id = ?",  # noqa: S608
                (owner, other),
            )
        for table in ("suppression", "bounce_judgement", "refusal", "sighting"):
            self._db.execute(f"DELETE FROM {table} WHERE client_id = ?", (other,))  # noqa: S608
        self._db.execute("DELETE FROM client WHERE id = ?", (other,))

    def remove(self, name: str, now: datetime) -> None:
        """Give the name up: whoever is configured where its files lay is a client of its own."""
        with self._db.transaction():
            self._db.execute("UPDATE client SET removed_at = ? WHERE name = ?", (to_ms(now), name))

    def count_unfinished(self, name: str) -> tuple[int, int]:
        """How many campaigns of *name* still send or are paused, and how many others wait for results."""
        query = """
            SELECT count(*) FILTER (WHERE c.state IN ('active', 'paused')),
                   count(*) FILTER (WHERE c.state NOT IN ('active', 'paused') AND EXISTS
                       (SELECT 1 FROM publication p WHERE p.campaign_id = c.id AND p.published_at IS NULL))
            FROM campaign c JOIN client k ON k.id = c.client_id WHERE k.name = ?"""
        sending, waiting = self._db.row(query, (name,)) or (0, 0)
        return sending, waiting

    def _id(self, name: str) -> int | None:
        client_id: int | None = self._db.value("SELECT id FROM client WHERE name = ?", (name,))
        return client_id

    def _has_memory(self, name: str) -> bool:
        query = f"SELECT {_HAS_MEMORY} FROM client k WHERE k.name = ?"  # noqa: S608
        return bool(self._db.value(query, (name,)))
