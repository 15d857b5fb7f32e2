"""The ``smtp`` transport: parcels dealt out to sending processes, outcomes gathered from them."""

from __future__ import annotations

import itertools
import logging
import os
import pickle
import select
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from mpftp.adapters.smtp.frames import Unpacker, pack
from mpftp.adapters.smtp.relay import Relay, share
from mpftp.domain.sending.transport import Journal, Outcome, Parcel, Pause, Renderer, Verdict
from mpftp.errors import TransportAwayError, TransportError

log = logging.getLogger("mpftp.smtp")

SMALL = 200  # parcels that one process can see to
MOST_PROCESSES = 8
WIDEST = 400  # parcels in the hands of one process
RECENT = 0.2  # seconds over which a process's pace is measured
ROOM = 1 << 16  # bytes read at a time from one process
GOODBYE = 10.0  # seconds for a process to end
VERDICTS = {verdict.value: verdict for verdict in Verdict}


class SmtpTransport:
    """Sends over *connections* connections in all, spread over the relays and over processes."""

    def __init__(self, relays: Iterable[Relay], connections: int, processes: int | None = None) -> None:
        """*processes*: default one a core, never more than connections."""
        self._relays = tuple(relays)
        self._connections = connections
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._processes = min(processes or min(cores, MOST_PROCESSES), connections)

    def deliver(self, parcels: Iterable[Parcel | Pause], journal: Journal) -> Iterator[Outcome]:
        """Hand over *parcels* and yield their outcomes as they come in; see ``Transport``."""
        source = iter(parcels)
        first: list[Parcel | Pause] = []
        for item in itertools.islice(source, SMALL):
            first.append(item)
            if isinstance(item, Pause):
                break
        if not first:
            return
        few = len(first) < SMALL
        crew = _Crew(self._relays, self._connections, 1 if few else self._processes, journal)
        try:
            yield from crew.run(itertools.chain(first, source))
        finally:
            crew.dismiss()

    def close(self) -> None:
        """Nothing stays open between deliveries."""


class _Hand:
    """The parent's end of one sending process."""

    def __init__(self, least: int, setup: bytes) -> None:
        """*least*: parcels that it may always hold."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "mpftp.adapters.smtp.worker",
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
            )
        self.socket = ours
        self.held: set[int] = set()
        self.is_ready = self.is_gone = False
        self._known: dict[int, int] = {}
        self._unpacker = Unpacker()
        self._room = memoryview(bytearray(ROOM))
        self._least = least
        self._pace: deque[tuple[float, int]] = deque()
        self._tell("start", setup)

    def _tell(self, *message: Any) -> None:
        try:
            self.socket.sendall(pack(message))
        except OSError:
            self.is_gone = True

    def room(self) -> int:
        """How many more parcels it should get now: what it does in a moment, so that few wait there."""
        horizon = time.monotonic() - RECENT
        while self._pace and self._pace[0][0] < horizon:
            self._pace.popleft()
        recent = sum(count for _, count in self._pace)
        if self.is_gone or not self.is_ready:
            return 0
        return min(max(self._least, recent * 2), WIDEST) - len(self.held)

    def give(self, parcels: list[Parcel], numbers: dict[int, int]) -> None:
        """Pass *parcels* on, each template before its first one."""
        rows = []
        for parcel in parcels:
            number = numbers[id(parcel.template)]
            if number not in self._known:
                self._known[number] = number
                self._tell("template", number, pickle.dumps(parcel.template))
            self.held.add(parcel.delivery_id)
            rows.append((parcel.delivery_id, number, parcel.email, parcel.fields, parcel.date.timestamp()))
        self._tell("parcels", rows)

    def stop(self) -> None:
        """Have everything that has not begun given back."""
        self._tell("stop")

    def hear(self) -> list[tuple[Any, ...]]:
        """What it said; marks it as gone when it ended."""
        try:
            count = self.socket.recv_into(self._room)
        except OSError:
            count = 0
        if not count:
            self.is_gone = True
            return [("lost",)]
        return self._unpacker.feed(self._room[:count])

    def count(self, outcomes: int) -> None:
        """Remember its pace."""
        self._pace.append((time.monotonic(), outcomes))

    def finish(self) -> None:
        """Have it say goodbye to its relays and end."""
        self._tell("finish")

    def see_it_end(self) -> None:
        """Wait for its end, though not for ever."""
        try:
            self._process.wait(GOODBYE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.socket.close()


class _Crew:
    """All sending processes of one delivery."""

    def __init__(self, relays: tuple[Relay, ...], connections: int, processes: int, journal: Journal) -> None:
        places = share(relays, connections)
        dealt = [places[number::processes] for number in range(processes)]
        try:
            self._hands = [_Hand(len(slots) * 2, pickle.dumps((relays, slots, journal))) for slots in dealt]
        except OSError as error:
            raise TransportAwayError(f"no sending process can be started: {error}") from None
        self._by_socket = {hand.socket.fileno(): hand for hand in self._hands}
        self._poll = select.poll()
        for hand in self._hands:
            self._poll.register(hand.socket.fileno(), select.POLLIN)
        self._templates: dict[int, Renderer] = {}
        self._numbers: dict[int, int] = {}
        self._troubles: list[tuple[bool, str]] = []
        self._said: set[str] = set()
        self._kept: dict[str, None] = {}
        self._paused_until = 0.0
        self._is_dry = self._is_short = False

    def run(self, source: Iterator[Parcel | Pause]) -> Iterator[Outcome]:
        """Deal out and gather until *source* is dry and everything is answered."""
        while True:
            if all(hand.is_gone for hand in self._hands):
                yield from self._last_words()
                self._raise()
            if not self._is_dry:
                self._deal(source)
            if self._is_dry and not any(hand.held for hand in self._hands):
                if self._is_short:
                    self._raise()
                for text in self._kept:
                    log.warning("%s", text)
                return
            yield from self._gather(self._wait_time())

    def _wait_time(self) -> float:
        if self._is_dry or not self._paused_until:
            return 0.5
        return min(max(self._paused_until - time.monotonic(), 0.0), 0.5)

    def _deal(self, source: Iterator[Parcel | Pause]) -> None:
        """Top every process up, the emptiest first."""
        if self._paused_until > time.monotonic():
            return
        self._paused_until = 0.0
        for hand in sorted(self._hands, key=lambda hand: len(hand.held)):
            room = hand.room()
            if room < len(hand.held) // 4 + 1:
                continue
            parcels = self._draw(source, room)
            if parcels:
                hand.give(parcels, self._numbers)
            if self._is_dry or self._paused_until:
                return

    def _draw(self, source: Iterator[Parcel | Pause], most: int) -> list[Parcel]:
        drawn: list[Parcel] = []
        while len(drawn) < most:
            item = next(source, None)
            if item is None:
                self._is_dry = True
                break
            if isinstance(item, Pause):
                self._paused_until = time.monotonic() + item.seconds
                break
            if id(item.template) not in self._numbers:
                self._numbers[id(item.template)] = len(self._numbers)
                self._templates[id(item.template)] = item.template
            drawn.append(item)
        return drawn

    def _gather(self, timeout: float) -> Iterator[Outcome]:
        for descriptor, _ in self._poll.poll(timeout * 1000):
            hand = self._by_socket[descriptor]
            for kind, *rest in hand.hear():
                if kind == "outcomes":
                    yield from self._outcomes(hand, rest[0])
                elif kind == "ready":
                    hand.is_ready = True
                elif kind == "gone":
                    hand.is_gone = True
                    self._troubles.append((rest[0], rest[1]))
                elif kind == "log":
                    self._log(rest[0], rest[1])
                elif kind == "lost":
                    self._poll.unregister(descriptor)
                    self._troubles.append((False, "a sending process ended unexpectedly"))
                    hand.held.clear()
                    self._is_short = True

    def _log(self, level: int, text: str) -> None:
        """Log what a process says; twenty connections that meet the same trouble say it once.

        Warnings are kept for the end, since the error that ends a run tells of them by itself.
        """
        if level == logging.WARNING:
            self._kept[text] = None
            level = logging.INFO
        log.log(level if text not in self._said else logging.DEBUG, "%s", text)
        self._said.add(text)

    def _outcomes(self, hand: _Hand, rows: list[tuple[int, str, str, str]]) -> Iterator[Outcome]:
        hand.count(len(rows))
        for number, verdict, code, reply in rows:
            hand.held.discard(number)
            yield Outcome(number, VERDICTS[verdict], code, reply)

    def _last_words(self) -> Iterator[Outcome]:
        """The outcomes of a crew that gave up: all that it holds is answered or given back."""
        while any(hand.held for hand in self._hands):
            yield from self._gather(0.5)

    def _raise(self) -> None:
        why = "; ".join(dict.fromkeys(text for _, text in self._troubles))
        if any(lasting for lasting, _ in self._troubles):
            raise TransportError(why, hint="nothing was lost; mend this, and the next `mpftp send` goes on")
        raise TransportAwayError(why, hint="nothing was lost; the next `mpftp send` goes on")

    def dismiss(self) -> None:
        """End every process; whatever is under way is answered first and stands in the journal."""
        for hand in self._hands:
            if hand.held:
                hand.stop()
        give_up = time.monotonic() + GOODBYE
        while any(hand.held for hand in self._hands) and time.monotonic() < give_up:
            for _ in self._gather(0.5):
                pass
        for hand in self._hands:
            hand.finish()
        for hand in self._hands:
            hand.see_it_end()
