from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mpftp.adapters.store.campaign_control import CampaignControl
from mpftp.adapters.store.events import AddedEvents, EventStore, ReportedBounce
from mpftp.domain.bounces.judgement import BounceEvidence, Channel, Refusal
from mpftp.domain.bounces.reasons import BounceReason, RefusalSubject
from mpftp.domain.campaign import BounceClass, EventKind
from mpftp.domain.event_log import Event

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def add(db, *events):
    store = EventStore(db)
    with store.transaction():
        added = store.add(events)
        for event in events:
            if event.kind is EventKind.BOUNCE:
                store.judge([ReportedBounce(event, judged(event), event.reason)])
        return added


def suppressed(db):
    return list(db.rows("SELECT client_id, email, reason, source FROM suppression ORDER BY 1, 2"))


def bounce(delivery, bounce_class, reason="user-unknown"):
    return Event(EventKind.BOUNCE, delivery, NOW, bounce_class=bounce_class, code="5.1.1", reason=reason)


def judged(event):
    """What *event*'s report was judged by, as its reason alone says."""
    trouble = RefusalSubject.RECIPIENT if event.reason == "user-unknown" else RefusalSubject.UNCLEAR
    refusal = Refusal(
        Channel.REPORT, event.bounce_class, BounceReason(event.reason), event.code, subject=trouble
    )
    return BounceEvidence(refusal, "table", "said so")


def test_an_event_keeps_all_it_says(db, story):
    told = story()
    number = told.deliveries["ana@example.com"]
    event = Event(EventKind.CLICK, number, NOW, 1, "2001:db8::1", "Mozilla", mark="scanner")
    assert add(db, event) == AddedEvents(1)
    row = db.row("SELECT campaign_id, delivery_id, kind, at, link, ip, agent, mark FROM event")
    assert row == (told.campaign, number, "click", 1772409600000, 1, "2001:db8::1", "Mozilla", "scanner")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Event(EventKind.OPT_OUT, 1, NOW, source="one-click"), ("opt-out", "one-click")),
        (Event(EventKind.COMPLAINT, 1, NOW, source="arf"), ("complaint", "arf")),
        (bounce(1, BounceClass.PERMANENT), ("bounce", "report")),
        (bounce(1, BounceClass.PERMANENT, "other"), None),
        (bounce(1, BounceClass.PERMANENT, "spam"), None),
        (bounce(1, BounceClass.TRANSIENT, "mailbox-full"), None),
        (Event(EventKind.OPEN, 1, NOW), None),
        (Event(EventKind.CLICK, 1, NOW, 1), None),
    ],
)
def test_who_is_not_to_be_mailed_again(db, story, event, expected):
    story(emails=("Zoé.Á@Example.com",))
    add(db, event)
    assert suppressed(db) == ([(1, "zoé.á@example.com", *expected)] if expected else [])


def test_only_the_client_that_was_left_is_concerned(db, story):
    story("acme")
    told = story("globex")
    add(db, Event(EventKind.OPT_OUT, told.deliveries["ana@example.com"], NOW, source="link"))
    assert suppressed(db) == [(2, "ana@example.com", "opt-out", "link")]


def test_a_readers_wish_replaces_a_servers_word_and_not_the_other_way_round(db, story):
    story()
    opt_out = Event(EventKind.OPT_OUT, 1, NOW, source="link")
    gone = bounce(1, BounceClass.PERMANENT)
    add(db, gone, opt_out, gone)
    assert suppressed(db) == [(1, "ana@example.com", "opt-out", "link")]


def test_a_second_opt_out_adds_nothing(db, story):
    story()
    opt_out = Event(EventKind.OPT_OUT, 1, NOW, source="link")
    assert add(db, opt_out, opt_out) == AddedEvents(1, repeated=1)
    assert add(db, opt_out) == AddedEvents(0, repeated=1)
    assert db.value("SELECT count(*) FROM event") == 1


def test_an_event_of_no_known_delivery_is_counted_and_left(db, story):
    story()
    assert add(db, Event(EventKind.OPEN, 999, NOW), Event(EventKind.OPEN, 1, NOW)) == AddedEvents(
        1, unknown=1
    )


def test_a_readers_story_can_be_looked_up(db, story):
    told = story(links=("https://a.example/", "https://b.example/{{nome}}"))
    store = EventStore(db)
    reader = store.find_recipient(told.deliveries["bia@example.com"])
    assert reader is not None
    assert (reader.client, reader.email, reader.campaign_id) == ("acme", "bia@example.com", told.campaign)
    assert reader.fields["nome"] == "Bia"
    targets = store.find_links_data(told.campaign)
    assert targets is not None
    assert targets.links == {1: "https://a.example/", 2: "https://b.example/{{nome}}"}
    assert targets.client == "acme"
    assert store.find_recipient(999) is None
    assert store.find_message(999) is None
    assert store.find_links_data(999) is None
    assert store.find_contact(999) is None


def test_a_deliverys_number_is_never_given_twice(db, story):
    told = story()
    last = max(told.deliveries.values())
    with db.transaction():
        db.execute("DELETE FROM campaign")
    assert min(story().deliveries.values()) > last


def test_of_a_flood_a_thousand_events_are_kept_and_the_rest_is_counted(db, story):
    promo = story(emails=("ana@example.com", "bia@example.com"))
    store = EventStore(db)
    flood = [Event(EventKind.OPEN, promo.deliveries["ana@example.com"], NOW)] * 700
    for _ in range(3):
        with store.transaction():
            store.add([*flood, Event(EventKind.CLICK, promo.deliveries["ana@example.com"], NOW, 1)])
    with store.transaction():
        store.add([Event(EventKind.OPEN, promo.deliveries["bia@example.com"], NOW)])
    assert dict(db.rows("SELECT kind, count(*) FROM event GROUP BY kind")) == {"click": 3, "open": 1001}
    assert CampaignControl(db).load_detail(promo.campaign).more_events == {EventKind.OPEN: 1100}
