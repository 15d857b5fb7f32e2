"""The list of suppressed addresses: one predicate for the claim, ``campaign show`` and the receipt."""

import sqlite3
import unicodedata
from collections import Counter
from datetime import UTC, datetime

import pytest

from mpftp.adapters.store import database
from mpftp.adapters.store.campaign_control import CampaignControl
from mpftp.adapters.store.database import APPLICATION_ID, Database, migrations
from mpftp.adapters.store.intake import Intake
from mpftp.adapters.store.outbox import Outbox
from mpftp.adapters.store.situations import load_plan
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.addresses import canonical_address
from mpftp.domain.campaign import EventKind
from tests.settings import retry_policy

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SPELLINGS = [
    ("JOSÉ@Exemplo.com", "josé@exemplo.com"),
    (unicodedata.normalize("NFD", "josé@exemplo.com"), "JOSÉ@exemplo.com"),
    ("ana@ação.com.br", "ana@xn--ao-siap.com.br"),
    ("ANA@xn--ao-siap.com.br", "ana@AÇÃO.com.br"),
    ("Ana@Example.com", "aNA@example.com"),
]


@pytest.fixture
def suppressions(db):
    return SuppressionList(db)


@pytest.mark.parametrize(("listed", "written"), SPELLINGS)
def test_claim_show_and_receipt_agree_whatever_the_spelling(db, story, suppressions, listed, written):
    campaign = story(state="active", emails=(written, "bia@example.com")).campaign
    suppressions.add("acme", [(listed, "operator", "")], NOW)
    assert CampaignControl(db).load_detail(campaign).suppressed_waiting == {"operator": 1}
    assert Intake(db, "acme").load_receipt(campaign).suppressed == 1
    outbox = Outbox(db, retry_policy())
    claims, suppressed = outbox.claim(outbox.open_fragments()[0], 10, NOW)
    assert [claim.email for claim in claims] == ["bia@example.com"]
    assert suppressed == 1
    assert CampaignControl(db).load_detail(campaign).suppressed == {"operator": 1}


@pytest.mark.parametrize(("listed", "written"), SPELLINGS)
def test_an_address_is_taken_off_by_any_of_its_spellings(suppressions, listed, written):
    assert suppressions.add(None, [(listed, "operator", ""), (written, "operator", "")], NOW) == 1
    assert suppressions.remove(None, [written]) == [written]
    assert list(suppressions.rows()) == []


def test_an_address_on_both_lists_is_counted_once_and_everybodys_reason_holds(db, story, suppressions):
    campaign = story(state="active", emails=("ana@example.com",)).campaign
    suppressions.add("acme", [("ana@example.com", "bounce", "")], NOW)
    suppressions.add(None, [("ana@example.com", "complaint", "")], NOW)
    assert load_plan(db, campaign).suppressed == 1
    assert suppressions.count_waiting(campaign) == {"complaint": 1}
    assert list(suppressions.of_deliveries([row[0] for row in db.rows("SELECT id FROM delivery")])
                .values()) == ["complaint"]  # fmt: skip


def test_each_address_is_asked_for_once_however_long_the_list_is(db, story, suppressions):
    emails = [f"c{number}@example.com" for number in range(60)]
    campaign = story(state="active", emails=emails).campaign
    suppressions.add("acme", [(email, "operator", "") for email in emails], NOW)
    asked = Counter()

    def canonical(email):
        asked[email] += 1
        return canonical_address(email)

    db._connection.create_function("canonical", 1, canonical, deterministic=True)
    assert suppressions.count_waiting(campaign) == {"operator": 60}
    assert load_plan(db, campaign).suppressed == 60
    assert len(suppressions.of_deliveries([row[0] for row in db.rows("SELECT id FROM delivery")])) == 60
    assert max(asked.values()) <= 10


def test_another_clients_list_suppresses_nobody_here(db, story, suppressions):
    campaign = story(state="active", emails=("ana@example.com",)).campaign
    suppressions.add("beta", [("ana@example.com", "opt-out", "")], NOW)
    assert load_plan(db, campaign).suppressed == 0


def test_a_request_replaces_a_bounce_and_no_bounce_replaces_anything(db, story, suppressions):
    story()
    suppressions.on_bounce(1, "ANA@example.com", NOW, "550")
    suppressions.on_request(1, "ana@example.com", EventKind.OPT_OUT, NOW, "link")
    suppressions.on_bounce(1, "ana@example.com", NOW, "551")
    suppressions.on_request(1, "ana@example.com", EventKind.COMPLAINT, NOW, "report")
    assert [(row.email, row.reason, row.source) for row in suppressions.rows()] == [
        ("ana@example.com", "opt-out", "link")
    ]


def test_a_list_of_an_earlier_release_is_made_canonical(tmp_path):
    path = tmp_path / "state.db"
    nfd = unicodedata.normalize("NFD", "josé@exemplo.com")
    with sqlite3.connect(path) as raw:
        raw.executescript(migrations()[0][1].read_text())
        raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        raw.executemany(
            "INSERT INTO suppression VALUES (?, ?, ?, 7, '')",
            [(0, "josé@exemplo.com", "bounce"), (0, nfd, "opt-out"), (1, "ana@ação.com.br", "operator")],
        )
        raw.execute("PRAGMA user_version = 1")
    raw.close()
    with Database(path) as db:
        assert list(db.rows("SELECT client_id, email, reason FROM suppression ORDER BY 1")) == [
            (0, "josé@exemplo.com", "opt-out"),
            (1, "ana@xn--ao-siap.com.br", "operator"),
        ]


@pytest.mark.parametrize(("reason", "due"), [("bounce", 1), ("opt-out", 0), (None, 0)])
def test_a_review_is_due_where_an_earlier_release_suppressed_by_bounces(tmp_path, monkeypatch, reason, due):
    path, earlier = tmp_path / "state.db", migrations()[:10]
    with monkeypatch.context() as patch:
        patch.setattr(database, "migrations", lambda: earlier)
        with Database(path) as db, db.transaction():
            db.execute("INSERT INTO client (id, name) VALUES (1, 'loja')")
            if reason:
                db.execute(
                    "INSERT INTO suppression (client_id, email, reason, at, source)"
                    " VALUES (1, 'ana@example.com', ?, 7, '')",
                    (reason,),
                )
    with Database(path) as db:
        assert db.value("SELECT is_review_due FROM memory") == due


def test_lifting_a_bounce_leaves_who_asked_to_get_no_more(db, suppressions, story):
    story()
    suppressions.add("acme", [("ana@example.com", "opt-out", ""), ("bia@example.com", "bounce", "")], NOW)
    client = db.value("SELECT id FROM client WHERE name = 'acme'")
    with db.transaction():
        for email in ("ana@example.com", "bia@example.com"):
            suppressions.lift_bounce(client, email)
    assert [row.email for row in suppressions.rows()] == ["ana@example.com"]


def test_who_is_forgotten_by_all_keeps_the_reason_of_everybodys_list(db, suppressions, story):
    story()
    suppressions.add("acme", [("ana@example.com", "bounce", "")], NOW)
    suppressions.add(None, [("ana@example.com", "complaint", "")], NOW)
    with db.transaction():
        suppressions.on_forgetting(None, "ana@example.com", "hash:1", NOW)
    assert [(row.email, row.reason) for row in suppressions.rows()] == [("hash:1", "complaint")]
