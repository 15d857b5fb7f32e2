"""Of which campaigns contacts and events are deleted, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters.store.retention import PublishedCampaign
from mpftp.stages.prune import RetentionPolicy, plan_pruning

SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PUBLISHED = SENT + timedelta(days=3)
CAMPAIGN = PublishedCampaign(1, "acme", "Um_20260301", SENT, PUBLISHED, PUBLISHED, True, True)
POLICY = RetentionPolicy(keep_contacts_days=60, keep_events_days=40, results_days=0, optout_days=30)


def planned(days, campaign=CAMPAIGN, policy=POLICY):
    jobs = list(plan_pruning([campaign], {"acme": policy}, SENT + timedelta(days=days)))
    return [(job.contacts, job.events) for job in jobs]


@pytest.mark.parametrize(
    ("days", "wanted"), [(39.9, []), (40, [(False, True)]), (59.9, [(False, True)]), (60, [(True, True)])]
)
def test_each_goes_when_its_own_time_is_over(days, wanted):
    assert planned(days) == wanted


def test_nothing_goes_while_those_who_opt_out_late_are_still_told_to_the_client():
    soon = replace(POLICY, keep_contacts_days=1, keep_events_days=1)
    assert planned(33, policy=soon) == []
    assert planned(33.1, policy=soon) == [(True, True)]


def test_nothing_goes_before_the_last_edition():
    twice = replace(POLICY, results_days=90)
    assert planned(1000, policy=twice) == []
    for hours in (0, -12):  # the clock time of a publication is not that of the first one
        again = replace(CAMPAIGN, published_at=PUBLISHED + timedelta(days=90, hours=hours))
        assert planned(1000, again, twice) == [(True, True)]


def test_what_has_gone_is_not_planned_again():
    assert planned(60, replace(CAMPAIGN, has_contacts=False)) == [(False, True)]
    assert planned(60, replace(CAMPAIGN, has_contacts=False, has_events=False)) == []


def test_who_asks_for_nothing_keeps_all():
    kept = replace(POLICY, keep_contacts_days=None, keep_events_days=None)
    assert planned(10_000, policy=kept) == []
    assert planned(10_000, policy=replace(kept, keep_events_days=7)) == [(False, True)]
    assert list(plan_pruning([CAMPAIGN], {}, SENT + timedelta(days=10_000))) == []
