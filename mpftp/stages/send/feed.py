"""What may go out now: fragments whose time has come, claimed a group at a time, at the pace allowed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpftp.adapters.store.outbox import Outbox
from mpftp.adapters.store.settled import Claim
from mpftp.domain.clock import Clock
from mpftp.domain.sending.dispatch import OpenFragment, Policy, Trial, may_go_at
from mpftp.domain.sending.pace import TOTAL, Pace
from mpftp.domain.sending.transport import Outcome, Parcel, Pause, Renderer
from mpftp.errors import MpftpError

GROUP = 1000  # deliveries claimed in one transaction, at most
FIRST_GROUP = 100
BRISK = 1.0  # seconds in which a group should be drawn
HELD = 200  # deliveries of one throttled domain that wait in memory
HEARKEN = 0.05  # seconds between two looks whether an awaited answer is there
BLINK = 0.5  # seconds after which a pause is looked at again
LOOK = 5.0  # seconds between two looks for new fragments while turns are awaited

Compose = Callable[[int], Renderer]
"""Compiles the message of a campaign (by its id). Raises ``MpftpError`` when it cannot be."""

Stopped = Callable[[], bool]
"""Whether somebody asked this run to end (SIGTERM, SIGINT)."""

Parcels = Generator[Parcel | Pause, None, None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator asked for: one *campaign* (its id), so many *messages*, or an end (*until*)."""

    campaign: int | None = None
    messages: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Held:
    """A claimed delivery that waits for its domain's turn."""

    fragment: OpenFragment
    claim: Claim


class Feed:
    """Claims deliveries and makes parcels of them, for one run."""

    def __init__(
        self,
        outbox: Outbox,
        policies: Mapping[str, Policy],
        compose: Compose,
        clock: Clock,
        *,
        pace: Pace | None = None,
        limits: Limits | None = None,
        stopped: Stopped = lambda: False,
    ) -> None:
        self.drawn = 0
        self.expected = 0
        self.suppressed = 0
        self.errors: list[MpftpError] = []
        self.fragments: dict[int, OpenFragment] = {}
        self._outbox = outbox
        self._policies = policies
        self._compose = compose
        self._clock = clock
        self._pace = pace or Pace({})
        self._limits = limits or Limits()
        self._stopped = stopped
        self._templates: dict[int, Renderer] = {}
        self._barred: set[int] = set()
        self._held: dict[str, deque[_Held]] = {}
        self._last_turn: dict[str, datetime] = {}
        self._trials: dict[int, Trial] = {}
        self._on_trial: dict[int, Trial] = {}
        self._exhausted: Callable[[set[int]], None] = lambda _: None

    def on_exhausted(self, action: Callable[[set[int]], None]) -> None:
        """Call *action* with fragments that gave nothing more, for they may be finished."""
        self._exhausted = action

    def bar(self, campaign_id: int) -> None:
        """Give no more parcels of a campaign."""
        self._barred.add(campaign_id)

    def is_barred(self, campaign_id: int) -> bool:
        """Whether ``bar`` was called for it."""
        return campaign_id in self._barred

    def hear(self, outcome: Outcome) -> None:
        """Learn what became of a parcel, as soon as it is known: a trial may hang on it."""
        trial = self._on_trial.pop(outcome.delivery_id, None)
        if trial:
            trial.hear(outcome.delivery_id, outcome.verdict)

    def ready(self, transport: str | None = None) -> list[OpenFragment]:
        """The fragments whose time has come, of one *transport* or of all."""
        now = self._clock()
        return [
            fragment
            for fragment in self._outbox.open_fragments()
            if (policy := self._policies.get(fragment.client))
            and transport in (None, policy.transport)
            and self._limits.campaign in (None, fragment.campaign_id)
            and fragment.campaign_id not in self._barred
            and may_go_at(fragment, policy, now) <= now
        ]

    def is_over(self) -> bool:
        """Whether this run has done its share, or was asked to end."""
        limits = self._limits
        return (
            self._stopped()
            or (limits.messages is not None and self.drawn >= limits.messages)
            or (limits.until is not None and self._clock() >= limits.until)
        )

    def parcels(self, transport: str) -> Parcels:
        """The parcels of every ready fragment, a group from each in turn, until none has more.

        While a throttled domain's deliveries wait for their turn, the feed goes on.
        """
        try:
            while not self.is_over():
                ready = deque(self.ready(transport))
                self.expected = self.drawn + sum(self._outbox.waiting(f.id, self._clock()) for f in ready)
                gave = yield from self._rounds(ready)
                if not gave and not self._is_waiting():
                    return
                if not gave:
                    yield from self._await_turns()
        finally:
            self._outbox.release([held.claim.id for queue in self._held.values() for held in queue])
            self._held.clear()

    def _rounds(self, ready: deque[OpenFragment]) -> Generator[Parcel | Pause, None, bool]:
        """A group from each fragment in turn; whether any gave something."""
        size, gave = FIRST_GROUP, False
        while ready and not self.is_over():
            fragment = ready.popleft()
            started = time.monotonic()
            claims, suppressed = self._claim(fragment, size)
            if claims or suppressed:
                gave = True
                ready.append(fragment)
            yield from self._group(fragment, claims)
            brisk = time.monotonic() - started < BRISK
            size = min(size * 2, GROUP) if brisk else max(size // 2, FIRST_GROUP)
        return gave

    def _claim(self, fragment: OpenFragment, size: int) -> tuple[list[Claim], int]:
        policy, now = self._policies[fragment.client], self._clock()
        if fragment.campaign_id in self._barred or may_go_at(fragment, policy, now) > now:
            return [], 0
        if self._template(fragment.campaign_id) is None or self._trial(fragment).has_failed:
            return [], 0
        if self._limits.messages is not None:
            size = min(size, self._limits.messages - self.drawn)
        self.fragments[fragment.id] = fragment
        claims, suppressed = self._outbox.claim(fragment, size, now)
        self.suppressed += suppressed
        if not claims:
            self._exhausted({fragment.id})
        return claims, suppressed

    def _trial(self, fragment: OpenFragment) -> Trial:
        """What the first answers of *fragment* say."""
        trial = self._trials.get(fragment.id)
        if trial is None:
            stop_at = self._policies[fragment.client].stop_at
            trial = self._trials[fragment.id] = Trial(stop_at, fragment.tried, fragment.refused)
        return trial

    def _template(self, campaign_id: int) -> Renderer | None:
        """The compiled message, kept while its campaign is being sent."""
        if campaign_id not in self._templates:
            try:
                self._templates[campaign_id] = self._compose(campaign_id)
            except MpftpError as error:
                self._barred.add(campaign_id)
                self.errors.append(error)
                return None
        return self._templates[campaign_id]

    def _group(self, fragment: OpenFragment, claims: list[Claim]) -> Parcels:
        """One parcel a claim, at the pace allowed; what is not drawn any more is given back."""
        waiting = deque(claims)
        now = self._clock().replace(microsecond=0)
        late: list[tuple[int, datetime]] = []
        trial = self._trial(fragment)
        try:
            while waiting and not (self.is_over() or fragment.campaign_id in self._barred):
                while trial.is_full and not self.is_over():
                    yield Pause(HEARKEN)
                if trial.has_failed:
                    return
                if self._pace.is_free:
                    yield self._parcel(fragment, waiting.popleft(), "", now)
                    continue
                yield from self._turns()
                while seconds := self._pace.wait(TOTAL, time.monotonic()):
                    yield Pause(min(seconds, BLINK))
                    if self.is_over():
                        return
                claim = waiting.popleft()
                domain = claim.email.rpartition("@")[2].lower()
                if not self._pace.is_bound(domain):
                    yield self._parcel(fragment, claim, domain, now)
                elif not self._hold(fragment, claim, domain):
                    late.append((claim.id, self._turn_of(domain)))
        finally:
            self._outbox.postpone(late)
            self._outbox.release([claim.id for claim in waiting])

    def _parcel(self, fragment: OpenFragment, claim: Claim, domain: str, now: datetime) -> Parcel:
        if not self._pace.is_free:
            self._pace.go(domain, time.monotonic())
        self.drawn += 1
        trial = self._trial(fragment)
        if trial.is_on:
            trial.open.add(claim.id)
            self._on_trial[claim.id] = trial
        return Parcel(claim.id, self._templates[fragment.campaign_id], claim.email, claim.fields, now)

    def _hold(self, fragment: OpenFragment, claim: Claim, domain: str) -> bool:
        """Let *claim* wait for its domain's turn; ``False`` when too many do already."""
        queue = self._held.setdefault(domain, deque())
        if len(queue) >= HELD:
            return False
        queue.append(_Held(fragment, claim))
        return True

    def _turn_of(self, domain: str) -> datetime:
        """When a delivery's turn comes that finds no room: behind all that wait for the same domain."""
        soonest = self._clock() + timedelta(seconds=self._pace.delay(domain, len(self._held[domain])))
        last = max(self._last_turn.get(domain, soonest), soonest)
        self._last_turn[domain] = last + timedelta(seconds=self._pace.delay(domain, 1))
        return last

    def _turns(self) -> Iterator[Parcel]:
        """The held deliveries whose turn has come."""
        for domain, queue in self._held.items():
            while queue and not self._pace.wait(domain, time.monotonic()) and not self.is_over():
                held = queue.popleft()
                if held.fragment.campaign_id in self._barred:
                    self._outbox.release([held.claim.id])
                    continue
                yield self._parcel(held.fragment, held.claim, domain, self._clock().replace(microsecond=0))

    def _is_waiting(self) -> bool:
        """Whether some throttled delivery's turn is still to come in this run."""
        now = self._clock()
        return any(self._held.values()) or any(turn > now for turn in self._last_turn.values())

    def _await_turns(self) -> Parcels:
        """Give the held deliveries as their turns come, for a while."""
        again = time.monotonic() + LOOK
        while time.monotonic() < again and self._is_waiting() and not self.is_over():
            yield from self._turns()
            now = time.monotonic()
            waits = [self._pace.wait(domain, now) for domain, queue in self._held.items() if queue]
            yield Pause(min([*waits, BLINK]))
