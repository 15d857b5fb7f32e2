"""How a stage says how far it is, without knowing whether anybody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class ProgressUpdate(NamedTuple):
    """*done* of *total* units (``None``: unknown) of *task* are done; *note* is a short detail."""

    task: str
    done: int
    total: int | None = None
    note: str = ""


OnProgress = Callable[[ProgressUpdate], None]
"""Called often and cheaply by stages; the command line draws a bar, cron sees nothing."""


def silent(step: ProgressUpdate) -> None:
    """The progress of cron and of tests: nothing."""
