"""``mpftp forget``: one person's data, erased."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options, select_clients
from mpftp.cli.logs import say
from mpftp.cli.questions import confirm
from mpftp.errors import Exit, UsageError

if TYPE_CHECKING:
    from mpftp.stages.forget import ForgetSummary


@click.command()
@click.argument("address", metavar="ADDRESS")
@click.option("--client", metavar="NAME", help="Only what is kept for this client; default: for all.")
@click.option("--log", "logs", multiple=True, metavar="FILE", type=click.Path(path_type=Path),
              help="One of our log files, with those rotated beside it; may be repeated.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def command(
    context: CommandContext, address: str, client: str | None, logs: tuple[Path, ...], *, yes: bool
) -> Exit:
    """Erase the person of ADDRESS: from the state, the originals, messages set aside, and logs.

    A keyed hash stays on the suppression list, so that the person is not mailed again. Lines of MAIL and
    events stay without the person, so that sums hold. It cannot be undone. What is beyond our reach is
    listed; see mpftp-privacy(7).
    """
    from mpftp.adapters.lock import hold_all_locks
    from mpftp.adapters.store.persons import PersonStore
    from mpftp.adapters.store.retention import RetentionStore
    from mpftp.stages.forget import forget
    from mpftp.wiring.link_files import rewrite_link_files
    from mpftp.wiring.persons import find_person_files, make_event_eraser
    from mpftp.wiring.tracking import import_event_log

    if "@" not in address:
        raise UsageError(f"{address!r} is no e-mail address")
    if client:
        select_clients(context.config, (client,))
    if not yes:
        of = f"client {client}" if client else "all clients"
        confirm(f"Erase what is kept of {address} for {of}? It cannot be undone")
    with context.database() as db, hold_all_locks(context.config.state):
        import_event_log(context.config, db, context.clock)
        done = forget(
            address,
            client,
            PersonStore(db, address, client),
            RetentionStore(db),
            find_person_files(context.config, logs),
            make_event_eraser(context.config),
            context.clock(),
        )
        rewrite_link_files(context.config, db, done.campaign_ids)
    _tell(done, context, client)
    return Exit.FAILURE if done.traces or not done.is_log_empty else Exit.OK


def _tell(done: ForgetSummary, context: CommandContext, client: str | None) -> None:
    from mpftp.wiring.persons import unreachable_places

    lines = [
        f"erased: lines of MAIL in the state: {done.deliveries}",
        *(f"        of {campaign}" for campaign in done.campaigns),
        f"        lines of originals: {done.original_lines}",
        f"        messages: {done.messages}",
        f"        places in logs: {done.log_places}",
        f"a hash of the address stays on the list of {client or 'every client'}: it is not mailed again",
        "not reached, and yours to see to:",
        *(f"  {copy}" for copy in unreachable_places(context.config, client)),
    ]
    for line in lines:
        click.echo(line)
    for path in done.traces:
        hint = ""
        if path == context.config.state:
            hint = "free some space for a copy of the state file, then run `mpftp prune --compact`"
        say(f"{path}: still holds the address or a value of the person", hint=hint)
    if not done.is_log_empty:
        say("another program reads the state file; run `mpftp forget` again later")
