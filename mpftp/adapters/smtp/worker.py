"""A sending process: it gets its requests from its parent over a socket pair, and ends with it.

Started as ``python -m mpftp.adapters.smtp.worker FD PARENT``. Rendering and SMTP are work for one
core each; several such processes use several cores.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import pickle
import signal
import socket
import sys
from typing import Any

from mpftp.adapters.smtp.frames import FrameDecoder, encode_frame
from mpftp.adapters.smtp.pool import ConnectionPool
from mpftp.adapters.smtp.queue import QueuedRequest
from mpftp.domain.sending.transport import Outcome

FLUSH_SECONDS = 0.005  # seconds that an outcome may wait for others
OUTCOME_BATCH_SIZE = 64
PR_SET_PDEATHSIG = 1


class WorkerProtocol(asyncio.Protocol):
    """The child's end of the conversation."""

    def __init__(self, done: asyncio.Future[None]) -> None:
        self._done = done
        self._decoder = FrameDecoder()
        self._outcomes: list[tuple[int, str, str, str, str]] = []
        self._flushing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The parent is gone: stop at once, the journal tells the rest."""
        if not self._done.done():
            os._exit(1)

    def data_received(self, data: bytes) -> None:
        """Do what the parent says."""
        for kind, *values in self._decoder.feed(data):
            getattr(self, f"on_{kind}")(*values)

    def on_start(self, setup: bytes) -> None:
        """The first message: relays, one for each connection, journal, permits, whether to show dialogues."""
        relays, slots, journal, permits, shows = pickle.loads(setup)  # noqa: S301 - from our parent
        self._pool = ConnectionPool(
            relays, slots, journal, permits, self._queue_outcome, self._report_failure, self._log,
            self._show if shows else None,
        )  # fmt: skip
        self._transport.write(encode_frame(("ready",)))

    def on_template(self, template_number: int, template: bytes) -> None:
        """A campaign's message, before its first request."""
        self._pool.queue.templates[template_number] = pickle.loads(template)  # noqa: S301 - from our parent

    def on_requests(self, requests: list[tuple[Any, ...]]) -> None:
        """Requests to send."""
        self._pool.add([QueuedRequest(*request) for request in requests])

    def on_stop(self) -> None:
        """Give back what has not begun."""
        self._pool.return_unsent()

    def on_finish(self) -> None:
        """Close the connections and end: all was answered."""
        self._ending = asyncio.get_running_loop().create_task(self._finish())

    async def _finish(self) -> None:
        await self._pool.close()
        self._flush()
        self._done.set_result(None)

    def _queue_outcome(self, outcome: Outcome) -> None:
        delivery_id, verdict, code, reply, step = outcome
        self._outcomes.append((delivery_id, verdict.value, code, reply, step.value))
        if len(self._outcomes) >= OUTCOME_BATCH_SIZE:
            self._flush()
        elif not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        self._pool.flush_journal()
        if self._outcomes:
            self._transport.write(encode_frame(("outcomes", self._outcomes)))
            self._outcomes = []

    def _report_failure(self, permanent: bool, reason: str) -> None:
        self._flush()
        self._transport.write(encode_frame(("gone", permanent, reason)))

    def _show(self, line: str) -> None:
        self._transport.write(encode_frame(("dialogue", line)))

    def _log(self, level: int, text: str) -> None:
        self._transport.write(encode_frame(("log", level, text)))


def _exit_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent exits."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


async def _serve(channel: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    await loop.create_unix_connection(lambda: WorkerProtocol(done), sock=channel)
    await done


def main() -> None:
    """Serve the parent until it says finish. Signals are the parent's to answer."""
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, signal.SIG_IGN)
    descriptor, parent = map(int, sys.argv[1:])
    _exit_with_parent(parent)
    asyncio.run(_serve(socket.socket(fileno=descriptor)))


if __name__ == "__main__":
    main()
