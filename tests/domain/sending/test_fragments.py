"""Fragments: every contact in exactly one, due at elapsed hours, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.sending.fragments import FragmentPlan, FragmentSchedule, plan_fragments, results_due_at

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_seeds_example_fifty_thousand_in_ten_of_five_thousand():
    fragments = plan_fragments(50_000, START, FragmentSchedule(5_000, timedelta(hours=1)))
    assert len(fragments) == 10
    assert fragments[9] == FragmentPlan(10, START + timedelta(hours=9), 45_000, 5_000)


def test_without_fragmenting_all_go_at_once():
    assert plan_fragments(3, START, None) == [FragmentPlan(1, START, 0, 3)]


def test_no_contacts_make_no_fragments():
    assert plan_fragments(0, START, None) == []


@given(st.integers(1, 5_000), st.integers(1, 500), st.integers(1, 10_000))
def test_every_contact_is_in_exactly_one_fragment(contacts: int, each: int, minutes: int):
    every = timedelta(minutes=minutes)
    fragments = plan_fragments(contacts, START, FragmentSchedule(each, every))
    covered = [first for f in fragments for first in range(f.first, f.first + f.size)]
    assert covered == list(range(contacts))
    assert all(0 < f.size <= each for f in fragments)
    assert [f.due_at - START for f in fragments] == [n * every for n in range(len(fragments))]


def test_the_night_the_clocks_change_neither_doubles_nor_drops_an_hour():
    """New York, 8 March 2026: after 01:30 comes 03:30."""
    start = datetime(2026, 3, 8, 0, 30, tzinfo=ZoneInfo("America/New_York"))
    fragments = plan_fragments(4, start, FragmentSchedule(1, timedelta(hours=1)))
    local = [f.due_at.astimezone(start.tzinfo).strftime("%H:%M") for f in fragments]
    assert local == ["00:30", "01:30", "03:30", "04:30"]
    assert all(f.due_at.tzinfo is UTC for f in fragments)


def test_results_are_due_by_the_clients_clock_whatever_it_does_meanwhile():
    """New York, 8 March 2026: noon is 17:00 UTC before, and 16:00 UTC after."""
    last_out = datetime(2026, 3, 6, 17, tzinfo=UTC)
    due = results_due_at(last_out, 3, ZoneInfo("America/New_York"))
    assert due == datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert due.tzinfo is UTC


@pytest.mark.parametrize(("contacts", "every"), [(0, timedelta(hours=1)), (1, timedelta(0))])
def test_fragments_of_nothing_or_without_distance_are_refused(contacts: int, every: timedelta):
    with pytest.raises(ValueError, match="at least one contact"):
        FragmentSchedule(contacts, every)
