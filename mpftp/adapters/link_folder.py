"""The folder of link files: written beside the state, read on hosts without it."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mpftp.domain.link_files import LinkFile, LinkFileName, parse_link_file, parse_link_file_name

log = logging.getLogger("mpftp.track")


def list_link_files(folder: Path) -> dict[LinkFileName, tuple[int, int, int]]:
    """The link files in *folder*, each with its size and times (ns), by which a change is known.

    One that goes while the folder is listed is left out. Raises ``OSError`` when it cannot be listed.
    """
    files = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if name := parse_link_file_name(entry.name):
                with suppress(FileNotFoundError):
                    status = entry.stat()
                    files[name] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return files


def write_link_file(folder: Path, name: LinkFileName, lines: Iterable[bytes]) -> None:
    """Write the link file *name*; it appears whole, and only this user may read it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{name}.{secrets.token_hex(4)}"
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / str(name))
    finally:
        draft.unlink(missing_ok=True)


def read_link_file(folder: Path, name: LinkFileName) -> LinkFile | None:
    """The link file *name*, ``None`` while it is not whole, with a line in the log. Raises ``OSError``."""
    data = (folder / str(name)).read_bytes()
    try:
        return parse_link_file(data)
    except (ValueError, LookupError, TypeError) as error:
        log.warning("%s: cannot be used: %s", folder / str(name), error)
        return None
