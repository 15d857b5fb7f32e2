"""Replies and statuses become a class, a reason and a status that a client understands."""

from pathlib import Path

import pytest

from mpftp.domain.bounces.codes import class_for, class_text, is_general, status_in
from mpftp.domain.bounces.reasons import BounceReason, find_reason, make_status, reason_text
from mpftp.domain.campaign import BounceClass

REPLIES = [
    ("550 5.1.1", "User unknown", "user-unknown"),
    ("550", "Usuário não encontrado", "user-unknown"),
    ("550", "Requested action not taken: mailbox unavailable", "user-unknown"),
    ("554", "delivery error: dd This user doesn't have a yahoo.com account", "user-unknown"),
    ("550 5.1.1", "<x@y.z>: Recipient address rejected: User unknown in virtual alias table", "user-unknown"),
    ("550 5.1.1", "The email account that you tried to reach does not exist.", "user-unknown"),
    ("550 5.5.1", "Destinatário desconhecido", "user-unknown"),
    ("552 5.2.2", "The email account that you tried to reach is over quota", "mailbox-full"),
    ("552", "Caixa postal cheia", "mailbox-full"),
    ("452 4.2.2", "", "mailbox-full"),
    ("550", "A conta excedeu a quota de armazenamento", "mailbox-full"),
    ("554 5.7.1", "Mailbox is full", "mailbox-full"),
    ("550 5.2.1", "The email account that you tried to reach is disabled.", "mailbox-disabled"),
    ("550", "Esta conta está inativa", "mailbox-disabled"),
    ("550 5.1.2", "", "domain-unknown"),
    ("550", "Host or domain name not found. Name service error for name=x.example type=A", "domain-unknown"),
    ("550 5.7.1", "Client host [192.0.2.1] blocked using zen.spamhaus.org", "blocked"),
    ("554 5.7.1", "Message rejected as spam", "spam"),
    ("550 5.7.1", "Mensagem identificada como SPAM", "spam"),
    ("550 5.7.26", "unauthenticated email not accepted due to domain's DMARC policy", "authentication"),
    ("421 4.7.0", "[TSS04] Messages from 192.0.2.1 temporarily deferred", "rate-limited"),
    ("450 4.2.0", "Recipient address rejected: Greylisted, see postgrey", "greylisted"),
    ("552 5.3.4", "Message size exceeds fixed limit", "too-large"),
    ("554", "5.4.6 Too many hops", "loop"),
    ("550 5.6.7", "", "accents"),
    ("553 5.6.7", "Non-ASCII addresses not permitted for that recipient", "accents"),
    ("550", "The relay offers no SMTPUTF8", "accents"),
    ("554", "Relay access denied", "relaying"),
    ("553 5.1.8", "Sender address rejected: Domain not found", "sender-refused"),
    ("451", "Temporary local problem - please try later", "system"),
    ("421", "Service not available", "system"),
    ("421", "", "unreachable"),
    ("550 5.7.1", "", "policy"),
    ("550", "", "other"),
    ("", "", "other"),
]


@pytest.mark.parametrize(("code", "text", "reason"), REPLIES)
def test_a_reply_gives_its_reason(code, text, reason):
    assert find_reason(code, text) == reason


@pytest.mark.parametrize("line", (Path(__file__).parent / "replies.txt").read_text("utf-8").splitlines())
def test_replies_of_large_providers(line):
    reasons, _, reply = line.partition("\t")
    assert find_reason(reply.split(" ", 1)[0], reply) in reasons.split("|")


@pytest.mark.parametrize("reason", BounceReason)
def test_every_reason_has_a_text_in_both_languages(reason):
    portuguese, english = reason_text(reason, "pt_BR"), reason_text(reason, "en")
    assert portuguese
    assert english
    assert portuguese != english


def test_the_seeds_own_words_for_the_two_commonest_reasons():
    assert reason_text("user-unknown", "pt_BR") == "e-mail inexistente"
    assert reason_text("mailbox-full", "pt_BR") == "caixa postal cheia"


def test_an_unknown_key_reads_as_other():
    assert reason_text("from-a-newer-version", "en") == reason_text(BounceReason.OTHER, "en")


def test_classes_by_the_first_digit():
    assert class_for("452 4.2.2") is BounceClass.TRANSIENT
    assert class_for("550 5.1.1") is BounceClass.PERMANENT
    assert class_text("permanent", "pt_BR") == "permanente"
    assert class_text("transient", "pt_BR") == "transitório"
    assert class_text("", "pt_BR") == ""
    with pytest.raises(ValueError, match="neither"):
        class_text("neither", "pt_BR")


@pytest.mark.parametrize(
    ("code", "text", "status"),
    [
        ("550 5.1.1", "User unknown", "5.1.1"),
        ("550", "User unknown", "5.1.1"),
        ("552", "mailbox full", "5.2.2"),
        ("452", "mailbox full", "4.2.2"),
        ("5.0.0", "smtp; 550 5.1.1 no such user", "5.1.1"),
        ("4.0.0", "", "4.0.0"),
        ("550", "", "5.0.0"),
        ("5.5.0", "", "5.5.0"),
        ("5.5.0", "Transcript: 250 2.1.5 ok, 421 4.7.0 bye", "5.5.0"),
        ("5.1.0", "550 5.2.2 bad", "5.1.0"),
    ],
)
def test_a_status_is_taken_or_made(code, text, status):
    assert make_status(code, text) == status


def test_versions_and_addresses_are_no_status():
    assert status_in("Postfix 5.7.12.1 at 10.5.1.1 and 5.1.1.2") == ""
    assert status_in("Guardian v4.3.0, engine 4.32.0") == ""
    assert status_in("host mx[192.5.1.1] said: 550 #5.1.1 bad") == "5.1.1"
    assert status_in("5.0.0, that is 5.2.0, that is 5.2.2") == "5.2.2"
    assert is_general("5.0.0")
    assert not is_general("5.1.0")


@pytest.mark.parametrize("code", ["4.4.7", "4.4.1", "4.4.4"])
def test_a_server_that_gave_up_after_days_is_transient(code):
    assert class_for(code) is BounceClass.TRANSIENT
