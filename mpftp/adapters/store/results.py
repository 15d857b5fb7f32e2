"""What ``publish`` reads and writes: which campaigns are due, their rows, their editions."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import from_ms, from_optional_ms, to_ms
from mpftp.domain.file_names import ResultType, TripletKey
from mpftp.domain.results.files import ResultRow, bounce_of_reply


@dataclass(frozen=True, slots=True)
class FinishedCampaign:
    """A campaign whose last fragment is out, and the editions of its results.

    *published* is the number of the last edition that the client has, 0 without one; *pending* the
    number of one that was begun and not finished.
    """

    campaign_id: int
    client: str
    key: TripletKey
    finished_at: datetime
    columns: tuple[str, ...]
    published: int
    published_at: datetime | None
    first_published_at: datetime | None
    pending: int | None
    pending_due: datetime | None


class ResultStore:
    """The results of ended campaigns, in one state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def finished_campaigns(self) -> list[FinishedCampaign]:
        """Every campaign that will send no more, oldest first."""
        query = """
            SELECT c.id, k.name, c.name, c.date, c.columns, coalesce(c.finished_at, c.accepted_at),
                   coalesce(max(p.edition) FILTER (WHERE p.published_at IS NOT NULL), 0),
                   max(p.published_at), min(p.published_at),
                   max(p.edition) FILTER (WHERE p.published_at IS NULL),
                   max(p.due_at) FILTER (WHERE p.published_at IS NULL)
            FROM campaign c JOIN client k ON k.id = c.client_id
                 LEFT JOIN publication p ON p.campaign_id = c.id
            WHERE c.state IN ('finished', 'cancelled') GROUP BY c.id ORDER BY c.finished_at, c.id"""
        return [_ended(*row) for row in self._db.rows(query)]

    def begin(self, campaign_id: int, edition: int, due_at: datetime) -> None:
        """Note that *edition* is being made; harmless when it was noted before."""
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO publication (campaign_id, edition, due_at) VALUES (?, ?, ?)"
                " ON CONFLICT (campaign_id, edition) DO NOTHING",
                (campaign_id, edition, to_ms(due_at)),
            )

    def record_published(self, campaign_id: int, edition: int, rows: Mapping[str, int], at: datetime) -> None:
        """Note that the client has the six files of *edition*, with so many data *rows* each."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE publication SET published_at = ?, rows = ?, trouble = ''"
                " WHERE campaign_id = ? AND edition = ?",
                (to_ms(at), json.dumps(rows), campaign_id, edition),
            )

    def fail(self, campaign_id: int, edition: int, trouble: str) -> None:
        """Note why *edition* did not reach the client; the next run tries again."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE publication SET trouble = ? WHERE campaign_id = ? AND edition = ?",
                (trouble, campaign_id, edition),
            )

    def newest_event_id(self) -> int:
        """The newest event: an edition holds the events up to here, in all its six files."""
        return int(self._db.value("SELECT coalesce(max(id), 0) FROM event"))


@dataclass(frozen=True, slots=True)
class CountingPolicy:
    """Which events a profile counts: *marked* ones (machines), opens *inferred* from clicks."""

    marked: bool = True
    inferred: bool = False


class ResultRows:
    """The rows of one campaign's six files, streamed in order of time; memory does not grow."""

    def __init__(self, db: Database, ended: FinishedCampaign, horizon: int, counting: CountingPolicy) -> None:
        self._db = db
        self._campaign = ended.campaign_id
        self._until = horizon
        self._counting = counting
        place = ended.columns.index("uidcli") if "uidcli" in ended.columns else None
        self._uidcli = f"coalesce(json_extract(d.fields, '$[{place}]'), '')" if place is not None else "''"

    def rows_of(self, kind: ResultType) -> Iterator[ResultRow]:
        """The rows of the file *kind*."""
        return {
            ResultType.ABERTURA: lambda: self._opens(unique=False),
            ResultType.ABERTURAUNICA: lambda: self._opens(unique=True),
            ResultType.CLIQUE: lambda: self._events("click"),
            ResultType.CLIQUEUNICO: lambda: self._events("click", self._no_earlier("click")),
            ResultType.RETORNADO: self._returned,
            ResultType.CANCELADO: self._opted_out,
        }[kind]()

    def _events(self, kind: str, condition: str = "") -> Iterator[ResultRow]:
        person = "" if self._counting.marked else "AND e.mark = ''"
        query = f"""
            SELECT d.email, {self._uidcli}, e.at, coalesce(l.url, ''), e.ip, e.agent, '', '', '', '', '',
                   CASE WHEN l.url IS NULL THEN '' ELSE d.fields END
            FROM event e INDEXED BY event_campaign CROSS JOIN delivery d ON d.id = e.delivery_id
            LEFT JOIN link l ON l.campaign_id = e.campaign_id AND l.number = e.link
            WHERE e.campaign_id = ? AND e.kind = ? AND e.id <= ? {person} {condition}
            ORDER BY e.at, e.id"""  # noqa: S608
        rows = self._db.rows(query, (self._campaign, kind, self._until))
        return (ResultRow._make(row) for row in rows)

    def _opens(self, *, unique: bool) -> Iterator[ResultRow]:
        opens = self._events("open", self._no_earlier("open") if unique else "")
        if not self._counting.inferred:
            return opens
        first = self._no_earlier("click") + self._none_of("open")
        clicks = (row._replace(url="", fields="") for row in self._events("click", first))
        return heapq.merge(opens, clicks, key=attrgetter("at"))

    def _no_earlier(self, kind: str) -> str:
        """The condition that an event is the first of its kind and of its contact."""
        return self._none_of(kind, "AND (f.at, f.id) < (e.at, e.id)")

    def _none_of(self, kind: str, more: str = "") -> str:
        person = "" if self._counting.marked else "AND f.mark = ''"
        return f"""
            AND NOT EXISTS (SELECT 1 FROM event f WHERE f.delivery_id = e.delivery_id
                            AND f.kind = '{kind}' AND f.id <= {self._until} {person} {more})"""  # noqa: S608

    def _returned(self) -> Iterator[ResultRow]:
        """One row a contact: its permanent bounce, else its last one; and what the relay refused."""
        worse = """
            AND NOT EXISTS (SELECT 1 FROM event f WHERE f.delivery_id = e.delivery_id AND f.kind = 'bounce'
                            AND f.id <= ? AND ((f.class = 'permanent'), f.at, f.id)
                                            > ((e.class = 'permanent'), e.at, e.id))"""
        events = f"""
            SELECT d.email, {self._uidcli}, e.at, '', '', '', e.class, e.code, e.reason, '', '', ''
            FROM event e INDEXED BY event_campaign CROSS JOIN delivery d ON d.id = e.delivery_id
            WHERE e.campaign_id = ? AND e.kind = 'bounce' AND e.id <= ? {worse} ORDER BY e.at, e.id"""  # noqa: S608
        refused = f"""
            SELECT d.email, {self._uidcli}, coalesce(d.settled_at, 0), '', '', '', '', d.code, '', '',
                   d.reply, ''
            FROM delivery d WHERE d.campaign_id = ? AND d.state = 'failed' AND NOT EXISTS
                (SELECT 1 FROM event f WHERE f.delivery_id = d.id AND f.kind = 'bounce' AND f.id <= ?)
            ORDER BY d.settled_at, d.id"""  # noqa: S608
        reported = self._db.rows(events, (self._campaign, self._until, self._until))
        replied = self._db.rows(refused, (self._campaign, self._until))
        return heapq.merge(
            (ResultRow._make(row) for row in reported),
            (bounce_of_reply(ResultRow._make(row)) for row in replied),
            key=attrgetter("at"),
        )

    def _opted_out(self) -> Iterator[ResultRow]:
        """One row a contact: the first time it opted out or complained."""
        query = f"""
            SELECT d.email, {self._uidcli}, e.at, '', '', '', '', '', '',
                   CASE e.kind WHEN 'complaint' THEN 'complaint' ELSE e.source END, '', ''
            FROM event e CROSS JOIN delivery d ON d.id = e.delivery_id
            WHERE e.campaign_id = ? AND e.kind IN ('opt-out', 'complaint') AND e.id <= ? AND NOT EXISTS
                (SELECT 1 FROM event f WHERE f.delivery_id = e.delivery_id AND f.id <= ?
                 AND f.kind IN ('opt-out', 'complaint') AND (f.at, f.id) < (e.at, e.id))
            ORDER BY e.at, e.id"""  # noqa: S608
        rows = self._db.rows(query, (self._campaign, self._until, self._until))
        return (ResultRow._make(row) for row in rows)


def _ended(
    campaign_id: int,
    client: str,
    name: str,
    date: str,
    columns: str,
    finished_at: int,
    published: int,
    last: int | None,
    first: int | None,
    pending: int | None,
    pending_due: int | None,
) -> FinishedCampaign:
    return FinishedCampaign(
        campaign_id,
        client,
        TripletKey(name, date),
        from_ms(finished_at),
        tuple(json.loads(columns)),
        published,
        from_optional_ms(last),
        from_optional_ms(first),
        pending,
        from_optional_ms(pending_due),
    )
