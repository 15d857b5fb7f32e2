"""When messages may go out, and what an answer makes of a delivery."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.campaign import BounceClass, DeliveryState
from mpftp.domain.sending.schedule import (
    MAX_BACKOFF,
    MAX_IN_DOUBT_ATTEMPTS,
    DeliveryHistory,
    OpenFragment,
    RetryPolicy,
    SendWindow,
    earliest_send_at,
    exceeds_failure_rate,
    next_attempt_at,
    next_state,
    parse_send_window,
)
from mpftp.domain.sending.transport import Outcome, Verdict
from tests.settings import send_policy

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOON = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)  # 12:00 in São Paulo
HOUR = timedelta(hours=1)


def fragment(number=1, due=NOON, **more):
    return OpenFragment(number, 1, 1, "acme", "Promo_20260301", number, due, **more)


def policy(**more):
    return send_policy("smtp", SAO_PAULO, 3, **more)


def test_a_fragment_goes_when_it_is_due():
    assert earliest_send_at(fragment(), policy(), NOON - HOUR) == NOON
    assert earliest_send_at(fragment(), policy(), NOON + HOUR) == NOON + HOUR


def test_an_overdue_fragment_keeps_its_distance():
    late = NOON + 5 * HOUR
    second = fragment(2, NOON + HOUR, previous_started_at=late)
    moment = earliest_send_at(second, policy(fragment_interval=HOUR), late + timedelta(minutes=1))
    assert timedelta(minutes=50) < moment - late <= HOUR


def test_overdue_fragments_go_together_when_asked_to():
    late = NOON + 5 * HOUR
    second = fragment(2, NOON + HOUR, previous_started_at=late)
    assert earliest_send_at(second, policy(fragment_interval=HOUR, keep_spacing=False), late) == late


def test_a_fragment_waits_for_the_one_before_it():
    assert earliest_send_at(fragment(2, NOON), policy(fragment_interval=HOUR), NOON) > NOON


def test_a_small_delay_is_made_up_for():
    """Cron starts a few minutes late each hour; that must not add up."""
    started = NOON + timedelta(minutes=4)
    second = fragment(2, NOON + HOUR, previous_started_at=started)
    assert earliest_send_at(second, policy(fragment_interval=HOUR), NOON + HOUR) == NOON + HOUR


def test_a_started_fragment_goes_on():
    assert earliest_send_at(fragment(2, NOON, started_at=NOON), policy(fragment_interval=HOUR), NOON) == NOON


@pytest.mark.parametrize(
    ("window", "now", "opening"),
    [
        ("08:00-20:00", "12:00", "12:00"),
        ("08:00-20:00", "07:59", "08:00"),
        ("08:00-20:00", "20:00", "08:00+1"),
        ("20:00-06:00", "23:00", "23:00"),
        ("20:00-06:00", "05:59", "05:59"),
        ("20:00-06:00", "12:00", "20:00"),
        ("20:00-06:00", "20:00", "20:00"),
    ],
)
def test_windows(window, now, opening):
    day = datetime(2026, 3, 1, tzinfo=SAO_PAULO)

    def at(text):
        clock, _, later = text.partition("+")
        local = datetime.combine(day.date() + timedelta(days=int(later or 0)), time.fromisoformat(clock))
        return local.replace(tzinfo=SAO_PAULO).astimezone(UTC)

    assert parse_send_window(window).next_opening(at(now), SAO_PAULO) == at(opening)


def test_a_window_keeps_its_hours_through_a_change_of_clocks():
    zone = ZoneInfo("America/New_York")  # 2026-03-08: 02:00 becomes 03:00
    window = SendWindow(time(8), time(20))
    evening = datetime(2026, 3, 7, 21, tzinfo=zone).astimezone(UTC)
    assert window.next_opening(evening, zone).astimezone(zone).isoformat() == "2026-03-08T08:00:00-04:00"


@pytest.mark.parametrize("text", ["08:00-08:00", "8-20", "", "08:00", "25:00-26:00"])
def test_what_is_no_window(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_send_window(text)


@given(st.integers(1, 200), st.integers(0, 100))
def test_pauses_grow_and_end_with_the_time_to_retry(attempts, hours):
    now, retry_for = NOON + hours * HOUR, 24 * HOUR
    again = next_attempt_at(attempts, NOON, now, retry_for)
    if hours >= 24:
        assert again is None
    else:
        assert now < again <= min(now + MAX_BACKOFF, NOON + retry_for)
        more = next_attempt_at(attempts + 1, NOON, now, retry_for)
        assert more >= again


def test_pauses_double_from_five_minutes_to_four_hours():
    pauses = [next_attempt_at(attempts, NOON, NOON, 24 * HOUR) - NOON for attempts in range(1, 9)]
    assert [pause // timedelta(minutes=1) for pause in pauses] == [5, 10, 20, 40, 80, 160, 240, 240]


def test_the_try_at_the_end_of_the_time_to_retry_is_the_last():
    assert next_attempt_at(1, NOON, NOON + 24 * HOUR - timedelta(seconds=1), 24 * HOUR) == NOON + 24 * HOUR
    assert next_attempt_at(1, NOON, NOON + 24 * HOUR, 24 * HOUR) is None


@pytest.mark.parametrize(
    ("tried", "refused", "stops"),
    [
        (19, 19, False), (20, 4, False), (20, 5, False), (20, 6, True), (24, 12, True), (12, 2, False),
        (199, 45, False), (200, 40, False), (200, 41, True),
    ],
)  # fmt: skip
def test_a_failure_rate_needs_enough_answers(tried, refused, stops):
    assert exceeds_failure_rate(tried, refused, 0.2) is stops


FRESH = DeliveryHistory(0, 0, NOON)


@pytest.mark.parametrize(
    ("verdict", "history", "resend", "state", "bounce"),
    [
        (Verdict.ACCEPTED, FRESH, True, DeliveryState.SENT, None),
        (Verdict.REFUSED, FRESH, True, DeliveryState.FAILED, BounceClass.PERMANENT),
        (Verdict.UNSENT, FRESH, True, DeliveryState.PENDING, None),
        (Verdict.DEFERRED, FRESH, True, DeliveryState.DEFERRED, None),
        (
            Verdict.DEFERRED,
            DeliveryHistory(9, 0, NOON - 25 * HOUR),
            True,
            DeliveryState.FAILED,
            BounceClass.TRANSIENT,
        ),
        (Verdict.IN_DOUBT, FRESH, True, DeliveryState.DEFERRED, None),
        (Verdict.IN_DOUBT, FRESH, False, DeliveryState.IN_DOUBT, None),
        (
            Verdict.IN_DOUBT,
            DeliveryHistory(3, MAX_IN_DOUBT_ATTEMPTS, NOON),
            True,
            DeliveryState.IN_DOUBT,
            None,
        ),
        (Verdict.IN_DOUBT, DeliveryHistory(3, 0, NOON - 25 * HOUR), True, DeliveryState.IN_DOUBT, None),
    ],
)
def test_what_an_answer_makes_of_a_delivery(verdict, history, resend, state, bounce):
    decided = next_state(Outcome(1, verdict), history, NOON, RetryPolicy(24 * HOUR, resend))
    assert (decided.state, decided.bounce) == (state, bounce)
    assert (decided.next_at is not None) == (state is DeliveryState.DEFERRED)
