"""Rendering ahead of the lines: order, bounds, and what is given back."""

from __future__ import annotations

import json
from collections import deque

import pytest

from mpftp.adapters.smtp import queue
from mpftp.adapters.smtp.queue import RENDER_AHEAD, QueuedRequest, RenderQueue
from mpftp.domain.sending.transport import OutgoingMessage


class Template:
    """A message as long as its field says; ``"bad"`` cannot be rendered."""

    def __init__(self):
        self.rendered = []

    def render(self, delivery_id, email, values, date):
        self.rendered.append(delivery_id)
        return OutgoingMessage(delivery_id, "b@x.example", email, b"x" * int(values[0]))


@pytest.fixture
def bench():
    """A queue, its template, what is to be called soon, and what failed."""

    class Bench:
        soon, failed, template = deque(), [], Template()

        def add(self, *sizes, first=1):
            self.queue.add(
                [
                    QueuedRequest(n, 0, "a@x.example", json.dumps([size]), 0.0)
                    for n, size in enumerate(sizes, first)
                ]
            )

        def run_soon(self):
            while self.soon:
                self.soon.popleft()()

        def take(self):
            flight = self.queue.pop()
            return flight and flight.outgoing.delivery_id

    bench = Bench()
    bench.queue = RenderQueue(bench.soon.append, lambda *told: bench.failed.append(told))
    bench.queue.templates[0] = bench.template
    return bench


def test_messages_come_in_order_and_are_rendered_a_little_ahead(bench):
    bench.add(*["5"] * 100)
    bench.run_soon()
    assert bench.template.rendered == list(range(1, RENDER_AHEAD + 1))
    taken = []
    while number := bench.take():
        taken.append(number)
        bench.run_soon()
        assert len(bench.template.rendered) <= number + RENDER_AHEAD
        assert len(bench.queue) == 100 - number
    assert taken == list(range(1, 101))


def test_it_gives_what_it_can_before_it_is_called_again(bench):
    bench.add(*["5"] * 40)
    assert [bench.take() for _ in range(40)] == list(range(1, 41))
    assert bench.take() is None


def test_a_message_that_cannot_be_rendered_stops_no_other(bench):
    bench.add("5", "bad", "5")
    assert [bench.take(), bench.take(), bench.take()] == [1, 3, None]
    assert [number for number, _ in bench.failed] == [2]
    assert "ValueError" in bench.failed[0][1]


def test_huge_messages_wait_for_room_and_are_told_of_it(bench, monkeypatch):
    monkeypatch.setattr(queue, "MAX_RENDERED_BYTES", 10)
    bench.add("6", "6", "6")
    first, second = bench.queue.pop(), bench.queue.pop()
    assert first
    assert second
    assert bench.queue.pop() is None
    assert bench.queue.release_bytes(first)
    assert bench.take() == 3


def test_clearing_gives_back_every_delivery_once_and_frees_their_room(bench, monkeypatch):
    monkeypatch.setattr(queue, "MAX_RENDERED_BYTES", 10)
    bench.add(*["6"] * 5)
    taken = bench.queue.pop()
    assert sorted(bench.queue.drain()) == [2, 3, 4, 5]
    assert not bench.queue
    bench.run_soon()
    bench.queue.release_bytes(taken)
    bench.add("6", "6", first=6)
    assert [bench.take(), bench.take()] == [6, 7]
