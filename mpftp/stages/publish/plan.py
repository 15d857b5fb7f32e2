"""Which editions are due, and what each is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from mpftp.adapters.store.results import CountingPolicy, FinishedCampaign, ResultStore
from mpftp.domain.file_names import AnswerType, ResultType, UploadPolicy
from mpftp.domain.results.files import ResultFormat
from mpftp.domain.sending.fragments import results_due_at


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """What one client agreed on: when its results are due, how they are written, what counts.

    Further editions follow *again_after_days* the first, in rising order. For *late_optouts_days* from
    the last edition CANCELADO is written again when somebody opted out since.
    """

    style: ResultFormat
    results_after_days: int
    again_after_days: tuple[int, ...]
    counting: CountingPolicy
    situation_file: bool
    late_optouts_days: int
    upload: UploadPolicy


@dataclass(frozen=True, slots=True)
class EditionJob:
    """One edition to publish; a *late* one is CANCELADO alone, beside the others that the client has."""

    ended: FinishedCampaign
    edition: int
    due_at: datetime
    settings: PublishSettings
    late: bool = False

    @property
    def folder(self) -> str:
        """The name of its local folder."""
        return f"{self.ended.campaign_id}-{self.edition}{'-late' if self.late else ''}"

    @property
    def kinds(self) -> tuple[ResultType | AnswerType, ...]:
        """The files that it is made of."""
        if self.late:
            return (ResultType.CANCELADO,)
        return (*ResultType, AnswerType.SITUACAO) if self.settings.situation_file else (*ResultType,)

    def files(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """Each of its local files in *folder*, and its name on the client's server."""
        for kind in self.kinds:
            name = self.ended.key.file(kind)
            yield folder / name, name


def plan_editions(
    ended: Iterable[FinishedCampaign], clients: Mapping[str, PublishSettings], now: datetime
) -> list[EditionJob]:
    """The editions that are due at *now*: begun ones first of all, then first and second ones."""
    jobs = []
    for campaign in ended:
        settings = clients.get(campaign.client)
        if settings and (due := next_edition(campaign, settings)) and due[1] <= now:
            jobs.append(EditionJob(campaign, due[0], due[1], settings))
    return jobs


def next_edition(campaign: FinishedCampaign, settings: PublishSettings) -> tuple[int, datetime] | None:
    """The number and the due moment of the campaign's next edition, ``None`` when it has them all."""
    if campaign.pending is not None and campaign.pending_due is not None:
        return campaign.pending, campaign.pending_due
    zone = settings.style.zone
    if campaign.first_published_at is None or campaign.published_at is None:
        return 1, results_due_at(campaign.last_out_at, settings.results_after_days, zone)
    if campaign.finished_at > campaign.published_at:  # it went on after it had been published
        again_due = results_due_at(campaign.finished_at, settings.results_after_days, zone)
        return campaign.published + 1, again_due
    for days in settings.again_after_days:
        due = results_due_at(campaign.first_published_at, days, zone)
        if campaign.published_at < due:
            return campaign.published + 1, due
    return None


def plan_late_optouts(
    ended: Iterable[FinishedCampaign],
    clients: Mapping[str, PublishSettings],
    editions: ResultStore,
    now: datetime,
) -> list[EditionJob]:
    """The campaigns whose client does not know of everybody who opted out, from its next day on.

    One that has an edition due is left out: that edition tells all.
    """
    jobs = []
    for campaign in ended:
        settings = clients.get(campaign.client)
        if settings is None or not _takes_late_optouts(campaign, settings, now):
            continue
        reported = editions.reported_optouts(campaign.campaign_id, campaign.published)
        zone = settings.style.zone
        if now.astimezone(zone).date() > reported.at.astimezone(zone).date() and reported.is_outdated:
            jobs.append(EditionJob(campaign, campaign.published, now, settings, late=True))
    return jobs


def _takes_late_optouts(campaign: FinishedCampaign, settings: PublishSettings, now: datetime) -> bool:
    if campaign.published_at is None:
        return False
    due = next_edition(campaign, settings)
    if due is not None and due[1] <= now:
        return False
    return now <= campaign.published_at + timedelta(days=settings.late_optouts_days)


def extra_edition(campaign: FinishedCampaign, settings: PublishSettings, now: datetime) -> EditionJob:
    """A further edition of *campaign*, due at once, because an operator asks for it."""
    if campaign.pending is not None:
        return EditionJob(campaign, campaign.pending, min(now, campaign.pending_due or now), settings)
    return EditionJob(campaign, campaign.published + 1, now, settings)
