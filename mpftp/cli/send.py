"""``mpftp send``: send every fragment that is due."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

from mpftp.cli.naming import named_campaign
from mpftp.cli.session import Moment, Session, common_options, complain
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.names import InputType, TripletKey
from mpftp.errors import Exit, TransportAwayError, TransportError

if TYPE_CHECKING:
    from mpftp.adapters.store.database import Database
    from mpftp.adapters.store.settled import Failure
    from mpftp.stages.send import Limits, Sent

log = logging.getLogger("mpftp.send")


@click.command()
@click.option("--campaign", metavar="CAMPAIGN", help="Only this one: an id, NAME_DATE or CLIENT/NAME_DATE.")
@click.option("--max-messages", type=click.IntRange(min=1), help="End after so many messages.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent now, and send nothing.")
@click.option("--until", type=Moment(), help="End at this moment, however much is left.")
@common_options
def command(
    session: Session, campaign: str | None, max_messages: int | None, dry_run: bool, until: datetime | None
) -> Exit:
    """Send every fragment that is due, then end.

    Whatever ends a run early, the next one goes on where it stopped. SIGTERM and SIGINT let the
    messages in flight be answered first.
    """
    from mpftp.adapters.lock import lock
    from mpftp.cli.taking import take_in
    from mpftp.cli.telling import tell_clients
    from mpftp.stages.send import Limits

    def limits(db: Database) -> Limits:
        return Limits(named_campaign(db, campaign).id if campaign else None, max_messages, until)

    if dry_run:
        with session.database(read_only=True) as db:
            return _show_plan(session, limits(db), db)
    with lock(session.config.state, "send"), session.database() as db:
        take_in(session, db)
        sent = _run(session, db, limits(db))
        _remember(sent, db, session.clock())
        told = not sent.finished or tell_clients(session, db)
    code = _show(sent, resend=session.config.on_doubt == "resend")
    return code if told or code else Exit.TRY_LATER


def _remember(sent: Sent, db: Database, now: datetime) -> None:
    """Have ``status`` tell of a relay that is away or refuses us, until it takes messages again."""
    from mpftp.adapters.store.obstacles import Obstacles

    relay = [error for error in sent.errors if isinstance(error, TransportError | TransportAwayError)]
    if relay:
        Obstacles(db).note("relay", relay[0].what, now)
    elif sent.states[DeliveryState.SENT]:
        Obstacles(db).clear("relay")


def _show_plan(session: Session, limits: Limits, db: Database) -> Exit:
    """What a run would send now."""
    from mpftp.adapters.store.outbox import Outbox
    from mpftp.cli.outgoing import composer, policies_of, rules_of
    from mpftp.stages.send import Feed

    config, now = session.config, session.clock()
    outbox, policies = Outbox(db, rules_of(config)), policies_of(config)
    ready = Feed(outbox, policies, composer(config, db), session.clock, limits=limits).ready()
    for fragment in ready:
        count = outbox.waiting(fragment.id, now)
        click.echo(
            f"{fragment.client}/{fragment.campaign}: would send {count} messages of fragment"
            f" {fragment.number} by {policies[fragment.client].transport}"
        )
    if not ready:
        click.echo("Nothing is due.")
    return Exit.OK


def _run(session: Session, db: Database, limits: Limits) -> Sent:
    from mpftp.adapters.journal import FileJournal
    from mpftp.adapters.store.outbox import Outbox
    from mpftp.cli.outgoing import composer, pace_of, policies_of, rules_of, transports_of
    from mpftp.cli.progress import progress_bar
    from mpftp.stages.send import Feed, Sending

    config, clock = session.config, session.clock
    outbox, policies = Outbox(db, rules_of(config)), policies_of(config)
    journal, compose, pace = FileJournal(config.journal), composer(config, db), pace_of(config)
    with _signals_noted() as stopped, progress_bar() as progress:
        feed = Feed(outbox, policies, compose, clock, pace=pace, limits=limits, stopped=stopped)
        return Sending(outbox, journal, policies, feed, clock, progress).run(transports_of(config))


@contextmanager
def _signals_noted() -> Iterator[Callable[[], bool]]:
    """Whether SIGTERM, SIGINT or SIGHUP came; meanwhile none of them ends the program."""
    came: list[int] = []
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.signal(number, lambda signum, _: came.append(signum)) for number in numbers]
    try:
        yield lambda: bool(came)
    finally:
        for number, action in zip(numbers, before, strict=True):
            signal.signal(number, action)


def _show(sent: Sent, *, resend: bool) -> Exit:
    """One line of what was done, and on standard error whatever needs somebody."""
    summary = summary_of(sent)
    log.info(summary, extra={state.value: count for state, count in sent.states.items()})
    if sys.stdout.isatty():
        click.echo(summary)
    for campaign, failure in sent.failures:
        click.echo(f"mpftp: {campaign}: {failure_line(failure)}", err=True)
    for campaign, count in sent.failed.items():
        named = sum(1 for name, _ in sent.failures if name == campaign)
        if count > named:
            click.echo(f"mpftp: {campaign}: {count - named} more failed", err=True)
    for campaign, count in sent.cut_off.items():
        click.echo(f"mpftp: {campaign}: {cut_off_line(count, resend)}", err=True)
    for campaign, why in sent.paused:
        click.echo(f"mpftp: {campaign} is paused: {why}", err=True)
        click.echo(f"mpftp: hint: look into it, then `mpftp campaign resume {campaign}`", err=True)
    for error in sent.errors:
        complain(error)
    return exit_code(sent)


def cut_off_line(count: int, resend: bool) -> str:
    """What becomes of messages whose answers a killed run never heard."""
    fate = 'are sent again (on_doubt = "resend")' if resend else 'stay in doubt (on_doubt = "skip")'
    return f"{count} messages were in flight when a run was cut off; they {fate}"


def failure_line(failure: Failure) -> str:
    """Where in the client's file a failed contact stands, and what its server said."""
    name, _, date = failure.campaign.rpartition("/")[2].rpartition("_")
    where = f"{TripletKey(name, date).file(InputType.MAIL)}, line {failure.line}"
    last = "given up; the last answer was " if failure.given_up else ""
    return f"{where}, <{failure.email}>: {last}{failure.code} {failure.reply}"


def summary_of(sent: Sent) -> str:
    """What one run did, on one line."""
    states = sent.states
    parts = [
        f"{states[DeliveryState.SENT]} sent",
        f"{states[DeliveryState.DEFERRED]} deferred",
        f"{states[DeliveryState.FAILED]} failed",
        f"{states[DeliveryState.SUPPRESSED]} suppressed",
    ]
    if sent.cut_off:
        parts.append(f"{sent.cut_off.total()} were in flight when a run was cut off")
    if states[DeliveryState.DOUBT]:
        parts.append(f"{states[DeliveryState.DOUBT]} left in doubt")
    if sent.finished:
        parts.append(f"{sent.finished} campaign{'s'[: sent.finished > 1]} finished")
    pace = states[DeliveryState.SENT] / sent.seconds if sent.seconds else 0
    return f"{', '.join(parts)} in {sent.seconds:.1f} s ({pace:.0f}/s)"


def exit_code(sent: Sent) -> Exit:
    """0 when all is well; 75 when only something that may pass was in the way; else 1."""
    if sent.failed or sent.paused:
        return Exit.TROUBLE
    if not sent.errors:
        return Exit.OK
    passing = all(error.exit_code == Exit.TRY_LATER for error in sent.errors)
    return Exit.TRY_LATER if passing else Exit.TROUBLE
