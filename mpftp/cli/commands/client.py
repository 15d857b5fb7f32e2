"""``mpftp client``: the clients in the configuration file and in the state, changed together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options, select_clients
from mpftp.errors import Exit, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.config import Config
    from mpftp.adapters.store.clients import ClientStore


@click.group()
def command() -> None:
    """Rest, rename and remove clients; what else stands in the configuration file stays as it is."""


@command.command()
@click.argument("old")
@click.argument("new")
@common_options
def rename(context: CommandContext, old: str, new: str) -> Exit:
    """Call the client OLD NEW from now on, in the configuration and in the state: both, or neither.

    All that is known of OLD goes on under the new name: campaigns, used file names, suppressed
    addresses, originals. A configuration that says NEW already is left as it is. Restart a tracker
    that runs, so that its pages name the client again.
    """
    from mpftp.adapters.config.edit import ConfigDraft, read_config_text, rename_client_section
    from mpftp.adapters.lock import hold_all_locks
    from mpftp.adapters.store.clients import ClientStore
    from mpftp.wiring.clients import rename_in_state_and_config

    with context.database() as db, hold_all_locks(context.config.state):
        config, store = context.config, ClientStore(db)
        _check_names(config, store, old, new)
        store.refuse_rename(old, new)
        draft = None
        if old in config.clients:
            text = read_config_text(context.config_file)
            draft = ConfigDraft(context.config_file, rename_client_section(text, old, new))
        try:
            rename_in_state_and_config(config, db, draft, old, new)
        finally:
            if draft:
                draft.discard()
    click.echo(f"{old} is called {new} now")
    return Exit.OK


def _check_names(config: Config, store: ClientStore, old: str, new: str) -> None:
    """Raise ``UsageError`` for names that cannot change places."""
    if old == new:
        raise UsageError("the two names are the same")
    if old in config.clients and new in config.clients:
        raise UsageError(
            f"the configuration has both {old} and {new}", hint="remove the section that is too much"
        )
    if old not in config.clients and new not in config.clients:
        raise _unknown(config, store, old)
    if old not in config.clients and old not in {known.name for known in store.known_clients()}:
        raise _unknown(config, store, old)


def _unknown(config: Config, store: ClientStore, name: str) -> UsageError:
    names = sorted({*config.clients, *(known.name for known in store.known_clients())})
    return UsageError(f"no client is called {name!r}", hint=f"there are: {', '.join(names) or 'none'}")


@command.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def remove_client(context: CommandContext, name: str, yes: bool) -> Exit:
    """Give a client up: its section leaves the configuration, and its server and directory are free.

    Its campaigns and suppressed addresses stay in the state, and are its own again if the name comes
    back. A client that still has campaigns to send is not removed.
    """
    from mpftp.adapters.config.edit import edit_config, remove_client_section
    from mpftp.adapters.lock import hold_all_locks
    from mpftp.adapters.store.clients import ClientStore

    with context.database() as db, hold_all_locks(context.config.state):
        store = ClientStore(db)
        if name not in context.config.clients and name not in {one.name for one in store.known_clients()}:
            raise _unknown(context.config, store, name)
        sending, waiting = store.count_unfinished(name)
        if sending:
            raise UsageError(
                f"{name} has {sending} campaigns that are not finished",
                hint="let them end or cancel them (`mpftp campaign list`), or let the client rest:"
                f" mpftp client disable {name}",
            )
        if not yes:
            lost = f" {waiting} campaigns get no results." if waiting else ""
            click.confirm(
                f"Whoever is configured with its server and directory is a client of its own then, and what"
                f" lies there is mailed again.{lost} Remove {name}?",
                abort=True,
                err=True,
            )
        if name in context.config.clients:
            edit_config(context.config_file, lambda text: remove_client_section(text, name))
        store.remove(name, context.clock())
    click.echo(f"{name} is removed")
    return Exit.OK


@command.command()
@click.argument("name")
@common_options
def disable(context: CommandContext, name: str) -> Exit:
    """Let a client rest: nothing is taken from its server until `enable`.

    What was accepted goes on: its campaigns are sent, and their results published on its server.
    """
    return _set_enabled(context, name, enabled=False)


@command.command()
@click.argument("name")
@common_options
def enable(context: CommandContext, name: str) -> Exit:
    """End a client's rest: the next collect visits it."""
    return _set_enabled(context, name, enabled=True)


def _set_enabled(context: CommandContext, name: str, *, enabled: bool) -> Exit:
    from mpftp.adapters.config.edit import edit_config, set_client_enabled

    table = select_clients(context.config, (name,))[name]
    if table.enabled is not enabled:
        edit_config(context.config_file, lambda text: set_client_enabled(text, name, enabled=enabled))
    click.echo(f"{name} {'is visited' if enabled else 'rests'}")
    return Exit.OK
