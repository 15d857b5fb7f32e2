"""Reports that are alike and too many of a campaign: a crowd, whose words decide nothing."""

from __future__ import annotations

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.bounces.crowd import is_report_crowd


class ReportCrowds:
    """The crowds of one state file. Changes belong in the caller's transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._sent: dict[int, int] = {}
        self._alike: dict[tuple[int, str], int] = {}

    def is_crowd(self, campaign_id: int, alike: str) -> bool:
        """Whether the reports of a campaign that share *alike* are too many, the one noted last included."""
        if not self._may_be_crowd(campaign_id, alike):
            return False
        row = self._db.row(
            "SELECT count(*), count(DISTINCT substr(email, instr(email, '@') + 1)) FROM bounce_judgement"
            " WHERE campaign_id = ? AND alike = ? AND state <> 'waiting'"
            " AND json_extract(evidence, '$.channel') = 'report'",
            (campaign_id, alike),
        )
        reports, domains = row or (0, 0)
        return is_report_crowd(reports, domains, self._sent_of(campaign_id))

    def _may_be_crowd(self, campaign_id: int, alike: str) -> bool:
        """Whether enough share *alike* to be worth counting, which takes longer the more there are.

        Called once a report, it adds them up from the run's first on, and so never finds too few.
        """
        key = (campaign_id, alike)
        if key not in self._alike:
            query = "SELECT count(*) FROM bounce_judgement WHERE campaign_id = ? AND alike = ?"
            self._alike[key] = int(self._db.value(query, key))
        else:
            self._alike[key] += 1
        most = self._alike[key]
        return is_report_crowd(most, most, 0) and is_report_crowd(most, most, self._sent_of(campaign_id))

    def _sent_of(self, campaign_id: int) -> int:
        """The messages of a campaign that the relay took, counted once a run."""
        if campaign_id not in self._sent:
            query = "SELECT count(*) FROM delivery WHERE campaign_id = ? AND state = 'sent'"
            self._sent[campaign_id] = int(self._db.value(query, (campaign_id,)))
        return self._sent[campaign_id]

    def take_back(self, campaign_id: int, alike: str) -> None:
        """Let a crowd decide nothing, and lift what its first ones were suppressed for."""
        key = (campaign_id, alike)
        SuppressionList(self._db).take_back_crowd(*key)
        self._db.execute(
            "UPDATE bounce_judgement SET state = 'crowd' WHERE campaign_id = ? AND alike = ?"
            " AND state <> 'crowd' AND json_extract(evidence, '$.channel') = 'report'",
            key,
        )
