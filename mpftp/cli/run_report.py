"""What a run of a command by itself says on standard error: what began and what ended, each once.

Cron mails every line. A trouble that lasts is said when it begins and, where it ends by itself, when it is
over; between, ``status`` shows it. Who watches the run reads everything, each time.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mpftp.cli.context import CommandContext, map_os_error
from mpftp.cli.logs import collect_warnings, say
from mpftp.domain.lasting import LastingTrouble, TroubleChanges, find_topic, make_trouble
from mpftp.errors import Exit, MpftpError, OverlapError, UsageError

if TYPE_CHECKING:
    from mpftp.stages.notify import FailedNotice

log = logging.getLogger("mpftp.run")


class RunReport:
    """Gathers what one run meets. What happened once is said at its end, and so is what lasts, if new."""

    def __init__(self, context: CommandContext, command: str) -> None:
        self._context = context
        self._command = command
        self._met: list[LastingTrouble] = []
        self._happened: list[tuple[str, str]] = []
        self._well: set[str] = set()
        self._places: set[str] | None = None

    def tell(self, place: str, text: str, hint: str = "") -> None:
        """Say that something happened that will not come again by itself."""
        log.warning("%s", _line(place, text), extra={"told": True, **self._about(place)})
        self._happened.append((_line(place, text), hint))

    def error(self, place: str, error: MpftpError) -> None:
        """Say, once, that there is trouble at *place*."""
        self.trouble(make_trouble(place, error))

    def trouble(self, trouble: LastingTrouble) -> None:
        """Say, once, what may last; the log has it each time."""
        extra = {"told": True, "about": trouble.place, **self._about(trouble.place)}
        log.log(_level(trouble), "%s", _line(trouble.place, trouble.text), extra=extra)
        self._met.append(trouble)

    def saw(self, places: Iterable[str]) -> None:
        """Take everything else that was said of *places* as over: they were seen to the end."""
        self._well.update(places)

    def only(self, places: Iterable[str]) -> None:
        """Say that there are no other places than *places*: what was said of others is forgotten."""
        self._places = {*places, "", "warning", *(f"{name}: notify" for name in self._context.config.clients)}

    def notices(self, failed: Iterable[FailedNotice]) -> bool:
        """Take in what could not be sent to clients; return whether everything was."""
        failures = list(failed)
        for one in failures:
            place, text = f"{one.notice.client}: notify", f"the client could not be notified: {one.reason}"
            self.trouble(LastingTrouble(place, "notify", text))
        self.saw(f"{name}: notify" for name in self._context.config.clients)
        return not failures

    def warnings(self, messages: Iterable[str]) -> None:
        """Take in warnings of the log, which appear nowhere else."""
        for message in messages:
            self.trouble(LastingTrouble("warning", find_topic(message), message))

    def finish(self, code: Exit, seconds: float) -> None:
        """Say what is new, and note the run; where the state cannot be used, say everything."""
        now = self._context.clock()
        try:
            changes = self._note(code, seconds, now)
        except (MpftpError, OSError):
            changes = TroubleChanges([(trouble, False) for trouble in self._met], [])
        began = [trouble for trouble, silent in changes.began if not silent]
        ended = [one for one in changes.ended if one.passes and not one.silent]
        for text, hint in self._happened:
            self._say(text, hint, level=logging.WARNING)
        for trouble in self._met if self._context.is_watched else began:
            self._say(_line(trouble.place, trouble.text), trouble.hint, level=_level(trouble))
        for over in ended:
            was = over.text.removeprefix(f"{over.place}: ")
            text = _line(over.place, f"well again; since {over.since:%F %R}Z: {was}")
            self._say(text, level=logging.INFO)
        self._run_hook(
            [
                *(self._as_event("happened", "", text, hint, now) for text, hint in self._happened),
                *(self._as_event("began", one.place, one.text, one.hint, now) for one in began),
                *(self._as_event("ended", one.place, one.text, "", one.since) for one in ended),
            ]
        )

    def _about(self, place: str) -> dict[str, str]:
        """The client, and the campaign, that *place* names: CLIENT, CLIENT/NAME_DATE, CLIENT: what."""
        client, _, campaign = place.partition(": ")[0].partition("/")
        try:
            if client not in self._context.config.clients:
                return {}
        except MpftpError:
            return {}
        return {"client": client} | ({"campaign": campaign} if campaign else {})

    def _note(self, code: Exit, seconds: float, now: datetime) -> TroubleChanges:
        from mpftp.adapters.store.runs import LastRun, RunStore
        from mpftp.wiring.state_file import open_for_notes

        with open_for_notes(self._context.config_file) as db:
            store = RunStore(db)
            store.record(LastRun(self._command, now, seconds, int(code), None if code else now))
            if (places := self._places) is not None:
                store.forget(self._command, lambda place: place not in places)
            return store.note(self._command, self._met, self._well, now)

    def _say(self, text: str, hint: str = "", *, level: int = logging.ERROR) -> None:
        """One line a trouble: a hint has its own only where somebody watches."""
        if self._context.is_watched or not hint:
            say(text, hint=hint, level=level)
        else:
            say(f"{' '.join(text.split())} (hint: {' '.join(hint.split())})", level=level)

    def _as_event(self, event: str, place: str, text: str, hint: str, since: datetime) -> dict[str, Any]:
        """A trouble as the operator's own command is told of it."""
        return {
            "event": event, "command": self._command, "about": place, "text": text, "hint": hint,
            "since": since.isoformat(timespec="seconds"),
        }  # fmt: skip

    def _run_hook(self, events: list[dict[str, Any]]) -> None:
        """Tell the operator's own command; that it fails is said each time, for nothing else would say it."""
        try:
            command = self._context.config.on_trouble if events else []
        except MpftpError:
            return
        if not command:
            return
        from mpftp.adapters.trouble_hook import run_trouble_hook

        try:
            for event in events:
                run_trouble_hook(command, event)
        except MpftpError as error:
            self._say(error.message, error.hint)


def report_run(context: CommandContext, command: str, work: Callable[[RunReport], Exit]) -> Exit:
    """Run *work* of *command*, then say on standard error what is new; return its exit code.

    What it raises is a trouble of the command itself, except that another run of it is at work.
    """
    report, started = RunReport(context, command), time.monotonic()
    kept: AbstractContextManager[list[str]] = nullcontext([]) if context.is_watched else collect_warnings()
    with kept as messages:
        try:
            code = work(report)
            report.saw(["", "warning"])
        except OverlapError as error:
            if sys.stderr.isatty():
                raise
            log.info("%s; %s", error.message, error.hint)
            return error.exit_code
        except (UsageError, BrokenPipeError):
            raise
        except MpftpError as error:
            report.error("", error)
            code = error.exit_code
        except OSError as error:
            mapped = map_os_error(error)
            report.error("", mapped)
            code = mapped.exit_code
    report.warnings(messages)
    report.finish(code, time.monotonic() - started)
    return code


def _level(trouble: LastingTrouble) -> int:
    return logging.WARNING if trouble.passes else logging.ERROR


def _line(place: str, text: str) -> str:
    """*text* with its *place* before it, unless it begins so by itself."""
    return text if not place or text.startswith((f"{place}:", f"{place} ")) else f"{place}: {text}"
