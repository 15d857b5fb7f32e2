"""``mpftp doctor``: try everything that a run needs, and say what is wrong and how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mpftp.cli.collect import chosen
from mpftp.cli.session import Session, common_options
from mpftp.domain.clock import system_clock
from mpftp.errors import ConfigError, Exit, MpftpError

if TYPE_CHECKING:
    from mpftp.adapters.config import Client, Config
    from mpftp.adapters.config.model import Bounces
    from mpftp.domain.senders.deliverability import Check

WEB_SECONDS = 10.0


@click.command()
@click.option("--client", "names", multiple=True, help="Try this client's server only; may be given again.")
@click.option("--sender", "senders", multiple=True, metavar="ADDRESS",
              help="Ask DNS what receivers ask about mail from ADDRESS; may be given again.")  # fmt: skip
@click.option("--relay-ip", "relay_ips", multiple=True, metavar="IP",
              help="An address that the relay sends from, for the check of SPF.")  # fmt: skip
@common_options
def command(
    session: Session, names: tuple[str, ...], senders: tuple[str, ...], relay_ips: tuple[str, ...]
) -> Exit:
    """Try every client's server, the relay, the tracker, the mailboxes, the state file and the disks.

    One line a check: ok, warning or BAD, with what to do. A probe file is written to each server and
    deleted again. Exit code 1 when anything is bad.
    """
    from mpftp.stages.doctor import exit_code

    config = session.config
    checks = []
    for check in _all(config, chosen(config, names), senders, relay_ips):
        click.echo(line(check))
        checks.append(check)
    return exit_code(checks)


def line(check: Check) -> str:
    """One line that says it all."""
    mark = {"good": "ok     ", "warning": "warning", "bad": "BAD    ", "unknown": "unknown"}[
        check.grade.value
    ]
    said = check.said if check.said.startswith(check.name) else f"{check.name}: {check.said}"
    remedy = f" -> {check.remedy}" if check.remedy else ""
    return f"{mark} {check.topic:<9} {said}{remedy}".replace("\n", " ")


def _all(
    config: Config, clients: dict[str, Client], senders: Iterable[str], relay_ips: Iterable[str]
) -> Iterator[Check]:
    from mpftp.adapters.web import look
    from mpftp.stages.doctor import examine_disk, examine_state, examine_tracker

    yield examine_state(config.state, lambda: _integrity(config))
    for place in dict.fromkeys([config.state.parent, config.spool_dir]):
        yield examine_disk(place, lambda path: shutil.disk_usage(path).free)
    yield from examine_tracker(config.tracking.base_url, lambda url: look(url, WEB_SECONDS), system_clock)
    yield from _relays(config)
    yield from _mailboxes(config)
    with ThreadPoolExecutor(config.max_connections) as pool:
        for checks in pool.map(lambda name: _client(config, name), clients):
            yield from checks
    for sender in senders:
        yield from _sender(config, sender, tuple(relay_ips))


def _integrity(config: Config) -> list[str]:
    from mpftp.adapters.store.database import Database

    with Database(config.state, read_only=True) as db:
        return db.integrity()


def _relays(config: Config) -> Iterator[Check]:
    """The relays that some client's messages go through."""
    if not any(client.transport == "smtp" for client in config.clients.values()):
        return
    from mpftp.adapters.smtp.probe import greet
    from mpftp.cli.outgoing import relay_of
    from mpftp.stages.doctor import examine_relay, failed

    for table in config.smtp.relays or [config.smtp]:
        try:
            relay = relay_of(table)
        except MpftpError as error:
            yield failed(table.host, "relay", error)
        else:
            yield examine_relay(str(relay), _greeter(greet, relay))


def _mailboxes(config: Config) -> Iterator[Check]:
    """Where delivery reports are looked for."""
    from mpftp.stages.doctor import examine_mailbox

    for place in (config.bounces.maildir, config.bounces.mbox):
        if place is not None:
            yield examine_mailbox(str(place), partial(_local_mailbox, place))
    if config.bounces.imap:
        yield examine_mailbox(config.bounces.imap, partial(_imap_mailbox, config.bounces))


def _local_mailbox(place: Path) -> bool:
    from mpftp.adapters.mailbox.maildir import Maildir

    if place.is_dir():
        Maildir(place).close()
    elif not place.parent.is_dir():
        raise ConfigError(f"{place.parent}: there is no such directory", hint="mend [bounces], or create it")
    return place.exists()


def _imap_mailbox(bounces: Bounces) -> bool:
    from mpftp.adapters.mailbox.imap import Imap, server_of

    try:
        secret = bounces.secret()
    except LookupError as error:
        raise ConfigError(f"bounces: {error.args[0]}") from None
    tls, ca_file, timeout = bounces.imap_tls == "required", bounces.imap_ca_file, bounces.timeout_seconds
    mailbox = Imap(
        server_of(bounces.imap or "", bounces.user, secret, tls=tls, ca_file=ca_file, timeout=timeout)
    )
    try:
        next(mailbox.messages(), None)
    finally:
        mailbox.close()
    return True


def _greeter(greet: Callable[..., frozenset[str]], relay: object) -> Callable[[], frozenset[str]]:
    return lambda: greet(relay)


def _client(config: Config, name: str) -> list[Check]:
    from mpftp.cli.endpoints import diagnosis, plain_endpoint
    from mpftp.stages.doctor import examine_client

    return list(
        examine_client(name, lambda: diagnosis(config, name), plain_endpoint(config, name), system_clock)
    )


def _sender(config: Config, sender: str, relay_ips: tuple[str, ...]) -> list[Check]:
    from mpftp.adapters.dns import Resolver
    from mpftp.domain.senders.deliverability import Sender, examine

    keys = config.dkim.all_keys()
    base_url = config.tracking.base_url
    return examine(Sender(sender, config.bounces.address, keys, relay_ips, base_url), Resolver())
