"""What a client's server needs: its endpoint, by the adapter that serves it, and what was agreed on files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mpftp.domain.clock import Clock, system_clock
from mpftp.domain.endpoint import Endpoint
from mpftp.domain.file_names import UploadPolicy
from mpftp.errors import ConfigError, MpftpError

if TYPE_CHECKING:
    from threading import Lock

    from mpftp.adapters.config import ClientTable, Config
    from mpftp.adapters.ftp import FtpSettings, Security
    from mpftp.adapters.store.database_pool import DatabasePool
    from mpftp.domain.deliverability.checks import CheckResult
    from mpftp.stages.collect import ClientVisit, CollectContext, CollectSettings
    from mpftp.stages.publish import PublishSettings


def open_endpoint(config: Config, name: str, seconds: float | None = None) -> Endpoint:
    """The server of the client called *name*; it connects with its first use, and is patient.

    *seconds* limits the whole visit (the client's own limit when ``None``). Raises ``ConfigError``
    when the password cannot be read.
    """
    from mpftp.adapters.retry import RetryingEndpoint

    limit = config.clients[name].visit_seconds
    endpoint = open_endpoint_without_retry(config, name, seconds)
    return RetryingEndpoint(endpoint, limit if seconds is None else min(limit, seconds), client=name)


def open_endpoint_without_retry(config: Config, name: str, seconds: float | None = None) -> Endpoint:
    """The same without retries: each failure is raised at once."""
    client = config.clients[name]
    url = urlsplit(client.endpoint)
    if url.scheme == "file":
        from mpftp.adapters.folder import FolderEndpoint
        from mpftp.wiring.clients import local_folder

        return FolderEndpoint(Path(local_folder(client)))
    if url.scheme == "sftp":
        return _sftp_endpoint(name, client, seconds)
    from mpftp.adapters.ftp import FtpEndpoint

    return FtpEndpoint(build_ftp_settings(name, client, seconds))


def _sftp_endpoint(name: str, client: ClientTable, seconds: float | None) -> Endpoint:
    try:
        from mpftp.adapters.sftp import SftpEndpoint, SftpSettings
    except ImportError:
        raise ConfigError(
            f"clients.{name}: sftp:// needs a library that is not installed",
            hint="pip install 'mpftp[sftp]'",
        ) from None
    url = urlsplit(client.endpoint)
    return SftpEndpoint(
        SftpSettings(
            client=name,
            host=url.hostname or "",
            port=client.port or url.port or 22,
            user=client.user,
            password=make_password_reader(name, client),
            directory=client.directory or unquote(url.path.lstrip("/")),
            encoding=client.encoding,
            known_hosts=client.known_hosts or Path("~/.ssh/known_hosts"),
            key_file=client.private_key_file,
            timeout=client.timeout_seconds,
            visit_seconds=client.visit_seconds if seconds is None else min(seconds, client.visit_seconds),
        )
    )


def endpoint_steps(endpoint: Endpoint) -> Iterator[tuple[str, str, str]]:
    """The steps up to the login of an FTP server, on *endpoint*'s one connection; none of others."""
    from mpftp.adapters.ftp import FtpEndpoint, connection_steps

    if isinstance(endpoint, FtpEndpoint):
        yield from connection_steps(endpoint)


def check_server(config: Config, name: str, clock: Clock) -> list[CheckResult]:
    """Try the server of the client called *name*, step by step; nothing raises, all is in the results."""
    from mpftp.stages.doctor import check_client, failed_check

    try:
        endpoint = open_endpoint_without_retry(config, name)
    except MpftpError as error:
        return [failed_check(name, "server", error)]
    policy = build_upload_policy(config.clients[name])
    steps, lines = partial(endpoint_steps, endpoint), partial(find_lines, endpoint)
    ways = partial(describe_ways, endpoint)
    return list(check_client(name, steps, endpoint, clock, policy, lines, ways))


def find_lines(endpoint: Endpoint) -> str:
    """The lines of a client's table with which the server of *endpoint* can be used; ``""``: none known."""
    from mpftp.adapters.ftp import FtpEndpoint
    from mpftp.adapters.ftp.alternatives import find_working_lines

    return find_working_lines(endpoint.settings) if isinstance(endpoint, FtpEndpoint) else ""


def describe_ways(endpoint: Endpoint) -> str:
    """By which commands an FTP server listed the directory of *endpoint*; ``""`` of others."""
    from mpftp.adapters.ftp import FtpEndpoint

    return endpoint.describe_ways() if isinstance(endpoint, FtpEndpoint) else ""


def build_ftp_settings(name: str, client: ClientTable, seconds: float | None = None) -> FtpSettings:
    """What the FTP adapter needs to know of *client*."""
    from mpftp.adapters.ftp import FtpSettings

    url = urlsplit(client.endpoint)
    implicit = url.scheme == "ftps"
    security: Mapping[str, Security] = {"auto": "offered", "explicit": "explicit", "none": "plain"}
    return FtpSettings(
        client=name,
        host=url.hostname or "",
        port=client.port or url.port or (990 if implicit else 21),
        user=client.user,
        password=make_password_reader(name, client),
        directory=client.directory or unquote(url.path.lstrip("/")),
        security="implicit" if implicit else security[client.tls],
        verify=client.tls_verify,
        ca_file=client.tls_ca_file,
        passive=client.passive,
        encoding=client.encoding,
        timeout=client.timeout_seconds,
        visit_seconds=client.visit_seconds if seconds is None else min(seconds, client.visit_seconds),
    )


def make_password_reader(name: str, client: ClientTable) -> Callable[[], str]:
    """What returns the client's password, read now. Raises ``ConfigError`` that names what is missing."""
    try:
        secret = client.read_password()
    except ConfigError as error:
        raise ConfigError(f"clients.{name}: {error.message}", hint=error.hint) from None
    return lambda: secret


@contextmanager
def open_visit(
    config: Config,
    databases: DatabasePool,
    collect_context: CollectContext,
    turns: Lock,
    settings: CollectSettings,
    seconds: float,
) -> Iterator[ClientVisit]:
    """A visit with a connection to the state from *databases*; *turns* is shared by all of a run.

    Raises ``ConfigError`` where the server cannot even be tried; the state is told, as of any failed visit.
    """
    from mpftp.adapters.store.intake import Intake
    from mpftp.stages.collect import ClientVisit

    with databases.lend() as db:
        intake = Intake(db, settings.client, turns)
        try:
            endpoint = open_endpoint(config, settings.client, seconds)
        except ConfigError as error:
            if not collect_context.dry_run:
                intake.record_visit(collect_context.clock(), error.message)
            raise
        with closing(endpoint):
            yield ClientVisit(settings, endpoint, intake, collect_context)


def build_collect_settings(config: Config, name: str) -> CollectSettings:
    """Build the settings of the client *name* for the stage."""
    from mpftp.domain.sending.fragments import FragmentSchedule
    from mpftp.domain.triplets.pickup import StabilityPolicy
    from mpftp.stages.collect import CollectSettings
    from mpftp.wiring.sending import build_send_policy

    client = config.clients[name]
    fragment = client.fragment
    return CollectSettings(
        client=name,
        profile=config.profile(client),
        zone=client.zone,
        language=client.language,
        stability=StabilityPolicy(
            timedelta(seconds=client.settle_seconds),
            timedelta(hours=client.incomplete_after_hours),
            client.max_file_bytes,
        ),
        max_invalid_share=client.max_invalid_share,
        fragment_schedule=FragmentSchedule(fragment.contacts, timedelta(hours=fragment.every_hours))
        if fragment
        else None,
        error_file=client.error_file,
        receipt_file=client.receipt_file,
        send_policy=build_send_policy(config, name),
        schedule_max_past=timedelta(days=client.schedule_max_past_days),
        after_collect=client.after_collect,
        keep_days=client.keep_days,
        support=config.support.to_domain(),
        upload=build_upload_policy(client),
    )


def build_upload_policy(client: ClientTable) -> UploadPolicy:
    """How files of ours appear on the server of *client*."""
    return UploadPolicy(client.temporary_name, client.upload == "direct")


def make_file_clock(clock: Clock) -> Clock:
    """What files' times are compared to: the later of *clock* and the machine's.

    ``--now`` moves no file: one uploaded a minute ago is settled even if the present is said to be
    last week.
    """
    return lambda: max(clock(), system_clock())


def build_publish_settings(config: Config, name: str) -> PublishSettings:
    """What the client called *name* agreed on for its result files."""
    from mpftp.adapters.store.results import CountingPolicy
    from mpftp.domain.results.files import ResultFormat
    from mpftp.stages.publish import PublishSettings

    client = config.clients[name]
    profile = config.profile(client)
    return PublishSettings(
        ResultFormat(profile, client.zone, client.language),
        client.results_after_days,
        tuple(client.publish_again_after_days),
        CountingPolicy.of(profile),
        client.situation_file,
        client.late_optouts_days,
        build_upload_policy(client),
    )
