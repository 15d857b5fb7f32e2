"""``mpftp bounces``: delivery reports, complaints and opt-out replies from a mailbox."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mpftp.cli.session import Session, common_options, complain
from mpftp.errors import ConfigError, Exit, LockedError, MpftpError, TryLaterError, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.mailbox.maildir import Maildir
    from mpftp.domain.reports.bounce import Report
    from mpftp.domain.reports.mailbox import Mailbox
    from mpftp.stages.bounces import Summary

log = logging.getLogger("mpftp.bounces")

STDIN = "-"
CHUNK = 1 << 20


@click.command()
@click.argument("source", nargs=-1, metavar="[SOURCE]...")
@click.option("--recipient", default="", metavar="ADDRESS",
              help="With -: the envelope recipient, as the mail server's pipe knows it.")  # fmt: skip
@click.option("--explain", is_flag=True,
              help="Print what each message says, one JSON object a line, and change nothing.")  # fmt: skip
@common_options
def command(session: Session, source: tuple[str, ...], recipient: str, explain: bool) -> Exit:
    """Read delivery reports, complaints and opt-out replies, note each once, and file it.

    SOURCE is a Maildir, an mbox file, an IMAP mailbox (imaps://USER@HOST/FOLDER), or - alone for one
    message on standard input (a mail server's pipe). Without one, the configured mailboxes are read. With
    --explain, SOURCE is -, a message's file, or a folder of such files.

    Only a report that carries a signed token of one of our messages counts. Messages leave the inbox
    for the folders Taken, Unverified (no signed token), and Aside (not understood) of the same mailbox.
    For Postfix, in master.cf: `mpftp unix - n n - 10 pipe flags=q user=mpftp argv=/usr/bin/mpftp bounces
    --recipient ${original_recipient} -`.
    """
    if explain:
        for name, octets in _messages_of(source or (STDIN,)):
            click.echo(json.dumps(_explained(name, octets, recipient), ensure_ascii=False))
        return Exit.OK
    if STDIN in source:
        return _serve_pipe(session, recipient)
    code = _take_each(session, source or _configured(session))
    _take_waiting(session)
    _forget_old(session)
    return code


def _take_each(session: Session, names: tuple[str, ...]) -> Exit:
    """Read one mailbox after the other; one that is away does not stop the others."""
    code = Exit.OK
    for name in names:
        try:
            _show(_take(session, _open(session, name)))
        except LockedError:
            raise
        except MpftpError as error:
            complain(error)
            code = error.exit_code if code in (Exit.OK, Exit.TRY_LATER) else code
    return code


def _serve_pipe(session: Session, recipient: str) -> Exit:
    """Store the message, then read it. What fails after it is stored is no reason to send it back.

    Raises ``TryLaterError``, also for a faulty configuration, so that the mail server keeps a message
    that could not be stored.
    """
    from mpftp.adapters.mailbox.maildir import Maildir

    try:
        spool = _spool(session)
    except ConfigError as error:
        raise TryLaterError(error.what, hint=error.hint) from None
    Maildir(spool, create=True).deliver(_standard_input(recipient))
    try:
        _take_waiting(session)
    except MpftpError as error:
        complain(error)
    return Exit.OK


def _configured(session: Session) -> tuple[str, ...]:
    """The configured mailboxes; none is needed when standard input left messages to read.

    A mail server makes a Maildir or mbox with its first message, so one that is not there yet is empty.
    """
    settings = session.config.bounces
    found = [place for place in (settings.maildir, settings.mbox, settings.imap) if place]
    if not found and not _spool(session).is_dir():
        raise UsageError(
            "there is no mailbox to read", hint="set `bounces.maildir` in the configuration, or name one"
        )
    return tuple(str(place) for place in found if not _is_still_to_come(place))


def _is_still_to_come(place: Path | str) -> bool:
    if isinstance(place, str) or place.exists() or not place.parent.is_dir():
        return False
    log.info("%s: not there yet; no message has arrived", place)
    return True


def _spool(session: Session) -> Path:
    """The Maildir in which messages from standard input and from mbox files wait until they are read."""
    return session.config.spool_dir / "bounces"


def _open(session: Session, name: str) -> Mailbox:
    """The mailbox *name*, by what it is. Raises ``ConfigError`` or ``UsageError``."""
    from mpftp.adapters.mailbox.maildir import Maildir

    if name.startswith(("imap://", "imaps://")):
        return _open_imap(session, name)
    if Path(name).is_file():
        from mpftp.adapters.mailbox.mbox import Mbox

        return Mbox(Path(name), Maildir(_spool(session), create=True))
    return Maildir(Path(name))


def _open_imap(session: Session, url: str) -> Mailbox:
    from mpftp.adapters.mailbox.imap import Imap, server_of

    settings = session.config.bounces
    try:
        password = settings.secret()
    except LookupError as error:
        raise ConfigError(f"bounces: {error}") from None
    server = server_of(
        url,
        settings.user,
        password,
        tls=settings.imap_tls == "required",
        ca_file=settings.imap_ca_file,
        timeout=settings.timeout_seconds,
    )
    return Imap(server)


def _standard_input(recipient: str) -> Iterator[bytes]:
    stream = sys.stdin.buffer
    first = stream.read(CHUNK)
    if first.startswith(b"From "):  # the line of an mbox
        first = first.partition(b"\n")[2]
    if recipient:
        yield f"Delivered-To: {' '.join(recipient.split())}\n".encode()
    yield first
    yield from iter(lambda: stream.read(CHUNK), b"")


def _take_waiting(session: Session) -> None:
    """Read what came by standard input while a run held the lock: each looks again after it let go."""
    from mpftp.adapters.mailbox.maildir import Maildir

    if not _spool(session).is_dir():
        return
    spool: Maildir = Maildir(_spool(session))
    while spool.waiting():
        try:
            _take(session, spool)
        except LockedError:
            return


def _forget_old(session: Session) -> None:
    """Remove what was counted long ago from our own Maildir and from the configured one."""
    from mpftp.adapters.mailbox.maildir import Maildir

    settings = session.config.bounces
    for path in (settings.maildir, _spool(session)):
        if path is not None and os.path.isdir(path / "new"):  # False, too, where this user may not look
            Maildir(path).forget(settings.keep_days, session.clock())


def _take(session: Session, mailbox: Mailbox) -> Summary:
    """One run over *mailbox* under the lock of this command."""
    from mpftp.adapters.keys import load_keys
    from mpftp.adapters.lock import lock
    from mpftp.adapters.store.events import Events
    from mpftp.adapters.store.reports import Reports
    from mpftp.cli.progress import progress_bar
    from mpftp.cli.taking import take_in
    from mpftp.domain.tokens import Signer
    from mpftp.stages.bounces import take_reports

    config = session.config
    signer = Signer(load_keys(config.beside_state(config.tracking.key_file, "tracking.keys")))
    try:
        with lock(config.state, "bounces"), session.database() as database, progress_bar() as progress:
            take_in(session, database)
            return take_reports(mailbox, signer, Events(database), Reports(database), session.clock, progress)
    finally:
        mailbox.close()


def _show(summary: Summary) -> None:
    """On a terminal, what was read and where it went."""
    if not sys.stdout.isatty():
        return
    read = ", ".join(f"{count} {kind}" for kind, count in sorted(summary.classes.items()))
    click.echo(f"read {sum(summary.classes.values())} messages{': ' + read if read else ''}")
    for place, count in sorted(summary.places.items()):
        click.echo(f"  {place}: {count}")


def _messages_of(names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Each message's name and as many of its octets as are looked at."""
    from mpftp.domain.reports.mailbox import MAX_OCTETS

    for name in names:
        if name == STDIN:
            yield name, sys.stdin.buffer.read(MAX_OCTETS)
            continue
        path = Path(name)
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                with file.open("rb") as stream:
                    yield str(file), stream.read(MAX_OCTETS)


def _explained(name: str, octets: bytes, recipient: str) -> dict[str, object]:
    """What one message says, for people and programs to read."""
    from mpftp.domain.reports.bounce import read_report

    report: Report = read_report(octets, recipient)
    return {
        "message": name,
        "class": report.report_class.value,
        "failures": [
            {
                "recipient": failure.recipient,
                "action": failure.action,
                "class": failure.bounce_class.value if failure.bounce_class else "",
                "status": failure.status,
                "reason": failure.reason.value,
                "diagnostic": failure.diagnostic[:500],
            }
            for failure in report.failures
        ],
        "returned_message_id": report.message_id,
        "odd": report.odd,
    }
