"""Recipients' domains that ask to slow down: each rests, longer each time, until it takes messages again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mpftp.domain.sending.transport import Outcome, Verdict

FIRST_PAUSE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 3600
MAX_TRIALS = 5  # messages that try whether a domain that has rested takes them

_SLOW_DOWN = re.compile(r"421\b|4\d\d 4\.7\.\d")
_GREYLISTING = re.compile(r"gr[ae]y-?list|try again later\W*$", re.IGNORECASE)  # the latter is a milter's


@dataclass(frozen=True, slots=True)
class SlowDomain:
    """A *domain* that rests *until* then; it asked first at *since*, last with *code* (``"421 4.7.0"``)."""

    domain: str
    pause_seconds: int
    until: datetime
    since: datetime
    code: str


def asks_to_slow_down(outcome: Outcome) -> bool:
    """Whether a reply speaks of how much comes, not of a message: 421 (RFC 5321) or 4.7.x (RFC 3463, 3.8).

    Greylisting is about one message, although many servers say 4.7.1 to it.
    """
    return (
        outcome.verdict is Verdict.DEFERRED
        and _SLOW_DOWN.match(outcome.code) is not None
        and not (outcome.code[:3] != "421" and _GREYLISTING.search(outcome.reply))
    )


class DomainSlowing:
    """Which domains rest now: the pause doubles with each such answer after it, and halves with success."""

    def __init__(self, known: Iterable[SlowDomain] = ()) -> None:
        """*known*: what earlier runs learned."""
        self._slow = {one.domain: one for one in known}
        self._trials: Counter[str] = Counter()
        self._changed: set[str] = set()

    @property
    def is_idle(self) -> bool:
        """Whether no domain rests or is tried."""
        return not self._slow

    def seconds_to_wait(self, domain: str, now: datetime) -> float:
        """Seconds until a message to *domain* may go; 0 when it may go now."""
        slow = self._slow.get(domain)
        if slow is None:
            return 0.0
        if slow.until > now:
            return (slow.until - now).total_seconds()
        return FIRST_PAUSE_SECONDS if self._trials[domain] >= MAX_TRIALS else 0.0

    def record_send(self, domain: str) -> None:
        """A message to *domain* goes out: a trial, if it has rested and nothing was answered since."""
        if domain in self._slow:
            self._trials[domain] += 1

    def record(self, domain: str, outcome: Outcome, now: datetime) -> None:
        """Learn from an answer to a message for *domain*; those to what was in flight change nothing."""
        slow = self._slow.get(domain)
        if slow and slow.until > now:
            return
        if asks_to_slow_down(outcome):
            pause = min(slow.pause_seconds * 2, LONGEST_PAUSE_SECONDS) if slow else FIRST_PAUSE_SECONDS
            since = slow.since if slow else now
            self._slow[domain] = SlowDomain(
                domain, pause, now + timedelta(seconds=pause), since, outcome.code
            )
        elif slow and outcome.verdict is Verdict.ACCEPTED:
            if slow.pause_seconds <= FIRST_PAUSE_SECONDS:
                del self._slow[domain]
            else:
                self._slow[domain] = replace(slow, pause_seconds=slow.pause_seconds // 2)
        else:
            self._trials[domain] -= self._trials[domain] > 0
            return
        del self._trials[domain]
        self._changed.add(domain)

    def take_changes(self) -> dict[str, SlowDomain | None]:
        """What was learned since the last call, by domain; ``None``: it is slow no more."""
        changed = {domain: self._slow.get(domain) for domain in self._changed}
        self._changed.clear()
        return changed
