"""``read_status``: what the state file says of clients and campaigns, what comes next, what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum

from mpftp.adapters.store.open_campaigns import OpenCampaign
from mpftp.adapters.store.overview import CampaignSummary, ClientSummary, Overview, RefusalSummary
from mpftp.adapters.store.runs import LastRun
from mpftp.domain.campaign import CampaignState, is_held
from mpftp.domain.file_names import InputType
from mpftp.domain.lasting import UNKNOWN_LINES, SaidTrouble
from mpftp.domain.sending.due import DueItem, find_next_sends
from mpftp.domain.sending.schedule import SendPolicy
from mpftp.domain.sending.slowing import SlowDomain
from mpftp.domain.texts import count_text

DEFAULT_NEWEST_CAMPAIGNS = 20
"""Campaigns that are shown in figures, the newest, in any state."""

MAX_FULL_UNDER_WAY = 200
"""Campaigns beside them that are active or paused and shown in figures, the newest."""

OVERDUE_AFTER = timedelta(hours=2)
"""How long after its moment something that cron should have done counts as overlooked."""

MAX_NAMED_FILES = 6
"""Wrong file names that are shown of one refusal."""

UNDECIDED_AFTER = timedelta(days=1)
"""How long a message that was not recognized may wait for a person's decision."""

TROUBLE_AGE = timedelta(days=7)
"""For how long something that cannot be corrected any more is shown as trouble."""


UNREADABLE_STATE = "unreadable"
"""The kind of trouble that one of several states cannot be read: how it stands there is unknown."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should look at; *kind* is a word for machines, *about* a name.

    *critical*: somebody is not mailed, or the state is damaged.
    """

    kind: str
    about: str
    text: str
    since: datetime | None = None
    critical: bool = False


class CheckLevel(IntEnum):
    """What ``status --check`` exits with, as monitoring plugins do."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The file system under *path*, in bytes."""

    path: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class MachineSummary:
    """What lies around the state file: bytes of the event log and messages that no run has taken in yet."""

    events_waiting_bytes: int = 0
    reports_waiting: int = 0
    state_bytes: int = 0
    disks: tuple[DiskSpace, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that ``read_status`` shows, taken at *now*.

    *undecided_messages* of the bounce mailbox wait for a decision (``bounces --review``);
    *counted_addresses* have bounces that count and are not suppressed yet. *state_id* tells the state from
    the one that it was before a restore, at *restored_at*. *slow_domains* asked for patience, and rest.
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
    runs: tuple[LastRun, ...] = ()
    machine: MachineSummary = MachineSummary()
    states: Mapping[CampaignState, int] = field(default_factory=dict)
    state_id: str = ""
    restored_at: datetime | None = None
    slow_domains: tuple[SlowDomain, ...] = ()

    @property
    def level(self) -> CheckLevel:
        """How bad the worst trouble is."""
        if any(trouble.critical for trouble in self.trouble):
            return CheckLevel.CRITICAL
        if any(trouble.kind == UNREADABLE_STATE for trouble in self.trouble):
            return CheckLevel.UNKNOWN
        return CheckLevel.WARNING if self.trouble else CheckLevel.OK

    @property
    def oldest_due(self) -> datetime | None:
        """Since when the fragment that waits longest for ``send`` is due."""
        due = [item.at for item in self.due if item.kind == "fragment" and item.at <= self.now]
        return min(due, default=None)


def read_status(
    overview: Overview,
    state: str,
    configured: Mapping[str, bool],
    now: datetime,
    *,
    policies: Mapping[str, SendPolicy],
    is_sending: bool = False,
    noticed: Iterable[Trouble] = (),
    client: str | None = None,
    check: bool = False,
    newest: int | None = DEFAULT_NEWEST_CAMPAIGNS,
    machine: MachineSummary = MachineSummary(),
    slow_domains: Iterable[SlowDomain] = (),
) -> Status:
    """Look at everything, or at one *client*; with *check*, at the whole state file in place of figures.

    Troubles and what is due are told of every campaign. In figures are shown as many as *newest* of them,
    and the newest ``MAX_FULL_UNDER_WAY`` of those under way (``None``: all).

    *configured* are the configuration's clients, each with whether it is visited or rests: one that was
    never visited is shown all the same; *policies* say when their campaigns may go out. *is_sending* says
    that ``send`` runs. *noticed* is trouble that was found elsewhere.
    """
    summaries = list(overview.clients())
    removed = {summary.name for summary in summaries if summary.is_removed and summary.name not in configured}
    known = {summary.name: summary for summary in summaries if summary.name not in removed}
    names = [name for name in sorted({*configured, *known}) if client in (None, name)]
    clients = tuple(
        replace(known.get(name, ClientSummary(name)), is_resting=not configured.get(name, True))
        for name in names
    )
    open_campaigns = overview.open_campaigns(now - TROUBLE_AGE, client)
    followed = [campaign for campaign in open_campaigns if campaign.ref.client not in removed]
    refusals, runs, alerts = tuple(overview.refusals(client)), tuple(overview.last_runs()), overview.alerts()
    active_at = now if is_sending else _end_of_last_send(runs)
    sends = find_next_sends(overview.waiting_fragments(), policies, now, active_at)
    overlooked = {} if _is_kept_by_relay(alerts, active_at, now) else sends
    undecided, since = overview.undecided_messages()
    trouble = [
        *_undecided(undecided, since, now),
        *_unreviewed(overview.unreviewed_suppressions()),
        *noticed,
        *_state_damage(overview if check else None),
        *_alerts(alerts),
        *_said(overview.said_troubles()),
        *_clients(clients),
        *_collect_not_running([known[name] for name in known if configured.get(name, True)], now),
        *_orphans(followed, configured),
        *_refused(refusals, now),
        *(trouble for campaign in followed for trouble in _campaign(campaign, overlooked, now)),
    ]
    due = tuple(sorted((due for one in followed for due in _due(one, sends)), key=lambda due: due.at))
    return Status(
        now,
        state,
        clients,
        () if check else tuple(_summaries(overview.campaigns(client, newest, MAX_FULL_UNDER_WAY), sends)),
        refusals,
        due,
        tuple(sorted(trouble, key=lambda one: not one.critical)),
        undecided,
        overview.counted_addresses(),
        runs,
        machine,
        overview.count_campaigns(client),
        *overview.identity(),
        tuple(one for one in slow_domains if one.until > now),
    )


def _end_of_last_send(runs: Iterable[LastRun]) -> datetime | None:
    return next(
        (run.started_at + timedelta(seconds=run.seconds) for run in runs if run.command == "send"), None
    )


def _summaries(
    campaigns: Iterable[CampaignSummary], sends: Mapping[int, DueItem]
) -> Iterator[CampaignSummary]:
    """Yield *campaigns*, those under way with the time of their next messages in place of the planned one."""
    for campaign in campaigns:
        send = sends.get(campaign.ref.id)
        yield replace(campaign, next_fragment_at=send.at) if send else campaign


def merge_statuses(statuses: Mapping[str, Status], unreadable: Iterable[Trouble], now: datetime) -> Status:
    """The *statuses* of several hosts or shards as one, where each client is called ``NAME:CLIENT``.

    *unreadable* are those of which there is none.
    """
    named = [_rename(status, name) for name, status in statuses.items()]
    trouble = [*unreadable, *(one for status in named for one in status.trouble)]
    states: Counter[CampaignState] = Counter()
    for status in named:
        states.update(status.states)
    return Status(
        now,
        ", ".join(status.state for status in named),
        tuple(client for status in named for client in status.clients),
        tuple(campaign for status in named for campaign in status.campaigns),
        tuple(refusal for status in named for refusal in status.refusals),
        tuple(sorted((due for status in named for due in status.due), key=lambda due: due.at)),
        tuple(sorted(trouble, key=lambda one: (not one.critical, one.kind != UNREADABLE_STATE))),
        sum(status.undecided_messages for status in named),
        sum(status.counted_addresses for status in named),
        machine=_merge_machines([status.machine for status in named]),
        states=states,
        slow_domains=tuple(domain for status in named for domain in status.slow_domains),
    )


def _rename(status: Status, name: str) -> Status:
    """*status* with the *name* of its host or shard before each client, campaign and trouble."""
    return replace(
        status,
        clients=tuple(replace(client, name=f"{name}:{client.name}") for client in status.clients),
        campaigns=tuple(
            replace(one, ref=one.ref._replace(client=f"{name}:{one.ref.client}")) for one in status.campaigns
        ),
        refusals=tuple(replace(one, client=f"{name}:{one.client}") for one in status.refusals),
        due=tuple(replace(one, campaign=f"{name}:{one.campaign}") for one in status.due),
        trouble=tuple(replace(one, about=f"{name}:{one.about}") for one in status.trouble),
    )


def _merge_machines(machines: Iterable[MachineSummary]) -> MachineSummary:
    total = MachineSummary()
    for one in machines:
        total = MachineSummary(
            total.events_waiting_bytes + one.events_waiting_bytes,
            total.reports_waiting + one.reports_waiting,
            total.state_bytes + one.state_bytes,
            (*total.disks, *(disk for disk in one.disks if disk not in total.disks)),
        )
    return total


def _undecided(count: int, since: datetime | None, now: datetime) -> Iterator[Trouble]:
    """Yield trouble for messages that have waited more than a day for a decision."""
    if since and now - since > UNDECIDED_AFTER:
        text = f"{count} wait for a decision: `mpftp bounces --review`"
        yield Trouble("undecided", "bounce mailbox", text, since)


def _unreviewed(count: int) -> Iterator[Trouble]:
    """Suppressions of an earlier version that today's rule would not make."""
    if count:
        text = f"{count} made by bounces would not be made today: `mpftp suppress review`"
        yield Trouble("review", "suppression list", text)


def _due(campaign: OpenCampaign, sends: Mapping[int, DueItem]) -> Iterator[DueItem]:
    if campaign.ref.id in sends:
        yield sends[campaign.ref.id]
    for edition in campaign.editions:
        yield DueItem(edition.due_at, "edition", edition.edition, str(campaign.ref))


def _state_damage(overview: Overview | None) -> Iterator[Trouble]:
    for line in overview.find_damage() if overview else ():
        yield Trouble("state", "state file", line, critical=True)


def _is_kept_by_relay(
    alerts: Iterable[tuple[str, str, datetime]], active_at: datetime | None, now: datetime
) -> bool:
    """Whether ``send`` is run and the relay, which has an alert of its own, is why fragments wait."""
    is_run = active_at is not None and now - active_at <= OVERDUE_AFTER
    return is_run and any(place == "relay" for place, *_ in alerts)


def _alerts(alerts: Iterable[tuple[str, str, datetime]]) -> Iterator[Trouble]:
    for place, text, since in alerts:
        yield Trouble("obstacle", place, text, since, critical=True)


def _said(said: Iterable[SaidTrouble]) -> Iterator[Trouble]:
    """What commands met and said once, as far as it is shown nowhere else."""
    for one in said:
        is_command = one.place in ("", "warning")
        elsewhere = one.place == "relay" or (
            one.command in ("collect", "publish")
            and not (is_command or one.place.endswith(": notify") or one.topic == UNKNOWN_LINES)
        )
        if not elsewhere and not one.silent:
            about = f"mpftp {one.command}" if is_command else one.place
            critical = one.place == "" and one.command == "send"
            yield Trouble("lasting", about, one.text, one.since, critical)


def _clients(clients: tuple[ClientSummary, ...]) -> Iterator[Trouble]:
    for client in clients:
        if client.failures and not client.is_resting:
            visits = "visit" if client.failures == 1 else "visits in a row"
            yield Trouble("client", client.name, f"{client.failures} {visits} failed: {client.trouble}")


def _collect_not_running(clients: Iterable[ClientSummary], now: datetime) -> Iterator[Trouble]:
    """Yield trouble if no client was visited for so long that ``collect`` cannot run hourly."""
    last = max((client.visited_at for client in clients if client.visited_at), default=None)
    if last and now - last > OVERDUE_AFTER:
        yield Trouble("collect", "all clients", "no visit; does `mpftp collect` run?", last)


def _orphans(campaigns: Iterable[OpenCampaign], configured: Collection[str]) -> Iterator[Trouble]:
    """Clients that left the configuration before their campaigns were done."""
    undone = {
        campaign.ref.client
        for campaign in campaigns
        if campaign.editions or campaign.state in (CampaignState.ACTIVE, CampaignState.PAUSED)
    }
    for name in sorted(undone.difference(configured)):
        yield Trouble("client", name, "has campaigns to finish, but is no longer in the configuration")


def _refused(refusals: tuple[RefusalSummary, ...], now: datetime) -> Iterator[Trouble]:
    for refusal in refusals:
        if now - refusal.refused_at > TROUBLE_AGE:
            continue
        about = f"{refusal.client}/{refusal.key.name}_{refusal.key.date}"
        own = {refusal.key.file(kind) for kind in InputType}
        misnamed = [name for name in refusal.files if name not in own]
        more = f" and {len(misnamed) - MAX_NAMED_FILES} more" if len(misnamed) > MAX_NAMED_FILES else ""
        names = f" ({', '.join(misnamed[:MAX_NAMED_FILES])}{more})" if misnamed else ""
        rules = ", ".join(refusal.rules) or "see its findings"
        upload = "suppression file" if refusal.is_list else "triplet"
        yield Trouble("refused", about, f"{upload} refused: {rules}{names}", refusal.refused_at)


def _campaign(campaign: OpenCampaign, sends: Mapping[int, DueItem], now: datetime) -> Iterator[Trouble]:
    name = str(campaign.ref)
    if is_held(campaign.state, campaign.state_reason):
        text = f"held: {campaign.state_reason}; decide: `mpftp campaign resume`, `retry` or `cancel`"
        yield Trouble("paused", name, text, critical=True)
    if campaign.in_doubt:
        deliveries = count_text("1 delivery|{count} deliveries", campaign.in_doubt)
        text = f"{deliveries} in doubt: the answer was lost"
        yield Trouble("doubt", name, text)
    tried = {edition.edition for edition in campaign.editions if edition.trouble}
    for due in _due(campaign, sends):
        if now - due.at > OVERDUE_AFTER and not (due.kind == "edition" and due.number in tried):
            command = "send" if due.kind == "fragment" else "publish"
            text = f"{due.kind} {due.number} is overdue; does `mpftp {command}` run?"
            yield Trouble("overdue", name, text, due.at, critical=due.kind == "fragment")
    for edition in campaign.editions:
        if edition.trouble:
            yield Trouble("publish", name, f"edition {edition.edition} not published: {edition.trouble}")
