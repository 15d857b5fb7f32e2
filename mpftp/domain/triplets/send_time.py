"""The time in CONF at which a campaign is to be sent, as people and spreadsheets write it."""

from __future__ import annotations

import re
from datetime import datetime

_CLOCK = r"(?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:\.0+)?)?"
_TIMES = (  # compiled when they are first used: an empty field, which is usual, needs none
    r"(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?:T|[ \u00a0]+)" + _CLOCK,
    r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<Y>[0-9]{4})[ \u00a0]+" + _CLOCK,
)


def parse_send_time(text: str) -> datetime | None:
    """Return the naive time in *text* (``YYYY-MM-DD HH:MM[:SS]``, ``DD/MM/YYYY HH:MM[:SS]``), or ``None``."""
    for pattern in _TIMES:
        match = re.fullmatch(pattern, text.strip())
        if match:
            part = {name: int(value or 0) for name, value in match.groupdict().items()}
            try:
                return datetime(part["Y"], part["m"], part["d"], part["H"], part["M"], part["S"])  # noqa: DTZ001
            except ValueError:
                return None
    return None
