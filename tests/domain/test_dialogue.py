"""Lines of a dialogue, as the log may show them."""

import pytest

from mpftp.domain.dialogue import MAX_DIALOGUE_CHARS, format_received, format_sent
from mpftp.domain.foreign_text import keep_text, make_secret_filter


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("USER joana", "USER joana"),
        ("PASS p", "PASS ***"),
        ("pass a b c", "pass ***"),
        ("AUTH TLS", "AUTH TLS"),
        ("AUTH PLAIN AGpvYW5hAHA=", "AUTH PLAIN ***"),
        ("RETR PASS x", "RETR PASS x"),
        ("RETR a\tb\x1b", "RETR a b␛"),
    ],
)
def test_a_login_is_struck_whatever_it_is(line, shown):
    assert format_sent("h:21", line, keep_text) == f"h:21 > {shown}"


def test_a_known_secret_is_struck_anywhere_and_a_line_is_bounded():
    strike = make_secret_filter("segredo-1")
    assert "segredo" not in format_sent("h:21", "CWD segredo-1", strike)
    assert "segredo" not in format_received("h:21", "230 oi segredo-1", strike)
    assert len(format_received("h:21", "x" * 9999, strike)) == len("h:21 < ") + MAX_DIALOGUE_CHARS
