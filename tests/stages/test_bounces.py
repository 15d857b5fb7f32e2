"""The bounce mailbox: only signed reports count, each counts once, and no message is lost."""

from datetime import UTC, datetime

import pytest

from mpftp.adapters.mailbox.maildir import MaildirMailbox
from mpftp.adapters.store.events import BounceLog, EventStore
from mpftp.domain.tokens import Signer, TokenKind
from mpftp.errors import TryLaterError
from mpftp.stages.bounces import read_reports

SIGNER = Signer([(0, b"0" * 32)])
FORGER = Signer([(0, b"1" * 32)])


def dsn(to, action="failed", status="5.1.1", diagnostic="smtp; 550 5.1.1 User unknown", quoted="nothing"):
    """A delivery report as a mail server writes it."""
    return f"""\
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ana@example.com
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--B
Content-Type: message/rfc822

Return-Path: <{quoted}>
To: ana@example.com
Subject: Ofertas

corpo
--B--
""".encode()


COMPLAINT = b"""\
From: fbl@provider.example
To: %b
Subject: Abuse report
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an abuse report.
--B
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: FBL/1.0
Version: 1

--B--
"""


FORWARDED = b"""\
From: bia@example.com
To: postmaster@mx.example
Subject: Fwd: Ofertas
Content-Type: multipart/mixed; boundary="B"

--B
Content-Type: text/plain

Bom dia, segue a mensagem.
--B
Content-Type: message/rfc822

Return-Path: <%b>
To: ana@example.com
Subject: Ofertas

corpo
--B--
"""


@pytest.fixture
def box(tmp_path):
    """An empty Maildir."""
    return MaildirMailbox(tmp_path / "box", create=True)


@pytest.fixture
def read(box, db, clock):
    """Put messages into the mailbox, read it, and return the summary."""

    def run(*messages, signer=SIGNER):
        for number, content in enumerate(messages):
            (box.path / "new" / f"{len(list(box.path.rglob('*')))}.{number}").write_bytes(content)
        return read_reports(box, signer, EventStore(db), BounceLog(db), clock)

    return run


@pytest.fixture
def clock():
    """The moment of every event in these tests."""
    return lambda: datetime(2026, 3, 2, tzinfo=UTC)


def bounce_address(delivery, kind=TokenKind.BOUNCE, signer=SIGNER):
    return f"bounces+{signer.sign(kind, delivery)}@mx.example"


def suppressed(db):
    return dict(db.rows("SELECT email, reason FROM suppression"))


def bounces(db):
    return list(db.rows("SELECT delivery_id, class, code, reason FROM event WHERE kind = 'bounce'"))


def places(box):
    return {path.name.strip("."): len(list((path / "cur").iterdir())) for path in box.path.glob(".[A-Z]*")}


def test_a_signed_permanent_bounce_counts_and_suppresses(story, read, db, box):
    ana = story().deliveries["ana@example.com"]
    read(dsn(bounce_address(ana)))
    assert bounces(db) == [(ana, "permanent", "5.1.1", "user-unknown")]
    assert suppressed(db) == {"ana@example.com": "bounce"}
    assert places(box) == {"Taken": 1}


def test_a_transient_bounce_counts_and_suppresses_nobody(story, read, db):
    ana = story().deliveries["ana@example.com"]
    read(dsn(bounce_address(ana), status="4.2.2", diagnostic="smtp; 452 4.2.2 Mailbox full"))
    assert bounces(db) == [(ana, "transient", "4.2.2", "mailbox-full")]
    assert suppressed(db) == {}


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_delay_or_a_delivery_is_no_bounce(story, read, db, box, action):
    ana = story().deliveries["ana@example.com"]
    status = "4.4.1" if action == "delayed" else "2.0.0"
    read(dsn(bounce_address(ana), action=action, status=status, diagnostic="smtp; 250 ok"))
    assert bounces(db) == []
    assert places(box) == {"Taken": 1}


@pytest.mark.parametrize("to", ["bounces@mx.example", "bounces+aaaaaaaaaaaaaaaaaaaaaaaa@mx.example"])
def test_an_unsigned_report_is_kept_apart_and_suppresses_nobody(story, read, db, box, to):
    story()
    read(dsn(to))
    assert bounces(db) == []
    assert suppressed(db) == {}
    assert places(box) == {"Unverified": 1}


def test_a_report_signed_with_another_key_is_kept_apart(story, read, db, box):
    ana = story().deliveries["ana@example.com"]
    read(dsn(bounce_address(ana, signer=FORGER)))
    assert suppressed(db) == {}
    assert places(box) == {"Unverified": 1}


def test_the_returned_envelope_sender_vouches_when_the_address_does_not(story, read, db):
    ana = story().deliveries["ana@example.com"]
    read(dsn("postmaster@mx.example", quoted=bounce_address(ana)))
    assert bounces(db) == [(ana, "permanent", "5.1.1", "user-unknown")]


def test_the_same_message_counts_once_however_often_it_comes(story, read, db, box):
    ana = story().deliveries["ana@example.com"]
    report = dsn(bounce_address(ana))
    read(report, report)
    read(report)
    assert len(bounces(db)) == 1
    assert places(box) == {"Taken": 3}


def test_a_second_report_of_the_delivery_adds_nothing_unless_it_is_worse(story, read, db):
    ana = story().deliveries["ana@example.com"]
    soft = {"status": "4.2.2", "diagnostic": "smtp; 452 4.2.2 Mailbox full"}
    read(dsn(bounce_address(ana), **soft), dsn(bounce_address(ana), **soft, quoted="other"))
    assert [row[1] for row in bounces(db)] == ["transient"]
    read(dsn(bounce_address(ana)), dsn(bounce_address(ana), quoted="other"))
    assert [row[1] for row in bounces(db)] == ["transient", "permanent"]


def test_a_worse_report_of_the_same_visit_counts_and_a_milder_one_behind_it_does_not(story, read, db):
    ana = story().deliveries["ana@example.com"]
    soft = {"status": "4.2.2", "diagnostic": "smtp; 452 4.2.2 Mailbox full"}
    first, last = (dsn(bounce_address(ana), **soft, quoted=quoted) for quoted in ("one", "two"))
    assert read(first, dsn(bounce_address(ana)), last).events == 2
    assert [row[1] for row in bounces(db)] == ["transient", "permanent"]
    assert suppressed(db) == {"ana@example.com": "bounce"}


def test_a_kill_between_the_note_and_the_move_counts_nothing_twice(story, read, db, box, monkeypatch):
    ana = story().deliveries["ana@example.com"]

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(box, "move_to", killed)
        with pytest.raises(KeyboardInterrupt):
            read(dsn(bounce_address(ana)))
    assert len(list((box.path / "new").iterdir())) == 1
    assert read().known == 1
    assert len(bounces(db)) == 1
    assert places(box) == {"Taken": 1}


def test_a_complaint_opts_out(story, read, db):
    ana = story().deliveries["ana@example.com"]
    read(COMPLAINT % bounce_address(ana).encode())
    assert suppressed(db) == {"ana@example.com": "complaint"}


def test_a_second_complaint_of_one_reader_adds_nothing(story, read, db):
    to = bounce_address(story().deliveries["ana@example.com"]).encode()
    read(COMPLAINT % to, COMPLAINT.replace(b"Abuse report", b"Another") % to)
    assert db.value("SELECT count(*) FROM event") == 1


def test_a_mail_to_the_opt_out_address_opts_out(story, read, db):
    ana = story().deliveries["ana@example.com"]
    to = bounce_address(ana, TokenKind.OPT_OUT)
    read(f"From: ana@example.com\nTo: {to}\nSubject: unsubscribe\n\n".encode())
    assert suppressed(db) == {"ana@example.com": "opt-out"}
    assert db.value("SELECT source FROM event") == "mailto"


def test_an_opt_out_address_that_is_only_quoted_opts_nobody_out(story, read, db, box):
    """A reader's mail in which a message of ours was forwarded whole."""
    ana = story().deliveries["ana@example.com"]
    read(FORWARDED % bounce_address(ana, TokenKind.OPT_OUT).encode())
    assert suppressed(db) == {}
    assert db.value("SELECT count(*) FROM event") == 0
    assert places(box) == {"Aside": 1}


def test_a_request_to_opt_out_that_nobody_signed_is_kept_apart(story, read, db, box):
    story()
    read(b"From: ana@example.com\nTo: bounces@mx.example\nSubject: unsubscribe\n\n")
    assert suppressed(db) == {}
    assert places(box) == {"Unverified": 1}


def test_an_automatic_reply_is_no_bounce(story, read, db, box):
    ana = story().deliveries["ana@example.com"]
    read(
        f"From: ana@example.com\nTo: {bounce_address(ana)}\nAuto-Submitted: auto-replied\n"
        "Subject: Fora do escritório\n\nEstou de férias até dia 10.\n".encode()
    )
    assert db.value("SELECT count(*) FROM event") == 0
    assert places(box) == {"Taken": 1}


def test_a_report_that_names_nobody_counts_for_the_address_it_came_to(story, read, db):
    ana = story().deliveries["ana@example.com"]
    read(
        f"From: MAILER-DAEMON@mx.example\nTo: {bounce_address(ana)}\nSubject: Returned mail: see transcript\n"
        "Auto-Submitted: auto-generated (failure)\n\nUser unknown\n".encode()
    )
    assert bounces(db) == [(ana, "permanent", "5.1.1", "user-unknown")]


def test_a_message_that_says_nothing_is_set_aside(story, read, box):
    story()
    read(b"Subject: Oi\n\nTudo bem?\n")
    assert places(box) == {"Aside": 1}


def test_a_message_built_to_do_harm_is_set_aside(story, read, db, box):
    ana = story().deliveries["ana@example.com"]
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000))
    read(f"To: {bounce_address(ana)}\n".encode() + deep)
    assert bounces(db) == []
    assert places(box) == {"Aside": 1}


def test_a_permanent_refusal_of_the_message_counts_and_keeps_the_address(story, read, db):
    ana = story().deliveries["ana@example.com"]
    blocked = "smtp; 554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org"
    read(dsn(bounce_address(ana), status="5.7.1", diagnostic=blocked))
    assert bounces(db) == [(ana, "permanent", "5.7.1", "blocked")]
    assert suppressed(db) == {}


def test_an_automatic_answer_to_the_subject_stop_opts_nobody_out(story, read, db):
    ana = story().deliveries["ana@example.com"]
    to = bounce_address(ana)
    read(f"From: ana@example.com\nTo: {to}\nAuto-Submitted: auto-replied\nSubject: Re: Stop!\n\n".encode())
    assert suppressed(db) == {}


def test_the_bounce_address_in_capitals_is_still_ours(story, read, db):
    ana = story().deliveries["ana@example.com"]
    read(dsn(bounce_address(ana).upper()))
    assert suppressed(db) == {"ana@example.com": "bounce"}


def test_a_report_put_back_after_its_key_was_restored_counts(story, read, db, box):
    ana = story().deliveries["ana@example.com"]
    read(dsn(bounce_address(ana)), signer=FORGER)
    assert bounces(db) == []
    [path] = (box.path / ".Unverified" / "cur").iterdir()
    path.rename(box.path / "new" / "back")
    read()
    assert bounces(db) == [(ana, "permanent", "5.1.1", "user-unknown")]
    assert db.value("SELECT count(*) FROM report") == 1


@pytest.mark.parametrize(
    "field",
    [
        "Message-ID: <{bounce}.0123456789abcdef@loja.example>",
        "List-Unsubscribe: <https://t.example/u/{opt_out}>,\n <mailto:bounces+{opt_out}@mx.example>",
    ],
    ids=["message-id", "list-unsubscribe"],
)
def test_a_returned_field_vouches_for_a_complaint_that_lost_its_envelope(story, read, db, field):
    ana = story().deliveries["ana@example.com"]
    tokens = {"bounce": SIGNER.sign(TokenKind.BOUNCE, ana), "opt_out": SIGNER.sign(TokenKind.OPT_OUT, ana)}
    returned = "--B\nContent-Type: message/rfc822\n\n" + field.format(**tokens) + "\nTo: redacted\n\n--B--\n"
    read(COMPLAINT.replace(b"--B--\n", returned.encode()) % b"fbl@mx.example")
    assert suppressed(db) == {"ana@example.com": "complaint"}


def test_a_token_of_another_door_vouches_for_nothing(story, read, db, box):
    ana = story().deliveries["ana@example.com"]
    read(dsn(bounce_address(ana, TokenKind.OPEN)), dsn(bounce_address(ana, TokenKind.WEB), quoted="x"))
    assert suppressed(db) == {}
    assert places(box) == {"Unverified": 2}


def test_a_defect_of_the_reader_sets_one_message_aside_and_stops_no_other(story, read, db, box, monkeypatch):
    from mpftp.stages import bounces as stage

    ana = story().deliveries["ana@example.com"]

    def stumble(content):
        if b"poison" in content:
            raise RecursionError
        return read_report(content)

    read_report = stage.parse_report
    monkeypatch.setattr(stage, "parse_report", stumble)
    read(b"Subject: poison\n\n", dsn(bounce_address(ana)))
    assert suppressed(db) == {"ana@example.com": "bounce"}
    assert places(box) == {"Aside": 1, "Taken": 1}


def test_what_cannot_be_read_stops_no_other_and_is_told_at_the_end(story, db, box, clock, monkeypatch):
    from mpftp.adapters.mailbox import maildir

    ana = story().deliveries["ana@example.com"]
    for name, content in (("1.a", b"Subject: closed\n\n"), ("2.b", dsn(bounce_address(ana)))):
        (box.path / "new" / name).write_bytes(content)
    read_one = maildir._read

    def refuse(path, key):
        if key == "new/1.a":
            raise maildir._unreadable(path, PermissionError(13, "Permission denied"))
        return read_one(path, key)

    monkeypatch.setattr(maildir, "_read", refuse)
    with pytest.raises(TryLaterError, match=r"new/1\.a: permission denied for user "):
        read_reports(box, SIGNER, EventStore(db), BounceLog(db), clock)
    assert suppressed(db) == {"ana@example.com": "bounce"}
    assert places(box) == {"Taken": 1}
    assert [path.name for path in (box.path / "new").iterdir()] == ["1.a"]


def test_a_mailbox_that_breaks_off_keeps_what_it_gave(story, db, box, clock):
    ana = story().deliveries["ana@example.com"]
    (box.path / "new" / "1.a").write_bytes(dsn(bounce_address(ana)))

    class Broken(MaildirMailbox):
        def messages(self):
            yield from super().messages()
            raise TryLaterError("the connection was lost")

    with pytest.raises(TryLaterError, match="connection was lost"):
        read_reports(Broken(box.path), SIGNER, EventStore(db), BounceLog(db), clock)
    assert suppressed(db) == {"ana@example.com": "bounce"}
    assert places(box) == {"Taken": 1}


@pytest.mark.parametrize("call", ["stat", "listdir"])
def test_a_maildir_that_is_closed_to_us_is_tried_again_later(box, monkeypatch, call):
    from mpftp.adapters.mailbox import maildir

    def refuse(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(*((maildir.Path, "stat") if call == "stat" else (maildir.os, "listdir")), refuse)
        with pytest.raises(TryLaterError, match=r"box/new: permission denied for user ") as caught:
            list(MaildirMailbox(box.path).messages())
    assert "chown" in caught.value.hint
