"""``send``: hand over every delivery that is due, once, and note what became of it.

``queue`` looks which fragments may go out and claims their deliveries in batches as the transport
draws them; ``settlement`` takes the outcomes into the state, in groups. A line in the journal stands
between the two, so that after any kill the next run knows what was sent, what was not, and what
cannot be told. Both share one set, the campaigns that are halted, and know nothing else of each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing

from mpftp.adapters.journal import FileJournal
from mpftp.adapters.store.outbox import Outbox
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.clock import Clock
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.domain.sending.rate_limit import RateLimiter
from mpftp.domain.sending.schedule import OpenFragment, SendPolicy
from mpftp.domain.sending.slowing import DomainSlowing
from mpftp.domain.sending.transport import AlwaysPermitted, Outcome, RetryAfter, SendPermits, Transport
from mpftp.errors import MpftpError
from mpftp.stages.send.queue import DeliveryQueue, LoadTemplate, RequestStream, SendLimits, StopRequested
from mpftp.stages.send.settlement import SendSummary, Settlement

__all__ = ["SendLimits", "SendRun", "SendSummary"]

SETTLE_BATCH_SIZE = 1000  # outcomes settled in one transaction, at most
SETTLE_INTERVAL_SECONDS = 0.25  # seconds after which outcomes are settled, however few


class SendRun:
    """One run of ``send``. Its parts are given, so that a test gives others."""

    def __init__(
        self,
        outbox: Outbox,
        journal: FileJournal,
        policies: Mapping[str, SendPolicy],
        compose: LoadTemplate,
        clock: Clock,
        *,
        pace: RateLimiter | None = None,
        limits: SendLimits | None = None,
        stopped: StopRequested = lambda: False,
        progress: OnProgress = silent,
        permits: SendPermits = AlwaysPermitted(),  # noqa: B008 - it has no state
    ) -> None:
        halted: set[int] = set()
        self._permits = permits
        self._journal = journal
        self._policies = policies
        self._progress = progress
        self._started = self._settled_at = time.monotonic()
        self._unsettled: list[Outcome] = []
        self._outbox = outbox
        self._slowing = DomainSlowing(outbox.slow_domains())
        self._settlement = Settlement(outbox, policies, clock, halted)
        self._queue = DeliveryQueue(
            outbox, policies, compose, clock, halted, self._settlement.finish,
            pace or RateLimiter({}), limits or SendLimits(), stopped, permits,
            self._slowing,
        )  # fmt: skip

    def due(self) -> list[OpenFragment]:
        """Return the fragments that ``run`` would send from now."""
        return self._queue.ready_fragments()

    def run(self, transports: Mapping[str, Callable[[], Transport]]) -> SendSummary:
        """Settle what a killed run left, then send all that is due, transport by transport.

        A transport's failure is put into the summary, and the others still run. Raises what the
        state file or the journal raise.
        """
        self._settlement.recover(self._journal)
        self._journal.clear()
        with closing(self._permits):
            for name in sorted({self._policies[fragment.client].transport for fragment in self.due()}):
                if name in transports and not self._queue.is_over():
                    self._send_by(name, transports[name])
        self._journal.clear()
        summary = self._settlement.summary
        summary.states[DeliveryState.SUPPRESSED] += self._queue.suppressed
        summary.errors += self._queue.errors
        summary.seconds = time.monotonic() - self._started
        return summary

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
            self._settlement.summary.errors.append(error)
        finally:
            requests.close()
        self._settlement.recover(self._journal)

    def _send_and_settle(self, transport: Transport, requests: RequestStream) -> None:
        """Draw outcomes, and settle them in groups, or before a turn is awaited."""
        self._settled_at = time.monotonic()
        try:
            for outcome in transport.deliver(self._settled_before_waits(requests), self._journal):
                self._queue.on_outcome(outcome)
                self._unsettled.append(outcome)
                waited = time.monotonic() - self._settled_at
                if len(self._unsettled) >= SETTLE_BATCH_SIZE or waited > SETTLE_INTERVAL_SECONDS:
                    self._settle()
        finally:
            self._settle()

    def _settled_before_waits(self, requests: RequestStream) -> RequestStream:
        """Yield *requests*, and settle the outcomes known so far before each wait."""
        for request in requests:
            if isinstance(request, RetryAfter):
                self._settle()
            yield request

    def _settle(self) -> None:
        group, self._unsettled = self._unsettled, []
        if group:
            self._settlement.settle(group)
            if learned := self._slowing.take_changes():
                self._outbox.remember_slow_domains(learned)
            self._report_progress()
        self._settled_at = time.monotonic()

    def _report_progress(self) -> None:
        states, done = self._settlement.summary.states, self._settlement.summary.answered
        pace = done / max(time.monotonic() - self._started, 0.001)
        note = (
            f"{pace:.0f}/s, {states[DeliveryState.SENT]} accepted, {states[DeliveryState.DEFERRED]} deferred,"
            f" {states[DeliveryState.FAILED]} refused"
        )
        self._progress(ProgressUpdate("send", done, max(self._queue.expected, done), note))
