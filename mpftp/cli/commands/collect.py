"""``mpftp collect``: fetch new triplets from every client's server and make campaigns of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options
from mpftp.domain.clock import Clock, system_clock
from mpftp.errors import Exit, MpftpError, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.config import ClientTable, Config
    from mpftp.domain.triplets.findings import FindingCollector
    from mpftp.stages.collect import ClientVisit, CollectContext, CollectSettings, VisitSummary

MAX_LATE = timedelta(days=1)  # a sending time that is past for so long was hardly meant


@click.command()
@click.option("--client", "names", multiple=True, help="Visit this client only; may be given again.")
@click.option("--dry-run", is_flag=True, help="Show what would be taken and why the rest would not.")
@common_options
def command(context: CommandContext, names: tuple[str, ...], dry_run: bool) -> Exit:
    """Fetch new triplets from every client's server and make campaigns of them.

    Silent when all is well. Exit code 1 when a triplet was refused or a server refused us, and 75
    when servers were away and nothing else was wrong.
    """
    from mpftp.adapters.lock import hold_lock
    from mpftp.adapters.store.intake import order_fairly
    from mpftp.cli.progress import progress_bar
    from mpftp.stages.collect import CollectContext, collect

    config = context.config
    clients = select_clients(config, names)
    with context.database():
        pass  # create the state file, or say what is wrong with it, before any thread needs it
    collect_context = CollectContext(config.spool_dir, context.clock, make_file_clock(context.clock), dry_run)
    # This connection stays open, or the last visit to close one would tidy the state file each time.
    with hold_lock(config.state, "collect"), context.database() as db, progress_bar() as progress:
        visits = collect(
            [build_collect_settings(name, clients[name], config) for name in order_fairly(db, clients)],
            partial(open_visit, context, collect_context, Lock()),
            collect_context,
            connections=config.max_connections,
            visit_seconds=lambda name: clients[name].visit_seconds,
            run_seconds=config.run_seconds,
            progress=progress,
        )
    if dry_run or sys.stdout.isatty():
        for visit in visits:
            for line in format_summary(visit, dry_run=dry_run):
                click.echo(line)
    for visit in visits:
        for line in format_errors(visit):
            click.echo(f"mpftp: {line}", err=True)
    report_text = dry_run or _notify(context)
    code = collect_exit_code(visits)
    return code if report_text or code is not Exit.OK else Exit.TRY_LATER


def _notify(context: CommandContext) -> bool:
    from mpftp.cli.notify import notify_clients

    with context.database() as db:
        return notify_clients(context, db)


def select_clients(config: Config, names: tuple[str, ...]) -> dict[str, ClientTable]:
    """The clients called *names*, or all. Raises ``UsageError`` for a name that is not configured."""
    for name in names:
        if name not in config.clients:
            raise UsageError(
                f"no client is called {name!r}",
                hint=f"configured are: {', '.join(config.clients) or 'none'}",
            )
    return {name: client for name, client in config.clients.items() if not names or name in names}


@contextmanager
def open_visit(
    context: CommandContext,
    collect_context: CollectContext,
    turns: Lock,
    settings: CollectSettings,
    seconds: float,
) -> Iterator[ClientVisit]:
    """A visit with a connection to the state of its own; *turns* is shared by all of a run."""
    from mpftp.adapters.store.intake import Intake
    from mpftp.cli.endpoints import open_endpoint
    from mpftp.stages.collect import ClientVisit

    with context.database() as db:
        intake = Intake(db, settings.client, turns)
        with closing(open_endpoint(context.config, settings.client, seconds)) as endpoint:
            yield ClientVisit(settings, endpoint, intake, collect_context)


def build_collect_settings(name: str, client: ClientTable, config: Config) -> CollectSettings:
    """What the stage is told of *client*."""
    from mpftp.domain.sending.fragments import FragmentSchedule
    from mpftp.domain.triplets.pickup import StabilityPolicy
    from mpftp.stages.collect import CollectSettings

    fragment = client.fragment
    return CollectSettings(
        client=name,
        profile=config.profile(client),
        zone=client.zone,
        language=client.language,
        stability=StabilityPolicy(
            timedelta(seconds=client.settle_seconds),
            timedelta(hours=client.incomplete_after_hours),
            client.max_file_bytes,
        ),
        max_invalid_share=client.max_invalid_share,
        fragment_schedule=FragmentSchedule(fragment.contacts, timedelta(hours=fragment.every_hours))
        if fragment
        else None,
        error_file=client.error_file,
        receipt_file=client.receipt_file,
        results_after_days=client.results_after_days,
        after_collect=client.after_collect,
        keep_days=client.keep_days,
    )


def make_file_clock(clock: Clock) -> Clock:
    """What files' times are compared to: the later of *clock* and the machine's.

    ``--now`` moves no file: one uploaded a minute ago is settled even if the present is said to be
    last week.
    """
    return lambda: max(clock(), system_clock())


def format_summary(visit: VisitSummary, *, dry_run: bool) -> Iterator[str]:
    """What a person who watches wants to know of one visit."""
    plan, client = visit.plan, visit.client
    if dry_run:
        for pickup in plan.ready:
            yield f"{client}: would take {pickup.key.name} {pickup.key.date} (complete; contents not checked)"
        for spoiled in plan.misnamed:
            rules = ", ".join(sorted({finding.rule for finding in spoiled.findings}))
            yield f"{client}: would refuse {spoiled.key.name} {spoiled.key.date} ({rules})"
    for taken in visit.taken:
        counts = taken.counts
        yield (
            f"{client}: took {taken.key.name} {taken.key.date}: {counts.valid} contacts"
            f" ({counts.lines} lines, {counts.invalid} invalid, {counts.repeated} repeated)"
        )
    for held in plan.waiting:
        missing = f" ({', '.join(held.missing)})" if held.missing else ""
        yield f"{client}: left {held.key.name} {held.key.date}: {held.reason.value}{missing}"
    if not (plan.ready or plan.misnamed or plan.waiting or visit.errors):
        yield f"{client}: nothing new"


def format_errors(visit: VisitSummary) -> Iterator[str]:
    """What is wrong, one line each: for standard error, so for the operator's mail from cron."""
    for declined in visit.refused:
        yield f"{visit.client}: refused {declined.key.name} {declined.key.date}:"
        yield from _finding_lines(visit.client, declined.findings)
    for taken in visit.taken:
        if taken.findings.errors():
            without = f"{taken.counts.invalid} invalid contact{'s' * (taken.counts.invalid != 1)}"
            yield f"{visit.client}: took {taken.key.name} {taken.key.date} without {without}:"
            yield from _finding_lines(visit.client, taken.findings)
        if taken.late_by > MAX_LATE:
            yield (
                f"{visit.client}: {taken.key.name} {taken.key.date} was to go out"
                f" {taken.late_by.days} days ago"
                " and goes out with the next send;"
                f" `mpftp campaign pause {taken.campaign_id}` holds it"
            )
    for error in visit.errors:
        often = f" ({visit.failures} visits in a row)" if visit.failures > 1 else ""
        yield f"{visit.client}: {error.message}{often}"
        if error.hint:
            yield f"{visit.client}: hint: {error.hint}"


def _finding_lines(client: str, findings: FindingCollector) -> Iterator[str]:
    from mpftp.domain.triplets.findings import message, remedy
    from mpftp.domain.triplets.rules import Severity

    for group in findings.groups():
        if group.severity is Severity.ERROR and group.first:
            first = group.first[0]
            spot = (first.line, first.column) if first.line else ()
            place = ":".join(str(part) for part in (group.file, *spot) if part)
            more = f" and {group.count - 1} more" if group.count > 1 else ""
            yield f"{client}:   {place}: {message(first, 'en')} [{group.rule}]{more}. {remedy(first, 'en')}"


def collect_exit_code(visits: list[VisitSummary]) -> Exit:
    """78 for a setting that cannot be used, 1 when else anything needs somebody, 75 for a server away, 0."""
    errors: list[MpftpError] = [error for visit in visits for error in visit.errors]
    needed = any(
        visit.refused or any(taken.findings.errors() or taken.late_by > MAX_LATE for taken in visit.taken)
        for visit in visits
    )
    if any(error.exit_code is Exit.CONFIG for error in errors):
        return Exit.CONFIG
    if needed or any(error.exit_code is not Exit.TRY_LATER for error in errors):
        return Exit.FAILURE
    return Exit.TRY_LATER if errors else Exit.OK
