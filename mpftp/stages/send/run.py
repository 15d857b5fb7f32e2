"""One run of ``send``: what a killed run left, then transport by transport, settled in groups."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mpftp.adapters.journal import FileJournal
from mpftp.adapters.store.outbox import Outbox
from mpftp.adapters.store.settled import Failure, Settled
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.clock import Clock
from mpftp.domain.progress import Progress, Step, silent
from mpftp.domain.sending.dispatch import OpenFragment, Policy, fails_too_often
from mpftp.domain.sending.fragments import publishing_moment
from mpftp.domain.sending.transport import Outcome, Transport, Verdict
from mpftp.errors import MpftpError
from mpftp.stages.send.feed import Feed, Parcels

log = logging.getLogger("mpftp.send")

GROUP = 1000  # outcomes settled in one transaction, at most
SOON = 0.25  # seconds after which outcomes are settled, however few
NAMED = 5  # failures of a campaign that are named one by one


@dataclass(slots=True)
class Sent:
    """What one run did."""

    states: Counter[DeliveryState] = field(default_factory=Counter)
    failures: list[tuple[str, Failure]] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    paused: list[tuple[str, str]] = field(default_factory=list)
    errors: list[MpftpError] = field(default_factory=list)
    cut_off: Counter[str] = field(default_factory=Counter)
    finished: int = 0
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
        feed: Feed,
        clock: Clock,
        progress: Progress = silent,
    ) -> None:
        self._outbox = outbox
        self._journal = journal
        self._policies = policies
        self._feed = feed
        self._clock = clock
        self._progress = progress
        self._started = time.monotonic()
        self._result = Sent()
        feed.on_exhausted(self._finish)

    def run(self, transports: Mapping[str, Callable[[], Transport]]) -> Sent:
        """Settle what a killed run left, then send all that is due, transport by transport.

        A transport's failure is put into the result, and the others still run. Raises what the
        state file or the journal raise.
        """
        self.recover()
        self._journal.clear()
        for name in sorted({self._policies[one.client].transport for one in self._feed.ready()}):
            if name in transports and not self._feed.is_over():
                self._carry(name, transports[name])
        self._journal.clear()
        self._result.states[DeliveryState.SUPPRESSED] += self._feed.suppressed
        self._result.errors += self._feed.errors
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
        self._result.cut_off.update(settled.cut_off)
        self._note(settled)

    def _carry(self, name: str, open_transport: Callable[[], Transport]) -> None:
        """Send everything of one transport."""
        parcels = self._feed.parcels(name)
        try:
            transport = open_transport()
            try:
                self._exchange(transport, parcels)
            finally:
                transport.close()
        except MpftpError as error:
            self._result.errors.append(error)
        finally:
            parcels.close()
        self.recover()

    def _exchange(self, transport: Transport, parcels: Parcels) -> None:
        """Draw outcomes, and settle them in groups."""
        group: list[Outcome] = []
        settled_at = time.monotonic()
        try:
            for outcome in transport.deliver(parcels, self._journal):
                self._feed.hear(outcome)
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
        self._feed.drawn -= sum(outcome.verdict is Verdict.UNTRIED for outcome in outcomes)
        self._show()

    def _note(self, settled: Settled) -> None:
        """Count what was settled, close what it finished, and pause what fails too often."""
        self._result.states.update(settled.states)
        for failure in settled.failures:
            self._name(failure)
        self._note_held(settled.held)
        self._finish(settled.fragments)
        for number in settled.fragments & self._feed.fragments.keys():
            self._watch(self._feed.fragments[number])

    def _name(self, failure: Failure) -> None:
        self._result.failed[failure.campaign] += 1
        log.info(
            "%s line %d <%s> failed: %s %s", failure.campaign, failure.line, failure.email, failure.code,
            failure.reply,
        )  # fmt: skip
        if self._result.failed[failure.campaign] <= NAMED:
            self._result.failures.append((failure.campaign, failure))

    def _finish(self, fragments: set[int]) -> None:
        finished, held = self._outbox.finish(fragments, self._clock(), self._publishing)
        self._result.finished += len(finished)
        self._note_held(held)

    def _note_held(self, held: Mapping[int, str]) -> None:
        """Give nothing more of campaigns that a run of refusals holds."""
        for campaign_id, why in held.items():
            client, name = self._outbox.campaign_name(campaign_id)
            self._feed.bar(campaign_id)
            self._result.paused.append((f"{client}/{name}", why))
            log.info("%s: %s: paused: %s", client, name, why)

    def _publishing(self, client: str, last_out: datetime) -> datetime:
        policy = self._policies.get(client)
        if policy is None:
            return last_out
        return publishing_moment(last_out, policy.results_after, policy.zone)

    def _watch(self, fragment: OpenFragment) -> None:
        tried, refused = self._outbox.answers(fragment.id)
        policy = self._policies[fragment.client]
        if self._feed.is_barred(fragment.campaign_id) or not fails_too_often(tried, refused, policy.stop_at):
            return
        why = f"{refused} of {tried} messages of fragment {fragment.number} were refused"
        self._outbox.pause(fragment.campaign_id, why)
        self._feed.bar(fragment.campaign_id)
        self._result.paused.append((f"{fragment.client}/{fragment.campaign}", why))
        log.info("%s: %s: paused: %s", fragment.client, fragment.campaign, why)

    def _show(self) -> None:
        states, done = self._result.states, self._result.answered
        pace = done / max(time.monotonic() - self._started, 0.001)
        note = (
            f"{pace:.0f}/s, {states[DeliveryState.SENT]} accepted, {states[DeliveryState.DEFERRED]} deferred,"
            f" {states[DeliveryState.FAILED]} refused"
        )
        self._progress(Step("send", done, max(self._feed.expected, done), note))
