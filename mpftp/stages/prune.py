"""``prune``: delete contacts and events whose time is over, and give their space back.

Only of campaigns that nothing more is due of: the last edition of the results was published, and so was
everybody who opted out since. What was counted stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpftp.adapters.store.retention import PublishedCampaign, RetentionStore
from mpftp.domain.progress import OnProgress, ProgressUpdate, silent


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """For how many days after its last message a client's campaign keeps what; ``None``: for ever.

    *results_days* is for how long, counted from the first edition, further ones may follow, and
    *optout_days*, from the last one, those who opt out late.
    """

    keep_contacts_days: int | None
    keep_events_days: int | None
    results_days: int
    optout_days: int

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is ever deleted."""
        return self.keep_contacts_days is None and self.keep_events_days is None


@dataclass(frozen=True, slots=True)
class PruneJob:
    """What is to be deleted of one campaign."""

    campaign: PublishedCampaign
    contacts: bool
    events: bool


@dataclass(slots=True)
class PruneSummary:
    """What one run deleted: *contacts* and *events*, of so many *campaigns*."""

    campaigns: int = 0
    contacts: int = 0
    events: int = 0


def plan_pruning(
    published: Sequence[PublishedCampaign], policies: Mapping[str, RetentionPolicy], now: datetime
) -> Iterator[PruneJob]:
    """The campaigns of which something's time is over at *now*; one begun by a cut run comes again."""
    for campaign in published:
        policy = policies.get(campaign.client)
        if policy is None or policy.keeps_all or not _is_over(campaign, policy, now):
            continue
        contacts = campaign.has_contacts and _is_past(campaign, policy.keep_contacts_days, now)
        events = campaign.has_events and _is_past(campaign, policy.keep_events_days, now)
        if contacts or events:
            yield PruneJob(campaign, contacts, events)


def _is_over(campaign: PublishedCampaign, policy: RetentionPolicy, now: datetime) -> bool:
    """Whether no edition, and no CANCELADO, follows any more."""
    last_edition = campaign.first_published_at + timedelta(days=policy.results_days)
    if policy.results_days and campaign.published_at < last_edition - timedelta(days=1):
        return False
    return now > campaign.published_at + timedelta(days=policy.optout_days)


def _is_past(campaign: PublishedCampaign, days: int | None, now: datetime) -> bool:
    return days is not None and now >= campaign.last_out_at + timedelta(days=days)


def prune(
    jobs: Sequence[PruneJob], store: RetentionStore, now: datetime, progress: OnProgress = silent
) -> PruneSummary:
    """Delete what *jobs* name, in small transactions, then give the space back.

    Events go first: what is counted of them needs no contacts.
    """
    done = PruneSummary()
    for index, job in enumerate(jobs):
        progress(ProgressUpdate("deleting", index, len(jobs), job.campaign.name))
        before = done.contacts + done.events
        if job.events:
            done.events += sum(store.delete_events(job.campaign.campaign_id, now))
        if job.contacts:
            done.contacts += sum(store.delete_contacts(job.campaign.campaign_id, now))
        done.campaigns += done.contacts + done.events > before
    if done.campaigns:
        for _ in store.give_space_back():
            progress(ProgressUpdate("giving space back", len(jobs), len(jobs)))
    return done
