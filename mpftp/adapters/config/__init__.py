"""The configuration file: where it is, what it says, and every fault in it at once.

Its names are imported when they are first asked for: a shell that completes a word needs no model.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mpftp.adapters.config.file import find_state_path, load_config
    from mpftp.adapters.config.model import ClientTable, Config
    from mpftp.adapters.config.places import find_config

__all__ = ["ClientTable", "Config", "find_config", "find_state_path", "load_config"]

_HOMES = {
    "ClientTable": "model",
    "Config": "model",
    "find_config": "places",
    "find_state_path": "file",
    "load_config": "file",
}


def __getattr__(name: str) -> Any:
    """Import *name* from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
