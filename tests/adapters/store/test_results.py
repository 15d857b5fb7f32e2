"""Which events become rows of which file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters.store.results import ResultRows, ResultStore
from mpftp.domain.file_names import ResultType
from tests.settings import COUNTING

ANA, BIA = "ana@example.com", "bia@example.com"
NOW = datetime(2026, 3, 5, tzinfo=UTC)
ALL = COUNTING


def rows(db, kind, *, campaign=0, counting=ALL, horizon=None):
    editions = ResultStore(db)
    ended = editions.finished_campaigns()[campaign]
    until = editions.newest_event_id() if horizon is None else horizon
    return list(ResultRows(db, ended, until, counting).rows_of(kind))


def test_every_open_is_a_row_and_the_first_of_each_contact_is_unique(db, story):
    promo = story()
    promo.tell("open", BIA, 3, ip="203.0.113.2")
    promo.tell("open", ANA, 2, ip="203.0.113.1", agent="Mail/1")
    promo.tell("open", ANA, 1, ip="203.0.113.3", agent="Mail/2")
    assert [(row.email, row.uidcli, row.ip) for row in rows(db, ResultType.ABERTURA)] == [
        (ANA, "102", "203.0.113.3"),
        (ANA, "102", "203.0.113.1"),
        (BIA, "103", "203.0.113.2"),
    ]
    assert [(row.email, row.agent) for row in rows(db, ResultType.ABERTURAUNICA)] == [
        (ANA, "Mail/2"),
        (BIA, ""),
    ]


def test_two_opens_in_the_same_millisecond_are_one_unique_open(db, story):
    promo = story()
    promo.tell("open", ANA, 1)
    promo.tell("open", ANA, 1)
    assert len(rows(db, ResultType.ABERTURA)) == 2
    assert len(rows(db, ResultType.ABERTURAUNICA)) == 1


def test_a_click_names_its_link_and_its_contact_once_in_the_unique_file(db, story):
    promo = story(links=("https://a.example/", "https://b.example/?n={{nome}}"))
    promo.tell("click", ANA, 1, link=2)
    promo.tell("click", ANA, 2, link=1)
    assert [row.url for row in rows(db, ResultType.CLIQUE)] == [
        "https://b.example/?n={{nome}}",
        "https://a.example/",
    ]
    assert [(row.email, row.url) for row in rows(db, ResultType.CLIQUEUNICO)] == [
        (ANA, "https://b.example/?n={{nome}}")
    ]


def test_machines_are_counted_only_if_the_profile_says_so(db, story):
    promo = story()
    promo.tell("open", ANA, 1, mark="proxy")
    promo.tell("open", ANA, 2)
    promo.tell("open", BIA, 3, mark="scanner")
    assert len(rows(db, ResultType.ABERTURA)) == 3
    people = replace(ALL, marked=False)
    assert len(rows(db, ResultType.ABERTURA, counting=people)) == 1
    unique = rows(db, ResultType.ABERTURAUNICA, counting=people)
    assert [(row.email, row.at) for row in unique] == [(ANA, rows(db, ResultType.ABERTURA)[1].at)]


def test_an_open_is_inferred_from_the_first_click_without_one(db, story):
    promo = story()
    promo.tell("click", ANA, 1, link=1)
    promo.tell("click", ANA, 3, link=1)
    promo.tell("open", BIA, 2)
    promo.tell("click", BIA, 4, link=1)
    assert [row.email for row in rows(db, ResultType.ABERTURA)] == [BIA]
    inferring = replace(ALL, inferred=True)
    for kind in (ResultType.ABERTURA, ResultType.ABERTURAUNICA):
        assert [(row.email, row.url) for row in rows(db, kind, counting=inferring)] == [(ANA, ""), (BIA, "")]


def test_a_contact_is_returned_once_by_its_permanent_bounce_else_by_its_last(db, story):
    promo = story(emails=(ANA, BIA, "caio@example.com"))
    bounce = {"code": "4.2.2", "reason": "mailbox-full", "class": "transient"}
    promo.tell("bounce", ANA, 1, code="5.1.1", reason="user-unknown", **{"class": "permanent"})
    promo.tell("bounce", ANA, 2, **bounce)
    promo.tell("bounce", BIA, 3, **bounce)
    promo.tell("bounce", BIA, 4, **(bounce | {"code": "4.4.1"}))
    found = [(row.email, row.bounce_class, row.code) for row in rows(db, ResultType.RETORNADO)]
    assert found == [(ANA, "permanent", "5.1.1"), (BIA, "transient", "4.4.1")]


def test_what_the_relay_refused_is_returned_too(db, story):
    promo = story()
    promo.tell("bounce", ANA, 1, code="5.1.1", reason="user-unknown", **{"class": "permanent"})
    promo.change(ANA, state="failed", code="550 5.1.1")
    promo.change(BIA, state="failed", code="550 5.2.1", reply="mailbox disabled", settled_at=0)
    found = [(row.email, row.code, row.reason) for row in rows(db, ResultType.RETORNADO)]
    assert found == [(BIA, "5.2.1", "mailbox-disabled"), (ANA, "5.1.1", "user-unknown")]


def test_opting_out_counts_once_a_contact_and_a_complaint_is_one(db, story):
    promo = story()
    promo.tell("opt-out", ANA, 2, source="link")
    promo.tell("opt-out", ANA, 1, source="one-click")
    promo.tell("complaint", BIA, 3)
    assert [(row.email, row.source) for row in rows(db, ResultType.CANCELADO)] == [
        (ANA, "one-click"),
        (BIA, "complaint"),
    ]


@pytest.mark.parametrize("kind", list(ResultType))
def test_events_after_the_horizon_and_of_other_campaigns_stay_out(db, story, kind):
    promo, other = story(), story(name="Outra")
    for campaign in (other, promo):
        for event in ("open", "click", "bounce", "opt-out"):
            campaign.tell(event, ANA, 1)
    assert len(rows(db, kind, campaign=0)) == 1
    assert len(rows(db, kind, campaign=0, horizon=4)) == 0


def test_a_campaign_without_uidcli_has_an_empty_column(db, story):
    story(columns=("email", "nome")).tell("open", ANA)
    assert [row.uidcli for row in rows(db, ResultType.ABERTURA)] == [""]


def test_editions_are_numbered_settled_and_remembered(db, story):
    promo = story()
    editions = ResultStore(db)
    assert (editions.finished_campaigns()[0].published, editions.finished_campaigns()[0].pending) == (0, None)
    editions.begin(promo.campaign, 1, NOW)
    editions.begin(promo.campaign, 1, NOW + timedelta(days=1))
    editions.fail(promo.campaign, 1, "the server is away")
    assert editions.finished_campaigns()[0].pending == 1
    assert editions.finished_campaigns()[0].pending_due == NOW
    editions.record_published(promo.campaign, 1, {"ABERTURA": 3}, NOW)
    ended = editions.finished_campaigns()[0]
    assert (ended.published, ended.pending, ended.first_published_at) == (1, None, NOW)


def test_a_campaign_that_is_still_being_sent_has_not_ended(db, story):
    story(state="active")
    assert ResultStore(db).finished_campaigns() == []
