"""``mpftp init``: a few questions, one commented configuration file."""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from mpftp.cli.context import exit_with
from mpftp.cli.questions import EXAMPLE_SERVER, Questions, drop_unanswered, is_terminal, server_options
from mpftp.errors import ConfigError, Exit, MpftpError, UsageError

FRAGMENT_HOURS = 24.0  # between two fragments, where nobody says


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--client", metavar="NAME", help="A short name for the first client.")
@server_options
@click.option("--time-zone", metavar="ZONE", help="Time zone of its schedules and result files.")
@click.option("--fragment-contacts", type=click.IntRange(0), metavar="N",
              help="Contacts in one fragment; 0: all at once.")  # fmt: skip
@click.option("--fragment-hours", type=click.FloatRange(0, min_open=True), metavar="HOURS",
              help="Hours between two fragments.")  # fmt: skip
@click.option(
    "--results-after-days", type=click.IntRange(0, 365), metavar="N", help="Days between sending and results."
)
@click.option("--transport", type=click.Choice(["smtp", "maildir"]), help="Transport for the messages.")
@click.option("--smtp-host", metavar="HOST", help="The relay; the transport is smtp then.")
@click.option("--base-url", metavar="URL", help="The tracker, as readers reach it.")
@click.option("--bounce-address", metavar="ADDRESS", help="Where delivery reports arrive.")
@click.option("--state", metavar="FILE", help="The state file.")
@click.option("--state-only", is_flag=True, help="Only make the state file that a configuration names.")
@click.option("--config", "config_path", type=click.Path(path_type=Path, readable=False),
              envvar="MPFTP_CONFIG", help="The configuration file, with --state-only.")  # fmt: skip
def command(path: Path | None, state_only: bool, config_path: Path | None, **answers: Any) -> None:
    """Write a commented configuration to PATH (default: mpftp.toml here), mode 0600, and make the state file.

    On a terminal it asks for what no option says. A file that exists is never overwritten. The state
    file is made for the user who runs cron: root is told the line to run as that user instead. No other
    command makes one, for a state that was lost and made anew would mail everybody again.
    """
    if state_only:
        exit_with(lambda: _make_state(config_path or path))
    exit_with(lambda: _init(path or Path("mpftp.toml"), answers))


def _make_state(config_path: Path | None) -> Exit:
    from mpftp.adapters.config import find_config, load_config
    from mpftp.wiring.state_file import create_state

    where = find_config(config_path)
    create_state(load_config(where), where)
    return Exit.OK


def _init(path: Path, answers: dict[str, Any]) -> Exit:
    from mpftp.adapters.config import load_config
    from mpftp.adapters.config.sample import render_sample
    from mpftp.adapters.store.database import is_missing
    from mpftp.wiring.state_file import create_state, init_command

    if path.exists():
        raise UsageError(f"{path} exists and is not overwritten", hint="name another file")
    if answers.get("smtp_host") and not answers.get("transport"):
        answers = answers | {"transport": "smtp"}  # or the relay would be named and never used
    values = _values(_ask(path, answers) if is_terminal() else answers)
    if "state" not in values and not path.resolve().is_relative_to("/etc"):
        values["state"] = "state.db"
    _write(path, render_sample(values))
    next_command = f"mpftp collect --dry-run --config {path}"
    try:
        config = load_config(path)
        if os.geteuid() == 0:
            next_command = f"as the user that runs cron, {init_command(path)}"
        elif is_missing(config.state):
            create_state(config, path)
    except MpftpError:
        path.unlink()
        raise
    click.echo(f"{path} is written. Next: {next_command}", err=True)
    return Exit.OK


def _ask(path: Path, answers: dict[str, Any]) -> dict[str, Any]:
    """*answers*, completed by the person at the terminal; the password is not shown."""
    from mpftp.adapters.config.sample import iter_settings

    settings = dict(iter_settings())
    questions = Questions(answers, functools.partial(_find_wrong, path))
    asked, ask = questions.answers, questions.ask

    def usual(setting: str) -> str:
        return str((settings.get(setting) or settings[f"clients.NAME.{setting}"]).default)

    ask("client", "Name of the first client (letters, digits, - and _)", "example")
    questions.ask_server(EXAMPLE_SERVER)
    ask("time_zone", "Time zone of its schedules and result files", usual("time_zone"))
    ask("fragment_contacts", "Contacts in one fragment (0: all at once)", "0", type=click.IntRange(0))
    if asked["fragment_contacts"]:
        ask(
            "fragment_hours",
            "Hours between two fragments",
            f"{FRAGMENT_HOURS:g}",
            type=click.FloatRange(0, min_open=True),
        )
    ask(
        "results_after_days",
        "Days between sending and the results",
        usual("results_after_days"),
        type=click.IntRange(0, 365),
    )
    questions.ask_transport(usual("transport"))
    if asked["transport"] == "smtp":
        ask("smtp_host", "SMTP relay", usual("smtp.host"))
    ask("base_url", "Address of the tracker, as readers reach it", usual("tracking.base_url"))
    ask("bounce_address", "Address for delivery reports", usual("bounces.address"))
    return asked


def _find_wrong(path: Path, answers: Mapping[str, Any]) -> ConfigError | None:
    """What is wrong with the configuration that *answers* come to so far, if anything."""
    from mpftp.adapters.config.file import check_config
    from mpftp.adapters.config.sample import render_sample

    try:
        check_config(render_sample(_values(answers)), path)
    except ConfigError as error:
        return error
    return None


def _values(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered, in the shape of the configuration file."""
    answered = drop_unanswered(answers)
    places = {"smtp_host": ("smtp", "host"), "base_url": ("tracking", "base_url"),
              "bounce_address": ("bounces", "address")}  # fmt: skip
    values: dict[str, Any] = {key: answered.pop(key) for key in ("state",) if key in answered}
    name = answered.pop("client", "example")
    for option, (table, key) in places.items():
        if option in answered:
            values[table] = {key: answered.pop(option)}
    hours, contacts = answered.pop("fragment_hours", None), answered.pop("fragment_contacts", 0)
    if contacts:
        answered["fragment"] = {"contacts": contacts, "every_hours": hours or FRAGMENT_HOURS}
    elif hours:
        raise UsageError("--fragment-hours does nothing without --fragment-contacts")
    values["clients"] = {name: {"endpoint": EXAMPLE_SERVER} | answered}
    return values


def _write(path: Path, text: str) -> None:
    """Create *path* with mode 0600, never over an existing file."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as target:
            target.write(text)
    except OSError as error:
        way_out = f"mkdir -p {shlex.quote(str(path.parent))}" if isinstance(error, FileNotFoundError) else ""
        raise ConfigError(f"{path}: cannot be written ({error.strerror})", hint=way_out) from None
