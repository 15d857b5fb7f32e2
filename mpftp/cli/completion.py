"""What a shell offers for a name that is half typed: clients, campaigns, rules; quick, and never an error."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

FindWords = Callable[[click.Context, str], Iterable[str]]
"""Words that begin with what is typed; may raise any exception."""


class CompletedText(click.types.StringParamType):
    """A text for which a shell offers words."""

    def __init__(self, find: FindWords) -> None:
        self._find = find

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer words, or none when anything is amiss: whoever types is not to read errors."""
        try:
            words = list(self._find(ctx, incomplete))
        except Exception:
            return []
        return [CompletionItem(text) for text in words if text.isprintable() and " " not in text]


def add_completion(name: str, command: click.Command) -> None:
    """Have a shell offer words for those parameters of the command *name* that take a name that is known."""
    if isinstance(command, click.Group):
        for inner, one in command.commands.items():
            add_completion(f"{name} {inner}", one)
        return
    for param in command.params:
        if find := _finder_of(name, param):
            param.type = CompletedText(find)


def _finder_of(command: str, param: click.Parameter) -> FindWords | None:
    takes_client = "--client" in param.opts or (isinstance(param, click.Argument) and param.name == "client")
    is_named = command.startswith("client ") and command != "client add" and param.name in ("name", "old")
    if (takes_client and command != "init") or is_named:
        return _clients
    if param.name == "campaign" or "--again" in param.opts:
        return _campaigns
    if command == "validate" and param.name in ("select", "ignore", "explain"):
        return _rules
    return None


def _config_path(ctx: click.Context) -> Path:
    from mpftp.adapters.config.places import find_config

    path = ctx.params.get("config_path") or os.environ.get("MPFTP_CONFIG")
    return find_config(Path(path) if path else None)


def _clients(ctx: click.Context, begin: str) -> Iterator[str]:
    from mpftp.adapters.config.places import read_client_names

    return (name for name in read_client_names(_config_path(ctx)) if name.startswith(begin))


def _campaigns(ctx: click.Context, begin: str) -> Iterator[str]:
    """The newest ones, by the shorter name unless the client's was begun."""
    from mpftp.adapters.config.places import read_state_path
    from mpftp.adapters.store.names import find_campaign_names

    campaigns = find_campaign_names(read_state_path(_config_path(ctx)), begin)
    names = [name if name.startswith(begin) else f"{client}/{name}" for client, name in campaigns]
    return iter(dict.fromkeys(names))


def _rules(ctx: click.Context, begin: str) -> Iterator[str]:
    """Rules; behind a comma those that are not in the list yet."""
    from mpftp.domain.triplets.rules import RULES

    before, comma, last = begin.rpartition(",")
    listed = before.split(",")
    return (f"{before}{comma}{rule}" for rule in RULES if rule.startswith(last) and rule not in listed)
