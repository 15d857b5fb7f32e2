"""The triplets and lists of one client that were refused, and what its server shows of that."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import to_ms
from mpftp.domain.endpoint import RemoteFile
from mpftp.domain.file_names import TripletKey

UNREAD_SIZE = -1
"""Bytes of a file that was refused unread: what it holds may well be good."""


@dataclass(frozen=True, slots=True)
class NewRefusal:
    """A triplet, or a suppression file, that is not taken, with the findings as the state keeps them."""

    key: TripletKey
    digest: str
    findings: list[dict[str, Any]]
    files: tuple[RemoteFile, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class PendingAnswer:
    """A triplet whose fate its client's server may not show yet. *id* is of the campaign or refusal.

    *files* of a refusal *by_name* are known by name only; their sizes say nothing.
    """

    id: int
    key: TripletKey
    files: Mapping[str, int]  # name -> bytes, as taken or refused
    findings: list[dict[str, Any]]
    answered: bool = False
    is_list: bool = False

    @property
    def by_name(self) -> bool:
        """Whether it was refused unread, for its files' names or sizes."""
        return all(size == UNREAD_SIZE for size in self.files.values())


class RefusalStore:
    """One client's refusals; each change is made in *change*, a transaction."""

    def __init__(
        self, db: Database, client_id: int, change: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._db = db
        self._client_id = client_id
        self._change = change

    def was_refused(self, key: TripletKey, digest: str) -> bool:
        """Whether these very bytes were refused before."""
        query = "SELECT 1 FROM refusal WHERE client_id = ? AND name = ? AND date = ? AND digest = ?"
        return self._db.value(query, (self._client_id, key.name, key.date, digest)) is not None

    def refuse(self, refused: NewRefusal, now: datetime) -> bool:
        """Record a refusal, instead of the one that the triplet had before.

        Returns ``False`` when the same still stands (only its listing is then noted); what was corrected
        meanwhile is refused again.
        """
        files = to_compact_json({file.name: listing_of(file) for file in refused.files})
        values = (self._client_id, refused.key.name, refused.key.date, refused.digest)
        query = "SELECT 1 FROM refusal WHERE client_id = ? AND name = ? AND date = ? AND digest = ?"
        new = self._db.value(f"{query} AND mended_at IS NULL", values) is None
        with self._change():
            self._db.execute(
                "UPDATE refusal SET mended_at = ?5 WHERE client_id = ?1 AND name = ?2 AND date = ?3"
                " AND digest <> ?4 AND mended_at IS NULL AND is_list = ?6",
                (*values, to_ms(now), refused.is_list),
            )
            self._db.execute(
                "INSERT INTO refusal (client_id, name, date, digest, refused_at, findings, files, is_list)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET files = excluded.files, mended_at = NULL,"
                " answered_at = iif(mended_at IS NULL, answered_at, NULL)",
                (self._client_id, refused.key.name, refused.key.date, refused.digest, to_ms(now),
                 to_compact_json(refused.findings), files, refused.is_list),
            )  # fmt: skip
        return new

    def still_open(self) -> list[PendingAnswer]:
        """Return the refusals that were not corrected yet, answered or not."""
        query = (
            "SELECT id, name, date, files, findings, answered_at IS NOT NULL AS is_answered, is_list"
            " FROM refusal"
            " WHERE client_id = ? AND mended_at IS NULL ORDER BY id"
        )
        return [
            PendingAnswer(
                row["id"],
                TripletKey(row["name"], row["date"]),
                {file: values[0] for file, values in json.loads(row["files"]).items()},
                json.loads(row["findings"]),
                bool(row["is_answered"]),
                bool(row["is_list"]),
            )
            for row in self._db.named_rows(query, (self._client_id,))
        ]

    def was_answered(self, key: TripletKey) -> bool:
        """Whether an ERRO file was ever put on the client's server for the triplet *key*."""
        query = (
            "SELECT 1 FROM refusal WHERE client_id = ? AND name = ? AND date = ? AND answered_at IS NOT NULL"
        )
        return self._db.value(query, (self._client_id, key.name, key.date)) is not None

    def record_answered(self, refusal_id: int, now: datetime) -> None:
        """Note that the ERRO file lies on the client's server."""
        with self._change():
            self._db.execute("UPDATE refusal SET answered_at = ? WHERE id = ?", (to_ms(now), refusal_id))

    def record_corrected(self, refusal_id: int, now: datetime) -> None:
        """Note that a refused triplet is gone, and its ERRO file with it."""
        with self._change():
            self._db.execute("UPDATE refusal SET mended_at = ? WHERE id = ?", (to_ms(now), refusal_id))


def listing_of(file: RemoteFile) -> list[int | None]:
    """Return the size and the time of *file* as the state keeps them."""
    return [file.size, to_optional_ms(file.modified)]


def to_optional_ms(at: datetime | None) -> int | None:
    """Return *at* in milliseconds, ``None`` for no time."""
    return None if at is None else to_ms(at)


def to_compact_json(value: Any) -> str:
    """Return *value* as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
