"""What every command shares: the common options, the configuration, logging, and errors as exits."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mpftp.cli.logs import configure_logging, log_error, say, show_addresses, show_errors_as_text
from mpftp.cli.lookup import unknown_campaign, unknown_client
from mpftp.domain.clock import Clock, make_clock, system_clock
from mpftp.errors import Exit, MpftpError, TryLaterError, UsageError
from mpftp.permissions import denied

if TYPE_CHECKING:
    from mpftp.adapters.config import ClientTable, Config
    from mpftp.adapters.store.database import Database
    from mpftp.domain.campaign import CampaignRef
    from mpftp.stages.notify import FailedNotice


@dataclass
class CommandContext:
    """One run of one command: where its configuration is, what time it is, how loud it speaks."""

    config_path: Path | None
    clock: Clock
    is_watched: bool = False
    """Whether somebody looks at this run, who wants to read again what an earlier one said."""

    @functools.cached_property
    def config_file(self) -> Path:
        """Where the configuration is. Raises ``ConfigError`` when there is none."""
        from mpftp.adapters.config import find_config

        return find_config(self.config_path)

    @functools.cached_property
    def config(self) -> Config:
        """The configuration, read once. Raises ``ConfigError`` with every fault in it."""
        from mpftp.adapters.config import load_config

        config = load_config(self.config_file)
        show_addresses(config.log_addresses)
        return config

    def database(self, *, read_only: bool = False, trusted: bool = False, sending: bool = False) -> Database:
        """Open the state file (``mpftp.wiring.state_file``); the caller closes it."""
        from mpftp.wiring.state_file import open_for_reading, open_state

        if read_only:
            return open_for_reading(self.config, self.config_file, trusted=trusted)
        return open_state(self.config, self.config_file, sending=sending)

    def require_keys(self) -> None:
        """Raise ``StateError`` when the signing keys of messages that went out are missing."""
        from mpftp.wiring.signing_keys import refuse_lost_keys

        with self.database(read_only=True, trusted=True) as db:
            refuse_lost_keys(db, self.config, self.config_file)

    @contextmanager
    def alone(self, command: str) -> Iterator[None]:
        """Hold the lock of *command*, beside a state that is there, while the block runs.

        Raises ``LockedError`` when another run of it holds it, ``StateError`` when the state is missing.
        """
        from mpftp.adapters.lock import hold_lock
        from mpftp.wiring.state_file import refuse_missing

        refuse_missing(self.config, self.config_file)
        with hold_lock(self.config.state, command):
            yield


class DateTimeParam(click.ParamType[datetime]):
    """An ISO 8601 moment; one without an offset is UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse *value*, or fail with a usage error."""
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-03-01T09:00:00-03:00", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that all commands share, and pass a ``CommandContext``.

    The decorated command receives the session as its first argument; an ``MpftpError`` that leaves
    it becomes lines on standard error and the error's exit code, an ``Exit`` it returns the code.
    """

    @click.option("--config", "config_path", envvar="MPFTP_CONFIG", help="The configuration file.",
                  type=click.Path(path_type=Path, readable=False))  # fmt: skip
    @click.option("--now", type=DateTimeParam(), envvar="MPFTP_NOW",
                  help="Use this time instead of the current time (for tests).")  # fmt: skip
    @click.option("-v", "--verbose", count=True, help="Log each event; -vv also the dialogue with servers.")
    @click.option("--log-file", type=click.Path(path_type=Path), help="Log to this file.")
    @click.option("--log-format", type=click.Choice(["text", "json"]), default="text",
                  show_default=True, help="One line an event, as text or as JSON.")  # fmt: skip
    @functools.wraps(function)
    def wrapped(
        *,
        config_path: Path | None,
        now: datetime | None,
        verbose: int,
        log_file: Path | None,
        log_format: str,
        **options: Any,
    ) -> None:
        watched = sys.stderr.isatty() or (verbose > 0 and log_file is None)
        context = CommandContext(config_path, make_clock(now) if now else system_clock, watched)
        exit_with(lambda: logged(context, options, (verbose, log_file, log_format)))

    def logged(context: CommandContext, options: dict[str, Any], how: tuple[int, Path | None, str]) -> Any:
        with configure_logging(*how):
            try:
                return function(context, **options)
            except MpftpError as error:
                log_error(error)
                raise

    return wrapped


def select_clients(config: Config, names: tuple[str, ...]) -> dict[str, ClientTable]:
    """The clients called *names*, or all. Raises ``UsageError`` for a name that is not configured."""
    for name in names:
        if name not in config.clients:
            raise unknown_client(name, config.clients)
    return {name: client for name, client in config.clients.items() if not names or name in names}


def find_one_campaign(db: Database, spec: str, client: str | None = None) -> CampaignRef:
    """The one campaign that *spec* names: an id, NAME_DATE or CLIENT/NAME_DATE; only of *client*, if given.

    Raises ``UsageError``.
    """
    from mpftp.adapters.store.overview import Overview

    campaigns = Overview(db).find_campaigns(spec, client)
    if not campaigns:
        raise unknown_campaign(spec, Overview(db).campaign_names(client), Overview(db).refusals(client))
    if len(campaigns) > 1:
        names = ", ".join(str(ref) for ref in campaigns)
        raise UsageError(f"{spec!r} may be any of {names}", hint="write CLIENT/NAME_DATE")
    return campaigns[0]


def notify_clients(context: CommandContext, db: Database) -> list[FailedNotice]:
    """Send the pending notices; return those that could not be sent."""
    config = context.config
    recipients = [name for name, client in config.clients.items() if client.notify]
    if not recipients:
        return []
    from mpftp.adapters.store.notices import NoticeStore
    from mpftp.stages.notify import notify
    from mpftp.wiring.sending import build_notice_recipient, deliver_one

    return notify(
        NoticeStore(db),
        {name: build_notice_recipient(config, name) for name in recipients},
        functools.partial(deliver_one, config),
        context.clock,
    )


def exit_with(work: Callable[[], IntEnum | None]) -> None:
    """Run *work* and leave the program with its exit code, or with that of the error it raised."""
    try:
        code: IntEnum = work() or Exit.OK
    except MpftpError as error:
        print_error(error)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        code = Exit.OK
    except OSError as error:
        mapped = map_os_error(error)
        print_error(mapped)
        code = mapped.exit_code
    show_errors_as_text()
    sys.exit(int(code))


def map_os_error(error: OSError) -> MpftpError:
    """What the operating system refused, as one of our errors: a full disk may pass, the rest not."""
    where = f"{error.filename}: " if error.filename else ""
    message = f"{where}{error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TryLaterError(message, hint="free some space; nothing was lost, the next run goes on")
    if isinstance(error, FileNotFoundError) and error.filename:
        folder = Path(os.fsdecode(error.filename)).parent
        if not folder.exists():
            return MpftpError(f"{where}there is no folder {folder}", hint="create it, or name another place")
    if isinstance(error, PermissionError) and error.filename and hasattr(os, "geteuid"):
        return denied(MpftpError, Path(os.fsdecode(error.filename)))
    return MpftpError(message, hint="check that the path exists and that this user may use it")


def print_error(error: MpftpError) -> None:
    """Write *error* and its hint to standard error, each line starting with the program's name."""
    say(error.message, hint=error.hint)
