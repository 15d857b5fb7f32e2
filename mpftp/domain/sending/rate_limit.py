"""Rates: how many messages a second may go to one domain, or out in all; and what waits for its turn."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

ALL_DOMAINS = "*"
"""The key of the rate that all messages share."""

TOLERANCE_SECONDS = (
    0.05  # seconds by which a message may go before its time, so that fast rates need no fine clock
)

MAX_THROTTLED_PER_DOMAIN = 200  # deliveries of one throttled domain that wait in memory

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


class ThrottledQueue(Generic[T]):
    """Items that wait for their domain's turn, in order, so many a domain."""

    def __init__(self, pace: RateLimiter, clock: Callable[[], float]) -> None:
        """*clock*: seconds, the same that *pace* is asked with."""
        self._pace = pace
        self._clock = clock
        self._waiting: defaultdict[str, deque[T]] = defaultdict(deque)
        self._last_turn: dict[str, float] = {}

    def hold(self, domain: str, item: T) -> bool:
        """Let *item* wait for the turn of *domain*; ``False`` when too many do already."""
        queue = self._waiting[domain]
        if len(queue) >= MAX_THROTTLED_PER_DOMAIN:
            return False
        queue.append(item)
        return True

    def reserve_turn(self, domain: str) -> float:
        """Reserve a turn for an item that found no room, behind all others; in how many seconds it is."""
        now = self._clock()
        soonest = now + self._pace.seconds_for(domain, len(self._waiting[domain]))
        turn = max(self._last_turn.get(domain, soonest), soonest)
        self._last_turn[domain] = turn + self._pace.seconds_for(domain, 1)
        return turn - now

    def pop_due(self) -> tuple[str, T] | None:
        """Take out an item whose turn has come, with its domain; ``None`` when there is none."""
        for domain, queue in self._waiting.items():
            if queue and not self._pace.seconds_until_free(domain, self._clock()):
                return domain, queue.popleft()
        return None

    def seconds_until_due(self, most: float) -> float:
        """Seconds until the next item's turn comes, *most* at most."""
        waits = [
            self._pace.seconds_until_free(domain, self._clock())
            for domain, queue in self._waiting.items()
            if queue
        ]
        return min([*waits, most])

    def drain(self, is_chosen: Callable[[T], bool] = lambda _: True) -> Iterator[T]:
        """Take out all items, or those for which *is_chosen* is true; the others keep their order."""
        for queue in self._waiting.values():
            for _ in range(len(queue)):
                item = queue.popleft()
                if is_chosen(item):
                    yield item
                else:
                    queue.append(item)

    def __bool__(self) -> bool:
        """Whether some turn is still to come: of an item here, or a reserved one."""
        now = self._clock()
        return any(self._waiting.values()) or any(turn > now for turn in self._last_turn.values())
