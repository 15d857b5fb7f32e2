"""``mpftp show``: an accepted triplet as it came, byte for byte."""

from __future__ import annotations

import gzip
import shutil
import sys
from pathlib import Path

import click

from mpftp.cli.context import CommandContext, common_options
from mpftp.domain.file_names import InputType, TripletKey
from mpftp.errors import Exit, MpftpError


@click.command()
@click.argument("campaign", metavar="CAMPAIGN")
@click.option("--raw", "kind", type=click.Choice([kind.value for kind in InputType]),
              help="Write this file to standard output as it came.")  # fmt: skip
@common_options
def command(context: CommandContext, campaign: str, kind: str | None) -> Exit:
    """Show the files of CAMPAIGN (an id, NAME_DATE or CLIENT/NAME_DATE) as its client uploaded them.

    Without --raw their places here and their SHA-256 are shown. The originals are kept for the client's
    keep_days; what `mpftp campaign show` tells is kept for ever.
    """
    from mpftp.adapters.store.intake import Intake
    from mpftp.cli.context import find_one_campaign
    from mpftp.stages.collect import originals_dir

    with context.database(read_only=True) as db:
        ref = find_one_campaign(db, campaign)
        receipt = Intake(db, ref.client).load_receipt(ref.id)
    folder = originals_dir(context.config.spool_dir, ref.client, ref.key)
    if kind is not None:
        _pour(folder / f"{kind}.gz", ref.key)
        return Exit.OK
    for part in InputType:
        path = folder / f"{part.value}.gz"
        location = path if path.exists() else "no longer kept"
        click.echo(f"{ref.key.file(part)}  sha256 {receipt.sha256[part]}  {location}")
    return Exit.OK


def _pour(path: Path, key: TripletKey) -> None:
    try:
        with gzip.open(path, "rb") as original:
            shutil.copyfileobj(original, sys.stdout.buffer)
            sys.stdout.flush()
    except FileNotFoundError:
        raise MpftpError(
            f"the originals of {key.name} {key.date} are no longer kept",
            hint="keep_days of the client says for how long they are",
        ) from None
    except (OSError, EOFError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise MpftpError(f"{path}: cannot be read ({error})") from error
