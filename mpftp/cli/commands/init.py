"""``mpftp init``: a few questions, one commented configuration file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from mpftp.cli.context import exit_with
from mpftp.errors import ConfigError, Exit, UsageError


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--client", metavar="NAME", help="A short name for the first client.")
@click.option("--endpoint", metavar="URL", help="Its server: ftp://HOST, ftps://HOST or file:///FOLDER.")
@click.option("--user", help="Its login name.")
@click.option("--password-env", metavar="NAME", help="Environment variable that holds the password.")
@click.option("--password-file", metavar="FILE", help="File whose first line is the password.")
@click.option("--directory", help="Directory on the server.")
@click.option("--results-after-days", type=click.IntRange(0, 365), help="Days between sending and results.")
@click.option("--transport", type=click.Choice(["smtp", "maildir"]), help="Transport for the messages.")
@click.option("--smtp-host", metavar="HOST", help="The relay, for the smtp transport.")
@click.option("--base-url", metavar="URL", help="The tracker, as readers reach it.")
@click.option("--bounce-address", metavar="ADDRESS", help="Where delivery reports arrive.")
@click.option("--state", metavar="FILE", help="The state file.")
def command(path: Path | None, **answers: Any) -> None:
    """Write a commented configuration to PATH (default: mpftp.toml here), mode 0600.

    On a terminal it asks for what no option says. A file that exists is never overwritten.
    """
    exit_with(lambda: _init(path or Path("mpftp.toml"), answers))


def _init(path: Path, answers: dict[str, Any]) -> Exit:
    from mpftp.adapters.config import load_config
    from mpftp.adapters.config.sample import render_sample

    if path.exists():
        raise UsageError(f"{path} exists and is not overwritten", hint="name another file")
    values = _values(_ask(answers) if is_terminal() else answers)
    if "state" not in values and not path.resolve().is_relative_to("/etc"):
        values["state"] = "state.db"
    _write(path, render_sample(values))
    try:
        load_config(path).state.parent.mkdir(0o700, parents=True, exist_ok=True)
    except (ConfigError, OSError) as error:
        path.unlink()
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{error.filename}: cannot be created ({error.strerror})") from None
    click.echo(f"{path} is written. Next: mpftp collect --dry-run --config {path}", err=True)
    return Exit.OK


def is_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def _ask(answers: dict[str, Any]) -> dict[str, Any]:
    """*answers*, completed by the person at the terminal; the password is not shown."""
    asked = dict(answers)

    def ask(name: str, question: str, default: str = "", **more: Any) -> None:
        if asked.get(name) is None:
            asked[name] = click.prompt(question, default=default, err=True, **more)

    ask("client", "Name of the first client (letters, digits, - and _)", "example")
    ask("endpoint", "Its server (ftp://HOST, ftps://HOST or file:///FOLDER)", "ftp://ftp.example.com")
    if not asked["endpoint"].startswith("file:"):
        ask("user", "Login name")
        if asked.get("password_env") is None and asked.get("password_file") is None:
            ask("password", "Password (empty: none)", hide_input=True, show_default=False)
        ask("directory", "Directory on the server (empty: the login's own)", show_default=False)
    ask("results_after_days", "Days between sending and the results", "3", type=click.IntRange(0, 365))
    ask("transport", "Transport (maildir: messages become files, for trying out)", "maildir",
        type=click.Choice(["maildir", "smtp"]))  # fmt: skip
    if asked["transport"] == "smtp":
        ask("smtp_host", "SMTP relay", "localhost")
    ask("base_url", "Address of the tracker, as readers reach it", "http://localhost:8080")
    ask("bounce_address", "Address for delivery reports", "bounces@localhost")
    return asked


def _values(answers: dict[str, Any]) -> dict[str, Any]:
    """What was answered, in the shape of the configuration file."""
    given = {name: answer for name, answer in answers.items() if answer not in (None, "")}
    places = {"smtp_host": ("smtp", "host"), "base_url": ("tracking", "base_url"),
              "bounce_address": ("bounces", "address")}  # fmt: skip
    values: dict[str, Any] = {key: given.pop(key) for key in ("state",) if key in given}
    name = given.pop("client", "example")
    for option, (table, key) in places.items():
        if option in given:
            values[table] = {key: given.pop(option)}
    values["clients"] = {name: {"endpoint": "ftp://ftp.example.com"} | given}
    return values


def _write(path: Path, text: str) -> None:
    """Create *path* with mode 0600, never over an existing file."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as target:
            target.write(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from None
