"""Rates: how many messages a second may go to one domain, or out in all."""

from __future__ import annotations

import re
from collections.abc import Mapping

ALL_DOMAINS = "*"
"""The key of the rate that all messages share."""

TOLERANCE_SECONDS = (
    0.05  # seconds by which a message may go before its time, so that fast rates need no fine clock
)

_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|min|h)")
_SECONDS = {"s": 1, "min": 60, "h": 3600}


def parse_rate(text: str) -> float:
    """Messages a second of ``20/s``, ``100/min`` or ``5000/h``. Raises ``ValueError``."""
    match = _RATE.fullmatch(text.replace(" ", ""))
    if not match or not float(match[1]):
        raise ValueError(f"{text!r} is no rate such as 20/s, 100/min or 5000/h")
    return float(match[1]) / _SECONDS[match[2]]


class RateLimiter:
    """Keeps the distance between messages. Times are seconds of any one clock."""

    def __init__(self, rates: Mapping[str, float]) -> None:
        """*rates*: domain (lower case) -> messages a second; ``*`` bounds all together."""
        self._gap = {domain: 1 / rate for domain, rate in rates.items()}
        self._next: dict[str, float] = {}
        self.is_free = not rates

    def has_limit(self, domain: str) -> bool:
        """Whether *domain* has a rate of its own."""
        return domain in self._gap

    def seconds_until_free(self, domain: str, now: float) -> float:
        """Seconds until a message to *domain* may go (``*``: any message); 0 when it may go now."""
        due = self._next.get(domain, 0.0) - TOLERANCE_SECONDS
        return max(due - now, 0.0)

    def record_send(self, domain: str, now: float) -> None:
        """A message to *domain* goes out at *now*."""
        for key in (domain, ALL_DOMAINS):
            if gap := self._gap.get(key):
                self._next[key] = max(self._next.get(key, 0.0), now) + gap

    def seconds_for(self, domain: str, ahead: int) -> float:
        """Seconds that *ahead* messages before it take a message to *domain*."""
        return ahead * self._gap.get(domain, 0.0)
