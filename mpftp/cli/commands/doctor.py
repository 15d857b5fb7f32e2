"""``mpftp doctor``: try everything that a run needs, and say what is wrong and how to correct it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options, select_clients
from mpftp.domain.clock import system_clock
from mpftp.errors import ConfigError, Exit, MpftpError
from mpftp.permissions import denied

if TYPE_CHECKING:
    from mpftp.adapters.config import ClientTable, Config
    from mpftp.domain.deliverability.checks import CheckResult

HTTP_TIMEOUT_SECONDS = 10.0


@click.command()
@click.option(
    "--client",
    "names",
    multiple=True,
    metavar="NAME",
    help="Try this client's server only; may be given again.",
)
@click.option("--sender", "senders", multiple=True, metavar="ADDRESS",
              help="Ask DNS what receivers ask about mail from ADDRESS; may be given again.")  # fmt: skip
@click.option("--relay-ip", "relay_ips", multiple=True, metavar="IP",
              help="An address that the relay sends from, for the check of SPF.")  # fmt: skip
@common_options
def command(
    context: CommandContext, names: tuple[str, ...], senders: tuple[str, ...], relay_ips: tuple[str, ...]
) -> Exit:
    """Try every client's server, the relay, the tracker, the mailboxes, the state file and the disks.

    One line a check: ok, warning or BAD, with what to do. A probe file is written to each server and
    deleted again. Exit code 1 when anything is bad.
    """
    from mpftp.cli.views.checks import format_check
    from mpftp.stages.doctor import exit_code

    config = context.config
    checks = []
    clients = select_clients(config, names)
    for check in _all_checks(context, clients if names else _select_enabled(clients), senders, relay_ips):
        click.echo(format_check(check))
        checks.append(check)
    return exit_code(checks)


def _select_enabled(clients: dict[str, ClientTable]) -> dict[str, ClientTable]:
    return {name: client for name, client in clients.items() if client.enabled}


def _all_checks(
    context: CommandContext, clients: dict[str, ClientTable], senders: Iterable[str], relay_ips: Iterable[str]
) -> Iterator[CheckResult]:
    from mpftp.adapters.http_get import fetch_page
    from mpftp.stages.doctor import check_disk, check_retention, check_state, check_tracker
    from mpftp.wiring.servers import check_server

    config = context.config
    yield check_state(config.state, lambda: _find_damage(context))
    for path in dict.fromkeys([config.state.parent, config.spool_dir]):
        yield check_disk(
            path,
            lambda path: shutil.disk_usage(path).free,
            lambda path: os.access(path, os.W_OK | os.X_OK),
        )
    yield from check_tracker(
        config.tracking.base_url, lambda url: fetch_page(url, HTTP_TIMEOUT_SECONDS), system_clock
    )
    yield from _keys(context)
    yield from _client_names(context)
    for name, client in clients.items():
        contacts, events = client.keep_contacts_days is None, client.keep_events_days is None
        if kept := check_retention(name, contacts=contacts, events=events):
            yield kept
    yield from _relays(config)
    yield from _mailboxes(config)
    with ThreadPoolExecutor(config.max_connections) as pool:
        for checks in pool.map(lambda name: check_server(config, name, system_clock), clients):
            yield from checks
    for sender in senders:
        yield from _sender(config, sender, tuple(relay_ips))


def _keys(context: CommandContext) -> Iterator[CheckResult]:
    """The signing keys there are, and those that are missing."""
    from mpftp.adapters.store.database import is_missing
    from mpftp.stages.doctor import check_keys, failed_check
    from mpftp.wiring.signing_keys import key_path, list_keys, refuse_lost_keys

    config, path = context.config, str(key_path(context.config))
    try:
        numbers = [key.number for key in list_keys(config)]
        if numbers or is_missing(config.state):
            yield check_keys(path, numbers)
        if not is_missing(config.state):
            with context.database(read_only=True) as db:
                refuse_lost_keys(db, config, context.config_file)
    except MpftpError as error:
        yield failed_check(path, "keys", error)


def _client_names(context: CommandContext) -> Iterator[CheckResult]:
    """Clients that rest, that seem to be others under a new name, or that share a server and directory."""
    from mpftp.stages.doctor import check_resting, check_shared_place, failed_check
    from mpftp.wiring.clients import find_shared_places, find_unvisitable

    config = context.config
    yield from (check_resting(name) for name, client in config.clients.items() if not client.enabled)
    try:
        with context.database(read_only=True) as db:
            unvisitable = find_unvisitable(config, db)
    except MpftpError:
        return  # the check of the state tells it
    for names in find_shared_places(config):
        if unvisitable.keys().isdisjoint(names):
            yield check_shared_place(names)
    yield from (failed_check(name, "name", error) for name, error in unvisitable.items())


def _find_damage(context: CommandContext) -> list[str]:
    """What is damaged in the state file. Raises ``StateError`` for one that other commands refuse, too."""
    with context.database(read_only=True, trusted=True) as db:
        return db.find_damage()


def _relays(config: Config) -> Iterator[CheckResult]:
    """The relays that some client's messages go through."""
    from mpftp.adapters.smtp.handshake import probe_relay
    from mpftp.domain.deliverability.checks import CheckGrade, CheckResult
    from mpftp.stages.doctor import check_relay, check_reply_timeout, failed_check
    from mpftp.wiring.sending import build_relay, find_unused_relays

    if unused := find_unused_relays(config):
        yield CheckResult("relay", "smtp", CheckGrade.WARNING, unused, "until then they become files here")
    if not config.sends_by_smtp:
        return
    for table in config.smtp.relays or [config.smtp]:
        try:
            relay = build_relay(table)
        except MpftpError as error:
            yield failed_check(table.host, "relay", error)
        else:
            yield check_relay(str(relay), _probe_function(probe_relay, relay))
            if hasty := check_reply_timeout(str(relay), relay.timeout):
                yield hasty


def _mailboxes(config: Config) -> Iterator[CheckResult]:
    """Where delivery reports are looked for."""
    from mpftp.domain.deliverability.checks import CheckGrade
    from mpftp.stages.doctor import check_mailbox, check_mailbox_mode

    for path in (config.bounces.maildir, config.bounces.mbox):
        if path is not None:
            usable = check_mailbox(str(path), partial(_local_mailbox, path))
            yield usable
            if usable.grade is CheckGrade.GOOD and (
                is_open := check_mailbox_mode(str(path), path.stat().st_mode)
            ):
                yield is_open
    if config.bounces.imap:
        yield check_mailbox(config.bounces.imap, partial(_imap_mailbox, config, config.bounces.imap))


def _local_mailbox(path: Path) -> bool:
    from mpftp.adapters.mailbox.maildir import MaildirMailbox

    try:
        if path.is_dir():
            MaildirMailbox(path).close()
        elif not path.parent.is_dir():
            raise ConfigError(
                f"{path.parent}: there is no such directory", hint="correct [bounces], or create it"
            )
        elif path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise denied(ConfigError, path)
        return path.exists()
    except PermissionError:
        raise denied(ConfigError, path) from None


def _imap_mailbox(config: Config, url: str) -> bool:
    from mpftp.wiring.mailboxes import open_imap_mailbox

    mailbox = open_imap_mailbox(config, url)
    try:
        next(mailbox.messages(), None)
    finally:
        mailbox.close()
    return True


def _probe_function(greet: Callable[..., frozenset[str]], relay: object) -> Callable[[], frozenset[str]]:
    return lambda: greet(relay)


def _sender(config: Config, sender: str, relay_ips: tuple[str, ...]) -> list[CheckResult]:
    from mpftp.adapters.dns import DnsResolver
    from mpftp.domain.deliverability.checks import SenderIdentity, check_sender

    keys = config.dkim.load_all_keys()
    base_url = config.tracking.base_url
    return check_sender(
        SenderIdentity(sender, config.bounces.address, keys, relay_ips, base_url), DnsResolver()
    )
