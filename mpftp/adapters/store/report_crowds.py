"""Reports that are alike and too many of a campaign: a crowd, whose words decide nothing."""

from __future__ import annotations

from dataclasses import dataclass

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.addresses import domain_of
from mpftp.domain.bounces.crowd import is_report_crowd

_REPORTED = "json_extract(evidence, '$.channel') = 'report'"


@dataclass(slots=True)
class _Group:
    """What one campaign's alike reports are by now: how many, and of which domains."""

    reports: int
    domains: set[str]
    is_taken_back: bool = False


class ReportCrowds:
    """The crowds of one state file. Changes belong in the caller's transaction.

    Each group is counted once a run and added up from then on: counting it for every report would take
    a time that grows with the square of the reports.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._sent: dict[int, int] = {}
        self._groups: dict[tuple[int, str], _Group] = {}

    def add(self, campaign_id: int, alike: str, delivery_id: int, email: str) -> bool:
        """Add a report that is about to be noted; whether its group is a crowd, which decides nothing."""
        earlier = self._earlier(delivery_id)
        group = self._group(campaign_id, alike)
        if earlier != alike:
            group.reports += 1
            group.domains.add(domain_of(email))
            if earlier is not None and (left := self._groups.get((campaign_id, earlier))):
                left.reports -= 1
        if not is_report_crowd(group.reports, len(group.domains), self._sent_of(campaign_id)):
            return False
        if not group.is_taken_back:
            self._take_back(campaign_id, alike)
            group.is_taken_back = True
        return True

    def _earlier(self, delivery_id: int) -> str | None:
        """What the delivery's last report, which the new one replaces, shared with others."""
        query = f"SELECT alike FROM bounce_judgement WHERE delivery_id = ? AND {_REPORTED}"  # noqa: S608
        alike: str | None = self._db.value(query, (delivery_id,))
        return alike

    def _group(self, campaign_id: int, alike: str) -> _Group:
        key = (campaign_id, alike)
        if key not in self._groups:
            query = f"SELECT email FROM bounce_judgement WHERE campaign_id = ? AND alike = ? AND {_REPORTED}"  # noqa: S608
            domains = [domain_of(email) for (email,) in self._db.rows(query, key)]
            self._groups[key] = _Group(len(domains), set(domains))
        return self._groups[key]

    def _sent_of(self, campaign_id: int) -> int:
        """The messages of a campaign that the relay took, counted once a run."""
        if campaign_id not in self._sent:
            query = "SELECT count(*) FROM delivery WHERE campaign_id = ? AND state = 'sent'"
            self._sent[campaign_id] = int(self._db.value(query, (campaign_id,)))
        return self._sent[campaign_id]

    def _take_back(self, campaign_id: int, alike: str) -> None:
        """Lift what the first reports of a crowd were suppressed for."""
        SuppressionList(self._db).take_back_crowd(campaign_id, alike)
        self._db.execute(
            "UPDATE bounce_judgement SET state = 'crowd'"  # noqa: S608
            f" WHERE campaign_id = ? AND alike = ? AND state <> 'crowd' AND {_REPORTED}",
            (campaign_id, alike),
        )
