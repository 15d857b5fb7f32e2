"""What commands do first that work on events: take in what the tracker has logged since."""

from __future__ import annotations

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import EventStore
from mpftp.cli.context import CommandContext
from mpftp.domain.machines import MachinePolicy, parse_networks
from mpftp.stages.event_import import ImportSummary, import_events


def import_event_log(context: CommandContext, database: Database) -> ImportSummary:
    """Take the configured event log into the open state file. Raises ``LockedError``."""
    config = context.config
    suspicion = MachinePolicy(
        parse_networks(config.tracking.machine_networks), config.tracking.machine_seconds
    )
    return import_events(EventStore(database), config.spool_dir / "events", context.clock, suspicion)
