"""Our labelled messages: nobody is wrongly suppressed, and of the gone nearly all are."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from mpftp.domain.bounces.report import parse_report

spec = importlib.util.spec_from_file_location("labelled", Path(__file__).with_name("labelled.py"))
labelled = sys.modules.setdefault("labelled", importlib.util.module_from_spec(spec))
spec.loader.exec_module(labelled)

PERMANENT = {"notificationType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": 7}}
MESSAGES = list(labelled.labelled())
SPARED = ("ours", "message", "away", "person", "automatic", "waiting", "full")


def test_there_are_enough_of_each_group_and_language():
    groups = {entry.group for entry in MESSAGES}
    assert groups == {*SPARED, "gone"}
    assert all(sum(entry.group == group for entry in MESSAGES) >= 40 for group in groups)
    languages = {(entry.group, entry.language) for entry in MESSAGES}
    assert len(languages) == 3 * len(groups)


@pytest.mark.parametrize("entry", [m for m in MESSAGES if m.group in SPARED], ids=lambda m: m.words[:50])
def test_what_says_nothing_of_the_mailbox_suppresses_nobody(entry):
    assert labelled.decided(entry.content) == entry.wanted


def test_nearly_all_of_the_gone_are_suppressed():
    gone = [entry for entry in MESSAGES if entry.group == "gone"]
    spared = [entry.words for entry in gone if labelled.decided(entry.content) != "bounce"]
    assert len(spared) <= 0.03 * len(gone), spared


@pytest.mark.parametrize(
    "entry", [m for m in MESSAGES if m.group in ("person", "automatic")], ids=lambda m: m.words[:50]
)
def test_people_and_their_programs_write_no_bounces(entry):
    assert parse_report(entry.content).report_class in ("unknown", "auto-reply", "opt-out")


def test_what_is_quoted_asks_for_nothing():
    text = "Não é comigo.\n\nEm 24/11/2026, Ana escreveu:\n> Quero sair da lista"
    assert parse_report(labelled.person(text).encode()).report_class == "unknown"


def test_a_programs_words_do_not_opt_out():
    data = labelled.message(
        "Maria <maria@dest.example>", "Re: Promo", "Quero sair da lista", "Auto-Submitted: auto-replied\n"
    )
    assert parse_report(data.encode()).report_class == "auto-reply"


def test_a_challenge_is_known_whoever_sends_it():
    assert (
        parse_report(
            labelled.challenge("Please confirm your message|Held until you confirm you are human").encode()
        ).report_class
        == "challenge"
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"notificationType": "Complaint", "complaint": {"complaintFeedbackType": "abuse"}}, "complaint"),
        ({"notificationType": "Complaint", "complaint": {"complaintFeedbackType": "not-spam"}}, "unknown"),
        ({"eventType": "Delivery", "delivery": {}}, "delivered"),
        ({"eventType": "DeliveryDelay"}, "delay"),
        (
            {"notificationType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": "x"}},
            "permanent",
        ),
        ({"notificationType": "Bounce", "bounce": 7}, "transient"),
    ],
)
def test_a_notification_of_ses_is_read(content, kind):
    body = json.dumps({**content, "mail": {"source": "bounces@mail.acme.example"}})
    wrapped = json.dumps({"Type": "Notification", "Message": body})
    for text in (body, wrapped, f"{body}\n\n--\nIf you wish to stop, visit https://sns.example"):
        data = labelled.message("AWS <no-reply@sns.amazonaws.com>", "AWS Notification Message", text).encode()
        assert parse_report(data).report_class == kind


def test_json_that_is_none_of_ours_is_nothing():
    for text in ("{", '{"mail": 1}', "{}" * 100, '{"notificationType": "Bounce"}', "[" * 5000):
        data = labelled.message("AWS <no-reply@sns.amazonaws.com>", "AWS Notification Message", text).encode()
        assert parse_report(data).report_class == "unknown"


def test_a_relays_bounce_names_its_recipient():
    report = parse_report(labelled.ses("Permanent|General|smtp; 550 5.1.1 user unknown").encode())
    assert [(f.recipient, f.status) for f in report.failures] == [("maria@dest.example", "5.1.1")]


SUBJECT = "Account closed, no such user: the film"
RETURNED = f"\ndid not reach:\n\n{labelled.RECIPIENT}\n    refused by a rule <mx.dest.example #5.7.1>"


@pytest.mark.parametrize(
    ("author", "subject", "text"),
    [
        (
            "Postmaster <postmaster@dest.example>",
            f"Undeliverable: {SUBJECT}",
            f"  Subject: {SUBJECT}\n{RETURNED}",
        ),
        ("Mailer-Daemon <mailer-daemon@dest.example>", "Erro", f'O assunto "{SUBJECT}"\n{RETURNED}'),
    ],
)
def test_the_subject_of_a_campaign_is_no_word_of_a_server(author, subject, text):
    assert labelled.decided(labelled.message(author, subject, text).encode()) == "none"


def test_the_subject_that_comes_back_is_no_word_of_a_server():
    data = labelled.notification(
        f"Undeliverable: {SUBJECT}", f"{labelled.RECIPIENT}: {SUBJECT}", "Action: failed\nStatus: 5.7.1"
    ).replace("Subject: Promo", f"Subject: {SUBJECT}")
    assert labelled.decided(data.encode()) == "none"
    assert SUBJECT in parse_report(data.encode()).text


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Pedido de exclusão da lista", "opt-out"),
        ("Não quero receber mais", "opt-out"),
        ("LGPD - exclusão de dados", "opt-out"),
        ("Dar de baja", "opt-out"),
        ("Please take me off your list", "opt-out"),
        ("Re: Como sair da lista de devedores", "unknown"),
        ("Fwd: Quero sair da lista", "unknown"),
    ],
)
def test_a_subject_of_its_own_may_be_the_request(subject, kind):
    data = labelled.message("Maria <maria@dest.example>", subject, "Maria")
    assert parse_report(data.encode()).report_class == kind
