"""Messages of the bounce mailbox that were not recognized: what a person decides on one of them."""

from __future__ import annotations

from datetime import datetime

from mpftp.adapters.store.events import EventStore
from mpftp.adapters.store.undecided import UndecidedMessages
from mpftp.domain.campaign import BounceClass, EventKind
from mpftp.domain.event_log import Event
from mpftp.errors import UsageError

DECISIONS = ("opt-out", "bounce", "nothing")


def apply_decision(
    log: UndecidedMessages, events: EventStore, message_id: str, decision: str, now: datetime
) -> None:
    """Do with the message *message_id* what a person decided, in one transaction.

    An opt-out suppresses the contact, a bounce is noted for RETORNADO and, as a person says so,
    suppresses, too. Raises ``UsageError`` for a message that does not wait, or that names no contact.
    """
    try:
        digest, delivery_id = log.delivery_of(message_id)
    except LookupError:
        raise UsageError(
            f"no message {message_id!r} waits for a decision",
            hint="`mpftp bounces --review --json` lists them",
        ) from None
    if decision != "nothing" and delivery_id is None:
        raise UsageError(
            f"{message_id}: no signed token says whose it is",
            hint="use `mpftp suppress add`, then decide `nothing`",
        )
    with events.transaction():
        log.decide(digest, decision)
        if decision == "opt-out" and delivery_id is not None:
            events.add([Event(EventKind.OPT_OUT, delivery_id, now, source="operator")])
        elif decision == "bounce" and delivery_id is not None:
            events.add_decided_bounce(
                Event(
                    EventKind.BOUNCE,
                    delivery_id,
                    now,
                    bounce_class=BounceClass.PERMANENT,
                    code="5.1.1",
                    reason="user-unknown",
                    source="operator",
                )
            )
