"""A relay as the configuration describes it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


def assign_relays(relays: Sequence[Relay], connections: int) -> list[int]:
    """The place of the relay that each of *connections* should go to, by weight, backups left out."""
    weights = {place: relay.weight for place, relay in enumerate(relays) if not relay.backup}
    weights = weights or {place: relay.weight for place, relay in enumerate(relays)}
    given = dict.fromkeys(weights, 0)
    places = []
    for _ in range(connections):
        place = min(weights, key=lambda place: (given[place] + 0.5) / weights[place])
        given[place] += 1
        places.append(place)
    return places


@dataclass(frozen=True, slots=True)
class Relay:
    """Where messages are handed over, and how.

    *tls* is ``none``, ``starttls`` or ``implicit``; certificates are always checked, against
    *ca_file* or the system's. *auth* names a SASL mechanism, or is empty for the best one offered.
    *weight* is this relay's share of the connections; a *backup* gets none while another relay works.
    *max_messages* bounds the messages of one connection (0: no bound). *timeout* is in seconds.
    """

    host: str
    port: int = 25
    tls: str = "none"
    ca_file: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    auth: str = ""
    weight: int = 1
    backup: bool = False
    max_messages: int = 0
    timeout: float = 60.0
    ehlo_name: str = "localhost"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the relay is this machine, so that nobody can listen on the way."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
