"""What refusals and reports come to in the state file: runs, crowds, repetition."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters.store.campaign_control import CampaignControl
from mpftp.adapters.store.events import EventStore, ReportedBounce
from mpftp.adapters.store.judgements import JudgementStore
from mpftp.adapters.store.outbox import Outbox
from mpftp.domain.bounces.judgement import BounceEvidence, Channel, Refusal
from mpftp.domain.bounces.reasons import BounceReason, RefusalSubject
from mpftp.domain.campaign import BounceClass, EventKind
from mpftp.domain.event_log import Event
from mpftp.domain.sending.transport import Outcome, Verdict
from tests.settings import retry_policy

NOW = datetime(2026, 3, 2, tzinfo=UTC)
GONE = ("550 5.1.1", "user unknown")
OURS = ("550", "Sua conta foi bloqueada para envio")


@pytest.fixture
def campaign(db, story):
    """A function that makes an active campaign of so many contacts, each of a domain of its own."""

    def make(size, **more):
        emails = tuple(f"u{number}@d{number}.example" for number in range(size))
        told = story(emails=emails, state="active", **more)
        with db.transaction():
            db.execute("UPDATE fragment SET finished_at = NULL WHERE campaign_id = ?", (told.campaign,))
            db.execute("UPDATE delivery SET state = 'claimed' WHERE campaign_id = ?", (told.campaign,))
        return told

    return make


def settle(db, told, answers, said=GONE):
    """Settle *answers* (accepted or refused) in groups, and finish; the campaign's state and its reason."""
    outbox = Outbox(db, retry_policy())
    numbers = list(told.deliveries.values())
    outcomes = [
        Outcome(number, Verdict.ACCEPTED, "250", "ok") if good else Outcome(number, Verdict.REFUSED, *said)
        for number, good in zip(numbers, answers, strict=True)
    ]
    group = max(7, len(outcomes) // 5)
    for start in range(0, len(outcomes), group):
        done = outbox.settle(outcomes[start : start + group], NOW)
        outbox.finish(done.fragments, NOW, lambda _, last: last)
    return db.row("SELECT state, state_reason FROM campaign WHERE id = ?", (told.campaign,))


def suppressed(db):
    return {row[0] for row in db.rows("SELECT email FROM suppression")}


@pytest.mark.parametrize("said", [GONE, OURS], ids=["of-the-reader", "of-us"])
@pytest.mark.parametrize("size", [3, 20, 120, 1000])
def test_a_relay_that_refuses_all_costs_no_address(db, campaign, size, said):
    told = campaign(size)
    state, reason = settle(db, told, [False] * size, said)
    assert (state, reason.split(":")[0], suppressed(db)) == ("paused", "relay", set())
    assert db.value("SELECT count(*) FROM delivery WHERE state = 'pending'") == size
    assert db.value("SELECT count(*) FROM event WHERE kind = 'bounce'") == 0
    assert db.value("SELECT count(*) FROM fragment WHERE finished_at IS NULL") == 1


def test_after_the_relay_is_well_retry_sends_to_all(db, campaign):
    told = campaign(30)
    settle(db, told, [False] * 30, OURS)
    CampaignControl(db).retry(told.campaign, NOW)
    with db.transaction():
        db.execute("UPDATE delivery SET state = 'claimed'")
    assert settle(db, told, [True] * 30)[0] == "finished"
    assert db.value("SELECT count(*) FROM delivery WHERE state = 'sent'") == 30


@pytest.mark.parametrize("percent", [0, 10, 30, 60])
def test_dead_addresses_in_random_order_are_suppressed_and_hold_nothing(db, campaign, percent):
    told = campaign(200)
    answers = [number >= 2 * percent for number in range(200)]
    random.Random(percent).shuffle(answers)
    assert settle(db, told, answers)[0] == "finished"
    assert len(suppressed(db)) == 2 * percent


@pytest.mark.parametrize(("dead", "size"), [(1, 3), (2, 12)])
def test_a_few_dead_addresses_at_the_end_are_suppressed(db, campaign, dead, size):
    told = campaign(size)
    assert settle(db, told, [True] * (size - dead) + [False] * dead)[0] == "finished"
    assert len(suppressed(db)) == dead


@pytest.fixture
def fragments(db, campaign):
    """A function that makes a campaign of three fragments of one *size*, the first of them sent to all."""

    def make(size):
        told = campaign(3 * size)
        numbers = list(told.deliveries.values())
        parts = [numbers[start : start + size] for start in range(0, 3 * size, size)]
        with db.transaction():
            for number, part in enumerate(parts[1:], 2):
                fragment = db.insert(
                    "INSERT INTO fragment (campaign_id, number, due_at, contacts) VALUES (?, ?, 0, ?)",
                    (told.campaign, number, size),
                )
                db.execute_many(
                    "UPDATE delivery SET fragment_id = ?, state = 'pending' WHERE id = ?",
                    [(fragment, delivery) for delivery in part],
                )
        answer(db, parts[0], [Verdict.ACCEPTED] * size)
        return told, parts

    return make


def answer(db, numbers, verdicts):
    """Settle these deliveries in one group, and finish."""
    with db.transaction():
        db.execute_many("UPDATE delivery SET state = 'claimed' WHERE id = ?", [(n,) for n in numbers])
    replies = {
        Verdict.ACCEPTED: ("250", "ok"),
        Verdict.REFUSED: GONE,
        Verdict.DEFERRED: ("450 4.2.0", "later"),
    }
    outbox = Outbox(db, retry_policy())
    done = outbox.settle(
        [
            Outcome(number, verdict, *replies[verdict])
            for number, verdict in zip(numbers, verdicts, strict=True)
        ],
        NOW,
    )
    outbox.finish(done.fragments, NOW, lambda _, last: last)


@pytest.mark.parametrize("deferred", [0, 2])
@pytest.mark.parametrize("size", [8, 15, 19])
def test_a_fragment_that_is_refused_whole_holds_the_campaign(db, fragments, size, deferred):
    """Though it is shorter than a run in mid-fragment must be, and the next one would be accepted."""
    told, (_, second, third) = fragments(size)
    answer(db, second, [Verdict.DEFERRED] * deferred + [Verdict.REFUSED] * (size - deferred))
    state, reason = db.row("SELECT state, state_reason FROM campaign WHERE id = ?", (told.campaign,))
    assert (state, reason.split(":")[0], suppressed(db)) == ("paused", "relay", set())
    CampaignControl(db).retry(told.campaign, NOW)
    answer(db, second, [Verdict.ACCEPTED] * size)
    answer(db, third, [Verdict.ACCEPTED] * size)
    assert db.value("SELECT count(*) FROM delivery WHERE state = 'sent'") == 3 * size
    assert suppressed(db) == set()


def test_dead_addresses_at_a_fragments_end_hold_nothing(db, fragments):
    told, (_, second, third) = fragments(15)
    answer(db, second, [Verdict.ACCEPTED] * 13 + [Verdict.REFUSED] * 2)
    assert db.value("SELECT state FROM campaign WHERE id = ?", (told.campaign,)) == "active"
    answer(db, third, [Verdict.ACCEPTED] * 15)
    assert len(suppressed(db)) == 2


def test_suppressions_wait_for_the_next_acceptance(db, campaign):
    told = campaign(6)
    outbox = Outbox(db, retry_policy())
    numbers = list(told.deliveries.values())
    outbox.settle([Outcome(number, Verdict.REFUSED, *GONE) for number in numbers[:3]], NOW)
    assert suppressed(db) == set()
    outbox.settle([Outcome(numbers[3], Verdict.ACCEPTED, "250", "ok")], NOW)
    assert len(suppressed(db)) == 3


def test_what_is_in_flight_when_a_campaign_is_held_waits_again_too(db, campaign):
    told = campaign(25)
    outbox = Outbox(db, retry_policy())
    numbers = list(told.deliveries.values())
    done = outbox.settle([Outcome(number, Verdict.REFUSED, *GONE) for number in numbers[:20]], NOW)
    assert list(done.held) == [told.campaign]
    outbox.settle([Outcome(number, Verdict.REFUSED, *OURS) for number in numbers[20:]], NOW)
    assert db.value("SELECT count(*) FROM delivery WHERE state = 'pending'") == 25
    assert suppressed(db) == set()


def test_a_cancelled_campaign_leaves_no_run_open(db, campaign):
    told = campaign(6)
    outbox = Outbox(db, retry_policy())
    refused = [Outcome(number, Verdict.REFUSED, *GONE) for number in list(told.deliveries.values())[:2]]
    outbox.settle(refused, NOW)
    CampaignControl(db).cancel(told.campaign, "enough", NOW, lambda now: now)
    assert not JudgementStore(db).has_open_run(told.campaign)
    assert len(suppressed(db)) == 2


def report(db, told, email, reason=BounceReason.USER_UNKNOWN, at=NOW, alike="550 user unknown", store=None):
    """A report on *email*, taken in."""
    subject = RefusalSubject.RECIPIENT if reason is BounceReason.USER_UNKNOWN else RefusalSubject.UNCLEAR
    refusal = Refusal(Channel.REPORT, BounceClass.PERMANENT, reason, "5.1.1", subject=subject)
    number = told.deliveries[email]
    store = store or EventStore(db)
    with store.transaction():
        event = Event(EventKind.BOUNCE, number, at, bounce_class=BounceClass.PERMANENT, source="report")
        store.add([event])
        store.judge([ReportedBounce(event, BounceEvidence(refusal, "table", "user unknown"), alike)])


def test_a_crowd_of_reports_decides_nothing_and_takes_back_what_its_first_did(db, story):
    emails = tuple(f"u{number}@d{number}.example" for number in range(15))
    told = story(emails=emails)
    report(db, told, emails[0])
    report(db, told, emails[1])
    assert suppressed(db) == set(emails[:2])
    report(db, told, emails[2])
    assert suppressed(db) == set()
    report(db, told, emails[3], alike="550 another thing")
    assert suppressed(db) == {emails[3]}


def test_three_reports_of_a_large_campaign_are_no_crowd(db, story):
    emails = tuple(f"u{number}@d{number}.example" for number in range(16))
    told = story(emails=emails)
    for email in emails[:3]:
        report(db, told, email)
    assert suppressed(db) == set(emails[:3])


def test_a_run_adds_a_crowd_up_and_counts_who_reports_twice_once(db, story):
    emails = tuple(f"u{number}@d{number}.example" for number in range(15))
    told = story(emails=emails)
    store = EventStore(db)
    full = BounceReason.MAILBOX_FULL
    for email in (*emails[:2], *emails[:2]):
        report(db, told, email, full, store=store)
    assert states(db) == ["applied", "applied"]
    report(db, told, emails[1], full, alike="550 another thing", store=store)
    report(db, told, emails[2], full, store=store)
    assert states(db) == ["applied"] * 3
    report(db, told, emails[3], full, store=store)
    report(db, told, emails[4], store=store)
    assert states(db) == ["applied", "crowd", "crowd", "crowd", "crowd"]
    assert suppressed(db) == set()


def states(db):
    return [state for (state,) in db.rows("SELECT state FROM bounce_judgement ORDER BY state")]


def repeat(db, story, days, reason=BounceReason.MAILBOX_FULL):
    """The same contact's mailbox is full in one campaign after the other."""
    stories = []
    for number, day in enumerate(days):
        told = story(date=f"202603{number + 1:02}")
        report(db, told, "ana@example.com", reason, NOW + timedelta(days=day))
        stories.append(told)
    return stories


@pytest.mark.parametrize(
    ("days", "gone"), [((0, 7, 14), True), ((0, 7, 13), False), ((0, 30), False), ((0, 1, 2, 20), True)]
)
def test_what_repeats_over_campaigns_and_days_suppresses(db, story, days, gone):
    repeat(db, story, days)
    assert suppressed(db) == ({"ana@example.com"} if gone else set())


@pytest.mark.parametrize(("mark", "gone"), [("", False), ("scanner", True)])
def test_an_open_starts_the_count_anew_unless_a_machine_made_it(db, story, mark, gone):
    first, *_ = repeat(db, story, (0, 7))
    store = EventStore(db)
    with store.transaction():
        number = first.deliveries["ana@example.com"]
        store.add([Event(EventKind.OPEN, number, NOW + timedelta(days=10), mark=mark)])
    told = story(date="20260401")
    report(db, told, "ana@example.com", BounceReason.MAILBOX_FULL, NOW + timedelta(days=30))
    assert suppressed(db) == ({"ana@example.com"} if gone else set())


def test_what_counts_can_be_listed_with_its_words(db, story):
    repeat(db, story, (0, 7))
    (counted,) = JudgementStore(db).counted("acme")
    assert (counted.email, counted.bounces, counted.evidence.text) == ("ana@example.com", 2, "user unknown")
    past = list(JudgementStore(db).history("Ana@Example.com"))
    assert [(one.campaign, one.judgement, one.state) for one in past] == [
        ("Promo_20260302", "when repeated", "applied"),
        ("Promo_20260301", "when repeated", "applied"),
    ]
