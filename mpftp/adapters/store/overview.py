"""What ``status`` and other questions of people read: campaigns by name, counts, trouble, alerts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.event_totals import EventTotals, count_other_events, count_other_marks
from mpftp.adapters.store.fragments import load_waiting_fragments
from mpftp.adapters.store.judgements import COUNTED_BOUNCES
from mpftp.adapters.store.kept_totals import KeptTotals
from mpftp.adapters.store.open_campaigns import OpenCampaign, load_open_campaigns
from mpftp.adapters.store.runs import LastRun, RunStore
from mpftp.adapters.store.situations import count_returned, count_situations
from mpftp.adapters.store.suppression_review import count_unreviewed
from mpftp.domain.campaign import CampaignRef, CampaignState, DeliveryState, EventKind
from mpftp.domain.clock import from_ms, from_optional_ms
from mpftp.domain.file_names import OUTPUT_TYPES, AnswerType, ResultType, TripletKey
from mpftp.domain.lasting import SaidTrouble
from mpftp.domain.results.situations import Situation
from mpftp.domain.sending.due import WaitingFragment


@dataclass(frozen=True, slots=True)
class ClientSummary:
    """A client's server as the last visits left it."""

    name: str
    failures: int = 0
    visited_at: datetime | None = None
    succeeded_at: datetime | None = None
    trouble: str = ""
    campaigns: int = 0
    suppressed: int = 0
    other_files: int = 0
    """Files that lie there and are no upload for a campaign."""
    is_removed: bool = False
    is_resting: bool = False
    suppression_files: tuple[SuppressionFileSummary, ...] = ()
    """The newest of the lists that the client uploaded, the newest first."""


@dataclass(frozen=True, slots=True)
class SuppressionFileSummary:
    """A client's own suppression file as it was read last: *lines* = *added* + *known* + *invalid*."""

    file: str
    taken_at: datetime
    lines: int
    added: int
    known: int
    invalid: int


SHOWN_SUPPRESSION_FILES = 5
"""Suppression files that are shown of each client, the newest."""


@dataclass(frozen=True, slots=True)
class EventCount:
    """Events of one kind: *all* of them, those *marked* as a machine's, the *contacts* behind all.

    *marks* counts the marked ones by the reason for the mark.
    """

    all: int = 0
    marked: int = 0
    contacts: int = 0
    marks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EditionSummary:
    """One edition of the six files: the *rows* of each once it is published, or what is in its way."""

    edition: int
    due_at: datetime
    published_at: datetime | None
    rows: Mapping[ResultType | AnswerType, int]
    trouble: str


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """A campaign in numbers. *deliveries* and *events* hold only what is not zero."""

    ref: CampaignRef
    state: CampaignState
    state_reason: str
    subject: str
    folder: str
    accepted_at: datetime
    finished_at: datetime | None
    fragments: int
    fragments_finished: int
    next_fragment_at: datetime | None
    deliveries: Mapping[DeliveryState, int]
    situations: Mapping[Situation, int]
    in_doubt: int
    events: Mapping[EventKind, EventCount]
    editions: tuple[EditionSummary, ...] = field(default_factory=tuple)

    @property
    def lines(self) -> int:
        """The data lines of MAIL: every one is a delivery in some state."""
        return sum(self.deliveries.values())


@dataclass(frozen=True, slots=True)
class RefusalSummary:
    """A triplet, or a list, that was refused and not corrected yet, with the names of its *files*."""

    client: str
    key: TripletKey
    refused_at: datetime
    rules: tuple[str, ...]
    files: tuple[str, ...] = ()
    is_list: bool = False
    is_answered: bool = False
    """Whether its ERRO file was uploaded; the client may have removed it since."""


class Overview:
    """Questions about the whole state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def find_campaigns(self, spec: str, client: str | None = None) -> list[CampaignRef]:
        """The campaigns that *spec* names: an id, ``NAME_DATE``, or ``CLIENT/NAME_DATE``; newest first.

        Several clients may have used the same name; *client* narrows the answer to one.
        """
        owner, _, name = spec.rpartition("/")
        query = """
            SELECT c.id, k.name, c.name, c.date FROM campaign c JOIN client k ON k.id = c.client_id
            WHERE (c.name || '_' || c.date = ? OR (? AND CAST(c.id AS TEXT) = ?))
              AND (? = '' OR k.name = ?) AND (? IS NULL OR k.name = ?)
            ORDER BY c.id DESC"""
        values = (name, not owner, name, owner, owner, client, client)
        return [_ref(*row) for row in self._db.rows(query, values)]

    def campaign_names(self, client: str | None = None) -> list[str]:
        """The newest campaigns by CLIENT/NAME_DATE, for whoever mistyped one."""
        query = """
            SELECT k.name || '/' || c.name || '_' || c.date
            FROM campaign c JOIN client k ON k.id = c.client_id
            WHERE ?1 IS NULL OR k.name = ?1 ORDER BY c.id DESC LIMIT 1000"""
        return [row[0] for row in self._db.rows(query, (client,))]

    def clients(self) -> list[ClientSummary]:
        """Every client that the state knows, by name."""
        query = """
            SELECT k.name, k.failures, k.visited_at, k.succeeded_at, k.trouble,
                   (SELECT count(*) FROM campaign c WHERE c.client_id = k.id) AS campaigns,
                   (SELECT count(*) FROM suppression s WHERE s.client_id = k.id) AS suppressed,
                   (SELECT count(reported_at) FROM sighting s WHERE s.client_id = k.id) AS others,
                   k.removed_at IS NOT NULL AS is_removed, k.id
            FROM client k ORDER BY k.name"""
        return [
            ClientSummary(
                row["name"],
                row["failures"],
                from_optional_ms(row["visited_at"]),
                from_optional_ms(row["succeeded_at"]),
                row["trouble"],
                row["campaigns"],
                row["suppressed"],
                row["others"],
                bool(row["is_removed"]),
                suppression_files=self._suppression_files(row["id"]),
            )
            for row in self._db.named_rows(query)
        ]

    def _suppression_files(self, client_id: int) -> tuple[SuppressionFileSummary, ...]:
        query = """
            SELECT file, taken_at, lines, added, known, invalid FROM suppression_file
            WHERE client_id = ? ORDER BY taken_at DESC, id DESC LIMIT ?"""
        return tuple(
            SuppressionFileSummary(
                row["file"],
                from_ms(row["taken_at"]),
                row["lines"],
                row["added"],
                row["known"],
                row["invalid"],
            )
            for row in self._db.named_rows(query, (client_id, SHOWN_SUPPRESSION_FILES))
        )

    def open_campaigns(self, since: datetime, client: str | None = None) -> list[OpenCampaign]:
        """What is still to be done of campaigns; see ``load_open_campaigns``."""
        return load_open_campaigns(self._db, since, client)

    def waiting_fragments(self) -> list[WaitingFragment]:
        """What ``send`` has to do of active campaigns; see ``load_waiting_fragments``."""
        return load_waiting_fragments(self._db)

    def campaigns(
        self, client: str | None = None, newest: int | None = None, under_way: int = 0
    ) -> list[CampaignSummary]:
        """Campaigns in numbers, the newest first: all, or so many of the *newest* and those *under_way*."""
        query = """
            SELECT c.id, k.name AS client, c.name, c.date, c.state, c.state_reason,
                   coalesce(json_extract(c.settings, '$.subject'), '') AS subject,
                   coalesce(json_extract(c.settings, '$.folder'), '') AS folder, c.accepted_at, c.finished_at
            FROM campaign c JOIN client k ON k.id = c.client_id
            WHERE (?1 IS NULL OR k.name = ?1)
              AND (?2 IS NULL
                   OR c.id IN (SELECT n.id FROM campaign n JOIN client o ON o.id = n.client_id
                               WHERE ?1 IS NULL OR o.name = ?1 ORDER BY n.id DESC LIMIT ?2)
                   OR c.id IN (SELECT n.id FROM campaign n JOIN client o ON o.id = n.client_id
                               WHERE n.state IN ('active', 'paused') AND (?1 IS NULL OR o.name = ?1)
                               ORDER BY n.id DESC LIMIT ?3))
            ORDER BY c.id DESC"""
        rows = list(self._db.named_rows(query, (client, newest, under_way)))
        totals = EventTotals(self._db).load([row["id"] for row in rows])
        return [self._campaign_summary(row, totals[row["id"]]) for row in rows]

    def _campaign_summary(self, row: dict[str, Any], totals: KeptTotals) -> CampaignSummary:
        campaign_id = row["id"]
        fragments = self._db.row(
            "SELECT count(*), count(finished_at), min(due_at) FILTER (WHERE finished_at IS NULL)"
            " FROM fragment WHERE campaign_id = ?",
            (campaign_id,),
        ) or (0, 0, None)
        deliveries, in_doubt = self._deliveries(campaign_id)
        return CampaignSummary(
            ref=_ref(campaign_id, row["client"], row["name"], row["date"]),
            state=CampaignState(row["state"]),
            state_reason=row["state_reason"],
            subject=row["subject"],
            folder=row["folder"],
            accepted_at=from_ms(row["accepted_at"]),
            finished_at=from_optional_ms(row["finished_at"]),
            fragments=fragments[0],
            fragments_finished=fragments[1],
            next_fragment_at=from_optional_ms(fragments[2]),
            deliveries=deliveries,
            situations=count_situations(
                self._db, campaign_id, deliveries, count_returned(self._db, campaign_id)
            ),
            in_doubt=in_doubt,
            events=self._events(campaign_id, totals),
            editions=self._editions(campaign_id),
        )

    def _deliveries(self, campaign_id: int) -> tuple[dict[DeliveryState, int], int]:
        query = """
            SELECT state, count(*), sum(doubts) FROM delivery INDEXED BY delivery_campaign
            WHERE campaign_id = ? GROUP BY state"""
        rows = list(self._db.rows(query, (campaign_id,)))
        return {DeliveryState(state): count for state, count, _ in rows}, sum(row[2] for row in rows)

    def _events(self, campaign_id: int, totals: KeptTotals) -> dict[EventKind, EventCount]:
        others = count_other_events(self._db, campaign_id)
        marks = {**count_other_marks(self._db, campaign_id, others), **totals.marks}
        return {
            kind: EventCount(
                counts.all,
                counts.marked,
                counts.contacts,
                {mark: count for (of, mark), count in marks.items() if of is kind},
            )
            for kind, counts in {**others, **totals.events}.items()
        }

    def _editions(self, campaign_id: int) -> tuple[EditionSummary, ...]:
        query = """
            SELECT edition, due_at, published_at, rows, trouble FROM publication
            WHERE campaign_id = ? ORDER BY edition"""
        return tuple(
            EditionSummary(
                row["edition"],
                from_ms(row["due_at"]),
                from_optional_ms(row["published_at"]),
                {OUTPUT_TYPES[kind]: count for kind, count in json.loads(row["rows"]).items()},
                row["trouble"],
            )
            for row in self._db.named_rows(query, (campaign_id,))
        )

    def count_campaigns(self, client: str | None = None) -> dict[CampaignState, int]:
        """How many campaigns are in each state."""
        query = """
            SELECT c.state, count(*) FROM campaign c JOIN client k ON k.id = c.client_id
            WHERE ?1 IS NULL OR k.name = ?1 GROUP BY c.state"""
        return {CampaignState(state): count for state, count in self._db.rows(query, (client,))}

    def refusals(self, client: str | None = None) -> list[RefusalSummary]:
        """Refused triplets of which no corrected one came, the newest first."""
        query = """
            SELECT k.name AS client, r.name, r.date, r.refused_at, r.findings, r.files, r.is_list,
                   r.answered_at IS NOT NULL AS is_answered
            FROM refusal r JOIN client k ON k.id = r.client_id
            WHERE r.mended_at IS NULL AND (? IS NULL OR k.name = ?)
            ORDER BY r.refused_at DESC, r.id DESC"""
        return [
            RefusalSummary(
                row["client"],
                TripletKey(row["name"], row["date"]),
                from_ms(row["refused_at"]),
                _rules(row["findings"]),
                tuple(json.loads(row["files"])),
                bool(row["is_list"]),
                bool(row["is_answered"]),
            )
            for row in self._db.named_rows(query, (client, client))
        ]

    def alerts(self) -> list[tuple[str, str, datetime]]:
        """(place, what it says, since when) of what stands in the way of whole commands."""
        query = "SELECT place, text, since FROM obstacle ORDER BY place"
        return [(place, text, from_ms(since)) for place, text, since in self._db.rows(query)]

    def said_troubles(self) -> list[SaidTrouble]:
        """Return the troubles that runs of commands reported and that are not over."""
        return RunStore(self._db).said()

    def last_runs(self) -> list[LastRun]:
        """The last run of each command."""
        return RunStore(self._db).last_runs()

    def undecided_messages(self) -> tuple[int, datetime | None]:
        """How many messages of the bounce mailbox wait for somebody's decision, and since when."""
        count, oldest = self._db.row(
            "SELECT count(*), min(at) FROM report WHERE place <> 'Taken' AND decided = ''"
        ) or (0, None)
        return count, from_optional_ms(oldest)

    def counted_addresses(self) -> int:
        """How many addresses have bounces that count and are not suppressed for them yet."""
        query = f"SELECT count(*) FROM (SELECT DISTINCT j.client_id, j.email {COUNTED_BOUNCES})"  # noqa: S608
        return int(self._db.value(query))

    def unreviewed_suppressions(self) -> int:
        """How many suppressions of an earlier version ``suppress review`` would lift, until it was run."""
        return count_unreviewed(self._db)

    def identity(self) -> tuple[str, datetime | None]:
        """The state's id, which a restore changes, and when it was last restored."""
        state_id, restored_at = self._db.row("SELECT state_id, restored_at FROM memory") or ("", None)
        return state_id, from_optional_ms(restored_at)

    def find_damage(self) -> list[str]:
        """What a quick check of the whole state file finds wrong with it; empty when it is sound."""
        return self._db.find_damage(thorough=False)


def _ref(number: int, client: str, name: str, date: str) -> CampaignRef:
    return CampaignRef(number, client, TripletKey(name, date))


def _rules(findings: str) -> tuple[str, ...]:
    """The identifiers of the rules whose breach refused the triplet; warnings are no reasons."""
    groups = json.loads(findings)
    return tuple(
        dict.fromkeys(group["rule"] for group in groups if group.get("severity", "error") == "error")
    )
