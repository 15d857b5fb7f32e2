"""What may go out now: fragments whose time has come, claimed in batches, at the pace allowed.

Ready fragments take turns, a batch each; a batch's size follows the speed at which the last one was
drawn, so that few deliveries are claimed and not yet sent when a run is killed. A claimed delivery
becomes a request at once, waits in memory for its domain's turn, or goes back into the state with the
time of that turn. The first messages of a fragment are its canary: the others wait for their answers.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpftp.adapters.store.outbox import Outbox
from mpftp.adapters.store.outcomes import Claim
from mpftp.domain.addresses import domain_of
from mpftp.domain.clock import Clock
from mpftp.domain.sending.rate_limit import ALL_DOMAINS, RateLimiter, ThrottledQueue
from mpftp.domain.sending.schedule import Canary, OpenFragment, SendPolicy, earliest_send_at
from mpftp.domain.sending.slowing import DomainSlowing
from mpftp.domain.sending.transport import (
    DeliveryRequest,
    Outcome,
    Renderer,
    RetryAfter,
    SendPermits,
    Verdict,
)
from mpftp.errors import MpftpError

CLAIM_BATCH_SIZE = 1000  # deliveries claimed in one transaction, at most
FIRST_CLAIM_BATCH_SIZE = 100
TARGET_BATCH_SECONDS = 1.0  # seconds in which a batch should be drawn
CANARY_POLL_SECONDS = 0.05  # seconds between two looks whether an awaited answer is there
MAX_WAIT_SECONDS = 0.5  # seconds after which a pause is looked at again
RESCAN_SECONDS = 5.0  # seconds between two looks for new fragments while turns are awaited

LoadTemplate = Callable[[int], Renderer]
"""Compiles the message of a campaign (by its id). Raises ``MpftpError`` when it cannot be."""

StopRequested = Callable[[], bool]
"""Whether somebody asked this run to end (SIGTERM, SIGINT)."""

RequestStream = Generator[DeliveryRequest | RetryAfter, None, None]


@dataclass(frozen=True, slots=True)
class SendLimits:
    """What the operator asked for: one *campaign* (its id), so many *messages*, or an end (*until*)."""

    campaign: int | None = None
    messages: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _ThrottledDelivery:
    """A claimed delivery that waits for its domain's turn."""

    fragment: OpenFragment
    claim: Claim


class DeliveryQueue:
    """Claims deliveries and makes requests of them, for one run."""

    def __init__(
        self,
        outbox: Outbox,
        policies: Mapping[str, SendPolicy],
        compose: LoadTemplate,
        clock: Clock,
        halted: set[int],
        finish: Callable[[set[int]], None],
        pace: RateLimiter,
        limits: SendLimits,
        stopped: StopRequested,
        permits: SendPermits,
        slowing: DomainSlowing,
    ) -> None:
        """*halted*: campaigns (ids) that give no more; *finish* gets fragments that have no more."""
        self.requested = 0
        self.expected = 0
        self.suppressed = 0
        self.errors: list[MpftpError] = []
        self._outbox = outbox
        self._policies = policies
        self._compose = compose
        self._clock = clock
        self._halted = halted
        self._finish = finish
        self._pace = pace
        self._limits = limits
        self._stopped = stopped
        self._permits = permits
        self._slowing = slowing
        self._address_by_delivery: dict[int, str] = {}
        self._templates: dict[int, Renderer] = {}
        self._throttled: ThrottledQueue[_ThrottledDelivery] = ThrottledQueue(pace, time.monotonic)
        self._canaries: dict[int, Canary] = {}
        self._canary_by_delivery: dict[int, Canary] = {}

    def on_outcome(self, outcome: Outcome) -> None:
        """Record an outcome as soon as it is known: for its canary, its domain, and ``--max-messages``."""
        canary = self._canary_by_delivery.pop(outcome.delivery_id, None)
        if canary:
            canary.record_outcome(outcome.delivery_id, outcome.verdict)
        self.requested -= outcome.verdict is Verdict.UNSENT
        address = self._address_by_delivery.pop(outcome.delivery_id, "")
        if address and (outcome.verdict is Verdict.DEFERRED or not self._slowing.is_idle):
            self._slowing.record(domain_of(address), outcome, self._clock())

    def ready_fragments(self, transport: str | None = None) -> list[OpenFragment]:
        """The fragments whose time has come, of one *transport* or of all."""
        now = self._clock()
        return [
            fragment
            for fragment in self._outbox.open_fragments()
            if (policy := self._policies.get(fragment.client))
            and transport in (None, policy.transport)
            and self._limits.campaign in (None, fragment.campaign_id)
            and fragment.campaign_id not in self._halted
            and earliest_send_at(fragment, policy, now) <= now
        ]

    def is_over(self) -> bool:
        """Whether this run has done its share, or was asked to end."""
        limits = self._limits
        return (
            self._stopped()
            or (limits.messages is not None and self.requested >= limits.messages)
            or (limits.until is not None and self._clock() >= limits.until)
        )

    def requests(self, transport: str) -> RequestStream:
        """Yield the requests of every ready fragment, a batch from each in turn, until none has more.

        While a throttled domain's deliveries wait for their turn, it goes on.
        """
        try:
            while not self.is_over():
                ready = deque(self.ready_fragments(transport))
                self.expected = self.requested + sum(
                    self._outbox.count_claimable(f.id, self._clock()) for f in ready
                )
                gave = yield from self._round_robin(ready)
                if not gave and not self._throttled:
                    return
                if not gave:
                    yield from self._wait_for_throttled()
        finally:
            self._outbox.release([held.claim.id for held in self._throttled.drain()])

    def _round_robin(self, ready: deque[OpenFragment]) -> Generator[DeliveryRequest | RetryAfter, None, bool]:
        """Yield a batch from each fragment in turn; return whether any gave something."""
        size, gave = FIRST_CLAIM_BATCH_SIZE, False
        while ready and not self.is_over():
            fragment = ready.popleft()
            self._release_stopped()
            started = time.monotonic()
            claims, suppressed = self._claim(fragment, size)
            if claims or suppressed:
                gave = True
                ready.append(fragment)
            yield from self._requests_for(fragment, claims)
            brisk = time.monotonic() - started < TARGET_BATCH_SECONDS
            size = min(size * 2, CLAIM_BATCH_SIZE) if brisk else max(size // 2, FIRST_CLAIM_BATCH_SIZE)
        return gave

    def _claim(self, fragment: OpenFragment, size: int) -> tuple[list[Claim], int]:
        policy, now = self._policies[fragment.client], self._clock()
        if fragment.campaign_id in self._halted or earliest_send_at(fragment, policy, now) > now:
            return [], 0
        if self._template(fragment.campaign_id) is None or self._canary_of(fragment).has_failed:
            return [], 0
        if self._limits.messages is not None:
            size = min(size, self._limits.messages - self.requested)
        claims, suppressed = self._outbox.claim(fragment, size, now)
        self.suppressed += suppressed
        if not claims:
            self._finish({fragment.id})
        return claims, suppressed

    def _may_send(self, campaign_id: int) -> bool:
        """Whether neither this run nor an operator's order stopped the campaign."""
        return campaign_id not in self._halted and self._permits.may_send(campaign_id)

    def _canary_of(self, fragment: OpenFragment) -> Canary:
        """What the first answers of *fragment* say."""
        canary = self._canaries.get(fragment.id)
        if canary is None:
            stop_at = self._policies[fragment.client].stop_at_failure_rate
            canary = self._canaries[fragment.id] = Canary(stop_at, fragment.tried, fragment.refused)
        return canary

    def _template(self, campaign_id: int) -> Renderer | None:
        """The compiled message, kept while its campaign is being sent."""
        if campaign_id not in self._templates:
            try:
                self._templates[campaign_id] = self._compose(campaign_id)
            except MpftpError as error:
                self._halted.add(campaign_id)
                self.errors.append(error)
                return None
        return self._templates[campaign_id]

    def _requests_for(self, fragment: OpenFragment, claims: list[Claim]) -> RequestStream:
        """Yield one request a claim, at the pace allowed; give back what is not drawn any more."""
        waiting = deque(claims)
        now = self._clock().replace(microsecond=0)
        late: list[tuple[int, datetime]] = []
        canary = self._canary_of(fragment)
        try:
            while waiting and not self.is_over() and self._may_send(fragment.campaign_id):
                while canary.must_wait and not self.is_over():
                    yield RetryAfter(CANARY_POLL_SECONDS)
                if canary.has_failed:
                    return
                if self._pace.is_free and self._slowing.is_idle:
                    yield self._make_request(fragment, waiting.popleft(), "", now)
                    continue
                yield from self._due_throttled()
                while seconds := self._pace.seconds_until_free(ALL_DOMAINS, time.monotonic()):
                    yield RetryAfter(min(seconds, MAX_WAIT_SECONDS))
                    if self.is_over() or not self._may_send(fragment.campaign_id):
                        return
                claim = waiting.popleft()
                domain = domain_of(claim.email)
                if seconds := self._slowing.seconds_to_wait(domain, self._clock()):
                    late.append((claim.id, self._clock() + timedelta(seconds=seconds)))
                elif not self._pace.has_limit(domain):
                    yield self._make_request(fragment, claim, domain, now)
                elif not self._throttled.hold(domain, _ThrottledDelivery(fragment, claim)):
                    wait = timedelta(seconds=self._throttled.reserve_turn(domain))
                    late.append((claim.id, self._clock() + wait))
        finally:
            self._outbox.postpone(late)
            self._outbox.release([claim.id for claim in waiting])

    def _make_request(
        self, fragment: OpenFragment, claim: Claim, domain: str, now: datetime
    ) -> DeliveryRequest:
        if not self._pace.is_free:
            self._pace.record_send(domain, time.monotonic())
        self.requested += 1
        self._address_by_delivery[claim.id] = claim.email
        self._slowing.record_send(domain)
        canary = self._canary_of(fragment)
        if canary.is_active:
            canary.open.add(claim.id)
            self._canary_by_delivery[claim.id] = canary
        return DeliveryRequest(
            claim.id,
            self._templates[fragment.campaign_id],
            claim.email,
            claim.fields,
            now,
            fragment.campaign_id,
        )

    def _release_stopped(self) -> None:
        """Give back the held deliveries of campaigns that were stopped meanwhile."""
        stopped = self._throttled.drain(lambda held: not self._may_send(held.fragment.campaign_id))
        if given_up := [held.claim.id for held in stopped]:
            self._outbox.release(given_up)

    def _due_throttled(self) -> Iterator[DeliveryRequest]:
        """Yield the held deliveries whose turn has come."""
        while not self.is_over() and (due := self._throttled.pop_due()):
            domain, held = due
            if not self._may_send(held.fragment.campaign_id):
                self._outbox.release([held.claim.id])
                continue
            if wait := self._slowing.seconds_to_wait(domain, self._clock()):
                self._outbox.postpone([(held.claim.id, self._clock() + timedelta(seconds=wait))])
                continue
            now = self._clock().replace(microsecond=0)
            yield self._make_request(held.fragment, held.claim, domain, now)

    def _wait_for_throttled(self) -> RequestStream:
        """Yield the held deliveries as their turns come, for a while."""
        again = time.monotonic() + RESCAN_SECONDS
        while time.monotonic() < again and self._throttled and not self.is_over():
            self._release_stopped()
            yield from self._due_throttled()
            yield RetryAfter(self._throttled.seconds_until_due(MAX_WAIT_SECONDS))
