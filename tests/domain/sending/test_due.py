"""When a campaign's next messages are due, and since when they are overdue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mpftp.domain.sending.due import WaitingFragment, due_to_send_at, find_next_sends
from mpftp.domain.sending.schedule import OpenFragment, parse_send_window
from tests.settings import send_policy

NOON = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)  # 12:00 in São Paulo
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def waiting(number=1, due=NOON, *, is_untried=True, retry_at=None, campaign=1, **more):
    fragment = OpenFragment(number, campaign, 1, "acme", f"Promo{campaign}_20260301", number, due, **more)
    return WaitingFragment(fragment, is_untried, retry_at)


def policy(**more):
    return send_policy("smtp", ZoneInfo("America/Sao_Paulo"), 3, **more)


@pytest.mark.parametrize("later", [-HOUR, 5 * HOUR])
def test_a_fragment_that_nothing_keeps_is_due_at_its_time(later):
    assert due_to_send_at(waiting(), policy(), NOON + later, None) == NOON


def test_a_fragment_that_keeps_its_distance_is_not_overdue():
    second = waiting(2, previous_started_at=NOON + 5 * HOUR)
    at = due_to_send_at(second, policy(fragment_interval=HOUR), NOON + 5 * HOUR + MINUTE, None)
    assert NOON + 5 * HOUR + 50 * MINUTE < at <= NOON + 6 * HOUR


def test_a_fragment_that_waits_for_the_clients_hours_is_not_overdue():
    hours = policy(window=parse_send_window("08:00-20:00"))
    tomorrow = NOON + 20 * HOUR
    assert due_to_send_at(waiting(due=NOON + 9 * HOUR), hours, NOON + 12 * HOUR, None) == tomorrow
    assert due_to_send_at(waiting(due=NOON + 9 * HOUR), hours, tomorrow + 3 * HOUR, None) == tomorrow


def test_messages_that_wait_for_a_retry_are_due_then():
    """A full mailbox does not make the fragment overdue for three days."""
    deferred = waiting(is_untried=False, retry_at=NOON + 4 * HOUR, started_at=NOON)
    assert due_to_send_at(deferred, policy(), NOON + 3 * HOUR, NOON) == NOON + 4 * HOUR
    assert due_to_send_at(deferred, policy(), NOON + 9 * HOUR, NOON) == NOON + 4 * HOUR


def test_what_send_is_at_is_not_overdue_but_what_it_left_is():
    begun = waiting(started_at=NOON)
    assert due_to_send_at(begun, policy(), NOON + 9 * HOUR, NOON + 9 * HOUR) == NOON + 9 * HOUR
    assert due_to_send_at(begun, policy(), NOON + 9 * HOUR, NOON + HOUR) == NOON + HOUR
    assert due_to_send_at(begun, policy(), NOON + 9 * HOUR, None) == NOON
    assert due_to_send_at(waiting(), policy(), NOON + 9 * HOUR, NOON + 9 * HOUR) == NOON


def test_the_first_of_a_campaigns_fragments_counts():
    deferred = waiting(1, is_untried=False, retry_at=NOON + 2 * HOUR, started_at=NOON)
    fragments = [waiting(2, NOON + HOUR), deferred, waiting(3, campaign=2)]
    sends = find_next_sends(fragments, {"acme": policy()}, NOON, None)
    assert {campaign: (one.number, one.at) for campaign, one in sends.items()} == {
        1: (2, NOON + HOUR),
        2: (3, NOON),
    }
    assert sends[1].campaign == "acme/Promo1_20260301"
    assert find_next_sends(fragments, {}, NOON, None) == {}
