from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.results.statistics import QuarterHour, ratio, sum_by_hour

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def quarter(minutes, opens=1, marked=0, clicks=0):
    return QuarterHour(START + timedelta(minutes=minutes), opens, marked, clicks)


def shown(hours):
    return [(f"{hour.start:%d %H:%M}", hour.opens, hour.marked, hour.clicks) for hour in hours]


def test_empty_hours_are_shown_and_what_is_late_is_summed_up():
    quarters = [
        quarter(15, 3, 1, 2),
        quarter(45, 2),
        quarter(120, 1),
        quarter(600, 5, 5),
        quarter(6000, 1, 0, 9),
    ]
    hours, later = sum_by_hour(quarters, UTC, 4)
    assert shown(hours) == [
        ("01 12:00", 5, 1, 2),
        ("01 13:00", 0, 0, 0),
        ("01 14:00", 1, 0, 0),
        ("01 15:00", 0, 0, 0),
    ]
    assert later is not None
    assert shown([later]) == [("01 22:00", 6, 5, 9)]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("America/Sao_Paulo", "01 09:00"), ("Asia/Kolkata", "01 17:00"), ("Asia/Kathmandu", "01 17:00")],
)
def test_hours_are_those_of_the_clients_clock(zone, expected):
    hours, _ = sum_by_hour([quarter(0)], ZoneInfo(zone), 4)
    assert shown(hours) == [(expected, 1, 0, 0)]


def test_the_hour_that_the_clock_repeats_is_two_hours():
    autumn = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    quarters = [QuarterHour(autumn + timedelta(hours=number), 1, 0, 0) for number in range(3)]
    hours, later = sum_by_hour(quarters, ZoneInfo("Europe/Lisbon"), 24)
    assert [f"{hour.start:%H}" for hour in hours] == ["01", "01", "02"]
    assert later is None


def test_nothing_is_no_hours():
    assert sum_by_hour([], UTC, 24) == ([], None)


@given(
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 9), st.integers(0, 9)), max_size=30),
    st.integers(1, 50),
    st.sampled_from(["UTC", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_no_event_is_lost_between_the_hours(events, limit, zone):
    quarters = [quarter(15 * number, opens, 0, clicks) for number, opens, clicks in events]
    hours, later = sum_by_hour(quarters, ZoneInfo(zone), limit)
    every = [*hours, *([later] if later else [])]
    assert sum(hour.opens for hour in every) == sum(opens for _, opens, _ in events)
    assert sum(hour.clicks for hour in every) == sum(clicks for _, _, clicks in events)
    assert len(hours) <= limit


def test_a_share_of_nothing_is_none():
    assert ratio(1, 0) is None
    assert ratio(1, 4) == 0.25
