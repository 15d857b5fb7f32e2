"""``mpftp report``: statistics of one campaign, in the terminal or as a page for the client."""

from __future__ import annotations

import logging
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from mpftp.cli.context import CommandContext, common_options
from mpftp.cli.progress import progress_bar
from mpftp.errors import Exit, LockedError

if TYPE_CHECKING:
    from mpftp.domain.campaign import CampaignRef
    from mpftp.domain.results.statistics import CampaignStatistics

log = logging.getLogger("mpftp.report")


@click.command(name="report")
@click.argument("campaign")
@click.option(
    "--html", "page", metavar="FILE", help="Write a page for the client, in its language; - prints it."
)
@common_options
def command(context: CommandContext, campaign: str, page: str | None) -> Exit:
    """Show statistics of CAMPAIGN: rates, opens by hour, top links, bounce reasons, machines.

    CAMPAIGN is an id, NAME_DATE or CLIENT/NAME_DATE. The page holds all it needs in one file and
    can be printed.
    """
    ref, statistics = _read_statistics(context, campaign)
    client = context.config.clients.get(ref.client)
    zone = client.zone if client else ZoneInfo("UTC")
    if page is None:
        from mpftp.cli.views.report import print_statistics

        print_statistics(statistics, zone, sys.stdout)
        return Exit.OK
    from mpftp.cli.views.report_page import ReportClient, render_html_report
    from mpftp.domain.texts import DEFAULT_LANGUAGE

    if client:
        profile = context.config.profile(client)
        name, support = client.display_name or ref.client, context.config.support.to_domain()
        report_client = ReportClient(name, client.language, zone, profile, support)
    else:
        report_client = ReportClient(ref.client, DEFAULT_LANGUAGE, zone)
    html = render_html_report(statistics, report_client, context.clock())
    if page == "-":
        click.echo(html, nl=False)
    else:
        _write(Path(page), html)
    return Exit.OK


def _read_statistics(context: CommandContext, campaign: str) -> tuple[CampaignRef, CampaignStatistics]:
    from mpftp.adapters.store.event_totals import EventTotals
    from mpftp.adapters.store.statistics import read_statistics
    from mpftp.cli.context import find_one_campaign
    from mpftp.wiring.tracking import import_event_log

    with context.database() as db:
        ref = find_one_campaign(db, campaign)
        try:
            import_event_log(context.config, db, context.clock)
            EventTotals(db).bring_forward()
        except LockedError:
            log.warning("the state file is locked: what was tracked since the last run is not counted yet")
        client = context.config.clients.get(ref.client)
        marked = context.config.profile(client).count_marked if client else True
        with progress_bar() as progress:
            return ref, read_statistics(db, ref, marked=marked, progress=progress)


def _write(path: Path, html: str) -> None:
    """The page appears whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.touch(0o600, exist_ok=False)  # it names contacts' links, so others may not read it
    try:
        draft.write_text(html, "utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
