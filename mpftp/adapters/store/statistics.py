"""What is counted of one campaign: its deliveries, situations, events, links and hours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.event_totals import EventTotals, count_other_events, count_other_marks
from mpftp.adapters.store.kept_totals import KeptTotals
from mpftp.adapters.store.situations import (
    count_more_events,
    count_returned,
    count_situations,
    count_states,
    count_unreached,
)
from mpftp.domain.campaign import CampaignRef
from mpftp.domain.clock import from_optional_ms
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent
from mpftp.domain.results.statistics import (
    BounceCounts,
    CampaignStatistics,
)


def read_statistics(
    db: Database, campaign: CampaignRef, *, marked: bool = True, progress: OnProgress = silent
) -> CampaignStatistics:
    """The figures of *campaign*; without *marked*, a click that a machine made infers no open.

    Opens and clicks that were deleted after their time are those that were counted then.
    """
    parts: dict[str, Callable[[Database, int], Any]] = {
        "deliveries": count_states,
        "returned": count_returned,
        "events": count_other_events,
        "more_events": count_more_events,
        "totals": lambda db, campaign_id: EventTotals(db).load([campaign_id])[campaign_id],
    }
    counted = {}
    for index, (name, count) in enumerate(parts.items()):
        progress(ProgressUpdate("Counting", index, len(parts), name))
        counted[name] = count(db, campaign.id)
    totals: KeptTotals = counted["totals"]
    unreached = count_unreached(db, campaign.id, counted["returned"])
    return CampaignStatistics(
        client=campaign.client,
        name=campaign.key.name,
        date=campaign.key.date,
        **_frame(db, campaign.id),
        deliveries=counted["deliveries"],
        situations=count_situations(db, campaign.id, counted["deliveries"], counted["returned"]),
        events=counted["events"] | totals.events,
        inferred=totals.inferred if marked else totals.inferred_people,
        unreached=[BounceCounts(*key, contacts) for key, contacts in unreached.most_common()],
        links=totals.links,
        marks={**count_other_marks(db, campaign.id, counted["events"]), **totals.marks},
        quarters=totals.quarters,
        more_events=counted["more_events"],
    )


def _frame(db: Database, campaign_id: int) -> dict[str, Any]:
    """What the campaign is, where it stands, and when the first and the last message went out."""
    query = """
        SELECT coalesce(json_extract(settings, '$.subject'), '') AS subject,
            coalesce(json_extract(settings, '$.folder'), '') AS folder, state, state_reason
        FROM campaign c WHERE id = ?"""
    (frame,) = db.named_rows(query, (campaign_id,))
    query = "SELECT min(settled_at), max(settled_at) FROM delivery WHERE campaign_id = ? AND state = 'sent'"
    first, last = db.row(query, (campaign_id,)) or (None, None)
    return frame | {"first_at": from_optional_ms(first), "last_at": from_optional_ms(last)}
