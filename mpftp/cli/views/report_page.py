"""The report as one page for the client: no script, nothing from outside, fit for paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from importlib import resources
from string import Template

from mpftp.domain.campaign import EventKind
from mpftp.domain.file_names import TripletKey
from mpftp.domain.machines import machine_mark_text
from mpftp.domain.messages.merge_fields import parse_merge_fields
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.results.files import result_class_text, result_reason_text
from mpftp.domain.results.situations import stop_text
from mpftp.domain.results.statistics import CampaignStatistics, EventCounts, HourCounts, ratio, sum_by_hour
from mpftp.domain.results.wording import NO_SUPPORT, Support, format_key_date
from mpftp.domain.texts import language_tag, texts

PAGE_HOURS = 72
PAGE_LINKS = 20
SAMPLE_VALUES: Mapping[str, str] = {"nome": "Maria", "cidade": "São Paulo", "estado": "SP"}
_ADDED_UTM = re.compile(r"[?&]utm_source=newsletter&utm_medium=email&utm_campaign=[^&#]*")
WIDTH, HEIGHT, FOOT, LEFT, LABEL_WIDTH = 960, 260, 28, 56, 80


class ReportTexts:
    """One language: its texts, its numbers, its shares."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = texts(language).REPORT

    def __call__(self, key: str, **values: str) -> str:
        """The text *key* with *values* in their places."""
        return self._texts[key].format(**values) if values else self._texts[key]

    def counted(self, key: str, count: int) -> str:
        """The text *key* about *count* things, in the singular or the plural."""
        one, _, many = self._texts[key].partition("|")
        return one if count == 1 else many.format(n=self.number(count))

    def number(self, value: int) -> str:
        """*value* with its thousands apart."""
        return self._own(f"{value:,}")

    def share(self, value: float | None) -> str:
        """*value* as a percentage, a dash without one."""
        return "–" if value is None else self._own(f"{value:.1%}")

    def _own(self, text: str) -> str:
        return text.translate(str.maketrans(",.", self._texts["separators"]))


@dataclass(frozen=True, slots=True)
class ReportClient:
    """The client that the page is for: its name, language and zone, and how its profile counts."""

    name: str
    language: str
    zone: tzinfo
    profile: Profile = DEFAULT_PROFILE
    support: Support = NO_SUPPORT

    def contacts(self, statistics: CampaignStatistics, kind: EventKind) -> int:
        """Contacts with an event of *kind*, counted as in the result files."""
        inferred = statistics.inferred if kind is EventKind.OPEN and self.profile.infer_opens else 0
        return self.counted(statistics.count(kind))[1] + inferred

    def counted(self, count: EventCounts) -> tuple[int, int]:
        """The events and the contacts of *count* that the profile counts."""
        if self.profile.count_marked:
            return count.all, count.contacts
        return count.all - count.marked, count.by_people


def render_html_report(statistics: CampaignStatistics, client: ReportClient, now: datetime) -> str:
    """The page of *statistics* for *client*, made at *now*."""
    words, zone = ReportTexts(client.language), client.zone
    key = TripletKey(statistics.name, statistics.date)
    name = f"{key.name} ({format_key_date(key, words('day'))})"
    if statistics.first_at and statistics.last_at:
        first, last = (
            f"{at.astimezone(zone):{words('time')}}" for at in (statistics.first_at, statistics.last_at)
        )
        sent = words("sent_between", name=name, first=first, last=last)
    else:
        sent = words("not_sent", name=name)
    parts = [
        *_stopped(statistics, words),
        _cards(statistics, client, words),
        *_chart(statistics, zone, words),
        *_links(statistics, client, words),
    ]
    parts += [*_unreached(statistics, words), *_machines(statistics, words)]
    made = words("made", at=f"{now.astimezone(zone):{words('time')}}", zone=str(zone))
    if client.support:
        made += " " + words("support", support=str(client.support))
    subject = _sample_subject(statistics.subject, client.profile) or statistics.name
    return Template(_resource("report_page.html")).substitute(
        lang=language_tag(client.language),
        title=escape(f"{words('title')}: {subject}"),
        style=_resource("report_page.css"),
        sender=escape(client.name),
        subject=escape(subject),
        sent=escape(sent),
        body="\n".join(parts),
        footer=escape(made),
    )


def _sample_subject(subject: str, profile: Profile) -> str:
    """*subject* as a reader sees it: each merge field's fallback, or a sample value, in its place."""
    return "".join(
        part if isinstance(part, str) else part.fallback or SAMPLE_VALUES.get(part.name, part.name)
        for part in parse_merge_fields(subject, profile)
    )


def _stopped(statistics: CampaignStatistics, words: ReportTexts) -> Iterator[str]:
    if statistics.state in ("paused", "cancelled"):
        text = words(statistics.state, reason=stop_text(statistics.state_reason, words.language))
        yield f'<p class="note"><strong>{escape(text)}</strong></p>'


def _resource(name: str) -> str:
    return resources.files("mpftp.cli.views").joinpath(name).read_text("utf-8")


def _cards(statistics: CampaignStatistics, client: ReportClient, words: ReportTexts) -> str:
    """The few numbers that everybody asks for first."""
    opened, clicked = (client.contacts(statistics, kind) for kind in (EventKind.OPEN, EventKind.CLICK))
    cards = [
        ("sent", statistics.sent, words.counted("of_lines", statistics.lines)),
        ("delivered", statistics.delivered, _of(words, "of_tried", statistics.delivered, statistics.tried)),
        ("opened", opened, _of(words, "of_delivered", opened, statistics.delivered)),
        ("clicked", clicked, _of(words, "of_delivered", clicked, statistics.delivered)),
        ("came_back", statistics.bounced, _of(words, "of_tried", statistics.bounced, statistics.tried)),
    ]
    for key, kind in (("opted_out", EventKind.OPT_OUT), ("complained", EventKind.COMPLAINT)):
        contacts = statistics.count(kind).contacts
        if contacts or kind is EventKind.OPT_OUT:
            cards.append((key, contacts, _of(words, "of_delivered", contacts, statistics.delivered)))
    items = (
        f"<div><dt>{escape(words(key))}</dt><dd>{words.number(count)}</dd><dd>{escape(note)}</dd></div>"
        for key, count, note in cards
    )
    return f'<dl class="cards">{"".join(items)}</dl>'


def _of(words: ReportTexts, key: str, part: int, total: int) -> str:
    return words(key, share=words.share(ratio(part, total)))


def _chart(statistics: CampaignStatistics, zone: tzinfo, words: ReportTexts) -> Iterator[str]:
    yield f"<h2>{escape(words('hours'))}</h2>"
    hours, later = sum_by_hour(statistics.quarters, zone, PAGE_HOURS)
    if not any(hour.opens for hour in hours):
        yield f'<p class="note">{escape(words("nothing"))}</p>'
        return
    yield f'<figure class="chart" style="margin:0">{_svg(hours, words)}{_legend(words)}</figure>'
    if later:
        text = words("later", start=f"{later.start:{words('hour')}}",
                     opens=words.counted("opens_counted", later.opens),
                     clicks=words.counted("clicks_counted", later.clicks))  # fmt: skip
        yield f'<p class="note">{escape(text)}</p>'


def _svg(hours: Sequence[HourCounts], words: ReportTexts) -> str:
    """Bars of opens, people's below and machines' on top, with a title for each that says it in words."""
    most = max(hour.opens for hour in hours)
    top = _round_up(most)
    step = (WIDTH - LEFT) / max(len(hours), 12)
    scale = (HEIGHT - FOOT - 16) / top
    peak = max(hours, key=lambda hour: hour.opens)
    label = words("chart", peak=f"{peak.start:{words('hour')}}", most=words.number(most))
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">']
    for value in sorted({0, top // 2, top}):
        y = HEIGHT - FOOT - value * scale
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{words.number(value)}</text>')
    every = max(1, -(-len(hours) // 8))  # as many labels as stand beside one another
    for index, hour in enumerate(hours):
        x = LEFT + index * step
        parts.append(_svg_bar(hour, x, step, scale, words))
        if index % every == 0 and x + LABEL_WIDTH <= WIDTH:
            text = f"{hour.start:{words('hour')}}"
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 8}">{escape(text)}</text>')
    return "".join([*parts, "</svg>"])


def _svg_bar(hour: HourCounts, x: float, step: float, scale: float, words: ReportTexts) -> str:
    width, base = step * 0.8, HEIGHT - FOOT
    people, machines = (hour.opens - hour.marked) * scale, hour.marked * scale
    values = {"opens": hour.opens, "marked": hour.marked, "clicks": hour.clicks}
    counts = {name: words.counted(f"{name}_counted", value) for name, value in values.items()}
    title = words("bar", hour=f"{hour.start:{words('hour')}}", **counts)
    rectangles = "".join(
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        for kind, y, height in (
            ("people", base - people, people),
            ("machines", base - people - machines, machines),
        )
        if height
    )
    return f"<g><title>{escape(title)}</title>{rectangles}</g>" if rectangles else ""


def _round_up(value: int) -> int:
    """The next number that reads well on an axis and has a half."""
    size = 1
    while True:
        for factor in (1, 2, 3, 4, 5, 6, 8):
            if size * factor >= value and size * factor % 2 == 0:
                return size * factor
        size *= 10


def _legend(words: ReportTexts) -> str:
    items = "".join(
        f'<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{kind}" width="10" height="10"/></svg>'
        f"{escape(words(kind))}</li>"
        for kind in ("people", "machines")
    )
    return f'<ul class="key">{items}</ul>'


def _links(statistics: CampaignStatistics, client: ReportClient, words: ReportTexts) -> Iterator[str]:
    if statistics.links:
        total = sum(client.counted(link.clicks)[0] for link in statistics.links)
        rows = (
            (
                _ADDED_UTM.sub("", link.url),
                *(words.number(count) for count in client.counted(link.clicks)),
                words.share(ratio(client.counted(link.clicks)[0], total)),
            )
            for link in statistics.links[:PAGE_LINKS]
        )
        columns = (words("link"), words("clicks"), words("contacts"), words("share"))
        yield _table(words("links"), columns, rows)


def _unreached(statistics: CampaignStatistics, words: ReportTexts) -> Iterator[str]:
    """Why messages came back, and why some contacts got none: what RETORNADO holds."""
    columns = (words("reason"), words("class"), words("contacts"))
    for title, counts in (("returned", statistics.returned), ("unsent", statistics.unsent)):
        rows = [
            (
                result_reason_text(each.reason, words.language),
                result_class_text(each.bounce_class, words.language),
                words.number(each.contacts),
            )
            for each in counts
        ]
        if rows:
            yield _table(words(title), columns, rows, texts=2)


def _machines(statistics: CampaignStatistics, words: ReportTexts) -> Iterator[str]:
    if statistics.inferred:
        note = words.counted("inferred", statistics.inferred)
        yield f'<p class="note">{escape(note)}</p>'
    if not statistics.marks:
        return
    rows = (
        (machine_mark_text(mark, words.language), words(kind.value), words.number(count))
        for (kind, mark), count in statistics.marks.items()
    )
    yield _table(words("automatic"), (words("why"), words("kind"), words("events")), rows, texts=2)
    opens, clicks = statistics.count(EventKind.OPEN).by_people, statistics.count(EventKind.CLICK).by_people
    note = words(
        "automatic_note",
        opens=words.counted("people_opened", opens),
        open_share=_of(words, "of_delivered", opens, statistics.delivered),
        clicks=words.counted("people_clicked", clicks),
        click_share=_of(words, "of_delivered", clicks, statistics.delivered),
    )
    yield f'<p class="note">{escape(note)}</p>'


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """A titled table; the first *texts* columns are words, the rest numbers."""

    def cells(tag: str, row: Sequence[str]) -> str:
        made = []
        for index, cell in enumerate(row):
            attribute = ' class="number"' if index >= texts else ""
            attribute += ' scope="col"' if tag == "th" else ""
            made.append(f"<{tag}{attribute}>{escape(cell)}</{tag}>")
        return f"<tr>{''.join(made)}</tr>"

    body = "".join(cells("td", row) for row in rows)
    return (
        f"<h2>{escape(title)}</h2><table><thead>{cells('th', columns)}</thead><tbody>{body}</tbody></table>"
    )
