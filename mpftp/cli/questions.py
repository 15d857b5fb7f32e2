"""Questions at a terminal: an answer that cannot be is told, and asked for again."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from mpftp.errors import ConfigError, UsageError

FindWrong = Callable[[Mapping[str, Any]], ConfigError | None]
"""What is wrong with the configuration that some answers come to, if anything."""

EXAMPLE_SERVER = "ftp://ftp.example.com"
"""A client's server where none is said: for the sample, and to check the other answers by."""

_SERVERS = "ftp://HOST[:PORT], ftps://HOST, sftp://HOST or file:///FOLDER"

_SERVER_OPTIONS = (
    click.option("--endpoint", metavar="URL", help=f"Its server: {_SERVERS}."),
    click.option("--user", help="Its login name."),
    click.option("--password-env", metavar="NAME", help="Environment variable that holds the password."),
    click.option("--password-file", metavar="FILE", help="File whose first line is the password."),
    click.option("--directory", help="Directory on the server."),
)


def server_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a client's files lie and how to log in there."""
    for option in reversed(_SERVER_OPTIONS):
        function = option(function)
    return function


def is_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def drop_unanswered(answers: Mapping[str, Any]) -> dict[str, Any]:
    """*answers* without options that were left out, and questions that were passed over."""
    return {name: answer for name, answer in answers.items() if answer not in (None, "")}


@contextmanager
def ending_its_line() -> Iterator[None]:
    """Let what follows begin a line of its own when a question in the block is answered by Ctrl-C."""
    try:
        yield
    except click.Abort:
        click.echo(err=True)
        raise


def confirm(question: str, facts: Iterable[str] = ()) -> None:
    """Tell the *facts* and ask the *question*; come back only for a yes.

    Raises ``click.Abort`` for a no, ``UsageError`` where there is no one to ask.
    """
    for fact in facts:
        click.echo(fact, err=True)
    try:
        with ending_its_line():
            agreed = click.confirm(question, err=True)
    except click.Abort:
        if is_terminal():
            raise
        raise UsageError("nobody can be asked here, and nothing was changed", hint="add --yes") from None
    if not agreed:
        raise click.Abort


class Questions:
    """The *answers* so far: options of the command line, and what a person adds.

    Raises ``ConfigError`` where an option cannot be.
    """

    def __init__(self, answers: Mapping[str, Any], find_wrong: FindWrong) -> None:
        self.answers = dict(answers)
        self._find_wrong = find_wrong
        if error := find_wrong(self.answers):
            raise error

    def ask(self, name: str, question: str, default: str | None = "", **more: Any) -> None:
        """Ask for *name*, unless it is answered, until the answer can be; those before it stay.

        An empty answer is the *default*; ``None``: there must be an answer.
        """
        wrong = ConfigError("") if self.answers.get(name) is None else None
        while wrong:
            with ending_its_line():
                self.answers[name] = click.prompt(
                    question, default=default, err=True, show_default=bool(default), **more
                )
            if wrong := self._find_wrong(self.answers):
                for line in wrong.message.splitlines():
                    click.echo(f"Error: {re.sub(r'^.*?: (line [0-9]+: )?', '', line, count=1)}", err=True)

    def ask_server(self, default: str | None) -> None:
        """Ask where a client's files lie, by *default* there, and for the login; no password shows."""
        self.ask("endpoint", f"Its server ({_SERVERS})", default)
        if self.answers["endpoint"].startswith("file:"):
            return
        self.ask("user", "Login name")
        if self.answers.get("password_env") is None and self.answers.get("password_file") is None:
            self.ask("password", "Password (empty: none)", hide_input=True)
        self.ask("directory", "Directory on the server (empty: the login's own)")

    def ask_transport(self, default: str) -> None:
        """Ask what carries the messages."""
        kinds = click.Choice(["maildir", "smtp"])
        self.ask(
            "transport", "Transport (maildir: messages become files, for trying out)", default, type=kinds
        )
