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
from mpftp.adapters.store.outcomes import FailedDelivery, SettleSummary
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.clock import Clock
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.domain.sending.fragments import results_due_at
from mpftp.domain.sending.schedule import OpenFragment, SendPolicy, exceeds_failure_rate
from mpftp.domain.sending.transport import Outcome, Transport, Verdict
from mpftp.errors import MpftpError
from mpftp.stages.send.queue import DeliveryQueue, RequestStream

log = logging.getLogger("mpftp.send")

SETTLE_BATCH_SIZE = 1000  # outcomes settled in one transaction, at most
SETTLE_INTERVAL_SECONDS = 0.25  # seconds after which outcomes are settled, however few
MAX_LISTED_FAILURES = 5  # failures of a campaign that are named one by one


@dataclass(slots=True)
class SendSummary:
    """What one run did."""

    states: Counter[DeliveryState] = field(default_factory=Counter)
    failures: list[tuple[str, FailedDelivery]] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    paused: list[tuple[str, str]] = field(default_factory=list)
    errors: list[MpftpError] = field(default_factory=list)
    in_doubt: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        """Messages that got an answer of any kind."""
        waiting = (DeliveryState.SUPPRESSED, DeliveryState.PENDING)
        return sum(count for state, count in self.states.items() if state not in waiting)


class SendRun:
    """One run. Its parts are given, so that a test gives others."""

    def __init__(
        self,
        outbox: Outbox,
        journal: FileJournal,
        policies: Mapping[str, SendPolicy],
        queue: DeliveryQueue,
        clock: Clock,
        progress: OnProgress = silent,
    ) -> None:
        self._outbox = outbox
        self._journal = journal
        self._policies = policies
        self._queue = queue
        self._clock = clock
        self._progress = progress
        self._started = time.monotonic()
        self._result = SendSummary()
        queue.on_fragment_empty(self._finish)

    def run(self, transports: Mapping[str, Callable[[], Transport]]) -> SendSummary:
        """Settle what a killed run left, then send all that is due, transport by transport.

        A transport's failure is put into the result, and the others still run. Raises what the
        state file or the journal raise.
        """
        self.recover()
        self._journal.clear()
        for name in sorted({self._policies[one.client].transport for one in self._queue.ready_fragments()}):
            if name in transports and not self._queue.is_over():
                self._send_by(name, transports[name])
        self._journal.clear()
        self._result.states[DeliveryState.SUPPRESSED] += self._queue.suppressed
        self._result.errors += self._queue.errors
        self._result.seconds = time.monotonic() - self._started
        return self._result

    def recover(self) -> None:
        """Settle what is claimed and not settled, by what the journal says of it."""
        claimed = self._outbox.claimed_ids()
        if not claimed:
            return
        left = self._journal.read_recovery(claimed)
        settled = self._outbox.settle(left.answered, self._clock())
        settled.add(self._outbox.settle_in_doubt(left.in_doubt))
        answered = {outcome.delivery_id for outcome in left.answered}
        self._outbox.release(sorted(claimed - answered - set(left.in_doubt)))
        self._result.in_doubt.update(settled.cut_off)
        self._note(settled)

    def _send_by(self, name: str, open_transport: Callable[[], Transport]) -> None:
        """Send everything of one transport."""
        requests = self._queue.requests(name)
        try:
            transport = open_transport()
            try:
                self._send_and_settle(transport, requests)
            finally:
                transport.close()
        except MpftpError as error:
            self._result.errors.append(error)
        finally:
            requests.close()
        self.recover()

    def _send_and_settle(self, transport: Transport, requests: RequestStream) -> None:
        """Draw outcomes, and settle them in groups."""
        group: list[Outcome] = []
        settled_at = time.monotonic()
        try:
            for outcome in transport.deliver(requests, self._journal):
                self._queue.on_outcome(outcome)
                group.append(outcome)
                if len(group) >= SETTLE_BATCH_SIZE or time.monotonic() - settled_at > SETTLE_INTERVAL_SECONDS:
                    ready, group = group, []
                    self._settle(ready)
                    settled_at = time.monotonic()
        finally:
            if group:
                self._settle(group)

    def _settle(self, outcomes: list[Outcome]) -> None:
        self._note(self._outbox.settle(outcomes, self._clock()))
        self._queue.requested -= sum(outcome.verdict is Verdict.UNSENT for outcome in outcomes)
        self._report_progress()

    def _note(self, settled: SettleSummary) -> None:
        """Count what was settled, close what it finished, and pause what fails too often."""
        self._result.states.update(settled.states)
        for failure in settled.failures:
            self._record_failure(failure)
        self._note_held(settled.held)
        self._finish(settled.fragments)
        for number in settled.fragments & self._queue.fragments.keys():
            self._pause_if_failing(self._queue.fragments[number])

    def _record_failure(self, failure: FailedDelivery) -> None:
        self._result.failed[failure.campaign] += 1
        log.info(
            "%s line %d <%s> failed: %s %s", failure.campaign, failure.line, failure.email, failure.code,
            failure.reply,
        )  # fmt: skip
        if self._result.failed[failure.campaign] <= MAX_LISTED_FAILURES:
            self._result.failures.append((failure.campaign, failure))

    def _finish(self, fragments: set[int]) -> None:
        finished, held = self._outbox.finish(fragments, self._clock(), self._results_due_at)
        self._result.finished += len(finished)
        self._note_held(held)

    def _note_held(self, held: Mapping[int, str]) -> None:
        """Give nothing more of campaigns that a run of refusals holds."""
        for campaign_id, why in held.items():
            client, name = self._outbox.campaign_name(campaign_id)
            self._queue.stop_campaign(campaign_id)
            self._result.paused.append((f"{client}/{name}", why))
            log.info("%s: %s: paused: %s", client, name, why)

    def _results_due_at(self, client: str, last_out: datetime) -> datetime:
        policy = self._policies.get(client)
        if policy is None:
            return last_out
        return results_due_at(last_out, policy.results_after_days, policy.zone)

    def _pause_if_failing(self, fragment: OpenFragment) -> None:
        tried, refused = self._outbox.count_answers(fragment.id)
        policy = self._policies[fragment.client]
        if self._queue.is_stopped(fragment.campaign_id) or not exceeds_failure_rate(
            tried, refused, policy.stop_at_failure_rate
        ):
            return
        reason = f"failures: {refused} of {tried} messages of fragment {fragment.number} were refused"
        self._outbox.pause(fragment.campaign_id, reason)
        self._queue.stop_campaign(fragment.campaign_id)
        self._result.paused.append((f"{fragment.client}/{fragment.campaign}", reason))
        log.info("%s: %s: paused: %s", fragment.client, fragment.campaign, reason)

    def _report_progress(self) -> None:
        states, done = self._result.states, self._result.answered
        pace = done / max(time.monotonic() - self._started, 0.001)
        note = (
            f"{pace:.0f}/s, {states[DeliveryState.SENT]} accepted, {states[DeliveryState.DEFERRED]} deferred,"
            f" {states[DeliveryState.FAILED]} refused"
        )
        self._progress(ProgressUpdate("send", done, max(self._queue.expected, done), note))
