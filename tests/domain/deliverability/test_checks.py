"""The checks of a sender's DNS, against zones made up for each fault."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from mpftp.domain.deliverability.checks import CheckGrade, SenderIdentity, check_sender
from mpftp.domain.deliverability.dns import LookupFailedError
from mpftp.domain.messages.dkim import DkimKey

PEM = ed25519.Ed25519PrivateKey.generate().private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
KEY = DkimKey("loja.example", "s1", PEM)
GOOD = {
    ("b.loja.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
    ("b.loja.example", "MX"): ["10 mx.loja.example."],
    ("s1._domainkey.loja.example", "TXT"): [KEY.dns_record],
    ("_dmarc.loja.example", "TXT"): ["v=DMARC1; p=none; rua=mailto:d@loja.example"],
    ("loja.example", "A"): ["192.0.2.1"],
}
SENDER = SenderIdentity(
    "sac@loja.example", "bounces@b.loja.example", (KEY,), ("192.0.2.7",), "https://t.example"
)


def checks(changes=None, sender=SENDER):
    zone = {**GOOD, **(changes or {})}
    return check_sender(sender, lambda name, kind: zone.get((name, kind), []))


def worst(changes=None, sender=SENDER):
    """What was found that is not good: (topic, grade, what, remedy)."""
    found = checks(changes, sender)
    return [(c.topic, c.grade.value, c.detail, c.remedy) for c in found if c.grade is not CheckGrade.GOOD]


def test_a_sender_that_does_all_right():
    found = checks()
    assert {check.grade for check in found} == {CheckGrade.GOOD}
    assert [check.topic for check in found] == ["SPF", "DKIM", "DMARC", "replies", "bounces", "links"]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ([], "there is no SPF record"),
        (["v=spf10 all"], "there is no SPF record"),
        (["v=spf1 ip4:192.0.2.7 -all", "v=spf1 -all"], "there is more than one record, so none counts"),
        (["v=spf1 ip4:192.0.2.7 +all"], "+all lets everybody send"),
        (["v=spf1 all"], "+all lets everybody send"),
        (["v=spf1 ip4:203.0.113.1 -all"], "192.0.2.7 gets 'fail'"),
        (["v=spf1 ip4:203.0.113.1 ~all"], "192.0.2.7 gets 'softfail'"),
        (["v=spf1 mx:none.example"], "192.0.2.7 gets 'neutral'"),
        (
            ["v=spf1 ip4:192.0.2.7 ipv4:1.2.3.4 -all"],
            "'ipv4' in b.loja.example is no mechanism",
        ),
        (
            ["v=spf1 ip4:192.0.2.7 include:gone.example -all"],
            "include of gone.example finds no single record",
        ),
        (["v=spf1 ip4:192.0.2.7 " + "a:x.example " * 11 + "-all"], "it needs 11 look-ups, at most 10 count"),
        (["v=spf1 ip4:192.0.2.7 include:b.loja.example -all"], "it needs 11 look-ups, at most 10 count"),
    ],
)
def test_faults_of_spf(record, said):
    assert said in [found[2] for found in worst({("b.loja.example", "TXT"): record})]


@pytest.mark.parametrize(
    ("record", "relay"),
    [
        ("v=spf1 a -all", "192.0.2.50"),
        ("v=spf1 a/28 -all", "192.0.2.60"),
        ("v=spf1 a//64 -all", "2001:db8::99"),
        ("v=spf1 a:other.example -all", "198.51.100.1"),
        ("v=spf1 mx -all", "198.51.100.2"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1"),
        ("v=spf1 include:inc.example -all", "198.51.100.9"),
        ("v=spf1 redirect=inc.example", "198.51.100.9"),
        ("v=spf1 -ip4:192.0.2.51 ip4:192.0.2.0/24 -all", "192.0.2.50"),
        ("V=SPF1 IP4:192.0.2.50 -ALL", "192.0.2.50"),
    ],
)
def test_a_relay_that_spf_allows(record, relay):
    zone = {
        ("b.loja.example", "TXT"): [record],
        ("b.loja.example", "A"): ["192.0.2.50"],
        ("b.loja.example", "AAAA"): ["2001:db8::1"],
        ("other.example", "A"): ["198.51.100.1"],
        ("mx.loja.example", "A"): ["198.51.100.2"],
        ("inc.example", "TXT"): ["google-site-verification=x", "v=spf1 ip4:198.51.100.9 -all"],
    }
    sender = SenderIdentity("sac@loja.example", "bounces@b.loja.example", (KEY,), (relay,))
    assert worst(zone, sender) == []


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], "there is no key"),
        (["v=DKIM1; p="], "the key was revoked (p= is empty)"),
        (["v=DKIM1; k=ed25519; p=AAAA"], "the key is not the one that signs here"),
        ([KEY.dns_record, "v=DKIM1; p=x"], "there is more than one key"),
    ],
)
def test_a_dkim_record_that_is_not_ours_is_answered_with_ours(records, said):
    [(topic, grade, what, remedy)] = worst({("s1._domainkey.loja.example", "TXT"): records})
    assert (topic, grade, what) == ("DKIM", "bad", said)
    assert remedy.endswith(KEY.dns_record)


def test_a_dkim_key_in_test_is_a_warning():
    record = KEY.dns_record.replace(" k=", " t=s:y; k=")
    [found] = worst({("s1._domainkey.loja.example", "TXT"): [record]})
    assert found == (
        "DKIM",
        "warning",
        "the key is marked as a test (t=y)",
        "remove t=y",
    )


@pytest.mark.parametrize(
    ("records", "grade", "said"),
    [
        ([], "bad", "there is no policy"),
        (
            ["v=DMARC1; p=none; rua=mailto:x@y.example"] * 2,
            "bad",
            "there is more than one policy, so none counts",
        ),
        (["v=DMARC1; q=none"], "bad", "no valid p= in 'v=DMARC1; q=none'"),
        (["v=DMARC1; p=reject"], "warning", "nobody gets the reports"),
    ],
)
def test_faults_of_dmarc(records, grade, said):
    [(topic, found_grade, what, _)] = worst({("_dmarc.loja.example", "TXT"): records})
    assert (topic, found_grade, what) == ("DMARC", grade, said)


def test_the_policy_of_a_parent_domain_counts():
    sender = SenderIdentity("sac@news.loja.example", "bounces@b.loja.example", (KEY,), ("192.0.2.7",))
    zone = {("news.loja.example", "MX"): ["10 mx.loja.example."]}
    assert worst(zone, sender) == []


def test_without_a_key_the_envelope_must_be_aligned():
    sender = SenderIdentity("sac@loja.example", "bounces@esp.example")
    zone = {("esp.example", "TXT"): ["v=spf1 -all"], ("esp.example", "MX"): ["0 mx.esp.example."]}
    found = worst(zone, sender)
    assert [(topic, grade) for topic, grade, *_ in found] == [("DMARC", "bad"), ("DKIM", "warning")]
    assert found[0][2].startswith("nothing is aligned: the envelope's domain is esp.example")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ({("loja.example", "A"): []}, "has no mail server"),
        ({("loja.example", "MX"): ["0 ."]}, "takes no mail (null MX)"),
    ],
)
def test_a_sender_that_cannot_be_answered(zone, said):
    [(topic, _, what, _)] = worst(zone)
    assert (topic, what) == ("replies", said)


def test_links_without_https_break_the_one_click_opt_out():
    sender = SenderIdentity("sac@loja.example", "bounces@b.loja.example", (KEY,), (), "http://t.example")
    [(topic, grade, _, remedy)] = worst(None, sender)
    assert (topic, grade, remedy) == ("links", "bad", "set tracking.base_url to an https address")


def test_dns_that_does_not_answer_is_not_taken_for_a_missing_record():
    def away(name, kind):
        raise LookupFailedError("timed out")

    found = check_sender(SENDER, away)
    assert {check.grade for check in found if check.topic != "links"} == {CheckGrade.UNKNOWN}
    assert found[0].detail == "DNS did not answer: timed out"
