"""``mpftp collect``: fetch new triplets from every client's server and make campaigns of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options, notify_clients, select_clients
from mpftp.cli.logs import say
from mpftp.cli.run_report import RunReport, report_run
from mpftp.domain.file_names import ListType
from mpftp.domain.printable import escape_invisible
from mpftp.domain.texts import count_text
from mpftp.errors import Exit, MpftpError, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.config import ClientTable, Config
    from mpftp.domain.triplets.findings import FindingCollector
    from mpftp.stages.collect import VisitSummary

_LINES = "1 line|{count} lines"


@click.command()
@click.option(
    "--client", "names", multiple=True, metavar="NAME", help="Visit this client only; may be given again."
)
@click.option("--dry-run", is_flag=True, help="Show what would be taken and why the rest would not.")
@common_options
def command(context: CommandContext, names: tuple[str, ...], dry_run: bool) -> Exit:
    """Fetch new triplets from every client's server and make campaigns of them.

    Silent when all is well. Exit code 1 when a triplet was refused, or taken without some of its
    contacts, or a server refused us, and 75 when servers were away and nothing else was wrong.
    """
    if dry_run:
        visits = _visit(context, names, dry_run=True)
        _print_visits(visits, dry_run=True)
        for visit in visits:
            for line in format_errors(visit):
                say(escape_invisible(line))
        return collect_exit_code(visits)
    return report_run(context, "collect", lambda report: _run(context, names, report))


def _run(context: CommandContext, names: tuple[str, ...], report: RunReport) -> Exit:
    visits = _visit(context, names, dry_run=False)
    report.only(name for name, client in context.config.clients.items() if client.enabled)
    if sys.stdout.isatty():
        _print_visits(visits, dry_run=False)
    for visit in visits:
        report_visit(visit, report)
    code = collect_exit_code(visits)
    with context.database() as db:
        all_notified = report.notices(notify_clients(context, db))
    return code if all_notified or code is not Exit.OK else Exit.TRY_LATER


def _visit(context: CommandContext, names: tuple[str, ...], *, dry_run: bool) -> list[VisitSummary]:
    """Visit the clients called *names*, or all."""
    from mpftp.adapters.lock import hold_lock
    from mpftp.adapters.store.database_pool import DatabasePool
    from mpftp.adapters.store.intake import order_fairly
    from mpftp.cli.progress import progress_bar
    from mpftp.stages.collect import CollectContext, collect
    from mpftp.wiring.clients import find_unvisitable, record_places
    from mpftp.wiring.link_files import write_missing_link_files
    from mpftp.wiring.servers import build_collect_settings, make_file_clock, open_visit
    from mpftp.wiring.state_file import open_beside

    config = context.config
    clients = _select_visited(config, names)
    with context.database():
        pass  # say what is wrong with the state file before any thread needs it
    collect_context = CollectContext(config.spool_dir, context.clock, make_file_clock(context.clock), dry_run)
    # This connection stays open, or the last visit to close one would tidy the state file each time.
    with (
        hold_lock(config.state, "collect"),
        context.database() as db,
        closing(DatabasePool(partial(open_beside, db))) as pool,
        progress_bar() as progress,
    ):
        unvisitable = find_unvisitable(config, db)
        visited = [name for name in order_fairly(db, clients) if name not in unvisitable]
        if not dry_run:
            record_places(config, db, [name for name in config.clients if name not in unvisitable])
        visits = collect(
            [build_collect_settings(config, name) for name in visited],
            partial(open_visit, config, pool, collect_context, Lock()),
            collect_context,
            connections=config.max_connections,
            visit_seconds=lambda name: clients[name].visit_seconds,
            run_seconds=config.run_seconds,
            progress=progress,
            unvisitable={name: error for name, error in unvisitable.items() if name in clients},
        )
        write_missing_link_files(config, db)
    return visits


def _print_visits(visits: list[VisitSummary], *, dry_run: bool) -> None:
    for visit in visits:
        for line in format_summary(visit, dry_run=dry_run):
            click.echo(escape_invisible(line))


def _select_visited(config: Config, names: tuple[str, ...]) -> dict[str, ClientTable]:
    """The clients to be visited: those called *names*, or all that do not rest. Raises ``UsageError``."""
    clients = select_clients(config, names)
    if resting := [name for name in names if not clients[name].enabled]:
        raise UsageError(
            f"{resting[0]} rests (enabled = false) and is not visited",
            hint=f"mpftp client enable {resting[0]}",
        )
    return {name: client for name, client in clients.items() if client.enabled}


def report_visit(visit: VisitSummary, report: RunReport) -> None:
    """Report what one visit met: each triplet by itself, and what is wrong with the server as it lasts."""
    for line in _triplet_lines(visit):
        report.tell(visit.client, escape_invisible(line))
    for error in [*visit.errors, *visit.remarks]:
        report.error(visit.client, error)
    if all(error.topic for error in visit.errors):  # nothing ended the visit before its end
        report.saw([visit.client])


def format_summary(visit: VisitSummary, *, dry_run: bool) -> Iterator[str]:
    """What a person who watches wants to know of one visit."""
    plan, client = visit.plan, visit.client
    if dry_run:
        for pickup in plan.ready:
            yield f"{client}: would take {pickup.key.name} {pickup.key.date} (complete; contents not checked)"
        for list_ in plan.lists:
            name = list_.key.file(ListType.SUPRESSAO)
            yield f"{client}: would read the suppression file {name} (contents not checked)"
        for misnamed in plan.misnamed:
            rules = ", ".join(sorted({finding.rule for finding in misnamed.findings}))
            yield f"{client}: would refuse {misnamed.key.name} {misnamed.key.date} ({rules})"
    for taken in visit.taken:
        counts = taken.counts
        valid, lines = (
            count_text("1 contact|{count} contacts", counts.valid),
            count_text(_LINES, counts.lines),
        )
        yield (
            f"{client}: took {taken.key.name} {taken.key.date}: {valid}"
            f" ({lines}, {counts.invalid} invalid, {counts.repeated} repeated)"
        )
    for read in visit.lists:
        receipt = read.receipt
        yield (
            f"{client}: read {read.key.file(ListType.SUPRESSAO)}: {receipt.added} added"
            f" ({count_text(_LINES, receipt.lines)}, {receipt.known} known, {receipt.invalid} invalid)"
        )
    for held in plan.waiting:
        missing = f" ({', '.join(held.missing)})" if held.missing else ""
        yield f"{client}: left {held.key.name} {held.key.date}: {held.reason.value}{missing}"
    if not (plan.ready or plan.lists or plan.misnamed or plan.waiting or visit.errors):
        yield f"{client}: nothing new"


def format_errors(visit: VisitSummary) -> Iterator[str]:
    """What is wrong, one line each: for standard error."""
    yield from _triplet_lines(visit)
    for error in visit.errors:
        often = f" ({visit.failures} visits in a row)" if visit.failures > 1 else ""
        yield f"{visit.client}: {error.message}{often}"
        if error.hint:
            yield f"{visit.client}: hint: {error.hint}"
    yield from (remark.message for remark in visit.remarks)


def _triplet_lines(visit: VisitSummary) -> Iterator[str]:
    """What became of triplets that an operator should know, one line each."""
    for refused in visit.refused:
        summary = _findings(refused.findings)
        yield f"{visit.client}: refused {refused.key.name} {refused.key.date}: {summary}"
    for taken in visit.taken:
        if taken.findings.errors():
            without = f"{taken.counts.invalid} invalid contact{'s' * (taken.counts.invalid != 1)}"
            summary = _findings(taken.findings)
            yield f"{visit.client}: took {taken.key.name} {taken.key.date} without {without}: {summary}"
        if taken.held:
            yield (
                f"{visit.client}: {taken.key.name} {taken.key.date} is held: {taken.held};"
                f" `mpftp campaign resume {taken.campaign_id}` sends it"
            )


def _findings(findings: FindingCollector) -> str:
    """The errors among *findings*, each with its place and what to do."""
    from mpftp.domain.texts import OPERATOR_LANGUAGE
    from mpftp.domain.triplets.findings import message, remedy
    from mpftp.domain.triplets.rules import Severity

    sentences = []
    for group in findings.groups():
        if group.severity is Severity.ERROR and group.first:
            first = group.first[0]
            spot = (first.line, first.column) if first.line else ()
            position = ":".join(str(part) for part in (group.file, *spot) if part)
            more = f" and {group.count - 1} more" if group.count > 1 else ""
            problem, fix = message(first, OPERATOR_LANGUAGE), remedy(first, OPERATOR_LANGUAGE)
            sentences.append(f"{position}: {problem} [{group.rule}]{more}. {fix}")
    return " | ".join(sentences)


def collect_exit_code(visits: list[VisitSummary]) -> Exit:
    """Return 78 for an unusable setting, 1 if a person is needed, 75 if a server is unavailable, else 0."""
    errors: list[MpftpError] = [error for visit in visits for error in visit.errors]
    needed = any(
        visit.refused or any(taken.findings.errors() or taken.held for taken in visit.taken)
        for visit in visits
    )
    if any(error.exit_code is Exit.CONFIG for error in errors):
        return Exit.CONFIG
    if needed or any(error.exit_code is not Exit.TRY_LATER for error in errors):
        return Exit.FAILURE
    return Exit.TRY_LATER if errors else Exit.OK
