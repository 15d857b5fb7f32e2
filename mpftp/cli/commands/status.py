"""``mpftp status``: what came in, what is going out, what comes next, what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options, map_os_error
from mpftp.cli.lookup import unknown_client
from mpftp.domain.printable import format_json
from mpftp.errors import ConfigError, DiskFullError, Exit, MpftpError, StateError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from mpftp.adapters.store.database import Database
    from mpftp.stages.status import Status, Trouble

_CRITICAL_ERRORS = (StateError, DiskFullError)
"""Those with which no command can use the state; nothing is sent until a person acts."""


@click.command()
@click.option("--client", metavar="NAME", help="Only this client.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; the same as --format json.")
@click.option("--format", "form", type=click.Choice(["table", "json", "prometheus"]), default="table",
              show_default=True, help="Tables for people, or text for machines.")  # fmt: skip
@click.option("--all", "show_all", is_flag=True,
              help="Every client, campaign and trouble, in tables; without it, a page.")  # fmt: skip
@click.option("--check", is_flag=True,
              help="As a monitoring plugin: verify the state file, one line, exit 0, 1, 2 or 3.")  # fmt: skip
@click.option("--configs", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
              help="All configurations DIR/*.toml as one: several hosts or shards.")  # fmt: skip
@common_options
def command(
    context: CommandContext,
    client: str | None,
    as_json: bool,
    form: str,
    show_all: bool,
    check: bool,
    configs: Path | None,
) -> IntEnum:
    """Show trouble, clients, campaigns, and what is due next.

    It changes nothing. Opens and clicks that no other command has taken in yet are not shown. --check
    exits with 0 when all is well, 1 on a warning, 2 when somebody is not mailed or the state is damaged,
    and 3 when that is unknown.

    With --configs clients are called NAME:CLIENT after their configuration's name. One that cannot be used
    is told as trouble beside what the others say; the exit code is 1 then, with --check 2 or 3.
    """
    from mpftp.cli.views import prometheus

    form = "json" if as_json else form
    if configs:
        if client:
            raise UsageError("--client and --configs do not go together", hint="name its --config")
        by_name = _read_all(context, configs, check=check, show_all=show_all)
        return _print_merged(by_name, form, show_all, check, context.clock())
    try:
        status = _read(context, client, check=check, show_all=show_all)
    except UsageError:
        raise
    except MpftpError as error:
        if check:
            return _print_unreadable(error)
        if form != "prometheus":
            raise
        click.echo(prometheus.format_down(error.message), nl=False)  # a figure that monitoring is to read
        return Exit.OK
    if check:
        return _print_check(status)
    _print(status, form, show_all=show_all)
    return Exit.OK


def _read_all(
    context: CommandContext, folder: Path, *, check: bool, show_all: bool
) -> dict[str, Status | MpftpError]:
    """The status of each configuration in *folder*, or why there is none. Raises ``UsageError``."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise UsageError(f"{folder} holds no configuration", hint="put NAME.toml of each host or shard there")
    by_name: dict[str, Status | MpftpError] = {}
    for path in paths:
        try:
            one = CommandContext(path, context.clock)
            by_name[path.stem] = _read(one, None, check=check, show_all=show_all)
        except MpftpError as error:
            by_name[path.stem] = error
        except OSError as error:
            by_name[path.stem] = map_os_error(error)
    return by_name


def _print_merged(
    by_name: Mapping[str, Status | MpftpError], form: str, show_all: bool, check: bool, now: datetime
) -> IntEnum:
    """Show several statuses as one, and those that cannot be read beside them."""
    from mpftp.stages.status import UNREADABLE_STATE, Trouble, merge_statuses

    statuses = {name: one for name, one in by_name.items() if not isinstance(one, MpftpError)}
    errors = {name: one for name, one in by_name.items() if isinstance(one, MpftpError)}
    unreadable = [
        Trouble(UNREADABLE_STATE, name, one.message, critical=isinstance(one, _CRITICAL_ERRORS))
        for name, one in errors.items()
    ]
    merged = merge_statuses(statuses, unreadable, now)
    if check:
        return _print_check(merged)
    if form == "prometheus":
        from mpftp.cli.views.prometheus import to_labelled_prometheus

        reasons = {name: error.message for name, error in errors.items()}
        click.echo(to_labelled_prometheus(statuses, reasons), nl=False)
        return Exit.OK
    if form == "json":
        from mpftp.cli.views.status import to_json_value

        each = {name: to_json_value(status) for name, status in statuses.items()}
        each |= {name: {"error": error.message, "hint": error.hint} for name, error in errors.items()}
        click.echo(format_json({"level": int(merged.level), "configs": each}, indent=2))
    else:
        _print(merged, form, show_all=show_all)
    return Exit.FAILURE if errors else Exit.OK


def _print_check(status: Status) -> IntEnum:
    from mpftp.cli.views.check import format_plugin_line

    click.echo(format_plugin_line(status))
    return status.level


def _read(context: CommandContext, client: str | None, *, check: bool, show_all: bool) -> Status:
    from mpftp.adapters.lock import is_running
    from mpftp.adapters.store.overview import Overview
    from mpftp.adapters.store.slow_domains import load_slow_domains
    from mpftp.stages.status import DEFAULT_NEWEST_CAMPAIGNS, read_status
    from mpftp.wiring.sending import build_send_policies
    from mpftp.wiring.surroundings import read_surroundings

    config = context.config
    with context.database(read_only=True, trusted=check) as db:
        overview = Overview(db)
        known = {*config.clients, *(summary.name for summary in overview.clients())}
        if client is not None and client not in known:
            raise unknown_client(client, known)
        return read_status(
            overview,
            str(config.state),
            {name: table.enabled for name, table in config.clients.items()},
            context.clock(),
            policies=build_send_policies(config),
            is_sending=is_running(config.state, "send"),
            noticed=_notice(context, db),
            client=client,
            check=check,
            newest=None if show_all else DEFAULT_NEWEST_CAMPAIGNS,
            machine=read_surroundings(config, db),
            slow_domains=load_slow_domains(db),
        )


def _print(status: Status, form: str, *, show_all: bool) -> None:
    if form == "json":
        from mpftp.cli.views.status import to_json

        click.echo(to_json(status))
    elif form == "prometheus":
        from mpftp.cli.views.prometheus import to_prometheus

        click.echo(to_prometheus(status), nl=False)
    elif show_all:
        from mpftp.cli.views.status import print_status

        print_status(status, sys.stdout)
    else:
        from mpftp.cli.views.status_page import print_page

        print_page(status, sys.stdout)


def _print_unreadable(error: MpftpError) -> IntEnum:
    """What a plugin says where there is no status."""
    from mpftp.cli.views.check import format_level
    from mpftp.stages.status import CheckLevel

    level = CheckLevel.CRITICAL if isinstance(error, _CRITICAL_ERRORS) else CheckLevel.UNKNOWN
    click.echo(format_level(level, f"{error.message}; {error.hint}" if error.hint else error.message))
    return level


def _notice(context: CommandContext, db: Database) -> list[Trouble]:
    """What is wrong between the state and what lies beside it: configuration, journal, signing keys."""
    from mpftp.stages.status import Trouble
    from mpftp.wiring.clients import find_unvisitable
    from mpftp.wiring.signing_keys import find_lost_keys
    from mpftp.wiring.state_file import describe_doubt

    config = context.config
    troubles = [
        Trouble("client", name, f"{error.message}; {error.hint}")
        for name, error in find_unvisitable(config, db).items()
    ]
    if doubt := describe_doubt(db, config):
        troubles.insert(0, Trouble("state", "state file", doubt, critical=True))
    try:
        if lost := find_lost_keys(db, config):
            troubles.insert(0, Trouble("keys", "signing keys", str(lost), critical=True))
    except ConfigError as error:
        troubles.insert(0, Trouble("keys", "signing keys", error.message, critical=True))
    return troubles
