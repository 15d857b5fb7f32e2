"""``mpftp guide``: what one client needs to know to hand over campaigns, as a page with model files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from mpftp.cli.context import CommandContext, common_options, select_clients
from mpftp.errors import Exit, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.config import Config
    from mpftp.cli.views.guide import GuideSettings


@click.command()
@click.argument("client")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--encoding", type=click.Choice(["utf-8", "windows-1252"]),
              help="Of the model files, instead of the profile's.")  # fmt: skip
@common_options
def command(context: CommandContext, client: str, directory: Path, encoding: str | None) -> Exit:
    """Write the guide for CLIENT into DIRECTORY, which must be new or empty.

    index.html is a page for the client, in its language; modelos/entrada holds a triplet that is
    accepted as it is, modelos/retorno what comes back for it.
    """
    from mpftp.cli.views.guide import render_guide
    from mpftp.domain.results.files import ResultFormat
    from mpftp.domain.results.sample_triplet import sample_answers, sample_input, sample_key

    config = context.config
    table = select_clients(config, (client,))[client]
    if directory.exists() and any(directory.iterdir()):
        raise UsageError(f"{directory} is not empty", hint="name a new directory")
    profile, now = config.profile(table), context.clock()
    encoding = encoding or profile.encoding or "utf-8"
    key = sample_key(table.language, now.astimezone(table.zone))
    files = sample_input(profile, table.language, encoding)
    style = ResultFormat(profile, table.zone, table.language)
    support = config.support.to_domain()
    answers = sample_answers(key, files, style, now, table.results_after_days, support)
    _write_files(directory / "modelos" / "entrada", {key.file(kind): data for kind, data in files.items()})
    _write_files(directory / "modelos" / "retorno", answers)
    page = render_guide(_guide_settings(config, client), key, encoding, now.astimezone(table.zone))
    _write_files(directory, {"index.html": page.encode("utf-8")})
    return Exit.OK


def _guide_settings(config: Config, name: str) -> GuideSettings:
    from mpftp.cli.views.guide import GuideSettings
    from mpftp.domain.file_names import AnswerType

    client = config.clients[name]
    url, fragment = urlsplit(client.endpoint), client.fragment
    location = url.path if url.scheme == "file" else url.hostname or ""
    port = client.port or url.port
    enabled = {
        AnswerType.ERRO: client.error_file,
        AnswerType.RECIBO: client.receipt_file,
        AnswerType.SITUACAO: client.situation_file,
    }
    return GuideSettings(
        client=client.display_name or name,
        language=client.language,
        address=f"{url.scheme}://{location}" + (f":{port}" if port else ""),
        user=client.user,
        directory=client.directory,
        profile=config.profile(client),
        zone=client.time_zone,
        results_after_days=client.results_after_days,
        incomplete_after_hours=client.incomplete_after_hours,
        fragment=(fragment.contacts, fragment.every_hours) if fragment else None,
        send_window=client.send_window or "",
        answers=tuple(kind for kind, is_enabled in enabled.items() if is_enabled),
        support=config.support.to_domain(),
    )


def _write_files(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
