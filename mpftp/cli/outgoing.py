"""What the sending commands are made of, built from the configuration: rules, messages, transports."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from mpftp.domain.sending.dispatch import Policy, Rules, window_from
from mpftp.domain.sending.pace import Pace, rate_from
from mpftp.errors import ConfigError, MpftpError

if TYPE_CHECKING:
    from mpftp.adapters.config import Client, Config
    from mpftp.adapters.config.model import RelayTable
    from mpftp.adapters.smtp import Relay
    from mpftp.adapters.store.database import Database
    from mpftp.domain.messages.message import Template
    from mpftp.domain.sending.transport import Transport
    from mpftp.domain.tokens import Signer


def rules_of(config: Config) -> Rules:
    """What answers that settle nothing come to."""
    return Rules(timedelta(hours=config.smtp.retry_for_hours), resend=config.on_doubt == "resend")


def policy_of(client: Client) -> Policy:
    """How one client's campaigns go out."""
    fragment = client.fragment
    return Policy(
        transport=client.transport,
        zone=client.zone,
        results_after=client.results_after_days,
        every=timedelta(hours=fragment.every_hours) if fragment else None,
        spread=fragment is None or fragment.catch_up == "spread",
        window=window_from(client.send_window) if client.send_window else None,
        stop_at=client.stop_at_failure_rate,
    )


def policies_of(config: Config) -> dict[str, Policy]:
    """Every client's policy, by name. Raises ``ConfigError``."""
    policies = {}
    for name, client in config.clients.items():
        try:
            policies[name] = policy_of(client)
        except ValueError as error:
            raise ConfigError(f"clients.{name}.send_window: {error}") from None
    return policies


def composer(config: Config, db: Database, *, mark: str = "") -> Callable[[int], Template]:
    """The function that compiles a campaign's message (given its id); *mark* goes before the subject."""
    from mpftp.adapters.keys import load_keys
    from mpftp.domain.tokens import Signer

    signer = Signer(load_keys(config.beside_state(config.tracking.key_file, "tracking.keys")))
    return partial(_compose, config, db, signer, mark)


def _compose(config: Config, db: Database, signer: Signer, mark: str, campaign_id: int) -> Template:
    from mpftp.adapters.store.events import Events
    from mpftp.adapters.store.outbox import campaign_name
    from mpftp.domain.messages.message import Mailing, compile_message

    events = Events(db)
    letter, links = events.letter(campaign_id), events.links(campaign_id)
    client_name, name = campaign_name(db, campaign_id)
    if letter is None or client_name not in config.clients:
        raise ConfigError(f"the configuration has no client {client_name!r}, whose campaign {name} waits")
    client = config.clients[client_name]
    mailing = Mailing(
        base_url=config.tracking.base_url,
        bounce_address=config.bounces.address,
        sign=signer.sign,
        pen=signer.pen,
        links=tuple(url for _, url in sorted(links.items())),
        profile=config.profile(client),
        language=client.language,
        campaign=name,
        client=client_name,
        dkim=config.dkim.all_keys(),
    )
    settings = replace(letter.settings, subject=mark + letter.settings.subject)
    try:
        return compile_message(settings, letter.html, letter.columns, mailing)
    except MpftpError as error:
        raise MpftpError(f"{client_name}: {name}: {error.what}", hint=error.hint) from error


def transports_of(config: Config) -> Mapping[str, Callable[[], Transport]]:
    """The transports, each opened only when it is needed."""
    return {"smtp": partial(_smtp, config), "maildir": partial(_maildir, config)}


def _smtp(config: Config) -> Transport:
    from mpftp.adapters.smtp import SmtpTransport

    relays = [relay_of(table) for table in config.smtp.relays or [config.smtp]]
    return SmtpTransport(relays, config.smtp.connections)


def relay_of(table: RelayTable) -> Relay:
    """A relay of the configuration. Raises ``ConfigError`` when its password cannot be read."""
    from mpftp.adapters.smtp import Relay

    try:
        secret = table.secret()
    except LookupError as error:
        raise ConfigError(f"smtp: {table.host}: {error.args[0]}") from None
    return Relay(
        host=table.host,
        port=table.port,
        tls=table.tls,
        ca_file=table.tls_ca_file,
        user=table.user,
        secret=secret,
        auth=table.auth,
        weight=table.weight,
        backup=table.backup,
        messages=table.messages_per_connection,
        timeout=table.timeout_seconds,
        hello=table.hello or socket.gethostname(),
    )


def pace_of(config: Config) -> Pace:
    """The rates of ``[throttle]``."""
    return Pace({domain.lower(): rate_from(text) for domain, text in config.throttle.items()})


def _maildir(config: Config) -> Transport:
    from mpftp.adapters.maildir import Maildir

    return Maildir(config.beside_state(config.maildir.path, "maildir"))
