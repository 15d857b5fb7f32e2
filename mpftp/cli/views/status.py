"""How ``status --all`` looks: tables for people, and JSON for machines."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from enum import Enum
from typing import IO, Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from mpftp.adapters.store.overview import CampaignSummary, EventCount
from mpftp.domain.campaign import CampaignRef, CampaignState, DeliveryState, EventKind
from mpftp.domain.file_names import TripletKey
from mpftp.domain.printable import format_json
from mpftp.stages.status import UNREADABLE_STATE, Status, Trouble

STATE_COLOURS = {
    CampaignState.ACTIVE: "green",
    CampaignState.PAUSED: "yellow",
    CampaignState.CANCELLED: "red",
    CampaignState.FINISHED: "dim",
}
STATE_COLUMNS = {
    "sent": (DeliveryState.SENT,),
    "waiting": (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED),
    "failed": (DeliveryState.FAILED,),
    "doubt": (DeliveryState.IN_DOUBT,),
    "suppr.": (DeliveryState.SUPPRESSED,),
    "invalid": (DeliveryState.INVALID,),
    "repeated": (DeliveryState.REPEATED,),
    "cancelled": (DeliveryState.CANCELLED,),
}
"""The columns of deliveries: their sum is the number of MAIL's lines."""

EVENT_COLUMNS = {
    "opens": EventKind.OPEN,
    "clicks": EventKind.CLICK,
    "bounces": EventKind.BOUNCE,
    "opt-outs": EventKind.OPT_OUT,
    "complaints": EventKind.COMPLAINT,
}


def console(target: IO[str]) -> Console:
    """A console on *target*; without a terminal it draws no colours and never breaks a line."""
    width = None if target.isatty() else 200
    return Console(file=target, width=width, highlight=False, soft_wrap=False)


def print_status(status: Status, target: IO[str], zone: tzinfo | None = None) -> None:
    """Draw *status* whole, as tables; times in *zone* (``None``: this machine's), which the head names."""
    known = f"id {status.state_id}"
    if status.restored_at:
        known += f", restored {status.restored_at.astimezone(zone):%Y-%m-%d %H:%M}"
    heading = Text(f"{status.now.astimezone(zone):%Y-%m-%d %H:%M %Z}  {status.state} ({known})\n", "dim")
    parts: list[RenderableType] = [heading, _trouble(status, zone), _clients(status, zone)]
    parts += [*_suppression_files(status, zone), *_campaigns(status, zone)]
    if status.due:
        parts.append(_due(status, zone))
    if status.slow_domains:
        parts.append(Text(f"{format_slow_domains(status, zone, len(status.slow_domains))}\n"))
    if status.undecided_messages:
        parts.append(Text(f"Messages that wait for a decision: {status.undecided_messages}\n"))
    console(target).print(Group(*parts))


def format_no_client(status: Status) -> str:
    """What stands in the place of clients where there are none; unknown ones are not none."""
    if any(trouble.kind == UNREADABLE_STATE for trouble in status.trouble):
        return "Clients: unknown."
    return "The configuration has no client yet: add a table [clients.NAME]."


def make_table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table as all of ours look; the columns of *right* hold numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False,
                  padding=(0, 1, 0, 0))  # fmt: skip
    for column in columns:
        wide = column in ("campaign", "about", "what")  # the rest is short and never broken
        table.add_column(
            column, justify="right" if column in right else "left", overflow="fold", no_wrap=not wide
        )
    return table


def _clients(status: Status, zone: tzinfo | None) -> RenderableType:
    if not status.clients:
        return Text(f"{format_no_client(status)}\n")
    others = any(client.other_files for client in status.clients)
    numbers = ("campaigns", "suppressed", *(["other files"] if others else []))
    table = make_table("Clients", "client", "last visit", "server", *numbers, right=numbers)
    for client in status.clients:
        state = Text("well", "green") if client.visited_at else Text("never visited", "dim")
        if client.is_resting:
            state = Text("rests", "dim")
        elif client.failures:
            state = Text(f"failed {client.failures}x", "red")
        counts = (client.campaigns, client.suppressed, client.other_files)[: len(numbers)]
        table.add_row(client.name, format_time(client.visited_at, zone), state, *map(str, counts))
    return table


def _suppression_files(status: Status, zone: tzinfo | None) -> Iterator[Table]:
    """The clients' own lists, if there are any."""
    numbers = ("lines", "added", "known", "invalid")
    table = make_table("Suppression files", "client", "file", "read at", *numbers, right=numbers)
    for client in status.clients:
        for one in client.suppression_files:
            counts = map(str, (one.lines, one.added, one.known, one.invalid))
            table.add_row(client.name, Text(one.file), format_time(one.taken_at, zone), *counts)
    if table.row_count:
        yield table


def _campaigns(status: Status, zone: tzinfo | None) -> Iterator[RenderableType]:
    if not status.campaigns:
        return
    used = {
        title: states
        for title, states in STATE_COLUMNS.items()
        if title in ("sent", "waiting") or any(_sum(campaign, states) for campaign in status.campaigns)
    }
    table = make_table(
        "Campaigns", "id", "campaign", "folder", "state", "fragments", "results", right=("id", "fragments")
    )
    lines = make_table("Deliveries", "id", "campaign", "lines", *used, right=("id", "lines", *used))
    for campaign in status.campaigns:
        table.add_row(
            str(campaign.ref.id),
            str(campaign.ref),
            Text(campaign.folder),
            Text(campaign.state, STATE_COLOURS[campaign.state]),
            f"{campaign.fragments_finished}/{campaign.fragments}",
            _results(campaign, zone),
        )
        counts = (str(_sum(campaign, states) or "-") for states in used.values())
        lines.add_row(str(campaign.ref.id), str(campaign.ref), str(campaign.lines), *counts)
    yield table
    yield lines
    if any(campaign.events for campaign in status.campaigns):
        yield _events(status)
    if any(count.marks for campaign in status.campaigns for count in campaign.events.values()):
        yield _marks(status)


def _sum(campaign: CampaignSummary, states: tuple[DeliveryState, ...]) -> int:
    return sum(campaign.deliveries.get(state, 0) for state in states)


def _results(campaign: CampaignSummary, zone: tzinfo | None) -> str:
    done = [edition for edition in campaign.editions if edition.published_at]
    open_ = [edition for edition in campaign.editions if not edition.published_at]
    if open_ and open_[-1].trouble:
        return "in trouble"
    if open_:
        return f"due {format_time(open_[-1].due_at, zone)}"
    return f"published {format_time(done[-1].published_at, zone).partition(' ')[0]}" if done else "-"


def _events(status: Status) -> Table:
    used = {
        title: kind
        for title, kind in EVENT_COLUMNS.items()
        if any(kind in campaign.events for campaign in status.campaigns)
    }
    table = make_table("Events (of them by machines)", "id", "campaign", *used, right=("id", *used))
    for campaign in status.campaigns:
        if campaign.events:
            cells = [_count(campaign.events.get(kind)) for kind in used.values()]
            table.add_row(str(campaign.ref.id), str(campaign.ref), *cells)
    return table


def _marks(status: Status) -> Table:
    table = make_table("Machines", "id", "campaign", "event", "taken for a machine because of", right=("id",))
    for campaign in status.campaigns:
        for kind, count in campaign.events.items():
            if count.marks:
                reason = ", ".join(f"{mark} {count_of_mark}" for mark, count_of_mark in count.marks.items())
                table.add_row(str(campaign.ref.id), str(campaign.ref), kind, reason)
    return table


def _count(count: EventCount | None) -> str:
    if count is None:
        return "-"
    return f"{count.all} ({count.marked})" if count.marked else str(count.all)


def _due(status: Status, zone: tzinfo | None) -> Table:
    table = make_table("Next", "when", "what", "campaign")
    words = {"fragment": "send fragment", "edition": "publish edition"}
    for due in status.due[:10]:
        table.add_row(format_time(due.at, zone), f"{words[due.kind]} {due.number}", due.campaign)
    if len(status.due) > 10:
        table.caption = f"and {len(status.due) - 10} more"
    return table


def _trouble(status: Status, zone: tzinfo | None) -> RenderableType:
    if not status.trouble:
        return Text("No trouble.\n", "green")
    table = make_table("Trouble", "about", "what")
    table.title_style = "bold red"
    for trouble in status.trouble:
        table.add_row(trouble.about, format_trouble(trouble, zone))
    return table


def format_trouble(trouble: Trouble, zone: tzinfo | None, zone_suffix: str = "") -> str:
    """What is wrong, and since when, in *zone*, which the caller names, unless *zone_suffix* does."""
    since = f" (since {format_time(trouble.since, zone)}{zone_suffix})" if trouble.since else ""
    return f"{trouble.text}{since}"


def format_slow_domains(status: Status, zone: tzinfo | None, most: int) -> str:
    """The domains that rest for having asked for patience, *most* of them by name, on one line."""
    named = [
        f"{one.domain} rests until {one.until.astimezone(zone):%H:%M} ({one.code})"
        for one in status.slow_domains[:most]
    ]
    more = len(status.slow_domains) - len(named)
    return f"Slow: {', '.join(named)}{f' and {more} more' if more else ''}"


def format_time(value: datetime | None, zone: tzinfo | None) -> str:
    """*value* for people, in *zone*; ``-`` without one."""
    return f"{value.astimezone(zone):%Y-%m-%d %H:%M}" if value else "-"


def to_json(status: Status) -> str:
    """*status* as one JSON document; times as ISO 8601 in UTC."""
    return format_json(to_json_value(status), indent=2)


def to_json_value(value: Any) -> Any:
    """*value* in JSON's own types: dataclasses as objects, enumerations and moments as texts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json_value(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, CampaignRef):
        name = {"client": value.client, "name": value.key.name, "date": value.key.date}
        return {"id": value.id, "campaign": str(value), **name}
    if isinstance(value, TripletKey):
        return value._asdict()
    if isinstance(value, Mapping):
        return {str(to_json_value(key)): to_json_value(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json_value(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.value if isinstance(value, Enum) else value
