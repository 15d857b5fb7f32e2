"""The pure parts of the SMTP engine: shares, records of relays, replies, logins, frames."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.adapters.smtp import sasl
from mpftp.adapters.smtp.frames import FrameDecoder, encode_frame
from mpftp.adapters.smtp.relay import Relay, assign_relays
from mpftp.adapters.smtp.relay_health import (
    MAX_DEFERRALS_IN_A_ROW,
    MAX_FAILURES_IN_A_ROW,
    RelayHealth,
    choose_relay,
)
from mpftp.adapters.smtp.replies import MAX_REPLY_BYTES, MalformedReplyError, ReplyParser


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(1, 60))
def test_connections_are_shared_by_weight(weights, connections):
    relays = [Relay(f"r{place}", weight=weight) for place, weight in enumerate(weights)]
    counts = Counter(assign_relays(relays, connections))
    for place, weight in enumerate(weights):
        assert abs(counts[place] - connections * weight / sum(weights)) < len(weights)


def test_backups_get_no_share_unless_there_is_nothing_else():
    assert set(assign_relays([Relay("a"), Relay("b", backup=True)], 8)) == {0}
    assert set(assign_relays([Relay("b", backup=True)], 8)) == {0}


def test_the_next_connection_goes_where_it_should_while_that_relay_works():
    tracks = [
        RelayHealth(Relay("a", weight=3)),
        RelayHealth(Relay("b")),
        RelayHealth(Relay("c", backup=True)),
    ]
    assert choose_relay(tracks, 1.0, 1) is tracks[1]
    tracks[1].record_failure("closed", 1.0, permanent=False)
    assert choose_relay(tracks, 1.0, 1) is tracks[0]
    tracks[0].record_failure("refused", 1.0, permanent=True)
    assert choose_relay(tracks, 1.0, 0) is tracks[2]
    tracks[2].record_failure("closed", 1.0, permanent=True)
    assert choose_relay(tracks, 1.0, 0) is None


def test_a_relay_that_has_worked_gets_more_patience():
    fresh, proven = RelayHealth(Relay("a")), RelayHealth(Relay("b"))
    proven.record_accepted()
    fresh.record_failure("closed", 0.0, permanent=False)
    assert fresh.is_unavailable
    for attempt in range(MAX_FAILURES_IN_A_ROW):
        assert not proven.is_unavailable
        proven.record_failure("closed", 1000.0 * attempt, permanent=False)
    assert proven.is_unavailable


def test_a_burst_of_failures_counts_once():
    track = RelayHealth(Relay("a"))
    track.record_accepted()
    for _ in range(20):
        track.record_failure("closed", 5.0, permanent=False)
    assert track.failures == 1


def test_deferrals_rest_longer_and_longer_until_the_relay_counts_as_away():
    track = RelayHealth(Relay("a"))
    rests = [rest for _ in range(MAX_DEFERRALS_IN_A_ROW) if (rest := track.record_deferral())]
    assert rests == sorted(rests)
    assert track.is_unavailable
    track.record_accepted()
    assert not track.is_unavailable


LINES = st.lists(st.text("ab. 5", max_size=9), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.integers(200, 599), LINES), min_size=1), st.integers(1, 9))
def test_replies_are_read_however_they_are_cut(replies, size):
    wire = b""
    for code, lines in replies:
        for place, line in enumerate(lines, 1):
            wire += f"{code}{' ' if place == len(lines) else '-'}{line}\r\n".encode()
    reader = ReplyParser()
    found = [reply for at in range(0, len(wire), size) for reply in reader.feed(wire[at : at + size])]
    assert [(reply.code, list(reply.connections)) for reply in found] == replies
    assert reader.is_empty


@pytest.mark.parametrize("data", [b"Hello\r\n", b"99 x\r\n", b"250+Ok\r\n", b"2" * (MAX_REPLY_BYTES + 1)])
def test_what_is_no_reply(data):
    with pytest.raises(MalformedReplyError):
        ReplyParser().feed(data)


def test_a_reply_is_told_with_its_status_once():
    (reply,) = ReplyParser().feed(b"550-5.1.1 No such user\r\n550 5.1.1 here. " + b"x" * 500 + b"\r\n")
    code, text = reply.status_and_text()
    assert code == "550 5.1.1"
    assert text.startswith("No such user here. xxx")
    assert len(text) == 200


def test_no_password_goes_over_an_open_line():
    relay = Relay("relay.example", user="u", password="s")
    offered = frozenset({"PLAIN", "LOGIN", "CRAM-MD5"})
    assert sasl.choose_mechanism(relay, offered, encrypted=False) == "CRAM-MD5"
    assert sasl.choose_mechanism(relay, offered - {"CRAM-MD5"}, encrypted=False) is None
    assert sasl.choose_mechanism(relay, offered, encrypted=True) == "PLAIN"
    assert (
        sasl.choose_mechanism(Relay("localhost", user="u"), frozenset({"PLAIN"}), encrypted=False) == "PLAIN"
    )
    assert "segredo" not in repr(Relay("x", password="segredo"))


def test_cram_md5_as_in_its_rfc():
    """RFC 2195, section 2."""
    relay = Relay("x", user="tim", password="tanstaaftanstaaf")
    command, answers = sasl.start_auth(relay, "CRAM-MD5")
    challenge = b64encode(b"<1896.697170952@postoffice.reston.mci.net>").decode()
    assert command == "AUTH CRAM-MD5"
    said = b64decode(sasl.respond(answers, challenge))
    assert said == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_a_mechanism_that_is_not_known_is_never_spoken():
    relay = Relay("x", user="u", password="s", auth="scram-sha-256")
    assert sasl.choose_mechanism(relay, frozenset({"SCRAM-SHA-256", "CRAM-MD5"}), encrypted=True) is None
    with pytest.raises(ValueError, match="SCRAM-SHA-256"):
        sasl.start_auth(relay, "SCRAM-SHA-256")


@given(st.lists(st.tuples(st.text(), st.integers(), st.binary()), max_size=5), st.integers(1, 50))
def test_frames_are_read_however_they_are_cut(messages, size):
    wire = b"".join(encode_frame(message) for message in messages)
    unpacker = FrameDecoder()
    found = [one for at in range(0, len(wire), size) for one in unpacker.feed(wire[at : at + size])]
    assert found == messages
