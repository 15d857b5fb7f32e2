"""What tells our own links and opens from others: the signing keys, and the policy for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpftp.domain.clock import Clock
from mpftp.domain.machines import MachinePolicy, parse_networks

if TYPE_CHECKING:
    from mpftp.adapters.config import Config
    from mpftp.adapters.keys import Keyring
    from mpftp.adapters.store.database import Database
    from mpftp.domain.tokens import Signer
    from mpftp.stages.event_import import ImportSummary


def build_signer(config: Config) -> Signer:
    """The signing keys as they are now, for one run. Raises ``ConfigError``."""
    from mpftp.adapters.keys import load_signing_keys
    from mpftp.domain.tokens import Signer

    return Signer(load_signing_keys(config.default_path(config.tracking.key_file, "tracking.keys")))


def open_keyring(config: Config) -> Keyring:
    """The signing keys as a process that runs for long holds them. Raises ``ConfigError``."""
    from mpftp.adapters.keys import Keyring

    return Keyring(config.default_path(config.tracking.key_file, "tracking.keys"))


def build_machine_policy(config: Config) -> MachinePolicy:
    """What opens and clicks are taken for those of programs."""
    return MachinePolicy(parse_networks(config.tracking.machine_networks), config.tracking.machine_seconds)


def import_event_log(config: Config, db: Database, clock: Clock) -> ImportSummary:
    """Take what the tracker has logged since into the open state file. Raises ``LockedError``."""
    from mpftp.adapters.store.events import EventStore
    from mpftp.stages.event_import import import_events

    return import_events(EventStore(db), config.spool_dir / "events", clock, build_machine_policy(config))
