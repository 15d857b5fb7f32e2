"""``mpftp bounces``: delivery reports, complaints and opt-out replies from a mailbox."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mpftp.cli.context import CommandContext, common_options, print_error
from mpftp.cli.run_report import RunReport, report_run
from mpftp.errors import ConfigError, Exit, LockedError, MpftpError, StateError, TryLaterError, UsageError
from mpftp.wiring.mailboxes import open_mailbox, spool_mailbox

if TYPE_CHECKING:
    from mpftp.adapters.mailbox.maildir import MaildirMailbox
    from mpftp.domain.bounces.mailbox import Mailbox
    from mpftp.stages.bounces import BouncesSummary

log = logging.getLogger("mpftp.bounces")

STDIN = "-"
READ_CHUNK_BYTES = 1 << 20


@click.command()
@click.argument("source", nargs=-1, metavar="[SOURCE]...")
@click.option("--recipient", default="", metavar="ADDRESS",
              help="With -: the envelope recipient, as the mail server's pipe knows it.")  # fmt: skip
@click.option("--explain", is_flag=True,
              help="Print what each message says, one JSON object a line, and change nothing.")  # fmt: skip
@click.option("--review", is_flag=True,
              help="Ask on a terminal what to do with each message that was kept apart.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="With --review: list them as JSON, and ask nothing.")
@click.option("--decide", multiple=True, metavar="ID=DECISION",
              help="Decide on one that --review lists: opt-out, bounce or nothing.")  # fmt: skip
@common_options
def command(
    context: CommandContext,
    source: tuple[str, ...],
    recipient: str,
    explain: bool,
    review: bool,
    as_json: bool,
    decide: tuple[str, ...],
) -> Exit:
    """Read delivery reports, complaints and opt-out replies, note each once, and file it.

    SOURCE is a Maildir, an mbox file, an IMAP mailbox (imaps://USER@HOST/FOLDER), or - alone for one
    message on standard input (a mail server's pipe). Without one, the configured mailboxes are read. With
    --explain, SOURCE is -, a message's file, an mbox, or a folder of such files.

    Only a report that carries a signed token of one of our messages counts. Messages leave the inbox
    for the folders Taken, Unverified (no signed token), and Aside (not understood) of the same mailbox.
    For Postfix, in master.cf: `mpftp unix - n n - 10 pipe flags=q user=mpftp argv=/usr/bin/mpftp bounces
    --recipient ${original_recipient} -`.
    """
    if explain:
        from mpftp.cli.bounce_review import explain_messages

        explain_messages(context, _messages_of(source or (STDIN,)), recipient)
        return Exit.OK
    if review or decide:
        from mpftp.cli.bounce_review import review_messages

        return review_messages(context, decide, as_json=as_json)
    if STDIN in source:
        return _read_pipe(context, recipient)
    return report_run(context, "bounces", lambda report: _read_all(context, source, report))


def _read_all(context: CommandContext, source: tuple[str, ...], report: RunReport) -> Exit:
    """Read the mailboxes of *source*, else the configured ones, and what came by standard input."""
    context.database().close()
    context.require_keys()
    names = source or _configured(context)
    if not source:
        report.only(names)
    code = _read_mailboxes(context, names, report)
    _read_spool(context)
    _delete_old(context)
    return code


def _read_mailboxes(context: CommandContext, names: tuple[str, ...], report: RunReport) -> Exit:
    """Read one mailbox after the other; one that is unavailable does not stop the others."""
    code = Exit.OK
    for name in names:
        try:
            _print_summary(_read_mailbox(context, open_mailbox(context.config, name)))
            report.saw([name])
        except LockedError:
            raise
        except MpftpError as error:
            report.error(name, error)
            code = error.exit_code if code in (Exit.OK, Exit.TRY_LATER) else code
    return code


def _read_pipe(context: CommandContext, recipient: str) -> Exit:
    """Store the message, then read it. What fails after it is stored is no reason to send it back.

    Raises ``TryLaterError``, also for a faulty configuration or a missing state, so that the mail server
    keeps a message that could not be stored.
    """
    from mpftp.adapters.mailbox.maildir import MaildirMailbox
    from mpftp.wiring.state_file import refuse_missing

    try:
        spool = spool_mailbox(context.config)
        refuse_missing(context.config, context.config_file)
    except (ConfigError, StateError) as error:
        raise TryLaterError(error.message, hint=error.hint) from None
    MaildirMailbox(spool, create=True).store(_standard_input(recipient))
    try:
        _read_spool(context)
    except MpftpError as error:
        print_error(error)
    return Exit.OK


def _configured(context: CommandContext) -> tuple[str, ...]:
    """The configured mailboxes; none is needed when standard input left messages to read, nor by cron.

    A mail server makes a Maildir or mbox with its first message, so one that is not there yet is empty.
    """
    settings = context.config.bounces
    mailboxes = [mailbox for mailbox in (settings.maildir, settings.mbox, settings.imap) if mailbox]
    if not mailboxes and not spool_mailbox(context.config).is_dir():
        missing = "no mailbox is configured: `maildir`, `mbox` or `imap` of [bounces] names one"
        log.info("%s", missing)
        if sys.stdout.isatty():
            click.echo(missing)
    return tuple(str(mailbox) for mailbox in mailboxes if not _may_appear_later(mailbox))


def _may_appear_later(mailbox: Path | str) -> bool:
    if isinstance(mailbox, str) or mailbox.exists() or not mailbox.parent.is_dir():
        return False
    log.info("%s: not there yet; no message has arrived", mailbox)
    return True


def _standard_input(recipient: str) -> Iterator[bytes]:
    stream = sys.stdin.buffer
    first = stream.read(READ_CHUNK_BYTES)
    if first.startswith(b"From "):  # the line of an mbox
        first = first.partition(b"\n")[2]
    if recipient:
        yield f"Delivered-To: {' '.join(recipient.split())}\n".encode()
    yield first
    yield from iter(lambda: stream.read(READ_CHUNK_BYTES), b"")


def _read_spool(context: CommandContext) -> None:
    """Read what came by standard input while a run held the lock: each looks again after it let go."""
    from mpftp.adapters.mailbox.maildir import MaildirMailbox

    if not spool_mailbox(context.config).is_dir():
        return
    spool: MaildirMailbox = MaildirMailbox(spool_mailbox(context.config))
    while spool.has_new():
        try:
            _read_mailbox(context, spool)
        except LockedError:
            return


def _delete_old(context: CommandContext) -> None:
    """Remove what was counted long ago from our own Maildir and from the configured one."""
    from mpftp.adapters.mailbox.maildir import MaildirMailbox

    settings = context.config.bounces
    for path in (settings.maildir, spool_mailbox(context.config)):
        if path is not None and os.path.isdir(path / "new"):  # False, too, where this user may not look
            MaildirMailbox(path).delete_older_than(settings.keep_days, context.clock())


def _read_mailbox(context: CommandContext, mailbox: Mailbox) -> BouncesSummary:
    """One run over *mailbox* under the lock of this command."""
    from mpftp.adapters.lock import hold_lock
    from mpftp.adapters.store.events import BounceLog, EventStore
    from mpftp.cli.progress import progress_bar
    from mpftp.stages.bounces import read_reports
    from mpftp.wiring.sending import build_repetition
    from mpftp.wiring.tracking import build_signer, import_event_log

    config = context.config
    signer = build_signer(config)
    try:
        with hold_lock(config.state, "bounces"), context.database() as database, progress_bar() as progress:
            import_event_log(config, database, context.clock)
            return read_reports(
                mailbox,
                signer,
                EventStore(database, build_repetition(config)),
                BounceLog(database),
                context.clock,
                progress,
            )
    finally:
        mailbox.close()


def _print_summary(summary: BouncesSummary) -> None:
    """On a terminal, what was read and where it went."""
    if not sys.stdout.isatty():
        return
    from mpftp.domain.texts import count_text

    read = ", ".join(f"{count} {kind}" for kind, count in sorted(summary.classes.items()))
    total = count_text("1 message|{count} messages", sum(summary.classes.values()))
    click.echo(f"read {total}{': ' + read if read else ''}")
    for folder, count in sorted(summary.folders.items()):
        click.echo(f"  {folder}: {count}")


def _messages_of(names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Each message's name and as many of its bytes as are looked at."""
    from mpftp.domain.bounces.mailbox import MAX_MESSAGE_BYTES

    for name in names:
        if name == STDIN:
            yield name, sys.stdin.buffer.read(MAX_MESSAGE_BYTES)
            continue
        path = Path(name)
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                yield from _messages_in(file)


def _messages_in(file: Path) -> Iterator[tuple[str, bytes]]:
    """The message in *file*, or each of an mbox, numbered."""
    from mpftp.domain.bounces.mailbox import MAX_MESSAGE_BYTES

    index, lines, size, is_mbox = 1, list[bytes](), 0, False
    with file.open("rb") as stream:
        for line in stream:
            starts = line.startswith(b"From ") and (not lines or lines[-1] in (b"\n", b"\r\n"))
            is_mbox |= starts and not lines
            if starts and lines and is_mbox:
                yield f"{file}:{index}", b"".join(lines)
                index, lines, size = index + 1, [], 0
            if size < MAX_MESSAGE_BYTES or line in (b"\n", b"\r\n"):
                lines.append(line)
                size += len(line)
    if lines:
        yield f"{file}:{index}" if index > 1 else str(file), b"".join(lines)
