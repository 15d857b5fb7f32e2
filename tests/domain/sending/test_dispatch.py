"""When messages may go out, and what an answer makes of a delivery."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.campaign import BounceClass, DeliveryState
from mpftp.domain.sending.dispatch import (
    LONGEST_PAUSE,
    MOST_DOUBTS,
    History,
    OpenFragment,
    Policy,
    Rules,
    Window,
    fails_too_often,
    fate,
    may_go_at,
    next_try,
    window_from,
)
from mpftp.domain.sending.transport import Outcome, Verdict

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOON = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)  # 12:00 in São Paulo
HOUR = timedelta(hours=1)


def fragment(number=1, due=NOON, **more):
    return OpenFragment(number, 1, 1, "acme", "Promo_20260301", number, due, **more)


def policy(**more):
    return Policy("smtp", SAO_PAULO, 3, **more)


def test_a_fragment_goes_when_it_is_due():
    assert may_go_at(fragment(), policy(), NOON - HOUR) == NOON
    assert may_go_at(fragment(), policy(), NOON + HOUR) == NOON + HOUR


def test_an_overdue_fragment_keeps_its_distance():
    late = NOON + 5 * HOUR
    second = fragment(2, NOON + HOUR, previous_started_at=late)
    moment = may_go_at(second, policy(every=HOUR), late + timedelta(minutes=1))
    assert timedelta(minutes=50) < moment - late <= HOUR


def test_overdue_fragments_go_together_when_asked_to():
    late = NOON + 5 * HOUR
    second = fragment(2, NOON + HOUR, previous_started_at=late)
    assert may_go_at(second, policy(every=HOUR, spread=False), late) == late


def test_a_fragment_waits_for_the_one_before_it():
    assert may_go_at(fragment(2, NOON), policy(every=HOUR), NOON) > NOON


def test_a_small_delay_is_made_up_for():
    """Cron starts a few minutes late each hour; that must not add up."""
    started = NOON + timedelta(minutes=4)
    second = fragment(2, NOON + HOUR, previous_started_at=started)
    assert may_go_at(second, policy(every=HOUR), NOON + HOUR) == NOON + HOUR


def test_a_started_fragment_goes_on():
    assert may_go_at(fragment(2, NOON, started_at=NOON), policy(every=HOUR), NOON) == NOON


@pytest.mark.parametrize(
    ("window", "now", "opening"),
    [
        ("08:00-20:00", "12:00", "12:00"),
        ("08:00-20:00", "07:59", "08:00"),
        ("08:00-20:00", "20:00", "08:00+1"),
        ("20:00-06:00", "23:00", "23:00"),
        ("20:00-06:00", "05:59", "05:59"),
        ("20:00-06:00", "12:00", "20:00"),
    ],
)
def test_windows(window, now, opening):
    day = datetime(2026, 3, 1, tzinfo=SAO_PAULO)

    def at(text):
        clock, _, later = text.partition("+")
        local = datetime.combine(day.date() + timedelta(days=int(later or 0)), time.fromisoformat(clock))
        return local.replace(tzinfo=SAO_PAULO).astimezone(UTC)

    assert window_from(window).opening(at(now), SAO_PAULO) == at(opening)


def test_a_window_keeps_its_hours_through_a_change_of_clocks():
    zone = ZoneInfo("America/New_York")  # 2026-03-08: 02:00 becomes 03:00
    window = Window(time(8), time(20))
    evening = datetime(2026, 3, 7, 21, tzinfo=zone).astimezone(UTC)
    assert window.opening(evening, zone).astimezone(zone).isoformat() == "2026-03-08T08:00:00-04:00"


@pytest.mark.parametrize("text", ["08:00-08:00", "8-20", "", "08:00", "25:00-26:00"])
def test_what_is_no_window(text):
    with pytest.raises(ValueError, match=r".+"):
        window_from(text)


@given(st.integers(1, 200), st.integers(0, 100))
def test_pauses_grow_and_end_with_the_time_to_retry(attempts, hours):
    now, retry_for = NOON + hours * HOUR, 24 * HOUR
    again = next_try(attempts, NOON, now, retry_for)
    if hours >= 24:
        assert again is None
    else:
        assert now < again <= min(now + LONGEST_PAUSE, NOON + retry_for)
        more = next_try(attempts + 1, NOON, now, retry_for)
        assert more >= again


def test_pauses_double_from_five_minutes_to_four_hours():
    pauses = [next_try(attempts, NOON, NOON, 24 * HOUR) - NOON for attempts in range(1, 9)]
    assert [pause // timedelta(minutes=1) for pause in pauses] == [5, 10, 20, 40, 80, 160, 240, 240]


def test_the_try_at_the_end_of_the_time_to_retry_is_the_last():
    assert next_try(1, NOON, NOON + 24 * HOUR - timedelta(seconds=1), 24 * HOUR) == NOON + 24 * HOUR
    assert next_try(1, NOON, NOON + 24 * HOUR, 24 * HOUR) is None


def test_a_failure_rate_needs_enough_answers():
    assert not fails_too_often(199, 199, 0.2)
    assert fails_too_often(200, 41, 0.2)
    assert not fails_too_often(200, 40, 0.2)


FRESH = History(0, 0, NOON)


@pytest.mark.parametrize(
    ("verdict", "history", "resend", "state", "bounce"),
    [
        (Verdict.ACCEPTED, FRESH, True, DeliveryState.SENT, None),
        (Verdict.REFUSED, FRESH, True, DeliveryState.FAILED, BounceClass.PERMANENT),
        (Verdict.UNTRIED, FRESH, True, DeliveryState.PENDING, None),
        (Verdict.DEFERRED, FRESH, True, DeliveryState.DEFERRED, None),
        (
            Verdict.DEFERRED,
            History(9, 0, NOON - 25 * HOUR),
            True,
            DeliveryState.FAILED,
            BounceClass.TRANSIENT,
        ),
        (Verdict.DOUBT, FRESH, True, DeliveryState.DEFERRED, None),
        (Verdict.DOUBT, FRESH, False, DeliveryState.DOUBT, None),
        (Verdict.DOUBT, History(3, MOST_DOUBTS, NOON), True, DeliveryState.DOUBT, None),
        (Verdict.DOUBT, History(3, 0, NOON - 25 * HOUR), True, DeliveryState.DOUBT, None),
    ],
)
def test_what_an_answer_makes_of_a_delivery(verdict, history, resend, state, bounce):
    decided = fate(Outcome(1, verdict), history, NOON, Rules(24 * HOUR, resend))
    assert (decided.state, decided.bounce) == (state, bounce)
    assert (decided.next_at is not None) == (state is DeliveryState.DEFERRED)
