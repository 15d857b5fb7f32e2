"""When bounces that may pass suppress their address after all: they repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Repetition:
    """After how many campaigns, over how long, bounces that may pass suppress an address."""

    bounces: int = 3
    over: timedelta = timedelta(days=14)


DEFAULT_REPETITION = Repetition()
"""What the configuration says unless it says otherwise."""
