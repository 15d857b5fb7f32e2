"""A campaign's results: the editions of its six files, and their rows."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.situations import (
    EMAIL,
    LAST_OUT_AT,
    select_columns,
    situation_rows,
    uidcli_column,
    unreached_rows,
)
from mpftp.domain.campaign import CampaignState
from mpftp.domain.clock import from_ms, from_optional_ms, to_ms
from mpftp.domain.file_names import AnswerType, ResultType, TripletKey
from mpftp.domain.profile import Profile
from mpftp.domain.results.files import ResultRow


@dataclass(frozen=True, slots=True)
class FinishedCampaign:
    """A campaign that sends nothing (more), and the editions of its results.

    *last_out_at* is when its last message went out, or when it was decided that none would;
    *finished_at* when it ended, for a paused one the same as *last_out_at*. *published* is the number of
    the last edition that the client has, 0 without one; *pending* that of one begun and not finished.
    """

    campaign_id: int
    client: str
    key: TripletKey
    state: CampaignState
    last_out_at: datetime
    finished_at: datetime
    columns: tuple[str, ...]
    published: int
    published_at: datetime | None
    first_published_at: datetime | None
    pending: int | None
    pending_due: datetime | None


@dataclass(frozen=True, slots=True)
class ReportedOptOuts:
    """When the client got its last CANCELADO, and whether more has come in since."""

    at: datetime
    is_outdated: bool


class ResultStore:
    """The results of ended campaigns, in one state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def finished_campaigns(self) -> list[FinishedCampaign]:
        """Every campaign that sends nothing, or nothing more, oldest first.

        One whose contacts or events were deleted is left out: its results cannot be written any more.
        """
        query = f"""
            SELECT c.id AS campaign_id, k.name AS client, c.name, c.date, c.state, c.columns, c.finished_at,
                   iif(c.state = 'finished', c.finished_at, {LAST_OUT_AT}) AS last_out_at,
                   coalesce(max(p.edition) FILTER (WHERE p.published_at IS NOT NULL), 0) AS published,
                   max(p.published_at) AS published_at, min(p.published_at) AS first_published_at,
                   max(p.edition) FILTER (WHERE p.published_at IS NULL) AS pending,
                   max(p.due_at) FILTER (WHERE p.published_at IS NULL) AS pending_due
            FROM campaign c JOIN client k ON k.id = c.client_id
                 LEFT JOIN publication p ON p.campaign_id = c.id
            WHERE c.state IN ('finished', 'cancelled', 'paused')
                AND c.contacts_deleted_at IS NULL AND c.events_deleted_at IS NULL GROUP BY c.id
            ORDER BY c.finished_at, c.id"""  # noqa: S608
        return [_finished(row) for row in self._db.named_rows(query)]

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

    def record_late_optouts(
        self, campaign_id: int, edition: int, rows: Mapping[str, int], at: datetime
    ) -> None:
        """Note that the client has the CANCELADO of *rows* in place of the one of *edition*."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE publication SET optouts_at = ?, rows = json_patch(rows, ?), trouble = ''"
                " WHERE campaign_id = ? AND edition = ?",
                (to_ms(at), json.dumps(rows), campaign_id, edition),
            )

    def reported_optouts(self, campaign_id: int, edition: int) -> ReportedOptOuts:
        """What the client knows of those who opted out since *edition*, which it has."""
        query = """
            SELECT coalesce(optouts_at, published_at), coalesce(json_extract(rows, '$.CANCELADO'), 0)
            FROM publication WHERE campaign_id = ? AND edition = ?"""
        at, known = self._db.row(query, (campaign_id, edition)) or (0, 0)
        count = self._db.value(
            "SELECT count(DISTINCT delivery_id) FROM event"
            " WHERE campaign_id = ? AND kind IN ('opt-out', 'complaint')",
            (campaign_id,),
        )
        return ReportedOptOuts(from_ms(at), is_outdated=count != known)

    def fail(self, campaign_id: int, edition: int, problem: str) -> None:
        """Note why *edition* did not reach the client; the next run tries again."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE publication SET trouble = ? WHERE campaign_id = ? AND edition = ?",
                (problem, campaign_id, edition),
            )

    def newest_event_id(self) -> int:
        """The newest event: an edition holds the events up to here, in all its six files."""
        return int(self._db.value("SELECT coalesce(max(id), 0) FROM event"))


@dataclass(frozen=True, slots=True)
class CountingPolicy:
    """What a profile counts: *marked* events (machines), opens *inferred* from clicks, *unsent* contacts."""

    marked: bool
    inferred: bool
    unsent: bool

    @classmethod
    def of(cls, profile: Profile) -> CountingPolicy:
        """Return what *profile* counts."""
        return cls(profile.count_marked, profile.infer_opens, profile.returned_includes_unsent)


@dataclass(frozen=True, slots=True)
class CampaignContacts:
    """What rows need of a campaign in any state: our names of its MAIL's *columns*."""

    campaign_id: int
    columns: tuple[str, ...]

    @classmethod
    def load(cls, db: Database, campaign_id: int) -> CampaignContacts:
        """Those of a campaign that exists."""
        columns = db.value("SELECT columns FROM campaign WHERE id = ?", (campaign_id,))
        return cls(campaign_id, tuple(json.loads(columns)))


class ResultRows:
    """The rows of one campaign's six files and of SITUACAO, streamed; memory does not grow."""

    def __init__(
        self,
        db: Database,
        ended: FinishedCampaign | CampaignContacts,
        horizon: int,
        counting: CountingPolicy,
    ) -> None:
        self._db = db
        self._campaign = ended.campaign_id
        self._until = horizon
        self._counting = counting
        self._columns = ended.columns
        self._person = {"email": EMAIL, "uidcli": uidcli_column(ended.columns), "at": "e.at"}

    def rows_of(self, kind: ResultType | AnswerType) -> Iterator[ResultRow]:
        """The rows of the file *kind*: of SITUACAO in the order of MAIL, of the others in order of time."""
        rows: dict[ResultType | AnswerType, Callable[[], Iterator[ResultRow]]] = {
            ResultType.ABERTURA: lambda: self._opens(unique=False),
            ResultType.ABERTURAUNICA: lambda: self._opens(unique=True),
            ResultType.CLIQUE: lambda: self._events("click"),
            ResultType.CLIQUEUNICO: lambda: self._events("click", self._no_earlier("click")),
            ResultType.RETORNADO: lambda: unreached_rows(
                self._db, self._campaign, self._columns, self._until, unsent=self._counting.unsent
            ),
            ResultType.CANCELADO: self._opted_out,
            AnswerType.SITUACAO: lambda: situation_rows(self._db, self._campaign, self._columns, self._until),
        }
        return rows[kind]()

    def _events(self, kind: str, condition: str = "") -> Iterator[ResultRow]:
        person = "" if self._counting.marked else "AND e.mark = ''"
        columns = select_columns(
            **self._person, ip="e.ip", agent="e.agent", url="coalesce(l.url, '')",
            fields="CASE WHEN l.url IS NULL THEN '' ELSE d.fields END",
        )  # fmt: skip
        query = f"""
            SELECT {columns}
            FROM event e INDEXED BY event_campaign CROSS JOIN delivery d ON d.id = e.delivery_id
            LEFT JOIN link l ON l.campaign_id = e.campaign_id AND l.number = e.link
            WHERE e.campaign_id = ? AND e.kind = ? AND e.id <= ? {person} {condition}
            ORDER BY e.at, e.id"""  # noqa: S608
        return map(ResultRow._make, self._db.rows(query, (self._campaign, kind, self._until)))

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

    def _opted_out(self) -> Iterator[ResultRow]:
        """One row a contact: the first time it opted out or complained."""
        source = "CASE e.kind WHEN 'complaint' THEN 'complaint' ELSE e.source END"
        query = f"""
            SELECT {select_columns(**self._person, source=source)}
            FROM event e CROSS JOIN delivery d ON d.id = e.delivery_id
            WHERE e.campaign_id = ? AND e.kind IN ('opt-out', 'complaint') AND e.id <= ? AND NOT EXISTS
                (SELECT 1 FROM event f WHERE f.delivery_id = e.delivery_id AND f.id <= ?
                 AND f.kind IN ('opt-out', 'complaint') AND (f.at, f.id) < (e.at, e.id))
            ORDER BY e.at, e.id"""  # noqa: S608
        rows = self._db.rows(query, (self._campaign, self._until, self._until))
        return (ResultRow._make(row) for row in rows)


def _finished(row: dict[str, Any]) -> FinishedCampaign:
    last_out, ended = from_ms(row["last_out_at"]), from_optional_ms(row["finished_at"])
    return FinishedCampaign(
        campaign_id=row["campaign_id"],
        client=row["client"],
        key=TripletKey(row["name"], row["date"]),
        state=CampaignState(row["state"]),
        last_out_at=last_out,
        finished_at=ended or last_out,
        columns=tuple(json.loads(row["columns"])),
        published=row["published"],
        published_at=from_optional_ms(row["published_at"]),
        first_published_at=from_optional_ms(row["first_published_at"]),
        pending=row["pending"],
        pending_due=from_optional_ms(row["pending_due"]),
    )
