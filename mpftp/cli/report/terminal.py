"""The report in a terminal: tables and bars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import IO

from rich.console import Group, RenderableType
from rich.text import Text

from mpftp.cli.render import console, moment, table_of
from mpftp.domain.campaign import DeliveryState, EventKind
from mpftp.domain.machines import mark_text
from mpftp.domain.reports.reasons import reason_text
from mpftp.domain.returns.figures import Count, Figures, Hour, by_hour, share

HOURS = 24
LINKS = 10
BAR = 40  # characters


def show(figures: Figures, zone: tzinfo, target: IO[str]) -> None:
    """Draw *figures* on *target*; times in *zone*."""
    heading = Text(f"{figures.client}/{figures.name}_{figures.date}", "bold")
    heading.append(f"  {figures.subject}", "default")
    sent = f"sent {moment(figures.first_at, zone)} to {moment(figures.last_at, zone)} ({zone})"
    parts: list[RenderableType] = [heading, Text(sent, "dim"), Text(), _rates(figures)]
    parts += [*_hours(figures, zone), *_links(figures), *_returned(figures), *_marks(figures)]
    console(target).print(Group(*parts))


def _rates(figures: Figures) -> RenderableType:
    table = table_of("Figures", "what", "events", "contacts", "share", "without machines",
                     right=("events", "contacts", "share", "without machines"))  # fmt: skip
    states = figures.deliveries
    left_out = sum(
        states.get(state, 0)
        for state in (DeliveryState.INVALID, DeliveryState.REPEATED, DeliveryState.SUPPRESSED)
    )
    table.add_row("lines of MAIL", "", str(figures.lines), "", "")
    if left_out:
        table.add_row("  not to be sent", "", str(left_out), _percent(left_out, figures.lines), "")
    table.add_row("sent", "", str(figures.sent), _percent(figures.sent, figures.lines), "")
    table.add_row("came back", "", str(figures.came_back), _percent(figures.came_back, figures.tried), "")
    table.add_row("delivered", "", str(figures.delivered), _percent(figures.delivered, figures.tried), "")
    for title, kind in (("opened", EventKind.OPEN), ("clicked", EventKind.CLICK)):
        count = figures.count(kind)
        whole = figures.delivered
        table.add_row(title, str(count.all), str(count.contacts), _percent(count.contacts, whole),
                      _people(count, whole))  # fmt: skip
    opens, clicks = figures.count(EventKind.OPEN), figures.count(EventKind.CLICK)
    table.add_row("  clicked of opened", "", "", _percent(clicks.contacts, opens.contacts),
                  _percent(clicks.people, opens.people))  # fmt: skip
    if figures.inferred:
        table.add_row("  clicked, never seen to open", "", str(figures.inferred), "", "")
    for title, kind in (("opted out", EventKind.OPT_OUT), ("complained", EventKind.COMPLAINT)):
        contacts = figures.count(kind).contacts
        table.add_row(title, "", str(contacts), _percent(contacts, figures.delivered), "")
    return table


def _people(count: Count, whole: int) -> str:
    return f"{count.people} ({_percent(count.people, whole)})"


def _percent(part: int, whole: int) -> str:
    found = share(part, whole)
    return "-" if found is None else f"{found:.1%}"


def _hours(figures: Figures, zone: tzinfo) -> Iterator[RenderableType]:
    hours, later = by_hour(figures.quarters, zone, HOURS)
    if not hours:
        return
    table = table_of("Opens by hour", "hour", "", "opens", "by machines", "clicks",
                     right=("opens", "by machines", "clicks"))  # fmt: skip
    most = max(hour.opens for hour in hours) or 1
    for hour in hours:
        table.add_row(f"{hour.start:%Y-%m-%d %H}h", _bar(hour, most), *_cells(hour))
    if later:
        table.add_row(f"from {later.start:%Y-%m-%d %H}h", "later", *_cells(later))
    yield table


def _bar(hour: Hour, most: int) -> Text:
    """One bar: people's opens solid, machines' shaded; whatever is not zero shows."""
    people, machines = (-(-number * BAR // most) for number in (hour.opens - hour.marked, hour.marked))
    return Text("█" * people, "green").append("░" * machines, "yellow")


def _cells(hour: Hour) -> list[str]:
    return [str(number or "-") for number in (hour.opens, hour.marked, hour.clicks)]


def _links(figures: Figures) -> Iterator[RenderableType]:
    if not figures.links:
        return
    table = table_of("Top links", "clicks", "contacts", "by machines", "link",
                     right=("clicks", "contacts", "by machines"))  # fmt: skip
    table.columns[-1].no_wrap = False
    for link in figures.links[:LINKS]:
        count = link.clicks
        table.add_row(str(count.all), str(count.contacts), str(count.marked or "-"), Text(link.url))
    if len(figures.links) > LINKS:
        table.caption = f"and {len(figures.links) - LINKS} more"
    yield table


def _returned(figures: Figures) -> Iterator[RenderableType]:
    if not figures.returned:
        return
    table = table_of("Came back", "contacts", "class", "reason", right=("contacts",))
    for each in figures.returned:
        table.add_row(str(each.contacts), each.bounce_class, reason_text(each.reason, "en"))
    yield table


def _marks(figures: Figures) -> Iterator[RenderableType]:
    if not figures.marks:
        return
    table = table_of("By machines", "events", "kind", "why", right=("events",))
    for (kind, mark), count in figures.marks.items():
        table.add_row(str(count), kind.value, mark_text(mark, "en"))
    yield table
