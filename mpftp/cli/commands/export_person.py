"""``mpftp export-person``: all that is kept of one person, as JSON."""

from __future__ import annotations

import json

import click

from mpftp.cli.context import CommandContext, common_options, select_clients
from mpftp.errors import Exit, UsageError


@click.command()
@click.argument("address", metavar="ADDRESS")
@click.option("--client", metavar="NAME", help="Only what is kept for this client; default: for all.")
@common_options
def command(context: CommandContext, address: str, client: str | None) -> Exit:
    """Write all that is kept of the person of ADDRESS to standard output, as JSON.

    Deliveries with the contact's values, events, bounces, entries of the suppression list, messages that
    were kept apart; without --client also the files of messages that hold the address. The originals hold
    the same lines of MAIL (`mpftp show`).
    """
    from mpftp.adapters.store.person_export import export_person
    from mpftp.wiring.persons import find_person_files

    if "@" not in address:
        raise UsageError(f"{address!r} is no e-mail address")
    if client:
        select_clients(context.config, (client,))
    with context.database(read_only=True) as db:
        exported = export_person(db, address, client)
    if not client:
        exported["message_files"] = find_person_files(context.config, ()).export_messages(address)
    click.echo(json.dumps(exported, ensure_ascii=False, indent=2))
    return Exit.OK
