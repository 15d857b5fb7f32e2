"""``mpftp prune``: what was kept long enough, deleted."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options
from mpftp.cli.logs import say
from mpftp.errors import Exit, TryLaterError

if TYPE_CHECKING:
    from mpftp.adapters.store.retention import RetentionStore

MEGABYTE = 1_000_000
COMPACT_MB_A_SECOND = 50
"""What a disk of today writes at least, for the estimate that ``--compact`` gives."""


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be deleted, and delete nothing.")
@click.option("--compact", is_flag=True, help="Write the state file anew, without free space and remains.")
@common_options
def command(context: CommandContext, *, dry_run: bool, compact: bool) -> Exit:
    """Delete contacts and events of campaigns that are over.

    `keep_contacts_days` and `keep_events_days` say when; `mpftp publish` does so after its work. Totals,
    results' counts and the suppression list stay; see mpftp-privacy(7). With --compact the state file is
    written anew besides: once after an upgrade from a release whose state gives no space back, or to
    remove what was deleted long ago for good.
    """
    from mpftp.adapters.lock import hold_all_locks
    from mpftp.adapters.store.retention import RetentionStore
    from mpftp.cli.progress import progress_bar
    from mpftp.domain.texts import count_text
    from mpftp.stages.prune import prune
    from mpftp.wiring.retention import plan_configured

    if dry_run:
        with context.database(read_only=True) as db:
            for job in plan_configured(context.config, RetentionStore(db), context.clock()):
                kinds = " and ".join(name for name in ("contacts", "events") if getattr(job, name))
                click.echo(f"{job.campaign.client}/{job.campaign.name}: {kinds}")
        return Exit.OK
    with context.database() as db, hold_all_locks(context.config.state), progress_bar() as progress:
        store = RetentionStore(db)
        jobs = list(plan_configured(context.config, store, context.clock()))
        done = prune(jobs, store, context.clock(), progress)
        if compact:
            _compact(store)
    if sys.stdout.isatty():
        contacts = count_text("1 contact|{count} contacts", done.contacts)
        events = count_text("1 event|{count} events", done.events)
        campaigns = count_text("1 campaign|{count} campaigns", done.campaigns)
        click.echo(f"deleted {contacts} and {events} of {campaigns}")
    return Exit.OK


def _compact(store: RetentionStore) -> None:
    """Write the state file anew. Raises ``TryLaterError`` when the disk has no room for it."""
    needed, free = store.compact_bytes(), store.free_disk_bytes()
    seconds = max(1, needed // MEGABYTE // COMPACT_MB_A_SECOND)
    say(
        f"needs up to {needed / MEGABYTE:.0f} MB of {free / MEGABYTE:.0f} MB free,"
        f" and about {seconds} s or less; nothing else can use the state meanwhile",
        level=logging.INFO,
    )
    if needed > free:
        raise TryLaterError(
            "the disk has no room for a compact copy of the state file", hint="free some space"
        )
    store.compact()
