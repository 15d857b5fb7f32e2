"""What runs of commands left for the next ones: what they said, when they ended, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import from_ms, from_optional_ms, to_ms
from mpftp.domain.lasting import LastingTrouble, SaidTrouble, TroubleChanges, compare_troubles


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of *command*: when it began, how long it took, how it ended; the last that went well."""

    command: str
    started_at: datetime
    seconds: float
    exit_code: int
    succeeded_at: datetime | None


class RunStore:
    """Runs of commands in one state file."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def record(self, run: LastRun) -> None:
        """Note that a run ended; ``succeeded_at`` stays where it did not go well."""
        with self._db.transaction(counted=False):
            self._db.execute(
                "INSERT INTO last_run VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (command) DO UPDATE SET"
                " started_at = ?2, seconds = ?3, exit_code = ?4, succeeded_at = coalesce(?5, succeeded_at)",
                (
                    run.command,
                    to_ms(run.started_at),
                    run.seconds,
                    run.exit_code,
                    to_ms(run.succeeded_at) if run.succeeded_at else None,
                ),
            )

    def last_runs(self) -> list[LastRun]:
        """The last run of each command."""
        query = "SELECT command, started_at, seconds, exit_code, succeeded_at FROM last_run ORDER BY command"
        return [
            LastRun(
                row["command"],
                from_ms(row["started_at"]),
                row["seconds"],
                row["exit_code"],
                from_optional_ms(row["succeeded_at"]),
            )
            for row in self._db.named_rows(query)
        ]

    def said(self) -> list[SaidTrouble]:
        """Return every trouble that was reported and is not over, the oldest first."""
        query = "SELECT command, place, topic, text, passes, silent, since FROM said ORDER BY since, place"
        return [
            SaidTrouble(
                row["command"],
                row["place"],
                row["topic"],
                row["text"],
                bool(row["passes"]),
                bool(row["silent"]),
                from_ms(row["since"]),
            )
            for row in self._db.named_rows(query)
        ]

    def forget(self, command: str, places: Callable[[str], bool]) -> None:
        """Forget the troubles of *places* that no longer exist: no run could report their end."""
        gone = {one.place for one in self.said() if one.command == command and places(one.place)}
        if gone:
            with self._db.transaction(counted=False):
                self._db.execute_many(
                    "DELETE FROM said WHERE command = ? AND place = ?", [(command, place) for place in gone]
                )

    def note(self, command: str, met: list[LastingTrouble], well: set[str], now: datetime) -> TroubleChanges:
        """Note what a run of *command* met; return what it has to say (``compare_troubles``)."""
        changes = compare_troubles(command, self.said(), met, well)
        if changes.began or changes.ended:
            with self._db.transaction(counted=False):
                self._db.execute_many(
                    "DELETE FROM said WHERE command = ? AND place = ? AND topic = ?",
                    [(one.command, one.place, one.topic) for one in changes.ended],
                )
                self._db.execute_many(
                    "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [
                        (command, one.place, one.topic, one.text, one.passes, silent, to_ms(now))
                        for one, silent in changes.began
                    ],
                )
        return changes
