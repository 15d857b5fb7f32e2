"""What stages and adapters are given, by the configuration's defaults; a test changes what it is about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mpftp.adapters.config import ClientTable, Config
from mpftp.adapters.ftp import FtpSettings
from mpftp.adapters.mailbox.imap import ImapServer, parse_imap_url
from mpftp.adapters.smtp import Relay
from mpftp.adapters.store.results import CountingPolicy
from mpftp.domain.file_names import UPLOAD_BY_RENAME
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.sending.schedule import RetryPolicy, SendPolicy
from mpftp.domain.triplets.pickup import StabilityPolicy
from mpftp.stages.collect import CollectSettings
from mpftp.stages.publish import PublishSettings
from mpftp.wiring.sending import build_relay, build_retry_policy, build_send_policy
from mpftp.wiring.servers import build_collect_settings, build_ftp_settings, build_publish_settings

CLIENT = ClientTable(endpoint="ftp://ftp.example.com")
CONFIG = Config(clients={"acme": CLIENT})
DIRECT_UPLOAD = UPLOAD_BY_RENAME._replace(direct=True)
COUNTING = CountingPolicy.of(DEFAULT_PROFILE)


def make_relay(host: str, port: int = CONFIG.smtp.port, **changes: object) -> Relay:
    """A relay of that address."""
    return replace(build_relay(CONFIG.smtp), host=host, port=port, ehlo_name="localhost", **changes)


def ftp_settings(host, port, user, password, **changes) -> FtpSettings:
    """How to reach a server without TLS."""
    usual = replace(build_ftp_settings("acme", CLIENT), security="plain")
    return replace(usual, host=host, port=port, user=user, password=password, **changes)


def sftp_settings(host, port, user, password, **changes):
    """How to reach an SFTP server; its library is an extra."""
    from mpftp.adapters.sftp import SftpSettings

    usual = SftpSettings(
        "acme", host, port, user, password, "", CLIENT.encoding, Path("~/.ssh/known_hosts"), None,
        CLIENT.timeout_seconds, CLIENT.visit_seconds,
    )  # fmt: skip
    return replace(usual, **changes)


def imap_server(url, user, password, **changes) -> ImapServer:
    """The IMAP server that *url* names, over TLS."""
    usual = {"tls": True, "ca_file": None, "timeout": CONFIG.bounces.timeout_seconds}
    return parse_imap_url(url, user, password, **usual | changes)


def send_policy(transport, zone, results_after_days, **changes) -> SendPolicy:
    """How a client's campaigns go out."""
    usual = build_send_policy(CONFIG, "acme")
    return replace(usual, transport=transport, zone=zone, results_after_days=results_after_days, **changes)


def retry_policy(**changes) -> RetryPolicy:
    """What is done with answers that settle nothing."""
    return replace(build_retry_policy(CONFIG), **changes)


def stability_policy(**changes) -> StabilityPolicy:
    """By what a client's files are measured."""
    return replace(build_collect_settings(CONFIG, "acme").stability, **changes)


def collect_settings(client, zone, **changes) -> CollectSettings:
    """What a client agreed on for its input files."""
    return replace(build_collect_settings(CONFIG, "acme"), client=client, zone=zone, **changes)


def publish_settings(style, results_after_days=CLIENT.results_after_days, **changes) -> PublishSettings:
    """What a client agreed on for its result files."""
    usual = build_publish_settings(CONFIG, "acme")
    return replace(usual, style=style, results_after_days=results_after_days, **changes)
