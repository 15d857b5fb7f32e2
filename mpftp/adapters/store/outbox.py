"""The state file as ``send`` sees it: deliveries claimed and settled in groups, fragments finished."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.fragments import load_open_fragments
from mpftp.adapters.store.judgements import JudgementStore, follow
from mpftp.adapters.store.outcomes import (
    Claim,
    FailedDelivery,
    FragmentAnswers,
    SettleSummary,
    judge_reply,
    read_reply,
)
from mpftp.adapters.store.slow_domains import load_slow_domains, save_slow_domains
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.bounces.crowd import WhatFollows
from mpftp.domain.bounces.repetition import DEFAULT_REPETITION, Repetition
from mpftp.domain.campaign import BounceClass, DeliveryState
from mpftp.domain.clock import from_optional_ms, to_ms
from mpftp.domain.sending.schedule import DeliveryHistory, OpenFragment, RetryPolicy, StateChange, next_state
from mpftp.domain.sending.slowing import SlowDomain
from mpftp.domain.sending.transport import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class _DeliveryRow:
    """What settling an answer needs of its delivery."""

    id: int
    campaign_id: int
    campaign: str
    client_id: int
    fragment_id: int
    line: int
    email: str
    attempts: int
    in_doubt: int
    first_at: int | None
    campaign_state: str


def _none_in(state: str) -> str:
    """The condition that the fragment of a row has no delivery in *state*; each is one look at an index."""
    return f"NOT EXISTS (SELECT 1 FROM delivery WHERE fragment_id = fragment.id AND state = '{state}')"  # noqa: S608


_RESTS = f"{_none_in('pending')} AND {_none_in('claimed')}"
"""Nothing more of the fragment goes out now."""


class Outbox:
    """Claims, settles and finishes. Every method that changes something is one transaction.

    Commits reach the disk before a message goes out (``synchronous = FULL``), so that a power cut
    cannot bring back a delivery as if it had never been claimed.
    """

    def __init__(self, db: Database, rules: RetryPolicy, repetition: Repetition = DEFAULT_REPETITION) -> None:
        self._db = db
        self._rules = rules
        self._judgements = JudgementStore(db, repetition)
        self._suppression = SuppressionList(db)
        db.execute("PRAGMA synchronous = FULL")

    def open_fragments(self) -> list[OpenFragment]:
        """The unfinished fragments of active campaigns, the longest due first."""
        return sorted(load_open_fragments(self._db), key=lambda fragment: (fragment.due_at, fragment.id))

    def count_claimable(self, fragment_id: int, now: datetime) -> int:
        """How many deliveries of a fragment could be claimed at *now*."""
        count: int = self._db.value(
            "SELECT (SELECT count(*) FROM delivery WHERE fragment_id = ?1 AND state = 'pending')"
            " + (SELECT count(*) FROM delivery WHERE fragment_id = ?1 AND state = 'deferred'"
            " AND next_at <= ?2)",
            (fragment_id, to_ms(now)),
        )
        return count

    def claim(self, fragment: OpenFragment, limit: int, now: datetime) -> tuple[list[Claim], int]:
        """Claim up to *limit* deliveries that may go out; also, how many were suppressed instead.

        Those whose retry is due come before those never tried. Nothing claimed and nothing
        suppressed: the fragment has no more at *now*, or its campaign was stopped meanwhile.
        """
        with self._db.transaction():
            active = self._db.value("SELECT state FROM campaign WHERE id = ?", (fragment.campaign_id,))
            if active != "active":
                return [], 0
            waiting = self._waiting_rows(fragment.id, limit, to_ms(now))
            suppressed = self._suppression.of_deliveries([claim.id for claim in waiting])
            claims = [claim for claim in waiting if claim.id not in suppressed]
            self._db.execute(
                "UPDATE delivery SET state = 'claimed' WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps([claim.id for claim in claims]),),
            )
            self._db.execute_many(
                "UPDATE delivery SET state = 'suppressed', settled_at = ?, code = ? WHERE id = ?",
                ((to_ms(now), reason, delivery_id) for delivery_id, reason in suppressed.items()),
            )
            if waiting:
                self._db.execute(
                    "UPDATE fragment SET started_at = ? WHERE id = ? AND started_at IS NULL",
                    (to_ms(now), fragment.id),
                )
        return claims, len(waiting) - len(claims)

    def _waiting_rows(self, fragment_id: int, limit: int, now: int) -> list[Claim]:
        deferred = self._db.rows(
            "SELECT id, email, fields FROM delivery WHERE fragment_id = ? AND state = 'deferred'"
            " AND next_at <= ? ORDER BY next_at LIMIT ?",
            (fragment_id, now, limit),
        )
        claims = [Claim(*row) for row in deferred]
        pending = self._db.rows(
            "SELECT id, email, fields FROM delivery WHERE fragment_id = ? AND state = 'pending'"
            " ORDER BY id LIMIT ?",
            (fragment_id, limit - len(claims)),
        )
        return claims + [Claim(*row) for row in pending]

    def settle(self, outcomes: Sequence[Outcome], now: datetime) -> SettleSummary:
        """Take a group of answers into the state: what was sent, what waits, what came back."""
        done = SettleSummary()
        accepted = [outcome for outcome in outcomes if outcome.verdict is Verdict.ACCEPTED]
        others = {o.delivery_id: o for o in outcomes if o.verdict is not Verdict.ACCEPTED}
        with self._db.transaction():
            self._count_answers(outcomes, done)
            self._forget_bounces([outcome.delivery_id for outcome in accepted])
            self._settle_accepted(accepted, to_ms(now))
            done.states[DeliveryState.SENT] = len(accepted)
            for row in self._rows_of(others):
                self._settle_one(row, others[row.id], now, done)
            for campaign_id, (waiting, reason) in follow(
                self._judgements, outcomes, done.judged, now
            ).items():
                done.take_back(campaign_id, waiting, reason)
        return done

    def _settle_accepted(self, accepted: Iterable[Outcome], now: int) -> None:
        self._db.execute_many(
            "UPDATE delivery SET state = 'sent', attempts = attempts + 1, first_at = coalesce(first_at, ?1),"
            " settled_at = ?1, next_at = NULL, code = ?2, reply = ?3 WHERE id = ?4",
            ((now, outcome.code, outcome.reply, outcome.delivery_id) for outcome in accepted),
        )

    def _count_answers(self, outcomes: Sequence[Outcome], done: SettleSummary) -> None:
        """Count each fragment's answers and refusals, for ``stop_at_failure_rate``."""
        for refused, verdicts in ((0, {Verdict.ACCEPTED, Verdict.DEFERRED}), (1, {Verdict.REFUSED})):
            delivery_ids = [outcome.delivery_id for outcome in outcomes if outcome.verdict in verdicts]
            counted = self._db.rows(
                "SELECT fragment_id, count(*) FROM delivery"
                " WHERE id IN (SELECT value FROM json_each(?)) GROUP BY fragment_id",
                (json.dumps(delivery_ids),),
            )
            for fragment_id, count in list(counted):
                done.fragments.add(fragment_id)
                self._db.execute(
                    "UPDATE fragment SET tried = tried + ?, refused = refused + ? WHERE id = ?",
                    (count, count * refused, fragment_id),
                )

    def _rows_of(self, delivery_ids: Collection[int]) -> list[_DeliveryRow]:
        rows = self._db.named_rows(
            "SELECT d.id, d.campaign_id, k.name || '/' || c.name || '_' || c.date AS campaign, c.client_id,"
            " d.fragment_id, d.line, d.email, d.attempts, d.doubts AS in_doubt, d.first_at,"
            " c.state AS campaign_state"
            " FROM delivery d JOIN campaign c ON c.id = d.campaign_id JOIN client k ON k.id = c.client_id"
            " WHERE d.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(delivery_ids)),),
        )
        return [_DeliveryRow(**row) for row in rows]

    def _settle_one(self, row: _DeliveryRow, outcome: Outcome, now: datetime, done: SettleSummary) -> None:
        if outcome.verdict is Verdict.UNSENT:
            self._release([row.id])
            return
        history = DeliveryHistory(row.attempts, row.in_doubt, from_optional_ms(row.first_at) or now)
        decided = next_state(outcome, history, now, self._rules)
        if decided.state is DeliveryState.DEFERRED and row.campaign_state == "cancelled":
            lost = outcome.verdict is Verdict.IN_DOUBT
            decided = StateChange(DeliveryState.IN_DOUBT if lost else DeliveryState.CANCELLED)
        final = decided.state is not DeliveryState.DEFERRED
        self._db.execute(
            "UPDATE delivery SET state = ?, attempts = attempts + 1, doubts = doubts + ?,"
            " first_at = coalesce(first_at, ?), settled_at = ?, next_at = ?, code = ?, reply = ?"
            " WHERE id = ?",
            (
                decided.state.value,
                outcome.verdict is Verdict.IN_DOUBT,
                to_ms(now),
                to_ms(now) if final else None,
                to_ms(decided.next_at) if decided.next_at else None,
                outcome.code,
                outcome.reply,
                row.id,
            ),
        )
        done.states[decided.state] += 1
        done.fragments.add(row.fragment_id)
        if final:
            self._forget_bounces([row.id])
        if decided.bounce:
            self._bounce(row, outcome, decided, to_ms(now), done)
            is_given_up = decided.bounce is BounceClass.TRANSIENT
            done.failures.append(
                FailedDelivery(
                    row.campaign, row.line, row.email, outcome.code, outcome.reply, is_given_up, row.id
                )
            )

    def _forget_bounces(self, delivery_ids: Sequence[int]) -> None:
        """Take back what was refused before a ``retry``, for these deliveries are settled anew."""
        self._db.execute(
            "DELETE FROM event WHERE kind = 'bounce' AND source = 'smtp'"
            " AND delivery_id IN (SELECT value FROM json_each(?))",
            (json.dumps(delivery_ids),),
        )

    def _bounce(
        self, row: _DeliveryRow, outcome: Outcome, decided: StateChange, now: int, done: SettleSummary
    ) -> None:
        """Write the event of RETORNADO, and judge what it means for the address."""
        assert decided.bounce
        refusal = read_reply(outcome, decided.bounce)
        self._db.execute(
            "INSERT INTO event (campaign_id, delivery_id, kind, at, class, code, reason, source)"
            " VALUES (?, ?, 'bounce', ?, ?, ?, ?, 'smtp')",
            (row.campaign_id, row.id, now, decided.bounce.value, refusal.code, refusal.reason.value),
        )
        if decided.bounce is BounceClass.PERMANENT:
            done.judged[row.id] = judge_reply(
                row.id, row.campaign_id, row.client_id, row.email, outcome, refusal
            )

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Give back claimed deliveries that never went out; those of a cancelled campaign are cancelled."""
        if not delivery_ids:
            return
        with self._db.transaction():
            self._release(delivery_ids)

    def _release(self, delivery_ids: Iterable[int]) -> None:
        self._db.execute_many(
            "UPDATE delivery SET state = CASE (SELECT state FROM campaign c WHERE c.id = campaign_id)"
            " WHEN 'cancelled' THEN 'cancelled' ELSE CASE WHEN next_at IS NULL THEN 'pending'"
            " ELSE 'deferred' END END WHERE id = ? AND state = 'claimed'",
            ((delivery_id,) for delivery_id in delivery_ids),
        )

    def postpone(self, turns: Sequence[tuple[int, datetime]]) -> None:
        """Give back claimed deliveries that are to wait until their domain's turn."""
        if not turns:
            return
        with self._db.transaction():
            self._db.execute_many(
                "UPDATE delivery SET next_at = ? WHERE id = ? AND state = 'claimed'",
                ((to_ms(at), delivery_id) for delivery_id, at in turns),
            )
            self._release(delivery_id for delivery_id, _ in turns)

    def slow_domains(self) -> tuple[SlowDomain, ...]:
        """What earlier runs learned of domains that ask for patience."""
        return load_slow_domains(self._db)

    def remember_slow_domains(self, learned: Mapping[str, SlowDomain | None]) -> None:
        """Keep it for the next run and for ``status``; ``None``: a domain is slow no more."""
        save_slow_domains(self._db, learned)

    def claimed_ids(self) -> set[int]:
        """Deliveries that a run claimed and did not settle."""
        return {row[0] for row in self._db.rows("SELECT id FROM delivery WHERE state = 'claimed'")}

    def settle_in_doubt(self, delivery_ids: Sequence[int]) -> SettleSummary:
        """Deliveries in flight when a run was killed: sent once more, or left in doubt, as the rules say."""
        state = DeliveryState.PENDING if self._rules.resend else DeliveryState.IN_DOUBT
        done = SettleSummary(Counter({state: len(delivery_ids)}))
        with self._db.transaction():
            rows = self._rows_of(delivery_ids)
            done.fragments = {row.fragment_id for row in rows}
            done.cut_off.update(row.campaign for row in rows)
            self._db.execute_many(
                "UPDATE delivery SET doubts = doubts + 1, attempts = attempts + 1, next_at = NULL, state ="
                " iif((SELECT state FROM campaign c WHERE c.id = campaign_id) = 'cancelled', 'doubt', ?)"
                " WHERE id = ?",
                ((state.value, delivery_id) for delivery_id in delivery_ids),
            )
        return done

    def finish(
        self, fragments: Iterable[int], now: datetime, publishing: Callable[[str, datetime], datetime]
    ) -> tuple[list[int], dict[int, str]]:
        """Close those of *fragments* with nothing left to go, and campaigns whose last one that was.

        A finished campaign gets its next edition, due at ``publishing(client, now)``: a further one when
        it went on after one was published. Returns the finished campaigns, and those that a run of
        refusals holds instead, with the reason.
        """
        with self._db.transaction():
            for fragment_id in fragments:
                self._close(fragment_id, to_ms(now))
            campaigns = self._campaigns_at_rest(fragments)
            held = {campaign: reason for campaign in campaigns if (reason := self._hold_at_rest(campaign))}
            finished = [
                campaign for campaign in campaigns - held.keys() if self._finish(campaign, to_ms(now))
            ]
            for campaign in finished:
                name = self._db.value(
                    "SELECT k.name FROM campaign c JOIN client k ON k.id = c.client_id WHERE c.id = ?",
                    (campaign,),
                )
                self._db.execute(
                    "INSERT OR IGNORE INTO publication (campaign_id, edition, due_at)"
                    " SELECT ?1, 1 + count(published_at), ?2 FROM publication WHERE campaign_id = ?1",
                    (campaign, to_ms(publishing(name, now))),
                )
        return finished, held

    def _campaigns_at_rest(self, fragments: Iterable[int]) -> set[int]:
        """The campaigns of those *fragments* of which nothing more goes out now."""
        query = f"""
            SELECT DISTINCT campaign_id FROM fragment
            WHERE id IN (SELECT value FROM json_each(?)) AND {_RESTS}"""  # noqa: S608
        return {campaign_id for (campaign_id,) in self._db.rows(query, (json.dumps(list(fragments)),))}

    def _hold_at_rest(self, campaign_id: int) -> str:
        """Hold a campaign whose last messages the relay refused alike; why, or ``""``."""
        unfinished = "SELECT 1 FROM fragment WHERE campaign_id = ? AND finished_at IS NULL LIMIT 1"
        if self._db.value(unfinished, (campaign_id,)) is None:
            alike = self._judgements.end(campaign_id)
        else:
            alike = self._judgements.find_relay_run(campaign_id, WhatFollows.LATER)
        return self._judgements.hold(campaign_id, alike)[1] if alike else ""

    def _close(self, fragment_id: int, now: int) -> None:
        self._db.execute(
            "UPDATE fragment SET finished_at = ?2 WHERE id = ?1 AND finished_at IS NULL"  # noqa: S608
            f" AND {_RESTS} AND {_none_in('deferred')}",
            (fragment_id, now),
        )

    def _finish(self, campaign_id: int, now: int) -> int:
        return self._db.execute(
            "UPDATE campaign SET state = 'finished', finished_at = ?2 WHERE id = ?1 AND state = 'active'"
            " AND NOT EXISTS (SELECT 1 FROM fragment WHERE campaign_id = ?1 AND finished_at IS NULL)",
            (campaign_id, now),
        )

    def pause(self, campaign_id: int, reason: str) -> None:
        """Pause an active campaign; what is in flight is still settled."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE campaign SET state = 'paused', state_reason = ? WHERE id = ? AND state = 'active'",
                (reason, campaign_id),
            )

    def campaign_name(self, campaign_id: int) -> tuple[str, str]:
        """The client and the name (NAME_DATE) of a campaign."""
        return campaign_name(self._db, campaign_id)

    def count_answers(self, fragment_id: int) -> FragmentAnswers:
        """Whose fragment it is, and its answers and refusals since the start or the last resume."""
        query = """
            SELECT k.name AS client, f.campaign_id, c.name || '_' || c.date AS campaign, f.number, f.tried,
                   f.refused
            FROM fragment f JOIN campaign c ON c.id = f.campaign_id JOIN client k ON k.id = c.client_id
            WHERE f.id = ?"""
        return FragmentAnswers(**next(self._db.named_rows(query, (fragment_id,))))


def campaign_name(db: Database, campaign_id: int) -> tuple[str, str]:
    """The client and the name (NAME_DATE) of a campaign, both empty when the state does not know it."""
    row = db.row(
        "SELECT k.name, c.name || '_' || c.date FROM campaign c JOIN client k ON k.id = c.client_id"
        " WHERE c.id = ?",
        (campaign_id,),
    )
    return (row[0], row[1]) if row else ("", "")
