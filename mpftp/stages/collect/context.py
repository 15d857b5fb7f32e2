"""What a visit is given: what its client agreed on, and what all visits of a run share."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mpftp.domain.clock import Clock
from mpftp.domain.file_names import UPLOAD_BY_RENAME, UploadPolicy
from mpftp.domain.profile import Profile
from mpftp.domain.results.wording import NO_SUPPORT, Support
from mpftp.domain.sending.fragments import FragmentSchedule
from mpftp.domain.sending.schedule import SendPolicy
from mpftp.domain.triplets.pickup import StabilityPolicy


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """What one client agreed on for its input files."""

    client: str
    zone: ZoneInfo
    profile: Profile
    language: str
    stability: StabilityPolicy
    max_invalid_share: float
    error_file: bool
    receipt_file: bool
    send_policy: SendPolicy
    schedule_max_past: timedelta
    after_collect: str
    keep_days: int
    fragment_schedule: FragmentSchedule | None = None
    support: Support = NO_SUPPORT
    upload: UploadPolicy = UPLOAD_BY_RENAME


@dataclass(frozen=True, slots=True)
class CollectContext:
    """What every visit of one run shares.

    *clock* tells when we look, *file_clock* is what our own files' times are compared to, *free_bytes*
    the room on the disk of a path, *sleep* waits for the run's second look.
    """

    spool: Path
    clock: Clock
    file_clock: Clock
    dry_run: bool = False
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free
    sleep: Callable[[float], None] = time.sleep
