"""`mpftp send` against relays that do as they should."""

import email
import email.policy
import signal
import time

import pytest

pytestmark = pytest.mark.real


def test_every_contact_gets_one_whole_message(site, sink):
    relay = sink()
    site.configure(relay.port)
    site.fill(120)
    code, out, err = site.run("send")
    assert (code, out, err) == (0, "", "")
    assert sorted(relay.accepted) == sorted(f"u{number}@d{number % 3}.example" for number in range(120))
    for raw in relay.messages:
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
        assert not message.defects
        assert message["To"].addresses[0].addr_spec in relay.accepted
        assert "Olá Zé" in message["Subject"]
    assert site.states() == {"sent": 120}
    assert site.query("SELECT state FROM campaign") == [("finished",)]
    assert site.query("SELECT count(*) FROM publication WHERE published_at IS NULL") == [(1,)]


def test_smtp_sink_of_postfix_takes_what_we_send(site, smtp_sink, tmp_path):
    (tmp_path / "dump").mkdir(mode=0o777)
    (tmp_path / "dump").chmod(0o777)
    tmp_path.chmod(0o755)
    site.configure(smtp_sink("-d", "dump/%M."), connections=7)
    site.fill(300)
    assert site.run("send") == (0, "", "")
    assert site.states() == {"sent": 300}
    dumps = [path.read_text() for path in (tmp_path / "dump").iterdir()]
    recipients = [dump.partition("X-Rcpt-Args: <")[2].partition(">")[0] for dump in dumps]
    assert sorted(recipients) == sorted(f"u{number}@d{number % 3}.example" for number in range(300))


@pytest.mark.parametrize("extensions", [(), ("PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8")])
def test_speaks_with_what_the_relay_offers(site, sink, extensions):
    relay = sink(extensions=extensions)
    site.configure(relay.port, connections=2)
    site.fill(20)
    assert site.run("send") == (0, "", "")
    assert len(set(relay.accepted)) == len(relay.accepted) == 20


def test_uses_the_connections_it_may_and_no_more(site, sink):
    relay = sink(delay=0.01)
    site.configure(relay.port, connections=3)
    site.fill(60)
    assert site.run("send")[0] == 0
    assert relay.most == 3


def test_a_run_leaves_the_whole_state_in_its_one_file(site, sink):
    """A reader that closes last leaves SQLite's log behind, and the file is not all of the state."""
    site.configure(sink().port)
    for number in range(4):
        site.fill(200, f"Promo{number}")
        assert site.run("send") == (0, "", "")
        assert [path.name for path in site.folder.glob("state.db-*")] == []


def test_a_second_run_sends_nothing(site, sink):
    relay = sink()
    site.configure(relay.port)
    site.fill(5)
    site.run("send")
    assert site.run("send") == (0, "", "")
    assert len(relay.accepted) == 5


def test_a_refused_recipient_is_named_and_suppressed_and_the_others_get_theirs(site, sink):
    refuse = {"RCPT": lambda _, who, __: "550 5.1.1 No such user" if "u3@" in who else None}
    relay = sink(refuse)
    site.configure(relay.port)
    site.fill(10)
    assert site.run("send") == (0, "", "")
    assert site.states() == {"sent": 9, "failed": 1}
    assert site.query("SELECT line, code, reply FROM delivery WHERE state = 'failed'") == [
        (5, "550 5.1.1", "No such user")
    ]
    assert site.query("SELECT class, code, reason FROM event") == [("permanent", "5.1.1", "user-unknown")]
    assert site.query("SELECT email, reason FROM suppression") == [("u3@d0.example", "bounce")]


def test_a_refused_content_suppresses_nobody(site, sink):
    relay = sink({"TEXT": lambda _, who, __: "554 5.6.0 Content refused" if "u3@" in who else None})
    site.configure(relay.port)
    site.fill(10)
    assert site.run("send") == (0, "", "")
    assert site.states() == {"sent": 9, "failed": 1}
    assert site.query("SELECT count(*) FROM suppression") == [(0,)]


def test_a_deferral_waits_and_then_goes_out(site, sink):
    relay = sink(
        {"RCPT": lambda s, who, n: "450 4.2.1 Later" if "u3@" in who and len(s.accepted) < 9 else None}
    )
    site.configure(relay.port, connections=1)
    site.fill(10)
    assert site.run("send") == (0, "", "")
    assert site.states() == {"sent": 9, "deferred": 1}
    assert site.run("send") == (0, "", "")
    assert site.states() == {"sent": 9, "deferred": 1}
    later = site.query("SELECT next_at FROM delivery WHERE state = 'deferred'")[0][0] / 1000
    assert 200 < later - time.time() < 400
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(later + 1))
    assert site.run("send", "--now", moment) == (0, "", "")
    assert site.states() == {"sent": 10}


def test_a_deferral_that_lasts_too_long_comes_back_as_a_transient_bounce(site, sink):
    relay = sink({"RCPT": lambda _, who, __: "452 4.2.2 Full" if "u3@" in who else None})
    site.configure(relay.port)
    site.fill(10)
    site.run("send")
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 25 * 3600))
    assert site.run("send", "--now", tomorrow) == (0, "", "")
    assert site.states() == {"sent": 9, "failed": 1}
    assert site.query("SELECT class, code, reason FROM event") == [("transient", "4.2.2", "mailbox-full")]
    assert site.query("SELECT count(*) FROM suppression") == [(0,)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_nothing_in_doubt(site, sink, number):
    relay = sink(delay=0.005)
    site.configure(relay.port)
    site.fill(400)
    process = site.start("send")
    while len(relay.accepted) < 20:
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    sent = site.states()["sent"]
    assert site.states() == {"sent": sent, "pending": 400 - sent}
    assert len(relay.accepted) == sent < 400
    assert site.query("SELECT sum(doubts) FROM delivery") == [(0,)]


def test_the_client_is_told_when_a_campaign_is_finished(site, sink):
    relay = sink()
    site.configure(relay.port, client='notify = "dono@acme.example"')
    emails = ["ana@exemplo.example", "bia@exemplo.example"]
    site.fill(2, emails=emails)
    assert site.run("send") == (0, "", "")
    assert sorted(relay.accepted[:2]) == emails
    assert relay.accepted[2:] == ["dono@acme.example"] * 2  # accepted, finished
    assert site.run("send") == (0, "", "")
    assert len(relay.accepted) == 4


def test_what_was_answered_is_settled_before_the_goodbyes(site, sink):
    """A relay may be slow with its goodbye; who asks meanwhile is told of nothing that is in flight."""
    relay = sink({"QUIT": lambda *_: time.sleep(3)})
    site.configure(relay.port, connections=1)
    site.fill(30)
    process = site.start("send")
    while relay.counts["QUIT"] == 0:
        time.sleep(0.01)
    time.sleep(0.5)
    assert (site.states(), process.poll()) == ({"sent": 30}, None)
    assert (process.communicate(timeout=30)[1], process.returncode) == ("", 0)


@pytest.mark.parametrize("domain", ["*", "d0.example"])
def test_a_cancelled_campaign_gives_back_what_awaits_its_turn(site, sink, domain):
    relay = sink()
    site.configure(relay.port, top=f'[throttle]\n"{domain}" = "6/min"')
    site.fill(9)
    process = site.start("send")
    while not relay.accepted:
        time.sleep(0.01)
    time.sleep(2)
    assert site.states()["sent"] == len(relay.accepted) < 9
    code, out, _ = site.run("campaign", "cancel", "Promo_20260301", "--yes")
    assert (code, "in flight" in out) == (0, False)
    assert (process.communicate(timeout=30)[1], process.returncode) == ("", 0)
    assert site.states() == {"sent": len(relay.accepted), "cancelled": 9 - len(relay.accepted)}


@pytest.mark.parametrize("order", ["pause", "cancel"])
@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_an_order_is_obeyed_at_once(site, sink, order, extensions):
    relay = sink(extensions=extensions, delay=0.05)
    site.configure(relay.port, connections=4)
    site.fill(2000)
    site.fill(40, "Other", emails=[f"other{number}@d.example" for number in range(40)])
    process = site.start("send")
    while len(relay.accepted) < 20:
        time.sleep(0.01)
    words = ["--yes"] if order == "cancel" else []
    code, out, _ = site.run("campaign", order, "Promo_20260301", *words)
    at_once = sum(not who.startswith("other") for who in relay.accepted)
    assert code == 0
    process.communicate(timeout=50)
    assert process.returncode == 0
    went_out = sum(not who.startswith("other") for who in relay.accepted)
    assert went_out - at_once <= 4  # one a connection
    assert len(relay.accepted) - went_out == 40
    if order == "cancel":
        assert f"is cancelled; {2000 - went_out} messages will not go out\n" in out
    states = {"sent": went_out + 40, "cancelled" if order == "cancel" else "pending": 2000 - went_out}
    assert site.states() == states
