"""Worker processes: results in order, and a worker that dies is made up for."""

from __future__ import annotations

import os

import pytest

from mpftp.adapters.parallel import forked_map


def test_results_come_in_order_from_other_processes():
    results = list(forked_map(3)(lambda number: (number * number, os.getpid()), range(20)))
    assert [square for square, _ in results] == [number * number for number in range(20)]
    assert len({pid for _, pid in results} - {os.getpid()}) == 3


def test_one_worker_is_no_process_at_all():
    assert list(forked_map(1)(lambda number: os.getpid() - number, [0, 0])) == [os.getpid()] * 2


def test_what_a_killed_worker_owes_is_computed_here():
    parent = os.getpid()

    def work(number):
        if number == 3 and os.getpid() != parent:
            os._exit(9)
        return number

    assert list(forked_map(2)(work, range(8))) == list(range(8))


def test_an_exception_is_seen_where_the_results_are_wanted():
    def work(number):
        return 1 // (2 - number)

    with pytest.raises(ZeroDivisionError):
        list(forked_map(2)(work, range(4)))


def test_no_process_is_left_when_the_results_are_not_drawn():
    results = forked_map(2)(lambda number: (os.getpid(), "x" * 1_000_000), range(50))
    workers = {next(results)[0] for _ in range(2)}
    assert len(workers) == 2
    results.close()
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
