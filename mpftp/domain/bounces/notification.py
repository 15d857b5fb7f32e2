"""What Amazon SES tells by way of SNS: a bounce, a complaint or a delivery as JSON in a message's text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mpftp.domain.bounces.dsn import RecipientStatus
from mpftp.domain.bounces.mime import MimeMessage

MAX_RECIPIENTS = 100

_KINDS = {"bounce": "bounce", "complaint": "complaint", "delivery": "delivered", "deliverydelay": "delay"}
_OF_SUBTYPE = {
    "noemail": "user unknown",
    "mailboxfull": "mailbox full",
    "messagetoolarge": "message too large",
    "contentrejected": "content rejected",
    "attachmentrejected": "attachment rejected",
}
"""``bounceSubType`` -> the words that say the same, for a bounce that quotes no server."""


@dataclass(frozen=True, slots=True)
class Notification:
    """*kind* is ``bounce``, ``complaint``, ``delivered``, ``delay`` or ``unknown``; *statuses* of a bounce.

    *transient* says that SES calls the bounce anything but permanent.
    """

    kind: str
    statuses: tuple[RecipientStatus, ...] = ()
    transient: bool = False


def read_notification(message: MimeMessage) -> Notification | None:
    """The notification that *message* carries, or ``None``; never raises."""
    for section in message.sections[:5]:
        text = section.text.lstrip("\ufeff \t\r\n")
        if not section.kind.startswith(("text/", "application/json")) or not text.startswith("{"):
            continue
        content = _object(text)
        if isinstance(content.get("Message"), str):
            content = _object(content["Message"])
        kind = content.get("notificationType") or content.get("eventType")
        if isinstance(kind, str) and isinstance(content.get("mail"), dict):
            return _notification(kind.replace(" ", "").lower(), content)
    return None


def _object(text: str) -> dict[str, Any]:
    """The JSON object that *text* begins with; SNS writes a footer behind it."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _notification(kind: str, content: dict[str, Any]) -> Notification:
    if kind == "complaint":
        feedback = str(_part(content, "complaint").get("complaintFeedbackType") or "")
        return Notification("unknown" if feedback == "not-spam" else "complaint")
    if kind == "bounce":
        bounce = _part(content, "bounce")
        transient = str(bounce.get("bounceType")).lower() != "permanent"
        return Notification("bounce", tuple(_statuses(bounce)), transient)
    return Notification(_KINDS.get(kind, "unknown"))


def _statuses(bounce: dict[str, Any]) -> list[RecipientStatus]:
    """What is said of each recipient; the subtype speaks where no server is quoted."""
    recipients = bounce.get("bouncedRecipients")
    words = _OF_SUBTYPE.get(str(bounce.get("bounceSubType")).lower(), "")
    statuses = []
    for entry in recipients[:MAX_RECIPIENTS] if isinstance(recipients, list) else []:
        if isinstance(entry, dict):
            address, status, quoted = (
                str(entry.get(name) or "") for name in ("emailAddress", "status", "diagnosticCode")
            )
            quoted = quoted.partition(";")[2].strip() if quoted.lower().startswith("smtp;") else quoted
            statuses.append(RecipientStatus("failed", status, quoted or words, final=address))
    return statuses or [RecipientStatus("failed", "", words)]


def _part(content: dict[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name)
    return value if isinstance(value, dict) else {}
