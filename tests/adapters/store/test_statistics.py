from __future__ import annotations

from mpftp.adapters.store.overview import Overview
from mpftp.adapters.store.statistics import read_statistics
from mpftp.domain.campaign import DeliveryState, EventKind
from mpftp.domain.results.statistics import BounceCounts, EventCounts

PEOPLE = tuple(f"{name}@example.com" for name in ("ana", "bia", "caio", "duda", "eva", "fred"))


def figures(db, **more):
    [ref] = Overview(db).find_campaigns("acme/Promo_20260301")
    return read_statistics(db, ref, **more)


def test_every_figure_of_a_campaign_is_what_happened(db, story):
    told = story(emails=PEOPLE, links=("https://a.example/", "https://b.example/", "https://c.example/"))
    other = story("globex", emails=("zoe@example.com",))
    other.tell("open", "zoe@example.com")
    for hours, mark in ((1, ""), (1.1, "gmail-proxy"), (30, "")):
        told.tell("open", "ana@example.com", hours, mark=mark)
    told.tell("open", "bia@example.com", 2, mark="gmail-proxy")
    told.tell("click", "ana@example.com", 1.2, link=2)
    told.tell("click", "caio@example.com", 1.2, link=2)
    told.tell("click", "caio@example.com", 1.3, link=1, mark="scanner")
    told.tell("bounce", "duda@example.com", 1, **{"class": "transient"}, reason="mailbox-full", code="4.2.2")
    told.tell("bounce", "duda@example.com", 2, **{"class": "permanent"}, reason="user-unknown", code="5.1.1")
    told.tell("opt-out", "ana@example.com", 3, source="link")
    told.change("eva@example.com", state="failed", code="550 5.1.1", reply="no such user")
    told.change("fred@example.com", state="invalid")
    found = figures(db)
    assert (found.client, found.name, found.date, found.subject) == (
        "acme",
        "Promo",
        "20260301",
        "Sobre Promo",
    )
    assert found.deliveries == {DeliveryState.SENT: 4, DeliveryState.FAILED: 1, DeliveryState.INVALID: 1}
    assert (found.lines, found.sent, found.tried, found.bounced, found.delivered) == (6, 4, 5, 2, 3)
    assert found.count(EventKind.OPEN) == EventCounts(4, 2, 2, 1)
    assert found.count(EventKind.CLICK) == EventCounts(3, 1, 2, 2)
    assert found.count(EventKind.OPT_OUT).contacts == 1
    assert found.count(EventKind.COMPLAINT) == EventCounts()
    assert found.inferred == 1
    assert found.returned == [BounceCounts("permanent", "user-unknown", 2)]
    assert [(link.number, link.clicks.all, link.clicks.contacts) for link in found.links] == [
        (2, 2, 2),
        (1, 1, 1),
    ]
    assert found.marks == {(EventKind.OPEN, "gmail-proxy"): 2, (EventKind.CLICK, "scanner"): 1}
    assert [(each.opens, each.marked, each.clicks) for each in found.quarters] == [
        (2, 1, 2), (0, 0, 1), (1, 1, 0), (1, 0, 0)
    ]  # fmt: skip


def test_without_machines_a_click_of_theirs_infers_no_open_and_an_open_of_theirs_hides_none(db, story):
    told = story()
    told.tell("open", "ana@example.com", 1, mark="gmail-proxy")
    told.tell("click", "ana@example.com", 2, link=1)
    told.tell("click", "bia@example.com", 2, link=1, mark="scanner")
    assert figures(db).inferred == 1  # bia
    assert figures(db, marked=False).inferred == 1  # ana
    told.tell("open", "ana@example.com", 3)
    assert figures(db, marked=False).inferred == 0


def test_a_campaign_that_nobody_has_seen_yet_has_figures_too(db, story):
    story(state="active")
    found = figures(db)
    assert (found.first_at, found.sent, found.delivered, found.bounced, found.inferred) == (
        None,
        0,
        0,
        0,
        0,
    )
    assert (found.links, found.quarters, found.returned) == ([], [], [])
