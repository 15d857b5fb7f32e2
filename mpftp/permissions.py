"""Who may not use a file, whose it is, and what would help: for errors of every floor."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TypeVar

from mpftp.errors import MpftpError, UsageError

Denied = TypeVar("Denied", bound=MpftpError)


def denied(kind: type[Denied], path: Path) -> Denied:
    """Return the error of that *kind* that the system let this user not use *path*."""
    message, hint = explain_denied(path)
    return kind(message, hint=hint)


def explain_denied(path: Path) -> tuple[str, str]:
    """Return what to say, and to advise, when the system let this user not use *path*.

    What stands in the way may be a folder on the way to it, the file itself, or the folder in which it,
    or a file beside it, is to be made.
    """
    user, barrier = _user_name(os.geteuid()), _find_barrier(path.absolute())
    barrier_name = "it" if barrier == path.absolute() else f"{barrier}"
    try:
        status = barrier.stat()
    except OSError:
        whose = ""
    else:
        mode = stat.S_IMODE(status.st_mode)
        whose = f"; {barrier_name} belongs to {_user_name(status.st_uid)} (mode {mode:04o})"
    own = barrier == path.absolute()
    way_out = "let this one use it" if own else "name another place; if the folder is mpftp's alone"
    return (
        f"{path}: permission denied for user {user}{whose}",
        f"run this as the user that runs cron, or {way_out}: chown {user} {barrier}",
    )


def refuse_root(path: Path) -> None:
    """Raise ``UsageError`` where root is about to make files beside *path*, with which another user works.

    They would be root's, and stop that user's next command.
    """
    if os.geteuid() != 0:
        return
    there = next((one for one in (path, path.parent) if one.exists()), None)
    if there and (owner := there.stat().st_uid):
        user = _user_name(owner)
        raise UsageError(
            f"{there} belongs to user {user}, who could not use what root makes beside it; nothing was done",
            hint=f"run it as that user: runuser -u {user} -- mpftp ...; if root is to be the user that runs"
            f" cron: chown root {there}",
        )


def _find_barrier(path: Path) -> Path:
    for folder in reversed(path.parents):
        if not os.access(folder, os.X_OK):
            return folder
    is_there = os.path.exists(path)
    if is_there and not os.access(path, os.R_OK | os.W_OK | (os.X_OK if os.path.isdir(path) else 0)):
        return path
    return path if is_there and os.access(path.parent, os.W_OK) else path.parent


def _user_name(number: int) -> str:
    import pwd  # which Windows lacks, where nobody asks for it

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
