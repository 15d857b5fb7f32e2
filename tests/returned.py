"""What comes back to the bounce address for one message, as mail servers and readers write it."""

from __future__ import annotations


def delivery_report(sender: str, recipient: str, reply: str = "550 5.1.1 no such user") -> bytes:
    """A report (RFC 3464) that *recipient*'s server refused the message from *sender* by *reply*."""
    _, status, words = reply.split(" ", 2)
    return f"""\
Delivered-To: {sender}
From: MAILER-DAEMON@mx.example
To: {sender}
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

{words}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {reply}

--b--
""".encode()


def opt_out_reply(sender: str, target: str) -> bytes:
    """What *sender* writes to *target*, the address of List-Unsubscribe, to get no more."""
    return f"""\
Delivered-To: {target}
From: {sender}
To: {target}
Subject: unsubscribe

Quero sair da lista.
""".encode()
