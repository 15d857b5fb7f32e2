"""The queue alone: what it claims, and what it gives back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mpftp.adapters.store.outbox import Outbox
from mpftp.domain.clock import to_ms
from mpftp.domain.sending.rate_limit import RateLimiter
from mpftp.domain.sending.slowing import DomainSlowing, SlowDomain
from mpftp.domain.sending.transport import AlwaysPermitted, DeliveryRequest, Outcome, Verdict
from mpftp.errors import MpftpError
from mpftp.stages.send.queue import DeliveryQueue, SendLimits
from tests.settings import retry_policy, send_policy

SENT_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)  # when stories were due
EMAILS = tuple(f"u{number}@example.com" for number in range(12))


@pytest.fixture
def queue_of(db):
    """A function that makes a queue, with the campaigns it must not send and the fragments it finished."""

    def make(limits=None, compose=lambda _: object(), rates=None, slow=()):
        return DeliveryQueue(
            Outbox(db, retry_policy()), {"acme": send_policy("smtp", ZoneInfo("UTC"), 3)}, compose,
            lambda: SENT_AT, make.halted, make.finished.append, RateLimiter(rates or {}),
            limits or SendLimits(), lambda: False, AlwaysPermitted(), DomainSlowing(slow),
        )  # fmt: skip

    make.halted, make.finished = set(), []
    return make


def states(db):
    return dict(db.rows("SELECT state, count(*) FROM delivery GROUP BY state"))


def test_what_is_not_drawn_goes_back(db, story, queue_of):
    story(state="active", emails=EMAILS)
    requests = queue_of().requests("smtp")
    assert next(requests).email == EMAILS[0]
    assert states(db) == {"claimed": 12}
    requests.close()
    assert states(db) == {"claimed": 1, "pending": 11}


@pytest.mark.parametrize("rates", [{}, {"example.com": 1000}])
def test_what_goes_to_a_resting_domain_is_given_back_until_then(db, story, queue_of, rates):
    until = SENT_AT + timedelta(minutes=10)
    story(state="active", emails=(*EMAILS, "ana@example.net"))
    slow = SlowDomain("example.com", 600, until, SENT_AT, "421 4.7.0")
    requests = queue_of(rates=rates, slow=[slow]).requests("smtp")
    assert [one.email for one in requests if isinstance(one, DeliveryRequest)] == ["ana@example.net"]
    assert states(db) == {"claimed": 1, "deferred": 12}
    assert {row[0] for row in db.rows("SELECT next_at FROM delivery WHERE state = 'deferred'")} == {
        to_ms(until)
    }


def test_a_halted_campaign_gives_no_more(db, story, queue_of):
    one = story(state="active", emails=EMAILS)
    requests = queue_of().requests("smtp")
    assert next(requests).delivery_id == one.deliveries[EMAILS[0]]
    queue_of.halted.add(one.campaign)
    assert list(requests) == []
    assert states(db) == {"claimed": 1, "pending": 11}


def test_an_exhausted_fragment_is_handed_to_finish(db, story, queue_of):
    story(state="active", emails=EMAILS)
    assert len(list(queue_of().requests("smtp"))) == 12
    assert set().union(*queue_of.finished) == {db.value("SELECT id FROM fragment")}


def test_an_unsent_message_gives_its_place_back(db, story, queue_of):
    story(state="active", emails=EMAILS)
    queue = queue_of(SendLimits(messages=2))
    requests = queue.requests("smtp")
    first = next(requests)
    queue.on_outcome(Outcome(first.delivery_id, Verdict.UNSENT))
    assert queue.requested == 0
    assert len(list(requests)) == 2


def test_a_message_that_cannot_be_compiled_halts_its_campaign(db, story, queue_of):
    one = story(state="active", emails=EMAILS)

    def compose(campaign_id):
        raise MpftpError("its HTML is broken")

    queue = queue_of(compose=compose)
    assert list(queue.requests("smtp")) == []
    assert queue_of.halted == {one.campaign}
    assert [error.message for error in queue.errors] == ["its HTML is broken"]
    assert queue.ready_fragments() == []
    assert states(db) == {"pending": 12}
