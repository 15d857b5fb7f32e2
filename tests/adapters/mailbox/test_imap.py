"""IMAP: messages are read in part, marked as seen, and moved to folders beside the inbox."""

import logging
import socket
from base64 import b64encode
from dataclasses import replace

import pytest
from click.testing import CliRunner

from mpftp.adapters.mailbox.imap import ImapMailbox
from mpftp.cli.commands.bounces import command
from mpftp.domain.bounces.mailbox import MAX_MESSAGE_BYTES, MailboxFolder
from mpftp.errors import Exit, MpftpError, TryLaterError, UsageError
from tests.settings import imap_server


@pytest.fixture
def open_box(imap_box):
    """A function that opens the mailbox; every session is closed afterwards."""
    opened = []

    def run(user="bounces", password="segredo", **settings):
        opened.append(ImapMailbox(imap_server(imap_box.url(), user, password, **{"tls": False, **settings})))
        return opened[-1]

    yield run
    for mailbox in opened:
        mailbox.close()


@pytest.mark.parametrize("extensions", ["MOVE UIDPLUS", "UIDPLUS", ""], ids=["move", "uidplus", "plain"])
def test_every_message_is_read_and_moved(imap_box, open_box, extensions):
    imap_box.extensions = extensions
    for number in range(3):
        imap_box.put(b"Subject: %d\r\n\r\nbody" % number)
    mailbox = open_box()
    for found, place in zip(
        mailbox.messages(),
        (MailboxFolder.PROCESSED, MailboxFolder.UNVERIFIED, MailboxFolder.UNRECOGNIZED),
        strict=True,
    ):
        mailbox.move_to(found, place)
    assert imap_box.folders["INBOX"] == {}
    for number, name in enumerate(("Taken", "Unverified", "Aside")):
        [(content, flags)] = imap_box.folders[f"INBOX/{name}"].values()
        assert content == b"Subject: %d\r\n\r\nbody" % number
        assert r"\Seen" in flags


def test_a_password_that_is_not_ascii_logs_in(imap_box, open_box):
    assert list(open_box(password="maçã").messages()) == []
    with pytest.raises(MpftpError, match="refuses the login"):
        list(open_box(password="maça").messages())


def test_a_huge_message_is_read_in_part_only(imap_box, open_box):
    imap_box.put(b"Subject: x\r\n\r\n" + b"x" * (MAX_MESSAGE_BYTES + 1000))
    [found] = open_box().messages()
    assert len(found.data) == MAX_MESSAGE_BYTES
    assert found.size == MAX_MESSAGE_BYTES + 1014


def test_reading_alone_changes_nothing(imap_box, open_box):
    imap_box.put(b"Subject: x\r\n\r\n")
    assert len(list(open_box().messages())) == 1
    assert [flags for _, flags in imap_box.folders["INBOX"].values()] == [set()]


def test_a_wrong_password_is_a_refusal_that_does_not_show_it(open_box):
    with pytest.raises(MpftpError) as caught:
        list(open_box(password="errada").messages())
    assert caught.value.exit_code is Exit.FAILURE
    assert "'bounces'" in caught.value.message
    assert "errada" not in caught.value.message + caught.value.hint


def test_no_login_goes_out_in_the_clear_unless_allowed(imap_box, open_box):
    with pytest.raises(TryLaterError):
        list(open_box(tls=True).messages())
    assert not any(command.startswith("LOGIN") for command in imap_box.says)


def test_a_server_that_is_away_is_tried_later():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        mailbox = ImapMailbox(imap_server(f"imap://127.0.0.1:{port}", "bounces", "segredo", tls=False))
        with pytest.raises(TryLaterError) as caught:
            list(mailbox.messages())
    assert f"imap://127.0.0.1:{port}/INBOX" in caught.value.message


@pytest.mark.parametrize(
    ("url", "port", "folder", "user"),
    [
        ("imaps://mail.example", 993, "INBOX", "login"),
        ("imap://mail.example/INBOX/Voltas", 143, "INBOX/Voltas", "login"),
        ("imaps://voltas%40x.example@mail.example:99/Caixa%20A", 99, "Caixa A", "voltas@x.example"),
    ],
)
def test_urls(url, port, folder, user):
    server = imap_server(url, "login", "segredo")
    assert (server.port, server.folder, server.user) == (port, folder, user)


@pytest.mark.parametrize(
    "url", ["imaps://u:segredo@mail.example", "imaps:///INBOX", "imaps://mail.example:x/"]
)
def test_a_url_with_a_password_or_without_a_host_is_refused(url):
    with pytest.raises(UsageError) as caught:
        imap_server(url, "", "")
    assert "segredo" not in caught.value.message


def test_the_command_reads_the_configured_mailbox(imap_box, tmp_path, db, monkeypatch):
    imap_box.put(b"To: bounces@mx.example\r\nSubject: unsubscribe\r\n\r\n")
    monkeypatch.setenv("IMAP_PASSWORD", "segredo")
    config = tmp_path / "mpftp.toml"
    config.write_text(
        f'state = "state.db"\n[bounces]\nimap = "{imap_box.url()}"\nimap_tls = "none"\n'
        'user = "bounces"\npassword_env = "IMAP_PASSWORD"\n'
    )
    assert CliRunner().invoke(command, ["--config", str(config)]).exit_code == 0
    assert len(imap_box.folders["INBOX/Unverified"]) == 1
    monkeypatch.delenv("IMAP_PASSWORD")
    failed = CliRunner().invoke(command, ["--config", str(config)])
    assert failed.exit_code == 78
    assert "IMAP_PASSWORD" in failed.output


def test_a_folder_that_is_not_there_is_the_configurations_fault(imap_box):
    server = replace(imap_server(imap_box.url(), "bounces", "segredo", tls=False), folder="Nada")
    mailbox = ImapMailbox(server)
    with pytest.raises(MpftpError) as caught:
        list(mailbox.messages())
    mailbox.close()
    assert caught.value.exit_code is Exit.CONFIG
    assert "'Nada'" in caught.value.message


@pytest.mark.parametrize("password", ["segredo", "maçã"])
def test_the_dialogue_is_logged_without_login_and_text(imap_box, open_box, caplog, password):
    imap_box.put(b"Subject: carta\r\n\r\ncorpo")
    with caplog.at_level(logging.DEBUG, "mpftp.imap"):
        mailbox = open_box(password=password)
        for found in mailbox.messages():
            mailbox.move_to(found, MailboxFolder.PROCESSED)
        mailbox.close()
    spoken = caplog.messages
    peer = f"127.0.0.1:{imap_box.port}"
    assert any(line.startswith(f"{peer} < ") and line.endswith(" OK done") for line in spoken)
    assert any(line.endswith(r"+FLAGS.SILENT (\Seen)") for line in spoken)
    (login,) = [line.split(" ", 3)[3] for line in spoken if "***" in line]
    assert login in ("LOGIN ***", "AUTHENTICATE ***")
    for name in ("SELECT", "UID FETCH 1", "UID MOVE 1", "LOGOUT"):
        assert any(line.startswith(f"{peer} > ") and name in line for line in spoken), name
    written = "\n".join(spoken)
    assert password not in written
    assert b64encode(f"\0bounces\0{password}".encode()).decode() not in written
    assert "carta" not in written
    assert "corpo" not in written
