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
from mpftp.domain.file_names import TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.sending.fragments import FragmentSchedule
from mpftp.domain.triplets.finding_collector import FindingCollector
from mpftp.domain.triplets.pickup import PickupPlan, StabilityPolicy
from mpftp.domain.triplets.triplet import MailCounts
from mpftp.errors import MpftpError


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """What one client agreed on for its input files."""

    client: str
    zone: ZoneInfo
    profile: Profile = DEFAULT_PROFILE
    language: str = "pt_BR"
    stability: StabilityPolicy = field(default_factory=StabilityPolicy)
    max_invalid_share: float = 0.5
    fragment_schedule: FragmentSchedule | None = None
    error_file: bool = True
    receipt_file: bool = False
    results_after_days: int = 3
    after_collect: str = "keep"
    keep_days: int = 90


OpenVisitEndpoint = Callable[[str, float], Endpoint]
"""The server of the client of that name, for a visit of at most that many seconds; connects later."""

OpenIntake = Callable[[], AbstractContextManager[Intake]]
"""The store, opened anew for each thread."""


@dataclass(frozen=True, slots=True)
class CollectContext:
    """What every visit of one run shares.

    *file_clock* is what the files' times are compared to, *free_bytes* the room on the disk of a path.
    """

    spool: Path
    clock: Clock
    file_clock: Clock
    dry_run: bool = False
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free


@dataclass(frozen=True, slots=True)
class CollectedTriplet:
    """An accepted triplet: its campaign, its counts, and what was found that did not refuse it.

    *late_by* is how long ago it should have gone out, when CONF named a time in the past.
    """

    key: TripletKey
    campaign_id: int
    counts: MailCounts
    findings: FindingCollector
    late_by: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class RefusedTriplet:
    """A refused triplet and why."""

    key: TripletKey
    findings: FindingCollector


@dataclass(slots=True)
class VisitSummary:
    """One visit to one client's server. *failures* counts failed visits in a row, this one included."""

    client: str
    plan: PickupPlan = field(default_factory=PickupPlan)
    taken: list[CollectedTriplet] = field(default_factory=list)
    refused: list[RefusedTriplet] = field(default_factory=list)
    errors: list[MpftpError] = field(default_factory=list)
    failures: int = 0
