"""``mpftp client``: the clients in the configuration file and in the state, changed together."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mpftp.cli.context import CommandContext, common_options, select_clients
from mpftp.cli.lookup import NearestCommandGroup, unknown_client
from mpftp.cli.questions import (
    EXAMPLE_SERVER,
    FindWrong,
    Questions,
    confirm,
    drop_unanswered,
    is_terminal,
    server_options,
)
from mpftp.cli.views.client import format_utc
from mpftp.domain.texts import count_text
from mpftp.errors import ConfigError, Exit, StateError, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.config import ClientTable, Config
    from mpftp.adapters.store.clients import ClientStore
    from mpftp.adapters.store.overview import ClientSummary


@click.group(cls=NearestCommandGroup)
def command() -> None:
    """Look at clients and change them; what else stands in the configuration file stays as it is."""


@command.command("add")
@click.argument("name")
@server_options
@click.option("--transport", type=click.Choice(["smtp", "maildir"]), help="Transport for the messages.")
@click.option("--time-zone", metavar="ZONE", help="Its time zone.")
@click.option("--language", metavar="LANG", help="Of what it reads.")
@click.option(
    "--results-after-days", type=click.IntRange(0, 365), metavar="N", help="Days between sending and results."
)
@click.option("--display-name", metavar="TEXT", help="Its name on pages for readers.")
@click.option("--notify", metavar="ADDRESS", help="Who is told of refusals and results.")
@click.option("--guide", "guide_folder", metavar="DIRECTORY", type=click.Path(path_type=Path),
              help="Write the client's guide there, as `mpftp guide` does.")  # fmt: skip
@click.option("--no-test", is_flag=True, help="Do not try the server.")
@common_options
def add_client(
    context: CommandContext, name: str, guide_folder: Path | None, no_test: bool, **answers: Any
) -> Exit:
    """Add a section for the client NAME at the end of the configuration, and try its server.

    On a terminal it asks for what no option says. Any other setting is written into the file. Exit
    code 1 when the server cannot be used yet: the client is added all the same.
    """
    from mpftp.adapters.config.edit import add_client_section, edit_config

    if name in context.config.clients:
        raise UsageError(f"there is a client {name} already", hint=f"mpftp client show {name}")
    if is_terminal():
        answers = _ask(answers, functools.partial(_find_wrong, context.config_file, name))
    table = drop_unanswered(answers)
    if "endpoint" not in table:
        raise UsageError("the client's server is missing", hint="say --endpoint ftp://HOST")
    edit_config(context.config_file, lambda text: add_client_section(text, name, table))
    click.echo(f"{name} is added to {context.config_file}")
    renewed = replace(context)  # the configuration is read anew
    if guide_folder:
        _write_guide(renewed, name, guide_folder)
    return Exit.OK if no_test else _test(renewed, name)


def _find_wrong(path: Path, name: str, answers: Mapping[str, Any]) -> ConfigError | None:
    """What is wrong with the client *name* as far as *answers* say; without a server nothing yet."""
    from mpftp.adapters.config.edit import add_client_section, read_config_text
    from mpftp.adapters.config.file import check_config

    try:
        table = {"endpoint": EXAMPLE_SERVER} | drop_unanswered(answers)
        check_config(add_client_section(read_config_text(path), name, table), path)
    except ConfigError as error:
        return error
    return None


def _ask(answers: Mapping[str, Any], find_wrong: FindWrong) -> dict[str, Any]:
    """*answers*, completed by the person at the terminal; the password is not shown."""
    questions = Questions(answers, find_wrong)
    questions.ask_server(None)
    questions.ask_transport("smtp")
    questions.ask("notify", "Address told of refusals and results (empty: nobody)")
    return questions.answers


def _write_guide(context: CommandContext, name: str, folder: Path) -> None:
    from mpftp.cli import main

    words = ["guide", name, str(folder), "--config", str(context.config_file)]
    with suppress(SystemExit):  # what is wrong is told already
        main(words, standalone_mode=False)


@command.command("test")
@click.argument("name")
@common_options
def test_client(context: CommandContext, name: str) -> Exit:
    """Try a client's server, from its name to a probe file that is written, renamed and deleted.

    One line a step, as `mpftp doctor` writes them. Exit code 1 when anything is bad.
    """
    _select_client(context, name)
    return _test(context, name)


def _test(context: CommandContext, name: str) -> Exit:
    from mpftp.cli.views.checks import format_check
    from mpftp.domain.clock import system_clock
    from mpftp.stages.doctor import exit_code, failed_check
    from mpftp.wiring.clients import find_unvisitable
    from mpftp.wiring.servers import check_server

    checks = check_server(context.config, name, system_clock)
    with suppress(StateError), context.database(read_only=True) as db:
        unvisitable = find_unvisitable(context.config, db)
        checks += [failed_check(name, "name", unvisitable[name])] if name in unvisitable else []
    for check in checks:
        click.echo(format_check(check))
    return exit_code(checks)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
def list_(context: CommandContext, as_json: bool) -> Exit:
    """One line a client: its name, whether it is visited, its server, its last visit, its campaigns."""
    from mpftp.cli.views.client import format_clients

    known, configured = _known(context), context.config.clients
    names = [*configured, *(name for name in known if name not in configured)]
    clients = [_describe(name, configured.get(name), known.get(name)) for name in names]
    if as_json:
        click.echo(json.dumps(clients, ensure_ascii=False, indent=2))
    else:
        for line in format_clients(clients):
            click.echo(line)
    return Exit.OK


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
def show_client(context: CommandContext, name: str, as_json: bool) -> Exit:
    """Show one client: every setting that counts for it, and what the state knows; passwords are hidden."""
    from mpftp.adapters.config.show import render_settings, visible_settings
    from mpftp.cli.views.client import format_client

    known, configured = _known(context), context.config.clients
    if name not in known and name not in configured:
        raise unknown_client(name, {*known, *configured})
    table = configured.get(name)
    settings = visible_settings(table) if table else {}
    client = _describe(name, table, known.get(name))
    if as_json:
        click.echo(json.dumps({**client, "settings": settings}, ensure_ascii=False, indent=2))
        return Exit.OK
    for line in format_client(client):
        click.echo(line)
    if settings:
        click.echo(render_settings({"clients": {name: settings}}), nl=False)
    return Exit.OK


def _known(context: CommandContext) -> dict[str, ClientSummary]:
    """What the state knows of its clients; nothing where it cannot be read."""
    from mpftp.adapters.store.overview import Overview

    with suppress(StateError), context.database(read_only=True) as db:
        return {client.name: client for client in Overview(db).clients()}
    return {}


def _describe(name: str, table: ClientTable | None, known: ClientSummary | None) -> dict[str, Any]:
    """One client in JSON's types."""
    state = "removed" if known and known.is_removed and not table else "not configured"
    if table:
        state = "enabled" if table.enabled else "rests"
    return {
        "name": name,
        "state": state,
        "endpoint": table.endpoint if table else None,
        "directory": table.directory if table else None,
        "visited_at": format_utc(known.visited_at) if known else None,
        "failures": known.failures if known else 0,
        "trouble": known.trouble if known else "",
        "campaigns": known.campaigns if known else 0,
        "suppressed": known.suppressed if known else 0,
    }


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
    known = {client.name for client in store.known_clients()}
    if old not in config.clients and old in known and new not in config.clients:
        raise _not_configured(old)
    if old not in config.clients and old not in known:
        raise _unknown(config, store, old)


def _unknown(config: Config, store: ClientStore, name: str) -> UsageError:
    return unknown_client(name, {*config.clients, *(known.name for known in store.known_clients())})


def _not_configured(name: str) -> UsageError:
    """What is said of a client that the state alone knows."""
    return UsageError(
        f"{name} is not in the configuration any more",
        hint=f"`mpftp client add {name}` brings it back, with all that is known of it",
    )


def _select_client(context: CommandContext, name: str) -> ClientTable:
    """The configured client *name*. Raises ``UsageError``, which says so if it was configured once."""
    if name not in context.config.clients and name in _known(context):
        raise _not_configured(name)
    return select_clients(context.config, (name,))[name]


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

    if not yes:
        with context.database(read_only=True) as db:
            waiting = _refuse_removal(context.config, ClientStore(db), name)
        confirm(f"Remove {name}?", _removal_facts(name, waiting))
    with context.database() as db, hold_all_locks(context.config.state):
        store = ClientStore(db)
        _refuse_removal(context.config, store, name)
        if name in context.config.clients:
            edit_config(context.config_file, lambda text: remove_client_section(text, name))
        store.remove(name, context.clock())
    click.echo(f"{name} is removed")
    table = context.config.clients.get(name)
    if table and table.password_file:
        click.echo(f"{table.password_file}, which holds its password, is still there")
    return Exit.OK


def _refuse_removal(config: Config, store: ClientStore, name: str) -> int:
    """Return how many campaigns of *name* wait for results. Raises ``UsageError`` while others are sent."""
    if name not in config.clients and name not in {one.name for one in store.known_clients()}:
        raise _unknown(config, store, name)
    sending, waiting = store.count_unfinished(name)
    if sending:
        raise UsageError(
            f"{name} has {count_text('1 campaign that is|{count} campaigns that are', sending)} not finished",
            hint="let them end or cancel them (`mpftp campaign list`), or let the client rest:"
            f" mpftp client disable {name}",
        )
    return waiting


def _removal_facts(name: str, waiting: int) -> Iterator[str]:
    """What the person should know who is asked whether to remove *name*."""
    yield f"What {name} had stays in the state. Another client with its server and directory"
    yield "is a client of its own from then on: what lies there is mailed again."
    if waiting:
        yield f"{count_text('1 campaign gets|{count} campaigns get', waiting)} no results."


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

    table = _select_client(context, name)
    if table.enabled is not enabled:
        edit_config(context.config_file, lambda text: set_client_enabled(text, name, enabled=enabled))
    click.echo(f"{name} {'is visited' if enabled else 'rests'}")
    return Exit.OK
