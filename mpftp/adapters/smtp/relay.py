"""A relay as the configuration describes it, how it has behaved, and the choice of one."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

MAX_BACKOFF_SECONDS = 60.0  # seconds
MAX_FAILURES_IN_A_ROW = 4  # failures in a row of a relay that has worked before
MAX_DEFERRALS_IN_A_ROW = 500  # deferrals in a row after which a relay is taken for away


@dataclass(frozen=True, slots=True)
class Relay:
    """Where messages are handed over, and how.

    *tls* is ``none``, ``starttls`` or ``implicit``; certificates are always checked, against
    *ca_file* or the system's. *auth* names a SASL mechanism, or is empty for the best one offered.
    *weight* is this relay's share of the connections; a *backup* gets none while another relay works.
    *max_messages* bounds the messages of one connection (0: no bound). *timeout* (seconds) bounds
    connecting and every reply but those to DATA and to the final dot, which have their own
    (RFC 5321, 4.5.3.2): a message that is given up too early goes out twice.
    """

    host: str
    port: int
    tls: str
    ca_file: Path | None
    user: str
    password: str = field(repr=False)
    auth: str
    weight: int
    backup: bool
    max_messages: int
    timeout: float
    data_timeout: float = 120.0
    final_dot_timeout: float = 600.0
    ehlo_name: str = "localhost"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the relay is this machine: then no network is in between."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(slots=True)
class RelayHealth:
    """One relay's record in one sending process. Times are the event loop's seconds.

    *connections* counts its connections, made or being made; *max_connections* bounds them once it
    complained. *limit* is the messages that it takes over one connection, as it was learnt; 0: no bound.
    """

    relay: Relay
    connections: int = 0
    max_connections: int | None = None
    failures: int = 0
    deferrals: int = 0
    retry_at: float = 0.0
    has_worked: bool = False
    limit: int = 0
    closed_after: int = 0
    pipelining: bool = True
    permanent_error: str = ""
    last_error: str = ""

    def record_accepted(self) -> None:
        """Record an accepted message: earlier failures no longer count."""
        self.failures = self.deferrals = 0
        self.has_worked = True

    def record_failure(self, message: str, now: float, *, permanent: bool) -> None:
        """Record that a connection failed or that the relay asked to slow down; one burst counts once."""
        self.last_error = message
        if permanent:
            self.permanent_error = message
        if now >= self.retry_at:
            self.failures += 1
            self.retry_at = now + min(2.0 ** (self.failures - 1), MAX_BACKOFF_SECONDS)
        if self.has_worked:
            self.max_connections = max(1, self.connections // 2)

    def record_clean_close(self, accepted: int) -> bool:
        """A connection was closed after *accepted* messages; whether that shows a limit not known so far.

        It takes two closes after the same number in a row: a single one may have had any cause.
        """
        learnt = accepted == self.closed_after and accepted != self.limit
        self.closed_after = accepted
        if learnt:
            self.limit = accepted
        return learnt

    def record_deferral(self) -> float:
        """A message was put off; returns the seconds its connection should rest."""
        self.deferrals += 1
        return 0.0 if self.deferrals % 10 else min(2.0 ** (self.deferrals // 10 - 1) / 2, 5.0)

    def allow_one_more(self) -> None:
        """Allow one more connection, as time passes without a complaint."""
        if self.max_connections is not None and not self.failures:
            self.max_connections += 1

    @property
    def is_unavailable(self) -> bool:
        """Whether trying on makes no sense in this run."""
        if self.permanent_error or self.deferrals >= MAX_DEFERRALS_IN_A_ROW:
            return True
        return self.failures >= (MAX_FAILURES_IN_A_ROW if self.has_worked else 1)

    @property
    def log_level(self) -> int:
        """Log level for ``last_error``: WARNING if the relay is unavailable."""
        return logging.WARNING if self.is_unavailable else logging.INFO

    def can_connect(self, now: float) -> bool:
        """Whether one more connection may be tried at *now*."""
        crowded = self.max_connections is not None and self.connections >= self.max_connections
        return not self.is_unavailable and now >= self.retry_at and not crowded


def assign_relays(relays: Sequence[Relay], connections: int) -> list[int]:
    """Return the index of the relay for each of *connections*, by weight, backups left out."""
    weights = {index: relay.weight for index, relay in enumerate(relays) if not relay.backup}
    weights = weights or {index: relay.weight for index, relay in enumerate(relays)}
    assigned = dict.fromkeys(weights, 0)
    indexes = []
    for _ in range(connections):
        index = min(weights, key=lambda index: (assigned[index] + 0.5) / weights[index])
        assigned[index] += 1
        indexes.append(index)
    return indexes


def choose_relay(healths: Sequence[RelayHealth], now: float, preferred: int = 0) -> RelayHealth | None:
    """Return the relay for the next connection, or ``None``.

    It is the one at the index *preferred* if that can connect, else the least busy; backups come last.
    """
    ready = [health for health in healths if health.can_connect(now)]
    primaries = [health for health in healths if not health.relay.backup and not health.is_unavailable]
    if any(health.connections for health in primaries):
        ready = [health for health in ready if not health.relay.backup]
    if healths[preferred] in ready and not healths[preferred].relay.backup:
        return healths[preferred]
    first = [health for health in ready if not health.relay.backup] or ready
    return min(first, key=lambda health: (health.connections + 1) / health.relay.weight, default=None)
