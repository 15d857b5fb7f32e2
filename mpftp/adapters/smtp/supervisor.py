"""The ``smtp`` transport: requests dealt out to sending processes, outcomes gathered from them."""

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

from mpftp.adapters.smtp.frames import FrameDecoder, encode_frame
from mpftp.adapters.smtp.relay import Relay, assign_relays
from mpftp.domain.sending.transport import (
    AlwaysPermitted,
    DeliveryRequest,
    Journal,
    Outcome,
    Renderer,
    RetryAfter,
    SendPermits,
    Step,
    Verdict,
)
from mpftp.errors import TransportError, TransportUnavailableError

log = logging.getLogger("mpftp.smtp")

MAX_REQUESTS_FOR_ONE_WORKER = 200  # requests that one process can see to
MAX_WORKERS = 8
MAX_REQUESTS_PER_WORKER = 400  # requests that one process holds
RATE_WINDOW_SECONDS = 0.2  # seconds over which a process's pace is measured
PIPE_READ_BYTES = 1 << 16  # bytes read at a time from one process
SHUTDOWN_SECONDS = 10.0  # seconds for a process to end
VERDICTS = {verdict.value: verdict for verdict in Verdict}
STEPS = {step.value: step for step in Step}


class SmtpTransport:
    """Sends over *connections* connections in all, spread over the relays and over processes."""

    def __init__(
        self,
        relays: Iterable[Relay],
        connections: int,
        processes: int | None = None,
        permits: SendPermits = AlwaysPermitted(),  # noqa: B008 - it has no state
    ) -> None:
        """*processes*: default one a core, never more than connections."""
        self._permits = permits
        self._relays = tuple(relays)
        self._connections = connections
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._processes = min(processes or min(cores, MAX_WORKERS), connections)
        self._pool: _WorkerPool | None = None

    def deliver(
        self, requests: Iterable[DeliveryRequest | RetryAfter], journal: Journal
    ) -> Iterator[Outcome]:
        """Hand over *requests* and yield their outcomes as they come in; see ``Transport``."""
        source = iter(requests)
        first: list[DeliveryRequest | RetryAfter] = []
        for item in itertools.islice(source, MAX_REQUESTS_FOR_ONE_WORKER):
            first.append(item)
            if isinstance(item, RetryAfter):
                break
        if not first:
            return
        few = len(first) < MAX_REQUESTS_FOR_ONE_WORKER
        processes = 1 if few else self._processes
        self.close()
        self._pool = _WorkerPool(self._relays, self._connections, processes, journal, self._permits)
        yield from self._pool.run(itertools.chain(first, source))

    def close(self) -> None:
        """End the processes. Their goodbyes take seconds, so settle the outcomes first."""
        if self._pool is not None:
            self._pool.shut_down()
            self._pool = None


class _WorkerHandle:
    """The parent's end of one sending process."""

    def __init__(self, least: int, setup: bytes) -> None:
        """*least*: requests that it may always hold."""
        own_end, worker_end = socket.socketpair()
        with worker_end:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "mpftp.adapters.smtp.worker",
                    str(worker_end.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=(worker_end.fileno(),),
                stdin=subprocess.DEVNULL,
            )
        self.socket = own_end
        self.held: set[int] = set()
        self.is_ready = self.is_gone = False
        self._known: dict[int, int] = {}
        self._decoder = FrameDecoder()
        self._room = memoryview(bytearray(PIPE_READ_BYTES))
        self._least = least
        self._pace: deque[tuple[float, int]] = deque()
        self._send_command("start", setup)

    def _send_command(self, *message: Any) -> None:
        try:
            self.socket.sendall(encode_frame(message))
        except OSError:
            self.is_gone = True

    def free_capacity(self) -> int:
        """Return how many more requests this worker may get now: few, so that few wait there."""
        horizon = time.monotonic() - RATE_WINDOW_SECONDS
        while self._pace and self._pace[0][0] < horizon:
            self._pace.popleft()
        recent = sum(count for _, count in self._pace)
        if self.is_gone or not self.is_ready:
            return 0
        return min(max(self._least, recent * 2), MAX_REQUESTS_PER_WORKER) - len(self.held)

    def send_requests(self, requests: list[DeliveryRequest], numbers: dict[int, int]) -> None:
        """Pass *requests* on, each template before its first one."""
        rows = []
        for request in requests:
            template_number = numbers[id(request.template)]
            if template_number not in self._known:
                self._known[template_number] = template_number
                self._send_command("template", template_number, pickle.dumps(request.template))
            self.held.add(request.delivery_id)
            rows.append(
                (
                    request.delivery_id,
                    template_number,
                    request.email,
                    request.fields,
                    request.date.timestamp(),
                    request.campaign_id,
                )
            )
        self._send_command("requests", rows)

    def stop(self) -> None:
        """Have everything that has not begun given back."""
        self._send_command("stop")

    def receive(self) -> list[tuple[Any, ...]]:
        """What it said; marks it as gone when it ended."""
        try:
            count = self.socket.recv_into(self._room)
        except OSError:
            count = 0
        if not count:
            self.is_gone = True
            return [("lost",)]
        return self._decoder.feed(self._room[:count])

    def record_outcomes(self, outcomes: int) -> None:
        """Remember its pace."""
        self._pace.append((time.monotonic(), outcomes))

    def finish(self) -> None:
        """Tell the worker to close its connections and end."""
        self._send_command("finish")

    def wait_or_kill(self) -> None:
        """Wait for its end, though not for ever."""
        try:
            self._process.wait(SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def receive_rest(self) -> Iterator[tuple[Any, ...]]:
        """What it said before its end and was not read yet."""
        while not self.is_gone:
            yield from self.receive()


class _WorkerPool:
    """All sending processes of one delivery."""

    def __init__(
        self,
        relays: tuple[Relay, ...],
        connections: int,
        processes: int,
        journal: Journal,
        permits: SendPermits,
    ) -> None:
        relay_indexes = assign_relays(relays, connections)
        dealt = [relay_indexes[index::processes] for index in range(processes)]
        try:
            self._workers = [
                _WorkerHandle(
                    len(slots) * 2,
                    pickle.dumps((relays, slots, journal, permits, log.isEnabledFor(logging.DEBUG))),
                )
                for slots in dealt
            ]
        except OSError as error:
            raise TransportUnavailableError(f"no sending process can be started: {error}") from None
        self._by_socket = {worker.socket.fileno(): worker for worker in self._workers}
        self._poll = select.poll()
        for worker in self._workers:
            self._poll.register(worker.socket.fileno(), select.POLLIN)
        self._templates: dict[int, Renderer] = {}
        self._numbers: dict[int, int] = {}
        self._errors: list[tuple[bool, str]] = []
        self._logged: set[str] = set()
        self._kept: dict[str, None] = {}
        self._paused_until = 0.0
        self._source_exhausted = self._worker_lost = False

    def run(self, source: Iterator[DeliveryRequest | RetryAfter]) -> Iterator[Outcome]:
        """Deal out and gather until *source* is dry and everything is answered."""
        while True:
            if all(worker.is_gone for worker in self._workers):
                yield from self._drain_failed_workers()
                self._raise()
            if not self._source_exhausted:
                self._distribute(source)
            if self._source_exhausted and not any(worker.held for worker in self._workers):
                if self._worker_lost:
                    self._raise()
                for text in self._kept:
                    log.warning("%s", text)
                return
            yield from self._receive_outcomes(self._wait_time())

    def _wait_time(self) -> float:
        if self._source_exhausted or not self._paused_until:
            return 0.5
        return min(max(self._paused_until - time.monotonic(), 0.0), 0.5)

    def _distribute(self, source: Iterator[DeliveryRequest | RetryAfter]) -> None:
        """Top every process up, the emptiest first."""
        if self._paused_until > time.monotonic():
            return
        self._paused_until = 0.0
        for worker in sorted(self._workers, key=lambda worker: len(worker.held)):
            room = worker.free_capacity()
            if room < len(worker.held) // 4 + 1:
                continue
            requests = self._next_requests(source, room)
            if requests:
                worker.send_requests(requests, self._numbers)
            if self._source_exhausted or self._paused_until:
                return

    def _next_requests(
        self, source: Iterator[DeliveryRequest | RetryAfter], most: int
    ) -> list[DeliveryRequest]:
        drawn: list[DeliveryRequest] = []
        while len(drawn) < most:
            item = next(source, None)
            if item is None:
                self._source_exhausted = True
                break
            if isinstance(item, RetryAfter):
                self._paused_until = time.monotonic() + item.seconds
                break
            if id(item.template) not in self._numbers:
                self._numbers[id(item.template)] = len(self._numbers)
                self._templates[id(item.template)] = item.template
            drawn.append(item)
        return drawn

    def _receive_outcomes(self, timeout: float) -> Iterator[Outcome]:
        for descriptor, _ in self._poll.poll(timeout * 1000):
            worker = self._by_socket[descriptor]
            for kind, *values in worker.receive():
                if kind == "outcomes":
                    yield from self._outcomes(worker, values[0])
                elif kind == "ready":
                    worker.is_ready = True
                elif kind == "gone":
                    worker.is_gone = True
                    self._errors.append((values[0], values[1]))
                elif kind == "log":
                    self._log(values[0], values[1])
                elif kind == "dialogue":
                    log.debug("%s", values[0])
                elif kind == "lost":
                    self._poll.unregister(descriptor)
                    self._errors.append((False, "a sending process ended unexpectedly"))
                    worker.held.clear()
                    self._worker_lost = True

    def _log(self, level: int, text: str) -> None:
        """Log what a worker reports; the same text of several connections is logged once.

        Warnings are kept for the end, since the error that ends a run tells of them by itself.
        """
        if level == logging.WARNING:
            self._kept[text] = None
            level = logging.INFO
        log.log(level if text not in self._logged else logging.DEBUG, "%s", text)
        self._logged.add(text)

    def _outcomes(
        self, worker: _WorkerHandle, rows: list[tuple[int, str, str, str, str]]
    ) -> Iterator[Outcome]:
        worker.record_outcomes(len(rows))
        for delivery_id, verdict, code, reply, step in rows:
            worker.held.discard(delivery_id)
            yield Outcome(delivery_id, VERDICTS[verdict], code, reply, STEPS[step])

    def _drain_failed_workers(self) -> Iterator[Outcome]:
        """The outcomes of workers that gave up: all that they hold is answered or given back."""
        while any(worker.held for worker in self._workers):
            yield from self._receive_outcomes(0.5)

    def _raise(self) -> None:
        reason = "; ".join(dict.fromkeys(text for _, text in self._errors))
        if any(permanent for permanent, _ in self._errors):
            raise TransportError(
                reason, hint="nothing was lost; correct this, and the next `mpftp send` goes on"
            )
        raise TransportUnavailableError(reason, hint="nothing was lost; the next `mpftp send` goes on")

    def shut_down(self) -> None:
        """End every process; what is under way is answered first and stands in the journal."""
        for worker in self._workers:
            if worker.held:
                worker.stop()
        give_up = time.monotonic() + SHUTDOWN_SECONDS
        while any(worker.held for worker in self._workers) and time.monotonic() < give_up:
            for _ in self._receive_outcomes(0.5):
                pass
        for worker in self._workers:
            worker.finish()
        for worker in self._workers:
            worker.wait_or_kill()
            for kind, *values in worker.receive_rest():
                if kind == "dialogue":
                    log.debug("%s", values[0])
            worker.socket.close()
