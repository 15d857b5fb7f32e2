"""One run of a command at a time: a lock file beside the state file, freed by the kernel at our end."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mpftp.errors import MpftpError, OverlapError, StateError, TryLaterError
from mpftp.permissions import denied, refuse_root

LOCKED_COMMANDS = ("collect", "send", "publish", "bounces")
"""The commands that hold a lock while they run."""


def lock_path(state: Path, command: str) -> Path:
    """The lock file of *command* for the state file *state*."""
    return state.with_name(f"{state.name}.{command}.lock")


@contextmanager
def hold_lock(state: Path, command: str) -> Iterator[None]:
    """Hold the lock of *command* for the state file *state* while the block runs.

    The file stays (removing it would let two runs hold two files of one name); the lock itself ends
    with the process, however it ends. Raises ``OverlapError`` when another run holds it, ``TryLaterError``
    when the disk is full, ``StateError`` when the file cannot be used for another reason, ``UsageError``
    for root where the state is another user's.
    """
    refuse_root(state)
    with _hold(state, command):
        yield


@contextmanager
def _hold(state: Path, command: str) -> Iterator[None]:
    path = lock_path(state, command)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _explained(error, path) from None
    try:
        if os.geteuid() == 0 and state.exists():
            os.fchown(descriptor, state.stat().st_uid, -1)  # whoever works with the state takes it next
        _take(descriptor, path, command)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def is_running(state: Path, command: str) -> bool:
    """Return whether a run of *command* for *state* goes on here, as far as this user may know.

    The lock itself is not tried: a run that begins meanwhile would find it taken.
    """
    try:
        holder = lock_path(state, command).read_text("ascii").strip()
        os.kill(int(holder), 0)
    except PermissionError as error:
        return error.filename is None
    except (OSError, ValueError):
        return False
    return True


@contextmanager
def hold_all_locks(state: Path) -> Iterator[None]:
    """Hold the lock of every command that changes *state*; root may, too.

    Raises ``LockedError`` when one runs.
    """
    with ExitStack() as locks:
        for command in LOCKED_COMMANDS:
            locks.enter_context(_hold(state, command))
        yield


def _take(descriptor: int, path: Path, command: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        by = f" (process {holder})" if holder.isdigit() else ""
        raise OverlapError(
            f"another `mpftp {command}` is running{by}",
            hint=f"wait until it ends; it holds {path}",
        ) from None
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    except OSError as error:
        raise _explained(error, path) from None


def _explained(error: OSError, path: Path) -> MpftpError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TryLaterError(f"{path}: the disk is full", hint="free some space; the next run goes on")
    if isinstance(error, PermissionError):
        return denied(StateError, path)
    return StateError(
        f"{path}: cannot be opened or written ({error.strerror})",
        hint="the state file's directory must exist and be writable; `state` names it",
    )
