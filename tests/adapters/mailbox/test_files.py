"""Maildir and mbox: every message is read once, moved whole, and survives a crash."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters.mailbox.maildir import MaildirMailbox
from mpftp.adapters.mailbox.mbox import MboxMailbox
from mpftp.domain.bounces.mailbox import MAX_MESSAGE_BYTES, MailboxFolder, MailboxMessage
from mpftp.errors import ConfigError, TryLaterError


@pytest.fixture
def maildir(tmp_path):
    return MaildirMailbox(tmp_path / "box", create=True)


def test_messages_of_new_and_cur_are_read_and_moved(maildir):
    (maildir.path / "new" / "1.a").write_bytes(b"um")
    (maildir.path / "cur" / "2.b:2,S").write_bytes(b"dois")
    for found in maildir.messages():
        maildir.move_to(found, MailboxFolder.PROCESSED)
    assert list(maildir.messages()) == []
    moved = {path.name: path.read_bytes() for path in (maildir.path / ".Taken" / "cur").iterdir()}
    assert moved == {"1.a:2,S": b"um", "2.b:2,S": b"dois"}


def test_filing_twice_does_no_harm(maildir):
    (maildir.path / "new" / "1.a").write_bytes(b"um")
    [found] = maildir.messages()
    maildir.move_to(found, MailboxFolder.UNRECOGNIZED)
    maildir.move_to(found, MailboxFolder.UNRECOGNIZED)
    assert len(list((maildir.path / ".Aside" / "cur").iterdir())) == 1


def test_two_messages_of_one_name_are_both_kept(maildir):
    for text in (b"um", b"dois"):
        (maildir.path / "new" / "1.a").write_bytes(text)
        [found] = maildir.messages()
        maildir.move_to(found, MailboxFolder.UNRECOGNIZED)
    kept = {path.read_bytes() for path in (maildir.path / ".Aside" / "cur").iterdir()}
    assert kept == {b"um", b"dois"}


def test_a_huge_message_is_read_in_part_and_moved_whole(maildir):
    with (maildir.path / "new" / "1.a").open("wb") as file:
        file.truncate(3 << 30)
    [found] = maildir.messages()
    assert len(found.data) == MAX_MESSAGE_BYTES
    maildir.move_to(found, MailboxFolder.UNRECOGNIZED)
    assert (maildir.path / ".Aside" / "cur" / "1.a:2,S").stat().st_size == found.size == 3 << 30


def test_what_is_delivered_is_there_whole_or_not_at_all(maildir):
    maildir.store([b"Subject: x\n\n", b"corpo\n"])
    assert [found.data for found in maildir.messages()] == [b"Subject: x\n\ncorpo\n"]

    def cut():
        yield b"meia"
        raise OSError(28, "No space left on device")

    with pytest.raises(TryLaterError, match="No space left"):
        maildir.store(cut())
    assert len(list(maildir.messages())) == 1
    assert list((maildir.path / "tmp").iterdir()) == []


def test_only_old_counted_messages_are_forgotten(maildir):
    now = datetime(2026, 6, 1, tzinfo=UTC)
    for place in (MailboxFolder.PROCESSED, MailboxFolder.UNVERIFIED):
        for days in (10, 100):
            maildir.store([b"x"])
            [found] = maildir.messages()
            maildir.move_to(found, place)
            name = found.key.partition("/")[2] + ":2,S"
            moment = (now - timedelta(days=days)).timestamp()
            os.utime(maildir.path / f".{place.value}" / "cur" / name, (moment, moment))
    assert maildir.delete_older_than(90, now) == 1
    assert len(list(maildir.path.glob(".Taken/cur/*"))) == 1
    assert len(list(maildir.path.glob(".Unverified/cur/*"))) == 2


def test_a_folder_that_is_no_maildir_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="not a Maildir"):
        MaildirMailbox(tmp_path)


MBOX = b"""\
From MAILER-DAEMON Sun Mar  1 12:00:00 2026
Subject: um

From here on it is text, for no empty line stands before the next one.
x
From here, too.

From MAILER-DAEMON Sun Mar  1 12:00:01 2026
Subject: dois

>From the mouth of the river

"""


@pytest.fixture
def mbox(tmp_path, maildir):
    path = tmp_path / "mbox"
    path.write_bytes(MBOX.replace(b"\n\nFrom here on", b"\n\nLine\nFrom here on"))
    return MboxMailbox(path, maildir)


def test_an_mbox_is_emptied_into_the_spool(mbox):
    texts = [found.data for found in mbox.messages()]
    assert [text.splitlines()[0] for text in texts] == [b"Subject: um", b"Subject: dois"]
    assert b"From here, too.\n" in texts[0]
    assert mbox.path.read_bytes() == b""


def test_a_message_without_its_from_line_is_read(tmp_path, maildir):
    (tmp_path / "mbox").write_bytes(b"\n\nSubject: um\n\ncorpo\n")
    assert [found.data for found in MboxMailbox(tmp_path / "mbox", maildir).messages()] == [
        b"Subject: um\n\ncorpo\n"
    ]


def test_an_mbox_with_a_dot_lock_is_left_for_later(mbox):
    before = mbox.path.read_bytes()
    mbox.path.with_name("mbox.lock").touch()
    with pytest.raises(TryLaterError, match=r"mbox\.lock"):
        list(mbox.messages())
    assert mbox.path.read_bytes() == before


HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_an_mbox_that_the_mail_server_writes_to_is_left_for_later(mbox):
    before = mbox.path.read_bytes()
    command = [sys.executable, "-c", HOLDER, str(mbox.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(TryLaterError, match="writing to it"):
            list(mbox.messages())
        holder.stdin.close()
    assert mbox.path.read_bytes() == before
    assert not mbox.path.with_name("mbox.lock").exists()


def test_the_digest_is_the_messages_however_it_is_handed_over():
    plain = MailboxMessage("1", b"Subject: x\n\ncorpo\n", 18)
    assert plain.digest == MailboxMessage("2", b"Subject: x\r\n\r\ncorpo\r\n", 21).digest
    assert plain.digest == MailboxMessage("3", b"From a Sun Mar  1\nSubject: x\n\ncorpo\n", 36).digest
    assert plain.digest != MailboxMessage("4", b"Subject: y\n\ncorpo\n", 18).digest
