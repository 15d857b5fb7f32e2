"""What ``collect`` reads and writes: clients, sightings, refusals, and campaigns with their contacts."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.refusals import (
    PendingAnswer,
    RefusalStore,
    listing_of,
    to_compact_json,
    to_optional_ms,
)
from mpftp.adapters.store.situations import count_states, load_plan
from mpftp.adapters.store.suppression_files import SuppressionFileStore
from mpftp.domain.campaign import CampaignSettings, CampaignState, DeliveryState, MailContact
from mpftp.domain.clock import from_ms, from_optional_ms, to_ms
from mpftp.domain.endpoint import RemoteFile
from mpftp.domain.file_names import InputType, TripletKey, normalize_name
from mpftp.domain.results.answers import Receipt
from mpftp.domain.sending.fragments import FragmentPlan
from mpftp.domain.triplets.pickup import KnownTriplet, SeenFile

HELD_AS_RESTORED = "restored: it lay on the server when a backup was put back, and may have been sent"

DELIVERY_ID_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""From when the numbers of a fresh state's deliveries are counted on."""


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """One of the three files as it was taken: as listed, and the SHA-256 of its bytes (hexadecimal)."""

    file: RemoteFile
    sha256: str


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """All that makes a campaign but its contacts, which are staged before; *held*: why it is paused."""

    key: TripletKey
    digest: str
    settings: CampaignSettings
    html: str
    columns: tuple[str, ...]
    links: Sequence[str]
    fragments: Sequence[FragmentPlan]
    findings: list[dict[str, Any]]
    originals: Mapping[InputType, OriginalFile]
    listed_at: datetime | None = None  # when the visit saw the files, by the clock of files
    held: str = ""


def order_fairly(db: Database, names: Iterable[str]) -> list[str]:
    """Return the clients' *names* in a fair order: who waits longest first, whose server failed last."""
    query = "SELECT name, failures > 0, coalesce(visited_at, 0) FROM client"
    past = {name: (failed, visited) for name, failed, visited in db.rows(query)}
    return sorted(names, key=lambda name: past.get(name, (0, 0)))


def first_delivery_id(now: datetime) -> int:
    """A number that no delivery of an earlier state has come to: a hundred for each second since 2026."""
    return max(0, to_ms(now) - to_ms(DELIVERY_ID_EPOCH)) // 10


class Intake:
    """What the state file knows of one client's triplets. Each change is a transaction of its own.

    The client called *client* is known to the state from then on. Threads that share *turns* make
    their changes in turn, however long one takes; SQLite alone would let them give up after a while.
    """

    def __init__(self, db: Database, client: str, turns: AbstractContextManager[Any] | None = None) -> None:
        self._db = db
        self._turns = turns or nullcontext()
        self._client_id = self._find_or_add(client)
        self.refusals = RefusalStore(db, self._client_id, self._change)
        self.lists = SuppressionFileStore(db, self._client_id, self._change)

    @contextmanager
    def _change(self, *, counted: bool = True) -> Iterator[None]:
        with self._turns, self._db.transaction(counted=counted):
            yield

    def _find_or_add(self, name: str) -> int:
        query = "SELECT id FROM client WHERE name = ?"
        client_id = self._db.value(query, (name,))
        if client_id is None:
            with self._change(counted=False):
                self._db.execute("INSERT INTO client (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
            client_id = self._db.value(query, (name,))
        return int(client_id)

    def record_visit(self, now: datetime, trouble: str = "") -> int:
        """Record a visit and its *trouble*, if any; return how many visits in a row have failed."""
        with self._change(counted=False):
            self._db.execute(
                "UPDATE client SET visited_at = ?1, trouble = ?2,"
                " failures = iif(?2 = '', 0, failures + 1), succeeded_at = iif(?2 = '', ?1, succeeded_at)"
                " WHERE id = ?3",
                (to_ms(now), trouble, self._client_id),
            )
        return int(self._db.value("SELECT failures FROM client WHERE id = ?", (self._client_id,)))

    def load_seen_files(self) -> dict[str, SeenFile]:
        """The files that earlier visits saw."""
        query = (
            "SELECT file, size, modified_at, first_seen, changed_at, reported_at FROM sighting"
            " WHERE client_id = ?"
        )
        return {
            row["file"]: SeenFile(
                _file(row["file"], row["size"], row["modified_at"]),
                from_ms(row["first_seen"]),
                from_ms(row["changed_at"]),
                row["reported_at"] is not None,
            )
            for row in self._db.named_rows(query, (self._client_id,))
        }

    def save_seen_files(self, seen: Mapping[str, SeenFile], now: datetime) -> None:
        """Remember exactly *seen*, as of *now*."""
        rows = [
            (self._client_id, name, s.file.size, to_optional_ms(s.file.modified), to_ms(s.first_seen),
             to_ms(s.changed_at), to_ms(now) if s.unrelated else None)
            for name, s in seen.items()
        ]  # fmt: skip
        with self._change(counted=False):
            self._db.execute("DELETE FROM sighting WHERE client_id = ?", (self._client_id,))
            self._db.execute_many("INSERT INTO sighting VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            self._db.execute(
                "UPDATE client SET seen_since = ?2 WHERE id = ?1 AND seen_since IS NULL"
                " AND (SELECT restored_at FROM memory) IS NOT NULL",
                (self._client_id, to_ms(now)),
            )

    def find_known_triplet(self, key: TripletKey) -> KnownTriplet | None:
        """What became of the triplet *key* before: accepted once and for all, or refused last.

        States of earlier versions may hold a name as a Mac spells it, too (NFD).
        """
        spellings = (self._client_id, key.name, unicodedata.normalize("NFD", key.name), key.date)
        row = self._db.row(
            "SELECT files, accepted_at FROM campaign WHERE client_id = ? AND name IN (?, ?) AND date = ?",
            spellings,
        )
        if row:
            originals = json.loads(row[0])
            listed = [values[3] for values in originals.values() if len(values) > 3]
            return KnownTriplet(
                True,
                {key.file(InputType(kind)): _seen(values) for kind, values in originals.items()},
                from_ms(row[1]),
                from_optional_ms(min(listed, default=None)),
            )
        row = self._db.row(
            "SELECT files FROM refusal WHERE client_id = ? AND name IN (?, ?) AND date = ? AND NOT is_list"
            " ORDER BY mended_at IS NULL DESC, id DESC",
            spellings,
        )
        if row is None:
            return self._find_processed(spellings)
        listed = json.loads(row[0])
        return KnownTriplet(False, {normalize_name(name): _seen(values) for name, values in listed.items()})

    def record_same_files(self, key: TripletKey, files: Mapping[InputType, OriginalFile]) -> bool:
        """Note how *files* of the accepted triplet *key* are listed now; ``False`` if their bytes differ."""
        columns = "client_id = ? AND name = ? AND date = ?"
        values = (self._client_id, key.name, key.date)
        originals = json.loads(self._db.value(f"SELECT files FROM campaign WHERE {columns}", values))  # noqa: S608
        if any(originals[kind.value][2] != one.sha256 for kind, one in files.items()):
            return False
        for kind, one in files.items():
            originals[kind.value][:2] = listing_of(one.file)
        with self._change():
            query = f"UPDATE campaign SET files = ? WHERE {columns}"  # noqa: S608
            self._db.execute(query, (to_compact_json(originals), *values))
        return True

    def forget_seen_files(self, names: Iterable[str]) -> None:
        """Note that *names* left the client's directory, by our hand."""
        with self._change():
            self._db.execute_many(
                "DELETE FROM sighting WHERE client_id = ? AND file = ?",
                [(self._client_id, name) for name in names],
            )

    def _find_processed(self, spellings: Sequence[Any]) -> KnownTriplet | None:
        """A triplet that a state knew which was lost: nothing tells whether its files changed since."""
        query = "SELECT 1 FROM processed WHERE client_id = ? AND name IN (?, ?) AND date = ?"
        return KnownTriplet(True, None) if self._db.row(query, spellings) else None

    def held_as_restored(self, files: Iterable[str]) -> str:
        """Why a triplet of *files* waits for a word: it lay there when a backup had been put back.

        Empty when none was, or when the files came later.
        """
        restored_at, seen_since = self._db.row(
            "SELECT (SELECT restored_at FROM memory), seen_since FROM client WHERE id = ?",
            (self._client_id,),
        ) or (None, None)
        if restored_at is None:
            return ""
        query = (
            "SELECT 1 FROM sighting WHERE client_id = ? AND first_seen <= ?"
            " AND file IN (SELECT value FROM json_each(?))"
        )
        lay_there = self._db.row(query, (self._client_id, seen_since, to_compact_json(list(files))))
        return HELD_AS_RESTORED if seen_since is None or lay_there else ""

    def stage_contacts(self, contacts: Iterable[MailContact]) -> int:
        """Draw *contacts* into a table of this connection alone; return how many can be sent.

        The state is not locked meanwhile, and nothing is in it until ``accept``.
        """
        self._db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS incoming"
            " (line INTEGER, email TEXT, fields TEXT, state TEXT, place INTEGER)"
        )
        self._db.execute("DELETE FROM temp.incoming")
        self._db.execute("BEGIN")
        sendable = 0

        def rows() -> Iterator[tuple[Any, ...]]:
            nonlocal sendable
            for contact in contacts:
                index = None
                if contact.state is DeliveryState.PENDING:
                    index, sendable = sendable, sendable + 1
                yield contact.line, contact.email, to_compact_json(contact.values), contact.state.value, index

        try:
            self._db.execute_many("INSERT INTO incoming VALUES (?, ?, ?, ?, ?)", rows())
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return sendable

    def accept(self, accepted: NewCampaign, now: datetime) -> int:
        """Make the campaign of *accepted* and the staged contacts, all at once; return its id."""
        key = accepted.key
        with self._change():
            campaign = self._db.insert(
                "INSERT INTO campaign (client_id, name, date, digest, settings, columns, html, findings,"
                " files, accepted_at, state, state_reason, stopped_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._client_id, key.name, key.date, accepted.digest, accepted.settings.to_json(),
                 to_compact_json(accepted.columns), accepted.html, to_compact_json(accepted.findings),
                 to_compact_json(_originals_as_kept(accepted)),
                 to_ms(now), "paused" if accepted.held else "active", accepted.held,
                 to_ms(now) if accepted.held else None),
            )  # fmt: skip
            self._db.execute_many(
                "INSERT INTO link VALUES (?, ?, ?)",
                [(campaign, number, url) for number, url in enumerate(accepted.links, 1)],
            )
            self._db.execute_many(
                "INSERT INTO fragment (campaign_id, number, due_at, contacts) VALUES (?, ?, ?, ?)",
                [(campaign, part.number, to_ms(part.due_at), part.size) for part in accepted.fragments],
            )
            self._reserve_delivery_ids(now)
            self._db.execute(
                "INSERT INTO delivery (campaign_id, fragment_id, line, email, fields, state)"
                " SELECT ?1, f.id, i.line, i.email, i.fields, i.state FROM incoming i"
                " LEFT JOIN fragment f ON f.campaign_id = ?1 AND f.number = i.place / ?2 + 1"
                " ORDER BY i.rowid",
                (campaign, accepted.fragments[0].size),
            )
            self._db.execute(
                "UPDATE refusal SET mended_at = ? WHERE client_id = ? AND name = ? AND date = ?"
                " AND mended_at IS NULL AND NOT is_list",
                (to_ms(now), self._client_id, key.name, key.date),
            )
        self._db.execute("DELETE FROM temp.incoming")
        return campaign

    def _reserve_delivery_ids(self, now: datetime) -> None:
        """Number the deliveries of a fresh state from a place that no earlier state has come to.

        Links that were signed before a state was lost name its deliveries: they must never opt out,
        or count for, somebody else. A hundred numbers a second leave room for eight million a day.
        """
        self._db.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'delivery', ?"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'delivery')",
            (first_delivery_id(now),),
        )

    def campaigns_without_answer(self) -> list[PendingAnswer]:
        """Return the accepted triplets whose answer files and originals are still to be dealt with."""
        query = (
            "SELECT id, name, date, files, findings FROM campaign WHERE client_id = ? AND answered_at IS NULL"
        )
        return [
            PendingAnswer(
                row["id"],
                key := TripletKey(row["name"], row["date"]),
                {key.file(InputType(kind)): values[0] for kind, values in json.loads(row["files"]).items()},
                json.loads(row["findings"]),
            )
            for row in self._db.named_rows(query, (self._client_id,))
        ]

    def load_receipt(self, campaign_id: int) -> Receipt:
        """What the client may know of its accepted triplet."""
        row = self._db.row("SELECT files, accepted_at, state FROM campaign WHERE id = ?", (campaign_id,))
        if row is None:
            raise LookupError(f"no campaign {campaign_id}")
        states = count_states(self._db, campaign_id)
        plan = load_plan(self._db, campaign_id)
        return Receipt(
            accepted_at=from_ms(row[1]),
            sha256={InputType(kind): values[2] for kind, values in json.loads(row[0]).items()},
            lines=states.total(),
            invalid=states[DeliveryState.INVALID],
            repeated=states[DeliveryState.REPEATED],
            suppressed=plan.suppressed,
            fragments=plan.fragments,
            is_stopped=row[2] == CampaignState.PAUSED,
        )

    def record_campaign_answered(self, campaign_id: int, now: datetime) -> None:
        """Record that the campaign's answer file was written and its originals were moved or deleted."""
        with self._change(counted=False):
            self._db.execute("UPDATE campaign SET answered_at = ? WHERE id = ?", (to_ms(now), campaign_id))


def _originals_as_kept(accepted: NewCampaign) -> dict[str, list[Any]]:
    listed_at = to_optional_ms(accepted.listed_at)
    return {k.value: [*listing_of(o.file), o.sha256, listed_at] for k, o in accepted.originals.items()}


def _file(name: str, size: int, modified: int | None) -> RemoteFile:
    return RemoteFile(name, size, from_optional_ms(modified))


def _seen(values: Sequence[Any]) -> tuple[int, datetime | None]:
    return values[0], from_optional_ms(values[1])
