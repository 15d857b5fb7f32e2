"""Suppressions by bounce, judged again by what the state keeps of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.bounces.judgement import (
    TABLE,
    BounceEvidence,
    Channel,
    Decision,
    Judgement,
    Refusal,
    judge,
)
from mpftp.domain.bounces.reasons import BounceReason, RefusalSubject, read_refusal
from mpftp.domain.campaign import BounceClass
from mpftp.domain.clock import from_ms

_REPLY = re.compile(r"(?P<code>5\d\d(?:[ -]5\.\d{1,3}\.\d{1,3})?)[ -]?(?P<text>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReviewedEntry:
    """A suppression that would not be made today: whose, since when, on what words, and why not."""

    client: str
    client_id: int
    email: str
    at: datetime
    words: str
    decision: Decision


def review_suppressions(db: Database, client: str | None = None) -> Iterator[ReviewedEntry]:
    """Judge each entry made by a bounce again, and yield those that today's rule would not make.

    An entry of which the state keeps no words, no code and no reason stays, and so does one that was
    made because bounces repeated.
    """
    rows = db.named_rows(
        "SELECT k.name AS client, s.client_id, s.email, s.at, s.source FROM suppression s"
        " JOIN client k ON k.id = s.client_id"
        " WHERE s.reason = 'bounce' AND s.source <> 'repeated' AND (?1 IS NULL OR k.name = ?1)"
        " ORDER BY 1, 3",
        (client,),
    )
    for row in list(rows):
        kept = _kept(db, row["client_id"], row["email"], row["at"], row["source"])
        if kept is not None:
            decision = judge(kept.refusal)
            if decision.judgement is not Judgement.AT_ONCE:
                yield ReviewedEntry(
                    row["client"],
                    row["client_id"],
                    row["email"],
                    from_ms(row["at"]),
                    kept.source_words,
                    decision,
                )


def count_unreviewed(db: Database) -> int:
    """How many entries of an earlier version a review would lift; 0 once somebody reviewed the whole list."""
    if not is_review_due(db):
        return 0
    return sum(1 for _ in review_suppressions(db))


def is_review_due(db: Database) -> bool:
    """Return whether the list was not reviewed since the state came from an earlier version."""
    return bool(db.value("SELECT is_review_due FROM memory"))


def record_review(db: Database) -> None:
    """Note that the whole list was reviewed, inside the caller's transaction."""
    db.execute("UPDATE memory SET is_review_due = 0")


def lift(db: Database, entry: ReviewedEntry) -> None:
    """Take one entry off its client's list, inside the caller's transaction."""
    SuppressionList(db).lift_bounce(entry.client_id, entry.email)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is known of the bounce that made an entry."""

    refusal: Refusal
    source_words: str


def _kept(db: Database, client_id: int, email: str, at: int, source: str) -> _Kept | None:
    """The surest of what the state keeps: the words, the reply in the list itself, the event."""
    noted = db.value(
        "SELECT evidence FROM bounce_judgement WHERE client_id = ? AND email = ? AND at = ?",
        (client_id, email, at),
    )
    if noted is not None:
        return _read_again(BounceEvidence.from_json(noted))
    if match := _REPLY.fullmatch(source):
        reading = read_refusal(match["code"], match["text"])
        refusal = Refusal(
            Channel.SMTP, BounceClass.PERMANENT, reading.reason, match["code"], reading.step, reading.subject
        )
        return _Kept(refusal, source)
    return _event(db, client_id, email, at)


def _read_again(evidence: BounceEvidence) -> _Kept:
    """The same refusal, its words read as they are read today."""
    stored = evidence.refusal
    words = f"{stored.code} {evidence.text}".strip()
    if not evidence.text:
        return _Kept(stored, words)
    reading = read_refusal(stored.code, evidence.text, stored.step)
    refusal = Refusal(
        stored.channel, stored.bounce_class, reading.reason, stored.code, reading.step, reading.subject
    )
    return _Kept(refusal, words)


def _event(db: Database, client_id: int, email: str, at: int) -> _Kept | None:
    """A report of an earlier version left its class, its status and its reason."""
    row = db.row(
        "SELECT e.class, e.code, e.reason FROM campaign c"
        " JOIN event e ON e.campaign_id = c.id AND e.kind = 'bounce' AND e.at = ?2"
        " JOIN delivery d ON d.id = e.delivery_id WHERE c.client_id = ?1 AND canonical(d.email) = ?3 LIMIT 1",
        (client_id, at, email),
    )
    if row is None or row[2] not in set(BounceReason):
        return None
    reason = BounceReason(row[2])
    subject = RefusalSubject.RECIPIENT if TABLE[reason] is Judgement.AT_ONCE else RefusalSubject.UNCLEAR
    refusal = Refusal(Channel.REPORT, BounceClass(row[0]), reason, row[1], subject=subject)
    return _Kept(refusal, f"report: {row[1]} {row[2]}")
