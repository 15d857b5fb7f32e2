"""When a fragment, a retry, or a client's hours let messages go out: pure decisions of ``send``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from mpftp.domain.campaign import BounceClass, DeliveryState
from mpftp.domain.sending.transport import Outcome, Verdict

MIN_BACKOFF = timedelta(minutes=5)
MAX_BACKOFF = timedelta(hours=4)
MAX_IN_DOUBT_ATTEMPTS = 1  # lost answers after which a message is not sent once more
CANARY_MESSAGES = 200  # answers before a failure rate means what it says
LEAST_ANSWERS = 20  # answers before a failure rate is looked at
LEAST_REFUSALS = 5  # refusals before it is
MIN_SPACING_SHARE = 0.9  # of the distance that overdue fragments keep: late starts are made up for slowly


@dataclass(frozen=True, slots=True)
class SendWindow:
    """Hours of the day in which messages may go out, from *start* up to *end*, which may be past midnight."""

    start: time
    end: time

    def next_opening(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return *now* if the window is open then in *zone*, else when it opens next (aware, UTC)."""
        local = now.astimezone(zone)
        clock = local.time()
        inside = self.start <= clock < self.end
        if self.end <= self.start:
            inside = clock >= self.start or clock < self.end
        if inside:
            return now
        day = local.date() if clock < self.start else local.date() + timedelta(days=1)
        return datetime.combine(day, self.start, zone).astimezone(now.tzinfo)


def parse_send_window(text: str) -> SendWindow:
    """The window written ``08:00-20:00``. Raises ``ValueError`` when it is none or empty."""
    start, _, end = text.partition("-")
    window = SendWindow(time.fromisoformat(start), time.fromisoformat(end))
    if window.start == window.end:
        raise ValueError(f"{text!r} is no window: it opens and closes at the same time")
    return window


@dataclass(frozen=True, slots=True)
class SendPolicy:
    """How one client's campaigns go out, from its configuration.

    *fragment_interval* and *keep_spacing* say what overdue fragments do: keep their distance
    (*keep_spacing*), or go out together. *results_after_days* is in days. *stop_at_failure_rate* is the
    failure rate (0..1) that pauses a campaign.
    """

    transport: str
    zone: ZoneInfo
    results_after_days: int
    keep_spacing: bool
    stop_at_failure_rate: float
    fragment_interval: timedelta | None = None
    window: SendWindow | None = None


@dataclass(frozen=True, slots=True)
class OpenFragment:
    """A fragment with deliveries still to go, as the state file has it.

    *previous_started_at* is when the fragment before it started, ``None`` when it has not, or is
    none. *tried* and *refused* count the answers since the start or the operator's last ``resume``.
    """

    id: int
    campaign_id: int
    client_id: int
    client: str
    campaign: str
    number: int
    due_at: datetime
    started_at: datetime | None = None
    previous_started_at: datetime | None = None
    tried: int = 0
    refused: int = 0


def earliest_send_at(fragment: OpenFragment, policy: SendPolicy, now: datetime) -> datetime:
    """Return the earliest time, not before *now*, at which messages of *fragment* may go out.

    With *keep_spacing*, a fragment that is overdue (the server was down) waits until the one before it
    has had its time, so that bursts never stack up.
    """
    at = max(fragment.due_at, now)
    if policy.fragment_interval and policy.keep_spacing and not fragment.started_at and fragment.number > 1:
        if fragment.previous_started_at is None:
            at = max(at, now + policy.fragment_interval * MIN_SPACING_SHARE)
        else:
            at = max(at, fragment.previous_started_at + policy.fragment_interval * MIN_SPACING_SHARE)
    return policy.window.next_opening(at, policy.zone) if policy.window else at


def plan_starts(due: Iterable[datetime], policy: SendPolicy) -> Iterator[datetime]:
    """Yield when fragments that are *due*, in order, go out if nothing is late: in the client's hours."""
    started_at: datetime | None = None
    for number, at in enumerate(due, 1):
        started_at = earliest_send_at(
            OpenFragment(0, 0, 0, "", "", number, at, previous_started_at=started_at), policy, at
        )
        yield started_at


def next_attempt_at(
    attempts: int, first_at: datetime, now: datetime, retry_for: timedelta
) -> datetime | None:
    """When to try again after the *attempts*-th deferral, ``None`` when *retry_for* has passed.

    Pauses double from five minutes to four hours (RFC 5321, 4.5.4.1 asks for growing pauses), and
    the last attempt falls on the end of *retry_for*.
    """
    end = first_at + retry_for
    if now >= end:
        return None
    pause = min(MIN_BACKOFF * (1 << min(attempts - 1, 10)), MAX_BACKOFF)
    return min(now + pause, end)


def exceeds_failure_rate(tried: int, refused: int, stop_at: float) -> bool:
    """Whether a fragment's answers so far call for a human being (``stop_at_failure_rate``).

    Few answers say little: up to ``CANARY_MESSAGES`` the refusals must exceed what the allowed rate gives
    by one standard deviation, and below ``LEAST_ANSWERS`` or ``LEAST_REFUSALS`` nothing is judged.
    """
    if tried < LEAST_ANSWERS or refused < LEAST_REFUSALS:
        return False
    margin = math.sqrt(tried * stop_at * (1 - stop_at)) if tried < CANARY_MESSAGES else 0.0
    return refused > tried * stop_at + margin


@dataclass(slots=True)
class Canary:
    """A fragment's first messages: no more than ``CANARY_MESSAGES`` go out before that many are answered.

    Else a fast relay could refuse a whole campaign before anybody looked at the rate. *open* are the
    deliveries whose answer is still to come.
    """

    stop_at_failure_rate: float
    tried: int
    refused: int
    open: set[int] = field(default_factory=set)

    @property
    def is_active(self) -> bool:
        """Whether the answers do not yet say anything."""
        return self.tried < CANARY_MESSAGES

    @property
    def must_wait(self) -> bool:
        """Whether the next message must wait for an answer."""
        return self.is_active and bool(self.open) and self.tried + len(self.open) >= CANARY_MESSAGES

    @property
    def has_failed(self) -> bool:
        """Whether the answers call for a human being."""
        return exceeds_failure_rate(self.tried, self.refused, self.stop_at_failure_rate)

    def record_outcome(self, delivery_id: int, verdict: Verdict) -> None:
        """Count one answer; a message that was not tried, or whose answer was lost, says nothing."""
        self.open.discard(delivery_id)
        self.tried += verdict in (Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REFUSED)
        self.refused += verdict is Verdict.REFUSED


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What ``send`` does with answers that settle nothing: deferrals, and answers that were lost.

    *resend*: a message whose answer was lost goes out again (RFC 5321, 4.5.3.2.6), else it stays in doubt.
    """

    retry_for: timedelta
    resend: bool


@dataclass(frozen=True, slots=True)
class DeliveryHistory:
    """A delivery's past: answers so far, times its answer was lost, when it was first tried."""

    attempts: int
    in_doubt_count: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class StateChange:
    """What an answer makes of a delivery; *bounce* is set when it comes back to the client."""

    state: DeliveryState
    next_at: datetime | None = None
    bounce: BounceClass | None = None


def next_state(outcome: Outcome, history: DeliveryHistory, now: datetime, rules: RetryPolicy) -> StateChange:
    """Decide what *outcome* makes of a delivery with this *history* (before this answer).

    A relay that takes message after message and never answers must not flood a reader: after
    ``MAX_IN_DOUBT_ATTEMPTS`` lost answers the delivery stays in doubt.
    """
    again = next_attempt_at(history.attempts + 1, history.first_at, now, rules.retry_for)
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return StateChange(DeliveryState.SENT)
        case Verdict.REFUSED:
            return StateChange(DeliveryState.FAILED, bounce=BounceClass.PERMANENT)
        case Verdict.UNSENT:
            return StateChange(DeliveryState.PENDING)
        case Verdict.IN_DOUBT if not (
            rules.resend and again and history.in_doubt_count < MAX_IN_DOUBT_ATTEMPTS
        ):
            return StateChange(DeliveryState.IN_DOUBT)
        case _ if again:
            return StateChange(DeliveryState.DEFERRED, next_at=again)
        case _:
            return StateChange(DeliveryState.FAILED, bounce=BounceClass.TRANSIENT)
