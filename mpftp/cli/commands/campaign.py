"""``mpftp campaign``: look at campaigns one by one, and give orders about them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mpftp.cli.context import CommandContext, common_options, find_one_campaign
from mpftp.cli.lookup import NearestCommandGroup
from mpftp.cli.questions import confirm
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.printable import format_json
from mpftp.errors import ConfigError, Exit, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from mpftp.adapters.config import ClientTable
    from mpftp.adapters.store.campaign_control import CampaignControl, CampaignDetail
    from mpftp.adapters.store.database import Database
    from mpftp.domain.campaign import CampaignRef
    from mpftp.domain.sending.forecast import Forecast
    from mpftp.domain.sending.transport import Outcome

SETTLEMENT_SECONDS = 5.0  # seconds for a running `send` to give back what may not go out any more
SETTLEMENT_POLL_SECONDS = 0.05  # seconds

CAMPAIGN = click.argument("campaign", metavar="CAMPAIGN")


@click.group(cls=NearestCommandGroup)
def command() -> None:
    """Show and control single campaigns.

    CAMPAIGN is an id, NAME_DATE, or CLIENT/NAME_DATE.
    """


@command.command("list")
@click.option("--client", metavar="NAME", help="Only this client's.")
@click.option("--folder", metavar="NAME", help="Only campaigns stored in this folder (CONF's pasta).")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the newest so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
def list_(
    context: CommandContext, client: str | None, folder: str | None, limit: int | None, as_json: bool
) -> Exit:
    """One line a campaign, the newest first."""
    from mpftp.adapters.store.campaign_list import list_campaigns
    from mpftp.cli.views.campaign import format_list, to_list_item

    with context.database(read_only=True) as db:
        campaigns = list_campaigns(db, client, folder, limit)
    if as_json:
        click.echo(format_json([to_list_item(campaign) for campaign in campaigns], indent=2))
    else:
        click.echo("\n".join(format_list(campaigns)))
    return Exit.OK


@command.command()
@CAMPAIGN
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
def show(context: CommandContext, campaign: str, as_json: bool) -> Exit:
    """What will go out when, who is left out and why, when results are due; later, what became of all.

    The lines of MAIL are always the sum over the states shown.
    """
    from mpftp.adapters.store.campaign_control import CampaignControl
    from mpftp.cli.views.campaign import format_detail, to_detail_json

    with context.database(read_only=True) as db:
        control = CampaignControl(db)
        detail = control.load_detail(find_one_campaign(db, campaign).id)
        client = context.config.clients.get(detail.client)
        forecast = _forecast(context, control, detail, client) if client else None
    if as_json:
        click.echo(format_json(to_detail_json(detail, forecast), indent=2))
    else:
        for line in format_detail(detail, forecast, context.clock()):
            click.echo(line)
    return Exit.OK


def _forecast(
    context: CommandContext, control: CampaignControl, detail: CampaignDetail, client: ClientTable
) -> Forecast | None:
    from mpftp.domain.sending.forecast import forecast_fragments
    from mpftp.domain.sending.rate_limit import parse_rate
    from mpftp.wiring.sending import build_send_policies

    if detail.finished_at is not None:
        return None
    rates = {domain.lower(): parse_rate(text) for domain, text in context.config.throttle.items()}
    policy = build_send_policies(context.config)[detail.client]
    return forecast_fragments(control.fragments(detail.id), policy, rates, context.clock())


@command.command()
@CAMPAIGN
@click.option("--reason", default="paused by the operator", show_default=True, help="Shown by status.")
@common_options
def pause(context: CommandContext, campaign: str, reason: str) -> Exit:
    """Stop sending until `resume`; outcomes of messages in flight are still stored."""

    def order(control: CampaignControl, ref: CampaignRef) -> None:
        control.pause(ref.id, reason, context.clock())

    return _run_action(context, campaign, order, "is paused")


@command.command()
@CAMPAIGN
@common_options
def resume(context: CommandContext, campaign: str) -> Exit:
    """Go on with a paused campaign; its failure rate is counted anew."""
    return _run_action(
        context, campaign, lambda control, ref: control.resume(ref.id), "goes on with the next send"
    )


@command.command()
@CAMPAIGN
@click.option("--reason", default="cancelled by the operator", show_default=True, help="Shown by status.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def cancel(context: CommandContext, campaign: str, reason: str, yes: bool) -> Exit:
    """Stop sending for good. The results of what went out are still published."""
    from mpftp.domain.texts import count_text

    if not yes:
        with context.database(read_only=True) as db:
            ref = find_one_campaign(db, campaign)
        confirm(f"Cancel {ref} for good?")

    def order(control: CampaignControl, ref: CampaignRef) -> str:
        control.cancel(ref.id, reason, context.clock(), _results_due_at(context, ref.client))
        in_flight = _wait_for_settlement(control, ref.id)
        stopped = control.load_detail(ref.id).states[DeliveryState.CANCELLED]
        fate = f"; {in_flight} are in flight, and may still arrive" if in_flight else ""
        left = count_text("1 message|{count} messages", stopped)
        return f"is cancelled; {left} will not go out{fate}"

    return _run_action(context, campaign, order, "")


def _wait_for_settlement(control: CampaignControl, campaign_id: int) -> int:
    """Wait until a running ``send`` gave back what it had claimed; how many it has not, when it is stuck.

    What a killed run left claimed never changes, so waiting ends when nothing has for a while.
    """
    claimed, changed_at = -1, time.monotonic()
    while time.monotonic() - changed_at < SETTLEMENT_SECONDS:
        before, claimed = claimed, control.load_detail(campaign_id).states[DeliveryState.CLAIMED]
        if not claimed:
            break
        if claimed != before:
            changed_at = time.monotonic()
        time.sleep(SETTLEMENT_POLL_SECONDS)
    return claimed


def _results_due_at(context: CommandContext, client_name: str) -> Callable[[datetime], datetime]:
    from mpftp.domain.sending.fragments import results_due_at

    client = context.config.clients.get(client_name)
    if client is None:
        return lambda at: at
    return lambda at: results_due_at(at, client.results_after_days, client.zone)


@command.command()
@CAMPAIGN
@common_options
def retry(context: CommandContext, campaign: str) -> Exit:
    """Try deferred messages at once, and failed ones and those in doubt once more.

    What this campaign's refusals suppressed is taken back; whoever is suppressed beside is not tried.
    """

    def order(control: CampaignControl, ref: CampaignRef) -> str:
        plan = control.retry(ref.id, context.clock())
        start = "goes on and tries" if plan.goes_on else "tries"
        when = f"once `mpftp campaign resume {ref}` is said" if plan.is_paused else "with the next send"
        message = f"{start} {plan.deferred} deferred and {plan.failed} failed messages again {when}"
        if not plan.not_tried:
            return message
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(plan.not_tried.items()))
        left_out = f"{plan.not_tried.total()} are not tried, for their addresses are suppressed"
        return f"{message}; {left_out}: {reasons}"

    return _run_action(context, campaign, order, "")


def _run_action(
    context: CommandContext, spec: str, order: Callable[[CampaignControl, CampaignRef], Any], done: str
) -> Exit:
    """Carry out *order* in the state file, and say what happened."""
    from mpftp.adapters.store.campaign_control import CampaignControl
    from mpftp.wiring.sending import build_repetition

    with context.database() as db:
        ref = find_one_campaign(db, spec)
        message = order(CampaignControl(db, build_repetition(context.config)), ref)
    click.echo(f"{ref} {message or done}")
    return Exit.OK


@command.command()
@CAMPAIGN
@click.option("--to", "recipient", metavar="ADDRESS", required=True, help="Who gets the test message.")
@click.option("--contact", metavar="ADDRESS", help="Whose values fill it; default: the first contact's.")
@common_options
def test(context: CommandContext, campaign: str, recipient: str, contact: str | None) -> Exit:
    """Send one message, marked as a test; it counts nowhere."""
    with context.database(read_only=True) as db:
        ref = find_one_campaign(db, campaign)
        outcome = _send_test(context, db, ref, recipient, contact)
    reply_text = f"{outcome.code} {outcome.reply}".strip()
    if outcome.verdict != "accepted":
        raise UsageError(
            f"the test message to {recipient} was not accepted ({outcome.verdict}): {reply_text}"
        )
    click.echo(f"test of {ref} sent to {recipient}: {reply_text}")
    return Exit.OK


def _send_test(
    context: CommandContext, db: Database, ref: CampaignRef, recipient: str, contact: str | None
) -> Outcome:
    from mpftp.adapters.store.campaign_control import CampaignControl
    from mpftp.domain.sending.transport import DeliveryRequest
    from mpftp.domain.texts import texts
    from mpftp.domain.tokens import TEST_DELIVERY_BASE
    from mpftp.wiring.sending import deliver_one, make_template_loader

    client = context.config.clients.get(ref.client)
    if client is None:
        raise ConfigError(f"the configuration has no client {ref.client!r}")
    example = CampaignControl(db).find_sample_contact(ref.id, contact)
    if example is None:
        raise UsageError(f"{ref} has no contact {contact or ''}".rstrip())
    subject_prefix = texts(client.language).MESSAGE["trial"]
    template = make_template_loader(context.config, db, subject_prefix=subject_prefix)(ref.id)
    request = DeliveryRequest(
        TEST_DELIVERY_BASE + ref.id, template, recipient, example[1], context.clock().replace(microsecond=0)
    )
    return deliver_one(context.config, ref.client, request)
