"""Text from outside, as people and programs read it."""

from __future__ import annotations

import json

import pytest

from mpftp.domain.printable import escape_invisible, format_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("João\tnu", "João nu"),
        ("a\x1b[2J", "a␛[2J"),
        ("a\u202eb\u200b", "a<U+202E>b<U+200B>"),
        ("\udce9", "<E9>"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text, shown):
    assert escape_invisible(text) == shown


def test_json_is_seen_whole_and_read_back():
    value = {"names": ["João", "a\x1b\x9b\u202e", "byte \udce9", "😀"]}
    for indent in (None, 2):
        text = format_json(value, indent)
        assert json.loads(text) == value
        assert text.replace("\n", "").isprintable()
        assert "João" in text
