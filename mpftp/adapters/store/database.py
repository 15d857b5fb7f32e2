"""One SQLite connection to the state file: opening, transactions, migrations, integrity."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

from mpftp.domain.addresses import canonical_address
from mpftp.domain.clock import from_ms
from mpftp.domain.memory import Mark
from mpftp.domain.persons import hash_person
from mpftp.errors import DiskFullError, LockedError, MpftpError, StateError
from mpftp.permissions import denied

APPLICATION_ID = 0x6D706674  # "mpft": tells our files from other SQLite files
BUSY_SECONDS = 30.0
SYNCHRONOUS_NORMAL = 1  # in WAL mode: a commit does not wait for the disk, and the file stays sound
SHARED_MEMORY_BYTES = 65_536  # with less free, SQLite cannot make its index of the log
_UNUSABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR})


@cache  # `collect` opens the state once for each client
def migrations() -> tuple[tuple[int, Path], ...]:
    """The numbered migrations of this version as (number, SQL script), in order, without gaps."""
    scripts = []
    for entry in Path(__file__).with_name("migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_\w+\.sql", entry.name):
            scripts.append((int(match[1]), entry))
    return tuple(sorted(scripts))


class Database:
    """The open state file. Used by one thread at a time: threads that work side by side have one each.

    Reading methods may be called at any time; every change belongs in ``transaction()``. In SQL,
    ``canonical(email)`` is ``canonical_address``, since SQLite's own ``lower`` knows ASCII only, and
    ``person_hash(email)`` what stands for a forgotten person, empty while no person was forgotten.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        busy_seconds: float = BUSY_SECONDS,
        must_exist: bool = False,
    ) -> None:
        """Open *path*, bringing its schema up to date unless *read_only*.

        A missing or empty file is made anew unless it *must_exist*, as it must for every command but
        ``init``: a new state would mail everybody again. Raises ``StateError`` for that, and when the
        file is damaged, belongs to another program, or was made by a newer version; ``LockedError``
        when another program holds it for *busy_seconds* seconds.
        """
        self.path = path
        self.knows_forgotten = False
        self.on_change: Callable[[Mark], None] | None = None
        self._check_path(must_exist=must_exist or read_only)
        with self._explained():
            self._connection = self._connect(read_only, busy_seconds)
            try:
                self.execute("PRAGMA foreign_keys = ON")
                self.execute("PRAGMA synchronous = FULL")  # a word is given on what is committed
                self.execute("PRAGMA secure_delete = ON")  # who is forgotten leaves no remains in free pages
                self._check_identity()
                if not read_only:
                    self._migrate()
                self.load_person_key()
            except BaseException:
                self._connection.close()
                raise

    def _check_path(self, *, must_exist: bool) -> None:
        if must_exist and is_missing(self.path):
            raise StateError(
                f"{self.path}: there is no state file", hint="`mpftp init --state-only` makes one"
            )
        if not self.path.parent.is_dir():
            raise StateError(
                f"{self.path.parent}: the state file's directory does not exist",
                hint="create it, or change `state` in the configuration",
            )

    def _connect(self, read_only: bool, busy_seconds: float) -> sqlite3.Connection:
        uri = self.path.resolve().as_uri()
        if read_only:
            uri += "?mode=ro" + ("&immutable=1" if self._at_rest() else "")
        elif not self.path.exists():
            self._create()
        connection = sqlite3.connect(
            uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        connection.create_function("canonical", 1, canonical_address, deterministic=True)
        return connection

    def _create(self) -> None:
        """Make the empty file, for this user alone."""
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except PermissionError:
            raise denied(StateError, self.path) from None
        except OSError as error:
            raise StateError(
                f"{self.path}: the state file cannot be created ({error.strerror})",
                hint="check the permissions of its directory, or change `state` in the configuration",
            ) from None

    def _at_rest(self) -> bool:
        """Return whether no process can write and the log is empty: on a read-only file system."""
        log = self.path.with_name(self.path.name + "-wal")
        waiting = log.exists() and log.stat().st_size > 0
        return not waiting and bool(os.statvfs(self.path).f_flag & os.ST_RDONLY)

    def _check_identity(self) -> None:
        application = self.value("PRAGMA application_id")
        version = self.value("PRAGMA user_version")
        if application != APPLICATION_ID and (
            application or version or self.value("SELECT count(*) FROM sqlite_schema")
        ):
            raise StateError(
                f"{self.path}: this SQLite file was not made by mpftp",
                hint="change `state` in the configuration",
            )
        newest = migrations()[-1][0]
        if version > newest:
            raise StateError(
                f"{self.path}: made by a newer mpftp (schema {version}, this one knows {newest})",
                hint="upgrade mpftp on this machine; the state file was not touched",
            )

    def _migrate(self) -> None:
        if not self.value("PRAGMA page_count"):
            self.execute("PRAGMA auto_vacuum = INCREMENTAL")  # can be chosen before the first page only
        self.execute("PRAGMA journal_mode = WAL")
        if self.value("PRAGMA user_version") == migrations()[-1][0]:
            return
        with self.transaction():
            done = self.value("PRAGMA user_version")
            for number, script in migrations():
                if number > done:
                    for statement in _statements(script.read_text("utf-8")):
                        self.execute(statement)
                    self.execute(f"PRAGMA user_version = {number}")
            self.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def load_person_key(self) -> None:
        """Read the key of ``person_hash``, which the state has from the first forgotten person on."""
        column = "SELECT 1 FROM pragma_table_info('memory') WHERE name = 'person_key'"
        key = bytes.fromhex(self.value("SELECT person_key FROM memory")) if self.value(column) else b""
        self.knows_forgotten = bool(key)
        self._connection.create_function(
            "person_hash", 1, lambda email: hash_person(key, email) if key else "", deterministic=True
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's errors into ours: locked, full and damaged are what operators can act on."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._translate(error) from error

    def _translate(self, error: sqlite3.Error) -> MpftpError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return LockedError(
                f"{self.path}: the state file is locked by another program",
                hint="nothing was lost; the next run goes on",
            )
        if code == sqlite3.SQLITE_FULL or (code in _UNUSABLE and self._disk_is_full()):
            return DiskFullError(
                f"{self.path}: the disk is full", hint="free some space; the next run goes on"
            )
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return StateError(
                f"{self.path}: the state file is damaged or no SQLite file ({error})",
                hint="restore it from a backup with `mpftp restore`; a new one would take and send again"
                " every triplet that still lies on a client's server",
            )
        if code in _UNUSABLE and not self._is_permitted():
            return denied(StateError, self.path)
        if code in _UNUSABLE:
            return StateError(
                f"{self.path}: the state file cannot be read or written ({error})",
                hint="check the permissions of the file and its directory",
            )
        return StateError(f"{self.path}: {error}", hint="please report this as a defect")

    def _is_permitted(self) -> bool:
        """Whether this user may read and write the file, and make those that SQLite puts beside it."""
        return os.access(self.path, os.R_OK | os.W_OK) and os.access(self.path.parent, os.W_OK | os.X_OK)

    def _disk_is_full(self) -> bool:
        usage = os.statvfs(self.path.parent)
        return usage.f_bavail * usage.f_frsize < SHARED_MEMORY_BYTES

    @contextmanager
    def transaction(self, *, counted: bool = True) -> Iterator[None]:
        """All the changes inside happen together or not at all; nothing may be nested in it.

        What is not *counted* may be lost with the power without harm, so there is no wait for the disk,
        and it tells nothing of how old the state is. ``on_change`` is called with the state's new mark
        after the commit.
        """
        with nullcontext() if counted else self._not_waiting_for_the_disk(), self._all_or_nothing(counted):
            yield

    @contextmanager
    def _not_waiting_for_the_disk(self) -> Iterator[None]:
        usual = self.value("PRAGMA synchronous")
        self.execute(f"PRAGMA synchronous = {min(usual, SYNCHRONOUS_NORMAL)}")
        try:
            yield
        finally:
            self.execute(f"PRAGMA synchronous = {usual}")

    @contextmanager
    def _all_or_nothing(self, counted: bool) -> Iterator[None]:
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
        before = self._connection.total_changes
        try:
            yield
            changed = counted and self._connection.total_changes != before
            if changed:
                self._count_change()
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        mark = self.mark() if changed and self.on_change else None
        with self._explained():
            try:
                self._connection.execute("COMMIT")
            except sqlite3.Error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        if mark and self.on_change:
            self.on_change(mark)

    def _count_change(self) -> None:
        self.execute(
            "UPDATE memory SET changes = changes + 1, changed_at = ?", (time.time_ns() // 1_000_000,)
        )

    def is_outdated(self) -> bool:
        """Return whether an earlier version made the file and no command changed it since."""
        return bool(self.value("PRAGMA user_version") < migrations()[-1][0])

    def mark(self) -> Mark:
        """By what this state is known again."""
        state_id, changes, at = self.row("SELECT state_id, changes, changed_at FROM memory") or ("", 0, 0)
        return Mark(state_id, changes, from_ms(at))

    def is_marked(self) -> bool:
        """Whether the journal was ever given this state's mark."""
        return bool(self.value("SELECT is_marked FROM memory"))

    def set_marked(self) -> None:
        """Note that the journal has the mark."""
        self.execute("UPDATE memory SET is_marked = 1")

    def has_sent(self) -> bool:
        """Whether a message of this state ever went out, or may have."""
        query = "SELECT 1 FROM delivery WHERE attempts > 0 OR state = 'claimed' LIMIT 1"
        return self.value(query) is not None

    def _run(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        """Run *sql*; bytes that are no text, which SQLite cannot take, are U+FFFD in it."""
        try:
            return self._connection.execute(sql, values)
        except UnicodeEncodeError:
            return self._connection.execute(sql, [replace_surrogates(value) for value in values])

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one changing statement; return the number of rows it changed."""
        with self._explained():
            return self._run(sql, values).rowcount

    def insert(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one INSERT; return the new row's id."""
        with self._explained():
            return self._run(sql, values).lastrowid or 0

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of *rows*, drawn lazily."""
        with self._explained():
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, streamed."""
        with self._explained():
            yield from self._run(sql, values)

    def named_rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """The rows of a query, streamed, each as column name -> value."""
        with self._explained():
            cursor = self._run(sql, values)
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))

    def row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or ``None``."""
        with self._explained():
            row: tuple[Any, ...] | None = self._run(sql, values).fetchone()
            return row

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or ``None`` without one."""
        row = self.row(sql, values)
        return row[0] if row else None

    def find_damage(self, *, thorough: bool = True) -> list[str]:
        """What SQLite's own check finds wrong with the file; empty when it is sound.

        All pages are read and every row's types are checked either way. *thorough* also looks up each row
        in the indexes and each reference, which takes twice as long.
        """
        check = "integrity_check" if thorough else "quick_check"
        problems = [str(row[0]) for row in self.rows(f"PRAGMA {check}(20)")]
        if thorough:
            problems += [f"foreign key: {row}" for row in self.rows("PRAGMA foreign_key_check")]
        return [line for line in problems if line != "ok"]

    def write_back(self) -> None:
        """Bring all that was committed into the file itself, so that it can be moved alone."""
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy to *path*, which must be new, while others read and write."""
        with self._explained():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            copy = sqlite3.connect(path)
            try:
                self._connection.backup(copy)
            finally:
                copy.close()

    def close(self) -> None:
        """Close the file; harmless when done twice."""
        self._connection.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_missing(path: Path) -> bool:
    """Whether no state file lies at *path*, or an empty one: a memory that holds nothing."""
    return not path.is_file() or not path.stat().st_size


def replace_surrogates(value: Any) -> Any:
    """Return *value*, with U+FFFD for each byte that is no text if it is a string."""
    return re.sub("[\ud800-\udfff]", "\ufffd", value) if isinstance(value, str) else value


def _statements(script: str) -> Iterator[str]:
    """Split a script where SQLite itself says that a statement is complete."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
