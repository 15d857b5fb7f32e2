"""The labelled messages of ``labelled.tsv``, each built in the manner of the system that writes such.

A line: group, language, form, words; ``/n`` is a line end, ``{rcpt}`` the recipient, ``|`` parts the subject
or the fields of a form from its text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

RECIPIENT = "maria@dest.example"
SENDER = "bounces@mail.acme.example"
GROUP = f"Reporting-MTA: dns; relay.example\n\nFinal-Recipient: rfc822; {RECIPIENT}\n"
TABLE = Path(__file__).with_name("labelled.tsv")


@dataclass(frozen=True)
class Labelled:
    """One message and what must go on the suppression list after it: ``bounce``, ``opt-out``, ``none``."""

    group: str
    language: str
    words: str
    content: bytes
    wanted: str


def labelled() -> Iterator[Labelled]:
    """Every message of the table."""
    for line in TABLE.read_text("utf-8").splitlines():
        group, language, form, words = line.split("\t")
        text = words.replace("/n", "\n").replace("{rcpt}", RECIPIENT)
        wanted = {"gone": "bounce"}.get(group, "opt-out" if form == "optout" else "none")
        yield Labelled(group, language, words, FORMS[form](text).encode(), wanted)


def decided(content: bytes) -> str:
    """What our own judgement puts on the list after *content*."""
    from mpftp.domain.bounces.report import parse_report

    report = parse_report(content)
    if report.report_class in ("opt-out", "complaint"):
        return report.report_class.value
    decision = report.worst_failure.decision if report.worst_failure else None
    return "bounce" if decision and decision.judgement == "at once" else "none"


def message(author: str, subject: str, text: str, more: str = "") -> str:
    kind = "" if "Content-Type" in more else "Content-Type: text/plain; charset=utf-8\n"
    head = f"Return-Path: <>\nFrom: {author}\nTo: {SENDER}\nSubject: {subject}\nMIME-Version: 1.0\n"
    return f"{head}{kind}{more}\n{text}\n"


def notification(subject: str, text: str, fields: str) -> str:
    """RFC 3464, with the header of the message that came back."""
    parts = (
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n",
        f"Content-Type: message/delivery-status\n\n{GROUP}{fields}\n",
        f"Content-Type: text/rfc822-headers\n\nFrom: loja@acme.example\nTo: {RECIPIENT}\nSubject: Promo\n",
    )
    body = "".join(f"--=_r\n{part}\n" for part in parts) + "--=_r--"
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"\n'
    return message("Mail Delivery System <MAILER-DAEMON@relay.example>", subject, body, kind)


def postfix(text: str) -> str:
    """What another server said, or what Postfix met itself."""
    status = re.search(r"(?<![\d.])[45]\.\d\.\d{1,3}(?![\d.])", text)
    said = f"host mx.dest.example[192.0.2.1] said: {text}" if text[:1].isdigit() else text
    fields = f"Action: failed\nStatus: {status[0] if status else '5.0.0'}\nDiagnostic-Code: "
    fields += f"smtp; {text}" if text[:1].isdigit() else f"X-Postfix; {text}"
    words = f"This is the mail system at host relay.example.\n\n<{RECIPIENT}>: {said}"
    return notification("Undelivered Mail Returned to Sender", words, fields)


def exim(text: str) -> str:
    words = (
        "This message was created automatically by mail delivery software.\n\nA message that you sent"
        " could not be delivered to one or more of its\nrecipients. This is a permanent error. The following"
        f" address(es) failed:\n\n  {RECIPIENT}\n    {text}"
    )
    more = f"X-Failed-Recipients: {RECIPIENT}\nAuto-Submitted: auto-replied\n"
    author = "Mail Delivery System <Mailer-Daemon@relay.example>"
    return message(author, "Mail delivery failed: returning message to sender", words, more)


def qmail(text: str) -> str:
    words = (
        "Hi. This is the qmail-send program at relay.example.\nI'm afraid I wasn't able to deliver your"
        " message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work"
        " out.\n\n"
        f"<{RECIPIENT}>:\n{text}"
    )
    return message("MAILER-DAEMON@relay.example", "failure notice", words)


def gmail(text: str) -> str:
    words = (
        f"Delivery to the following recipient failed permanently:\n\n     {RECIPIENT}\n\n"
        f"Technical details of permanent failure:\n{text}"
    )
    author = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
    return message(author, "Delivery Status Notification (Failure)", words)


def daemon(text: str) -> str:
    subject, _, words = text.rpartition("|")
    return message("Postmaster <postmaster@dest.example>", subject or "Mail delivery failure", words)


def person(text: str) -> str:
    return message("Maria Silva <maria@dest.example>", "Re: Promo", text)


def autoreply(text: str) -> str:
    return message("Maria Silva <maria@dest.example>", "Re: Promo", text, "Auto-Submitted: auto-replied\n")


def digest(text: str) -> str:
    subject, _, words = text.partition("|")
    return message("Mail Filter <filter@dest.example>", subject, words)


def challenge(text: str) -> str:
    subject, _, words = text.partition("|")
    return message("Maria Silva <maria@dest.example>", subject, words)


def delay_status(text: str) -> str:
    action, status, said = text.split("|")
    fields = f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}"
    return notification("Delayed Mail", f"<{RECIPIENT}>: {said}", fields)


def ses(text: str) -> str:
    """A notification of Amazon SES as SNS mails it."""
    kind, subtype, said = text.split("|")
    recipient = {"emailAddress": RECIPIENT, **({"diagnosticCode": said, "action": "failed"} if said else {})}
    content = {
        "notificationType": "Bounce",
        "bounce": {"bounceType": kind, "bounceSubType": subtype, "bouncedRecipients": [recipient]},
        "mail": {"source": SENDER, "destination": [RECIPIENT], "messageId": "0100"},
    }
    author = "AWS Notifications <no-reply@sns.amazonaws.com>"
    footer = "\n\n--\nTo stop these notifications, visit https://sns.example/unsubscribe"
    return message(author, "AWS Notification Message", json.dumps(content) + footer)


FORMS: dict[str, Callable[[str], str]] = {
    "postfix": postfix,
    "exim": exim,
    "qmail": qmail,
    "gmail": gmail,
    "mta": daemon,
    "ses": ses,
    "person": person,
    "optout": person,
    "vacation": person,
    "autoreply": autoreply,
    "digest": digest,
    "challenge": challenge,
    "daemonchallenge": daemon,
    "delay": daemon,
    "delaydsn": delay_status,
}
