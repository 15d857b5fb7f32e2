"""The configuration file: where it is, what it says, and every fault in it at once."""

from mpftp.adapters.config.file import find_config, load_config
from mpftp.adapters.config.model import Client, Config

__all__ = ["Client", "Config", "find_config", "load_config"]
