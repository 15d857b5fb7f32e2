"""How ``mpftp campaign`` writes a campaign: as lines for people, as values for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from mpftp.adapters.store.control import CampaignDetail
from mpftp.adapters.store.overview import CampaignSummary
from mpftp.domain.campaign import CampaignState, DeliveryState
from mpftp.domain.sending.forecast import Forecast

WAITING_STATES = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
MAX_LISTED_FRAGMENTS = 12  # fragments, before the rest is summed up

STATE_NAMES: Mapping[DeliveryState, str] = {
    DeliveryState.PENDING: "waiting",
    DeliveryState.CLAIMED: "being sent",
    DeliveryState.DEFERRED: "deferred",
    DeliveryState.SENT: "sent",
    DeliveryState.FAILED: "failed",
    DeliveryState.IN_DOUBT: "in doubt",
    DeliveryState.SUPPRESSED: "suppressed",
    DeliveryState.INVALID: "invalid",
    DeliveryState.REPEATED: "repeated",
    DeliveryState.CANCELLED: "cancelled",
}


def format_list(looks: Sequence[CampaignSummary]) -> Iterator[str]:
    """A line a campaign, in columns."""
    rows: list[tuple[str, ...]] = [
        ("ID", "CAMPAIGN", "STATE", "LINES", "SENT", "WAITING", "FAILED", "SUBJECT")
    ]
    for look in looks:
        waiting = sum(look.deliveries.get(state, 0) for state in WAITING_STATES)
        counts = (look.lines, look.deliveries.get(DeliveryState.SENT, 0), waiting,
                  look.deliveries.get(DeliveryState.FAILED, 0))  # fmt: skip
        rows.append((str(look.ref.id), str(look.ref), look.state.value, *map(str, counts), look.subject))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if 3 <= place <= 6 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def to_list_item(look: CampaignSummary) -> dict[str, Any]:
    """A campaign of the list, for JSON."""
    return {
        "id": look.ref.id,
        "campaign": str(look.ref),
        "state": look.state.value,
        "reason": look.state_reason,
        "subject": look.subject,
        "lines": look.lines,
        "deliveries": {state.value: count for state, count in look.deliveries.items()},
    }


def format_detail(
    sheet: CampaignDetail, outlook: Forecast | None, now: datetime, zone: tzinfo | None = None
) -> Iterator[str]:
    """The whole reckoning; times in *zone* (``None``: this machine's), which each of them names."""

    def local(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"

    reason = f" ({sheet.state_reason})" if sheet.state_reason else ""
    yield f"{sheet.client}/{sheet.name}: {sheet.state.value}{reason}"
    yield f"  subject    {sheet.subject}"
    yield f"  accepted   {local(sheet.accepted_at)}"
    yield f"  MAIL       {format_counts(sheet)}"
    for line in _suppressed_lines(sheet):
        yield f"  left out   {line}"
    if sheet.in_doubt_count:
        yield f"  doubts     {sheet.in_doubt_count} answers were lost on the way"
    if sheet.next_retry:
        yield f"  deferred   next try {local(sheet.next_retry)}"
    if sheet.finished_at:
        yield f"  ended      {local(sheet.finished_at)}"
    if sheet.results_at:
        yield f"  results    {local(sheet.results_at)}"
    if outlook and sheet.state is CampaignState.ACTIVE:
        for line in _outlook_lines(outlook, now, local):
            yield f"  {line}"


def format_counts(sheet: CampaignDetail) -> str:
    """``N lines = ... sent + ... failed``: every state that is not empty, and the sum."""
    parts = [f"{sheet.states[state]} {name}" for state, name in STATE_NAMES.items() if sheet.states[state]]
    return f"{sheet.lines} lines = {' + '.join(parts) or '0'}"


def _suppressed_lines(sheet: CampaignDetail) -> Iterator[str]:
    for count, why in (
        (sheet.states[DeliveryState.INVALID], "invalid"),
        (sheet.states[DeliveryState.REPEATED], "repeated"),
    ):
        if count:
            yield f"{count} {why}"
    for why, count in sheet.suppressed.items():
        yield f"{count} suppressed ({why})"
    for why, count in sheet.suppressed_waiting.items():
        yield f"{count} of those waiting will be suppressed ({why})"


def _outlook_lines(outlook: Forecast, now: datetime, local: Any) -> Iterator[str]:
    fragments = outlook.fragments
    if fragments and fragments[0].starts_at > now:
        yield f"waits      until {local(fragments[0].starts_at)}"
    for part in fragments[:MAX_LISTED_FRAGMENTS]:
        until = f" until {local(part.ends_at)}" if part.ends_at > part.starts_at else ""
        yield f"fragment   {part.number}: {part.messages} messages from {local(part.starts_at)}{until}"
    if len(fragments) > MAX_LISTED_FRAGMENTS:
        rest = fragments[MAX_LISTED_FRAGMENTS:]
        count = sum(part.messages for part in rest)
        yield f"           and {len(rest)} more fragments: {count} messages until {local(rest[-1].ends_at)}"
    yield f"ends       {local(outlook.ends_at)}"
    yield f"results    {local(outlook.results_at)}"


def to_detail_json(sheet: CampaignDetail, outlook: Forecast | None) -> dict[str, Any]:
    """The whole reckoning for JSON; moments in UTC."""
    document: dict[str, Any] = {
        "id": sheet.id,
        "campaign": f"{sheet.client}/{sheet.name}",
        "subject": sheet.subject,
        "state": sheet.state.value,
        "reason": sheet.state_reason,
        "accepted_at": _iso(sheet.accepted_at),
        "finished_at": _iso(sheet.finished_at),
        "lines": sheet.lines,
        "deliveries": {state.value: count for state, count in sheet.states.items()},
        "doubts": sheet.in_doubt_count,
        "suppressed": dict(sheet.suppressed),
        "will_be_suppressed": dict(sheet.suppressed_waiting),
        "next_retry": _iso(sheet.next_retry),
        "results_at": _iso(sheet.results_at),
    }
    if outlook:
        document["forecast"] = {
            "fragments": [
                {"number": part.number, "messages": part.messages, "starts_at": _iso(part.starts_at),
                 "ends_at": _iso(part.ends_at)}
                for part in outlook.fragments
            ],
            "ends_at": _iso(outlook.ends_at),
            "results_at": _iso(outlook.results_at),
        }  # fmt: skip
    return document


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
