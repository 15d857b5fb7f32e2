#!/usr/bin/env python3
"""How many reports a second ``bounces`` takes from a Maildir, each read, judged, stored and filed.

    python tests/bench/bench_reports.py [REPORTS]

The floor of the same run: Python's own ``email`` parsing the same bytes and nothing else; where it stays
below the 5,000 reports a second and core that are wanted, they cannot be had by it. Seconds are the
processor's.
"""

from __future__ import annotations

import email
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench_publish import build

from mpftp.adapters.mailbox.maildir import MaildirMailbox
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import BounceLog, EventStore
from mpftp.domain.tokens import Signer, TokenKind
from mpftp.stages.bounces import read_reports

SIGNER = Signer([(0, b"0" * 32)])
REPORT = """\
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: bounces+{token}@remetente.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; leitor{number}@provedor.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <leitor{number}@provedor.example>: User unknown

--B
Content-Type: text/rfc822-headers

Return-Path: <bounces+{token}@remetente.example>
To: leitor{number}@provedor.example
Subject: Ofertas

--B--
"""


def fill(maildir: Path, reports: int) -> list[bytes]:
    """A report of each of so many deliveries in ``new``; their bytes."""
    MaildirMailbox(maildir, create=True)
    written = []
    for number in range(1, reports + 1):
        text = REPORT.format(number=number, token=SIGNER.sign(TokenKind.BOUNCE, number))
        written.append(text.encode())
        (maildir / "new" / f"{number:09}.report").write_bytes(written[-1])
    return written


def main() -> None:
    """Print reports a second, and the ratio to the parsing."""
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as name:
        state, maildir = Path(name) / "state.db", Path(name) / "Maildir"
        build(state, reports * 150)  # thirty deliveries a report: no crowd
        with Database(state) as db, db.transaction():
            db.execute("DELETE FROM event")
        written = fill(maildir, reports)
        started = time.process_time()
        for report in written:
            email.message_from_bytes(report)
        parsing = time.process_time() - started
        with Database(state) as db:
            started = time.process_time()
            read = read_reports(
                MaildirMailbox(maildir), SIGNER, EventStore(db), BounceLog(db), lambda: datetime.now(UTC)
            )
            seconds = time.process_time() - started
        assert read.events == reports, read
        print(f"bounces: {reports / seconds:,.0f} reports/s a core; email alone {reports / parsing:,.0f}/s;"
              f" ratio {parsing / seconds:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
