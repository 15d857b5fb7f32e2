"""The pure parts of the SMTP engine: shares, records of relays, replies, logins, frames."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.adapters.smtp import login
from mpftp.adapters.smtp.frames import Unpacker, pack
from mpftp.adapters.smtp.relay import Relay, share
from mpftp.adapters.smtp.replies import MOST_BYTES, ReplyReader, UnreadableReplyError
from mpftp.adapters.smtp.track import ALL_DEFERRED, PATIENCE, Track, pick


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(1, 60))
def test_connections_are_shared_by_weight(weights, connections):
    relays = [Relay(f"r{place}", weight=weight) for place, weight in enumerate(weights)]
    counts = Counter(share(relays, connections))
    for place, weight in enumerate(weights):
        assert abs(counts[place] - connections * weight / sum(weights)) < len(weights)


def test_backups_get_no_share_unless_there_is_nothing_else():
    assert set(share([Relay("a"), Relay("b", backup=True)], 8)) == {0}
    assert set(share([Relay("b", backup=True)], 8)) == {0}


def test_the_next_connection_goes_where_it_should_while_that_relay_works():
    tracks = [Track(Relay("a", weight=3)), Track(Relay("b")), Track(Relay("c", backup=True))]
    assert pick(tracks, 1.0, 1) is tracks[1]
    tracks[1].failed("closed", 1.0, lasting=False)
    assert pick(tracks, 1.0, 1) is tracks[0]
    tracks[0].failed("refused", 1.0, lasting=True)
    assert pick(tracks, 1.0, 0) is tracks[2]
    tracks[2].failed("closed", 1.0, lasting=True)
    assert pick(tracks, 1.0, 0) is None


def test_a_relay_that_has_worked_gets_more_patience():
    fresh, proven = Track(Relay("a")), Track(Relay("b"))
    proven.accepted()
    fresh.failed("closed", 0.0, lasting=False)
    assert fresh.is_away
    for attempt in range(PATIENCE):
        assert not proven.is_away
        proven.failed("closed", 1000.0 * attempt, lasting=False)
    assert proven.is_away


def test_a_burst_of_failures_counts_once():
    track = Track(Relay("a"))
    track.accepted()
    for _ in range(20):
        track.failed("closed", 5.0, lasting=False)
    assert track.failures == 1


def test_deferrals_rest_longer_and_longer_until_the_relay_counts_as_away():
    track = Track(Relay("a"))
    rests = [rest for _ in range(ALL_DEFERRED) if (rest := track.deferred())]
    assert rests == sorted(rests)
    assert track.is_away
    track.accepted()
    assert not track.is_away


LINES = st.lists(st.text("ab. 5", max_size=9), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.integers(200, 599), LINES), min_size=1), st.integers(1, 9))
def test_replies_are_read_however_they_are_cut(replies, size):
    wire = b""
    for code, lines in replies:
        for place, line in enumerate(lines, 1):
            wire += f"{code}{' ' if place == len(lines) else '-'}{line}\r\n".encode()
    reader = ReplyReader()
    found = [reply for at in range(0, len(wire), size) for reply in reader.feed(wire[at : at + size])]
    assert [(reply.code, list(reply.lines)) for reply in found] == replies
    assert reader.is_empty


@pytest.mark.parametrize("data", [b"Hello\r\n", b"99 x\r\n", b"250+Ok\r\n", b"2" * (MOST_BYTES + 1)])
def test_what_is_no_reply(data):
    with pytest.raises(UnreadableReplyError):
        ReplyReader().feed(data)


def test_a_reply_is_told_with_its_status_once():
    (reply,) = ReplyReader().feed(b"550-5.1.1 No such user\r\n550 5.1.1 here. " + b"x" * 500 + b"\r\n")
    code, text = reply.told()
    assert code == "550 5.1.1"
    assert text.startswith("No such user here. xxx")
    assert len(text) == 200


def test_no_password_goes_over_an_open_line():
    relay = Relay("relay.example", user="u", secret="s")
    offered = frozenset({"PLAIN", "LOGIN", "CRAM-MD5"})
    assert login.choose(relay, offered, encrypted=False) == "CRAM-MD5"
    assert login.choose(relay, offered - {"CRAM-MD5"}, encrypted=False) is None
    assert login.choose(relay, offered, encrypted=True) == "PLAIN"
    assert login.choose(Relay("localhost", user="u"), frozenset({"PLAIN"}), encrypted=False) == "PLAIN"
    assert "segredo" not in repr(Relay("x", secret="segredo"))


def test_cram_md5_as_in_its_rfc():
    """RFC 2195, section 2."""
    relay = Relay("x", user="tim", secret="tanstaaftanstaaf")
    command, answers = login.begin(relay, "CRAM-MD5")
    challenge = b64encode(b"<1896.697170952@postoffice.reston.mci.net>").decode()
    assert command == "AUTH CRAM-MD5"
    said = b64decode(login.answer(answers, challenge))
    assert said == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_a_mechanism_that_is_not_known_is_never_spoken():
    relay = Relay("x", user="u", secret="s", auth="scram-sha-256")
    assert login.choose(relay, frozenset({"SCRAM-SHA-256", "CRAM-MD5"}), encrypted=True) is None
    with pytest.raises(ValueError, match="SCRAM-SHA-256"):
        login.begin(relay, "SCRAM-SHA-256")


@given(st.lists(st.tuples(st.text(), st.integers(), st.binary()), max_size=5), st.integers(1, 50))
def test_frames_are_read_however_they_are_cut(messages, size):
    wire = b"".join(pack(message) for message in messages)
    unpacker = Unpacker()
    found = [one for at in range(0, len(wire), size) for one in unpacker.feed(wire[at : at + size])]
    assert found == messages
