"""The report in a terminal: tables and bars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import IO

from rich.console import Group, RenderableType
from rich.text import Text

from mpftp.cli.views.status import console, format_time, make_table
from mpftp.domain.campaign import DeliveryState, EventKind
from mpftp.domain.machines import machine_mark_text
from mpftp.domain.results.files import result_class_text, result_reason_text
from mpftp.domain.results.situations import stop_text
from mpftp.domain.results.statistics import CampaignStatistics, EventCounts, HourCounts, ratio, sum_by_hour
from mpftp.domain.texts import OPERATOR_LANGUAGE

TEXT_HOURS = 24
TEXT_LINKS = 10
BAR_CELLS = 40  # characters


def print_statistics(statistics: CampaignStatistics, zone: tzinfo, target: IO[str]) -> None:
    """Draw *statistics* on *target*; times in *zone*."""
    heading = Text(f"{statistics.client}/{statistics.name}_{statistics.date}", "bold")
    heading.append(f"  {statistics.subject}", "default")
    if statistics.folder:
        heading.append(f"  ({statistics.folder})", "default")
    sent = (
        f"sent {format_time(statistics.first_at, zone)} to {format_time(statistics.last_at, zone)} ({zone})"
    )
    parts: list[RenderableType] = [heading, Text(sent, "dim")]
    if statistics.state in ("paused", "cancelled"):
        parts.append(
            Text(f"{statistics.state}: {stop_text(statistics.state_reason, OPERATOR_LANGUAGE)}", "yellow")
        )
    parts += [Text(), _rates(statistics), *_more_events(statistics)]
    parts += [*_hours(statistics, zone), *_links(statistics), *_returned(statistics), *_marks(statistics)]
    console(target).print(Group(*parts))


def _rates(statistics: CampaignStatistics) -> RenderableType:
    table = make_table("Figures", "what", "events", "contacts", "share", "without machines",
                     right=("events", "contacts", "share", "without machines"))  # fmt: skip
    left_out = statistics.lines - statistics.sent - statistics.deliveries.get(DeliveryState.FAILED, 0)
    table.add_row("lines of MAIL", "", str(statistics.lines), "", "")
    if left_out:
        table.add_row("  not sent", "", str(left_out), _percent(left_out, statistics.lines), "")
    table.add_row("sent", "", str(statistics.sent), _percent(statistics.sent, statistics.lines), "")
    table.add_row(
        "came back", "", str(statistics.bounced), _percent(statistics.bounced, statistics.tried), ""
    )
    table.add_row(
        "delivered", "", str(statistics.delivered), _percent(statistics.delivered, statistics.tried), ""
    )
    for title, kind in (("opened", EventKind.OPEN), ("clicked", EventKind.CLICK)):
        count = statistics.count(kind)
        delivered = statistics.delivered
        table.add_row(title, str(count.all), str(count.contacts), _percent(count.contacts, delivered),
                      _people(count, delivered))  # fmt: skip
    opens, clicks = statistics.count(EventKind.OPEN), statistics.count(EventKind.CLICK)
    table.add_row("  clicked of opened", "", "", _percent(clicks.contacts, opens.contacts),
                  _percent(clicks.by_people, opens.by_people))  # fmt: skip
    if statistics.inferred:
        table.add_row("  clicked, never seen to open", "", str(statistics.inferred), "", "")
    for title, kind in (("opted out", EventKind.OPT_OUT), ("complained", EventKind.COMPLAINT)):
        contacts = statistics.count(kind).contacts
        table.add_row(title, "", str(contacts), _percent(contacts, statistics.delivered), "")
    return table


def _more_events(statistics: CampaignStatistics) -> Iterator[RenderableType]:
    for kind, count in statistics.more_events.items():
        yield Text(
            f"{count} further events of kind {kind.value}: too many of one contact to keep\n", "yellow"
        )


def _people(count: EventCounts, total: int) -> str:
    return f"{count.by_people} ({_percent(count.by_people, total)})"


def _percent(part: int, total: int) -> str:
    share = ratio(part, total)
    return "-" if share is None else f"{share:.1%}"


def _hours(statistics: CampaignStatistics, zone: tzinfo) -> Iterator[RenderableType]:
    hours, later = sum_by_hour(statistics.quarters, zone, TEXT_HOURS)
    if not hours:
        return
    table = make_table("Opens by hour", "hour", "", "opens", "by machines", "clicks",
                     right=("opens", "by machines", "clicks"))  # fmt: skip
    most = max(hour.opens for hour in hours) or 1
    for hour in hours:
        table.add_row(f"{hour.start:%Y-%m-%d %H}h", _bar(hour, most), *_bar_cells(hour))
    if later:
        table.add_row(f"from {later.start:%Y-%m-%d %H}h", "later", *_bar_cells(later))
    yield table


def _bar(hour: HourCounts, most: int) -> Text:
    """One bar: people's opens solid, machines' shaded; every count above zero shows."""
    people, machines = (-(-count * BAR_CELLS // most) for count in (hour.opens - hour.marked, hour.marked))
    return Text("█" * people, "green").append("░" * machines, "yellow")


def _bar_cells(hour: HourCounts) -> list[str]:
    return [str(count or "-") for count in (hour.opens, hour.marked, hour.clicks)]


def _links(statistics: CampaignStatistics) -> Iterator[RenderableType]:
    if not statistics.links:
        return
    table = make_table("Top links", "clicks", "contacts", "by machines", "link",
                     right=("clicks", "contacts", "by machines"))  # fmt: skip
    table.columns[-1].no_wrap = False
    for link in statistics.links[:TEXT_LINKS]:
        count = link.clicks
        table.add_row(str(count.all), str(count.contacts), str(count.marked or "-"), Text(link.url))
    if len(statistics.links) > TEXT_LINKS:
        table.caption = f"and {len(statistics.links) - TEXT_LINKS} more"
    yield table


def _returned(statistics: CampaignStatistics) -> Iterator[RenderableType]:
    for title, counts in (("Came back", statistics.returned), ("Not sent", statistics.unsent)):
        if counts:
            table = make_table(title, "contacts", "class", "reason", right=("contacts",))
            for each in counts:
                table.add_row(
                    str(each.contacts),
                    result_class_text(each.bounce_class, OPERATOR_LANGUAGE),
                    result_reason_text(each.reason, OPERATOR_LANGUAGE),
                )
            yield table


def _marks(statistics: CampaignStatistics) -> Iterator[RenderableType]:
    if not statistics.marks:
        return
    table = make_table("By machines", "events", "kind", "why", right=("events",))
    for (kind, mark), count in statistics.marks.items():
        table.add_row(str(count), kind.value, machine_mark_text(mark, OPERATOR_LANGUAGE))
    yield table
