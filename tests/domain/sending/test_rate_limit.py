"""Rates, kept over any sequence of moments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.sending.rate_limit import (
    ALL_DOMAINS,
    MAX_THROTTLED_PER_DOMAIN,
    TOLERANCE_SECONDS,
    RateLimiter,
    ThrottledQueue,
    parse_rate,
)


@pytest.mark.parametrize(
    ("text", "rate"), [("20/s", 20), ("90/min", 1.5), ("3600/h", 1), ("0.5/s", 0.5), ("10 / s", 10)]
)
def test_rates_are_read(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "20", "0/s", "-1/s", "20/day", "x/s"])
def test_what_is_no_rate(text):
    with pytest.raises(ValueError, match="no rate"):
        parse_rate(text)


@given(st.floats(0.5, 500), st.lists(st.floats(0, 0.2), min_size=1, max_size=300))
def test_no_second_has_more_than_its_share(rate, steps):
    pace, now, gone = RateLimiter({"a.example": rate}), 0.0, []
    for step in steps:
        now += step
        while not pace.seconds_until_free("a.example", now):
            pace.record_send("a.example", now)
            gone.append(now)
    for start in gone:
        assert sum(start <= moment < start + 1 for moment in gone) <= rate * (1 + 2 * TOLERANCE_SECONDS) + 2


def test_one_domain_holds_up_no_other():
    pace = RateLimiter({"a.example": 1})
    pace.record_send("a.example", 0)
    assert pace.seconds_until_free("a.example", 0) > 0.9
    assert pace.seconds_until_free("b.example", 0) == pace.seconds_until_free(ALL_DOMAINS, 0) == 0


def test_the_total_counts_every_domain():
    pace = RateLimiter({ALL_DOMAINS: 2, "a.example": 100})
    pace.record_send("a.example", 0)
    assert pace.seconds_until_free(ALL_DOMAINS, 0) > 0.4
    assert pace.seconds_for("a.example", 50) == 0.5
    assert pace.has_limit("a.example")
    assert not pace.has_limit("b.example")


class Seconds:
    """A clock that stands until it is told to go on."""

    now = 0.0

    def __call__(self):
        return self.now


def test_items_come_out_when_their_domains_turn_has_come():
    clock, pace = Seconds(), RateLimiter({"a.example": 1, "b.example": 10})
    queue = ThrottledQueue(pace, clock)
    assert not queue
    for item in ("a1", "a2", "b1", "b2"):
        assert queue.hold(f"{item[0]}.example", item)
    out = []
    for tenth in range(12):
        clock.now = tenth / 10
        while due := queue.pop_due():
            pace.record_send(due[0], clock.now)
            out.append((tenth, due[1]))
    assert out == [(0, "a1"), (0, "b1"), (1, "b2"), (10, "a2")]
    assert not queue
    assert queue.seconds_until_due(0.5) == 0.5


def test_who_finds_no_room_gets_a_turn_behind_all_others():
    clock = Seconds()
    queue = ThrottledQueue(RateLimiter({"a.example": 2}), clock)
    while queue.hold("a.example", "held"):
        pass
    assert [queue.reserve_turn("a.example") for _ in range(3)] == [100.0, 100.5, 101.0]
    assert list(queue.drain()) == ["held"] * MAX_THROTTLED_PER_DOMAIN
    assert queue  # the reserved turns are still to come
    clock.now = 101.5
    assert not queue
