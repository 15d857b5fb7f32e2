"""``send``: hand over every delivery that is due, once, and note what became of it.

It looks which fragments may go out, claims their deliveries in groups as the transport draws them,
and settles the outcomes in groups. A line in the journal stands between the two, so that whatever
kills a run, the next one knows what was sent, what was not, and what cannot be told.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mpftp.adapters.journal import FileJournal
from mpftp.adapters.store.outbox import Claim, Failure, Outbox, Settled
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.clock import Clock
from mpftp.domain.dispatch import OpenFragment, Policy, fails_too_often, may_go_at
from mpftp.domain.progress import Progress, Step, silent
from mpftp.domain.results import publishing_moment
from mpftp.domain.transport import Outcome, Parcel, Pause, Renderer, Transport, Verdict
from mpftp.errors import MpftpError

log = logging.getLogger("mpftp.send")

GROUP = 1000  # deliveries claimed or settled in one transaction
FIRST_GROUP = 100
SOON = 0.25  # seconds after which outcomes are settled, however few
NAMED = 5  # failures of a campaign that are named one by one

Compose = Callable[[int], Renderer]
"""Compiles the message of a campaign. Raises ``MpftpError`` when it cannot be."""

Stopped = Callable[[], bool]
"""Whether somebody asked this run to end (SIGTERM, SIGINT)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator asked for: one *campaign* (its id), so many *messages*, or an end (*until*)."""

    campaign: int | None = None
    messages: int | None = None
    until: datetime | None = None


@dataclass(slots=True)
class Sent:
    """What one run did."""

    states: Counter[DeliveryState] = field(default_factory=Counter)
    failures: list[tuple[str, Failure]] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    paused: list[tuple[str, str]] = field(default_factory=list)
    errors: list[MpftpError] = field(default_factory=list)
    resent: int = 0
    finished: int = 0
    stopped: bool = False
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        """Messages that got an answer of any kind."""
        waiting = (DeliveryState.SUPPRESSED, DeliveryState.PENDING)
        return sum(count for state, count in self.states.items() if state not in waiting)


class Sending:
    """One run. Its parts are given, so that a test gives others."""

    def __init__(
        self,
        outbox: Outbox,
        journal: FileJournal,
        policies: Mapping[str, Policy],
        compose: Compose,
        clock: Clock,
        *,
        limits: Limits | None = None,
        stopped: Stopped = lambda: False,
        progress: Progress = silent,
    ) -> None:
        self._outbox = outbox
        self._journal = journal
        self._policies = policies
        self._compose = compose
        self._clock = clock
        self._limits = limits or Limits()
        self._stopped = stopped
        self._progress = progress
        self._started = time.monotonic()
        self._templates: dict[int, Renderer] = {}
        self._unusable: set[int] = set()
        self._fragments: dict[int, OpenFragment] = {}
        self._drawn = 0
        self._expected = 0
        self._result = Sent()

    def run(self, transports: Mapping[str, Callable[[], Transport]]) -> Sent:
        """Settle what a killed run left, then send all that is due, transport by transport.

        A transport's failure is put into the result, and the others still run. Raises what the
        state file or the journal raise.
        """
        self.recover()
        self._journal.clear()
        for name in sorted({self._policies[one.client].transport for one in self._ready()}):
            if name in transports and not self._enough():
                self._carry(name, transports[name])
        self._journal.clear()
        self._result.stopped = self._stopped()
        self._result.seconds = time.monotonic() - self._started
        return self._result

    def recover(self) -> None:
        """Settle what is claimed and not settled, by what the journal says of it."""
        claimed = self._outbox.claimed()
        if not claimed:
            return
        left = self._journal.left_behind(claimed)
        settled = self._outbox.settle(left.answered, self._clock())
        settled.add(self._outbox.settle_doubts(left.in_doubt))
        answered = {outcome.delivery_id for outcome in left.answered}
        self._outbox.release(sorted(claimed - answered - set(left.in_doubt)))
        if left.in_doubt:
            self._result.resent += settled.states[DeliveryState.PENDING]
            log.warning(
                "%d messages were in flight when a run was cut off", len(left.in_doubt),
                extra={"deliveries": left.in_doubt},
            )  # fmt: skip
        self._note(settled)

    def _carry(self, name: str, open_transport: Callable[[], Transport]) -> None:
        """Send everything of one transport."""
        feed = self._feed(name)
        try:
            transport = open_transport()
            try:
                self._exchange(transport, feed)
            finally:
                transport.close()
        except MpftpError as error:
            log.warning("%s: %s", name, error.what)
            self._result.errors.append(error)
        finally:
            feed.close()
        self.recover()

    def _exchange(self, transport: Transport, feed: Generator[Parcel | Pause, None, None]) -> None:
        """Draw outcomes, and settle them in groups."""
        group: list[Outcome] = []
        settled_at = time.monotonic()
        try:
            for outcome in transport.deliver(feed, self._journal):
                group.append(outcome)
                if len(group) >= GROUP or time.monotonic() - settled_at > SOON:
                    ready, group = group, []
                    self._settle(ready)
                    settled_at = time.monotonic()
        finally:
            if group:
                self._settle(group)

    def _settle(self, outcomes: list[Outcome]) -> None:
        self._note(self._outbox.settle(outcomes, self._clock()))
        for outcome in outcomes:
            if outcome.verdict is Verdict.UNTRIED:
                self._drawn -= 1
        self._show()

    def _note(self, settled: Settled) -> None:
        """Count what was settled, close what it finished, and pause what fails too often."""
        self._result.states.update(settled.states)
        for failure in settled.failures:
            self._name(failure)
        self._finish(settled.fragments)
        for number in settled.fragments & self._fragments.keys():
            self._watch(self._fragments[number])

    def _name(self, failure: Failure) -> None:
        self._result.failed[failure.campaign] += 1
        log.info(
            "%s line %d <%s> failed: %s %s", failure.campaign, failure.line, failure.email, failure.code,
            failure.reply,
        )  # fmt: skip
        if self._result.failed[failure.campaign] <= NAMED:
            self._result.failures.append((failure.campaign, failure))

    def _finish(self, fragments: set[int]) -> None:
        finished = self._outbox.finish(fragments, self._clock(), self._publishing)
        self._result.finished += len(finished)

    def _publishing(self, client: str, last_out: datetime) -> datetime:
        policy = self._policies.get(client)
        if policy is None:
            return last_out
        return publishing_moment(last_out, policy.results_after, policy.zone)

    def _watch(self, fragment: OpenFragment) -> None:
        tried, refused = self._outbox.answers(fragment.id)
        policy = self._policies[fragment.client]
        if fragment.campaign_id in self._unusable or not fails_too_often(tried, refused, policy.stop_at):
            return
        why = f"{refused} of {tried} messages of fragment {fragment.number} were refused"
        self._outbox.pause(fragment.campaign_id, why)
        self._unusable.add(fragment.campaign_id)
        self._result.paused.append((f"{fragment.client}/{fragment.campaign}", why))
        log.warning("%s: %s: paused: %s", fragment.client, fragment.campaign, why)

    # What may go out.

    def _ready(self, transport: str | None = None) -> list[OpenFragment]:
        """The fragments whose time has come, of one *transport* or of all."""
        now = self._clock()
        return [
            fragment
            for fragment in self._outbox.open_fragments()
            if (policy := self._policies.get(fragment.client))
            and transport in (None, policy.transport)
            and self._limits.campaign in (None, fragment.campaign_id)
            and fragment.campaign_id not in self._unusable
            and may_go_at(fragment, policy, now) <= now
        ]

    def _feed(self, transport: str) -> Generator[Parcel | Pause, None, None]:
        """The parcels of every ready fragment, a group from each in turn, until none has more."""
        size = FIRST_GROUP
        while ready := deque(self._ready(transport)):
            self._expected = self._drawn + sum(self._outbox.waiting(one.id, self._clock()) for one in ready)
            gave = False
            while ready and not self._enough():
                fragment = ready.popleft()
                claims, suppressed = self._claim(fragment, size)
                gave = gave or bool(claims or suppressed)
                if claims or suppressed:
                    ready.append(fragment)
                yield from self._parcels(fragment, claims)
                size = min(size * 2, GROUP)
            if not gave or self._enough():
                return

    def _claim(self, fragment: OpenFragment, size: int) -> tuple[list[Claim], int]:
        policy, now = self._policies[fragment.client], self._clock()
        if fragment.campaign_id in self._unusable or may_go_at(fragment, policy, now) > now:
            return [], 0
        if self._template(fragment) is None:
            return [], 0
        if self._limits.messages is not None:
            size = min(size, self._limits.messages - self._drawn)
        self._fragments[fragment.id] = fragment
        claims, suppressed = self._outbox.claim(fragment, size, now)
        self._result.states[DeliveryState.SUPPRESSED] += suppressed
        if not claims:
            self._finish({fragment.id})
        return claims, suppressed

    def _parcels(self, fragment: OpenFragment, claims: list[Claim]) -> Iterator[Parcel]:
        """One parcel a claim; whatever is not drawn any more is given back."""
        template, now = self._templates.get(fragment.campaign_id), self._clock().replace(microsecond=0)
        drawn = 0
        try:
            for claim in claims:
                if template is None or self._stopped() or fragment.campaign_id in self._unusable:
                    break
                drawn += 1
                self._drawn += 1
                yield Parcel(claim.id, template, claim.email, claim.fields, now)
        finally:
            if drawn < len(claims):
                self._outbox.release([claim.id for claim in claims[drawn:]])

    def _template(self, fragment: OpenFragment) -> Renderer | None:
        """The compiled message, kept while its campaign is being sent."""
        number = fragment.campaign_id
        if number not in self._templates:
            try:
                self._templates[number] = self._compose(number)
            except MpftpError as error:
                self._unusable.add(number)
                self._result.errors.append(error)
                return None
        return self._templates[number]

    def _enough(self) -> bool:
        """Whether this run has done its share."""
        limits = self._limits
        return (
            self._stopped()
            or (limits.messages is not None and self._drawn >= limits.messages)
            or (limits.until is not None and self._clock() >= limits.until)
        )

    def _show(self) -> None:
        states, done = self._result.states, self._result.answered
        pace = done / max(time.monotonic() - self._started, 0.001)
        note = (
            f"{pace:.0f}/s, {states[DeliveryState.SENT]} accepted, {states[DeliveryState.DEFERRED]} deferred,"
            f" {states[DeliveryState.FAILED]} refused"
        )
        self._progress(Step("send", done, max(self._expected, done), note))
