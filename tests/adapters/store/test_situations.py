"""MAIL is reckoned to the last line, alike wherever it is counted, whatever became of each contact."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpftp.adapters.store.campaign_control import CampaignControl
from mpftp.adapters.store.intake import Intake
from mpftp.adapters.store.overview import Overview
from mpftp.adapters.store.results import ResultRows, ResultStore
from mpftp.adapters.store.situations import (
    count_returned,
    count_situations,
    count_states,
    count_unreached,
)
from mpftp.adapters.store.statistics import read_statistics
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.file_names import AnswerType, ResultType
from mpftp.domain.results.situations import Situation
from tests.settings import COUNTING

EMAILS = tuple(f"contato{number}@example.com" for number in range(5))
REASONS = {
    "invalid": "invalid",
    "opt-out": "opted-out",
    "client": "opted-out",
    "bounce": "bounced",
    "complaint": "complained",
    "operator": "operator",
    "cancelled": "cancelled",
    "doubt": "in-doubt",
}

contacts = st.lists(
    st.fixed_dictionaries(
        {
            "state": st.sampled_from([state.value for state in DeliveryState]),
            "suppression": st.sampled_from(["opt-out", "bounce", "complaint", "operator", "client"]),
            "bounces": st.lists(st.sampled_from(["permanent", "transient"]), max_size=2),
        }
    ),
    min_size=len(EMAILS),
    max_size=len(EMAILS),
)


def situation(contact):
    """The plain rule: a bounce decides what was handed over, else the state does."""
    state = contact["state"]
    if state == "failed" or (contact["bounces"] and state in ("sent", "doubt")):
        return "devolvido"
    return {
        "pending": "aguardando", "claimed": "aguardando", "deferred": "adiado", "sent": "enviado",
        "doubt": "incerto", "suppressed": "suprimido", "invalid": "recusado", "repeated": "repetido",
        "cancelled": "cancelado",
    }[state]  # fmt: skip


def unsent_reason(contact, campaign_state):
    told = situation(contact)
    if told in ("aguardando", "adiado"):
        return "stopped" if campaign_state in ("paused", "cancelled") else None
    if told in ("enviado", "repetido", "devolvido"):
        return None
    return REASONS[contact["suppression"] if told == "suprimido" else contact["state"]]


@pytest.fixture
def promo(story):
    return story(emails=EMAILS)


@given(contacts, st.sampled_from(["active", "paused", "cancelled", "finished"]))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_lines_of_mail_are_the_sum_of_situations_wherever_they_are_counted(db, promo, drawn, campaign_state):
    tell_story(db, promo, drawn, campaign_state)
    wanted = Counter(situation(contact) for contact in drawn)

    (detail,) = [CampaignControl(db).load_detail(promo.campaign)]
    (summary,) = Overview(db).campaigns()
    report = read_statistics(db, summary.ref)
    receipt = Intake(db, "acme").load_receipt(promo.campaign)
    assert {detail.lines, summary.lines, report.lines, receipt.lines} == {len(EMAILS)}
    states, returned = count_states(db, promo.campaign), count_returned(db, promo.campaign)
    counted = count_situations(db, promo.campaign, states, returned)
    assert counted == report.situations == detail.situations == summary.situations == wanted
    assert (report.delivered, report.bounced) == (wanted["enviado"], wanted["devolvido"])

    rows = result_rows(db, promo, campaign_state)
    lines = list(rows.rows_of(AnswerType.SITUACAO))
    assert [(row.line, row.email, row.situation) for row in lines] == [
        (number, email, situation(contact))
        for number, (email, contact) in enumerate(zip(EMAILS, drawn, strict=True), 2)
    ]
    assert all(row.at for row in lines)


@given(contacts, st.sampled_from(["paused", "cancelled", "finished"]))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_returned_names_everybody_whom_the_message_did_not_reach(db, promo, drawn, campaign_state):
    tell_story(db, promo, drawn, campaign_state)
    rows = list(result_rows(db, promo, campaign_state).rows_of(ResultType.RETORNADO))
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert {row.email: row.reason for row in rows if row.bounce_class == "unsent"} == {
        email: reason
        for email, contact in zip(EMAILS, drawn, strict=True)
        if (reason := unsent_reason(contact, campaign_state))
    }
    assert {row.email for row in rows if row.bounce_class != "unsent"} == {
        email for email, contact in zip(EMAILS, drawn, strict=True) if situation(contact) == "devolvido"
    }
    assert len(rows) == len({row.email for row in rows})
    assert all(row.code == "" for row in rows if row.bounce_class == "unsent")
    assert Counter((row.bounce_class, row.reason) for row in rows) == count_unreached(
        db, promo.campaign, count_returned(db, promo.campaign)
    )

    bounces = list(result_rows(db, promo, campaign_state, unsent=False).rows_of(ResultType.RETORNADO))
    assert bounces == [row for row in rows if row.bounce_class != "unsent"]


def test_what_waits_in_a_campaign_that_runs_has_no_reason_yet(db, promo):
    promo.change(EMAILS[0], state="pending", settled_at=None)
    promo.change(EMAILS[1], state="deferred", settled_at=None, code="452 4.2.2", reply="mailbox full")
    rows = {row.email: row for row in result_rows(db, promo, "finished").rows_of(AnswerType.SITUACAO)}
    assert [(rows[email].situation, rows[email].code, rows[email].reason) for email in EMAILS[:3]] == [
        (Situation.WAITING, "", ""),
        (Situation.DEFERRED, "4.2.2", "mailbox-full"),
        (Situation.SENT, "", ""),
    ]


def tell_story(db, promo, drawn, campaign_state):
    with db.transaction():
        db.execute("DELETE FROM event")
    promo.stop(campaign_state)
    for email, contact in zip(EMAILS, drawn, strict=True):
        settled = None if contact["state"] in ("pending", "claimed", "deferred") else 1_772_000_000_000
        code = {"suppressed": contact["suppression"], "failed": "550 5.1.1"}.get(contact["state"], "")
        promo.change(email, state=contact["state"], code=code, settled_at=settled)
        for hours, bounce_class in enumerate(contact["bounces"]):
            more = {"class": bounce_class, "code": "5.1.1", "reason": "user-unknown"}
            promo.tell("bounce", email, hours, **more)


def result_rows(db, promo, campaign_state, *, unsent=True):
    """The rows as an edition has them; one of a campaign that runs is asked for as if it had ended."""
    store = ResultStore(db)
    if campaign_state == "active":
        promo.stop("finished")
    (ended,) = store.finished_campaigns()
    if campaign_state == "active":
        promo.stop("active")
    return ResultRows(db, ended, store.newest_event_id(), replace(COUNTING, unsent=unsent))
