"""``mpftp status``: what came in, what is going out, what comes next, what is wrong."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options
from mpftp.cli.lookup import unknown_client
from mpftp.errors import ConfigError, Exit, StateError

if TYPE_CHECKING:
    from mpftp.adapters.store.database import Database
    from mpftp.stages.status import Status, Trouble


@click.command()
@click.option("--client", metavar="NAME", help="Only this client.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; the same as --format json.")
@click.option("--format", "form", type=click.Choice(["table", "json", "prometheus"]), default="table",
              show_default=True, help="Tables for people, or text for machines.")  # fmt: skip
@click.option(
    "--all", "show_all", is_flag=True, help="Every campaign, not only the newest and what is not done."
)
@click.option("--check", is_flag=True,
              help="Verify the state file; say only what is wrong, and exit 1 if anything is.")  # fmt: skip
@common_options
def command(
    context: CommandContext, client: str | None, as_json: bool, form: str, show_all: bool, check: bool
) -> Exit:
    """Show clients, campaigns, fragments, deliveries, events, what is due next, and trouble.

    It changes nothing. Opens and clicks that no other command has taken in yet are not shown.
    """
    from mpftp.cli.views import status

    try:
        found = _read(context, client, show_all=show_all, check=check)
    except (ConfigError, StateError) as error:
        if form != "prometheus" or as_json:
            raise
        click.echo(status.format_down(error.message), nl=False)  # a figure that monitoring is to read
        return Exit.OK
    if as_json or form == "json":
        click.echo(status.to_json(found))
    elif form == "prometheus":
        click.echo(status.to_prometheus(found), nl=False)
    elif check:
        _print_trouble(found.trouble)
    else:
        status.print_status(found, sys.stdout)
    return Exit.FAILURE if check and found.trouble else Exit.OK


def _read(context: CommandContext, client: str | None, *, show_all: bool, check: bool) -> Status:
    from mpftp.adapters.store.overview import Overview
    from mpftp.stages.status import SHOWN_CAMPAIGNS, read_status

    config = context.config
    with context.database(read_only=True, trusted=check) as db:
        overview = Overview(db)
        known = {*config.clients, *(look.name for look in overview.clients())}
        if client is not None and client not in known:
            raise unknown_client(client, known)
        return read_status(
            overview,
            str(config.state),
            {name: table.enabled for name, table in config.clients.items()},
            context.clock(),
            noticed=_notice(context, db),
            client=client,
            check=check,
            newest=None if show_all else SHOWN_CAMPAIGNS,
        )


def _notice(context: CommandContext, db: Database) -> list[Trouble]:
    """What is wrong between the state and what lies beside it: configuration, journal, signing keys."""
    from mpftp.stages.status import Trouble
    from mpftp.wiring.clients import find_unvisitable
    from mpftp.wiring.signing_keys import find_lost_keys
    from mpftp.wiring.state_file import describe_doubt

    config = context.config
    found = [
        Trouble("client", name, f"{error.message}; {error.hint}")
        for name, error in find_unvisitable(config, db).items()
    ]
    if doubt := describe_doubt(db, config):
        found.insert(0, Trouble("state", "state file", doubt))
    try:
        if lost := find_lost_keys(db, config):
            found.insert(0, Trouble("keys", "signing keys", str(lost)))
    except ConfigError as error:
        found.insert(0, Trouble("keys", "signing keys", error.message))
    return found


def _print_trouble(trouble: tuple[Trouble, ...]) -> None:
    """One line a trouble on standard error; when all is well, a word to whom watches."""
    for one in trouble:
        click.echo(f"mpftp: {one.about}: {one.text}", err=True)
    if not trouble and sys.stdout.isatty():
        click.echo("All well.")
