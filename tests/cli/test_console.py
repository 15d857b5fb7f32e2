"""Text for consoles that have few characters: nothing fails, and what can be read stays readable."""

from __future__ import annotations

import pytest

from mpftp.cli.console import encode_for_console


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("cp850", 'Jo\u00e3o ... -> "\u00e7" -\u2500 c \\u20ac'.encode("cp850")),
        ("cp1252", "Jo\u00e3o \u2026 -> \u201c\u00e7\u201d \u2014- c \u20ac".encode("cp1252")),
        ("ascii", b'Joao ... -> "c" -- c \\u20ac'),
        ("utf-8", "Jo\u00e3o \u2026 \u2192 \u201c\u00e7\u201d \u2014\u2500 \u010d \u20ac".encode()),
        (None, "Jo\u00e3o \u2026 \u2192 \u201c\u00e7\u201d \u2014\u2500 \u010d \u20ac".encode()),
    ],
)
def test_what_a_console_lacks_becomes_what_looks_alike(encoding, shown):
    text = "Jo\u00e3o \u2026 \u2192 \u201c\u00e7\u201d \u2014\u2500 \u010d \u20ac"
    assert encode_for_console(text, encoding) == shown


def test_the_bytes_of_a_files_name_are_shown_or_escaped():
    assert encode_for_console("a\udce3", "utf-8") == b"a\xe3"
    assert encode_for_console("a\udce3", "cp1252") == b"a\\udce3"
