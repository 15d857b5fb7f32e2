"""The ``maildir`` transport: whole files or none, one outcome a request, a journal that is never behind."""

from __future__ import annotations

import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mpftp.adapters.maildir_transport import MaildirTransport
from mpftp.domain.sending.transport import DeliveryRequest, OutgoingMessage, RetryAfter, Verdict
from mpftp.errors import TransportError, TransportUnavailableError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Plain:
    """A renderer that puts the address into a message of two lines."""

    def render(self, delivery_id, email, values, date):
        return OutgoingMessage(delivery_id, f"bounces+t{delivery_id}@b.example", email,
                        f"To: {email}\r\nSubject: {values[0]}\r\n\r\nOl\r\n".encode())  # fmt: skip


class Notes(list):
    """A journal that remembers."""

    def begin(self, delivery_id):
        self.append(("begin", delivery_id))

    def end(self, outcome):
        self.append(("end", outcome.delivery_id, outcome.verdict))


def request(number: int) -> DeliveryRequest:
    return DeliveryRequest(number, Plain(), f"a{number}@x.example", '["Oi"]', NOW)


def test_each_message_becomes_a_whole_file_with_its_return_path(tmp_path: Path):
    notes = Notes()
    outcomes = list(MaildirTransport(tmp_path / "box").deliver([request(1), request(2)], notes))
    assert [(outcome.delivery_id, outcome.verdict) for outcome in outcomes] == [
        (1, Verdict.ACCEPTED),
        (2, Verdict.ACCEPTED),
    ]
    messages = sorted(mailbox.Maildir(tmp_path / "box", create=False), key=lambda message: message["To"])
    assert [message["To"] for message in messages] == ["a1@x.example", "a2@x.example"]
    assert messages[0]["Return-Path"] == "<bounces+t1@b.example>"
    assert list((tmp_path / "box" / "tmp").iterdir()) == []
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "box" / "new").iterdir()} == {0o600}


def test_the_journal_brackets_each_message_before_its_outcome_is_seen(tmp_path: Path):
    notes = Notes()
    for outcome in MaildirTransport(tmp_path).deliver([request(1), request(2)], notes):
        assert notes[-2:] == [
            ("begin", outcome.delivery_id),
            ("end", outcome.delivery_id, Verdict.ACCEPTED),
        ]


def test_a_pause_is_waited_out_and_gets_no_outcome(tmp_path: Path):
    waits: list[float] = []
    outcomes = list(
        MaildirTransport(tmp_path, sleep=waits.append).deliver(
            [RetryAfter(2.5), RetryAfter(0.1), request(1)], Notes()
        )
    )
    assert waits == [0.2, 0.1]
    assert len(outcomes) == 1


def test_a_disk_that_refuses_leaves_the_message_untried_and_no_half_file(tmp_path: Path):
    box = MaildirTransport(tmp_path / "box")
    (tmp_path / "box" / "new").rmdir()  # the rename fails after the write, as on a full disk
    notes = Notes()
    delivering = box.deliver([request(1), request(2)], notes)
    assert next(delivering).verdict is Verdict.UNSENT
    with pytest.raises(TransportUnavailableError, match="cannot be written: No such file"):
        next(delivering)
    assert notes == [("begin", 1), ("end", 1, Verdict.UNSENT)]
    assert list((tmp_path / "box" / "tmp").iterdir()) == []


def test_a_place_that_is_no_folder_is_named_before_any_message_is_tried(tmp_path: Path):
    (tmp_path / "box").write_text("a file")
    with pytest.raises(TransportError, match=r"the Maildir .*box cannot be made"):
        MaildirTransport(tmp_path / "box")


def test_two_transports_on_one_maildir_never_take_the_same_name(tmp_path: Path):
    for _ in range(2):
        list(MaildirTransport(tmp_path).deliver([request(1)], Notes()))
    assert len(list((tmp_path / "new").iterdir())) == 2
