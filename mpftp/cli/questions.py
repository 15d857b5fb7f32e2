"""Questions at a terminal: an answer that cannot be is told, and asked for again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import click

from mpftp.errors import ConfigError

FindWrong = Callable[[Mapping[str, Any]], ConfigError | None]
"""What is wrong with the configuration that some answers come to, if anything."""


class Questions:
    """The *answers* so far: options of the command line, and what a person adds.

    Raises ``ConfigError`` where an option cannot be.
    """

    def __init__(self, answers: Mapping[str, Any], find_wrong: FindWrong) -> None:
        self.answers = dict(answers)
        self._find_wrong = find_wrong
        if error := find_wrong(self.answers):
            raise error

    def ask(self, name: str, question: str, default: str = "", **more: Any) -> None:
        """Ask for *name*, unless it is answered, until the answer can be; those before it stay."""
        wrong = ConfigError("") if self.answers.get(name) is None else None
        while wrong:
            self.answers[name] = click.prompt(question, default=default, err=True, **more)
            if wrong := self._find_wrong(self.answers):
                for line in wrong.message.splitlines():
                    click.echo(f"Error: {re.sub(r'^.*?: (line [0-9]+: )?', '', line, count=1)}", err=True)
