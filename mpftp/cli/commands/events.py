"""``mpftp events``: event logs that were carried here from trackers on other hosts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from mpftp.cli.context import CommandContext, common_options
from mpftp.cli.logs import say
from mpftp.errors import Exit

PACKED = frozenset({".gz", ".xz", ".zst", ".bz2", ".zip"})


@click.group()
def command() -> None:
    """Take in the event logs of trackers on other hosts."""


@command.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@common_options
def import_logs(context: CommandContext, folder: Path) -> Exit:
    """Take the event logs in DIR into the state, each event once.

    DIR holds copies of the files in spool/events of each tracker host, under their own names. They may
    come in any order, again, or by halves: the rest is taken in when it is there. Nothing is removed
    from DIR. Exit code 1 when lines were damaged or belong to no delivery, or a file is
    compressed, in a folder of its own, or cannot be read; the others are taken in.
    """
    from mpftp.adapters.store.events import EventStore
    from mpftp.domain.texts import count_text
    from mpftp.stages.event_import import import_events
    from mpftp.wiring.tracking import build_machine_policy

    passed_over = 0
    for path, remedy in _find_passed_over(folder):
        passed_over += 1
        say(f"{path}: nothing of it was taken in; {remedy}")
    with context.database() as db:
        taken = import_events(
            EventStore(db), folder, context.clock, build_machine_policy(context.config), remove=False
        )
    if sys.stdout.isatty():
        events = count_text("1 event|{count} events", taken.added)
        known = count_text("1 opt-out|{count} opt-outs", taken.repeated)
        click.echo(f"{events} taken in, {known} known before")
    return Exit.FAILURE if taken.damaged or taken.unknown or passed_over else Exit.OK


def _find_passed_over(folder: Path) -> Iterator[tuple[Path, str]]:
    """What *folder* holds of event logs beside the files that are taken in, each with the remedy."""
    for path in sorted(folder.iterdir()):
        if path.suffix in PACKED and ".log" in path.suffixes:
            yield path, "uncompress it, under its own name"
        elif path.is_dir() and not path.name.startswith(".") and any(path.glob("*.log")):
            yield path, f"mpftp events import {path}"
