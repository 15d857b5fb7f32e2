"""Rendering ahead, inside a sending process: requests wait, and the next few of them are rendered.

A connection that asks for a message gets one that is ready. Whenever ``RENDER_BATCH_SIZE`` places are
free, the event loop is asked to fill them up to ``RENDER_AHEAD``, while the connections wait for replies.
Rendered messages take memory until their outcome is known, so that no more than ``MAX_RENDERED_BYTES``
of them are made at a time. A message that cannot be rendered is an outcome of its own.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from mpftp.adapters.smtp.replies import MailTransaction
from mpftp.domain.sending.transport import Renderer

RENDER_AHEAD = 16  # messages rendered before a connection asks for them
RENDER_BATCH_SIZE = 4  # rendered in one go: code and keys that stay in the cache work twice as fast
MAX_RENDERED_BYTES = 32 << 20  # of rendered messages at a time, so that huge ones do not fill the memory

_values = json.JSONDecoder().raw_decode  # what ``loads`` does, but for looking at the spaces around


class QueuedRequest(NamedTuple):
    """A request as it came from the parent; *template* is its number, *date* a POSIX time."""

    id: int
    template: int
    email: str
    fields: str
    date: float
    campaign_id: int = 0


class RenderQueue:
    """A queue that renders the next ``RENDER_AHEAD`` messages in advance."""

    def __init__(
        self, soon: Callable[[Callable[[], None]], object], failed: Callable[[int, str], None]
    ) -> None:
        """*soon* calls a function when the loop is idle; *failed* gets a delivery's id and the reason."""
        self.templates: dict[int, Renderer] = {}
        self._waiting: deque[QueuedRequest] = deque()
        self._rendered: deque[MailTransaction] = deque()
        self._bytes = 0
        self._call_soon, self._on_error = soon, failed
        self._render_scheduled = False

    def __len__(self) -> int:
        """How many requests wait, rendered or not."""
        return len(self._waiting) + len(self._rendered)

    def add(self, requests: Iterable[QueuedRequest]) -> None:
        """Queue *requests*."""
        self._waiting.extend(requests)
        self._schedule_render()

    def pop(self) -> MailTransaction | None:
        """Return the next message; ``None`` when there is none, or too many bytes wait for answers."""
        if not self._rendered:
            self._render()
        transaction = self._rendered.popleft() if self._rendered else None
        self._schedule_render()
        return transaction

    def release_bytes(self, transaction: MailTransaction) -> bool:
        """Forget the bytes of *transaction*; whether others waited for that room."""
        was_full = self._bytes >= MAX_RENDERED_BYTES
        self._bytes -= len(transaction.outgoing.data)
        return was_full

    def drain(self, campaign_id: int | None = None) -> list[int]:
        """Give up all that wait, or those of one campaign; return their deliveries."""
        given_up = []
        for _ in range(len(self._rendered)):
            transaction = self._rendered.popleft()
            if campaign_id in (None, transaction.campaign_id):
                self._bytes -= len(transaction.outgoing.data)
                given_up.append(transaction.outgoing.delivery_id)
            else:
                self._rendered.append(transaction)
        for _ in range(len(self._waiting)):
            request = self._waiting.popleft()
            if campaign_id in (None, request.campaign_id):
                given_up.append(request.id)
            else:
                self._waiting.append(request)
        return given_up

    def _schedule_render(self) -> None:
        if (
            self._waiting
            and len(self._rendered) <= RENDER_AHEAD - RENDER_BATCH_SIZE
            and not self._render_scheduled
        ):
            self._render_scheduled = True
            self._call_soon(self._render)

    def _render(self) -> None:
        """Fill up what is rendered ahead."""
        self._render_scheduled = False
        while self._waiting and len(self._rendered) < RENDER_AHEAD and self._bytes < MAX_RENDERED_BYTES:
            request = self._waiting.popleft()
            try:
                transaction = self._render_one(request)
            except Exception as error:  # one contact's message must not stop the others'
                self._on_error(request.id, f"cannot be rendered: {error!r}")
            else:
                self._bytes += len(transaction.outgoing.data)
                self._rendered.append(transaction)

    def _render_one(self, request: QueuedRequest) -> MailTransaction:
        at = datetime.fromtimestamp(request.date, UTC)
        template = self.templates[request.template]
        outgoing = template.render(request.id, request.email, _values(request.fields)[0], at)
        return MailTransaction(outgoing, request.campaign_id)
