"""The state's part for what bounces mean: runs of alike refusals, repetition, evidence, suppression.

Every method that changes something belongs in the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.report_crowds import ReportCrowds
from mpftp.adapters.store.suppression import SuppressionList, on_list
from mpftp.domain.addresses import canonical_address
from mpftp.domain.bounces.crowd import Run, WhatFollows, is_relay_problem
from mpftp.domain.bounces.judgement import BounceEvidence, Judgement
from mpftp.domain.bounces.repetition import DEFAULT_REPETITION, Repetition
from mpftp.domain.clock import from_ms, to_ms
from mpftp.domain.sending.transport import Outcome, Verdict
from mpftp.domain.texts import count_text

RELAY_HOLD = "relay"
"""How ``campaign.state_reason`` begins where a run of alike refusals holds a campaign."""

_COUNTS = "judgement = 'when repeated' AND state = 'applied'"  # a bounce suppresses when it repeats
COUNTED_BOUNCES = f"""
    FROM bounce_judgement j JOIN client k ON k.id = j.client_id
    WHERE {_COUNTS} AND NOT EXISTS (SELECT 1 FROM suppression s WHERE {on_list("j.client_id", "j.email")})"""  # noqa: S608
"""The bounces that count, of addresses that are not suppressed."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One bounce to be noted: whose, what it was judged to mean, and *alike*, what it shares with others."""

    delivery_id: int
    campaign_id: int
    client_id: int
    email: str
    judgement: Judgement
    alike: str
    evidence: BounceEvidence


@dataclass(frozen=True, slots=True)
class Counted:
    """An address with bounces that count: in how many campaigns, since when, until when, and why last."""

    client: str
    email: str
    bounces: int
    first: datetime
    last: datetime
    evidence: BounceEvidence


@dataclass(frozen=True, slots=True)
class Past:
    """A judgement on an address: in which campaign, and whether it waits, was applied, or met a crowd."""

    client: str
    campaign: str
    judgement: Judgement
    state: str
    at: datetime
    evidence: BounceEvidence


class JudgementStore:
    """Judgements in one state file."""

    def __init__(self, db: Database, repetition: Repetition = DEFAULT_REPETITION) -> None:
        self._db = db
        self._repetition = repetition
        self._crowds = ReportCrowds(db)

    def refused(self, judged: Judged, at: datetime) -> None:
        """Note a refusal at sending time: what follows waits until its run is closed."""
        self._note(judged, at, "waiting")

    def reported(self, judged: Judged, at: datetime) -> None:
        """Note a report and do what follows, unless it makes a crowd with others of its campaign."""
        known = self._db.value(
            "SELECT judgement FROM bounce_judgement WHERE delivery_id = ?", (judged.delivery_id,)
        )
        if known == Judgement.AT_ONCE:
            return
        is_crowd = self._crowds.add(judged.campaign_id, judged.alike, judged.delivery_id, judged.email)
        self._note(judged, at, "crowd" if is_crowd else "applied")
        if not is_crowd:
            self._apply(
                judged.delivery_id, judged.client_id, judged.email, judged.judgement, judged.evidence, at
            )

    def _note(self, judged: Judged, at: datetime, state: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO bounce_judgement (delivery_id, campaign_id, client_id, email, at,"
            " judgement, state, alike, evidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                judged.delivery_id,
                judged.campaign_id,
                judged.client_id,
                canonical_address(judged.email),
                to_ms(at),
                judged.judgement.value,
                state,
                judged.alike,
                judged.evidence.to_json(),
            ),
        )

    def has_open_run(self, campaign_id: int) -> bool:
        """Whether refusals of the campaign wait for what comes next."""
        query = "SELECT 1 FROM bounce_judgement WHERE campaign_id = ? AND state = 'waiting' LIMIT 1"
        return self._db.value(query, (campaign_id,)) is not None

    def _open_run(self, campaign_id: int, alike: str) -> Run:
        """The open run of refusals that share *alike*."""
        length, domains = self._db.row(
            "SELECT count(*), count(DISTINCT substr(email, instr(email, '@') + 1)) FROM bounce_judgement"
            " WHERE campaign_id = ? AND alike = ? AND state = 'waiting'",
            (campaign_id, alike),
        ) or (0, 0)
        accepted, refused = self._answers(campaign_id, length)
        return Run(length, domains, accepted, refused)

    def _answers(self, campaign_id: int, waiting: int) -> tuple[int, int]:
        """What a campaign met beside *waiting* refusals: accepted (or put off), and refused."""
        some = "SELECT 1 FROM delivery WHERE campaign_id = ? AND state = 'sent' LIMIT 1"
        tried, refused = self._db.row(
            "SELECT coalesce(sum(tried), 0), coalesce(sum(refused), 0) FROM fragment WHERE campaign_id = ?",
            (campaign_id,),
        ) or (0, 0)
        accepted = max(tried - refused, 1) if self._db.value(some, (campaign_id,)) else 0
        return accepted, max(refused - waiting, 0)

    def is_relay_run(self, campaign_id: int, alike: str, follows: WhatFollows) -> bool:
        """Return whether the relay is to blame for the open run of refusals that share *alike*."""
        return is_relay_problem(self._open_run(campaign_id, alike), follows)

    def find_relay_run(self, campaign_id: int, follows: WhatFollows) -> str:
        """What the refusals of an open run share for which the relay is to blame, or ``""``."""
        shared = self._db.rows(
            "SELECT DISTINCT alike FROM bounce_judgement WHERE campaign_id = ? AND state = 'waiting'",
            (campaign_id,),
        )
        runs = (str(alike) for (alike,) in list(shared))
        return next((alike for alike in runs if self.is_relay_run(campaign_id, alike, follows)), "")

    def end(self, campaign_id: int) -> str:
        """Judge the open runs of a campaign that has nothing more to send.

        Returns what the refusals share that must hold it; else the words have decided, and it is ``""``.
        """
        alike = self.find_relay_run(campaign_id, WhatFollows.NOTHING)
        if not alike:
            self.close(campaign_id)
        return alike

    def close(self, campaign_id: int) -> None:
        """Let the words of a campaign's waiting refusals decide, one by one."""
        query = """
            SELECT delivery_id, client_id, email, judgement, evidence, at FROM bounce_judgement
            WHERE campaign_id = ? AND state = 'waiting'"""
        waiting = list(self._db.named_rows(query, (campaign_id,)))
        self._db.execute(
            "UPDATE bounce_judgement SET state = 'applied' WHERE campaign_id = ? AND state = 'waiting'",
            (campaign_id,),
        )
        for row in waiting:
            self._apply(
                row["delivery_id"],
                row["client_id"],
                row["email"],
                Judgement(row["judgement"]),
                BounceEvidence.from_json(row["evidence"]),
                from_ms(row["at"]),
            )

    def held_for(self, campaign_id: int) -> str:
        """Why a run of refusals holds the campaign already, ``""`` when none does."""
        reason = self._db.value(
            "SELECT state_reason FROM campaign WHERE id = ? AND state = 'paused'", (campaign_id,)
        )
        return reason if reason and reason.startswith(f"{RELAY_HOLD}:") else ""

    def campaigns_with_runs(
        self, outcomes: Sequence[Outcome], judged: Mapping[int, Judged]
    ) -> dict[int, int]:
        """Delivery -> campaign, for those of *outcomes* whose campaign has a run, or may begin one."""
        is_open = self._db.value("SELECT 1 FROM bounce_judgement WHERE state = 'waiting' LIMIT 1")
        if not judged and is_open is None:
            return {}
        concerned = {one.campaign_id for one in judged.values()}
        query = "SELECT id, campaign_id FROM delivery WHERE id IN (SELECT value FROM json_each(?))"
        delivery_ids = json.dumps([outcome.delivery_id for outcome in outcomes])
        campaigns = dict(self._db.rows(query, (delivery_ids,)))
        concerned |= {
            campaign_id for campaign_id in set(campaigns.values()) if self.has_open_run(campaign_id)
        }
        return {delivery: campaign for delivery, campaign in campaigns.items() if campaign in concerned}

    def hold(self, campaign_id: int, alike: str) -> tuple[list[int], str]:
        """Hold a campaign for a run of refusals, and give back what the run refused.

        Returns the deliveries that wait again, and why the campaign is held, for people.
        """
        rows = list(
            self._db.rows(
                "SELECT delivery_id, evidence FROM bounce_judgement"
                " WHERE campaign_id = ? AND state = 'waiting' AND alike = ?",
                (campaign_id, alike),
            )
        )
        evidence = BounceEvidence.from_json(rows[-1][1])
        messages = count_text("1 message was|{count} messages were", len(rows))
        alike_text = f"{messages} refused alike: {evidence.code} {evidence.text}"
        reason = f"{RELAY_HOLD}: {alike_text}".strip()[:300]
        delivery_ids = [delivery_id for delivery_id, _ in rows]
        self.give_back(delivery_ids)
        self._db.execute(
            "UPDATE campaign SET state = 'paused', state_reason = ?, finished_at = NULL"
            " WHERE id = ? AND state = 'active'",
            (reason, campaign_id),
        )
        return delivery_ids, reason

    def give_back(self, delivery_ids: Sequence[int]) -> None:
        """Make refused deliveries pending again, without attempts, and open their fragments."""
        for delivery_id in delivery_ids:
            self._db.execute(
                "DELETE FROM event WHERE delivery_id = ? AND kind = 'bounce' AND source = 'smtp'",
                (delivery_id,),
            )
            self._db.execute("DELETE FROM bounce_judgement WHERE delivery_id = ?", (delivery_id,))
            self._db.execute(
                "UPDATE delivery SET state = 'pending', attempts = 0, first_at = NULL, settled_at = NULL,"
                " next_at = NULL, code = '', reply = '' WHERE id = ? AND state = 'failed'",
                (delivery_id,),
            )
            self._db.execute(
                "UPDATE fragment SET finished_at = NULL, refused = max(refused - 1, 0),"
                " tried = max(tried - 1, 0) WHERE id = (SELECT fragment_id FROM delivery WHERE id = ?)",
                (delivery_id,),
            )

    def forget_refusals(self, campaign_id: int) -> None:
        """Take back what a campaign's refusals at sending time mean, but for whom they suppressed."""
        self._db.execute(
            "DELETE FROM bounce_judgement WHERE campaign_id = ?"
            " AND (state = 'waiting' OR judgement <> 'at once')"
            " AND json_extract(evidence, '$.channel') = 'smtp'",
            (campaign_id,),
        )

    def _apply(
        self,
        delivery_id: int,
        client_id: int,
        email: str,
        judgement: Judgement,
        evidence: BounceEvidence,
        at: datetime,
    ) -> None:
        if judgement is Judgement.NEVER:
            return
        if judgement is Judgement.REPEATED and not self._has_repeated(client_id, email):
            return
        source = "repeated" if judgement is Judgement.REPEATED else evidence.source
        SuppressionList(self._db).on_bounce(client_id, email, at, source, delivery_id)

    def _has_repeated(self, client_id: int, email: str) -> bool:
        query = f"""
            SELECT count(DISTINCT campaign_id), max(at) - min(at) FROM bounce_judgement
            WHERE client_id = ? AND email = ? AND {_COUNTS}"""  # noqa: S608
        row = self._db.row(query, (client_id, canonical_address(email)))
        campaigns, milliseconds = row or (0, 0)
        over = self._repetition.over.total_seconds() * 1000
        return bool(campaigns >= self._repetition.bounces and milliseconds >= over)

    def seen_alive(self, seen: Mapping[int, datetime]) -> None:
        """Start the count of an address anew whose reader opened or clicked: deliveries, and when last."""
        if not seen or self._db.value("SELECT 1 FROM bounce_judgement LIMIT 1") is None:
            return
        query = """
            SELECT DISTINCT d.id, c.client_id, j.email FROM delivery d JOIN campaign c ON c.id = d.campaign_id
            JOIN bounce_judgement j ON j.client_id = c.client_id AND j.email = canonical(d.email)
            WHERE d.id IN (SELECT value FROM json_each(?))"""
        counted = list(self._db.rows(query, (json.dumps(list(seen)),)))
        self._db.execute_many(
            f"DELETE FROM bounce_judgement WHERE client_id = ? AND email = ? AND at < ? AND {_COUNTS}",  # noqa: S608
            ((client_id, email, to_ms(seen[delivery_id])) for delivery_id, client_id, email in counted),
        )

    def counted(self, client: str | None = None) -> Iterator[Counted]:
        """The addresses with bounces that count and that are not suppressed, by client and address."""
        query = f"""
            SELECT k.name AS client, j.email, count(DISTINCT j.campaign_id) AS bounces,
                   min(j.at) AS first, max(j.at) AS last, j.evidence
            {COUNTED_BOUNCES} AND (?1 IS NULL OR k.name = ?1) GROUP BY j.client_id, j.email ORDER BY 1, 2"""
        for row in self._db.named_rows(query, (client,)):
            yield Counted(
                row["client"],
                row["email"],
                row["bounces"],
                from_ms(row["first"]),
                from_ms(row["last"]),
                BounceEvidence.from_json(row["evidence"]),
            )

    def history(self, email: str, client: str | None = None) -> Iterator[Past]:
        """Every judgement on an address, the latest first."""
        query = """
            SELECT k.name AS client, c.name || '_' || c.date AS campaign, j.judgement, j.state, j.at,
                   j.evidence
            FROM bounce_judgement j JOIN client k ON k.id = j.client_id
            JOIN campaign c ON c.id = j.campaign_id
            WHERE j.email = ?1 AND (?2 IS NULL OR k.name = ?2) ORDER BY j.at DESC"""
        for row in self._db.named_rows(query, (canonical_address(email), client)):
            yield Past(
                row["client"],
                row["campaign"],
                Judgement(row["judgement"]),
                row["state"],
                from_ms(row["at"]),
                BounceEvidence.from_json(row["evidence"]),
            )


def follow(
    store: JudgementStore, outcomes: Sequence[Outcome], judged: Mapping[int, Judged], at: datetime
) -> dict[int, tuple[list[int], str]]:
    """Note *outcomes* in their order: refusals as *judged*, acceptances as what closes a campaign's runs.

    Returns the campaigns that a run holds: the deliveries that wait again, and why.
    """
    campaigns = store.campaigns_with_runs(outcomes, judged)
    answers: dict[int, list[tuple[int, Judged | None]]] = {}
    for outcome in outcomes:
        delivery_id = outcome.delivery_id
        if delivery_id in campaigns and (outcome.verdict is Verdict.ACCEPTED or delivery_id in judged):
            answers.setdefault(campaigns[delivery_id], []).append((delivery_id, judged.get(delivery_id)))
    by_campaign = {
        campaign: _follow_one(store, campaign, campaign_answers, at)
        for campaign, campaign_answers in answers.items()
    }
    return {campaign: (waiting, reason) for campaign, (waiting, reason) in by_campaign.items() if reason}


def _follow_one(
    store: JudgementStore, campaign_id: int, answers: Sequence[tuple[int, Judged | None]], at: datetime
) -> tuple[list[int], str]:
    waiting: list[int] = []
    reason = store.held_for(campaign_id)
    is_open = store.has_open_run(campaign_id)
    for delivery_id, judged in answers:
        if judged is None and is_open:
            store.close(campaign_id)
            is_open = False
        elif judged and reason:
            store.give_back([delivery_id])
            waiting.append(delivery_id)
        elif judged:
            store.refused(judged, at)
            is_open = True
            if store.is_relay_run(campaign_id, judged.alike, WhatFollows.THE_FRAGMENT):
                taken_back, reason = store.hold(campaign_id, judged.alike)
                waiting += taken_back
    return waiting, reason
