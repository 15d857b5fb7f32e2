"""The journal of ``send``: a line before a message may reach its reader, a line with the answer.

It lies beside the state file and is written by ``O_APPEND`` in single writes, so it survives
SIGKILL where the state file, settled in groups, lags behind. After a kill the two together say
what became of every claimed delivery: one with an outcome is settled by it, one that was begun and has
none is in doubt, one that was not begun waits again.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from mpftp.domain.memory import Mark, format_mark, parse_mark
from mpftp.domain.sending.transport import Outcome, Step, Verdict
from mpftp.errors import LockedError, MpftpError, StateError, TryLaterError
from mpftp.permissions import denied

LOCK_TIMEOUT_SECONDS = 20.0  # seconds to wait for a killed run's last processes to be gone
MARK_REACH_BYTES = 65_536  # of the journal's end in which the newest mark is looked for first
LINE_END = b".\n"  # a line without it was torn and says nothing


@dataclass(frozen=True, slots=True)
class JournalRecovery:
    """What the journal says of the claimed deliveries: their answers, or that none can be told."""

    answered: list[Outcome]
    in_doubt: list[int]


class FileJournal:
    """Appends to *path*. May be pickled: the copy appends to the same file from another process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        self._lazy: list[bytes] = []

    def __reduce__(self) -> tuple[type[FileJournal], tuple[Path]]:
        return FileJournal, (self.path,)

    def begin(self, delivery_id: int) -> None:
        """Note that the message is about to go out. Raises ``TryLaterError`` when the disk is full."""
        self._lazy.append(b"b %d" % delivery_id)
        self.flush()

    def end(self, outcome: Outcome, *, lazily: bool = False) -> None:
        """Note the answer, *lazily* with the next ``begin`` or ``flush``: a write costs a system call.

        Raises ``TryLaterError`` when the disk is full.
        """
        verdict = f"{outcome.verdict}@{outcome.step}" if outcome.step else str(outcome.verdict)
        text = f"e {outcome.delivery_id}\t{verdict}\t{outcome.code}\t{outcome.reply}"
        self._lazy.append(text.replace("\n", " ").encode("utf-8", "replace"))
        if not lazily:
            self.flush()

    def flush(self) -> None:
        """Write what was noted. Raises ``TryLaterError`` when the disk is full."""
        if not self._lazy:
            return
        lines = LINE_END.join([*self._lazy, b""])
        self._lazy.clear()
        try:
            if self._file < 0:
                self._open()
            if os.write(self._file, lines) != len(lines):
                os.write(self._file, b"\n")
                raise TryLaterError(f"{self.path}: the disk is full", hint="free some space")
        except OSError as error:
            raise self._explained(error) from None

    def _open(self) -> None:
        """Open for appending, with a shared lock that tells readers somebody may still write."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(self.path, flags, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def read_recovery(self, claimed: Collection[int]) -> JournalRecovery:
        """What became of the *claimed* deliveries of a run that was killed.

        A delivery that began and has no answer is in doubt; one that never began is in neither
        list. Lines are believed only when written since the machine last started: a power cut may
        lose the newest, so then every unanswered delivery is in doubt.
        Raises ``LockedError`` when another process still writes.
        """
        begun: set[int] = set()
        answered: dict[int, Outcome] = {}
        trusted = False
        for line in self._lines():
            kind, _, value = line.partition(" ")
            if kind == "h":
                trusted = value == _boot()
            elif kind == "b" and value.isdigit() and (delivery_id := int(value)) in claimed:
                begun.add(delivery_id)
                answered.pop(delivery_id, None)
            elif kind == "e" and (outcome := _outcome(value)) and outcome.delivery_id in claimed:
                answered[outcome.delivery_id] = outcome
        open_ones = begun if trusted else set(claimed)
        return JournalRecovery(list(answered.values()), sorted(open_ones - answered.keys()))

    def _lines(self) -> Iterator[str]:
        """The complete lines, once no other process writes; none when there is no journal."""
        self.close()
        try:
            with self.path.open("rb") as file:
                _wait_for(file.fileno(), self.path)
                for line in file:
                    if line.endswith(LINE_END):
                        yield line[: -len(LINE_END)].decode("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._explained(error) from None

    def clear(self) -> None:
        """Start anew, once everything in it is settled in the state file; the state's mark stays."""
        self.close()
        mark = self.read_mark()
        kept = format_mark(mark).encode() + LINE_END if mark else b""
        draft = self.path.with_name(f"{self.path.name}.new")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(b"h " + _boot().encode() + LINE_END + kept)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError as error:
            raise self._explained(error) from None

    def read_mark(self) -> Mark | None:
        """The newest mark of the state that was written down, ``None`` without one."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                reach = MARK_REACH_BYTES
                while True:
                    file.seek(max(0, size - reach))
                    if mark := _newest_mark(file.read(reach)):
                        return mark
                    if reach >= size:
                        return None
                    reach *= 8
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._explained(error) from None

    def write_mark(self, mark: Mark, *, create: bool = False) -> None:
        """Write the state's *mark* down, in a journal that is there unless it is to *create* one.

        Raises ``TryLaterError`` when the disk is full.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        line = format_mark(mark).encode() + LINE_END
        try:
            file = os.open(self.path, flags, 0o600)
            try:
                if os.write(file, line) != len(line):
                    os.write(file, b"\n")
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                if create:
                    os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise self._explained(error) from None

    def close(self) -> None:
        """Close the file; it opens again by itself."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _explained(self, error: OSError) -> MpftpError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return TryLaterError(f"{self.path}: the disk is full", hint="free some space; nothing was lost")
        if isinstance(error, PermissionError):
            return denied(StateError, self.path)
        return StateError(
            f"{self.path}: the journal cannot be used ({error.strerror})",
            hint="check the permissions of the state file's directory",
        )


class NullJournal:
    """For messages that count nowhere."""

    def begin(self, delivery_id: int) -> None:
        """Note nothing."""

    def end(self, outcome: Outcome, *, lazily: bool = False) -> None:
        """Note nothing."""

    def flush(self) -> None:
        """Write nothing."""


def _newest_mark(data: bytes) -> Mark | None:
    """The furthest mark among the complete lines of *data*, whose first may be the end of one."""
    lines = [line[: -len(LINE_END)] for line in data.splitlines(keepends=True) if line.endswith(LINE_END)]
    marks = [parse_mark(line.decode("utf-8", "replace")) for line in lines if line.startswith(b"m ")]
    return max((mark for mark in marks if mark), key=lambda mark: mark.changes, default=None)


def _wait_for(file: int, path: Path) -> None:
    """Lock *file* alone, waiting a little for the processes of a killed run to end."""
    give_up = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                raise LockedError(
                    f"{path}: another process still writes to the journal",
                    hint="processes of an earlier `mpftp send` may still run; end them",
                ) from None
            time.sleep(0.02)


def _outcome(text: str) -> Outcome | None:
    """The answer of an ``e`` line, ``None`` when it cannot be read; older ones name no step."""
    delivery_id, *fields = text.split("\t", 3)
    if not delivery_id.isdigit() or len(fields) != 3:
        return None
    verdict, code, reply = fields
    verdict, _, step = verdict.partition("@")
    try:
        return Outcome(int(delivery_id), Verdict(verdict), code, reply, Step(step))
    except ValueError:
        return None


def _boot() -> str:
    """What distinguishes this start of the machine from any other; empty where it cannot be told."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
