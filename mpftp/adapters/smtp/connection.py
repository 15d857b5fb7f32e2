"""One SMTP connection: a state machine over bytes, with one mail transaction at a time.

With PIPELINING (RFC 2920) the next message's envelope travels behind the text of the one before,
so a message costs one round trip. Its text is sent only when both were answered.
"""

from __future__ import annotations

import asyncio
from collections import deque

from mpftp.adapters.smtp.dialogue import ShowLine, SmtpDialogue
from mpftp.adapters.smtp.handler import ConnectionHandler
from mpftp.adapters.smtp.relay import Relay
from mpftp.adapters.smtp.replies import (
    MailTransaction,
    MalformedReplyError,
    Reply,
    ReplyParser,
    SmtpConnectionError,
    SmtpPhase,
    phase_timeouts,
)
from mpftp.domain.foreign_text import make_secret_filter

READ_BUFFER_BYTES = 4096  # bytes read at a time
MAX_EARLY_REPLIES = 8  # replies that may come before they are asked for, while greeting


class SmtpConnection(asyncio.BufferedProtocol):
    """A connection to *relay*. ``handshake.connect`` makes it ready; then it feeds itself."""

    def __init__(
        self,
        relay: Relay,
        handler: ConnectionHandler[SmtpConnection],
        loop: asyncio.AbstractEventLoop,
        *,
        pipelining: bool = True,
        limit: int = 0,
        show: ShowLine | None = None,
    ) -> None:
        """*limit*: messages that the relay takes over one connection, as was learnt; 0: no bound.

        *show* takes the lines of the dialogue, if anybody wants them.
        """
        self.relay = relay
        self.closed: asyncio.Future[None] = loop.create_future()
        self.extensions: dict[str, str] = {}
        self.is_quitting = False
        self.transactions_started = 0
        self.accepted = 0
        self._limit = min(filter(None, (relay.max_messages, limit)), default=0)
        self._seconds = phase_timeouts(relay.timeout, relay.data_timeout, relay.final_dot_timeout)
        self._handler = handler
        self._pipelining = pipelining
        self._loop = loop
        self.strike = make_secret_filter(relay.password)
        self._parser = ReplyParser(self.strike)
        self._show = show
        self._dialogue: SmtpDialogue | None = None
        self._read_buffer = memoryview(bytearray(READ_BUFFER_BYTES))
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Reply] | None = None
        self._early_replies: deque[Reply] = deque()
        self._error: SmtpConnectionError | None = None
        self._pending_phases: deque[SmtpPhase] = deque()
        self._envelope_in_flight: MailTransaction | None = None
        self._content_in_flight: MailTransaction | None = None
        self._accepted_unconfirmed: tuple[MailTransaction, Reply] | None = None
        self._content_written = True
        self._unsent = 0
        self._waiting_since = 0.0
        self._needs_reset = False
        self._backoff_until = 0.0
        self.ready = False

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._show:
            port = transport.get_extra_info("sockname")[1]  # tells this connection's lines from another's
            self._dialogue = SmtpDialogue(f"{self.relay} ({port})", self.strike, self._show)

    def pause_writing(self) -> None:
        """Part of the text still waits in this process (``_write_next`` sets the limits so)."""
        self._content_written = False

    def resume_writing(self) -> None:
        """The text's last byte was given to the system."""
        self._content_written = True

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to put what comes in: the same few bytes each time, for replies are short."""
        return self._read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Read the replies and act on each."""
        try:
            replies = self._parser.feed(bytes(self._read_buffer[:nbytes]))
            if replies:
                self._waiting_since = self._loop.time()
            for reply in replies:
                if self._dialogue:
                    self._dialogue.received(reply)
                self._on_reply(reply)
        except MalformedReplyError as error:
            self.abort(SmtpConnectionError(f"{self.relay}: {error}"))
        except SmtpConnectionError as error:
            self.abort(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the handler what became of each transaction."""
        reason = f" ({exc})" if exc else ""
        closed = SmtpConnectionError(
            f"{self.relay}: the connection was closed{reason}", accepted=self._accepted_before_close()
        )
        error = self._error or closed
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(error)
        unsent = [self._envelope_in_flight] if self._envelope_in_flight else []
        in_doubt, partly_sent = (
            (self._content_in_flight, None) if self._content_written else (None, self._content_in_flight)
        )
        if self._accepted_unconfirmed and error.out_of_order:
            in_doubt, self._accepted_unconfirmed = self._accepted_unconfirmed[0], None
        self._confirm_accepted()
        self._envelope_in_flight = self._content_in_flight = None
        self.ready = False
        if not self.closed.done():
            self.closed.set_result(None)
        self._handler.on_connection_lost(self, error, unsent, partly_sent, in_doubt)

    def _accepted_before_close(self) -> int:
        """How many messages were taken over it, when the next one's envelope got no answer; else 0."""
        envelope = self._envelope_in_flight
        if self._content_in_flight or envelope is None or envelope.mail:
            return 0
        return self.accepted + bool(self._accepted_unconfirmed)

    # What greeting uses.

    async def send_command(self, command: str | None, *, secret: bool = False) -> Reply:
        """Send *command* (``None``: only listen) and wait for its reply. Raises ``SmtpConnectionError``.

        Nothing of a *secret* one is shown.
        """
        if self._error:
            raise self._error
        if command is not None:
            self._write(command.encode("utf-8") + b"\r\n", secret=secret)
        if self._early_replies:
            return self._early_replies.popleft()
        if self._transport is None or self._transport.is_closing():
            raise SmtpConnectionError(f"{self.relay}: the connection was closed")
        self._waiter = self._loop.create_future()
        try:
            async with asyncio.timeout(self.relay.timeout):
                return await self._waiter
        except TimeoutError:
            step = command.split(" ")[0] if command else "greeting"
            raise self._timed_out(self.relay.timeout, step) from None
        finally:
            self._waiter = None

    def upgrade_transport(self, transport: asyncio.Transport | None) -> None:
        """Go on over the *transport* that TLS made. Raises ``SmtpConnectionError`` on text sent before it."""
        if self._early_replies or not self._parser.is_empty or transport is None:
            raise SmtpConnectionError(f"{self.relay}: data received before TLS", permanent=True)
        self._transport = transport

    @property
    def transport(self) -> asyncio.Transport:
        """The transport under this connection."""
        assert self._transport
        return self._transport

    # Taking messages, and the end.

    @property
    def is_idle(self) -> bool:
        """Whether it could take a message now."""
        return self.ready and not (
            self._envelope_in_flight or self._content_in_flight or self._pending_phases or self.is_quitting
        )

    def start_next(self) -> None:
        """Take a message, or leave, when nothing is under way."""
        if self.ready and not (self._envelope_in_flight or self._content_in_flight or self._pending_phases):
            self._write_next()

    def back_off(self, seconds: float) -> None:
        """Take no message for a while (RFC 5321, 4.5.4.1: slow down when the server asks)."""
        self._backoff_until = self._loop.time() + seconds
        self._loop.call_later(seconds, self.start_next)

    def quit_when_done(self) -> None:
        """Take nothing more; send QUIT when all is answered."""
        self.is_quitting = True
        self.start_next()

    def abort(self, error: SmtpConnectionError) -> None:
        """Cut the connection because of *error*, which may quote the server."""
        error.args = (self.strike(str(error)),)
        self._error = self._error or error
        self.ready = False
        self.transport.abort()

    def check_timeout(self, now: float) -> None:
        """Cut the connection when an answer is overdue at *now* (the loop's time)."""
        if not self._content_written and (unsent := self.transport.get_write_buffer_size()) != self._unsent:
            self._unsent = unsent  # a long text on a slow connection still moves
            self._waiting_since = now
        if not self._pending_phases:
            return
        awaited = self._pending_phases[0]
        if now > self._waiting_since + self._seconds[awaited]:
            self.abort(self._timed_out(self._seconds[awaited], awaited.title))

    def _timed_out(self, seconds: float, awaited: str) -> SmtpConnectionError:
        return SmtpConnectionError(f"{self.relay}: no answer for {seconds:g} s ({awaited})")

    # The dialogue.

    def _on_reply(self, reply: Reply) -> None:
        if not self.ready:
            if self._waiter and not self._waiter.done():
                self._waiter.set_result(reply)
            else:
                self._early_replies.append(reply)
            if len(self._early_replies) > MAX_EARLY_REPLIES:
                raise SmtpConnectionError(f"{self.relay}: talks without being asked: {reply}")
            return
        if not self._pending_phases:
            unasked = "" if reply.code == 421 else "unexpected reply: "
            raise SmtpConnectionError(f"{self.relay}: {unasked}{reply}")
        step = self._pending_phases.popleft()
        if step is SmtpPhase.END_OF_DATA:
            self._on_end_of_data_reply(reply)
        elif step is SmtpPhase.QUIT:
            self.transport.close()
        elif step is SmtpPhase.RSET:
            self._require_in_order(step, reply, reply.is_ok)
        elif step is SmtpPhase.EMPTY_DATA:
            if not self._pending_phases:
                self._write_next()
        else:
            self._on_envelope_reply(step, reply)

    def _on_envelope_reply(self, step: SmtpPhase, reply: Reply) -> None:
        transaction = self._envelope_in_flight
        assert transaction
        self._require_in_order(step, reply, reply.code >= 400 or (step is SmtpPhase.DATA) != reply.is_ok)
        if step is SmtpPhase.MAIL:
            transaction.mail = reply
        elif step is SmtpPhase.RCPT:
            transaction.rcpt = reply
        if reply.code == 421:
            self._confirm_accepted()
            about_recipient = step is SmtpPhase.RCPT  # the relay may well take others
            if about_recipient:
                self._envelope_in_flight = None
                self._handler.on_reply(self, transaction, step, reply)
            raise SmtpConnectionError(f"{self.relay}: {reply}", slow_down=not about_recipient)
        if step is SmtpPhase.DATA:
            self._on_data_reply(transaction, reply)
        elif not self._pending_phases:
            self._next_envelope_command(transaction, step, reply)

    def _next_envelope_command(self, transaction: MailTransaction, step: SmtpPhase, reply: Reply) -> None:
        """Without PIPELINING: the next command of the envelope, or the end of a refused one."""
        if not reply.is_ok:
            self._envelope_in_flight = None
            self._needs_reset = step is not SmtpPhase.MAIL
            self._handler.on_reply(self, transaction, step, reply)
            self._write_next()
        elif step is SmtpPhase.MAIL:
            self._send(transaction.rcpt_command, SmtpPhase.RCPT)
        else:
            self._send(b"DATA\r\n", SmtpPhase.DATA)

    def _on_data_reply(self, transaction: MailTransaction, reply: Reply) -> None:
        refusal = transaction.first_refusal
        self._require_in_order(
            SmtpPhase.DATA, reply, reply.code != 354 or transaction.mail is None or transaction.mail.is_ok
        )
        self._confirm_accepted()
        self._envelope_in_flight = None
        if refusal is None and reply.code == 354:
            self._send_content(transaction)
            return
        if reply.code == 354:  # RFC 2920, 3.1: the server may wait for a text that nobody gets
            self._send(b".\r\n", SmtpPhase.EMPTY_DATA)
        self._needs_reset = True
        refused = SmtpPhase.MAIL if refusal is transaction.mail else SmtpPhase.RCPT
        self._handler.on_reply(self, transaction, refused if refusal else SmtpPhase.DATA, refusal or reply)
        if not self._pending_phases:
            self._write_next()

    def _send_content(self, transaction: MailTransaction) -> None:
        self._envelope_in_flight = transaction
        self._handler.before_data(transaction)
        self._envelope_in_flight, self._content_in_flight = None, transaction
        self._pending_phases.append(SmtpPhase.END_OF_DATA)
        self._write_next(*transaction.content)

    def _on_end_of_data_reply(self, reply: Reply) -> None:
        transaction, is_complete = self._content_in_flight, self._content_written
        assert transaction
        self._require_in_order(SmtpPhase.END_OF_DATA, reply, reply.is_ok or reply.code >= 400)
        self._content_in_flight = None
        if reply.is_ok and self._envelope_in_flight and is_complete:
            self._accepted_unconfirmed = transaction, reply
            return
        self.accepted += reply.is_ok
        self._handler.on_reply(self, transaction, SmtpPhase.END_OF_DATA, reply)
        if not is_complete:
            raise SmtpConnectionError(f"{self.relay}: an answer in the middle of the text: {reply}")
        if reply.code == 421:
            raise SmtpConnectionError(f"{self.relay}: {reply}", slow_down=True)
        if not self._envelope_in_flight:
            self._write_next()

    def _confirm_accepted(self) -> None:
        """Believe an acceptance, now that the answers behind it show that none was lost.

        Were one lost, the next command's answer would have been taken for it.
        """
        if self._accepted_unconfirmed:
            (transaction, reply), self._accepted_unconfirmed = self._accepted_unconfirmed, None
            self.accepted += 1
            self._handler.on_reply(self, transaction, SmtpPhase.END_OF_DATA, reply)

    def _require_in_order(self, step: SmtpPhase, reply: Reply, fits: bool) -> None:
        """Raise ``SmtpConnectionError`` unless *reply* *fits* as an answer to *step* (RFC 5321, 4.2.1)."""
        if not fits or not 200 <= reply.code < 600:
            raise SmtpConnectionError(
                f"{self.relay}: answers out of order ({step.title}: {reply})", out_of_order=True
            )

    def _write_next(self, *text: bytes) -> None:
        """Write the pieces of *text*, and behind it the next envelope, or QUIT."""
        pipelining = self._pipelining and "PIPELINING" in self.extensions
        parts = list(text)
        steps: list[SmtpPhase] = []
        may_start = (pipelining or not text) and self._may_start_transaction()
        transaction = self._handler.next_transaction(self) if may_start else None
        if transaction:
            self._envelope_in_flight = transaction
            self.transactions_started += 1
            if self._needs_reset:
                parts.append(b"RSET\r\n")
                steps.append(SmtpPhase.RSET)
                self._needs_reset = False
            parts.append(transaction.mail_command(self.extensions))
            steps.append(SmtpPhase.MAIL)
            if pipelining:
                parts += (transaction.rcpt_command, b"DATA\r\n")
                steps += (SmtpPhase.RCPT, SmtpPhase.DATA)
        elif not text and self.is_quitting:
            parts.append(b"QUIT\r\n")
            steps.append(SmtpPhase.QUIT)
        if text:
            behind = sum(map(len, parts[len(text) :]))
            self.transport.set_write_buffer_limits(high=behind + 1, low=behind)
        if parts:
            self._send(b"".join(parts), *steps, text_bytes=sum(map(len, text)))

    def _may_start_transaction(self) -> bool:
        if self._limit and self.transactions_started >= self._limit:
            self.is_quitting = True
        return not self.is_quitting and not (self._backoff_until and self._loop.time() < self._backoff_until)

    def _send(self, data: bytes, *steps: SmtpPhase, text_bytes: int = 0) -> None:
        self._pending_phases.extend(steps)
        self._waiting_since = self._loop.time()
        self._write(data, text_bytes)

    def _write(self, data: bytes, text_bytes: int = 0, *, secret: bool = False) -> None:
        if self._dialogue:
            self._dialogue.sent(data, text_bytes, secret=secret)
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)
