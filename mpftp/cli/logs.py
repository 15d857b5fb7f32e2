"""The log: where it goes, how a line looks, and what an unattended run keeps to itself."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from mpftp.domain.addresses import mask_addresses
from mpftp.domain.printable import escape_invisible, format_json
from mpftp.errors import Exit, MpftpError

if TYPE_CHECKING:
    from io import TextIOWrapper

log = logging.getLogger("mpftp")


RUN_ID = os.urandom(4).hex()
"""What all log lines of one process share, and no other's."""

FIELDS = ("client", "campaign", "address", "code", "delivery")
"""What a line is about, in this order, where its message does not say so."""


@dataclass
class _Style:
    """How this process logs: its errors on standard error as JSON, and addresses whole or masked."""

    errors_as_json: bool = False
    whole_addresses: bool = False


_style = _Style()


def show_addresses(unmasked: bool) -> None:
    """Write addresses *unmasked* into the log from now on, or masked."""
    _style.whole_addresses = unmasked


def show_errors_as_text() -> None:
    """Forget, at a command's end, that its errors were JSON: the next one in this process says how."""
    _style.errors_as_json = False


def _clean(text: str) -> str:
    return text if _style.whole_addresses else mask_addresses(text)


class _RunFilter(logging.Filter):
    """Gives each record the run's id; keeps from standard error what is said there in other words."""

    def __init__(self, *, everything: bool) -> None:
        super().__init__()
        self._everything = everything

    def filter(self, record: logging.LogRecord) -> bool:
        """Let *record* pass unless somebody tells it otherwise."""
        record.run = RUN_ID
        return self._everything or not getattr(record, "told", False)


class _TextFormatter(logging.Formatter):
    """One line as all others on standard error, for a run without its own log format."""

    def format(self, record: logging.LogRecord) -> str:
        """Render *record* without time or logger, which cron's mail has already."""
        return f"mpftp: {record.levelname.lower()}: {escape_invisible(record.getMessage())}"


class _FullFormatter(logging.Formatter):
    """Time, level and logger before the message, and a traceback after it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Render *record* with its message on one line."""
        record.message = escape_invisible(_clean(record.message))
        fields = [f"{name}={_field(record, name)}" for name in FIELDS if _field(record, name)]
        return " ".join([super().formatMessage(record), *fields])

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Render a traceback, whose last line may quote anybody."""
        return "\n".join(map(escape_invisible, _clean(super().formatException(ei)).split("\n")))


def _field(record: logging.LogRecord, name: str) -> str:
    return escape_invisible(_clean(str(getattr(record, name, ""))))


class _JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the record's extra fields."""

    _STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "told"}

    def format(self, record: logging.LogRecord) -> str:
        """Render *record*; what the caller passed as ``extra`` becomes members."""
        members = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _clean(record.getMessage()),
        }
        extra = {
            key: _clean(value) if isinstance(value, str) else value
            for key, value in vars(record).items()
            if key not in self._STANDARD
        }
        if record.exc_info:
            extra["traceback"] = _clean(self.formatException(record.exc_info))
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

    def reopen(self) -> None:
        """Close the file and open the one that bears its name now."""
        with suppress(OSError):
            fresh = self._open()
            if stale := self.setStream(fresh):
                stale.close()


def reopen_log_files() -> None:
    """Let go of log files that were moved away; the next line makes them anew."""
    for handler in logging.getLogger("mpftp").handlers:
        if isinstance(handler, _FileHandler):
            handler.reopen()


class _StreamHandler(_LossyHandler, logging.StreamHandler[TextIO]):
    """The log on standard error."""


def say_usage_error(text: str, *, hint: str) -> None:
    """Write one JSON object: the command line is wrong, so no command has set the log up."""
    before, _style.errors_as_json = _style.errors_as_json, True
    say(text, hint=hint, exit_code=int(Exit.USAGE))
    _style.errors_as_json = before


def say(text: str, *, hint: str = "", level: int = logging.ERROR, **members: str | int) -> None:
    """Write *text* and its *hint* to standard error, each line starting with the program's name.

    Under ``--log-format json`` it is one object like those of the log, of that *level*, with *members*.
    """
    if _style.errors_as_json:
        record = logging.makeLogRecord({"name": "mpftp", "levelno": level})
        record.levelname, record.msg, record.run = logging.getLevelName(level), text, RUN_ID
        vars(record).update(members | ({"hint": hint} if hint else {}))
        click.echo(_JsonFormatter().format(record), err=True)
        return
    for line in text.splitlines():
        click.echo(f"mpftp: {escape_invisible(line)}", err=True)
    if hint:
        click.echo(f"mpftp: hint: {escape_invisible(hint)}", err=True)


def log_error(error: MpftpError) -> None:
    """Write *error* into the log, too, where that is not standard error itself."""
    level = logging.WARNING if error.exit_code is Exit.TRY_LATER else logging.ERROR
    log.log(level, "%s", error.message, extra={"told": True, "exit_code": int(error.exit_code)})


class WarningCollector(logging.Filter):
    """Keeps the warnings of a run that would go to standard error, for its report."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        """Take *record* out of the handler's hands when it is a warning."""
        if record.levelno < logging.WARNING:
            return True
        self.messages.append(record.getMessage())
        return False


@contextmanager
def collect_warnings() -> Iterator[list[str]]:
    """Gather what the log would say by itself on standard error while the block runs."""
    collector = WarningCollector()
    plain = [one for one in logging.getLogger("mpftp").handlers if isinstance(one, _StreamHandler)]
    for handler in plain:
        handler.addFilter(collector)
    try:
        yield collector.messages
    finally:
        for handler in plain:
            handler.removeFilter(collector)


@contextmanager
def configure_logging(verbose: int, log_file: Path | None, log_format: str) -> Iterator[None]:
    """Send the log of ``mpftp`` to *log_file* or standard error: warnings, or more with ``-v``.

    Afterwards level and propagation are as before. Raises ``OSError`` when *log_file* cannot be opened;
    one that fails later, as on a full disk, costs lines of the log and nothing else.
    """
    _style.errors_as_json, _style.whole_addresses = log_format == "json", False
    handler: logging.Handler
    if log_file:
        handler = _FileHandler(log_file, encoding="utf-8", errors="backslashreplace")
    else:
        handler = _StreamHandler()
    if log_format == "json":
        handler.setFormatter(_JsonFormatter())
    else:
        full = _FullFormatter("%(asctime)s %(levelname)s %(run)s %(name)s: %(message)s")
        handler.setFormatter(full if verbose or log_file else _TextFormatter())
    handler.addFilter(_RunFilter(everything=bool(verbose or log_file)))
    logger = logging.getLogger("mpftp")
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    quiet = logging.INFO if log_file else logging.WARNING
    logger.setLevel({0: quiet, 1: logging.INFO}.get(verbose, logging.DEBUG))
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
        with suppress(OSError):
            handler.close()
