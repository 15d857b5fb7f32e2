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
from mpftp.adapters.store.situations import count_states, load_plan
from mpftp.domain.campaign import CampaignSettings, DeliveryState, MailContact
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
    held: str = ""


@dataclass(frozen=True, slots=True)
class NewRefusal:
    """A triplet that is not taken, with the findings as the state keeps them (JSON values)."""

    key: TripletKey
    digest: str
    findings: list[dict[str, Any]]
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class PendingAnswer:
    """A triplet whose fate its client's server does not show yet. *id* is of the campaign or refusal."""

    id: int
    key: TripletKey
    files: Mapping[str, int]  # name -> bytes, as taken or refused
    findings: list[dict[str, Any]]


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

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self._turns, self._db.transaction():
            yield

    def _find_or_add(self, name: str) -> int:
        query = "SELECT id FROM client WHERE name = ?"
        client_id = self._db.value(query, (name,))
        if client_id is None:
            with self._change():
                self._db.execute("INSERT INTO client (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
            client_id = self._db.value(query, (name,))
        return int(client_id)

    def record_visit(self, now: datetime, trouble: str = "") -> int:
        """Note a visit and its *trouble*, if any; return how many visits in a row have failed."""
        with self._change():
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
            (self._client_id, name, s.file.size, _ms(s.file.modified), to_ms(s.first_seen),
             to_ms(s.changed_at), to_ms(now) if s.reported else None)
            for name, s in seen.items()
        ]  # fmt: skip
        with self._change():
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
            "SELECT files FROM campaign WHERE client_id = ? AND name IN (?, ?) AND date = ?", spellings
        )
        if row:
            originals = json.loads(row[0])
            return KnownTriplet(
                True, {key.file(InputType(kind)): _seen(values) for kind, values in originals.items()}
            )
        row = self._db.row(
            "SELECT files FROM refusal WHERE client_id = ? AND name IN (?, ?) AND date = ? ORDER BY id DESC",
            spellings,
        )
        if row is None:
            return self._find_processed(spellings)
        listed = json.loads(row[0])
        return KnownTriplet(False, {normalize_name(name): _seen(values) for name, values in listed.items()})

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
        lay_there = self._db.row(query, (self._client_id, seen_since, _json(list(files))))
        return HELD_AS_RESTORED if seen_since is None or lay_there else ""

    def was_refused(self, key: TripletKey, digest: str) -> bool:
        """Whether these very bytes were refused before."""
        query = "SELECT 1 FROM refusal WHERE client_id = ? AND name = ? AND date = ? AND digest = ?"
        return self._db.value(query, (self._client_id, key.name, key.date, digest)) is not None

    def stage_contacts(self, contacts: Iterable[MailContact]) -> int:
        """Draw *contacts* into a table of this connection alone; return how many can be sent.

        Nobody is locked out meanwhile, and nothing is in the state until ``accept``.
        """
        self._db.execute("DROP TABLE IF EXISTS temp.incoming")
        self._db.execute(
            "CREATE TEMP TABLE incoming (line INTEGER, email TEXT, fields TEXT, state TEXT, place INTEGER)"
        )
        self._db.execute("BEGIN")
        sendable = 0

        def rows() -> Iterator[tuple[Any, ...]]:
            nonlocal sendable
            for contact in contacts:
                place = None
                if contact.state is DeliveryState.PENDING:
                    place, sendable = sendable, sendable + 1
                yield contact.line, contact.email, _json(contact.values), contact.state.value, place

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
                 _json(accepted.columns), accepted.html, _json(accepted.findings),
                 _json({kind.value: [*_listed(o.file), o.sha256] for kind, o in accepted.originals.items()}),
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
                " AND mended_at IS NULL",
                (to_ms(now), self._client_id, key.name, key.date),
            )
        self._db.execute("DROP TABLE temp.incoming")
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

    def refuse(self, refused: NewRefusal, now: datetime) -> bool:
        """Note a refusal; ``False`` when the same was refused before (only its listing is then noted)."""
        files = _json({file.name: _listed(file) for file in refused.files})
        new = not self.was_refused(refused.key, refused.digest)
        with self._change():
            self._db.execute(
                "INSERT INTO refusal (client_id, name, date, digest, refused_at, findings, files)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET files = excluded.files",
                (self._client_id, refused.key.name, refused.key.date, refused.digest, to_ms(now),
                 _json(refused.findings), files),
            )  # fmt: skip
        return new

    def campaigns_without_answer(self) -> list[PendingAnswer]:
        """The accepted triplets whose client's server was not told and tidied yet."""
        query = (
            "SELECT id, name, date, files, findings FROM campaign WHERE client_id = ? AND answered_at IS NULL"
        )
        return [
            PendingAnswer(
                number,
                key := TripletKey(name, date),
                {key.file(InputType(kind)): values[0] for kind, values in json.loads(files).items()},
                json.loads(findings),
            )
            for number, name, date, files, findings in self._db.rows(query, (self._client_id,))
        ]

    def load_receipt(self, campaign_id: int) -> Receipt:
        """What the client may know of its accepted triplet."""
        row = self._db.row("SELECT files, accepted_at FROM campaign WHERE id = ?", (campaign_id,))
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
        )

    def refusals_without_answer(self) -> list[PendingAnswer]:
        """The refusals that their client was not told yet, and that were not mended since."""
        return self._refusals("answered_at IS NULL AND mended_at IS NULL")

    def refusals_with_error_file(self) -> list[PendingAnswer]:
        """The refusals whose ERRO file lies on the client's server."""
        return self._refusals("answered_at IS NOT NULL AND mended_at IS NULL")

    def _refusals(self, condition: str) -> list[PendingAnswer]:
        columns = "id, name, date, files, findings"
        query = f"SELECT {columns} FROM refusal WHERE client_id = ? AND {condition} ORDER BY id"  # noqa: S608
        return [
            PendingAnswer(
                number,
                TripletKey(name, date),
                {file: values[0] for file, values in json.loads(files).items()},
                json.loads(findings),
            )
            for number, name, date, files, findings in self._db.rows(query, (self._client_id,))
        ]

    def was_answered(self, key: TripletKey) -> bool:
        """Whether an ERRO file was ever put on the client's server for the triplet *key*."""
        query = (
            "SELECT 1 FROM refusal WHERE client_id = ? AND name = ? AND date = ? AND answered_at IS NOT NULL"
        )
        return self._db.value(query, (self._client_id, key.name, key.date)) is not None

    def record_campaign_answered(self, campaign_id: int, now: datetime) -> None:
        """Note that the client's server was told of the campaign, and tidied."""
        with self._change():
            self._db.execute("UPDATE campaign SET answered_at = ? WHERE id = ?", (to_ms(now), campaign_id))

    def record_refusal_answered(self, refusal_id: int, now: datetime) -> None:
        """Note that the ERRO file lies on the client's server."""
        with self._change():
            self._db.execute("UPDATE refusal SET answered_at = ? WHERE id = ?", (to_ms(now), refusal_id))

    def record_corrected(self, refusal_id: int, now: datetime) -> None:
        """Note that a refused triplet is gone, and its ERRO file with it."""
        with self._change():
            self._db.execute("UPDATE refusal SET mended_at = ? WHERE id = ?", (to_ms(now), refusal_id))


def _file(name: str, size: int, modified: int | None) -> RemoteFile:
    return RemoteFile(name, size, from_optional_ms(modified))


def _ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)


def _listed(file: RemoteFile) -> list[int | None]:
    return [file.size, _ms(file.modified)]


def _seen(values: Sequence[Any]) -> tuple[int, datetime | None]:
    return values[0], from_optional_ms(values[1])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
