"""Replies as they come over the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.adapters.smtp.replies import MAX_REPLY_BYTES, MalformedReplyError, ReplyParser

LINES = st.lists(st.text("ab. 5", max_size=9), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.integers(200, 599), LINES), min_size=1), st.integers(1, 9))
def test_replies_are_read_however_they_are_cut(replies, size):
    wire = b""
    for code, lines in replies:
        for place, line in enumerate(lines, 1):
            wire += f"{code}{' ' if place == len(lines) else '-'}{line}\r\n".encode()
    reader = ReplyParser()
    found = [reply for at in range(0, len(wire), size) for reply in reader.feed(wire[at : at + size])]
    assert [(reply.code, list(reply.lines)) for reply in found] == replies
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


def test_a_reply_is_bounded_in_bytes_over_all_its_lines():
    parser, line = ReplyParser(), b"250-" + b"x" * 5000 + b"\r\n"
    for _ in range(MAX_REPLY_BYTES // len(line)):
        assert parser.feed(line) == []
    with pytest.raises(MalformedReplyError, match="endless"):
        parser.feed(line)
    assert len(ReplyParser().feed((line + b"250 ok\r\n") * 20)) == 20
