"""What stands in a command's way is remembered since it was first seen, and forgotten when it works."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mpftp.adapters.store.alerts import AlertStore
from mpftp.adapters.store.overview import Overview

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_an_obstacle_keeps_its_first_moment_and_its_last_words(db):
    AlertStore(db).raise_alert("relay", "connection refused", NOW)
    AlertStore(db).raise_alert("relay", "login refused", NOW + timedelta(minutes=5))
    assert Overview(db).alerts() == [("relay", "login refused", NOW)]


def test_what_works_again_is_forgotten(db):
    AlertStore(db).clear_alert("relay")
    AlertStore(db).raise_alert("relay", "connection refused", NOW)
    AlertStore(db).clear_alert("relay")
    assert Overview(db).alerts() == []
