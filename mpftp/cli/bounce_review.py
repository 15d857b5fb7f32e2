"""What ``mpftp bounces`` shows of messages without taking them in, and what people decide on some."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from mpftp.cli.context import CommandContext
from mpftp.cli.questions import ending_its_line
from mpftp.domain.bounces.judgement import Judgement
from mpftp.domain.bounces.report import MailReport, RecipientFailure, ReportClass, parse_report
from mpftp.domain.event_log import clean_text
from mpftp.domain.printable import format_json
from mpftp.domain.texts import OPERATOR_LANGUAGE, texts
from mpftp.errors import Exit, MpftpError, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.store.undecided import ApartMessage
    from mpftp.domain.tokens import Signer


def explain_messages(context: CommandContext, messages: Iterable[tuple[str, bytes]], recipient: str) -> None:
    """Print, one JSON object a line, what each message says and what it would come to."""
    signer = _signer(context)
    for name, data in messages:
        report = parse_report(data, recipient)
        members = {"message": name, **_explained(report), **_would(context, report, signer)}
        click.echo(format_json(members))


def _signer(context: CommandContext) -> Signer | None:
    """What verifies tokens; ``None`` where no configuration or no keys are at hand."""
    from mpftp.adapters.keys import load_signing_keys
    from mpftp.domain.tokens import Signer

    try:
        config = context.config
        path = config.default_path(config.tracking.key_file, "tracking.keys")
        return Signer(load_signing_keys(path)) if path.exists() else None
    except MpftpError:
        return None


def _explained(report: MailReport) -> dict[str, Any]:
    return {
        "class": report.report_class.value,
        "failures": [_explained_failure(failure) for failure in report.failures],
        "author": report.author,
        "returned_message_id": report.message_id,
        "odd": report.malformed,
    }


def _explained_failure(failure: RecipientFailure) -> dict[str, Any]:
    decision = failure.decision
    return {
        "recipient": failure.recipient,
        "action": failure.action,
        "class": failure.bounce_class.value if failure.bounce_class else "",
        "status": failure.status,
        "reason": failure.reason.value,
        "step": failure.step.value,
        "trouble": failure.subject.value,
        "suppress": decision.judgement.value if decision else Judgement.NEVER.value,
        "rule": texts(OPERATOR_LANGUAGE).JUDGEMENT_RULES[decision.rule] if decision else "",
        "diagnostic": failure.diagnostic[:500],
    }


def _would(context: CommandContext, report: MailReport, signer: Signer | None) -> dict[str, Any]:
    """Token, contact, folder, and whether the contact would be suppressed by this message alone."""
    from mpftp.stages.bounces import decide, find_token

    token = find_token(report, signer) if signer else None
    client, contact = _contact(context, token.delivery_id) if token else ("", "")
    decision = decide(report, token, context.clock(), contact)
    event = decision.event
    worst = report.worst_failure
    suppressed = ""
    if report.report_class in (ReportClass.OPT_OUT, ReportClass.COMPLAINT):
        suppressed = report.report_class.value
    elif worst and worst.decision and worst.decision.judgement is Judgement.AT_ONCE:
        suppressed = "bounce"
    if signer and event is None:
        suppressed = ""
    return {
        "token": "valid" if token else "none" if signer else "not checked: no signing keys",
        "delivery": token.delivery_id if token else None,
        "client": client,
        "contact": contact,
        "folder": decision.folder.value,
        "suppressed": suppressed,
    }


def _contact(context: CommandContext, delivery_id: int) -> tuple[str, str]:
    from mpftp.adapters.store.events import EventStore

    try:
        with context.database(read_only=True) as db:
            recipient = EventStore(db).find_recipient(delivery_id)
    except MpftpError:
        return "", ""
    return (recipient.client, recipient.email) if recipient else ("", "")


def review_messages(context: CommandContext, decisions: tuple[str, ...], *, as_json: bool) -> Exit:
    """Apply *decisions* (``ID=DECISION``), or list what waits, or ask about each on a terminal."""
    from mpftp.adapters.store.undecided import UndecidedMessages

    if decisions:
        for text in decisions:
            _apply(context, *_parted(text))
        return Exit.OK
    with context.database(read_only=True) as db:
        waiting = UndecidedMessages(db).apart()
    if as_json:
        click.echo(format_json([_apart(message) for message in waiting], indent=2))
        return Exit.OK
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to ask", hint="use --review --json, and --decide ID=DECISION")
    for message in waiting:
        _ask(context, message)
    return Exit.OK


def _parted(text: str) -> tuple[str, str]:
    from mpftp.stages.report_review import DECISIONS

    message_id, _, decision = text.partition("=")
    if decision not in DECISIONS:
        raise UsageError(f"{text!r} is no decision", hint=f"write ID=DECISION, one of {', '.join(DECISIONS)}")
    return message_id, decision


def _apply(context: CommandContext, message_id: str, decision: str) -> None:
    from mpftp.adapters.store.events import EventStore
    from mpftp.adapters.store.undecided import UndecidedMessages
    from mpftp.stages.report_review import apply_decision
    from mpftp.wiring.sending import build_repetition

    with context.database() as db:
        events = EventStore(db, build_repetition(context.config))
        apply_decision(UndecidedMessages(db), events, message_id, decision, context.clock())


def _apart(message: ApartMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "at": message.at.isoformat(timespec="seconds"),
        "class": message.report_class,
        "folder": message.place,
        "client": message.client,
        "contact": message.contact,
        "text": message.text,
    }


def _ask(context: CommandContext, message: ApartMessage) -> None:
    """Show one message and ask; enter alone leaves it for another day."""
    whose = f"{message.contact} ({message.client})" if message.contact else "nobody knows whose"
    click.echo(f"\n{message.id}  {message.at:%Y-%m-%d %H:%M}Z  {message.report_class}  {clean_text(whose)}")
    for line in message.text.splitlines()[:25]:
        click.echo(f"  | {clean_text(line)}")
    choices = click.Choice(["opt-out", "bounce", "nothing", "later"])
    with ending_its_line():
        answer = click.prompt("What is it?", type=choices, default="later")
    if answer != "later":
        _apply(context, message.id, answer)
