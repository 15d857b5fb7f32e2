"""``notify``: tell clients by e-mail what became of their triplets, each thing once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from mpftp.adapters.store.notices import Notices
from mpftp.domain.clock import Clock
from mpftp.domain.returns.notices import Addressee, Letter, Notice
from mpftp.domain.sending.transport import Outcome, Parcel, Verdict
from mpftp.errors import MpftpError

log = logging.getLogger("mpftp.notify")

NEWS = timedelta(days=3)
"""Older things are no news: an address that is configured today is not told the past."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A notice that nobody took, and why; the next run tries again."""

    notice: Notice
    why: str


Deliver = Callable[[str, Parcel], Outcome]
"""Hands the parcel over to the transport of the client of that name."""


def notify(
    notices: Notices, addressees: Mapping[str, Addressee], deliver: Deliver, clock: Clock
) -> list[Untold]:
    """Tell every addressee (by client) what is news; return what could not be told."""
    untold = []
    for client, addressee in addressees.items():
        for notice in notices.pending(client, clock() - NEWS):
            why = _tell(notice, addressee, deliver, clock)
            if why:
                untold.append(Untold(notice, why))
                break
            notices.sent(notice, clock())
            log.info("%s: told %s of %s %s", client, addressee.address, notice.key.name, notice.kind.value,
                     extra={"client": client, "kind": notice.kind.value})  # fmt: skip
    return untold


def _tell(notice: Notice, addressee: Addressee, deliver: Deliver, clock: Clock) -> str:
    """Why *notice* was not taken, ``""`` when it was."""
    parcel = Parcel(0, Letter(notice, addressee), addressee.address, "[]", clock().replace(microsecond=0))
    try:
        outcome = deliver(notice.client, parcel)
    except MpftpError as error:
        return error.what
    return "" if outcome.verdict is Verdict.ACCEPTED else f"{outcome.code} {outcome.reply}".strip()
