"""``mpftp results``: the lines of the result files, for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from mpftp.cli.context import CommandContext, DateTimeParam, common_options, find_one_campaign
from mpftp.cli.lookup import unknown_client
from mpftp.domain.file_names import ResultType
from mpftp.errors import Exit, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.config import Config
    from mpftp.adapters.store.database import Database
    from mpftp.adapters.store.results import CountingPolicy
    from mpftp.domain.campaign import CampaignRef
    from mpftp.domain.results.files import ResultFormat


@click.command()
@click.argument("campaign", required=False)
@click.option("--client", metavar="NAME", help="All campaigns of this client.")
@click.option("--since", type=DateTimeParam(), help="Only what happened at this time or later.")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True,
              help="CSV with a header, or JSON Lines.")  # fmt: skip
@common_options
def command(
    context: CommandContext, campaign: str | None, client: str | None, since: datetime | None, form: str
) -> Exit:
    """Write the lines of the six result files to standard output, for programs.

    CAMPAIGN is an id, NAME_DATE or CLIENT/NAME_DATE. The lines are those that an edition of now would
    have. Columns: cliente, campanha, data, arquivo (ABERTURA ... CANCELADO), instante (UTC), and the
    columns of the files; those that a file does not have are empty. UTF-8, values as texts.
    """
    from mpftp.cli.views.result_lines import write_csv, write_json_lines

    if (campaign is None) == (client is None):
        raise UsageError("name either a campaign or, with --client, a client")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    with context.database(read_only=True) as db:
        refs = [find_one_campaign(db, campaign)] if campaign else _campaigns_of(db, client or "")
        lines = _lines(context.config, db, refs, since, for_sheets=form == "csv")
        (write_csv if form == "csv" else write_json_lines)(lines, sys.stdout)
    return Exit.OK


def _campaigns_of(db: Database, client: str) -> list[CampaignRef]:
    """The campaigns of *client*, the oldest first. Raises ``UsageError`` for an unknown one."""
    from mpftp.adapters.store.overview import Overview

    overview = Overview(db)
    known = [one.name for one in overview.clients()]
    if client not in known:
        raise unknown_client(client, known)
    return [summary.ref for summary in reversed(overview.campaigns(client))]


def _lines(
    config: Config, db: Database, refs: list[CampaignRef], since: datetime | None, *, for_sheets: bool
) -> Iterator[list[str]]:
    from mpftp.adapters.store.results import CampaignContacts, ResultRows, ResultStore
    from mpftp.cli.views.result_lines import result_lines
    from mpftp.domain.clock import to_ms

    horizon, earliest = ResultStore(db).newest_event_id(), to_ms(since) if since else 0
    for ref in refs:
        contacts = CampaignContacts.load(db, ref.id)
        style, counting = _form_of(config, ref.client, contacts.columns)
        source = ResultRows(db, contacts, horizon, counting)
        for kind in ResultType:
            rows = (row for row in source.rows_of(kind) if row.at >= earliest)
            yield from result_lines(ref, kind, rows, style, for_sheets=for_sheets)


def _form_of(config: Config, client: str, columns: tuple[str, ...]) -> tuple[ResultFormat, CountingPolicy]:
    """How the client's files are written and counted; as by default for one that is configured no more."""
    from dataclasses import replace

    from mpftp.adapters.store.results import CountingPolicy
    from mpftp.domain.profile import DEFAULT_PROFILE
    from mpftp.domain.results.files import ResultFormat, make_link_filler
    from mpftp.domain.texts import DEFAULT_LANGUAGE
    from mpftp.wiring.servers import build_publish_settings

    if client in config.clients:
        settings = build_publish_settings(config, client)
        style, counting = settings.style, settings.counting
    else:
        style, counting = (
            ResultFormat(DEFAULT_PROFILE, ZoneInfo("UTC"), DEFAULT_LANGUAGE),
            CountingPolicy.of(DEFAULT_PROFILE),
        )
    return replace(style, fill=make_link_filler(columns, style.profile)), counting
