"""The state's part for what comes back: events, opt-outs and suppression, and the event log's offsets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.event_totals import EventTotals
from mpftp.adapters.store.judgements import Judged, JudgementStore
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.bounces.judgement import BounceEvidence, judge
from mpftp.domain.bounces.repetition import DEFAULT_REPETITION, Repetition
from mpftp.domain.campaign import BounceClass, CampaignSettings, EventKind
from mpftp.domain.clock import from_ms, from_optional_ms, to_ms
from mpftp.domain.event_log import Event
from mpftp.domain.machines import Hit

NO_LINK_NUMBER = None
MAX_EVENTS_OF_A_KIND = 1000  # events kept of one kind and one delivery; the rest is a number


@dataclass(frozen=True, slots=True)
class AddedEvents:
    """How many events were *added*; *repeated* opt-outs were known, *unknown* have no delivery."""

    added: int = 0
    repeated: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryRecipient:
    """Whose delivery it is: the campaign, its client's name, the address, and the contact's fields."""

    delivery_id: int
    campaign_id: int
    client: str
    email: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CampaignLinks:
    """A campaign's *links* by number, as URL templates; its client's name; our names of MAIL's fields.

    *from_name* is CONF's ``remetente_nome``, by which its readers know the sender. *deliveries* is the
    range of its deliveries' numbers, empty unless it has all numbers between.
    """

    client: str
    columns: tuple[str, ...]
    links: Mapping[int, str]
    from_name: str = ""
    deliveries: range = range(0)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """What a campaign's message is made of; *columns* are our names of MAIL's fields."""

    settings: CampaignSettings
    html: str
    columns: tuple[str, ...]


class ReportedBounce(NamedTuple):
    """A bounce that a report told of; *alike* is what it shares with others (``domain.bounces.crowd``)."""

    event: Event
    evidence: BounceEvidence
    alike: str


class Return(NamedTuple):
    """That a delivery came back: as a bounce of a class, or as a complaint, which has none."""

    delivery_id: int
    kind: EventKind
    bounce_class: BounceClass | None


class _Owner(NamedTuple):
    """Whose delivery it is."""

    campaign_id: int
    client_id: int
    email: str
    sent_at: datetime | None = None


_INSERT_EVENT = (
    "INSERT INTO event (campaign_id, delivery_id, kind, at, link, ip, agent, class, code, reason,"
    " source, mark) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _event_row(event: Event, campaign_id: int, mark: str) -> tuple[Any, ...]:
    return (
        campaign_id,
        event.delivery_id,
        event.kind.value,
        to_ms(event.at),
        event.link or NO_LINK_NUMBER,
        event.ip,
        event.agent,
        event.bounce_class.value if event.bounce_class else "",
        event.code,
        event.reason,
        event.source,
        mark,
    )


class EventStore:
    """Events of deliveries in one state file."""

    def __init__(self, db: Database, repetition: Repetition = DEFAULT_REPETITION) -> None:
        self._db = db
        self._judgements = JudgementStore(db, repetition)
        self._suppression = SuppressionList(db)
        self._totals = EventTotals(db)

    def transaction(self) -> AbstractContextManager[None]:
        """All the changes inside happen together or not at all."""
        return self._db.transaction()

    def add(
        self,
        events: Iterable[Event],
        find_mark: Callable[[Event, datetime | None], str] = lambda event, _sent_at: event.mark,
    ) -> AddedEvents:
        """Store *events* inside the caller's transaction, and suppress whom they say to leave alone.

        An opt-out and a complaint suppress the address for the client, what a bounce means is for
        ``judge``; an open or a click that no machine is suspected of starts the count of its bounces
        anew. A second opt-out of one delivery adds nothing; beyond ``MAX_EVENTS_OF_A_KIND`` of a
        delivery they are only counted. A contact who was forgotten is unknown. *find_mark* tells the mark
        of the machine that is suspected, from the event and when the relay took the delivery (``None``
        when it did not).
        """
        events = list(events)
        owners = self._owners({event.delivery_id for event in events})
        kept = self._count_kept(owners)
        rows: list[tuple[Any, ...]] = []
        more: Counter[tuple[int, int, str]] = Counter()
        alive: dict[int, datetime] = {}
        repeated = unknown = 0
        for event in events:
            owner, key = owners.get(event.delivery_id), (event.delivery_id, event.kind.value)
            if owner is None:
                unknown += 1
            elif (before := kept.get(key, 0)) and event.kind is EventKind.OPT_OUT:
                repeated += 1
            elif before >= MAX_EVENTS_OF_A_KIND:
                more[owner.campaign_id, *key] += 1
            else:
                kept[key] = before + 1
                mark = find_mark(event, owner.sent_at)
                rows.append(_event_row(event, owner.campaign_id, mark))
                if event.kind in (EventKind.OPT_OUT, EventKind.COMPLAINT):
                    self._suppression.on_request(
                        owner.client_id, owner.email, event.kind, event.at, event.source
                    )
                elif event.kind in (EventKind.OPEN, EventKind.CLICK) and not mark:
                    alive[event.delivery_id] = max(event.at, alive.get(event.delivery_id, event.at))
        rows.sort(key=itemgetter(1))  # neighbours in the index of deliveries: a third less to insert
        self._db.execute_many(_INSERT_EVENT, rows)
        self._count_more(more)
        self._judgements.seen_alive(alive)
        return AddedEvents(len(rows), repeated, unknown)

    def _owners(self, delivery_ids: Collection[int]) -> dict[int, _Owner]:
        """Return the contact of each delivery; those of forgotten persons are left out."""
        query = """
            SELECT d.id, d.campaign_id, c.client_id, d.email, iif(d.state = 'sent', d.settled_at, NULL)
            FROM delivery d JOIN campaign c ON c.id = d.campaign_id
            WHERE d.id IN (SELECT value FROM json_each(?)) AND d.forgotten_at IS NULL"""
        rows = self._db.rows(query, (json.dumps(list(delivery_ids)),))
        return {
            delivery_id: _Owner(campaign_id, client_id, email, from_optional_ms(sent_at))
            for delivery_id, campaign_id, client_id, email, sent_at in rows
        }

    def _count_kept(self, delivery_ids: Collection[int]) -> Counter[tuple[int, str]]:
        """How many events the state has of each kind of those deliveries."""
        query = """
            SELECT delivery_id, kind, count(*) FROM event
            WHERE delivery_id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2"""
        rows = self._db.rows(query, (json.dumps(list(delivery_ids)),))
        return Counter({(delivery_id, kind): count for delivery_id, kind, count in rows})

    def _count_more(self, more: Mapping[tuple[int, int, str], int]) -> None:
        self._db.execute_many(
            "INSERT INTO more_events (campaign_id, delivery_id, kind, count) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count",
            ((*key, count) for key, count in more.items()),
        )

    def judge(self, bounces: Iterable[ReportedBounce]) -> None:
        """Do what *bounces* mean for their addresses, in order, inside the caller's transaction."""
        bounces = list(bounces)
        owners = self._owners({event.delivery_id for event, _, _ in bounces})
        for event, evidence, alike in bounces:
            owner = owners.get(event.delivery_id)
            if owner is None:
                continue
            judgement = judge(evidence.refusal).judgement
            judged = Judged(
                event.delivery_id,
                owner.campaign_id,
                owner.client_id,
                owner.email,
                judgement,
                alike,
                evidence,
            )
            self._judgements.reported(judged, event.at)

    def add_decided_bounce(self, event: Event) -> None:
        """Store a bounce that a person decided on, and suppress its address for the client."""
        if self.add([event]).added:
            client_id, email = self._db.row(
                "SELECT c.client_id, d.email FROM delivery d JOIN campaign c ON c.id = d.campaign_id"
                " WHERE d.id = ?",
                (event.delivery_id,),
            ) or (0, "")
            self._suppression.on_bounce(client_id, email, event.at, "operator", event.delivery_id)

    def count_clicked_links(self, delivery_ids: Collection[int]) -> dict[int, tuple[int, int]]:
        """How many links the message of each clicked delivery has, and how many of them were clicked."""
        query = """
            SELECT d.id, (SELECT count(*) FROM link l WHERE l.campaign_id = d.campaign_id),
                   count(DISTINCT e.link)
            FROM delivery d JOIN event e ON e.delivery_id = d.id AND e.kind = 'click'
            WHERE d.id IN (SELECT value FROM json_each(?)) GROUP BY d.id"""
        rows = self._db.rows(query, (json.dumps(list(delivery_ids)),))
        return {delivery_id: (links, clicked) for delivery_id, links, clicked in rows}

    def hits(self, delivery_id: int, since: datetime, until: datetime) -> list[Hit]:
        """The delivery's opens and clicks of that time, both ends included."""
        query = (
            "SELECT id, at, coalesce(link, 0), ip FROM event"
            " WHERE delivery_id = ? AND kind IN ('open', 'click') AND at BETWEEN ? AND ?"
        )
        rows = self._db.rows(query, (delivery_id, to_ms(since), to_ms(until)))
        return [Hit(event_id, from_ms(at), link, ip) for event_id, at, link, ip in rows]

    def mark(self, event_ids: Iterable[int], mark: str) -> None:
        """Give *mark* to those of the events that have none yet, inside the caller's transaction."""
        events = list(event_ids)
        with self._totals.marking(events):
            self._db.execute_many(
                "UPDATE event SET mark = ? WHERE id = ? AND mark = ''",
                ((mark, event_id) for event_id in events),
            )

    def log_offset(self, file: str) -> int:
        """Return how many bytes of the event log's *file* are in the state already."""
        return int(self._db.value("SELECT offset FROM event_log WHERE file = ?", (file,)) or 0)

    def advance_log(self, file: str, offset: int) -> None:
        """Note, in the transaction that added its events, how far *file* was taken in."""
        self._db.execute(
            "INSERT INTO event_log (file, offset) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET offset = excluded.offset",
            (file, offset),
        )

    def find_recipient(self, delivery_id: int) -> DeliveryRecipient | None:
        """Whose delivery this is, ``None`` when the state does not know it."""
        query = """
            SELECT d.campaign_id, client.name AS client, d.email, d.fields, c.columns FROM delivery d
            JOIN campaign c ON c.id = d.campaign_id JOIN client ON client.id = c.client_id WHERE d.id = ?"""
        row = next(self._db.named_rows(query, (delivery_id,)), None)
        if row is None:
            return None
        values = dict(zip(json.loads(row["columns"]), json.loads(row["fields"]), strict=False))
        return DeliveryRecipient(delivery_id, row["campaign_id"], row["client"], row["email"], values)

    def find_contact(self, delivery_id: int) -> tuple[int, str, str] | None:
        """Its campaign, the address, and the contact's values as JSON; ``None`` when it is unknown."""
        row = self._db.row("SELECT campaign_id, email, fields FROM delivery WHERE id = ?", (delivery_id,))
        return (row[0], row[1], row[2]) if row else None

    def name_delivery(self, delivery_id: int) -> dict[str, str]:
        """Its client, campaign (NAME_DATE) and address, for the log; empty when it is unknown."""
        query = """
            SELECT client.name AS client, c.name || '_' || c.date AS campaign, d.email AS address
            FROM delivery d JOIN campaign c ON c.id = d.campaign_id JOIN client ON client.id = c.client_id
            WHERE d.id = ?"""
        return next((dict(row) for row in self._db.named_rows(query, (delivery_id,))), {})

    def find_links_data(self, campaign_id: int) -> CampaignLinks | None:
        """What the campaign's links need, ``None`` when the state does not know the campaign."""
        row = self._db.row(
            "SELECT client.name, c.columns, coalesce(json_extract(c.settings, '$.from_name'), '')"
            " FROM campaign c JOIN client ON client.id = c.client_id"
            " WHERE c.id = ?",
            (campaign_id,),
        )
        if row is None:
            return None
        columns = tuple(json.loads(row[1]))
        return CampaignLinks(row[0], columns, self.links(campaign_id), row[2], self._range(campaign_id))

    def _range(self, campaign_id: int) -> range:
        query = "SELECT count(*), min(id), max(id) FROM delivery WHERE campaign_id = ?"
        count, first, last = self._db.row(query, (campaign_id,)) or (0, None, None)
        return range(first, last + 1) if count and last - first + 1 == count else range(0)

    def links(self, campaign_id: int) -> dict[int, str]:
        """The campaign's links by number, as URL templates."""
        return dict(self._db.rows("SELECT number, url FROM link WHERE campaign_id = ?", (campaign_id,)))

    def find_message(self, campaign_id: int) -> StoredMessage | None:
        """The campaign's message, ``None`` when the state does not know the campaign."""
        row = self._db.row("SELECT settings, html, columns FROM campaign WHERE id = ?", (campaign_id,))
        return (
            StoredMessage(CampaignSettings.from_json(row[0]), row[1], tuple(json.loads(row[2])))
            if row
            else None
        )


class BounceLog:
    """Messages of the bounce mailbox in one state file. Changes belong in the caller's transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def record_message(
        self,
        digest: str,
        at: datetime,
        report_class: str,
        place: str,
        delivery_id: int | None,
        text: str = "",
    ) -> bool:
        """Note that a message was read; ``False`` when it had been read before and was believed then.

        One that was kept apart or set aside is news again: somebody put it back into the inbox. *text* is
        what it says, for whoever decides on it.
        """
        changed = self._db.execute(
            "INSERT INTO report (digest, at, class, place, delivery_id, text) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET at = excluded.at, class = excluded.class, place = excluded.place,"
            " delivery_id = excluded.delivery_id, text = excluded.text, decided = ''"
            " WHERE report.place <> 'Taken'",
            (digest, to_ms(at), report_class, place, delivery_id, text),
        )
        return changed == 1

    def sync_to_disk(self) -> None:
        """Bring what was committed to the disk: with WAL, a commit alone may not outlive a power cut."""
        self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def find_returns(self, delivery_ids: Collection[int]) -> set[Return]:
        """What is known of bounces and complaints of those deliveries."""
        query = """
            SELECT DISTINCT delivery_id, kind, class FROM event
            WHERE delivery_id IN (SELECT value FROM json_each(?)) AND kind IN ('bounce', 'complaint')"""
        return {
            Return(delivery_id, EventKind(kind), BounceClass(bounce_class) if bounce_class else None)
            for delivery_id, kind, bounce_class in self._db.rows(query, (json.dumps(list(delivery_ids)),))
        }
