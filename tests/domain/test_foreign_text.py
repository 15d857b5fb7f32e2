"""What servers say: no secret in it, nothing that a terminal would obey, bounded."""

from __future__ import annotations

import urllib.parse
from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mpftp.domain.foreign_text import clean_foreign_text, keep_text, make_secret_filter

SECRET = "S3cr3t+Pw/ção"


def encoded(text):
    return b64encode(text.encode()).decode()


ECHOES = {
    "as it is": SECRET,
    "in capitals": SECRET.upper(),
    "AUTH LOGIN": encoded(SECRET),
    "AUTH PLAIN": encoded(f"\0joana\0{SECRET}"),
    "AUTH PLAIN with an identity": encoded(f"loja\0joana\0{SECRET}"),
    "AUTH XOAUTH2": encoded(f"user=joana\1auth=Bearer {SECRET}\1\1"),
    "base64 for addresses": urlsafe_b64encode(SECRET.encode()).decode(),
    "hexadecimal": SECRET.encode().hex().upper(),
    "percent": urllib.parse.quote(SECRET),
    "bytes": repr(SECRET.encode()),
    "quoted": SECRET.replace("+", "\\+"),
    "over two lines": SECRET[:6] + "\r\n" + SECRET[6:],
    "with an escape": SECRET[:5] + "\x1b\x00" + SECRET[5:],
    "its beginning": SECRET[:8],
    "its end": SECRET[-8:],
}


@pytest.mark.parametrize("kind", ECHOES)
def test_an_echo_of_the_secret_is_struck_out(kind):
    said = f"Login incorrect for {ECHOES[kind]}, try again"
    shown = clean_foreign_text(said, make_secret_filter("", SECRET))
    assert shown.startswith("Login incorrect for ")
    assert shown.endswith(", try again")
    assert "***" in shown
    rest = shown.removeprefix("Login incorrect for ").removesuffix(", try again")
    assert not any(rest[at : at + 4] in ECHOES[kind] for at in range(len(rest) - 3))


@pytest.mark.parametrize("said", ["Login incorrect", "secretaria is full", "AUTH PLAIN", "", "AHVzZXIA"])
def test_other_words_stay(said):
    assert clean_foreign_text(said, make_secret_filter(SECRET)) == said


def test_a_short_secret_is_struck_out_as_a_word_only():
    strike = make_secret_filter("no", "7")
    assert strike("530 no: 7 is not known, nothing") == "530 ***: *** is not known, nothing"


def test_no_secret_is_no_filter():
    assert make_secret_filter("", "") is keep_text


@given(st.text(min_size=8, max_size=40), st.text(max_size=40), st.binary(max_size=5))
@example("0" * 8, "", b"")
@example("İstanbul-İzmir", "", b"")
def test_no_secret_survives_in_any_dialogue(secret, around, before):
    if len("".join(secret.split())) < 4 or not secret.isprintable():
        return
    strike = make_secret_filter(secret)
    assert secret.strip() not in strike(f"{around} {secret} {around}")
    blob = b64encode(before + secret.encode()).decode()
    assert blob[8:] not in strike(f"535 {blob}") or len(blob) < 16


def test_what_a_terminal_would_obey_is_spelled_out_and_long_texts_are_cut():
    assert clean_foreign_text("no \x1b]0;PWNED\x07\r\n550 x\u202ey") == "no ␛]0;PWNED␇ 550 x<U+202E>y"
    assert clean_foreign_text("y" * 500) == "y" * 197 + "..."
    assert clean_foreign_text("y" * 190 + SECRET, make_secret_filter(SECRET)) == "***"
