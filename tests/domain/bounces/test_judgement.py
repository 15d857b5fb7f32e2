"""Who is suppressed after one bounce: the table, the rules before it, and replies of many makes."""

import re
from pathlib import Path

import pytest

from mpftp.domain.bounces.codes import class_for
from mpftp.domain.bounces.judgement import TABLE, Channel, Judgement, Refusal, judge
from mpftp.domain.bounces.reasons import BounceReason, RefusalSubject, make_status, read_refusal
from mpftp.domain.bounces.steps import find_step
from mpftp.domain.campaign import BounceClass
from mpftp.domain.sending.transport import Step
from mpftp.domain.texts import languages, texts

AT_ONCE = {"user-unknown", "domain-unknown", "bad-address", "mailbox-disabled", "moved"}
REPEATED = {"mailbox-full", "relaying", "loop", "policy", "blocked", "other"}


def refusal(
    reason=BounceReason.USER_UNKNOWN, subject=RefusalSubject.RECIPIENT, channel=Channel.REPORT, **changed
):
    """A permanent refusal in a report, but for what is *changed*."""
    return Refusal(
        channel, changed.pop("bounce_class", BounceClass.PERMANENT), reason, subject=subject, **changed
    )


def judged(reply):
    """The judgement on one reply as a report quotes it, and its reason."""
    code = re.match(r"([245]\d\d)?(?:[ -]([245]\.\d+\.\d+))?", reply)
    codes = " ".join(filter(None, code.groups()))
    reason, subject, step = read_refusal(codes, reply)
    told = Refusal(
        Channel.REPORT, class_for(codes or "550"), reason, make_status(codes, reply), step, subject
    )
    return judge(told).judgement, reason


def test_every_reason_is_in_the_table():
    assert set(TABLE) == set(BounceReason)
    by_judgement = {
        key: {reason.value for reason in BounceReason if TABLE[reason] is key} for key in Judgement
    }
    assert by_judgement[Judgement.AT_ONCE] == AT_ONCE
    assert by_judgement[Judgement.REPEATED] == REPEATED


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        (refusal(bounce_class=BounceClass.TRANSIENT), "transient"),
        (refusal(step=Step.MAIL), "step"),
        (refusal(step=Step.HELO), "step"),
        (refusal(channel=Channel.SMTP, step=Step.DATA), "data"),
        (refusal(code="550 5.1.8"), "sender-status"),
        (refusal(BounceReason.BLOCKED, RefusalSubject.OURS), "ours"),
        (refusal(BounceReason.RELAYING, RefusalSubject.UNCLEAR, Channel.SMTP), "own-relay"),
    ],
)
def test_what_spares_an_address_whatever_the_reason(told, rule):
    decision = judge(told)
    assert (decision.judgement, decision.rule) == (Judgement.NEVER, rule)
    assert all(rule in texts(language).JUDGEMENT_RULES for language in languages())


def test_what_may_pass_counts_and_does_not_condemn_at_once():
    decision = judge(refusal(subject=RefusalSubject.UNCLEAR))
    assert (decision.judgement, decision.rule) == (Judgement.REPEATED, "passing")


def test_the_table_decides_the_rest():
    assert judge(refusal()).judgement is Judgement.AT_ONCE
    assert judge(refusal(channel=Channel.SMTP, step=Step.END_OF_DATA)).judgement is Judgement.AT_ONCE
    assert judge(refusal(step=Step.DATA)).judgement is Judgement.AT_ONCE
    assert judge(refusal(BounceReason.RELAYING, RefusalSubject.UNCLEAR)).judgement is Judgement.REPEATED
    assert judge(refusal(BounceReason.SPAM, RefusalSubject.MESSAGE)).judgement is Judgement.NEVER


@pytest.mark.parametrize("line", (Path(__file__).parent / "judged.txt").read_text("utf-8").splitlines())
def test_a_reply_is_judged(line):
    wanted, _, reply = line.partition("\t")
    judgement, reason = judged(reply)
    assert (judgement is Judgement.AT_ONCE) == (wanted == "at once"), reason
    assert wanted != "full" or reason is BounceReason.MAILBOX_FULL


@pytest.mark.parametrize("number", range(1, 21))
def test_a_repeated_digit_changes_nothing(number):
    """The count of a limit is none of its meaning."""
    assert judged(f"550 5.4.5 Daily sending limit of {number * 500} exceeded")[1] is BounceReason.RATE_LIMITED


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("550 5.1.1 x (in reply to RCPT TO command)", Step.RCPT),
        ("550 x (in reply to MAIL FROM command)", Step.MAIL),
        ("550 x (in reply to end of DATA command)", Step.END_OF_DATA),
        ("550 x (in reply to EHLO command)", Step.HELO),
        ("550 x (in\n    reply to MAIL FROM command)", Step.MAIL),
        ("550 x (in reply to MAIL\n    FROM command)", Step.MAIL),
        ("550 x (in reply to end\n    of DATA command)", Step.END_OF_DATA),
        ("Mon 10:00:01: --> MAIL From:<a@b.example>\nMon 10:00:02: <-- 550 x", Step.MAIL),
        ("[10:00] >>> RCPT To:<c@d.example>\n[10:00] <<< 550 x\n[10:00] >>> QUIT", Step.RCPT),
        ("... while talking to mx.dest.example.:\n<<< 550 x", Step.CONNECT),
        ("our server sent: MAIL FROM:<a@b.example>\nthe other replied: 550 x", Step.MAIL),
        ("The list goes --> mail us, user unknown", Step.UNKNOWN),
        ("SMTP error from remote mail server after MAIL FROM:<a@b.example> SIZE=1: 550 x", Step.MAIL),
        ("SMTP error from remote mail server after RCPT TO:<a@b.example>:\n 550 x", Step.RCPT),
        ("SMTP error from remote mail server after initial connection: 554 x", Step.CONNECT),
        ("SMTP error from remote mail server after end of data: 554 x", Step.END_OF_DATA),
        (">>> MAIL From:<a@b.example>\n<<< 550 x", Step.MAIL),
        (">>> MAIL From:<a@b.example>\n<<< 250 ok\n>>> RCPT To:<c@d.example>\n<<< 550 x", Step.RCPT),
        ("Connected to 192.0.2.1 but sender was rejected.\nRemote host said: 550 x", Step.MAIL),
        ("192.0.2.1 does not like recipient.\nRemote host said: 550 x", Step.RCPT),
        ("550 data mail auth unknown", Step.UNKNOWN),
    ],
)
def test_the_step_is_read(text, step):
    assert find_step(text) is step


def test_an_answer_to_mail_from_speaks_of_us_whatever_it_says():
    reason, subject, step = read_refusal("550", "user unknown (in reply to MAIL FROM command)")
    assert (reason, subject, step) == (BounceReason.SENDER_REFUSED, RefusalSubject.OURS, Step.MAIL)


def test_a_relay_that_repeats_an_answer_to_mail_from_speaks_of_us_at_whatever_step():
    told = read_refusal("550", "user unknown (in reply to MAIL FROM command)", Step.RCPT)
    assert (told.subject, told.step) == (RefusalSubject.OURS, Step.MAIL)
    assert read_refusal("550", "user unknown (in reply to end of DATA)", Step.RCPT).step is Step.RCPT


@pytest.mark.parametrize("status", ["5.1.0", "5.2.0", "5.2.99", "5.1.77"])
def test_a_detail_that_is_zero_or_unknown_condemns_nobody(status):
    assert judged(f"550 {status} refused")[0] is not Judgement.AT_ONCE
