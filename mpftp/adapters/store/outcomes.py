"""What claiming and settling deliveries comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from mpftp.adapters.store.judgements import Judged
from mpftp.domain.bounces.crowd import canonical_words
from mpftp.domain.bounces.judgement import BounceEvidence, Channel, Refusal, judge
from mpftp.domain.bounces.reasons import make_status, read_refusal
from mpftp.domain.campaign import BounceClass, DeliveryState
from mpftp.domain.sending.transport import Outcome


class Claim(NamedTuple):
    """A claimed delivery: its number, address, and values as a JSON array."""

    id: int
    email: str
    fields: str


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """A delivery that failed for good, as the operator reads of it: *campaign* is CLIENT/NAME_DATE.

    *given_up*: it was put off for as long as the rules allow.
    """

    campaign: str
    line: int
    email: str
    code: str
    reply: str
    given_up: bool = False
    delivery_id: int = 0


class FragmentAnswers(NamedTuple):
    """A fragment (*number*) of a *campaign* (NAME_DATE), how many answers it got, and refusals of them."""

    client: str
    campaign_id: int
    campaign: str
    number: int
    tried: int
    refused: int


@dataclass(slots=True)
class SettleSummary:
    """What a group of answers came to; *cut_off* counts lost answers by campaign.

    *judged* are its refusals by delivery, *held* the campaigns that a run of refusals holds, and why.
    """

    states: Counter[DeliveryState] = field(default_factory=Counter)
    failures: list[FailedDelivery] = field(default_factory=list)
    fragments: set[int] = field(default_factory=set)
    cut_off: Counter[str] = field(default_factory=Counter)
    judged: dict[int, Judged] = field(default_factory=dict)
    held: dict[int, str] = field(default_factory=dict)

    def take_back(self, campaign_id: int, waiting: Collection[int], reason: str) -> None:
        """Count what a held campaign's run refused as waiting again."""
        self.held[campaign_id] = reason
        gone = set(waiting) & self.judged.keys()
        self.states[DeliveryState.FAILED] -= len(gone)
        self.states[DeliveryState.PENDING] += len(gone)
        self.failures = [failure for failure in self.failures if failure.delivery_id not in gone]

    def add(self, other: SettleSummary) -> None:
        """Count *other* in."""
        self.states.update(other.states)
        self.failures += other.failures
        self.fragments |= other.fragments
        self.cut_off.update(other.cut_off)
        self.held |= other.held


def read_reply(outcome: Outcome, bounce_class: BounceClass) -> Refusal:
    """Return what a refusal at sending time says; its code is the status of RFC 3463."""
    reading = read_refusal(outcome.code, outcome.reply, outcome.step)
    status = make_status(outcome.code, outcome.reply)
    return Refusal(Channel.SMTP, bounce_class, reading.reason, status, reading.step, reading.subject)


def judge_reply(
    delivery_id: int, campaign_id: int, client_id: int, email: str, outcome: Outcome, refusal: Refusal
) -> Judged:
    """Return what *outcome*, a *refusal* at sending time, means for the address."""
    decision = judge(refusal)
    evidence = BounceEvidence(replace(refusal, code=outcome.code), decision.rule, outcome.reply)
    alike = canonical_words(outcome.code, outcome.reply, email)
    return Judged(delivery_id, campaign_id, client_id, email, decision.judgement, alike, evidence)
