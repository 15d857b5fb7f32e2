"""The nouns of a campaign: settings, contacts, fragments, deliveries, and the states they pass through."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from mpftp.domain.clock import from_optional_ms, to_ms
from mpftp.domain.file_names import TripletKey

DEFAULT_MAX_INVALID_SHARE = 0.5
"""The share of invalid contacts above which a triplet is refused, unless the configuration says otherwise."""


class CampaignState(StrEnum):
    """Where an accepted triplet is on its path; publishing is kept apart, in editions."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


HOLD_REASONS = ("relay", "failures", "restored", "past")
"""How the reason of a pause begins that was not ordered by a person."""


def is_held(state: CampaignState, reason: str) -> bool:
    """Whether a campaign was stopped by us, and not by an operator's order."""
    return state is CampaignState.PAUSED and reason.startswith(HOLD_REASONS)


class DeliveryState(StrEnum):
    """What became of one line of MAIL. Every line is exactly one delivery, so the counts add up.

    INVALID and REPEATED lines were never to be sent; PENDING and DEFERRED wait; CLAIMED is in the
    hands of a running ``send``; the others are final. DOUBT: handed over, answer lost, and
    ``on_doubt = "skip"`` (with ``"resend"`` it goes back to PENDING and is counted in *doubts*).
    """

    PENDING = "pending"
    CLAIMED = "claimed"
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    IN_DOUBT = "doubt"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"
    REPEATED = "repeated"
    CANCELLED = "cancelled"


class EventKind(StrEnum):
    """What a reader, a mail server or a mail program told us about one delivery."""

    OPEN = "open"
    CLICK = "click"
    BOUNCE = "bounce"
    OPT_OUT = "opt-out"
    COMPLAINT = "complaint"


class BounceClass(StrEnum):
    """Whether another attempt could help (RFC 3463: 5.x.x permanent, 4.x.x transient)."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"


class CampaignSettings(NamedTuple):
    """CONF as understood. *send_at* is aware and in UTC, ``None`` when the field was empty (now)."""

    subject: str
    from_email: str
    folder: str
    from_name: str = ""
    reply_to: str = ""
    send_at: datetime | None = None
    analytics: str = ""
    text: str = ""

    def to_json(self) -> str:
        """These settings as the state file keeps them; *send_at* in milliseconds or null."""
        members = self._asdict() | {"send_at": to_ms(self.send_at) if self.send_at else None}
        return json.dumps(members, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> CampaignSettings:
        """The settings that ``to_json`` wrote; a field that only a later version knows is left out."""
        members = json.loads(text)
        known = {name: members[name] for name in cls._fields if name in members}
        return cls(**known | {"send_at": from_optional_ms(members.get("send_at"))})


class MailContact(NamedTuple):
    """One data line of MAIL: where it starts, its address, its values in the order of the columns.

    *state* is PENDING, INVALID or REPEATED. *email* is the address as it will be used (trimmed,
    domain in lower case), or the raw text of an invalid one (shortened).
    """

    line: int
    email: str
    values: tuple[str, ...]
    state: DeliveryState = DeliveryState.PENDING


class CampaignRef(NamedTuple):
    """A campaign as people name it."""

    id: int
    client: str
    key: TripletKey

    def __str__(self) -> str:
        return f"{self.client}/{self.key.name}_{self.key.date}"
