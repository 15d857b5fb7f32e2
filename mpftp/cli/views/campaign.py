"""How ``mpftp campaign`` writes a campaign: as lines for people, as values for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from mpftp.domain.campaign import CampaignState, DeliveryState
from mpftp.domain.sending.forecast import Forecast
from mpftp.domain.texts import count_text

if TYPE_CHECKING:
    from mpftp.adapters.store.campaign_control import CampaignDetail
    from mpftp.adapters.store.campaign_list import CampaignListItem

WAITING_STATES = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
_MESSAGES = "1 message|{count} messages"
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


def format_list(campaigns: Sequence[CampaignListItem]) -> Iterator[str]:
    """A line a campaign, in columns."""
    rows: list[tuple[str, ...]] = [
        ("ID", "CAMPAIGN", "STATE", "LINES", "SENT", "WAITING", "FAILED", "FOLDER", "SUBJECT")
    ]
    for campaign in campaigns:
        waiting = sum(campaign.deliveries.get(state, 0) for state in WAITING_STATES)
        counts = (campaign.lines, campaign.deliveries.get(DeliveryState.SENT, 0), waiting,
                  campaign.deliveries.get(DeliveryState.FAILED, 0))  # fmt: skip
        rows.append(
            (
                str(campaign.ref.id),
                str(campaign.ref),
                campaign.state.value,
                *map(str, counts),
                campaign.folder,
                campaign.subject,
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = range(3, 7)
    line = "  ".join(f"{{:{'>' if n in numbers else '<'}{width}}}" for n, width in enumerate(widths))
    for row in rows:
        yield line.format(*row).rstrip()


def to_list_item(campaign: CampaignListItem) -> dict[str, Any]:
    """A campaign of the list, for JSON."""
    return {
        "id": campaign.ref.id,
        "campaign": str(campaign.ref),
        "state": campaign.state.value,
        "reason": campaign.state_reason,
        "subject": campaign.subject,
        "folder": campaign.folder,
        "lines": campaign.lines,
        "deliveries": {state.value: count for state, count in campaign.deliveries.items()},
    }


def format_detail(
    detail: CampaignDetail, forecast: Forecast | None, now: datetime, zone: tzinfo | None = None
) -> Iterator[str]:
    """The whole reckoning; times in *zone* (``None``: this machine's), which each of them names."""

    def local(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"

    reason = f" ({detail.state_reason})" if detail.state_reason else ""
    yield f"{detail.client}/{detail.name}: {detail.state.value}{reason}"
    yield f"  subject    {detail.subject}"
    yield f"  folder     {detail.folder}"
    yield f"  accepted   {local(detail.accepted_at)}"
    yield f"  MAIL       {format_counts(detail)}"
    for line in _suppressed_lines(detail):
        yield f"  left out   {line}"
    yield from _later_lines(detail)
    if detail.in_doubt_count:
        lost = count_text("1 answer was|{count} answers were", detail.in_doubt_count)
        yield f"  doubts     {lost} lost on the way"
    if detail.next_retry:
        yield f"  deferred   next try {local(detail.next_retry)}"
    if detail.finished_at:
        yield f"  ended      {local(detail.finished_at)}"
    if detail.results_at:
        yield f"  results    {local(detail.results_at)}"
    if forecast and detail.state is CampaignState.ACTIVE:
        for line in _forecast_lines(forecast, now, local):
            yield f"  {line}"


def format_counts(detail: CampaignDetail) -> str:
    """``N lines = ... sent + ... failed``: every state that is not empty, and the sum."""
    parts = [f"{detail.states[state]} {name}" for state, name in STATE_NAMES.items() if detail.states[state]]
    return f"{count_text('1 line|{count} lines', detail.lines)} = {' + '.join(parts) or '0'}"


def _later_lines(detail: CampaignDetail) -> Iterator[str]:
    """What is known of messages after they were sent."""
    if detail.returned_later:
        yield f"  returned   {detail.returned_later} of those sent came back later"
    if detail.forgotten:
        yield f"  forgotten  {detail.forgotten} of the lines: the contact's data was erased"
    for kind, count in detail.more_events.items():
        yield f"  beside     {count} further events of kind {kind.value}: too many of one contact to keep"


def _suppressed_lines(detail: CampaignDetail) -> Iterator[str]:
    for count, reason in (
        (detail.states[DeliveryState.INVALID], "invalid"),
        (detail.states[DeliveryState.REPEATED], "repeated"),
    ):
        if count:
            yield f"{count} {reason}"
    for reason, count in detail.suppressed.items():
        yield f"{count} suppressed ({reason})"
    for reason, count in detail.suppressed_waiting.items():
        yield f"{count} of those waiting will be suppressed ({reason})"


def _forecast_lines(forecast: Forecast, now: datetime, local: Any) -> Iterator[str]:
    fragments = forecast.fragments
    if fragments and fragments[0].starts_at > now:
        yield f"waits      until {local(fragments[0].starts_at)}"
    for part in fragments[:MAX_LISTED_FRAGMENTS]:
        until = f" until {local(part.ends_at)}" if part.ends_at > part.starts_at else ""
        count = count_text(_MESSAGES, part.messages)
        yield f"fragment   {part.number}: {count} from {local(part.starts_at)}{until}"
    if len(fragments) > MAX_LISTED_FRAGMENTS:
        others = fragments[MAX_LISTED_FRAGMENTS:]
        count = count_text(_MESSAGES, sum(part.messages for part in others))
        end = local(others[-1].ends_at)
        more = count_text("1 more fragment|{count} more fragments", len(others))
        yield f"           and {more}: {count} until {end}"
    yield f"ends       {local(forecast.ends_at)}"
    yield f"results    {local(forecast.results_at)}"


def to_detail_json(detail: CampaignDetail, forecast: Forecast | None) -> dict[str, Any]:
    """The whole reckoning for JSON; moments in UTC."""
    document: dict[str, Any] = {
        "id": detail.id,
        "campaign": f"{detail.client}/{detail.name}",
        "subject": detail.subject,
        "folder": detail.folder,
        "state": detail.state.value,
        "reason": detail.state_reason,
        "accepted_at": _iso(detail.accepted_at),
        "finished_at": _iso(detail.finished_at),
        "lines": detail.lines,
        "deliveries": {state.value: count for state, count in detail.states.items()},
        "situations": {situation.value: count for situation, count in detail.situations.items()},
        "doubts": detail.in_doubt_count,
        "suppressed": dict(detail.suppressed),
        "will_be_suppressed": dict(detail.suppressed_waiting),
        "more_events": {kind.value: count for kind, count in detail.more_events.items()},
        "next_retry": _iso(detail.next_retry),
        "results_at": _iso(detail.results_at),
    }
    if forecast:
        document["forecast"] = {
            "fragments": [
                {"number": part.number, "messages": part.messages, "starts_at": _iso(part.starts_at),
                 "ends_at": _iso(part.ends_at)}
                for part in forecast.fragments
            ],
            "ends_at": _iso(forecast.ends_at),
            "results_at": _iso(forecast.results_at),
        }  # fmt: skip
    return document


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
