"""One run of ``send`` over a transport that answers as a test says."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpftp.adapters.journal import FileJournal
from mpftp.adapters.store.campaign_control import CampaignControl, RetryPlan
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.outbox import Outbox
from mpftp.adapters.store.permits import StatePermits
from mpftp.adapters.store.results import ResultStore
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.clock import to_ms
from mpftp.domain.sending.rate_limit import RateLimiter
from mpftp.domain.sending.schedule import parse_send_window
from mpftp.domain.sending.transport import AlwaysPermitted, Outcome, OutgoingMessage, RetryAfter, Verdict
from mpftp.errors import MpftpError, TransportUnavailableError, UsageError
from mpftp.stages.send import SendLimits, SendRun
from tests.settings import retry_policy, send_policy

ZONE = ZoneInfo("America/Sao_Paulo")
SENT_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)  # when stories were due
EMAILS = tuple(f"u{number}@example.com" for number in range(12))


class Letter:
    """A message of one line."""

    def render(self, delivery_id, email, values, date):
        return OutgoingMessage(delivery_id, f"b+{delivery_id}@x", email, b"x\r\n")


class Post:
    """A transport. *answers*: address -> verdicts, drawn in turn, the last one for ever."""

    def __init__(self, answers=None, usual=Verdict.ACCEPTED, away_after=None, killed_after=None):
        self.answers = answers or {}
        self.usual = usual
        self.away_after = away_after
        self.killed_after = killed_after
        self.given = Counter()
        self.pauses = 0

    def deliver(self, requests, journal):
        for request in requests:
            if isinstance(request, RetryAfter):
                self.pauses += 1
                continue
            message = request.render()
            if self.away_after is not None and sum(self.given.values()) >= self.away_after:
                yield Outcome(request.delivery_id, Verdict.UNSENT)
                raise TransportUnavailableError("the relay is away")
            journal.begin(request.delivery_id)
            left = self.answers.get(request.email)
            verdict = (left.pop(0) if len(left) > 1 else left[0]) if left else self.usual
            self.given[message.recipient] += verdict is Verdict.ACCEPTED
            if self.killed_after is not None and sum(self.given.values()) >= self.killed_after:
                raise KeyboardInterrupt  # as good as SIGKILL: nothing of ours but `finally` runs
            code = {Verdict.ACCEPTED: "250 2.0.0", Verdict.REFUSED: "550 5.1.1"}.get(verdict, "")
            outcome = Outcome(request.delivery_id, verdict, code, "said so")
            journal.end(outcome)
            yield outcome

    def close(self):
        pass


class Hasty(Post):
    """A transport that tells no answer as long as it gets more to carry."""

    def deliver(self, requests, journal):
        untold = []
        for request in requests:
            if isinstance(request, RetryAfter):
                yield from untold
                untold = []
            else:
                untold += super().deliver([request], journal)
        yield from untold


@pytest.fixture
def run(db, tmp_path):
    """A function that runs ``send`` at a moment (hours after the campaign was due)."""

    def go(
        post, hours=0.0, *, limits=None, pace=None, rules=None, stopped=lambda: False, compose=None,
        permits=None, **policy,
    ):  # fmt: skip
        moment = SENT_AT + timedelta(hours=hours)
        policies = {"acme": send_policy("smtp", ZONE, 3, **policy), "beta": send_policy("smtp", ZONE, 3)}
        outbox = Outbox(db, rules or retry_policy())
        sending = SendRun(
            outbox, FileJournal(tmp_path / "journal"), policies, compose or (lambda _: Letter()),
            lambda: moment, pace=pace, limits=limits, stopped=stopped,
            permits=permits or AlwaysPermitted(),
        )  # fmt: skip
        return sending.run({"smtp": lambda: post})

    return go


def states(db):
    return dict(db.rows("SELECT state, count(*) FROM delivery GROUP BY state"))


def test_everybody_gets_one(db, story, run):
    story(state="active", emails=EMAILS)
    post = Post()
    sent = run(post)
    assert post.given == Counter(EMAILS)
    assert sent.states[DeliveryState.SENT] == len(EMAILS)
    assert sent.finished == 1
    assert states(db) == {"sent": len(EMAILS)}
    assert db.row("SELECT state, finished_at IS NOT NULL FROM campaign") == ("finished", 1)
    due = db.value("SELECT due_at FROM publication") - db.value("SELECT finished_at FROM campaign")
    assert due == 3 * 24 * 3_600_000


def test_nothing_goes_before_it_is_due(db, story, run):
    story(state="active", emails=EMAILS)
    post = Post()
    run(post, hours=-1)
    assert post.given == Counter()
    run(post, hours=0, window=parse_send_window("20:00-21:00"))
    assert post.given == Counter()


def test_who_opted_out_is_left_out_and_counted(db, story, run):
    story(state="active", emails=EMAILS)

    SuppressionList(db).add("acme", [(EMAILS[0].upper(), "opt-out", "")], SENT_AT)
    SuppressionList(db).add(None, [(EMAILS[1], "operator", "")], SENT_AT)
    SuppressionList(db).add("beta", [(EMAILS[2], "opt-out", "")], SENT_AT)
    post = Post()
    sent = run(post)
    assert set(post.given) == set(EMAILS[2:])
    assert sent.states[DeliveryState.SUPPRESSED] == 2
    assert states(db) == {"sent": 10, "suppressed": 2}
    assert db.value("SELECT state FROM campaign") == "finished"


def test_a_campaign_whose_every_contact_is_suppressed_ends(db, story, run):
    story(state="active", emails=EMAILS[:2])

    SuppressionList(db).add(None, [(email, "operator", "") for email in EMAILS], SENT_AT)
    run(Post())
    assert db.value("SELECT state FROM campaign") == "finished"
    assert db.value("SELECT count(*) FROM publication") == 1


def test_a_relay_that_is_away_loses_nothing(db, story, run):
    story(state="active", emails=EMAILS)
    post = Post(away_after=5)
    sent = run(post)
    assert [error.message for error in sent.errors] == ["the relay is away"]
    assert states(db) == {"sent": 5, "pending": 7}
    run(again := Post())
    assert set(again.given) | set(post.given) == set(EMAILS)
    assert sum(again.given.values()) == 7


def test_a_message_that_cannot_be_made_stops_only_its_campaign(db, story, run):
    first = story(state="active", emails=EMAILS[:2]).campaign
    story(state="active", client="beta", emails=EMAILS[2:4])

    def compose(campaign):
        if campaign == first:
            raise MpftpError("its HTML is broken")
        return Letter()

    post = Post()
    sent = run(post, compose=compose)
    assert set(post.given) == set(EMAILS[2:4])
    assert [error.message for error in sent.errors] == ["its HTML is broken"]
    assert states(db) == {"pending": 2, "sent": 2}


def test_a_paused_campaign_waits_and_a_cancelled_one_ends(db, story, run):

    one = story(state="active", name="One", emails=EMAILS[:3]).campaign
    two = story(state="active", name="Two", emails=EMAILS[3:6]).campaign
    control = CampaignControl(db)
    control.pause(one, "wait", SENT_AT)
    assert control.cancel(two, "no", SENT_AT, lambda moment: moment) == 3
    run(post := Post())
    assert post.given == Counter()
    control.resume(one)
    run(post)
    assert set(post.given) == set(EMAILS[:3])
    assert states(db) == {"sent": 3, "cancelled": 3}
    assert db.value("SELECT count(*) FROM publication") == 2


def test_a_campaign_that_goes_on_after_its_results_gets_a_further_edition(db, story, run):
    campaign = story(state="active", emails=EMAILS).campaign
    control, results = CampaignControl(db), ResultStore(db)
    control.pause(campaign, "wait", SENT_AT)
    results.begin(campaign, 1, SENT_AT)
    results.record_published(campaign, 1, {}, SENT_AT)
    control.resume(campaign)
    run(Post(), hours=2)
    due = SENT_AT + timedelta(days=3, hours=2)
    to_come = db.rows("SELECT edition, due_at FROM publication WHERE published_at IS NULL")
    assert list(to_come) == [(2, to_ms(due))]


def test_cancelling_while_messages_are_in_flight(db, story, run):

    campaign = story(state="active", emails=EMAILS).campaign

    class Cancelling(Post):
        def deliver(self, requests, journal):
            for number, outcome in enumerate(super().deliver(requests, journal)):
                if number == 3:
                    CampaignControl(db).cancel(campaign, "no", SENT_AT, lambda moment: moment)
                yield outcome

    run(Cancelling({EMAILS[5]: [Verdict.DEFERRED]}, Verdict.ACCEPTED))
    assert set(states(db)) <= {"sent", "cancelled"}
    assert sum(states(db).values()) == len(EMAILS)


def test_pausing_while_a_run_goes_on(db, story, run, monkeypatch):
    monkeypatch.setattr("mpftp.stages.send.queue.FIRST_CLAIM_BATCH_SIZE", 4)
    campaign = story(state="active", emails=EMAILS).campaign

    class Pausing(Post):
        def deliver(self, requests, journal):
            for number, outcome in enumerate(super().deliver(requests, journal)):
                if number == 1:
                    CampaignControl(db).pause(campaign, "wait", SENT_AT)
                yield outcome

    run(post := Pausing())
    assert sum(post.given.values()) == 4  # the group that was under way
    assert states(db) == {"sent": 4, "pending": 8}
    assert db.value("SELECT state FROM campaign") == "paused"


@pytest.mark.parametrize("order", ["pause", "cancel", "hold"])
def test_an_order_is_obeyed_at_once(db, story, run, monkeypatch, order):
    monkeypatch.setattr("mpftp.adapters.store.permits.CHECK_SECONDS", 0.0)
    campaign = story(state="active", emails=EMAILS).campaign
    other = story(state="active", name="Two", emails=["a@example.com"]).campaign

    class Ordering(Post):
        def deliver(self, requests, journal):
            for outcome in super().deliver(requests, journal):
                if sum(self.given.values()) == 3:
                    control = CampaignControl(db)
                    if order == "cancel":
                        control.cancel(campaign, "no", SENT_AT, lambda moment: moment)
                    elif order == "pause":
                        control.pause(campaign, "wait", SENT_AT)
                    else:
                        Outbox(db, retry_policy()).pause(campaign, "too many refusals")
                yield outcome

    run(post := Ordering(), permits=StatePermits(db.path))
    assert sum(post.given.values()) == 4  # three, and the other campaign's one
    assert db.value("SELECT count(*) FROM delivery WHERE campaign_id = ? AND state = 'sent'", (other,)) == 1
    left = "cancelled" if order == "cancel" else "pending"
    assert states(db) == {"sent": 4, left: 9}


def test_a_campaign_that_goes_on_in_the_same_run_is_sent(db, story, run, monkeypatch):
    monkeypatch.setattr("mpftp.adapters.store.permits.CHECK_SECONDS", 0.0)
    campaign = story(state="active", emails=EMAILS).campaign
    story(state="active", name="Two", emails=[f"a{number}@example.com" for number in range(300)])
    control = CampaignControl(db)

    class Ordering(Post):
        def deliver(self, requests, journal):
            for outcome in super().deliver(requests, journal):
                total = sum(self.given.values())
                if total == 3:
                    control.pause(campaign, "wait", SENT_AT)
                if total == 103:
                    control.resume(campaign)
                yield outcome

    run(post := Ordering(), permits=StatePermits(db.path))
    assert states(db) == {"sent": 312}
    assert max(post.given.values()) == 1


REFUSALS = [
    ("550 5.1.1", "User unknown", True),
    ("550 5.1.2", "Domain does not exist", True),
    ("553 5.1.3", "Bad destination mailbox address syntax", True),
    ("550 5.2.1", "Mailbox is disabled", True),
    ("551 5.1.6", "The recipient has moved to another address", True),
    ("552 5.2.2", "Mailbox full", False),
    ("554 5.7.1", "Message refused as spam", False),
    ("550 5.7.26", "Unauthenticated mail: DMARC", False),
    ("550 5.7.1", "Relaying denied", False),
    ("552 5.3.4", "Message too large", False),
    ("550 5.0.0", "No", False),
]


@pytest.mark.parametrize(("code", "reply", "suppressed"), REFUSALS)
def test_only_what_is_said_of_the_address_suppresses_it(db, story, run, code, reply, suppressed):
    story(state="active", emails=EMAILS[:1])

    class Refusing(Post):
        def deliver(self, requests, journal):
            for outcome in super().deliver(requests, journal):
                yield outcome._replace(verdict=Verdict.REFUSED, code=code, reply=reply)

    run(Refusing())
    assert states(db) == {"failed": 1}
    assert [row[0] for row in db.rows("SELECT email FROM suppression")] == [EMAILS[0]] * suppressed


def test_a_campaigns_first_five_failures_are_named(db, story, run):
    story(state="active", emails=EMAILS)
    sent = run(Post(usual=Verdict.REFUSED))
    assert [failure.email for _, failure in sent.failures] == list(EMAILS[:5])
    assert sent.failed.total() == len(EMAILS)


def test_failed_messages_are_tried_again_when_asked(db, story, run):
    campaign = story(state="active", emails=EMAILS).campaign
    run(Post({EMAILS[0]: [Verdict.REFUSED]}))
    assert states(db) == {"sent": 11, "failed": 1}
    assert db.value("SELECT count(*) FROM event WHERE kind = 'bounce'") == 1
    assert CampaignControl(db).retry(campaign, SENT_AT) == RetryPlan(0, 1, Counter())
    assert db.value("SELECT count(*) FROM event") == 1
    assert db.value("SELECT count(*) FROM publication") == 0
    run(Post())
    assert states(db) == {"sent": 12}
    assert db.value("SELECT count(*) FROM event") == 0
    assert db.value("SELECT state FROM campaign") == "finished"


def test_nobody_without_an_address_is_tried_again(db, story, run):
    """Who was forgotten, or all when the time for keeping contacts is over."""
    promo = story(state="active", emails=EMAILS)
    run(Post({EMAILS[0]: [Verdict.REFUSED], EMAILS[1]: [Verdict.REFUSED]}))
    with db.transaction():
        db.execute("UPDATE delivery SET email = '' WHERE email = ?", (EMAILS[0],))
    assert CampaignControl(db).retry(promo.campaign, SENT_AT).failed == 1
    assert states(db) == {"sent": 10, "failed": 1, "pending": 1}
    with db.transaction():
        db.execute("UPDATE campaign SET contacts_deleted_at = 1")
    with pytest.raises(UsageError, match="contacts were deleted"):
        CampaignControl(db).retry(promo.campaign, SENT_AT)


def test_trying_again_keeps_the_bounces_that_came_by_report(db, story, run):
    promo = story(state="active", emails=EMAILS)
    run(Post({EMAILS[0]: [Verdict.REFUSED]}))
    promo.tell("bounce", EMAILS[0], **{"class": "permanent"}, source="report")
    promo.tell("bounce", EMAILS[1], **{"class": "permanent"}, source="report")
    CampaignControl(db).retry(promo.campaign, SENT_AT)
    run(Post())
    found = db.rows("SELECT delivery_id, source FROM event WHERE kind = 'bounce' ORDER BY 1")
    assert list(found) == [(promo.deliveries[email], "report") for email in EMAILS[:2]]


class NoSuchUser(Post):
    """Refuses everybody as unknown."""

    def deliver(self, requests, journal):
        for request in requests:
            if not isinstance(request, RetryAfter):
                yield Outcome(request.delivery_id, Verdict.REFUSED, "550 5.1.1", "User unknown")


@pytest.mark.parametrize("earlier", [False, True])
def test_trying_again_takes_back_what_its_own_refusals_suppressed(db, story, run, earlier):
    promo = story(state="active", emails=EMAILS)
    run(NoSuchUser(), stop_at_failure_rate=1.0)
    assert {row[0] for row in db.rows("SELECT delivery_id FROM suppression")} == {*promo.deliveries.values()}
    if earlier:
        db.execute("UPDATE suppression SET delivery_id = NULL")
    assert CampaignControl(db).retry(promo.campaign, SENT_AT) == RetryPlan(0, 12, Counter())
    assert db.value("SELECT count(*) FROM suppression") == 0
    assert db.value("SELECT count(*) FROM event") == 12
    run(NoSuchUser({}), stop_at_failure_rate=1.0)
    assert states(db) == {"failed": 12}
    assert db.value("SELECT count(*) FROM event") == 12
    assert db.value("SELECT count(*) FROM suppression") == 12


def test_trying_again_leaves_alone_who_is_suppressed_for_other_reasons(db, story, run):
    before = story(state="finished", name="Before", emails=EMAILS[:2])
    before.tell(
        "bounce", EMAILS[0], **{"class": "permanent"}, code="5.1.1", reason="user-unknown", source="report"
    )
    before.tell(
        "bounce", EMAILS[1], **{"class": "permanent"}, code="5.2.2", reason="mailbox-full", source="report"
    )
    promo = story(state="active", emails=EMAILS[:4])
    run(NoSuchUser(), stop_at_failure_rate=1.0)
    db.execute("DELETE FROM suppression WHERE email = ?", (EMAILS[2],))
    SuppressionList(db).add("acme", [(EMAILS[2], "opt-out", "")], SENT_AT)
    plan = CampaignControl(db).retry(promo.campaign, SENT_AT)
    assert plan == RetryPlan(0, 2, Counter({"bounce": 1, "opt-out": 1}))
    assert {row[0] for row in db.rows("SELECT email FROM suppression")} == {EMAILS[0], EMAILS[2]}
    assert states(db)["failed"] == 2


@pytest.mark.parametrize(("usual", "carried"), [(Verdict.REFUSED, 200), (Verdict.ACCEPTED, 450)])
def test_a_fragment_is_tried_on_some_before_the_rest_goes_out(db, story, run, usual, carried):
    story(state="active", emails=[f"u{number}@example.com" for number in range(450)])
    sent = run(Hasty(usual=usual))
    assert sum(sent.states[state] for state in (DeliveryState.SENT, DeliveryState.FAILED)) == carried
    assert len(sent.paused) == (usual is Verdict.REFUSED)
    assert states(db).get("pending", 0) == 450 - carried


def test_answers_that_are_lost_keep_no_fragment_from_going_on(db, story, run):
    story(state="active", emails=[f"u{number}@example.com" for number in range(450)])
    sent = run(Hasty(usual=Verdict.IN_DOUBT), rules=retry_policy(resend=False))
    assert sent.states[DeliveryState.IN_DOUBT] == 450


def test_limits_of_a_run(db, story, run):
    story(state="active", emails=EMAILS)
    other = story(state="active", name="Two", emails=["a@example.com"]).campaign
    run(post := Post(), limits=SendLimits(messages=5))
    assert sum(post.given.values()) == 5
    run(post := Post(), limits=SendLimits(campaign=other))
    assert set(post.given) <= {"a@example.com"}

    run(post := Post(), limits=SendLimits(until=SENT_AT))
    assert post.given == Counter()


def test_a_limit_counts_what_was_tried(db, story, run, monkeypatch):
    monkeypatch.setattr("mpftp.stages.send.SETTLE_INTERVAL_SECONDS", -1.0)
    story(state="active", emails=EMAILS)

    class Stumbling(Post):
        """Its first two messages find no connection."""

        def deliver(self, requests, journal):
            for number, request in enumerate(requests):
                if number < 2:
                    yield Outcome(request.delivery_id, Verdict.UNSENT)
                else:
                    yield from super().deliver([request], journal)

    run(post := Stumbling(), limits=SendLimits(messages=5))
    assert sum(post.given.values()) == 5
    assert states(db) == {"sent": 5, "pending": 7}


def test_a_limit_holds_for_messages_that_waited_for_their_turn(db, story, run):
    story(state="active", emails=EMAILS)
    run(post := Post(), pace=RateLimiter({"example.com": 1000.0}), limits=SendLimits(messages=3))
    assert sum(post.given.values()) == 3


def test_asked_to_stop_it_gives_everything_back(db, story, run):
    story(state="active", emails=EMAILS)
    post = Post()
    run(post, stopped=lambda: sum(post.given.values()) >= 4)
    sent = sum(post.given.values())
    assert states(db) == {"sent": sent, "pending": len(EMAILS) - sent}


def test_a_throttled_domain_is_postponed_in_the_state_and_goes_out(db, story, run, monkeypatch):
    monkeypatch.setattr("mpftp.domain.sending.rate_limit.MAX_THROTTLED_PER_DOMAIN", 2)
    story(state="active", emails=EMAILS)
    post = Post()
    run(post, pace=RateLimiter({"example.com": 1.0}), stopped=lambda: post.pauses > 3)
    found = states(db)
    assert found["deferred"] >= 8
    turns = [row[0] for row in db.rows("SELECT next_at FROM delivery WHERE state = 'deferred' ORDER BY 1")]
    assert len(set(turns)) == len(turns)
    assert db.value("SELECT max(attempts) FROM delivery WHERE state = 'deferred'") == 0
    run(Post(), hours=1)
    assert states(db) == {"sent": len(EMAILS)}


VERDICTS = st.lists(st.sampled_from([*Verdict]), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answers=st.dictionaries(st.sampled_from(EMAILS), VERDICTS),
    kills=st.lists(st.integers(1, 12), max_size=4),
    resend=st.booleans(),
)
def test_the_lines_are_always_the_sum_and_nobody_is_skipped(
    answers, kills, resend, tmp_path_factory, story_in
):
    """Whatever relays answer and whenever a run is killed."""
    folder = tmp_path_factory.mktemp("run")

    given_ = Counter()
    with Database(folder / "state.db") as db:
        db.execute("PRAGMA synchronous = OFF")  # forty states; no power is cut here
        story_in(db)
        for hour, kill in enumerate([*kills, *[None] * 3]):
            moment = SENT_AT + timedelta(hours=8 * hour)
            left = {
                email: [v for v in verdicts if v is not Verdict.UNSENT] for email, verdicts in answers.items()
            }
            post = Post({e: v for e, v in left.items() if v}, killed_after=kill)
            policies = {"acme": send_policy("smtp", ZONE, 3, stop_at_failure_rate=1.0)}
            outbox = Outbox(db, retry_policy(resend=resend))
            journal = FileJournal(folder / "journal")
            try:
                SendRun(outbox, journal, policies, lambda _: Letter(), lambda moment=moment: moment).run(
                    {"smtp": lambda post=post: post}
                )
            except KeyboardInterrupt:
                journal.close()
            given_ += post.given
            assert sum(states(db).values()) == len(EMAILS)
        found = states(db)
        assert not set(found) & {"pending", "claimed"}
        reached = {email for email, count in given_.items() if count}
        sent = {row[0] for row in db.rows("SELECT email FROM delivery WHERE state = 'sent'")}
        assert sent <= reached
        doubles = sum(count - 1 for count in given_.values() if count > 1)
        assert doubles <= len(kills)


@pytest.fixture
def story_in():
    """A function that puts twelve waiting contacts into a state file."""

    def fill(db):
        with db.transaction():
            db.execute("INSERT INTO client (id, name) VALUES (1, 'acme')")
            db.execute(
                "INSERT INTO campaign (id, client_id, name, date, digest, settings, columns, html,"
                " accepted_at) VALUES (1, 1, 'P', '20260301', 'd', '{}', '[\"email\"]', '', 0)"
            )
            db.execute(
                "INSERT INTO fragment (id, campaign_id, number, due_at, contacts) VALUES (1, 1, 1, 0, 12)"
            )
            db.execute_many(
                "INSERT INTO delivery (campaign_id, fragment_id, line, email, fields, state)"
                " VALUES (1, 1, ?, ?, ?, 'pending')",
                [(line, email, json.dumps([email])) for line, email in enumerate(EMAILS, 2)],
            )

    return fill
