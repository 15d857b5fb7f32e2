"""``mpftp backup``: the state and what belongs to it, in one file."""

from __future__ import annotations

import logging
import os
import secrets
import sys
from pathlib import Path

import click

from mpftp.cli.context import CommandContext, common_options
from mpftp.cli.logs import say
from mpftp.errors import Exit


@click.command()
@click.argument("target", metavar="FILE|-", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@common_options
def command(context: CommandContext, target: Path) -> Exit:
    """Write the state file, the signing keys, the journal and the event logs to FILE, or to standard output.

    It is a tar, mode 0600, that appears whole; other commands may run meanwhile. DKIM keys, passwords,
    the configuration and the originals are not in it: keep those as well.
    """
    from mpftp.wiring.backup import write_backup

    if str(target) == "-":
        write_backup(context.config, context.config_file, sys.stdout.buffer, context.clock())
        return Exit.OK
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            write_backup(context.config, context.config_file, file, context.clock())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    if sys.stderr.isatty():
        left_out = "DKIM keys, passwords, the configuration and the originals are not in it"
        say(f"{target} is written; {left_out}", level=logging.INFO)
    return Exit.OK
