from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.campaign import BounceClass, EventKind
from mpftp.domain.event_log import MAX_EVENT_TEXT_CHARS, Event, clean_text, format_event, parse_event

moments = st.integers(0, 4_000_000_000_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
words = st.text(st.characters(categories=["L", "N", "P"]), max_size=40)
events = st.builds(
    Event,
    st.sampled_from(EventKind),
    st.integers(1, 2**63 - 1),
    moments,
    st.integers(0, 1000),
    words,
    words,
    st.none() | st.sampled_from(BounceClass),
    words,
    words,
    words,
    words,
)


@given(events)
def test_a_line_gives_back_the_event(event):
    line = format_event(event)
    assert parse_event(line) == event
    assert line.endswith(b"\n")
    assert line.isascii()


@given(st.text(max_size=700))
def test_no_text_ends_its_line_or_grows_without_bound(agent):
    event = Event(EventKind.OPEN, 1, datetime(2026, 1, 1, tzinfo=UTC), agent=agent)
    line = format_event(event)
    assert line.count(b"\n") == 1
    assert line.strip().isascii()
    assert len(line) < 12 * MAX_EVENT_TEXT_CHARS + 200
    found = parse_event(line)
    assert found is not None
    assert found.agent == clean_text(agent)
    assert found.agent.isprintable()


GOOD = {"kind": "open", "delivery": 1, "at": 0}


@pytest.mark.parametrize(
    "members",
    [
        {"kind": "party"},
        {"delivery": "1"},
        {"delivery": -1},
        {"delivery": True},
        {"delivery": 2**63},
        {"delivery": None},
        {"at": 10**18},
        {"at": 1.5},
        {"link": "x"},
        {"class": "soft"},
    ],
)
def test_a_line_that_is_no_event_of_ours_is_nothing(members):
    assert parse_event(json.dumps(GOOD).encode()) is not None
    assert parse_event(json.dumps(GOOD | members).encode()) is None


@given(st.binary(max_size=80))
def test_garbage_is_nothing(content):
    assert parse_event(content) is None


def test_deep_nesting_is_nothing():
    assert parse_event(b"[" * 100_000) is None
