"""What came of one visit to one client's server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mpftp.domain.file_names import TripletKey
from mpftp.domain.results.answers import SuppressionReceipt
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.pickup import PickupPlan
from mpftp.errors import MpftpError

if TYPE_CHECKING:
    from mpftp.domain.triplets.triplet import MailCounts


@dataclass(frozen=True, slots=True)
class CollectedTriplet:
    """An accepted triplet: its campaign, its counts, and what was found that did not refuse it.

    *held* is why it waits for an operator's word, empty when it does not.
    """

    key: TripletKey
    campaign_id: int
    counts: MailCounts
    findings: FindingCollector
    held: str = ""


@dataclass(frozen=True, slots=True)
class RefusedTriplet:
    """A refused triplet and why."""

    key: TripletKey
    findings: FindingCollector


@dataclass(frozen=True, slots=True)
class CollectedList:
    """A suppression file that was read, and what came of it."""

    key: TripletKey
    receipt: SuppressionReceipt


@dataclass(slots=True)
class VisitSummary:
    """One visit to one client's server. *failures* counts failed visits in a row, this one included.

    Each of *errors* makes the visit fail; *remarks* are to be said, and do not.
    """

    client: str
    plan: PickupPlan = field(default_factory=PickupPlan)
    taken: list[CollectedTriplet] = field(default_factory=list)
    lists: list[CollectedList] = field(default_factory=list)
    refused: list[RefusedTriplet] = field(default_factory=list)
    errors: list[MpftpError] = field(default_factory=list)
    remarks: list[MpftpError] = field(default_factory=list)
    failures: int = 0

    def followed_by(self, second: VisitSummary) -> VisitSummary:
        """What this visit and a *second* one of the same run did, told together."""
        reported = {error.message for error in self.errors}
        plan = second.plan if second.plan.seen_files else self.plan
        return VisitSummary(
            self.client,
            plan,
            [*self.taken, *second.taken],
            [*self.lists, *second.lists],
            [*self.refused, *second.refused],
            [*self.errors, *(error for error in second.errors if error.message not in reported)],
            second.remarks or self.remarks,
            second.failures,
        )
