"""An operator's orders about one campaign, as the state file keeps them."""

from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters.store.campaign_control import CampaignControl
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.clock import to_ms

NOW = datetime(2026, 3, 2, tzinfo=UTC)
EMAILS = ("ana@example.com", "bia@example.com", "caio@example.com")


@pytest.fixture
def active(story):
    """An active campaign of three contacts that wait, the second of them deferred."""
    told = story(emails=EMAILS, state="active")
    told.change("bia@example.com", state="deferred", next_at=to_ms(NOW + timedelta(hours=1)))
    return told


def test_a_cancelled_campaign_has_no_retry_left(db, active):
    stopped = CampaignControl(db).cancel(active.campaign, "a typo", NOW, lambda last_out: last_out)
    states = {row[0] for row in db.rows("SELECT state FROM delivery")}
    assert (stopped, states) == (3, {"cancelled"})


@pytest.mark.parametrize(
    ("reason", "state"),
    [("relay: refused", "active"), ("failures: 9 of 20", "active"), ("asked by the client", "paused")],
)
def test_a_retry_goes_on_with_what_we_held_and_not_with_what_an_operator_paused(db, active, reason, state):
    active.stop("paused", NOW)
    with db.transaction():
        db.execute("UPDATE campaign SET state_reason = ?", (reason,))
    CampaignControl(db).retry(active.campaign, NOW)
    assert db.value("SELECT state FROM campaign") == state


def test_a_test_message_is_filled_with_the_first_contact(db, active):
    control = CampaignControl(db)
    assert control.find_sample_contact(active.campaign)[0] == "ana@example.com"
    assert control.find_sample_contact(active.campaign, "Caio@example.com")[0] == "caio@example.com"


def test_who_waits_for_a_retry_is_counted_as_suppressed_by_now(db, active):
    SuppressionList(db).add("acme", [("bia@example.com", "operator", "")], NOW)
    assert CampaignControl(db).load_detail(active.campaign).suppressed_waiting == {"operator": 1}
