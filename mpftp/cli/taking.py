"""What commands do first that work on events: take in what the tracker has logged since."""

from __future__ import annotations

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import Events
from mpftp.cli.session import Session
from mpftp.domain.machines import Suspicion, networks
from mpftp.stages.events import Taken, take_events


def take_in(session: Session, database: Database) -> Taken:
    """Take the configured event log into the open state file. Raises ``LockedError``."""
    config = session.config
    suspicion = Suspicion(networks(config.tracking.machine_networks), config.tracking.machine_seconds)
    return take_events(Events(database), config.spool_dir / "events", session.clock, suspicion)
