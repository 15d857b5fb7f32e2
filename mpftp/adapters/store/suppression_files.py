"""The suppression files of one client: which were read, what came of each, and what is still to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.refusals import listing_of
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.clock import from_ms, from_optional_ms, to_ms
from mpftp.domain.endpoint import RemoteFile
from mpftp.domain.file_names import ListType, TripletKey, normalize_name
from mpftp.domain.results.answers import SuppressionReceipt
from mpftp.domain.triplets.pickup import KnownTriplet

if TYPE_CHECKING:
    from mpftp.domain.triplets.repeats import MailCounts


@dataclass(frozen=True, slots=True)
class UnansweredList:
    """A suppression file that was read and still has no answer on the client's server.

    *files* maps its name on the server to its bytes.
    """

    id: int
    key: TripletKey
    files: dict[str, int]
    receipt: SuppressionReceipt


class SuppressionFileStore:
    """One client's suppression files; each change is made in *change*, a transaction."""

    def __init__(
        self, db: Database, client_id: int, change: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._db = db
        self._client_id = client_id
        self._change = change
        self._list = SuppressionList(db)

    def find_known(self, key: TripletKey) -> KnownTriplet | None:
        """How the file *key* was listed when it was refused, or else read, last."""
        values = (self._client_id, key.name, key.date)
        query = (
            "SELECT f.key, f.value ->> 0, f.value ->> 1 FROM refusal r, json_each(r.files) f"
            " WHERE r.client_id = ? AND r.name = ? AND r.date = ? AND r.is_list AND r.mended_at IS NULL"
        )
        row = self._db.row(query, values)
        refused = row is not None
        if row is None:
            query = "SELECT file, size, modified_at FROM suppression_file"
            row = self._db.row(f"{query} WHERE client_id = ? AND name = ? AND date = ?", values)
        if row is None:
            return None
        name, size, modified = row
        return KnownTriplet(not refused, {normalize_name(name): (size, from_optional_ms(modified))})

    def record_same(
        self, key: TripletKey, sha256: str, file: RemoteFile, now: datetime, *, answer: bool
    ) -> bool:
        """Note how the file *key* is listed now; ``False`` if other bytes than these were read last.

        It is answered again if *answer* says so, or a refusal of it stood since.
        """
        values = (self._client_id, key.name, key.date)
        query = "SELECT 1 FROM suppression_file WHERE client_id = ? AND name = ? AND date = ? AND digest = ?"
        if self._db.row(query, (*values, sha256)) is None:
            return False
        with self._change():
            stood = self._record_fixed(key, now)
            self._db.execute(
                "UPDATE suppression_file SET file = ?, size = ?, modified_at = ?,"
                " answered_at = iif(?, NULL, answered_at) WHERE client_id = ? AND name = ? AND date = ?",
                (file.name, *listing_of(file), answer or stood, *values),
            )
        return True

    def _record_fixed(self, key: TripletKey, now: datetime) -> bool:
        """Record that the refused file *key* is corrected; return ``False`` if it was not refused."""
        query = (
            "UPDATE refusal SET mended_at = ? WHERE client_id = ? AND name = ? AND date = ? AND is_list"
            " AND mended_at IS NULL"
        )
        return self._db.execute(query, (to_ms(now), self._client_id, key.name, key.date)) > 0

    def stage(self, addresses: Iterable[str]) -> None:
        """Write *addresses* into a table of this connection only; the state is not locked meanwhile."""
        self._list.stage(addresses)

    def take(
        self, key: TripletKey, sha256: str, file: RemoteFile, counts: MailCounts, now: datetime
    ) -> SuppressionReceipt:
        """Put the staged addresses on the client's list, and note the file with its *counts*, all at once."""
        with self._change():
            self._record_fixed(key, now)
            source = key.file(ListType.SUPRESSAO)
            added = self._list.add_staged(self._client_id, now, source)
            known = counts.valid + counts.repeated - added
            self._db.execute(
                "INSERT INTO suppression_file (client_id, name, date, digest, file, size, modified_at,"
                " taken_at, lines, added, known, invalid) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (client_id, name, date) DO UPDATE SET digest = excluded.digest,"
                " file = excluded.file, size = excluded.size, modified_at = excluded.modified_at,"
                " taken_at = excluded.taken_at, lines = excluded.lines, added = excluded.added,"
                " known = excluded.known, invalid = excluded.invalid, answered_at = NULL",
                (self._client_id, key.name, key.date, sha256, file.name, *listing_of(file), to_ms(now),
                 counts.lines, added, known, counts.invalid),
            )  # fmt: skip
        return SuppressionReceipt(now, sha256, counts.lines, added, known, counts.invalid)

    def without_answer(self) -> list[UnansweredList]:
        """Return the files that were read, whose answer files and originals are still to be dealt with."""
        query = (
            "SELECT id, name, date, file, size, taken_at, digest, lines, added, known, invalid"
            " FROM suppression_file WHERE client_id = ? AND answered_at IS NULL ORDER BY id"
        )
        return [
            UnansweredList(
                row["id"],
                TripletKey(row["name"], row["date"]),
                {row["file"]: row["size"]},
                SuppressionReceipt(
                    from_ms(row["taken_at"]),
                    row["digest"],
                    row["lines"],
                    row["added"],
                    row["known"],
                    row["invalid"],
                ),
            )
            for row in self._db.named_rows(query, (self._client_id,))
        ]

    def record_answered(self, file_id: int, now: datetime) -> None:
        """Record that the answer file was written and the file itself was moved or deleted."""
        with self._change():
            self._db.execute(
                "UPDATE suppression_file SET answered_at = ? WHERE id = ?", (to_ms(now), file_id)
            )
