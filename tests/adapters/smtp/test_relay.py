"""Relays: shares by weight, their record, the choice of the next."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mpftp.adapters.smtp.relay import (
    MAX_DEFERRALS_IN_A_ROW,
    MAX_FAILURES_IN_A_ROW,
    RelayHealth,
    assign_relays,
    choose_relay,
)
from tests.settings import make_relay


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(1, 60))
def test_connections_are_shared_by_weight(weights, connections):
    relays = [make_relay(f"r{place}", weight=weight) for place, weight in enumerate(weights)]
    counts = Counter(assign_relays(relays, connections))
    for place, weight in enumerate(weights):
        assert abs(counts[place] - connections * weight / sum(weights)) < len(weights)


def test_backups_get_no_share_unless_there_is_nothing_else():
    assert set(assign_relays([make_relay("a"), make_relay("b", backup=True)], 8)) == {0}
    assert set(assign_relays([make_relay("b", backup=True)], 8)) == {0}


def test_the_next_connection_goes_where_it_should_while_that_relay_works():
    tracks = [
        RelayHealth(make_relay("a", weight=3)),
        RelayHealth(make_relay("b")),
        RelayHealth(make_relay("c", backup=True)),
    ]
    assert choose_relay(tracks, 1.0, 1) is tracks[1]
    tracks[1].record_failure("closed", 1.0, permanent=False)
    assert choose_relay(tracks, 1.0, 1) is tracks[0]
    tracks[0].record_failure("refused", 1.0, permanent=True)
    assert choose_relay(tracks, 1.0, 0) is tracks[2]
    tracks[2].record_failure("closed", 1.0, permanent=True)
    assert choose_relay(tracks, 1.0, 0) is None


def test_a_relay_that_has_worked_gets_more_patience():
    fresh, proven = RelayHealth(make_relay("a")), RelayHealth(make_relay("b"))
    proven.record_accepted()
    fresh.record_failure("closed", 0.0, permanent=False)
    assert fresh.is_unavailable
    for attempt in range(MAX_FAILURES_IN_A_ROW):
        assert not proven.is_unavailable
        proven.record_failure("closed", 1000.0 * attempt, permanent=False)
    assert proven.is_unavailable


def test_a_burst_of_failures_counts_once():
    track = RelayHealth(make_relay("a"))
    track.record_accepted()
    for _ in range(20):
        track.record_failure("closed", 5.0, permanent=False)
    assert track.failures == 1


def test_deferrals_rest_longer_and_longer_until_the_relay_counts_as_away():
    track = RelayHealth(make_relay("a"))
    rests = [rest for _ in range(MAX_DEFERRALS_IN_A_ROW) if (rest := track.record_deferral())]
    assert rests == sorted(rests)
    assert track.is_unavailable
    track.record_accepted()
    assert not track.is_unavailable


def test_a_limit_is_learnt_from_two_closes_alike():
    health = RelayHealth(make_relay("a"))
    assert [health.record_clean_close(count) for count in (5, 3, 3, 3, 7, 7)] == [
        False, False, True, False, False, True,
    ]  # fmt: skip
    assert health.limit == 7
