"""How ``status`` looks by itself: one page of a terminal for any number of clients and campaigns.

Trouble stands first; what is well or done is counted, and ``--all`` shows it.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import IO

from rich.text import Text

from mpftp.adapters.store.overview import CampaignSummary, ClientSummary
from mpftp.cli.views.status import (
    STATE_COLOURS,
    STATE_COLUMNS,
    console,
    format_no_client,
    format_slow_domains,
    format_time,
    format_trouble,
)
from mpftp.domain.campaign import CampaignState
from mpftp.domain.printable import escape_invisible
from mpftp.domain.sending.due import DueItem
from mpftp.stages.status import Status

WIDTH = 80
MAX_TROUBLES = 5
MAX_CLIENTS = 3
MAX_PAGE_CAMPAIGNS = 5
MAX_DUE = 2
MAX_SLOW_DOMAINS = 1
CAMPAIGN_HEADER = ("ID", "CAMPAIGN", "STATE", "SENT", "WAIT", "FAIL", "NEXT")
NAME_COLUMN = 1
NUMBER_COLUMNS = (0, 3, 4, 5)

Line = tuple[str, str]
"""A line of the page, and its style on a terminal."""


def print_page(status: Status, target: IO[str], zone: tzinfo | None = None) -> None:
    """Write *status* as at most 23 lines of 80 columns; times in *zone*, which the first line names."""
    width = max(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns) if target.isatty() else WIDTH
    lines = [(f"{_zone_line(status, zone)}  {status.state}", "dim")]
    lines += _trouble(status, zone, width)
    lines += _clients(status, zone)
    lines += _campaigns(status, zone, width)
    if status.slow_domains:
        lines.append((format_slow_domains(status, zone, MAX_SLOW_DOMAINS), "yellow"))
    if status.undecided_messages:
        lines.append((f"Messages that wait for a decision: {status.undecided_messages}", "yellow"))
    out = console(target)
    for line, style in lines:
        out.print(Text(shorten(line, width), style), no_wrap=True, overflow="ignore", crop=False)


def _zone_line(status: Status, zone: tzinfo | None) -> str:
    now = status.now.astimezone(zone)
    known = now.strftime("%Z").isalpha()  # many zones have a number for a name
    return f"{now:%Y-%m-%d %H:%M}, all times in " + (
        f"{now:%Z} ({now:%z})" if known else f"UTC{now.isoformat()[-6:]}"
    )


def shorten(text: str, width: int) -> str:
    """*text* on one line of at most *width* characters."""
    text = escape_invisible(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _trouble(status: Status, zone: tzinfo | None, width: int) -> Iterator[Line]:
    if not status.trouble:
        yield "No trouble.", "green"
        return
    yield (
        f"Trouble: {len(status.trouble)}",
        "bold red" if any(one.critical for one in status.trouble) else "bold",
    )
    is_cut = False
    for trouble in status.trouble[:MAX_TROUBLES]:
        bullet, style = ("!", "red") if trouble.critical else ("-", "yellow")
        line = f"{bullet} {trouble.about}: {format_trouble(trouble, zone)}"
        is_cut |= len(line) > width
        yield line, style
    if is_cut and len(status.trouble) <= MAX_TROUBLES:
        yield "  cut short: `--all` shows the whole lines", "dim"
    yield from _more(len(status.trouble), MAX_TROUBLES)


def _clients(status: Status, zone: tzinfo | None) -> Iterator[Line]:
    if not status.clients:
        yield format_no_client(status), ""
        return
    states = Counter(_client_state(client) for client in status.clients)
    last = max((client.visited_at for client in status.clients if client.visited_at), default=None)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    yield f"Clients: {len(status.clients)} ({counts}), last visit {format_time(last, zone)}", "bold"
    if len(status.clients) <= MAX_CLIENTS:
        for client in status.clients:
            often = f" {client.failures}x" if client.failures else ""
            others = f", {_count(client.other_files, 'other file')}" if client.other_files else ""
            counts = f"{_count(client.campaigns, 'campaign')}, {client.suppressed} suppressed{others}"
            yield f"  {client.name}: {_client_state(client)}{often}, {counts}", "red" if often else ""


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _client_state(client: ClientSummary) -> str:
    if client.is_resting:
        return "rests"
    if client.failures:
        return "failing"
    return "well" if client.visited_at else "never visited"


def _campaigns(status: Status, zone: tzinfo | None, width: int) -> Iterator[Line]:
    if not status.states:
        return
    counts = ", ".join(f"{count} {state.value}" for state, count in sorted(status.states.items()))
    yield f"Campaigns: {counts}", "bold"
    newest = _by_urgency(status.campaigns)[:MAX_PAGE_CAMPAIGNS]
    if newest:
        header, *rows = _columns([CAMPAIGN_HEADER, *(_row(campaign, zone) for campaign in newest)], width)
        yield header, "dim"
        for campaign, row in zip(newest, rows, strict=True):
            yield row, STATE_COLOURS[campaign.state]
    yield from _more(sum(status.states.values()), len(newest))
    for due in status.due[:MAX_DUE]:
        yield f"Next: {format_time(due.at, zone)} {_due_text(due)}", ""


def _by_urgency(campaigns: Sequence[CampaignSummary]) -> list[CampaignSummary]:
    """Those that are not done before those that are, the newest first."""
    done = (CampaignState.FINISHED, CampaignState.CANCELLED)
    return sorted(campaigns, key=lambda campaign: (campaign.state in done, -campaign.ref.id))


def _row(campaign: CampaignSummary, zone: tzinfo | None) -> tuple[str, ...]:
    sent, waiting, failed = (
        sum(campaign.deliveries.get(state, 0) for state in STATE_COLUMNS[name])
        for name in ("sent", "waiting", "failed")
    )
    due = [edition.due_at for edition in campaign.editions if edition.published_at is None]
    if campaign.state is CampaignState.ACTIVE and campaign.next_fragment_at:
        after = f"send {format_time(campaign.next_fragment_at, zone)}"
    else:
        after = f"results {format_time(min(due), zone)}" if due else "-"
    counts = map(str, (sent, waiting, failed))
    return (str(campaign.ref.id), str(campaign.ref), campaign.state.value, *counts, after)


def _columns(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[str]:
    """The *rows* as lines of *width*, where the names of campaigns take what room the rest leaves."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[NAME_COLUMN] = min(
        widths[NAME_COLUMN], width - sum(widths) + widths[NAME_COLUMN] - len(widths) - 1
    )
    for row in rows:
        cells = [
            cell.rjust(room) if index in NUMBER_COLUMNS else shorten(cell, room).ljust(room)
            for index, (cell, room) in enumerate(zip(row, widths, strict=True))
        ]
        yield f"  {' '.join(cells).rstrip()}"


def _due_text(due: DueItem) -> str:
    action = {"fragment": "send fragment", "edition": "publish edition"}[due.kind]
    return f"{action} {due.number} of {due.campaign}"


def _more(count: int, listed: int) -> Iterator[Line]:
    if count > listed:
        yield f"  and {count - listed} more: `--all` lists them", "dim"
