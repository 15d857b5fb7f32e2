"""What the sending commands are made of, built from the configuration: rules, messages, transports."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from mpftp.domain.addresses import domain_of
from mpftp.domain.bounces.repetition import Repetition
from mpftp.domain.sending.rate_limit import RateLimiter, parse_rate
from mpftp.domain.sending.schedule import RetryPolicy, SendPolicy, parse_send_window
from mpftp.errors import ConfigError, MpftpError

if TYPE_CHECKING:
    from mpftp.adapters.config import Config
    from mpftp.adapters.config.transports import RelayTable
    from mpftp.adapters.smtp import Relay
    from mpftp.adapters.store.database import Database
    from mpftp.domain.messages.compiler import MessageContext, Template
    from mpftp.domain.profile import Profile
    from mpftp.domain.results.notices import NoticeRecipient
    from mpftp.domain.sending.transport import DeliveryRequest, Outcome, Transport
    from mpftp.domain.tokens import Signer, TokenKind


def build_retry_policy(config: Config) -> RetryPolicy:
    """What answers that settle nothing come to."""
    return RetryPolicy(timedelta(hours=config.smtp.retry_for_hours), resend=config.on_doubt == "resend")


def build_repetition(config: Config) -> Repetition:
    """After how many bounces that may pass an address is suppressed."""
    bounces = config.bounces
    return Repetition(bounces.repeated_bounces, timedelta(days=bounces.repeated_bounces_days))


def build_send_policy(config: Config, name: str) -> SendPolicy:
    """How the campaigns of the client called *name* go out. Raises ``ConfigError``."""
    client = config.clients[name]
    fragment = client.fragment
    try:
        window = parse_send_window(client.send_window) if client.send_window else None
    except ValueError as error:
        raise ConfigError(f"clients.{name}.send_window: {error}") from None
    return SendPolicy(
        transport=client.transport,
        zone=client.zone,
        results_after_days=client.results_after_days,
        fragment_interval=timedelta(hours=fragment.every_hours) if fragment else None,
        keep_spacing=fragment is None or fragment.catch_up == "spread",
        window=window,
        stop_at_failure_rate=client.stop_at_failure_rate,
    )


def build_send_policies(config: Config) -> dict[str, SendPolicy]:
    """Every client's policy, by name. Raises ``ConfigError``."""
    return {name: build_send_policy(config, name) for name in config.clients}


def make_template_loader(
    config: Config, db: Database, *, subject_prefix: str = ""
) -> Callable[[int], Template]:
    """The function that compiles a campaign's message (given its id).

    *subject_prefix* goes before the subject of a test message, which counts nowhere. Without it the state
    records, before anything goes out, which key signs.
    """
    from mpftp.adapters.store.signing_keys import SigningKeyStore
    from mpftp.wiring.tracking import build_signer

    signer = build_signer(config)

    def load(campaign_id: int) -> Template:
        template = _compose(config, db, signer, subject_prefix, campaign_id)
        if not subject_prefix:
            SigningKeyStore(db).record_use(signer.key, campaign_id)
        return template

    return load


def _compose(config: Config, db: Database, signer: Signer, subject_prefix: str, campaign_id: int) -> Template:
    from mpftp.adapters.store.events import EventStore
    from mpftp.adapters.store.outbox import campaign_name
    from mpftp.domain.messages.compiler import compile_message

    events = EventStore(db)
    letter, links = events.find_message(campaign_id), events.links(campaign_id)
    client_name, name = campaign_name(db, campaign_id)
    if letter is None or client_name not in config.clients:
        raise ConfigError(f"the configuration has no client {client_name!r}, whose campaign {name} waits")
    client = config.clients[client_name]
    message_context = replace(
        build_message_context(config, links, signer.sign, config.profile(client), client.language),
        make_token_writer=signer.make_token_writer,
        campaign=name,
        client=client_name,
        dkim=config.dkim.load_all_keys(),
    )
    settings = letter.settings._replace(subject=subject_prefix + letter.settings.subject)
    try:
        return compile_message(settings, letter.html, letter.columns, message_context)
    except MpftpError as error:
        raise MpftpError(f"{client_name}: {name}: {error.message}", hint=error.hint) from error


def build_message_context(
    config: Config,
    links: Mapping[int, str],
    sign_token: Callable[[TokenKind, int, int], str],
    profile: Profile,
    language: str,
) -> MessageContext:
    """What a message and its web copy have alike: addresses, links, tokens, and how they are written."""
    from mpftp.domain.messages.compiler import MessageContext

    return MessageContext(
        base_url=config.tracking.base_url,
        bounce_address=config.bounces.address,
        sign_token=sign_token,
        links=tuple(url for _, url in sorted(links.items())),
        profile=profile,
        language=language,
    )


def find_unused_relays(config: Config) -> str:
    """What is said where relays are named and no client's messages go to them, ``""`` where all is well."""
    named = config.smtp.relays or "host" in config.smtp.model_fields_set
    if not named or not config.clients or config.sends_by_smtp:
        return ""
    names = ", ".join(sorted(config.clients))
    return f'[smtp]: no message goes to its relay: transport = "smtp" is missing in [clients] of {names}'


def make_transport_openers(config: Config) -> Mapping[str, Callable[[], Transport]]:
    """The transports, each opened only when it is needed."""
    return {"smtp": partial(_smtp, config), "maildir": partial(_maildir, config)}


def _smtp(config: Config) -> Transport:
    from mpftp.adapters.smtp import SmtpTransport
    from mpftp.adapters.store.permits import StatePermits

    relays = [build_relay(table) for table in config.smtp.relays or [config.smtp]]
    return SmtpTransport(relays, config.smtp.connections, permits=StatePermits(config.state))


def build_relay(table: RelayTable) -> Relay:
    """A relay of the configuration. Raises ``ConfigError`` when its password cannot be read."""
    from mpftp.adapters.smtp import Relay

    try:
        secret = table.read_password()
    except ConfigError as error:
        raise ConfigError(f"smtp: {table.host}: {error.message}", hint=error.hint) from None
    return Relay(
        host=table.host,
        port=table.port,
        tls=table.tls,
        ca_file=table.tls_ca_file,
        user=table.user,
        password=secret,
        auth=table.auth,
        weight=table.weight,
        backup=table.backup,
        max_messages=table.messages_per_connection,
        timeout=table.timeout_seconds,
        ehlo_name=table.hello or socket.gethostname(),
    )


def build_rate_limits(config: Config) -> RateLimiter:
    """The rates of ``[throttle]``, by domains as those of addresses are compared."""
    return RateLimiter({domain_of(f"@{name}"): parse_rate(text) for name, text in config.throttle.items()})


def _maildir(config: Config) -> Transport:
    from mpftp.adapters.maildir_transport import MaildirTransport

    return MaildirTransport(config.default_path(config.maildir.path, "maildir"))


def deliver_one(config: Config, name: str, request: DeliveryRequest) -> Outcome:
    """Hand one message that counts nowhere to the transport of the client called *name*."""
    from mpftp.adapters.journal import NullJournal

    transport = make_transport_openers(config)[config.clients[name].transport]()
    try:
        return next(iter(list(transport.deliver([request], NullJournal()))))
    finally:
        transport.close()


def build_notice_recipient(config: Config, name: str) -> NoticeRecipient:
    """Who gets the notices about the campaigns of the client called *name*."""
    from mpftp.domain.results.notices import NoticeRecipient

    client = config.clients[name]
    return NoticeRecipient(
        client.notify,
        config.bounces.address,
        client.language,
        client.zone,
        client.error_file,
        config.support.to_domain(),
        client.display_name,
        build_send_policy(config, name).window,
    )
