"""What claiming and settling deliveries comes to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from mpftp.domain.campaign import DeliveryState


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
    """What a group of answers came to; *cut_off* counts lost answers by campaign."""

    states: Counter[DeliveryState] = field(default_factory=Counter)
    failures: list[FailedDelivery] = field(default_factory=list)
    fragments: set[int] = field(default_factory=set)
    cut_off: Counter[str] = field(default_factory=Counter)

    def add(self, other: SettleSummary) -> None:
        """Count *other* in."""
        self.states.update(other.states)
        self.failures += other.failures
        self.fragments |= other.fragments
        self.cut_off.update(other.cut_off)
