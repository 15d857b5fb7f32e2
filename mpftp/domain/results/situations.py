"""What became of each line of MAIL, in the words of SITUACAO and RETORNADO (see ``mpftp-triplet(5)``)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mpftp.domain.campaign import DeliveryState
from mpftp.domain.texts import texts


class Situation(StrEnum):
    """What a client is told of one line of MAIL; every line is in exactly one situation.

    RETURNED is what a server refused, and what was taken and came back later. FORGOTTEN is whoever
    had the personal data erased.
    """

    SENT = "enviado"
    RETURNED = "devolvido"
    DEFERRED = "adiado"
    WAITING = "aguardando"
    INVALID = "recusado"
    REPEATED = "repetido"
    SUPPRESSED = "suprimido"
    CANCELLED = "cancelado"
    IN_DOUBT = "incerto"
    FORGOTTEN = "esquecido"


_BY_STATE: Mapping[DeliveryState, Situation] = {
    DeliveryState.PENDING: Situation.WAITING,
    DeliveryState.CLAIMED: Situation.WAITING,
    DeliveryState.DEFERRED: Situation.DEFERRED,
    DeliveryState.SENT: Situation.SENT,
    DeliveryState.FAILED: Situation.RETURNED,
    DeliveryState.IN_DOUBT: Situation.IN_DOUBT,
    DeliveryState.SUPPRESSED: Situation.SUPPRESSED,
    DeliveryState.INVALID: Situation.INVALID,
    DeliveryState.REPEATED: Situation.REPEATED,
    DeliveryState.CANCELLED: Situation.CANCELLED,
}
RETURNABLE_STATES = frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.IN_DOUBT})
"""The states in which a bounce decides: the message was handed over, and is not to be tried again."""

UNSENT = "unsent"
"""The class, beside those of bounces, of a contact to whom nothing went."""


class UnsentReason(StrEnum):
    """Why nothing went to a contact; the keys that RETORNADO has beside those of bounces."""

    INVALID = "invalid"
    OPTED_OUT = "opted-out"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPERATOR = "operator"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    IN_DOUBT = "in-doubt"


_BY_SUPPRESSION: Mapping[str, UnsentReason] = {
    "opt-out": UnsentReason.OPTED_OUT,
    "client": UnsentReason.OPTED_OUT,  # the client's own list holds those who left it elsewhere
    "bounce": UnsentReason.BOUNCED,
    "complaint": UnsentReason.COMPLAINED,
}
_BY_SITUATION: Mapping[Situation, UnsentReason] = {
    Situation.INVALID: UnsentReason.INVALID,
    Situation.CANCELLED: UnsentReason.CANCELLED,
    Situation.IN_DOUBT: UnsentReason.IN_DOUBT,
    Situation.WAITING: UnsentReason.STOPPED,
    Situation.DEFERRED: UnsentReason.STOPPED,
}


def situation_of(state: DeliveryState, *, returned: bool = False) -> Situation:
    """Return the situation of a delivery in *state*; *returned*: a bounce of it is known."""
    if returned and state in RETURNABLE_STATES:
        return Situation.RETURNED
    return _BY_STATE[state]


def find_unsent_reason(situation: Situation, suppression: str) -> UnsentReason | None:
    """Return why nothing went to a contact, ``None`` when something did or its first line was served.

    *suppression* is the reason on the list of suppressed addresses. A contact that waits is asked for
    only when its campaign was stopped.
    """
    if situation is Situation.SUPPRESSED:
        return _BY_SUPPRESSION.get(suppression, UnsentReason.OPERATOR)
    return _BY_SITUATION.get(situation)


def stop_text(reason: str, language: str) -> str:
    """Return why a campaign was stopped, for its client; what an operator wrote stays as it is."""
    say = texts(language).STOP_REASONS
    return say.get(reason) or say.get(reason.partition(":")[0].strip()) or reason
