"""Rates, kept over any sequence of moments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.sending.rate_limit import ALL_DOMAINS, TOLERANCE_SECONDS, RateLimiter, parse_rate


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
