"""``read_status``: what the state file says of clients and campaigns, what comes next, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpftp.adapters.store.overview import CampaignSummary, ClientSummary, Overview, RefusalSummary
from mpftp.domain.campaign import CampaignState, DeliveryState
from mpftp.domain.file_names import InputType
from mpftp.domain.lasting import SaidTrouble

SHOWN_CAMPAIGNS = 20
"""Campaigns that are done and still shown, the newest; those that are not done are shown always."""

OVERDUE_AFTER = timedelta(hours=2)
"""How long after its moment something that cron should have done counts as overlooked."""

SHOWN_FILES = 6
"""Wrong file names that are shown of one refusal."""

UNDECIDED_AFTER = timedelta(days=1)
"""How long a message that nobody could place may wait for a person's decision."""

TROUBLE_AGE = timedelta(days=7)
"""For how long what nobody can mend any more, or nobody will, is told as trouble."""


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something that will happen at *at* unless somebody stops it: a ``fragment`` or an ``edition``."""

    at: datetime
    what: str
    number: int
    campaign: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should look at; *kind* is a word for machines, *about* a name."""

    kind: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that ``read_status`` shows, taken at *now*.

    *undecided_messages* of the bounce mailbox wait for a decision (``bounces --review``);
    *counted_addresses* have bounces that count and are not suppressed yet.
    """

    now: datetime
    state: str
    clients: tuple[ClientSummary, ...]
    campaigns: tuple[CampaignSummary, ...]
    refusals: tuple[RefusalSummary, ...]
    due: tuple[DueItem, ...]
    trouble: tuple[Trouble, ...]
    undecided_messages: int = 0
    counted_addresses: int = 0


def read_status(
    overview: Overview,
    state: str,
    configured: tuple[str, ...],
    now: datetime,
    *,
    client: str | None = None,
    check: bool = False,
    newest: int | None = SHOWN_CAMPAIGNS,
) -> Status:
    """Look at everything, or at one *client*; with *check* the whole state file is verified, too.

    Of the campaigns that are done as many as *newest* are looked at (``None``: all of them).

    *configured* are the configuration's clients: one that was never visited is shown all the same.
    """
    known: Mapping[str, ClientSummary] = {look.name: look for look in overview.clients()}
    names = [name for name in sorted({*configured, *known}) if client in (None, name)]
    clients = tuple(known.get(name, ClientSummary(name)) for name in names)
    campaigns = tuple(overview.campaigns(client, newest))
    refusals = tuple(overview.refusals(client))
    undecided, since = overview.undecided_messages()
    trouble = [
        *_undecided(undecided, since, now),
        *_unreviewed(overview.unreviewed_suppressions()),
        *_state_damage(overview if check else None),
        *_alerts(overview),
        *_said(overview.said_troubles()),
        *_clients(clients),
        *_collect_not_running(known.values(), now),
        *_orphans(campaigns, configured),
        *_refused(refusals, now),
        *(trouble for campaign in campaigns for trouble in _campaign(campaign, now)),
    ]
    due = tuple(sorted((due for look in campaigns for due in _due(look)), key=lambda due: due.at))
    counted = overview.counted_addresses()
    return Status(now, state, clients, campaigns, refusals, due, tuple(trouble), undecided, counted)


def _undecided(count: int, since: datetime | None, now: datetime) -> Iterator[Trouble]:
    """Messages of people and servers that nobody looked at for a day."""
    if since and now - since > UNDECIDED_AFTER:
        text = f"{count} wait for a decision since {since:%F %R}Z: `mpftp bounces --review`"
        yield Trouble("undecided", "bounce mailbox", text)


def _unreviewed(count: int) -> Iterator[Trouble]:
    """Suppressions of an earlier version that today's rule would not make."""
    if count:
        text = f"{count} made by bounces would not be made today: `mpftp suppress review`"
        yield Trouble("review", "suppression list", text)


def _due(look: CampaignSummary) -> Iterator[DueItem]:
    name = str(look.ref)
    if look.state is CampaignState.ACTIVE and look.next_fragment_at:
        yield DueItem(look.next_fragment_at, "fragment", look.fragments_finished + 1, name)
    for edition in look.editions:
        if edition.published_at is None:
            yield DueItem(edition.due_at, "edition", edition.edition, name)


def _state_damage(overview: Overview | None) -> Iterator[Trouble]:
    for line in overview.check_integrity() if overview else ():
        yield Trouble("state", "state file", line)


def _alerts(overview: Overview) -> Iterator[Trouble]:
    for place, text, since in overview.alerts():
        yield Trouble("obstacle", place, f"{text} (since {since:%F %R}Z)")


def _said(said: Iterable[SaidTrouble]) -> Iterator[Trouble]:
    """What commands met and said once, as far as it is shown nowhere else."""
    shown = {("collect", False), ("publish", False)}
    for one in said:
        is_command = one.place in ("", "warning")
        if one.place != "relay" and (one.command, is_command or one.place.endswith(": notify")) not in shown:
            about = one.place if one.place not in ("", "warning") else f"mpftp {one.command}"
            yield Trouble("lasting", about, f"{one.text} (since {one.since:%F %R}Z)")


def _clients(clients: tuple[ClientSummary, ...]) -> Iterator[Trouble]:
    for look in clients:
        if look.failures:
            visits = "visit" if look.failures == 1 else "visits in a row"
            yield Trouble("client", look.name, f"{look.failures} {visits} failed: {look.trouble}")


def _collect_not_running(clients: Iterable[ClientSummary], now: datetime) -> Iterator[Trouble]:
    """Nobody was visited for so long that ``collect`` cannot be running every hour."""
    last = max((look.visited_at for look in clients if look.visited_at), default=None)
    if last and now - last > OVERDUE_AFTER:
        yield Trouble("collect", "all clients", f"no visit since {last:%F %R}Z; does `mpftp collect` run?")


def _orphans(campaigns: tuple[CampaignSummary, ...], configured: tuple[str, ...]) -> Iterator[Trouble]:
    """Clients that left the configuration before their campaigns were done."""
    undone = {look.ref.client for look in campaigns if any(_due(look)) or look.state is CampaignState.PAUSED}
    for name in sorted(undone.difference(configured)):
        yield Trouble("client", name, "has campaigns to finish, but is no longer in the configuration")


def _refused(refusals: tuple[RefusalSummary, ...], now: datetime) -> Iterator[Trouble]:
    for refusal in refusals:
        if now - refusal.refused_at > TROUBLE_AGE:
            continue
        about = f"{refusal.client}/{refusal.key.name}_{refusal.key.date}"
        own = {refusal.key.file(kind) for kind in InputType}
        odd = [name for name in refusal.files if name not in own]
        more = f" and {len(odd) - SHOWN_FILES} more" if len(odd) > SHOWN_FILES else ""
        names = f" ({', '.join(odd[:SHOWN_FILES])}{more})" if odd else ""
        rules = ", ".join(refusal.rules) or "see its findings"
        yield Trouble("refused", about, f"triplet refused: {rules}{names}")


def _campaign(look: CampaignSummary, now: datetime) -> Iterator[Trouble]:
    name = str(look.ref)
    if look.state is CampaignState.PAUSED:
        yield Trouble("paused", name, f"paused: {look.state_reason or 'by an operator'}")
    in_doubt = look.deliveries.get(DeliveryState.IN_DOUBT, 0)
    if in_doubt and now - (look.finished_at or now) <= TROUBLE_AGE:
        yield Trouble("doubt", name, f"{in_doubt} deliveries in doubt: their answer was lost in a crash")
    for due in _due(look):
        if now - due.at > OVERDUE_AFTER:
            command = "send" if due.what == "fragment" else "publish"
            text = f"{due.what} {due.number} is overdue since {due.at:%F %R}Z; does `mpftp {command}` run?"
            yield Trouble("overdue", name, text)
    for edition in look.editions:
        if edition.trouble:
            yield Trouble("publish", name, f"edition {edition.edition} not published: {edition.trouble}")
