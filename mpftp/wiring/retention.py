"""For how long each client's contacts and events are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mpftp.adapters.config import ClientTable, Config
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.retention import RetentionStore
from mpftp.stages.prune import PruneJob, PruneSummary, RetentionPolicy, plan_pruning, prune


def build_retention_policy(client: ClientTable) -> RetentionPolicy:
    """What *client* asks for."""
    return RetentionPolicy(
        client.keep_contacts_days,
        client.keep_events_days,
        max(client.publish_again_after_days, default=0),
        client.late_optouts_days,
    )


def plan_configured(config: Config, store: RetentionStore, now: datetime) -> Iterator[PruneJob]:
    """What is to be deleted at *now*; campaigns are looked for only where some client asks for it."""
    policies = {name: build_retention_policy(client) for name, client in config.clients.items()}
    if all(policy.keeps_all for policy in policies.values()):
        return iter(())
    return plan_pruning(store.published_campaigns(), policies, now)


def prune_configured(config: Config, db: Database, now: datetime) -> PruneSummary:
    """Delete what is over at *now*, as every client asks for."""
    store = RetentionStore(db)
    return prune(list(plan_configured(config, store, now)), store, now)
