"""What we and a server say to each other, as the log of ``-vv`` shows it: without our secrets."""

from __future__ import annotations

import re

from mpftp.domain.foreign_text import STRUCK, SecretFilter, clean_foreign_text

MAX_DIALOGUE_CHARS = 500  # characters of one line of a dialogue, in the log

_TELLS_SECRET = re.compile(r"(PASS|ACCT|AUTH \S+)(?: .*)", re.IGNORECASE | re.DOTALL)


def format_sent(peer: str, line: str, strike: SecretFilter) -> str:
    """*line* that we send to *peer*; what follows PASS, ACCT and AUTH's mechanism is struck always.

    The answer to a challenge is none of those: pass ``STRUCK`` in its place.
    """
    login = _TELLS_SECRET.fullmatch(line)
    return f"{peer} > " + (f"{login[1]} {STRUCK}" if login else _clean(line, strike))


def format_received(peer: str, line: str, strike: SecretFilter) -> str:
    """*line* of *peer*'s reply."""
    return f"{peer} < {_clean(line, strike)}"


def _clean(line: str, strike: SecretFilter) -> str:
    return clean_foreign_text(line, strike, MAX_DIALOGUE_CHARS)
