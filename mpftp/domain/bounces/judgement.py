"""Who is never mailed again: the one decision on a bounce, for replies, for reports, and for later review.

``judge`` is the whole of it, and ``TABLE`` holds it as a table for the manual.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from mpftp.domain.bounces.reasons import BounceReason, RefusalSubject
from mpftp.domain.bounces.steps import BEFORE_RECIPIENT
from mpftp.domain.campaign import BounceClass
from mpftp.domain.sending.transport import Step


class Channel(StrEnum):
    """How a refusal reached us: as our relay's reply, or in a report that came later."""

    SMTP = "smtp"
    REPORT = "report"


class Judgement(StrEnum):
    """What follows for the address: suppressed at once, when it repeats, or never."""

    AT_ONCE = "at once"
    REPEATED = "when repeated"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Refusal:
    """All that the decision rests on; *code* is a reply code, an RFC 3463 status, or both."""

    channel: Channel
    bounce_class: BounceClass
    reason: BounceReason
    code: str = ""
    step: Step = Step.UNKNOWN
    subject: RefusalSubject = RefusalSubject.UNCLEAR


@dataclass(frozen=True, slots=True)
class Decision:
    """A judgement, and the key of the rule that made it (``Texts.JUDGEMENT_RULES``)."""

    judgement: Judgement
    rule: str


@dataclass(frozen=True, slots=True)
class BounceEvidence:
    """On what a judgement rests, for people and for a later judgement: the refusal, its words, the rule."""

    refusal: Refusal
    rule: str
    text: str = ""

    @property
    def code(self) -> str:
        """The reply code, the status, or both."""
        return self.refusal.code

    @property
    def source(self) -> str:
        """What the suppression list says of where it came from."""
        if self.refusal.channel is Channel.REPORT:
            return "report"
        return f"{self.refusal.code} {self.text}".strip()[:MAX_TEXT]

    def to_json(self) -> str:
        """As the state file keeps it."""
        members = {
            "channel": self.refusal.channel,
            "class": self.refusal.bounce_class,
            "reason": self.refusal.reason,
            "code": self.refusal.code,
            "step": self.refusal.step,
            "trouble": self.refusal.subject,
            "rule": self.rule,
            "text": self.text[:MAX_TEXT],
        }
        return json.dumps(members, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> BounceEvidence:
        """What ``to_json`` wrote."""
        members = json.loads(text)
        refusal = Refusal(
            Channel(members["channel"]),
            BounceClass(members["class"]),
            BounceReason(members["reason"]),
            members["code"],
            Step(members["step"]),
            RefusalSubject(members["trouble"]),
        )
        return cls(refusal, members["rule"], members["text"])


MAX_TEXT = 500
"""Characters kept of the words that a judgement rests on."""


TABLE: dict[BounceReason, Judgement] = {
    BounceReason.USER_UNKNOWN: Judgement.AT_ONCE,
    BounceReason.DOMAIN_UNKNOWN: Judgement.AT_ONCE,
    BounceReason.BAD_ADDRESS: Judgement.AT_ONCE,
    BounceReason.MAILBOX_DISABLED: Judgement.AT_ONCE,
    BounceReason.MOVED: Judgement.AT_ONCE,
    BounceReason.MAILBOX_FULL: Judgement.REPEATED,
    BounceReason.BLOCKED: Judgement.REPEATED,
    BounceReason.POLICY: Judgement.REPEATED,
    BounceReason.RELAYING: Judgement.REPEATED,
    BounceReason.LOOP: Judgement.REPEATED,
    BounceReason.OTHER: Judgement.REPEATED,
    BounceReason.SPAM: Judgement.NEVER,
    BounceReason.AUTHENTICATION: Judgement.NEVER,
    BounceReason.RATE_LIMITED: Judgement.NEVER,
    BounceReason.GREYLISTED: Judgement.NEVER,
    BounceReason.SENDER_REFUSED: Judgement.NEVER,
    BounceReason.TOO_LARGE: Judgement.NEVER,
    BounceReason.CONTENT: Judgement.NEVER,
    BounceReason.ACCENTS: Judgement.NEVER,
    BounceReason.UNREACHABLE: Judgement.NEVER,
    BounceReason.EXPIRED: Judgement.NEVER,
    BounceReason.SYSTEM: Judgement.NEVER,
}
"""What a permanent bounce of each reason comes to, unless a rule of ``judge`` spares the address."""

SENDER_STATUSES = ("5.1.7", "5.1.8")
"""Statuses of RFC 3463 that are about the sender's address, for all reply texts."""


def judge(refusal: Refusal) -> Decision:
    """Decide what one bounce means for the address: the only place where this is decided."""
    if refusal.bounce_class is not BounceClass.PERMANENT:
        return Decision(Judgement.NEVER, "transient")
    if refusal.step in BEFORE_RECIPIENT:
        return Decision(Judgement.NEVER, "step")
    if refusal.channel is Channel.SMTP and refusal.step is Step.DATA:
        return Decision(Judgement.NEVER, "data")
    if refusal.code.endswith(SENDER_STATUSES):
        return Decision(Judgement.NEVER, "sender-status")
    if refusal.subject is RefusalSubject.OURS:
        return Decision(Judgement.NEVER, "ours")
    if refusal.channel is Channel.SMTP and refusal.reason is BounceReason.RELAYING:
        return Decision(Judgement.NEVER, "own-relay")
    judgement = TABLE[refusal.reason]
    if judgement is Judgement.AT_ONCE and refusal.subject is not RefusalSubject.RECIPIENT:
        return Decision(Judgement.REPEATED, "passing")
    return Decision(judgement, "table")
