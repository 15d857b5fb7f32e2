"""``mpftp publish``: the six result files of every campaign that is due."""

from __future__ import annotations

import sys
from collections.abc import Container, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options, find_one_campaign, notify_clients
from mpftp.cli.lookup import unknown_client
from mpftp.cli.run_report import RunReport, report_run
from mpftp.domain.lasting import make_trouble
from mpftp.errors import Exit, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.store.database import Database
    from mpftp.adapters.store.results import FinishedCampaign
    from mpftp.stages.publish import EditionJob, FailedEdition, PublishSummary


@click.command()
@click.option("--client", metavar="NAME", help="Only this client's campaigns.")
@click.option("--again", metavar="CAMPAIGN", multiple=True,
              help="Publish it now, once more: an id, NAME_DATE or CLIENT/NAME_DATE.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what is due and change nothing.")
@common_options
def command(context: CommandContext, client: str | None, again: tuple[str, ...], dry_run: bool) -> Exit:
    """Write and upload the six result files of every campaign that is due.

    A campaign is due `results_after_days` after its last fragment went out, or after it was stopped.
    The files appear under temporary names and are renamed together (but see `upload` in
    mpftp.toml(5) for servers that refuse that); what a cut run left is finished
    by the next. CANCELADO is written again on the day after somebody opted out.
    """
    if dry_run:
        _require_client(context, client)
        with context.database(read_only=True, trusted=True) as db:
            print_plan(_jobs(context, db, client, again))
        return Exit.OK

    def run(report: RunReport) -> Exit:
        _require_client(context, client)
        report.only(context.config.clients)
        with context.alone("publish"), context.database() as db:
            return _run(context, db, client, again, report)

    return report_run(context, "publish", run)


def _require_client(context: CommandContext, client: str | None) -> None:
    if client is not None and client not in context.config.clients:
        raise unknown_client(client, context.config.clients)


def _run(
    context: CommandContext, db: Database, client: str | None, again: Sequence[str], report: RunReport
) -> Exit:
    from mpftp.adapters.store.event_totals import EventTotals
    from mpftp.adapters.store.results import ResultRows, ResultStore
    from mpftp.cli.progress import progress_bar
    from mpftp.stages.publish import publish, remove_published_folders
    from mpftp.wiring.retention import prune_configured
    from mpftp.wiring.servers import open_endpoint
    from mpftp.wiring.tracking import import_event_log

    config = context.config
    import_event_log(config, db, context.clock)
    EventTotals(db).bring_forward()
    editions = ResultStore(db)
    spool = config.spool_dir / "results"
    jobs = _jobs(context, db, client, again)
    remove_published_folders(editions.finished_campaigns(), spool)
    with progress_bar() as progress:
        summary = publish(
            jobs,
            editions,
            lambda job, horizon: ResultRows(db, job.ended, horizon, job.settings.counting),
            lambda name: open_endpoint(config, name),
            spool,
            context.clock,
            connections=config.max_connections,
            progress=progress,
        )
    code = report_summary(summary, report)
    notified = report.notices(notify_clients(context, db))
    prune_configured(config, db, context.clock())
    return code if notified or code else Exit.TRY_LATER


def _jobs(
    context: CommandContext, db: Database, client: str | None, again: Sequence[str]
) -> list[EditionJob]:
    """The plan of this run: what is due, or exactly the campaigns named by ``--again``."""
    from mpftp.adapters.store.results import ResultStore
    from mpftp.stages.publish import extra_edition as once_more
    from mpftp.stages.publish import plan_editions, plan_late_optouts
    from mpftp.wiring.servers import build_publish_settings

    config, now = context.config, context.clock()
    settings = {name: build_publish_settings(config, name) for name in config.clients}
    ended = [one for one in ResultStore(db).finished_campaigns() if client in (None, one.client)]
    if not again:
        jobs = plan_editions(ended, settings, now)
        return jobs + plan_late_optouts(ended, settings, ResultStore(db), now)
    return [
        once_more(chosen, settings[chosen.client], now)
        for spec in again
        for chosen in [_named(spec, db, client, ended, settings)]
    ]


def _named(
    spec: str, db: Database, client: str | None, ended: Sequence[FinishedCampaign], configured: Container[str]
) -> FinishedCampaign:
    """The ended campaign that *spec* names, of a client that is configured."""
    from mpftp.adapters.store.retention import RetentionStore

    ref = find_one_campaign(db, spec, client)
    if ref.client not in configured:
        raise UsageError(f"{ref}: client {ref.client} is not in the configuration")
    for one in ended:
        if one.campaign_id == ref.id:
            return one
    if RetentionStore(db).is_pruned(ref.id):
        raise UsageError(f"the contacts or events of {ref} were deleted; its results cannot be written")
    raise UsageError(f"{ref} is still being sent", hint="its results are published when it has ended")


def print_plan(jobs: Sequence[EditionJob]) -> None:
    """Say what a run would publish."""
    if not jobs:
        click.echo("Nothing is due.")
    for job in jobs:
        key = job.ended.key
        due = job.due_at.astimezone(job.settings.style.zone)
        edition = f"edition {job.edition}{', CANCELADO alone' if job.late else ''}"
        click.echo(f"{job.ended.client}: would publish {key.name} {key.date}, {edition}, due {due:%F %R %Z}")


def report_summary(summary: PublishSummary, report: RunReport) -> Exit:
    """Say one line an edition on a terminal, and report each client's failures as one; the exit code."""
    for done in summary.published:
        if sys.stdout.isatty():
            key, rows = done.job.ended.key, ", ".join(f"{kind} {count}" for kind, count in done.rows.items())
            click.echo(f"{done.job.ended.client}: published {key.name} {key.date}: {rows}")
    failures: dict[str, list[FailedEdition]] = {}
    for failed in summary.failed:
        failures.setdefault(failed.job.ended.client, []).append(failed)
    for client, together in failures.items():
        _report_failures(client, together, report)
    well = {done.job.ended.client for done in summary.published} - failures.keys()
    report.saw(well)
    if not summary.failed:
        return Exit.OK
    transient = all(failed.error.exit_code == Exit.TRY_LATER for failed in summary.failed)
    return Exit.TRY_LATER if transient else Exit.FAILURE


def _report_failures(client: str, failures: Sequence[FailedEdition], report: RunReport) -> None:
    """Report the editions of *client* that failed; those with the same error make one trouble."""
    for failed in failures:
        key, trouble = failed.job.ended.key, make_trouble(client, failed.error)
        alike = [one for one in failures if make_trouble(client, one.error).topic == trouble.topic]
        if failed is alike[0]:
            more = f" (nor are {len(alike) - 1} more)" if len(alike) > 1 else ""
            text = f"{client}: {key.name} {key.date} is not published{more}: {trouble.text}"
            report.trouble(replace(trouble, text=text))
