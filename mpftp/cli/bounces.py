"""``mpftp bounces``: delivery reports, complaints and opt-out replies from a mailbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mpftp.cli.session import Session, common_options
from mpftp.errors import Exit, LockedError, UsageError

if TYPE_CHECKING:
    from mpftp.domain.mailbox import Mailbox
    from mpftp.stages.bounces import Summary

STDIN = "-"


@click.command()
@click.argument("source", nargs=-1, metavar="[SOURCE]...")
@click.option("--recipient", default="", metavar="ADDRESS",
              help="With -: the envelope recipient, as the mail server's pipe knows it.")  # fmt: skip
@common_options
def command(session: Session, source: tuple[str, ...], recipient: str) -> Exit:
    """Read delivery reports, complaints and opt-out replies, note each once, and file it.

    SOURCE is a Maildir, or - for one message on standard input (a mail server's pipe). Without one,
    the configured mailbox is read.
    """
    for name in source or _configured(session):
        if name == STDIN:
            _take_standard_input(session, recipient)
        else:
            _show(_take(session, _open(name)))
            _take_waiting(session)
    return Exit.OK


def _configured(session: Session) -> tuple[str, ...]:
    """The configured mailbox, and what standard input left for a later run."""
    places = [session.config.bounces.maildir, _spool(session)]
    found = tuple(str(path) for path in places if path is not None and path.is_dir())
    if not found and places[0] is None:
        raise UsageError(
            "there is no mailbox to read", hint="set `bounces.maildir` in the configuration, or name one"
        )
    return found or (str(places[0]),)


def _spool(session: Session) -> Path:
    """The Maildir in which messages from standard input wait until they are read."""
    return session.config.spool_dir / "bounces"


def _open(name: str) -> Mailbox:
    from mpftp.adapters.mailbox import Maildir

    return Maildir(Path(name))


def _take_standard_input(session: Session, recipient: str) -> None:
    """Store the message durably first: from then on it cannot be lost, whoever holds the state."""
    from mpftp.adapters.mailbox import Maildir

    spool = Maildir(_spool(session), create=True)
    head = f"Delivered-To: {' '.join(recipient.split())}\n".encode() if recipient else b""
    spool.deliver(sys.stdin.buffer, head)
    _take_waiting(session)


def _take_waiting(session: Session) -> None:
    """Read what came by standard input while a run held the lock: each looks again after it let go."""
    from mpftp.adapters.mailbox import Maildir

    if not _spool(session).is_dir():
        return
    spool = Maildir(_spool(session))
    while spool.waiting():
        try:
            _take(session, spool)
        except LockedError:
            return


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
