"""The connections of a sending process: they share one render queue, over one relay or several.

Each connection has a slot. A slot waits until there is work and a relay that can be reached, connects,
and waits until that connection is closed. Connections ask for messages themselves. The hand-over of
each is noted in the journal before its text goes out. What a lost connection held is queued again, unless
its text went out completely: then it is in doubt. When no relay is left, the run ends.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from mpftp.adapters.smtp.connection import SmtpConnection
from mpftp.adapters.smtp.dialogue import ShowLine
from mpftp.adapters.smtp.handshake import connect, make_tls_context
from mpftp.adapters.smtp.queue import QueuedRequest, RenderQueue
from mpftp.adapters.smtp.relay import Relay, RelayHealth, choose_relay
from mpftp.adapters.smtp.replies import MailTransaction, Reply, SmtpConnectionError, SmtpPhase
from mpftp.domain.sending.transport import Journal, Outcome, OutgoingMessage, SendPermits, Step, Verdict
from mpftp.domain.texts import count_text
from mpftp.errors import MpftpError

MAX_BROKEN_CONNECTIONS = 3  # connections that break under one message before it is put off
TICK_SECONDS = 0.5  # seconds between two looks at the deadlines
QUIT_SECONDS = 5.0  # seconds for the goodbyes

REFUSED_STEPS = {
    SmtpPhase.MAIL: Step.MAIL,
    SmtpPhase.RCPT: Step.RCPT,
    SmtpPhase.DATA: Step.DATA,
    SmtpPhase.END_OF_DATA: Step.END_OF_DATA,
}
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")
_LOGIN_CODES = frozenset({530, 535, 538})
_LOGIN_WORDS = re.compile(
    r"authentication (?:is )?(?:required|needed)|must (?:first )?authenticate|authenticate first"
    r"|autentica[çc][ãa]o (?:é )?(?:requerida|necess[áa]ria|obrigat[óo]ria)",
    re.IGNORECASE,
)


class ConnectionPool:
    """A pool of SMTP connections that share one render queue."""

    def __init__(
        self,
        relays: tuple[Relay, ...],
        slots: Sequence[int],
        journal: Journal,
        permits: SendPermits,
        on_outcome: Callable[[Outcome], None],
        on_failure: Callable[[bool, str], None],
        log: Callable[[int, str], None],
        show: ShowLine | None = None,
    ) -> None:
        """*slots*: for each connection the place of the relay it should go to.

        *on_outcome* passes an outcome on; *on_failure* says that no relay is left (lasting, why); *show*
        takes the connections' dialogues.
        """
        self._healths = [RelayHealth(relay) for relay in relays]
        self._contexts: dict[Relay, ssl.SSLContext | None] = {}
        self._journal = journal
        self._permits = permits
        self._halted: set[int] = set()
        self._on_outcome, self._on_failure, self._log, self._show = on_outcome, on_failure, log, show
        self._retry_queue: deque[MailTransaction] = deque()
        self._connections: dict[SmtpConnection, RelayHealth] = {}
        self._idle: dict[SmtpConnection, None] = {}
        self._connecting = 0
        self._work_available = asyncio.Event()
        self._stopping = False
        self._loop = asyncio.get_running_loop()
        self.queue = RenderQueue(self._loop.call_soon, self._on_render_error)
        self._tasks = [self._loop.create_task(self._run_slot(relay_index)) for relay_index in slots]
        self._tasks.append(self._loop.create_task(self._run_periodic_checks()))

    def add(self, requests: list[QueuedRequest]) -> None:
        """Queue *requests*; idle connections take theirs at once."""
        self.queue.add(requests)
        if self._stopping:
            self.return_unsent()
        self._wake_idle_connections()

    def return_unsent(self) -> None:
        """Take nothing more: what has not begun is given back untried."""
        self._stopping = True
        for transaction in self._retry_queue:
            self._on_outcome(Outcome(transaction.outgoing.delivery_id, Verdict.UNSENT))
        for delivery_id in self.queue.drain():
            self._on_outcome(Outcome(delivery_id, Verdict.UNSENT))
        self._retry_queue.clear()

    def flush_journal(self) -> None:
        """Write the answers to the journal that wait for the next hand-over."""
        try:
            self._journal.flush()
        except MpftpError as error:
            self._fail(False, error.message)

    async def close(self) -> None:
        """Send QUIT on every connection. Everything must have been answered."""
        for task in self._tasks:
            task.cancel()
        connections = list(self._connections)
        for connection in connections:
            connection.quit_when_done()
        if connections:
            await asyncio.wait([connection.closed for connection in connections], timeout=QUIT_SECONDS)
        self._permits.close()

    # What connections call.

    def next_transaction(self, connection: SmtpConnection) -> MailTransaction | None:
        """Return the next message for *connection*; without one it counts as idle."""
        while transaction := self._retry_queue.popleft() if self._retry_queue else self.queue.pop():
            if self._is_halted(transaction.campaign_id):
                self._settle(transaction, Verdict.UNSENT)
                continue
            if refusal := _refusal_before_sending(transaction.outgoing, connection):
                self._settle(transaction, Verdict.REFUSED, *refusal)
                continue
            self._idle.pop(connection, None)
            return transaction
        self._idle[connection] = None
        return None

    def _on_render_error(self, delivery_id: int, reason: str) -> None:
        self._log(logging.ERROR, f"delivery {delivery_id} {reason}")
        self._on_outcome(Outcome(delivery_id, Verdict.DEFERRED, "", reason))

    def before_data(self, transaction: MailTransaction) -> None:
        """Journal the hand-over; when that fails, nothing more can be sent.

        The text of a campaign that was stopped meanwhile is withheld: the server waits for it, so that
        only the end of the connection can.
        """
        try:
            if not self._permits.may_send(transaction.campaign_id):
                self._halted.add(transaction.campaign_id)
                for delivery_id in self.queue.drain(transaction.campaign_id):
                    self._on_outcome(Outcome(delivery_id, Verdict.UNSENT))
                raise SmtpConnectionError(f"campaign {transaction.campaign_id} was stopped", withheld=True)
            self._journal.begin(transaction.outgoing.delivery_id)
        except MpftpError as error:
            self._fail(False, error.message)
            raise SmtpConnectionError(error.message) from error

    def _is_halted(self, campaign_id: int) -> bool:
        """Whether a campaign that was found stopped still is: it may go on in the same run."""
        if campaign_id in self._halted and self._permits.may_send(campaign_id):
            self._halted.discard(campaign_id)
        return campaign_id in self._halted

    def on_reply(
        self, connection: SmtpConnection, transaction: MailTransaction, step: SmtpPhase, reply: Reply
    ) -> None:
        """Settle *transaction*, or the relay, when it is the sender that was refused."""
        health = self._connections[connection]
        if _wants_login(reply):
            self._take_back(transaction, step)
            raise SmtpConnectionError(f"{connection.relay}: it wants a login: {reply}", permanent=True)
        if step is SmtpPhase.MAIL and not _is_about_message(reply):
            self._requeue(transaction, blamed=False)
            raise SmtpConnectionError(
                f"{connection.relay}: the sender is refused: {reply}",
                permanent=reply.code >= 500,
                slow_down=reply.code < 500,
            )
        if reply.is_ok:
            health.record_accepted()
            code, text = reply.status_and_text()
            self._settle(transaction, Verdict.ACCEPTED, code, connection.strike(text))
        elif reply.code >= 500:
            health.deferrals = 0
            self._settle(transaction, Verdict.REFUSED, *reply.status_and_text(), step=REFUSED_STEPS[step])
        else:
            self._settle(transaction, Verdict.DEFERRED, *reply.status_and_text())
            if seconds := health.record_deferral():
                connection.back_off(seconds)
            if health.is_unavailable:
                raise SmtpConnectionError(
                    f"{connection.relay}: defers every message: {reply}", slow_down=True
                )

    def _settle(
        self,
        transaction: MailTransaction,
        verdict: Verdict,
        code: str = "",
        reply: str = "",
        step: Step = Step.UNKNOWN,
    ) -> None:
        outcome = Outcome(transaction.outgoing.delivery_id, verdict, code, reply, step)
        self._journal_end(outcome)
        if self.queue.release_bytes(transaction):
            self._loop.call_soon(self._wake_idle_connections)
        self._on_outcome(outcome)

    def _journal_end(self, outcome: Outcome) -> None:
        try:
            self._journal.end(outcome, lazily=True)  # at the latest before the parent hears of it
        except MpftpError as error:
            self._fail(False, error.message)

    def on_connection_lost(
        self,
        connection: SmtpConnection,
        error: SmtpConnectionError,
        unsent: list[MailTransaction],
        partly_sent: MailTransaction | None,
        in_doubt: MailTransaction | None,
    ) -> None:
        """Requeue what never left, and learn from the way the connection ended."""
        self._idle.pop(connection, None)
        health = self._connections.pop(connection, None)
        if in_doubt:
            self._settle(in_doubt, Verdict.IN_DOUBT, "", str(error))
        if partly_sent:
            self._settle(partly_sent, Verdict.DEFERRED, "", str(error))
        innocent = partly_sent or in_doubt or error.permanent or error.slow_down or error.accepted
        for transaction in unsent:
            if error.withheld:
                self._settle(transaction, Verdict.UNSENT)
            else:
                self._requeue(transaction, blamed=not innocent)
        if health is None:
            return
        health.connections -= 1
        health.pipelining = health.pipelining and not error.out_of_order
        troubled = error.permanent or error.slow_down or unsent or partly_sent or in_doubt
        if error.accepted:
            self._learn_limit(health, error.accepted)
        elif troubled and not error.withheld:
            health.record_failure(str(error), self._loop.time(), permanent=error.permanent)
            self._log(health.log_level, str(error))
        self._work_available.set()

    def _learn_limit(self, health: RelayHealth, accepted: int) -> None:
        """Leave in time from now on, where a relay closes the connection after so many messages."""
        if health.record_clean_close(accepted):
            setting = f"`messages_per_connection = {accepted}` says so from the start"
            messages = count_text("one message|{count} messages", accepted)
            self._log(logging.INFO, f"{health.relay}: closes connections after {messages}; {setting}")

    def _take_back(self, transaction: MailTransaction, step: SmtpPhase) -> None:
        """Requeue a message that was not judged; after its text, the journal must know that it did not go."""
        if step is SmtpPhase.END_OF_DATA:
            self._journal_end(Outcome(transaction.outgoing.delivery_id, Verdict.UNSENT))
        self._requeue(transaction, blamed=False)

    def _requeue(self, transaction: MailTransaction, *, blamed: bool) -> None:
        """Give *transaction* to another connection, but not for ever when it may be what breaks them."""
        tries = transaction.failed_connections + blamed
        if tries >= MAX_BROKEN_CONNECTIONS:
            self._settle(transaction, Verdict.DEFERRED, "", "the connection broke each time")
        elif self._stopping:
            self._settle(transaction, Verdict.UNSENT)
        else:
            self._retry_queue.append(replace(transaction, failed_connections=tries, mail=None, rcpt=None))
            self._loop.call_soon(self._wake_idle_connections)

    def _wake_idle_connections(self) -> None:
        """Wake idle connections for what waits, and a sleeping slot when they are not enough."""
        waiting = len(self.queue) + len(self._retry_queue)
        for connection in list(self._idle)[:waiting]:
            if connection.is_idle:
                connection.start_next()
        if self.queue or self._retry_queue:
            self._work_available.set()

    # Connections.

    async def _run_slot(self, relay_index: int) -> None:
        """Keep one connection, whenever there is work for it."""
        while True:
            health = await self._wait_for_relay(relay_index)
            try:
                context = self._context(health.relay)
                connection = await connect(
                    health.relay, self, context,
                    pipelining=health.pipelining, limit=health.limit, show=self._show,
                )  # fmt: skip
            except SmtpConnectionError as error:
                health.connections -= 1
                health.record_failure(str(error), self._loop.time(), permanent=error.permanent)
                self._log(health.log_level, str(error))
                continue
            finally:
                self._connecting -= 1
            self._connections[connection] = health
            connection.start_next()
            await asyncio.shield(connection.closed)  # ``close`` cancels us, and then waits for it

    async def _wait_for_relay(self, relay_index: int) -> RelayHealth:
        """Wait until one more connection is wanted, and a relay may be asked for it."""
        while True:
            if len(self.queue) + len(self._retry_queue) <= self._connecting:
                self._work_available.clear()
                await self._work_available.wait()
                continue
            if health := choose_relay(self._healths, self._loop.time(), relay_index):
                health.connections += 1
                self._connecting += 1
                return health
            self._fail_if_no_relay_left()
            await asyncio.sleep(0.1)

    def _fail_if_no_relay_left(self) -> None:
        """Stop the run if every relay is unavailable and no connection is open."""
        if (
            self._connections
            or self._connecting
            or not all(health.is_unavailable for health in self._healths)
        ):
            return
        permanent = all(health.permanent_error for health in self._healths)
        self._fail(
            permanent, "; ".join(health.permanent_error or health.last_error for health in self._healths)
        )

    def _fail(self, permanent: bool, reason: str) -> None:
        if not self._stopping:
            self._on_failure(permanent, reason)  # first: what is given back next is then known to be for good
            self.return_unsent()

    def _context(self, relay: Relay) -> ssl.SSLContext | None:
        if relay not in self._contexts:
            self._contexts[relay] = make_tls_context(relay)
        return self._contexts[relay]

    async def _run_periodic_checks(self) -> None:
        """Cut connections that wait too long; bring traffic back from backups."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._loop.time()
            for connection in list(self._connections):
                connection.check_timeout(now)
            for health in self._healths:
                health.allow_one_more()
            self._return_to_primaries(now)

    def _return_to_primaries(self, now: float) -> None:
        backup_connections = [
            connection for connection, health in self._connections.items() if health.relay.backup
        ]
        primaries = [health for health in self._healths if not health.relay.backup]
        if any(health.connections and health.has_worked and not health.failures for health in primaries):
            for connection in backup_connections:
                connection.quit_when_done()
        elif backup_connections and any(health.can_connect(now) for health in primaries):
            backup_connections[0].quit_when_done()


def _is_about_message(reply: Reply) -> bool:
    """Return whether a refusal of MAIL is about this message's size or address, not about the sender."""
    code = reply.status_and_text()[0]
    return reply.is_ok or reply.code == 552 or code.endswith((" 5.3.4", " 5.2.3", " 5.6.7"))


def _wants_login(reply: Reply) -> bool:
    """Return whether a refusal at any step asks for a login or TLS (RFC 4954, 6; RFC 3207, 4)."""
    if reply.code < 500:
        return False
    return reply.code in _LOGIN_CODES or _LOGIN_WORDS.search(reply.status_and_text()[1]) is not None


def _refusal_before_sending(outgoing: OutgoingMessage, connection: SmtpConnection) -> tuple[str, str] | None:
    """Why the relay cannot take this message, known without asking it (RFC 1870, RFC 6531)."""
    limit = connection.extensions.get("SIZE", "").strip()
    if limit.isdigit() and 0 < int(limit) < len(outgoing.data):
        return (
            "552 5.3.4",
            f"message too large: {len(outgoing.data)}, the relay takes {limit} at most (bytes)",
        )
    if not outgoing.recipient.isascii() and "SMTPUTF8" not in connection.extensions:
        return "550 5.6.7", "the relay takes no internationalised addresses (SMTPUTF8)"
    if _UNSAFE.search(outgoing.recipient) or _UNSAFE.search(outgoing.sender):
        return "501 5.1.3", "the address holds characters that SMTP does not allow"
    return None
