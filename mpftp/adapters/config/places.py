"""Where the configuration is, and what stands in it by name: light, for a shell that completes words."""

from __future__ import annotations

import tomllib
from pathlib import Path

from mpftp.errors import ConfigError

SEARCH_PATHS = (Path("/etc/mpftp/mpftp.toml"), Path("~/.config/mpftp/mpftp.toml"))
DEFAULT_STATE = Path("/var/lib/mpftp/state.db")


def find_config(requested: Path | None) -> Path:
    """*requested* (``--config`` or ``MPFTP_CONFIG``), else the first of ``SEARCH_PATHS`` that exists.

    Raises ``ConfigError`` when there is none.
    """
    if requested is not None:
        return requested
    for path in SEARCH_PATHS:
        if path.expanduser().is_file():
            return path.expanduser()
    here = Path(SEARCH_PATHS[0].name)
    raise ConfigError(
        f"no configuration: neither {SEARCH_PATHS[0]} nor {SEARCH_PATHS[1]} exists",
        hint=f"there is one here: add --config {here}, or say export MPFTP_CONFIG={here.absolute()}"
        if here.is_file()
        else "write one with `mpftp init`, or name one with --config or MPFTP_CONFIG",
    )


def read_client_names(path: Path) -> list[str]:
    """The clients of the configuration at *path*, unchecked. Raises ``OSError``, ``ValueError``."""
    return list(tomllib.loads(path.read_text("utf-8")).get("clients", {}))


def read_state_path(path: Path) -> Path:
    """The state file that the configuration at *path* names. Raises ``OSError``, ``ValueError``."""
    named = tomllib.loads(path.read_text("utf-8")).get("state")
    return path.resolve().parent / Path(named).expanduser() if named else DEFAULT_STATE
