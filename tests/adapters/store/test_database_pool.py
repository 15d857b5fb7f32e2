"""Connections that threads of one run hand on to one another."""

from __future__ import annotations

import threading

import pytest

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.database_pool import DatabasePool
from mpftp.errors import StateError


@pytest.fixture
def pool(tmp_path):
    pool = DatabasePool(lambda: Database(tmp_path / "state.db"))
    yield pool
    pool.close()


def borrow(pool):
    with pool.lend() as db:
        return db


def test_one_after_another_get_the_same_in_any_thread(pool):
    borrowed = [borrow(pool)]
    thread = threading.Thread(target=lambda: borrowed.append(borrow(pool)))
    thread.start()
    thread.join()
    assert borrowed[0] is borrowed[1]


def test_side_by_side_get_one_each(pool):
    with pool.lend() as one, pool.lend() as other:
        assert one is not other


def test_what_an_error_left_behind_is_not_lent_again(pool):
    lending = pool.lend()
    db = lending.__enter__()
    db.execute("BEGIN")
    assert not lending.__exit__(ValueError, ValueError(), None)
    assert borrow(pool) is not db
    with pytest.raises(StateError):
        db.value("SELECT 1")


def test_closing_closes_those_that_are_free(pool):
    db = borrow(pool)
    pool.close()
    with pytest.raises(StateError):
        db.value("SELECT 1")
