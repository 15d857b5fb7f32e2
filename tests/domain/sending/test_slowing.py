"""Domains that ask for patience: how long each rests, and how it comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mpftp.domain.sending.slowing import MAX_TRIALS, DomainSlowing, asks_to_slow_down
from mpftp.domain.sending.transport import Outcome, Verdict

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SLOW = Outcome(1, Verdict.DEFERRED, "421 4.7.0", "too many messages")
TAKEN = Outcome(1, Verdict.ACCEPTED, "250 2.0.0", "queued")


@pytest.mark.parametrize(
    ("code", "reply", "expected"),
    [
        ("421 4.7.0", "too much mail from your IP", True),
        ("421", "slow down", True),
        ("450 4.7.1", "rate limited", True),
        ("451 4.7.28", "unusual rate", True),
        ("450 4.2.2", "mailbox full", False),
        ("451 4.3.0", "temporary failure", False),
        ("450 4.7.1", "Greylisted, see http://example.net", False),
        ("451 4.7.1", "Try again later", False),
        ("421 4.7.0", "Try again later", True),
        ("", "the connection broke each time", False),
    ],
)
def test_which_replies_ask_for_patience(code, reply, expected):
    assert asks_to_slow_down(Outcome(1, Verdict.DEFERRED, code, reply)) is expected


def test_only_a_deferral_asks_to_slow_down():
    assert not asks_to_slow_down(Outcome(1, Verdict.REFUSED, "550 4.7.1", "never"))


def pauses(slowing, answers):
    """The seconds that ``d`` rests after each of *answers*, each given when the rest is over."""
    now, found = NOW, []
    for answer in answers:
        slowing.record("d", answer, now)
        found.append(slowing.seconds_to_wait("d", now))
        now += timedelta(seconds=found[-1])
    return found


def test_the_pause_doubles_up_to_an_hour_and_ends_by_itself():
    assert pauses(DomainSlowing(), [SLOW] * 8) == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_success_halves_the_pause_until_it_is_forgotten():
    slowing = DomainSlowing()
    assert pauses(slowing, [SLOW, SLOW, TAKEN, SLOW, TAKEN, TAKEN, TAKEN]) == [60, 120, 0, 120, 0, 0, 0]
    assert slowing.is_idle
    assert pauses(slowing, [SLOW]) == [60]


def test_answers_to_what_was_in_flight_change_nothing():
    slowing = DomainSlowing()
    slowing.record("d", SLOW, NOW)
    for answer in (SLOW, SLOW, TAKEN):
        slowing.record("d", answer, NOW + timedelta(seconds=59))
    assert slowing.seconds_to_wait("d", NOW) == 60


def test_a_rested_domain_is_tried_by_a_few_until_one_is_answered():
    slowing = DomainSlowing()
    slowing.record("d", SLOW, NOW)
    later = NOW + timedelta(seconds=60)
    for _ in range(MAX_TRIALS):
        assert slowing.seconds_to_wait("d", later) == 0
        slowing.record_send("d")
        slowing.record_send("other")
    assert slowing.seconds_to_wait("d", later) == 60
    assert slowing.seconds_to_wait("other", later) == 0
    slowing.record("d", Outcome(1, Verdict.REFUSED, "550 5.1.1", "who?"), later)
    assert slowing.seconds_to_wait("d", later) == 0
    slowing.record_send("d")
    assert slowing.seconds_to_wait("d", later) == 60
    slowing.record("d", TAKEN, later)
    assert slowing.seconds_to_wait("d", later) == 0


def test_what_was_learned_is_told_once_and_known_to_the_next_run():
    slowing = DomainSlowing()
    slowing.record("d", SLOW, NOW)
    slowing.record("other", TAKEN, NOW)
    learned = slowing.take_changes()
    assert list(learned) == ["d"]
    assert slowing.take_changes() == {}
    again = DomainSlowing([learned["d"]])
    assert again.seconds_to_wait("d", NOW) == 60
    again.record("d", TAKEN, NOW + timedelta(seconds=60))
    assert again.take_changes() == {"d": None}
