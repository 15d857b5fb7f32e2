"""``mpftp restore``: a backup in the place of a state that was lost."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from mpftp.cli.context import CommandContext, common_options
from mpftp.cli.logs import say
from mpftp.errors import Exit

_KNOWN = (
    "1 later triplet is known by its originals, and is"
    "|{count} later triplets are known by their originals, and are"
)


@click.command()
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@common_options
def command(context: CommandContext, source: Path) -> Exit:
    """Put the backup FILE in the place of the state file, and hold what it cannot be sure of.

    Campaigns that were not over when the backup was made are paused, and so is what lies on a client's
    server at the next visit: `mpftp campaign resume` sends the rest of one, `cancel` ends it. A triplet
    whose originals are in the spool was processed, and is not taken again.
    """
    from mpftp.domain.texts import count_text
    from mpftp.wiring.backup import restore_backup

    done = restore_backup(context.config, source, context.clock())
    lines = [f"the backup of {done.made_at} is in place"]
    if done.aside:
        lines.append(f"the state that stood there is {done.aside} now")
    held = count_text("1 campaign is|{count} campaigns are", done.held)
    in_doubt = count_text("1 message stays|{count} messages stay", done.in_doubt)
    lines += [
        f"{held} held (restored); {in_doubt} in doubt",
        f"{count_text(_KNOWN, done.processed)} not taken again",
        "what lies on the clients' servers at the next visit is taken and held",
        f"the state's id is {done.state_id} now; no host may send with {done.former_id} any more",
    ]
    for line in lines:
        say(line, level=logging.INFO)
    if done.held:
        say(
            "decide for each held campaign",
            hint="`mpftp campaign list` names them, `mpftp campaign resume` mails those of whom the backup"
            " does not know better, `mpftp campaign cancel` mails nobody",
            level=logging.INFO,
        )
    return Exit.OK
