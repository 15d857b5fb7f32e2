"""What ``send`` takes from the state file and writes back, beside its whole runs in tests/stages."""

from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters.store.outbox import Outbox
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.sending.transport import Outcome, Verdict
from tests.settings import retry_policy

NOW = datetime(2026, 3, 2, tzinfo=UTC)
EMAILS = ("ana@example.com", "bia@example.com", "caio@example.com")


@pytest.fixture
def active(db, story):
    """An active campaign of three contacts that wait."""
    return story(emails=EMAILS, state="active")


@pytest.fixture
def outbox(db):
    return Outbox(db, retry_policy(resend=True))


def claim(outbox, limit=10, now=NOW):
    claims, _ = outbox.claim(outbox.open_fragments()[0], limit, now)
    return [one.email for one in claims]


def defer(outbox, active, email, now):
    outbox.settle([Outcome(active.deliveries[email], Verdict.DEFERRED, "451", "later")], now)


def test_a_claim_takes_the_longest_due_retries_first_and_no_more_than_its_limit(outbox, active):
    assert claim(outbox, limit=2) == list(EMAILS[:2])
    defer(outbox, active, "bia@example.com", NOW)
    defer(outbox, active, "ana@example.com", NOW + timedelta(seconds=1))
    later = NOW + timedelta(hours=1)
    assert claim(outbox, limit=2, now=later) == ["bia@example.com", "ana@example.com"]
    assert claim(outbox, now=later) == ["caio@example.com"]


def test_a_retry_that_is_due_leaves_room_for_no_more_than_the_limit(outbox, active):
    assert claim(outbox, limit=1) == ["ana@example.com"]
    defer(outbox, active, "ana@example.com", NOW)
    assert claim(outbox, limit=2, now=NOW + timedelta(hours=1)) == list(EMAILS[:2])


def test_the_time_for_retries_counts_from_the_first_attempt(db, outbox, active):
    claim(outbox)
    defer(outbox, active, "ana@example.com", NOW)
    defer(outbox, active, "ana@example.com", NOW + timedelta(hours=23))
    done = outbox.settle(
        [Outcome(active.deliveries["ana@example.com"], Verdict.DEFERRED, "451", "later")],
        NOW + timedelta(hours=25),
    )
    assert done.states[DeliveryState.FAILED] == 1


@pytest.mark.parametrize(("campaign_state", "state"), [("paused", "pending"), ("cancelled", "doubt")])
def test_what_a_kill_left_in_doubt_is_an_attempt_and_ends_with_a_cancelled_campaign(
    db, outbox, active, campaign_state, state
):
    claim(outbox)
    active.stop(campaign_state)
    outbox.settle_in_doubt([active.deliveries["ana@example.com"]])
    row = db.row("SELECT state, attempts, doubts FROM delivery WHERE email = 'ana@example.com'")
    assert tuple(row) == (state, 1, 1)
