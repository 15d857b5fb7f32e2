"""Messages built to do harm cost little, raise nothing, and say what was left out of them."""

import base64
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpftp.domain.bounces.mime import parse_message
from mpftp.domain.bounces.report import parse_report

MEGABYTE = 1 << 20
HEAD = b"From: mailer-daemon@x.example\nSubject: failed\n"
SECONDS = 10  # of processor time, for what takes well under one: a quadratic reader takes minutes

HOSTILE = {
    "multiparts in each other": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)
    ),
    "messages in each other": b"Content-Type: message/rfc822\n\n" * 30_000,
    "countless parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 150_000,
    "countless recipients": HEAD + b"\n" + b"\n".join(b"<u%d@x.example>: unknown" % n for n in range(40_000)),
    "countless status groups": b"Content-Type: message/delivery-status\n\n"
    + b"".join(b"Final-Recipient: rfc822; a%d@b.c\nAction: failed\n\n" % n for n in range(16_000)),
    "one endless line": HEAD + b"\n" + b"a" * MEGABYTE,
    "at signs": HEAD + b"\n" + b"a@" * (MEGABYTE // 2),
    "dashes": HEAD + b"\n" + b"-" * MEGABYTE,
    "equals signs": HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * MEGABYTE,
    "marks of a copy": HEAD + b"\n" + b"----- original message\n" * 40_000,
    "blank HTML": HEAD + b"Content-Type: text/html\n\n" + b"   \n" * (MEGABYTE // 4),
    "open scripts": HEAD + b"Content-Type: text/html\n\n" + b"<script " * (MEGABYTE // 8),
    "countless fields": b"".join(b"X-%d: y\n" % n for n in range(100_000)),
    "one endless field": b"X: y\n" + b" z\n" * 300_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 80_000 + b"\n\n",
    "broken encoded word": b"Subject: =?utf-8?b?YWJjZGVmZ2hpamts?x?=\nFrom: =?utf-8?b?YWJjZ?=\n\n",
    "unknown charset": b"Content-Type: text/plain; charset=\xff\xfe\nSubject: =?x-evil?q?=ff?=\n\n\xff\xfe",
    "slow charset": b"Content-Type: text/plain; charset=punycode\n\n" + b"a-\xff" * 300_000,
    "no text encoding": b"Content-Type: text/plain; charset=zlib\n\nx\x9c\xff",
    "spaces before an address": HEAD + b"\n" + (b"rcpt to" + b" " * 890 + b"x,b@c.d " * 12 + b"\n") * 60,
    "a reply full of spaces": b"From: ana@x.example\nSubject: Re: oi\n\n" + b" " * 99_000 + b"x",
    "one address without its end": HEAD
    + b"Content-Type: message/delivery-status\n\n"
    + (b"Action: failed\nFinal-Recipient: rfc822; <" + b"a@" * 3_900 + b"\n\n") * 12,
    "base64": HEAD
    + b"Content-Transfer-Encoding: base64\n\n"
    + base64.b64encode(b"unknown user a@b.c\n" * 40_000),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_it_costs_little(content):
    started = time.process_time()
    report = parse_report(content)
    assert time.process_time() - started < SECONDS
    assert len(report.failures) <= 100


def test_memory_is_bounded():
    tracemalloc.start()
    try:
        parse_report(HOSTILE["multiparts in each other"])
        assert tracemalloc.get_traced_memory()[1] < 64 * MEGABYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "malformed"),
    [
        ("multiparts in each other", "nested too deeply"),
        ("messages in each other", "nested too deeply"),
        ("countless parts", "too many parts"),
        ("one endless line", ""),
    ],
)
def test_what_was_left_out_is_said(name, malformed):
    assert parse_message(HOSTILE[name]).malformed == malformed


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/report; boundary=b; report-type=delivery-status\n",
        b"--b\n",
        b"--b--\n",
        b"\n",
        b"Content-Type: message/delivery-status\n",
        b"Content-Type: message/rfc822\n",
        b"From: <>\n",
        b"To: \n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Type: text/html; charset=utf-16\n",
        b"Final-Recipient: ",
        b"rfc822; a@b.c\n",
        b"Action: failed\n",
        b"Status: 5.1.1\n",
        b"550 5.1.1 <a@b.c> unknown\n",
        b"Subject: =?utf-8?b?YWJjZ?=",
        b"Received: x\n",
        b"----- original message -----\n",
        b"@",
        b"<",
        b"=\xff",
        b"\r",
        "não existe ã".encode("latin-1"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=40))
def test_no_message_makes_it_fail(pieces):
    report = parse_report(b"".join(pieces))
    named = [failure.recipient for failure in report.failures]
    assert all(named) or named == [""]
