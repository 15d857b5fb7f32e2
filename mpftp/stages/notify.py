"""``notify``: tell clients by e-mail what became of their triplets, each thing once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from mpftp.adapters.store.notices import NoticeStore
from mpftp.domain.clock import Clock
from mpftp.domain.results.notices import Notice, NoticeMessage, NoticeRecipient
from mpftp.domain.sending.transport import DeliveryRequest, Outcome, Verdict
from mpftp.errors import MpftpError

log = logging.getLogger("mpftp.notify")

MAX_NOTICE_AGE = timedelta(days=3)
"""Older things are no news: an address that is configured today is not told the past."""


@dataclass(frozen=True, slots=True)
class FailedNotice:
    """A notice that was not accepted, and why; the next run tries again."""

    notice: Notice
    reason: str


SendNotice = Callable[[str, DeliveryRequest], Outcome]
"""Passes the request to the transport of the client of that name."""


def notify(
    notices: NoticeStore, addressees: Mapping[str, NoticeRecipient], deliver: SendNotice, clock: Clock
) -> list[FailedNotice]:
    """Send every recipient (by client) the pending notices; return those that failed."""
    failed = []
    for client, addressee in addressees.items():
        for notice in notices.pending(client, clock() - MAX_NOTICE_AGE):
            reason = _send_notice(notice, addressee, deliver, clock)
            if reason:
                failed.append(FailedNotice(notice, reason))
                break
            notices.record_sent(notice, clock())
            about = {"client": client, "campaign": str(notice.key), "address": addressee.address}
            log.info("%s: told %s of %s %s", client, addressee.address, notice.key.name, notice.kind.value,
                     extra={**about, "kind": notice.kind.value})  # fmt: skip
    return failed


def _send_notice(notice: Notice, addressee: NoticeRecipient, deliver: SendNotice, clock: Clock) -> str:
    """Why *notice* was not taken, ``""`` when it was."""
    request = DeliveryRequest(
        0, NoticeMessage(notice, addressee), addressee.address, "[]", clock().replace(microsecond=0)
    )
    try:
        outcome = deliver(notice.client, request)
    except MpftpError as error:
        return error.message
    return "" if outcome.verdict is Verdict.ACCEPTED else f"{outcome.code} {outcome.reply}".strip()
