"""Totals that are kept and brought forward are those that counting from nothing finds."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mpftp.adapters.store import event_totals
from mpftp.adapters.store.event_totals import EventTotals
from mpftp.adapters.store.events import EventStore
from mpftp.adapters.store.persons import PersonStore
from mpftp.adapters.store.retention import RetentionStore
from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import to_ms
from mpftp.domain.event_log import Event
from mpftp.domain.results.statistics import EventCounts
from tests.conftest import SENT_AT

LINKS = ("https://a.example/", "https://b.example/")
CONTACTS = [f"{name}@example.com" for name in ("ana", "bia", "caio")]
MARKS = st.sampled_from(["", "", "scanner", "gmail-proxy"])
EVENTS = st.tuples(
    st.sampled_from(["open", "click", "click", "opt-out", "bounce"]),
    st.integers(0, 5),  # whose
    st.integers(0, 300),  # minutes after the start
    st.sampled_from([None, 1, 2, 9]),  # the link; there is no ninth
    MARKS,
)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.lists(EVENTS, min_size=1, max_size=6)),
    st.tuples(st.just("mark"), st.integers(0, 10_000)),
    st.tuples(st.just("forward"), st.integers(1, 4)),
    st.tuples(st.just("cut"), st.integers(1, 4)),
    st.tuples(st.just("retry"), st.none()),
    st.tuples(st.just("forget"), st.integers(0, 5)),
    st.tuples(st.just("prune"), st.integers(0, 1)),
)

PERSON, MACHINE, BOUNCE = (
    ("click", 0, 0, 1, ""),
    ("click", 0, 1, 1, "scanner"),
    ("bounce", 1, 0, None, ""),
)


class World:
    """Two campaigns, what is done to their events, and what is counted of them one by one."""

    def __init__(self, db, stories):
        self.db = db
        self.campaigns = [story.campaign for story in stories]
        self.deliveries = [number for story in stories for number in story.deliveries.values()]
        self.pruned = {}

    def add(self, events):
        store = EventStore(self.db)
        with store.transaction():
            store.add(
                Event(EventKind(kind), self.deliveries[who], SENT_AT + timedelta(minutes=minute),
                      link=link or 0, mark=mark)
                for kind, who, minute, link, mark in events
            )  # fmt: skip

    def mark(self, choice):
        """Mark an event and its neighbour."""
        query = "SELECT id FROM event WHERE campaign_id >= ? AND kind IN ('open', 'click')"
        ids = [row[0] for row in self.db.rows(query, (self.campaigns[0],))]
        if ids:
            store = EventStore(self.db)
            with store.transaction():
                store.mark([ids[choice % len(ids)], ids[(choice + 1) % len(ids)]], "all-links")

    def forward(self, step):
        """Count what waits, in small steps."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(event_totals, "EVENTS_A_STEP", step)
            EventTotals(self.db).bring_forward()

    def cut(self, step):
        """Count a little, and die before the commit."""

        def die():
            with self.db.transaction():
                EventTotals(self.db).count_some()
                raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(event_totals, "EVENTS_A_STEP", step)
            with pytest.raises(KeyboardInterrupt):
                die()

    def retry(self, _):
        """Take bounces back, as a retry does: the newest event's number may be given again."""
        with self.db.transaction():
            self.db.execute("DELETE FROM event WHERE kind = 'bounce'")

    def forget(self, who):
        email = self.db.value("SELECT email FROM delivery WHERE id = ?", (self.deliveries[who],))
        if email:
            person = PersonStore(self.db, email)
            person.erase(person.deliveries(), SENT_AT)

    def prune(self, which):
        campaign = self.campaigns[which]
        before = self.expect(campaign)
        sum(RetentionStore(self.db).delete_events(campaign, SENT_AT))
        self.pruned.setdefault(campaign, before)

    def expect(self, campaign):
        """Count the campaign's events one by one, in plain words."""
        if campaign in self.pruned:
            return self.pruned[campaign]
        rows = list(
            self.db.rows(
                "SELECT delivery_id, kind, coalesce(link, 0), mark, at / 900000 FROM event"
                " WHERE campaign_id = ? AND kind IN ('open', 'click')",
                (campaign,),
            )
        )
        people = [row for row in rows if not row[3]]

        def contacts(some, kind, link=None):
            return {row[0] for row in some if row[1] == kind and link in (None, row[2])}

        def counts(kind, link=None):
            own = [row for row in rows if row[1] == kind and link in (None, row[2])]
            return EventCounts(
                len(own),
                sum(bool(row[3]) for row in own),
                len(contacts(rows, kind, link)),
                len(contacts(people, kind, link)),
            )

        quarters = Counter((row[4], row[1], bool(row[3])) for row in rows)
        return (
            {EventKind(kind): counts(kind) for kind in {row[1] for row in rows}},
            Counter((EventKind(row[1]), row[3]) for row in rows if row[3]),
            len(contacts(rows, "click") - contacts(rows, "open")),
            len(contacts(people, "click") - contacts(people, "open")),
            {link: counts("click", link) for link in (1, 2) if contacts(rows, "click", link)},
            {
                quarter: (
                    quarters[quarter, "open", False] + quarters[quarter, "open", True],
                    quarters[quarter, "open", True],
                    quarters[quarter, "click", False] + quarters[quarter, "click", True],
                )
                for quarter in {row[4] for row in rows}
            },
        )

    def found(self, campaign):
        """The same of the kept totals."""
        totals = EventTotals(self.db).load([campaign])[campaign]
        return (
            totals.events,
            totals.marks,
            totals.inferred,
            totals.inferred_people,
            {link.number: link.clicks for link in totals.links},
            {to_ms(one.start) // 900_000: (one.opens, one.marked, one.clicks) for one in totals.quarters},
        )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(steps=[("add", [PERSON]), ("forward", 1), ("mark", 0)])
@example(steps=[("add", [PERSON]), ("forward", 1), ("add", [PERSON, MACHINE])])
@example(steps=[("add", [MACHINE, BOUNCE]), ("forward", 2), ("retry", None), ("add", [PERSON])])
@example(steps=[("add", [PERSON]), ("prune", 0), ("add", [PERSON]), ("forward", 1), ("mark", 0)])
@given(steps=st.lists(STEPS, max_size=14))
def test_kept_totals_are_those_counted_from_nothing_whatever_happened(db, story, steps):
    db.execute("PRAGMA synchronous = OFF")
    number = db.value("SELECT count(*) FROM campaign")
    world = World(db, [story(name=f"Promo{number + n}", emails=CONTACTS, links=LINKS) for n in (1, 2)])
    for name, value in steps:
        getattr(world, name)(value)
        for campaign in world.campaigns:
            assert world.found(campaign) == world.expect(campaign), (name, value)
