"""Inside a sending process: messages rendered as their turn comes, spread over the connections."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from mpftp.adapters.smtp.flight import Flight, LineError, Step
from mpftp.adapters.smtp.galley import Galley, Waiting
from mpftp.adapters.smtp.hello import connect, context_for
from mpftp.adapters.smtp.line import Line
from mpftp.adapters.smtp.relay import Relay
from mpftp.adapters.smtp.replies import Reply
from mpftp.adapters.smtp.track import Track, pick
from mpftp.domain.sending.transport import Journal, Outcome, Outgoing, Verdict
from mpftp.errors import MpftpError

MOST_TRIES = 3  # connections that break under one message before it is put off
TICK = 0.5  # seconds between two looks at the deadlines
LEAVE = 5.0  # seconds for the goodbyes

_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")


class Dispatcher:
    """The depot of all lines of this process."""

    def __init__(
        self,
        relays: tuple[Relay, ...],
        slots: Sequence[int],
        journal: Journal,
        tell: Callable[[Outcome], None],
        gone: Callable[[bool, str], None],
        log: Callable[[int, str], None],
    ) -> None:
        """*slots*: for each connection the place of the relay it should go to.

        *tell* passes an outcome on; *gone* says that no relay is left (lasting, why).
        """
        self._tracks = [Track(relay) for relay in relays]
        self._contexts: dict[Relay, ssl.SSLContext | None] = {}
        self._journal = journal
        self._tell, self._gone, self._log = tell, gone, log
        self._again: deque[Flight] = deque()
        self._lines: dict[Line, Track] = {}
        self._idle: dict[Line, None] = {}
        self._connecting = 0
        self._work = asyncio.Event()
        self._stopping = False
        self._loop = asyncio.get_running_loop()
        self.galley = Galley(self._loop.call_soon, self._unrenderable)
        self._tasks = [self._loop.create_task(self._slot(wanted)) for wanted in slots]
        self._tasks.append(self._loop.create_task(self._watch()))

    def add(self, parcels: list[Waiting]) -> None:
        """Queue *parcels*; idle lines take theirs at once."""
        self.galley.add(parcels)
        if self._stopping:
            self.stop()
        self._stir()

    def stop(self) -> None:
        """Take nothing more: what has not begun is given back untried."""
        self._stopping = True
        for flight in self._again:
            self._tell(Outcome(flight.outgoing.delivery_id, Verdict.UNTRIED))
        for delivery_id in self.galley.clear():
            self._tell(Outcome(delivery_id, Verdict.UNTRIED))
        self._again.clear()

    def note(self) -> None:
        """Write the answers to the journal that wait for the next hand-over."""
        try:
            self._journal.flush()
        except MpftpError as error:
            self._give_up(False, error.what)

    async def finish(self) -> None:
        """Say goodbye on every line. Everything must have been answered."""
        for task in self._tasks:
            task.cancel()
        lines = list(self._lines)
        for line in lines:
            line.leave()
        if lines:
            await asyncio.wait([line.closed for line in lines], timeout=LEAVE)

    # What lines ask for and tell.

    def take(self, line: Line) -> Flight | None:
        """The next message for *line*; without one it counts as idle."""
        while flight := self._again.popleft() if self._again else self.galley.take():
            if refusal := _unfit(flight.outgoing, line):
                self._settle(flight, Verdict.REFUSED, *refusal)
                continue
            self._idle.pop(line, None)
            return flight
        self._idle[line] = None
        return None

    def _unrenderable(self, delivery_id: int, why: str) -> None:
        self._log(logging.ERROR, f"delivery {delivery_id} {why}")
        self._tell(Outcome(delivery_id, Verdict.DEFERRED, "", why))

    def launch(self, flight: Flight) -> None:
        """Journal the hand-over; when that fails, nothing more can be sent."""
        try:
            self._journal.begin(flight.outgoing.delivery_id)
        except MpftpError as error:
            self._give_up(False, error.what)
            raise LineError(error.what) from error

    def answered(self, line: Line, flight: Flight, step: Step, reply: Reply) -> None:
        """Settle *flight*, or the relay, when it is the sender that was refused."""
        track = self._lines[line]
        if step is Step.MAIL and not _speaks_of_message(reply):
            self._requeue(flight, blamed=False)
            raise LineError(
                f"{line.relay}: the sender is refused: {reply}",
                lasting=reply.code >= 500,
                slow_down=reply.code < 500,
            )
        if reply.is_ok:
            track.accepted()
            self._settle(flight, Verdict.ACCEPTED, *reply.told())
        elif reply.code >= 500:
            track.deferrals = 0
            self._settle(flight, Verdict.REFUSED, *reply.told())
        else:
            self._settle(flight, Verdict.DEFERRED, *reply.told())
            if rest := track.deferred():
                line.rest(rest)
            if track.is_away:
                raise LineError(f"{line.relay}: puts off every message: {reply}", slow_down=True)

    def _settle(self, flight: Flight, verdict: Verdict, code: str = "", reply: str = "") -> None:
        outcome = Outcome(flight.outgoing.delivery_id, verdict, code, reply)
        try:
            self._journal.end(outcome, lazily=True)  # at the latest before the parent hears of it
        except MpftpError as error:
            self._give_up(False, error.what)
        if self.galley.landed(flight):
            self._loop.call_soon(self._stir)
        self._tell(outcome)

    def broken(
        self,
        line: Line,
        error: LineError,
        untouched: list[Flight],
        torn: Flight | None,
        doubtful: Flight | None,
    ) -> None:
        """Requeue what never left, and learn from the way the line ended."""
        self._idle.pop(line, None)
        track = self._lines.pop(line, None)
        if doubtful:
            self._settle(doubtful, Verdict.DOUBT, "", str(error))
        if torn:
            self._settle(torn, Verdict.DEFERRED, "", str(error))
        innocent = torn or doubtful or error.lasting or error.slow_down
        for flight in untouched:
            self._requeue(flight, blamed=not innocent)
        if track is None:
            return
        track.open -= 1
        track.pipelining = track.pipelining and not error.disorder
        if error.lasting or error.slow_down or untouched or torn or doubtful:
            track.failed(str(error), self._loop.time(), lasting=error.lasting)
            self._log(track.weight_of_trouble, str(error))
        self._work.set()

    def _requeue(self, flight: Flight, *, blamed: bool) -> None:
        """Give *flight* to another line, but not for ever when it may be what breaks them."""
        tries = flight.tries + blamed
        if tries >= MOST_TRIES:
            self._settle(flight, Verdict.DEFERRED, "", "the connection broke each time")
        elif self._stopping:
            self._settle(flight, Verdict.UNTRIED)
        else:
            self._again.append(replace(flight, tries=tries, mail=None, rcpt=None))
            self._loop.call_soon(self._stir)

    def _stir(self) -> None:
        """Wake idle lines for what waits, and a sleeping slot when they are not enough."""
        waiting = len(self.galley) + len(self._again)
        for line in list(self._idle)[:waiting]:
            if line.is_idle:
                line.wake()
        if self.galley or self._again:
            self._work.set()

    # Connections.

    async def _slot(self, wanted: int) -> None:
        """Keep one connection, whenever there is work for it."""
        while True:
            track = await self._assigned(wanted)
            try:
                context = self._context(track.relay)
                line = await connect(track.relay, self, context, pipelining=track.pipelining)
            except LineError as error:
                track.open -= 1
                track.failed(str(error), self._loop.time(), lasting=error.lasting)
                self._log(track.weight_of_trouble, str(error))
                continue
            finally:
                self._connecting -= 1
            self._lines[line] = track
            line.wake()
            await line.closed

    async def _assigned(self, wanted: int) -> Track:
        """Wait until one more connection is wanted, and a relay may be asked for it."""
        while True:
            if len(self.galley) + len(self._again) <= self._connecting:
                self._work.clear()
                await self._work.wait()
                continue
            if track := pick(self._tracks, self._loop.time(), wanted):
                track.open += 1
                self._connecting += 1
                return track
            self._despair()
            await asyncio.sleep(0.1)

    def _despair(self) -> None:
        """Give up when every relay is away and no line is left."""
        if self._lines or self._connecting or not all(track.is_away for track in self._tracks):
            return
        lasting = all(track.dead for track in self._tracks)
        self._give_up(lasting, "; ".join(track.dead or track.trouble for track in self._tracks))

    def _give_up(self, lasting: bool, why: str) -> None:
        if not self._stopping:
            self._gone(lasting, why)  # first: what is given back next is then known to be for good
            self.stop()

    def _context(self, relay: Relay) -> ssl.SSLContext | None:
        if relay not in self._contexts:
            self._contexts[relay] = context_for(relay)
        return self._contexts[relay]

    async def _watch(self) -> None:
        """Cut lines that wait too long; bring traffic back from backups."""
        while True:
            await asyncio.sleep(TICK)
            now = self._loop.time()
            for line in list(self._lines):
                line.check(now)
            for track in self._tracks:
                track.recover()
            self._return_from_backups(now)

    def _return_from_backups(self, now: float) -> None:
        strays = [line for line, track in self._lines.items() if track.relay.backup]
        primaries = [track for track in self._tracks if not track.relay.backup]
        if any(track.open and track.has_worked and not track.failures for track in primaries):
            for line in strays:
                line.leave()
        elif strays and any(track.is_open_to(now) for track in primaries):
            strays[0].leave()


def _speaks_of_message(reply: Reply) -> bool:
    """Whether a refusal of MAIL speaks of this message's size or address, and not of the sender."""
    code = reply.told()[0]
    return reply.is_ok or reply.code == 552 or code.endswith((" 5.3.4", " 5.2.3", " 5.6.7"))


def _unfit(outgoing: Outgoing, line: Line) -> tuple[str, str] | None:
    """Why the relay cannot take this message, known without asking it (RFC 1870, RFC 6531)."""
    limit = line.extensions.get("SIZE", "").strip()
    if limit.isdigit() and 0 < int(limit) < len(outgoing.data):
        return "552 5.3.4", f"message of {len(outgoing.data)} bytes; the relay takes at most {limit}"
    if not outgoing.recipient.isascii() and "SMTPUTF8" not in line.extensions:
        return "550 5.6.7", "the relay takes no internationalised addresses (SMTPUTF8)"
    if _UNSAFE.search(outgoing.recipient) or _UNSAFE.search(outgoing.sender):
        return "501 5.1.3", "the address holds characters that SMTP does not allow"
    return None
