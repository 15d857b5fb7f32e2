"""One SMTP connection: a state machine over bytes, with at most one message in the air.

With PIPELINING (RFC 2920) the next message's envelope travels behind the text of the one before,
so a message costs one round trip. Its text is sent only when both were answered.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from mpftp.adapters.smtp.flight import Flight, LineError, Step
from mpftp.adapters.smtp.relay import Relay
from mpftp.adapters.smtp.replies import Reply, ReplyReader, UnreadableReplyError

ROOM = 4096  # bytes read at a time


class Depot(Protocol):
    """Where a line gets its messages, and hears and tells what became of them."""

    def take(self, line: Line) -> Flight | None:
        """The next message for *line*, ``None`` when there is none now."""

    def launch(self, flight: Flight) -> None:
        """Note that the text of *flight* is about to go out. Raises when that cannot be noted."""

    def answered(self, line: Line, flight: Flight, step: Step, reply: Reply) -> None:
        """The server's verdict on *flight*, given at *step*."""

    def broken(self, line: Line, error: LineError, untouched: list[Flight], torn: Flight | None,
               doubtful: Flight | None) -> None:  # fmt: skip
        """The line is gone: flights whose text never left, left in part, or left whole unanswered."""


class Line(asyncio.BufferedProtocol):
    """A connection to *relay*. ``greet`` in ``hello`` makes it ready; then it feeds itself."""

    def __init__(
        self, relay: Relay, depot: Depot, clock: asyncio.AbstractEventLoop, *, pipelining: bool = True
    ) -> None:
        self.relay = relay
        self.closed: asyncio.Future[None] = clock.create_future()
        self.extensions: dict[str, str] = {}
        self.deadline = 0.0
        self.leaving = False
        self.carried = 0
        self._depot = depot
        self._pipelining = pipelining
        self._loop = clock
        self._reader = ReplyReader()
        self._room = memoryview(bytearray(ROOM))
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Reply] | None = None
        self._early: deque[Reply] = deque()
        self._error: LineError | None = None
        self._expected: deque[Step] = deque()
        self._envelope: Flight | None = None
        self._text: Flight | None = None
        self._unconfirmed: tuple[Flight, Reply] | None = None
        self._text_left = True
        self._unsent = 0
        self._needs_reset = False
        self._rest_until = 0.0
        self.ready = False

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def pause_writing(self) -> None:
        """Part of the text still waits in this process (``_go_on`` sets the limits so)."""
        self._text_left = False

    def resume_writing(self) -> None:
        """The text's last byte was given to the system."""
        self._text_left = True

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to put what comes in: the same few bytes each time, for replies are short."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Read the replies and act on each."""
        try:
            for reply in self._reader.feed(bytes(self._room[:nbytes])):
                self._heard(reply)
        except UnreadableReplyError as error:
            self.fail(LineError(f"{self.relay}: {error}"))
        except LineError as error:
            self.fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the depot what each flight's fate is."""
        why = f" ({exc})" if exc else ""
        error = self._error or LineError(f"{self.relay}: the connection was closed{why}")
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(error)
        untouched = [self._envelope] if self._envelope else []
        whole, torn = (self._text, None) if self._text_left else (None, self._text)
        if self._unconfirmed and error.disorder:
            whole, self._unconfirmed = self._unconfirmed[0], None
        self._confirm()
        self._envelope = self._text = None
        self.ready = False
        if not self.closed.done():
            self.closed.set_result(None)
        self._depot.broken(self, error, untouched, torn, whole)

    # What greeting uses.

    async def ask(self, command: str | None) -> Reply:
        """Send *command* (``None``: only listen) and wait for its reply. Raises ``LineError``."""
        if self._error:
            raise self._error
        if command is not None:
            self._write(command.encode("utf-8") + b"\r\n")
        self.deadline = self._loop.time() + self.relay.timeout
        if self._early:
            return self._early.popleft()
        if self._transport is None or self._transport.is_closing():
            raise LineError(f"{self.relay}: the connection was closed")
        self._waiter = self._loop.create_future()
        try:
            return await self._waiter
        finally:
            self._waiter = None
            self.deadline = 0.0

    def encrypt_with(self, transport: asyncio.Transport | None) -> None:
        """Go on over the *transport* that TLS made. Raises ``LineError`` on text sent before it."""
        if self._early or not self._reader.is_empty or transport is None:
            raise LineError(f"{self.relay}: text slipped in before TLS", lasting=True)
        self._transport = transport

    @property
    def transport(self) -> asyncio.Transport:
        """The connection under this line."""
        assert self._transport
        return self._transport

    # The life of a line.

    @property
    def is_idle(self) -> bool:
        """Whether it could take a message now."""
        return self.ready and not (self._envelope or self._text or self._expected or self.leaving)

    def wake(self) -> None:
        """Take a message, or leave, when nothing is under way."""
        if self.ready and not (self._envelope or self._text or self._expected):
            self._go_on()

    def rest(self, seconds: float) -> None:
        """Take no message for a while (RFC 5321, 4.5.4.1: slow down when the server asks)."""
        self._rest_until = self._loop.time() + seconds
        self._loop.call_later(seconds, self.wake)

    def leave(self) -> None:
        """Take nothing more; say goodbye when all is answered."""
        self.leaving = True
        self.wake()

    def fail(self, error: LineError) -> None:
        """Cut the line because of *error*."""
        self._error = self._error or error
        self.ready = False
        self.transport.abort()

    def check(self, now: float) -> None:
        """Cut the line when an answer is overdue at *now* (the loop's time)."""
        if not self._text_left and (unsent := self.transport.get_write_buffer_size()) != self._unsent:
            self._unsent = unsent  # a long text on a slow line still moves
            self.deadline = now + self.relay.timeout
        if self.deadline and now > self.deadline:
            awaited = self._expected[0].name if self._expected else "greeting"
            self.deadline = 0.0
            seconds = f"{self.relay.timeout:g}"
            self.fail(LineError(f"{self.relay}: no answer for {seconds} s ({awaited.lower()})"))

    # The dialogue.

    def _heard(self, reply: Reply) -> None:
        if not self.ready:
            if self._waiter and not self._waiter.done():
                self._waiter.set_result(reply)
            else:
                self._early.append(reply)
            return
        if not self._expected:
            unasked = "" if reply.code == 421 else "an answer to no question: "
            raise LineError(f"{self.relay}: {unasked}{reply}")
        step = self._expected.popleft()
        self.deadline = self._loop.time() + self.relay.timeout if self._expected else 0.0
        if step is Step.TEXT:
            self._text_answered(reply)
        elif step is Step.QUIT:
            self.transport.close()
        elif step is Step.RESET:
            self._in_order(step, reply, reply.is_ok)
        elif step is Step.EMPTY:
            if not self._expected:
                self._go_on()
        else:
            self._envelope_answered(step, reply)

    def _envelope_answered(self, step: Step, reply: Reply) -> None:
        flight = self._envelope
        assert flight
        self._in_order(step, reply, reply.code >= 400 or (step is Step.DATA) != reply.is_ok)
        if step is Step.MAIL:
            flight.mail = reply
        elif step is Step.RCPT:
            flight.rcpt = reply
        if reply.code == 421:
            self._confirm()
            raise LineError(f"{self.relay}: {reply}", slow_down=True)
        if step is Step.DATA:
            self._data_answered(flight, reply)
        elif not self._expected:
            self._one_by_one(flight, step, reply)

    def _one_by_one(self, flight: Flight, step: Step, reply: Reply) -> None:
        """Without PIPELINING: the next command of the envelope, or the end of a refused one."""
        if not reply.is_ok:
            self._envelope = None
            self._needs_reset = step is not Step.MAIL
            self._depot.answered(self, flight, step, reply)
            self._go_on()
        elif step is Step.MAIL:
            self._send(_recipient(flight), Step.RCPT)
        else:
            self._send(b"DATA\r\n", Step.DATA)

    def _data_answered(self, flight: Flight, reply: Reply) -> None:
        refusal = flight.refusal
        self._in_order(Step.DATA, reply, reply.code != 354 or flight.mail is None or flight.mail.is_ok)
        self._confirm()
        self._envelope = None
        if refusal is None and reply.code == 354:
            self._launch(flight)
            return
        if reply.code == 354:  # RFC 2920, 3.1: the server may wait for a text that nobody gets
            self._send(b".\r\n", Step.EMPTY)
        self._needs_reset = True
        step = Step.DATA if refusal is None else Step.MAIL if refusal is flight.mail else Step.RCPT
        self._depot.answered(self, flight, step, refusal or reply)
        if not self._expected:
            self._go_on()

    def _launch(self, flight: Flight) -> None:
        self._envelope = flight
        self._depot.launch(flight)
        self._envelope, self._text = None, flight
        self._expected.append(Step.TEXT)
        self._go_on(*_ended(flight.outgoing.data))

    def _text_answered(self, reply: Reply) -> None:
        flight, whole = self._text, self._text_left
        assert flight
        self._in_order(Step.TEXT, reply, reply.is_ok or reply.code >= 400)
        self._text = None
        if reply.is_ok and self._envelope and whole:
            self._unconfirmed = flight, reply
            return
        self._depot.answered(self, flight, Step.TEXT, reply)
        if not whole:
            raise LineError(f"{self.relay}: an answer in the middle of the text: {reply}")
        if reply.code == 421:
            raise LineError(f"{self.relay}: {reply}", slow_down=True)
        if not self._envelope:
            self._go_on()

    def _confirm(self) -> None:
        """Believe an acceptance, now that the answers behind it show that none was lost.

        Were one lost, the next command's answer would have been taken for it.
        """
        if self._unconfirmed:
            (flight, reply), self._unconfirmed = self._unconfirmed, None
            self._depot.answered(self, flight, Step.TEXT, reply)

    def _in_order(self, step: Step, reply: Reply, fits: bool) -> None:
        """Raise ``LineError`` unless *reply* *fits* as an answer to *step*."""
        if not fits or reply.code < 200:
            raise LineError(f"{self.relay}: answers out of order ({step.name}: {reply})", disorder=True)

    def _go_on(self, *text: bytes) -> None:
        """Write the pieces of *text*, and behind it the next envelope, or the goodbye."""
        pipelining = self._pipelining and "PIPELINING" in self.extensions
        parts = list(text)
        steps: list[Step] = []
        flight = None
        if (pipelining or not text) and self._may_take():
            flight = self._depot.take(self)
        if flight:
            self._envelope = flight
            self.carried += 1
            if self._needs_reset:
                parts.append(b"RSET\r\n")
                steps.append(Step.RESET)
                self._needs_reset = False
            parts.append(self._sender(flight))
            steps.append(Step.MAIL)
            if pipelining:
                parts += (_recipient(flight), b"DATA\r\n")
                steps += (Step.RCPT, Step.DATA)
        elif not text and self.leaving:
            parts.append(b"QUIT\r\n")
            steps.append(Step.QUIT)
        if text:
            behind = sum(map(len, parts[len(text) :]))
            self.transport.set_write_buffer_limits(high=behind + 1, low=behind)
        if parts:
            self._send(b"".join(parts), *steps)

    def _may_take(self) -> bool:
        bound = self.relay.messages
        if bound and self.carried >= bound:
            self.leaving = True
        return not self.leaving and not (self._rest_until and self._loop.time() < self._rest_until)

    def _send(self, data: bytes, *steps: Step) -> None:
        self._expected.extend(steps)
        self.deadline = self._loop.time() + self.relay.timeout
        self._write(data)

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)

    def _sender(self, flight: Flight) -> bytes:
        outgoing = flight.outgoing
        parameters = ""
        if "SIZE" in self.extensions:
            parameters += f" SIZE={len(outgoing.data)}"
        if "8BITMIME" in self.extensions and not outgoing.data.isascii():
            parameters += " BODY=8BITMIME"
        if not (outgoing.recipient.isascii() and outgoing.sender.isascii()):
            parameters += " SMTPUTF8"
        return f"MAIL FROM:<{outgoing.sender}>{parameters}\r\n".encode()


def _recipient(flight: Flight) -> bytes:
    return f"RCPT TO:<{flight.outgoing.recipient}>\r\n".encode()


def _ended(data: bytes) -> tuple[bytes, bytes]:
    """*data* and the final dot. No line of it starts with one, so nothing is doubled (RFC 5321, 4.5.2)."""
    return data, b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"
