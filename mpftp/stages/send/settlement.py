"""What became of the deliveries that were claimed: outcomes taken into the state, in groups."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mpftp.adapters.journal import FileJournal
from mpftp.adapters.store.outbox import Outbox
from mpftp.adapters.store.outcomes import FailedDelivery, SettleSummary
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.clock import Clock
from mpftp.domain.sending.fragments import results_due_at
from mpftp.domain.sending.schedule import SendPolicy, exceeds_failure_rate
from mpftp.domain.sending.transport import Outcome
from mpftp.errors import MpftpError

log = logging.getLogger("mpftp.send")

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


class Settlement:
    """Settles outcomes, finishes what has no more to send, and halts what fails too often."""

    def __init__(
        self, outbox: Outbox, policies: Mapping[str, SendPolicy], clock: Clock, halted: set[int]
    ) -> None:
        """*halted*: the ids of campaigns of which nothing more may go out; it is added to here."""
        self.summary = SendSummary()
        self._outbox = outbox
        self._policies = policies
        self._clock = clock
        self._halted = halted

    def recover(self, journal: FileJournal) -> None:
        """Settle what is claimed and not settled, by what *journal* says of it."""
        claimed = self._outbox.claimed_ids()
        if not claimed:
            return
        left = journal.read_recovery(claimed)
        settled = self._outbox.settle(left.answered, self._clock())
        settled.add(self._outbox.settle_in_doubt(left.in_doubt))
        answered = {outcome.delivery_id for outcome in left.answered}
        self._outbox.release(sorted(claimed - answered - set(left.in_doubt)))
        self.summary.in_doubt.update(settled.cut_off)
        self._record(settled)

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Take a group of outcomes into the state, in one transaction."""
        self._record(self._outbox.settle(outcomes, self._clock()))

    def finish(self, fragments: set[int]) -> None:
        """Close those of *fragments* (ids) with nothing left to go, and campaigns whose last one it was."""
        finished, held = self._outbox.finish(fragments, self._clock(), self._results_due_at)
        self.summary.finished += len(finished)
        self._record_held(held)

    def _record(self, settled: SettleSummary) -> None:
        self.summary.states.update(settled.states)
        for failure in settled.failures:
            self._record_failure(failure)
        self._record_held(settled.held)
        self.finish(settled.fragments)
        for fragment_id in sorted(settled.fragments):
            self._pause_if_failing(fragment_id)

    def _record_failure(self, failure: FailedDelivery) -> None:
        self.summary.failed[failure.campaign] += 1
        client, _, name = failure.campaign.partition("/")
        about = {"client": client, "campaign": name, "address": failure.email, "code": failure.code}
        log.warning(
            "%s line %d failed: %s %s", failure.campaign, failure.line, failure.code, failure.reply,
            extra={"told": True, **about},
        )  # fmt: skip
        if self.summary.failed[failure.campaign] <= MAX_LISTED_FAILURES:
            self.summary.failures.append((failure.campaign, failure))

    def _results_due_at(self, client: str, last_out: datetime) -> datetime:
        policy = self._policies.get(client)
        if policy is None:
            return last_out
        return results_due_at(last_out, policy.results_after_days, policy.zone)

    def _record_held(self, held: Mapping[int, str]) -> None:
        """Halt the campaigns that a run of alike refusals holds."""
        for campaign_id, reason in held.items():
            client, name = self._outbox.campaign_name(campaign_id)
            self._halted.add(campaign_id)
            self.summary.paused.append((f"{client}/{name}", reason))
            log.error("%s: %s: paused: %s", client, name, reason,
                      extra={"told": True, "client": client, "campaign": name})  # fmt: skip

    def _pause_if_failing(self, fragment_id: int) -> None:
        answers = self._outbox.count_answers(fragment_id)
        policy = self._policies.get(answers.client)
        if policy is None or answers.campaign_id in self._halted:
            return
        if not exceeds_failure_rate(answers.tried, answers.refused, policy.stop_at_failure_rate):
            return
        refused = f"{answers.refused} of {answers.tried} messages of fragment {answers.number} were refused"
        reason = f"failures: {refused}"
        self._outbox.pause(answers.campaign_id, reason)
        self._halted.add(answers.campaign_id)
        self.summary.paused.append((f"{answers.client}/{answers.campaign}", reason))
        log.error("%s: %s: paused: %s", answers.client, answers.campaign, reason,
                  extra={"told": True, "client": answers.client, "campaign": answers.campaign})  # fmt: skip
