"""The configuration file: where it is, what it says, and every fault in it at once."""

from mpftp.adapters.config.file import find_config, find_state_path, load_config
from mpftp.adapters.config.model import ClientTable, Config

__all__ = ["ClientTable", "Config", "find_config", "find_state_path", "load_config"]
