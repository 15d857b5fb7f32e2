"""Visits side by side: none holds up the run, or another."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from mpftp.errors import TryLaterError
from mpftp.stages.collect import collect, parallel_visits
from mpftp.stages.collect.parallel_visits import ParallelVisits
from mpftp.stages.collect.visit_summary import VisitSummary


@pytest.fixture
def hanging():
    """An event for which visits that hang wait; set at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Nobody waits for a visit beyond its own time."""
    monkeypatch.setattr(parallel_visits, "GIVE_UP_SECONDS", 0.0)


def given_up(client, seconds):
    return VisitSummary(client, errors=[TryLaterError(f"{client} given up")])


def test_all_are_visited_with_no_more_at_a_time_than_allowed():
    running, most, lock = set(), [], threading.Lock()

    def visit(client, seconds):
        with lock:
            running.add(client)
            most.append(len(running))
        with lock:
            running.discard(client)
        return VisitSummary(client)

    visits = ParallelVisits(visit, lambda client: 60.0, given_up, 3)
    looks = []
    found = visits.run([f"c{number}" for number in range(40)], looks.append)
    assert len(found) == 40
    assert max(most) <= 3
    assert looks[-1] == 40


def test_a_visit_that_hangs_is_given_up_and_the_others_end(hanging):
    def visit(client, seconds):
        if client == "hangs":
            hanging.wait()
        return VisitSummary(client)

    visits = ParallelVisits(visit, lambda client: 0.05 if client == "hangs" else 60.0, given_up, 1)
    found = visits.run(["hangs", "a", "b"], lambda ended: None)
    assert {name: len(summary.errors) for name, summary in found.items()} == {"hangs": 1, "a": 0, "b": 0}


def test_what_a_visit_says_after_it_was_given_up_is_not_heard(hanging):
    said = threading.Event()

    def visit(client, seconds):
        if client == "hangs":
            hanging.wait()
            said.set()
        else:
            hanging.set()  # the first visit goes on while the second runs
            said.wait()
        return VisitSummary(client)

    visits = ParallelVisits(visit, lambda client: 0.05 if client == "hangs" else 60.0, given_up, 1)
    found = visits.run(["hangs", "next"], lambda ended: None)
    assert [error.message for error in found["hangs"].errors] == ["hangs given up"]


def test_collect_ends_though_a_library_hangs_and_the_state_knows(site, make_site, hanging):
    """Nothing that the visit itself does ends it: it stands where no deadline looks."""
    another = make_site("zeta")
    another.put()

    @contextmanager
    def hang_while_open():
        hanging.wait()
        raise TryLaterError("too late")
        yield

    def run(context):
        def open_visit(settings, seconds):
            if settings.client == "acme" and seconds > 0:
                return hang_while_open()
            own = site if settings.client == "acme" else another
            return own.open_visit(own.endpoint, context)

        return collect(
            [site.terms, another.terms],
            open_visit,
            context,
            connections=2,
            visit_seconds=lambda client: 0.05 if client == "acme" else 60.0,
            run_seconds=600.0,
        )

    acme, zeta = run(site.context())
    assert "did not end within 0.05 s, and was given up" in acme.errors[0].message
    assert acme.failures == 1
    assert [taken.key.name for taken in zeta.taken] == ["Promo"]
    (trouble,) = site.rows("SELECT trouble FROM client WHERE name = 'acme'")
    assert "given up" in trouble[0]
