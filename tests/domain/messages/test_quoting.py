"""Quoted-printable and header lines: what the standard library reads back is what was meant."""

from __future__ import annotations

import quopri
import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.messages.quoting import (
    encode_quoted_printable,
    format_header,
    format_mailbox,
    replace_controls,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
AWKWARD = st.lists(
    st.sampled_from(["\r\n", "\r", "\n", ".", "From ", "=", "é", "漢", "😀", " ", "\t", "x" * 74])
)


def lines_of(encoded: bytes) -> list[bytes]:
    return encoded.split(b"\r\n")


@given(TEXT | AWKWARD.map("".join))
def test_quoted_printable_reads_back_and_every_line_leaves_room_for_a_soft_break(text: str):
    encoded = encode_quoted_printable(text)
    expected = re.sub("\r\n|\r|\n", "\r\n", text)
    assert quopri.decodestring(encoded).decode() == expected
    for line in lines_of(encoded):
        assert len(line) <= 76
        assert not line.endswith((b" ", b"\t"))
        assert not line.startswith((b".", b"From "))
        assert re.fullmatch(rb"(?:[\t !-<>-~]|=[0-9A-F]{2})*=?", line)


@given(AWKWARD.map("".join))
def test_no_character_is_cut_by_a_soft_break(text: str):
    for line in lines_of(encode_quoted_printable(text)):
        quopri.decodestring(line.removesuffix(b"=")).decode("utf-8")


def test_what_cannot_be_utf_8_does_not_stop_a_message():
    assert encode_quoted_printable("a\ud800b") == b"a?b"


def test_an_empty_text_is_nothing():
    assert encode_quoted_printable("") == b""


@given(TEXT | AWKWARD.map("".join))
def test_a_header_reads_back_as_one_line_whatever_the_text(text: str):
    line = format_header("Subject", text)
    assert line.endswith(b"\r\n")
    assert line.isascii()
    message = message_from_bytes(line + b"X-After: yes\r\n\r\nbody", policy=policy.default)
    assert message.keys() == ["Subject", "X-After"]
    assert message["Subject"] == replace_controls(text)
    assert all(len(part) <= 76 for part in lines_of(line))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ofertas da semana", b"Subject: Ofertas da semana\r\n"),
        ("Olá", b"Subject: =?utf-8?B?T2zDoQ==?=\r\n"),
        ("a\r\nBcc: x@y", b"Subject: a Bcc: x@y\r\n"),
        ("=?utf-8?B?T2zDoQ==?=", b"Subject: =?utf-8?B?PT91dGYtOD9CP1QyekRvUT09Pz0=?=\r\n"),
    ],
)
def test_a_header_is_plain_where_it_can_be(text: str, expected: bytes):
    assert format_header("Subject", text) == expected


@given(TEXT)
def test_a_display_name_reads_back_with_its_address(display: str):
    """Read by the older of the library's two parsers: the newer puts a space between two encoded-words
    of a name, against RFC 2047, 6.2.
    """
    line = format_mailbox(display, "loja@loja.example")
    name, address = parseaddr(line.decode().replace("\r\n", ""))
    assert address == "loja@loja.example"
    decoded = str(make_header(decode_header(name))) if name else ""
    assert " ".join(decoded.split()) == " ".join(replace_controls(display).split())
    assert all(len(part) <= 78 for part in lines_of(b"Reply-To: " + line))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=9))
def test_a_short_display_name_reads_back_with_the_newer_parser_too(display: str):
    line = b"From: " + format_mailbox(display, "loja@loja.example") + b"\r\n\r\n"
    address = message_from_bytes(line, policy=policy.default)["From"].addresses[0]
    assert address.addr_spec == "loja@loja.example"
    assert " ".join(address.display_name.split()) == " ".join(replace_controls(display).split())
