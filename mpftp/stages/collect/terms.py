"""What ``collect`` is told of each client, and what it tells of each visit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mpftp.adapters.store.intake import Intake
from mpftp.domain.clock import Clock
from mpftp.domain.endpoint import Endpoint
from mpftp.domain.names import TripletKey
from mpftp.domain.profile import DEFAULT, Profile
from mpftp.domain.sending.fragments import Fragmenting
from mpftp.domain.triplets.finding_log import FindingLog
from mpftp.domain.triplets.triplet import Counts
from mpftp.domain.triplets.visit import Habits, Plan
from mpftp.errors import MpftpError


@dataclass(frozen=True, slots=True)
class Terms:
    """What one client agreed on for its input files."""

    client: str
    zone: ZoneInfo
    profile: Profile = DEFAULT
    language: str = "pt_BR"
    habits: Habits = field(default_factory=Habits)
    max_invalid_share: float = 0.5
    fragmenting: Fragmenting | None = None
    error_file: bool = True
    receipt_file: bool = False
    results_after_days: int = 3
    after_collect: str = "keep"
    keep_days: int = 90


OpenEndpoint = Callable[[str, float], Endpoint]
"""The server of the client of that name, for a visit of at most that many seconds; connects later."""

OpenIntake = Callable[[], AbstractContextManager[Intake]]
"""The store, opened anew for each thread."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every visit of one run shares.

    *file_clock* is what the files' times are compared to, *free_bytes* the room on the disk of a path.
    """

    spool: Path
    clock: Clock
    file_clock: Clock
    dry_run: bool = False
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free


@dataclass(frozen=True, slots=True)
class Taken:
    """An accepted triplet: its campaign, its counts, and what was found that did not refuse it.

    *late* is how long ago it should have gone out, when CONF named a time in the past.
    """

    key: TripletKey
    campaign_id: int
    counts: Counts
    findings: FindingLog
    late: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Declined:
    """A refused triplet and why."""

    key: TripletKey
    findings: FindingLog


@dataclass(slots=True)
class Visit:
    """One visit to one client's server. *failures* counts failed visits in a row, this one included."""

    client: str
    plan: Plan = field(default_factory=Plan)
    taken: list[Taken] = field(default_factory=list)
    declined: list[Declined] = field(default_factory=list)
    trouble: list[MpftpError] = field(default_factory=list)
    failures: int = 0
