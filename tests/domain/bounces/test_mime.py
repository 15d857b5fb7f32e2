"""How a message is parted: what is a boundary line and what only looks like one (RFC 2046, 5.1.1)."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpftp.domain.bounces.mime import (
    MAX_FIELDS,
    MAX_HEADER_FIELD_CHARS,
    parse_headers,
    parse_message,
)

HEAD = b"Content-Type: multipart/mixed; boundary=B\n\n"


def contents(body):
    return [section.content for section in parse_message(HEAD + body).sections]


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (b"--B\n\none\n--B\n\ntwo\n--B--\nafter", [b"one", b"two"]),
        (b"before\r\n--B\r\n\r\none\r\n--B--", [b"one"]),
        (b"--B \t\n\none\n   --B--\t\n", [b"one"]),
        (b"--B\n\ncut off", [b"cut off"]),
        (b"--B\n\n--Bee\nx--B\n    --B\n--B-\n--B--", [b"--Bee\nx--B\n    --B\n--B-"]),
    ],
)
def test_a_boundary_stands_alone_on_its_line(body, parts):
    assert contents(body) == parts


PIECES = st.sampled_from([b"--B", b"--", b"B", b"-", b"\n", b"\r\n", b"\r", b" ", b"\t", b"x", b"\n\n"])


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=25))
def test_boundaries_are_those_of_the_pattern(pieces):
    part = b"\n" + b"".join(pieces)
    end = re.search(rb"\r?\n[ \t]{0,3}--B(?:--)?[ \t]*(?=\r?\n|\Z)", part + b"\n--B--")
    assert contents(b"--B\n" + part + b"\n--B--")[0] == part[: end.start()].removeprefix(b"\n")


def test_header_fields_are_unfolded_and_what_is_no_field_is_left_out():
    block = b" begins folded\r\nTo: a@b.example,\r\n\tc@d.example\r\nnone\r\n folded\r\nX-B : 2\r\n\r\nnot: 1"
    assert parse_headers(block).fields == [("to", "a@b.example, c@d.example"), ("x-b", "2")]


def test_header_fields_have_limits():
    many = parse_headers(b"".join(b"X-%d: 1\r\n" % number for number in range(2 * MAX_FIELDS)))
    assert len(many.fields) == MAX_FIELDS
    (folded,) = parse_headers(b"To: 1\n" + b" 2\n" * MAX_HEADER_FIELD_CHARS).all("to")
    assert len(folded) <= MAX_HEADER_FIELD_CHARS
