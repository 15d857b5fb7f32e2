"""Relays that misbehave: whatever they do, no contact is skipped, and the operator reads why."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from mpftp.domain.sending.schedule import exceeds_failure_rate
from tests.settings import make_relay

pytestmark = pytest.mark.real

ALL = 40


def everybody(count=ALL):
    return {f"u{number}@d{number % 3}.example" for number in range(count)}


def slow(seconds):
    """A script that answers a little late."""

    def wait(*_):
        time.sleep(seconds)

    return wait


def send_later(site, relay):
    """The relay is well again: what did not go out goes out now, retries included."""
    relay.script.clear()
    later = site.query("SELECT strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '+6 hours')")[0][0]
    assert site.run("send", "--now", later)[0] == 0


def resume(site, relay, count=ALL):
    """Later, with a relay that is well again, everybody gets theirs."""
    send_later(site, relay)
    assert site.states() == {"sent": count}
    assert set(relay.accepted) == everybody(count)


def test_no_relay_at_all(site):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site.configure(port)
    site.fill(ALL)
    code, out, err = site.run("send")
    assert (code, out) == (75, "")
    assert f"127.0.0.1:{port}" in err
    assert err.count("no connection: Connection refused") == 1
    assert site.states() == {"pending": ALL}


def test_status_tells_of_the_relay_until_it_takes_messages(site, sink):
    relay = sink({"BANNER": lambda *_: "554 go away"})
    site.configure(relay.port)
    site.fill(ALL)
    site.run("send")
    code, out, _ = site.run("status", "--check")
    assert code == 2
    assert f"relay: 127.0.0.1:{relay.port}" in out
    resume(site, relay)
    assert "relay" not in site.run("status", "--check")[1]


def test_status_tells_nothing_of_a_relay_for_which_no_message_waits(site, sink):
    relay = sink({"BANNER": lambda *_: "554 go away"})
    site.configure(relay.port)
    site.fill(ALL)
    site.run("send")
    site.run("campaign", "cancel", "1", "--yes")
    assert site.run("send")[0] == 0
    assert "relay" not in site.run("status", "--check")[1]


def test_a_banner_that_never_comes(site, sink):
    relay = sink({"BANNER": lambda *_: ""})
    site.configure(relay.port, timeout=1)
    site.fill(ALL)
    code, _, err = site.run("send")
    assert code == 75
    assert "no answer for 1 s" in err
    assert site.states() == {"pending": ALL}
    resume(site, relay)


def hasty(relay, **times):
    """*relay* as ours, with less patience than ``mpftp`` has."""
    return make_relay("127.0.0.1", relay.port, **{"timeout": 20.0, "data_timeout": 20.0} | times)


def test_a_relay_that_goes_silent_after_the_text(site, sink):
    relay = sink({"TEXT": lambda *_: ""})
    site.configure(relay.port)
    site.fill(ALL)
    sent = site.send_over(hasty(relay, timeout=1.0, final_dot_timeout=1.0))
    assert "out of order" in sent.errors[0].message
    assert "sent" not in site.states()
    assert site.query("SELECT sum(doubts) FROM delivery")[0][0] == site.states()["deferred"] <= 4
    resume(site, relay)


def test_a_relay_without_pipelining_that_goes_silent_after_the_text(site, sink):
    relay = sink({"TEXT": lambda *_: ""}, extensions=())
    site.configure(relay.port)
    site.fill(ALL)
    sent = site.send_over(hasty(relay, final_dot_timeout=1.0))
    assert "no answer for 1 s (final dot)" in sent.errors[0].message
    assert site.query("SELECT sum(doubts) FROM delivery")[0][0] == site.states()["deferred"] == 2
    resume(site, relay)


def test_a_relay_that_is_silent_after_data_has_its_own_time(site, sink):
    relay = sink({"DATA": lambda *_: ""}, extensions=())
    site.configure(relay.port)
    site.fill(ALL)
    sent = site.send_over(hasty(relay, data_timeout=1.0))
    assert "no answer for 1 s (DATA)" in sent.errors[0].message
    assert site.query("SELECT sum(doubts) FROM delivery")[0][0] == 0
    resume(site, relay)


def test_a_relay_that_is_slow_after_the_text_gets_the_time_it_needs(site, sink):
    """However little ``timeout_seconds`` is: a lost answer would make a second copy."""
    relay = sink({"TEXT": slow(1.5)})
    site.configure(relay.port, timeout=0.5)
    site.fill(2)
    assert site.run("send")[0] == 0
    assert sorted(relay.accepted) == sorted(everybody(2))


def test_a_message_whose_answer_was_lost_goes_out_once_more_and_no_more(site, sink):
    relay = sink({"TEXT": lambda *_: ""})
    site.configure(relay.port)
    site.fill(1)
    for attempt in range(4):
        later = datetime.now(UTC) + timedelta(hours=5 * attempt)
        site.send_over(hasty(relay, timeout=0.3, final_dot_timeout=0.3), now=later)
    assert len(relay.messages) == 2
    assert site.states() == {"doubt": 1}


def cut(*_):
    raise ConnectionError


def test_a_relay_that_takes_the_text_and_drops_the_line(site, sink):
    relay = sink({"TEXT": cut})
    site.configure(relay.port, connections=3)
    site.fill(ALL)
    code, _, err = site.run("send")
    assert code == 75
    assert "the connection was closed" in err
    states = site.states()
    assert states["deferred"] == site.query("SELECT sum(doubts) FROM delivery")[0][0] <= 3
    assert sum(states.values()) == ALL
    resume(site, relay)


def test_doubts_are_left_alone_when_the_operator_says_so(site, sink):
    relay = sink({"TEXT": cut})
    site.configure(relay.port, connections=3, top='on_doubt = "skip"')
    site.fill(ALL)
    assert site.run("send")[0] == 75
    doubtful = site.states()["doubt"]
    assert 0 < doubtful <= 3
    send_later(site, relay)
    assert site.states() == {"sent": ALL - doubtful, "doubt": doubtful}


@pytest.mark.parametrize("step", ["MAIL", "TEXT"])
def test_a_line_that_breaks_now_and_then(site, sink, step):
    def sometimes(_, __, count):
        if count % 9 == 0:
            raise ConnectionError

    relay = sink({step: sometimes})
    site.configure(relay.port)
    site.fill(ALL)
    site.run("send")
    states = site.states()
    assert sum(states.values()) == ALL
    assert states["sent"] == len(relay.accepted) == len(set(relay.accepted))
    resume(site, relay)


@pytest.mark.parametrize(
    ("step", "reply"),
    [("DATA", "250 Ok"), ("RCPT", "354 Go on"), ("TEXT", "354 Go on"), ("MAIL", "Hello")],
)
def test_answers_that_are_out_of_order(site, sink, step, reply):
    relay = sink({step: lambda *_: reply})
    site.configure(relay.port, connections=2)
    site.fill(ALL)
    code, _, err = site.run("send")
    assert code == 75
    assert "out of order" in err or "not an SMTP reply" in err
    assert "sent" not in site.states()
    if step == "DATA":
        resume(site, relay)


def test_an_answer_too_many_moves_no_verdict_to_another_message(site, sink):
    """552 comes before the text was read, and its own answer after it: the next message gets neither."""
    early = {"DATA": lambda sink, _, count: "354 Go on\r\n552 5.2.2 Over quota" if count == 3 else None}
    relay = sink(early)
    site.configure(relay.port, connections=1)
    site.fill(ALL)
    site.run("send")
    site.run("send")
    states = site.states()
    assert states["failed"] == 1
    assert states["sent"] == ALL - 1
    refused = site.query("SELECT email FROM delivery WHERE state = 'failed'")[0][0]
    assert set(relay.accepted) >= everybody() - {refused}
    assert site.query("SELECT count(*) FROM suppression") == [(0,)]


def test_a_refusal_in_the_middle_of_a_long_text(site, sink):
    html = (
        "<html><body>"
        + "<p>promoção imperdível</p>" * 40_000
        + "<a href='{{descadastro}}'>x</a></body></html>"
    )
    relay = sink({"DATA": lambda *_: "354 Go on\r\n552 5.3.4 Too much"}, extensions=("PIPELINING",))
    site.configure(relay.port, connections=1)
    site.fill(1, html=html)
    assert site.run("send") == (0, "", "")
    assert site.states() == {"failed": 1}
    assert site.query("SELECT code, reply FROM delivery") == [("552 5.3.4", "Too much")]


def test_a_sender_that_is_refused_costs_nobody_a_bounce(site, sink):
    relay = sink({"MAIL": lambda *_: "553 5.7.1 Sender not yours"})
    site.configure(relay.port)
    site.fill(ALL)
    code, _, err = site.run("send")
    assert code == 1
    assert "the sender is refused: 553 5.7.1 Sender not yours" in err
    assert site.states() == {"pending": ALL}
    assert site.query("SELECT count(*) FROM event") == [(0,)]
    resume(site, relay)


@pytest.mark.parametrize("word", ["EHLO", "MAIL", "DATA", "RCPT"])
@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["pipelining", "plain"])
def test_who_is_suppressed_hangs_on_the_step_of_the_refusal(site, sink, word, extensions):
    """The same words at each step: only an answer to RCPT speaks of the recipient."""
    code = "552 5.1.1" if word == "MAIL" else "550 5.1.1"  # 552: of MAIL's the one that speaks of a message
    turn = 1 if word == "EHLO" else 2
    relay = sink({word: lambda _, __, count: f"{code} User unknown" if count == turn else None}, extensions)
    site.configure(relay.port, connections=1)
    site.fill(6)
    site.run("send")
    assert site.states() == ({"pending": 6} if word == "EHLO" else {"sent": 5, "failed": 1})
    assert site.query("SELECT count(*) FROM suppression") == [(int(word == "RCPT"),)]
    steps = site.query("SELECT json_extract(evidence, '$.step') FROM bounce_judgement")
    assert steps == ([] if word == "EHLO" else [(word.lower(),)])


def test_a_relay_that_asks_to_slow_down_gets_it(site, sink):
    relay = sink({"MAIL": lambda _, __, count: "421 4.3.2 Slow down" if count == 7 else None})
    site.configure(relay.port)
    site.fill(ALL)
    assert site.run("send")[0] == 0
    assert site.states() == {"sent": ALL}
    assert len(relay.accepted) == ALL


def test_a_relay_that_takes_few_connections_gets_few(site, sink):
    crowd = {"BANNER": lambda sink, _, __: "421 4.7.0 Too many connections" if sink.connections > 2 else None}
    relay = sink(crowd, delay=0.005)
    site.configure(relay.port, connections=6)
    site.fill(ALL)
    assert site.run("send")[0] == 0
    assert site.states() == {"sent": ALL}


def test_a_message_larger_than_the_relay_takes_is_not_tried(site, sink):
    relay = sink(extensions=("PIPELINING", "SIZE 500"))
    site.configure(relay.port, client="stop_at_failure_rate = 1.0")
    site.fill(3)
    code, _, err = site.run("send")
    assert code == 1
    assert "552 5.3.4" in err
    assert "takes 500 at most" in err
    assert relay.counts["MAIL"] == 0
    ((state, reason),) = site.query("SELECT state, state_reason FROM campaign")
    assert (state, reason.partition(":")[0]) == ("paused", "relay")  # alike for all, so it is the relay's
    assert site.states() == {"pending": 3}


def test_a_campaign_that_fails_too_often_is_paused(site, sink):
    relay = sink({"RCPT": lambda _, who, count: "550 5.1.1 No such user" if count % 2 else None})
    site.configure(relay.port)
    site.fill(900)
    code, _, err = site.run("send")
    assert code == 1
    assert "acme/Promo_20260301 is paused" in err
    assert "mpftp campaign resume acme/Promo_20260301" in err
    states = site.states()
    assert sum(states.values()) == 900
    assert states["pending"] >= 700  # it is judged after each group of answers, of 200 at most
    assert exceeds_failure_rate(900 - states["pending"], states["failed"], 0.2)
    assert site.query("SELECT state FROM campaign") == [("paused",)]
    relay.script.clear()
    assert site.run("send") == (0, "", "")
    assert site.run("campaign", "resume", "Promo_20260301")[0] == 0
    assert site.run("send") == (0, "", "")
    assert site.states() == {"sent": 900 - states["failed"], "failed": states["failed"]}


def test_an_internationalised_address_needs_a_relay_that_knows_them(site, sink):
    emails = ["joão@exemplo.example", "ana@exemplo.example"]
    plain, modern = sink(), sink(extensions=("PIPELINING", "8BITMIME", "SMTPUTF8"))
    site.configure(plain.port, client="stop_at_failure_rate = 1.0")
    site.fill(2, "One", emails=emails)
    assert site.run("send") == (0, "", "")
    (reply,) = site.query("SELECT reply FROM delivery WHERE state = 'failed'")
    assert "SMTPUTF8" in reply[0]
    assert plain.accepted == ["ana@exemplo.example"]
    site.configure(modern.port)
    site.fill(2, "Two", emails=emails)
    site.run("send")
    assert "joão@exemplo.example" in modern.accepted
    assert any("SMTPUTF8" in line for line in modern.dialogue if line.startswith("MAIL"))


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
@pytest.mark.parametrize("limit", [1, 3])
def test_a_relay_that_closes_after_so_many_messages_costs_no_time(site, sink, limit, extensions):
    relay = sink(per_connection=limit, extensions=extensions)
    site.configure(relay.port)
    site.fill(60)
    code, _, err = site.run("send", "-v")
    assert code == 0
    assert sorted(relay.accepted) == sorted(everybody(60))
    assert (
        relay.moments[-1] - relay.moments[0] < 4
    )  # 0.2 s on a quiet machine; each rest would be 1 s or more
    assert site.query("SELECT max(attempts) FROM delivery") == [(1,)]
    assert f"messages_per_connection = {limit}`" in err


def test_a_relay_that_closes_at_different_points_teaches_nothing(site, sink):
    def sometimes(sink, _, count):
        sink.per_connection = 2 + count % 5

    relay = sink({"BANNER": sometimes})
    site.configure(relay.port, connections=1)
    site.fill(60)
    code, _, err = site.run("send", "-v")
    assert code == 0
    assert sorted(relay.accepted) == sorted(everybody(60))
    assert "messages_per_connection" not in err


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "TEXT"])
def test_a_relay_that_wants_a_login_costs_nobody_a_bounce(site, sink, step, extensions):
    relay = sink(extensions=extensions)
    site.configure(relay.port, connections=2)
    site.fill(5)
    for reply in (
        "530 5.7.0 Must issue a STARTTLS command first", "535 5.7.8 Bad credentials",
        "538 5.7.11 Encryption needed", "550 5.7.1 Authentication required",
    ):  # fmt: skip
        relay.script[step] = lambda *_, reply=reply: reply
        code, _, err = site.run("send")
        assert code == 1
        assert f"it wants a login: {reply}" in err
        assert site.states() == {"pending": 5}
        assert site.query("SELECT count(*) FROM event") == [(0,)]
    resume(site, relay, 5)


@pytest.mark.parametrize("code", ["999", "600", "199"])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "TEXT"])
def test_a_code_that_is_none_refuses_nobody(site, sink, step, code):
    relay = sink({step: lambda *_: f"{code} hm"}, extensions=())
    site.configure(relay.port, connections=2)
    site.fill(5)
    assert site.run("send")[0] == 75
    assert not {"failed", "sent"} & site.states().keys()
    assert site.query("SELECT count(*) FROM event") == [(0,)]
