"""``mpftp send``: send every fragment that is due."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from mpftp.cli.context import (
    CommandContext,
    DateTimeParam,
    common_options,
    find_one_campaign,
    notify_clients,
)
from mpftp.cli.run_report import RunReport, report_run
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.texts import count_text
from mpftp.errors import Exit, TransportError, TransportUnavailableError

if TYPE_CHECKING:
    from mpftp.adapters.store.database import Database
    from mpftp.adapters.store.outbox import Outbox
    from mpftp.adapters.store.outcomes import FailedDelivery
    from mpftp.stages.send import SendLimits, SendRun, SendSummary

log = logging.getLogger("mpftp.send")

RELAY_ERRORS = (TransportError, TransportUnavailableError)


@click.command()
@click.option("--campaign", metavar="CAMPAIGN", help="Only this one: an id, NAME_DATE or CLIENT/NAME_DATE.")
@click.option("--max-messages", type=click.IntRange(min=1), metavar="N", help="Stop after N messages.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent now, and send nothing.")
@click.option("--until", type=DateTimeParam(), help="End at this moment, however much is left.")
@common_options
def command(
    context: CommandContext,
    campaign: str | None,
    max_messages: int | None,
    dry_run: bool,
    until: datetime | None,
) -> Exit:
    """Send every fragment that is due, then end.

    If a run ends early, the next one goes on where it stopped. SIGTERM and SIGINT let the
    messages in flight be answered first. A recipients' domain that asks to slow down (421, or a status
    4.7.x that is no greylisting) rests for a minute, longer each time, up to an hour; the others go on,
    and `mpftp status` names it.
    """
    from mpftp.stages.send import SendLimits

    def limits(db: Database) -> SendLimits:
        return SendLimits(find_one_campaign(db, campaign).id if campaign else None, max_messages, until)

    if dry_run:
        with context.database(read_only=True, trusted=True) as db:
            return _show_plan(context, limits(db), db)
    return report_run(context, "send", lambda report: _send(context, limits, report))


def _send(context: CommandContext, limits: Callable[[Database], SendLimits], report: RunReport) -> Exit:
    from mpftp.wiring.link_files import write_missing_link_files
    from mpftp.wiring.signing_keys import adopt_keys
    from mpftp.wiring.tracking import import_event_log

    with context.alone("send"), context.database(sending=True) as db:
        context.require_keys()
        adopt_keys(db, context.config)
        import_event_log(context.config, db, context.clock)
        write_missing_link_files(context.config, db)  # readers may click from the first minute on
        sent = _run(context, db, limits(db))
        _update_alerts(sent, db, context.clock())
        all_notified = not (sent.finished or sent.paused) or report.notices(notify_clients(context, db))
    code = _report_summary(sent, report, resend=context.config.on_doubt == "resend")
    return code if all_notified or code else Exit.TRY_LATER


def _update_alerts(sent: SendSummary, db: Database, now: datetime) -> None:
    """Keep an alert for ``status`` while the relay is unavailable or refuses us, and messages wait for it."""
    from mpftp.adapters.store.alerts import AlertStore
    from mpftp.adapters.store.fragments import load_waiting_fragments

    relay = [error for error in sent.errors if isinstance(error, RELAY_ERRORS)]
    if relay:
        AlertStore(db).raise_alert("relay", relay[0].message, now)
    elif sent.states[DeliveryState.SENT] or not load_waiting_fragments(db):
        AlertStore(db).clear_alert("relay")


def _show_plan(context: CommandContext, limits: SendLimits, db: Database) -> Exit:
    """What a run would send now."""
    from mpftp.adapters.store.outbox import Outbox
    from mpftp.wiring.sending import build_repetition, build_retry_policy, build_send_policies

    now, policies = context.clock(), build_send_policies(context.config)
    outbox = Outbox(db, build_retry_policy(context.config), build_repetition(context.config))
    ready = _make_run(context, db, outbox, limits).due()
    for fragment in ready:
        count = count_text("1 message|{count} messages", outbox.count_claimable(fragment.id, now))
        click.echo(
            f"{fragment.client}/{fragment.campaign}: would send {count} of fragment"
            f" {fragment.number} by {policies[fragment.client].transport}"
        )
    if not ready:
        click.echo("Nothing is due.")
    return Exit.OK


def _run(context: CommandContext, db: Database, limits: SendLimits) -> SendSummary:
    from mpftp.adapters.store.outbox import Outbox
    from mpftp.cli.progress import progress_bar
    from mpftp.wiring.sending import build_repetition, build_retry_policy, make_transport_openers

    outbox = Outbox(db, build_retry_policy(context.config), build_repetition(context.config))
    with _stop_on_signal() as stopped, progress_bar() as progress:
        run = _make_run(context, db, outbox, limits, stopped=stopped, progress=progress)
        return run.run(make_transport_openers(context.config))


def _make_run(
    context: CommandContext, db: Database, outbox: Outbox, limits: SendLimits, **watching: Any
) -> SendRun:
    from mpftp.adapters.journal import FileJournal
    from mpftp.adapters.store.permits import StatePermits
    from mpftp.stages.send import SendRun
    from mpftp.wiring.sending import build_rate_limits, build_send_policies, make_template_loader

    config = context.config
    return SendRun(
        outbox,
        FileJournal(config.journal),
        build_send_policies(config),
        make_template_loader(config, db),
        context.clock,
        pace=build_rate_limits(config),
        limits=limits,
        permits=StatePermits(config.state),
        **watching,
    )


@contextmanager
def _stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Whether SIGTERM, SIGINT or SIGHUP came; meanwhile none of them ends the program."""
    came: list[int] = []
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [
        signal.signal(signal_number, lambda signum, _: came.append(signum)) for signal_number in numbers
    ]
    try:
        yield lambda: bool(came)
    finally:
        for signal_number, action in zip(numbers, before, strict=True):
            signal.signal(signal_number, action)


def _report_summary(sent: SendSummary, report: RunReport, *, resend: bool) -> Exit:
    """Print one line of what was done, and put into *report* what needs a person; refusals do not."""
    summary = format_summary_line(sent)
    log.info(summary, extra={state.value: count for state, count in sent.states.items()})
    if sys.stdout.isatty():
        click.echo(summary)
        for campaign, failure in sent.failures:
            click.echo(f"{campaign}: {format_failure(failure)}")
        for campaign, count in sent.failed.items():
            named = sum(1 for name, _ in sent.failures if name == campaign)
            if count > named:
                click.echo(f"{campaign}: {count - named} more failed")
    for campaign, count in sent.in_doubt.items():
        report.tell(campaign, format_in_doubt(count, resend))
    for campaign, reason in sent.paused:
        hint = f"look into it, then `mpftp campaign resume {campaign}`"
        report.tell(campaign, f"{campaign} is paused: {reason}", hint)
    for error in sent.errors:
        report.error("relay" if isinstance(error, RELAY_ERRORS) else "", error)
    if sent.states[DeliveryState.SENT] and not sent.errors:
        report.saw(["relay"])
    return send_exit_code(sent)


def format_in_doubt(count: int, resend: bool) -> str:
    """Return what happens to messages whose outcome a killed run did not learn."""
    one = count == 1
    verb = ("is", "stays") if one else ("are", "stay")
    fate = (
        f'{verb[0]} sent again (on_doubt = "resend")' if resend else f'{verb[1]} in doubt (on_doubt = "skip")'
    )
    messages = count_text("1 message was|{count} messages were", count)
    return f"{messages} in flight when a run was cut off; {'it' if one else 'they'} {fate}"


def format_failure(failure: FailedDelivery) -> str:
    """Where in the client's file a failed contact stands, and what its server said."""
    name, _, date = failure.campaign.rpartition("/")[2].rpartition("_")
    where = f"{TripletKey(name, date).file(InputType.MAIL)}, line {failure.line}"
    last = "given up; the last answer was " if failure.given_up else ""
    return f"{where}, <{failure.email}>: {last}{failure.code} {failure.reply}"


def format_summary_line(sent: SendSummary) -> str:
    """What one run did, on one line."""
    states = sent.states
    parts = [
        f"{states[DeliveryState.SENT]} sent",
        f"{states[DeliveryState.DEFERRED]} deferred",
        f"{states[DeliveryState.FAILED]} failed",
        f"{states[DeliveryState.SUPPRESSED]} suppressed",
    ]
    if sent.in_doubt:
        parts.append(f"{sent.in_doubt.total()} were in flight when a run was cut off")
    if states[DeliveryState.IN_DOUBT]:
        parts.append(f"{states[DeliveryState.IN_DOUBT]} left in doubt")
    if sent.finished:
        parts.append(f"{sent.finished} campaign{'s'[: sent.finished > 1]} finished")
    pace = states[DeliveryState.SENT] / sent.seconds if sent.seconds else 0
    return f"{', '.join(parts)} in {sent.seconds:.1f} s ({pace:.0f}/s)"


def send_exit_code(sent: SendSummary) -> Exit:
    """0 when all is well, 1 when a campaign was held, 75 when only what may pass was in the way, else 1.

    What recipients' servers refused is in RETORNADO and in ``status``: that is mail, and no failure.
    """
    if sent.paused:
        return Exit.FAILURE
    if not sent.errors:
        return Exit.OK
    transient = all(error.exit_code == Exit.TRY_LATER for error in sent.errors)
    return Exit.TRY_LATER if transient else Exit.FAILURE
