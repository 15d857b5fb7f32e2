"""What every command shares: the common options, the configuration, logging, and errors as exits."""

from __future__ import annotations

import errno
import functools
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from mpftp.cli.lookup import unknown_campaign, unknown_client
from mpftp.domain.clock import Clock, make_clock, system_clock
from mpftp.domain.printable import escape_invisible, format_json
from mpftp.errors import Exit, MpftpError, TryLaterError, UsageError

if TYPE_CHECKING:
    from io import TextIOWrapper

    from mpftp.adapters.config import ClientTable, Config
    from mpftp.adapters.store.database import Database
    from mpftp.adapters.store.overview import CampaignRef


@dataclass
class CommandContext:
    """One run of one command: where its configuration is, what time it is, how loud it speaks."""

    config_path: Path | None
    clock: Clock

    @functools.cached_property
    def config_file(self) -> Path:
        """Where the configuration is. Raises ``ConfigError`` when there is none."""
        from mpftp.adapters.config import find_config

        return find_config(self.config_path)

    @functools.cached_property
    def config(self) -> Config:
        """The configuration, read once. Raises ``ConfigError`` with every fault in it."""
        from mpftp.adapters.config import load_config

        return load_config(self.config_file)

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
    @click.option("-v", "--verbose", count=True, help="Log each event; -vv logs each step.")
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
        context = CommandContext(config_path, make_clock(now) if now else system_clock)
        exit_with(lambda: logged(context, options, (verbose, log_file, log_format)))

    def logged(context: CommandContext, options: dict[str, Any], log: tuple[int, Path | None, str]) -> Any:
        with configure_logging(*log):
            return function(context, **options)

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

    found = Overview(db).find_campaigns(spec, client)
    if not found:
        raise unknown_campaign(spec, Overview(db).campaign_names(client))
    if len(found) > 1:
        names = ", ".join(str(ref) for ref in found)
        raise UsageError(f"{spec!r} may be any of {names}", hint="write CLIENT/NAME_DATE")
    return found[0]


def notify_clients(context: CommandContext, db: Database) -> bool:
    """Send the pending notices; return ``False``, after a line each, when some could not be sent."""
    config = context.config
    recipients = [name for name, client in config.clients.items() if client.notify]
    if not recipients:
        return True
    from mpftp.adapters.store.notices import NoticeStore
    from mpftp.stages.notify import notify
    from mpftp.wiring.sending import build_notice_recipient, deliver_one

    failed = notify(
        NoticeStore(db),
        {name: build_notice_recipient(config, name) for name in recipients},
        functools.partial(deliver_one, config),
        context.clock,
    )
    for one in failed:
        address = config.clients[one.notice.client].notify
        click.echo(f"mpftp: {one.notice.client}: {address} could not be notified: {one.reason}", err=True)
    return not failed


def exit_with(work: Callable[[], Exit | None]) -> None:
    """Run *work* and leave the program with its exit code, or with that of the error it raised."""
    try:
        code = work() or Exit.OK
    except MpftpError as error:
        print_error(error)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        code = Exit.OK
    except OSError as error:
        trouble = _map_os_error(error)
        print_error(trouble)
        code = trouble.exit_code
    sys.exit(int(code))


def _map_os_error(error: OSError) -> MpftpError:
    """What the operating system refused, as one of our errors: a full disk may pass, the rest not."""
    where = f"{error.filename}: " if error.filename else ""
    what = f"{where}{error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TryLaterError(what, hint="free some space; nothing was lost, the next run goes on")
    if isinstance(error, PermissionError):
        return MpftpError(
            f"{where}Permission denied for user {_user_name()}",
            hint="run this as the user that runs cron, or let this one use it (chown, chmod)",
        )
    return MpftpError(what, hint="check that the path exists and that this user may use it")


def _user_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def print_error(error: MpftpError) -> None:
    """Write *error* and its hint to standard error, each line starting with the program's name."""
    for line in error.message.splitlines():
        click.echo(f"mpftp: {escape_invisible(line)}", err=True)
    if error.hint:
        click.echo(f"mpftp: hint: {escape_invisible(error.hint)}", err=True)


class _TextFormatter(logging.Formatter):
    """One line as all others on standard error, for a run that nobody asked for its log."""

    def format(self, record: logging.LogRecord) -> str:
        """Render *record* without time or logger, which cron's mail tells or nobody needs."""
        return f"mpftp: {record.levelname.lower()}: {escape_invisible(record.getMessage())}"


class _FullFormatter(logging.Formatter):
    """Time, level and logger before the message, and a traceback after it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Render *record* with its message on one line."""
        record.message = escape_invisible(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Render a traceback, whose last line may quote anybody."""
        return "\n".join(map(escape_invisible, super().formatException(ei).split("\n")))


class _JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the record's extra fields."""

    _STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        """Render *record*; what the caller passed as ``extra`` becomes members."""
        members = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        extra = {key: value for key, value in vars(record).items() if key not in self._STANDARD}
        return format_json(members | extra)


class _LossyHandler(logging.Handler):
    """Takes no notice when the system refuses a line; any other error of logging is told as ever."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Drop *record* if its line could not be written."""
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


class _FileHandler(_LossyHandler, logging.FileHandler):
    """The log in a file, which only this user may read when we make it: it holds addresses."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).touch(0o600)
        return super()._open()


class _StreamHandler(_LossyHandler, logging.StreamHandler[TextIO]):
    """The log on standard error."""


@contextmanager
def configure_logging(verbose: int, log_file: Path | None, log_format: str) -> Iterator[None]:
    """Send the log of ``mpftp`` to *log_file* or standard error: warnings, or more with ``-v``.

    Raises ``OSError`` when *log_file* cannot be opened; one that fails later, as on a full disk, costs
    lines of the log and nothing else.
    """
    handler: logging.Handler
    if log_file:
        handler = _FileHandler(log_file, encoding="utf-8", errors="backslashreplace")
    else:
        handler = _StreamHandler()
    if log_format == "json":
        handler.setFormatter(_JsonFormatter())
    else:
        full = _FullFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
        handler.setFormatter(full if verbose or log_file else _TextFormatter())
    logger = logging.getLogger("mpftp")
    logger.addHandler(handler)
    logger.propagate = False
    quiet = logging.INFO if log_file else logging.WARNING
    logger.setLevel({0: quiet, 1: logging.INFO}.get(verbose, logging.DEBUG))
    try:
        yield
    finally:
        logger.removeHandler(handler)
        with suppress(OSError):
            handler.close()
