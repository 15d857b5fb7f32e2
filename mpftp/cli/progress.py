"""A progress bar for people: only on a terminal, and only for what takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mpftp.domain.progress import OnProgress, ProgressUpdate, silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

SHOW_AFTER_SECONDS = 1.0  # seconds before a bar appears


@contextmanager
def progress_bar() -> Iterator[OnProgress]:
    """Yield the function that stages report their steps to; it draws on standard error."""
    if not sys.stderr.isatty():
        yield silent
        return
    bar = _ProgressBar()
    try:
        yield bar.show
    finally:
        bar.close()


class _ProgressBar:
    """A rich bar that is built when the first second has passed."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._rich: RichProgress | None = None
        self._tasks: dict[str, TaskID] = {}

    def show(self, step: ProgressUpdate) -> None:
        if time.monotonic() - self._started < SHOW_AFTER_SECONDS:
            return
        rich = self._rich or self._begin()
        task = self._tasks.get(step.task)
        if task is None:
            task = self._tasks[step.task] = rich.add_task(step.task, total=step.total, note="")
        rich.update(task, completed=step.done, total=step.total, note=step.note)

    def _begin(self) -> RichProgress:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._rich = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._rich.start()
        return self._rich

    def close(self) -> None:
        if self._rich:
            self._rich.stop()
