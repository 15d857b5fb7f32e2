"""The state file as ``mpftp campaign`` sees it: one campaign in detail, and the operator's orders."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.fragments import load_waiting_fragments
from mpftp.adapters.store.judgements import JudgementStore
from mpftp.adapters.store.situations import (
    LAST_OUT_AT,
    count_more_events,
    count_returned,
    count_returned_later,
    count_situations,
)
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.bounces.repetition import DEFAULT_REPETITION, Repetition
from mpftp.domain.campaign import CampaignState, DeliveryState, EventKind
from mpftp.domain.clock import from_ms, from_optional_ms, to_ms
from mpftp.domain.results.situations import Situation
from mpftp.domain.sending.due import WaitingFragment
from mpftp.errors import UsageError


@dataclass(frozen=True, slots=True)
class CampaignDetail:
    """A campaign's reckoning. *states* and *situations* count every data line of MAIL.

    *suppressed_waiting* counts the waiting messages that would be suppressed now, by reason;
    *returned_later* those that the relay took and that came back by a report.
    """

    id: int
    client: str
    name: str
    subject: str
    folder: str
    state: CampaignState
    state_reason: str
    accepted_at: datetime
    finished_at: datetime | None
    states: Counter[DeliveryState]
    situations: Counter[Situation]
    returned_later: int
    in_doubt_count: int
    suppressed_waiting: Counter[str]
    suppressed: Counter[str]
    next_retry: datetime | None
    results_at: datetime | None
    more_events: Mapping[EventKind, int]

    @property
    def lines(self) -> int:
        """The data lines of MAIL."""
        return sum(self.states.values())

    @property
    def forgotten(self) -> int:
        """Contacts whose personal data was erased."""
        return self.situations[Situation.FORGOTTEN]


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """What a ``retry`` comes to: messages put off, and messages failed or in doubt, that are tried again.

    *not_tried* counts, by reason, those that are not, for their address is suppressed. *goes_on* says that
    a hold ended by it, *is_paused* that another pause stays.
    """

    deferred: int
    failed: int
    not_tried: Counter[str]
    goes_on: bool = False
    is_paused: bool = False


_MAY_BE_TRIED = "state IN ('failed', 'doubt') AND email GLOB '*@*'"
"""SQL for what ``retry`` tries once more: who was forgotten, or deleted after the time, has no address."""


class CampaignControl:
    """One campaign at a time. Every order is one transaction, and does no harm to a running ``send``."""

    def __init__(self, db: Database, repetition: Repetition = DEFAULT_REPETITION) -> None:
        self._db = db
        self._judgements = JudgementStore(db, repetition)

    def load_detail(self, campaign_id: int) -> CampaignDetail:
        """The reckoning of a campaign that exists."""
        about = next(
            self._db.named_rows(
                "SELECT c.id, k.name AS client, c.name || '_' || c.date AS name,"
                " coalesce(json_extract(c.settings, '$.subject'), '') AS subject,"
                " coalesce(json_extract(c.settings, '$.folder'), '') AS folder,"
                " c.state, c.state_reason, c.accepted_at, c.finished_at"
                " FROM campaign c JOIN client k ON k.id = c.client_id WHERE c.id = ?",
                (campaign_id,),
            )
        )
        about["state"] = CampaignState(about["state"])
        about["accepted_at"] = from_ms(about["accepted_at"])
        about["finished_at"] = from_optional_ms(about["finished_at"])
        counted = list(
            self._db.rows(
                "SELECT state, count(*), sum(doubts) FROM delivery WHERE campaign_id = ? GROUP BY state",
                (campaign_id,),
            )
        )
        suppressed = self._db.rows(
            "SELECT code, count(*) FROM delivery WHERE campaign_id = ? AND state = 'suppressed'"
            " GROUP BY code",
            (campaign_id,),
        )
        states = Counter({DeliveryState(state): count for state, count, _ in counted})
        returned = count_returned(self._db, campaign_id)
        return CampaignDetail(
            **about,
            states=states,
            situations=count_situations(self._db, campaign_id, states, returned),
            returned_later=count_returned_later(returned),
            in_doubt_count=sum(in_doubt for *_, in_doubt in counted),
            suppressed_waiting=SuppressionList(self._db).count_waiting(campaign_id),
            suppressed=Counter(dict(suppressed)),
            next_retry=self._next_retry(campaign_id),
            results_at=self._results_at(campaign_id),
            more_events=count_more_events(self._db, campaign_id),
        )

    def _next_retry(self, campaign_id: int) -> datetime | None:
        query = "SELECT min(next_at) FROM delivery WHERE campaign_id = ? AND state = 'deferred'"
        return from_optional_ms(self._db.value(query, (campaign_id,)))

    def _results_at(self, campaign_id: int) -> datetime | None:
        """When the first edition of the results is, or was, due; ``None`` while messages go out."""
        due = self._db.value(
            "SELECT due_at FROM publication WHERE campaign_id = ? AND edition = 1", (campaign_id,)
        )
        return from_optional_ms(due)

    def fragments(self, campaign_id: int) -> list[tuple[WaitingFragment, Counter[str]]]:
        """The unfinished fragments in order, each with its waiting messages by domain (lower case)."""
        waiting: dict[int, Counter[str]] = {}
        for fragment_id, domain, count in self._db.rows(
            "SELECT fragment_id, lower(substr(email, instr(email, '@') + 1)), count(*) FROM delivery"
            " WHERE campaign_id = ? AND state IN ('pending', 'deferred', 'claimed') GROUP BY 1, 2",
            (campaign_id,),
        ):
            waiting.setdefault(fragment_id, Counter())[domain] = count
        return [
            (one, waiting.get(one.fragment.id, Counter()))
            for one in load_waiting_fragments(self._db, campaign_id)
        ]

    def pause(self, campaign_id: int, reason: str, now: datetime) -> None:
        """Stop sending until ``resume``. Raises ``UsageError`` unless it is active."""
        with self._db.transaction():
            self._move(campaign_id, {CampaignState.ACTIVE}, CampaignState.PAUSED, reason)
            self._db.execute("UPDATE campaign SET stopped_at = ? WHERE id = ?", (to_ms(now), campaign_id))

    def resume(self, campaign_id: int) -> None:
        """Go on with a paused campaign; its failure rate is counted anew. Raises ``UsageError``."""
        with self._db.transaction():
            self._move(campaign_id, {CampaignState.PAUSED}, CampaignState.ACTIVE, "")
            self._forget_failures(campaign_id)

    def cancel(
        self, campaign_id: int, reason: str, now: datetime, publishing: Callable[[datetime], datetime]
    ) -> int:
        """Stop sending for good.

        The results are published at ``publishing(...)`` of the last message, or of *now* without one.
        Returns the number of messages that will not go out. Raises ``UsageError``.
        """
        with self._db.transaction():
            states = {CampaignState.ACTIVE, CampaignState.PAUSED}
            self._move(campaign_id, states, CampaignState.CANCELLED, reason)
            stopped = self._db.execute(
                "UPDATE delivery SET state = 'cancelled', settled_at = ?, next_at = NULL"
                " WHERE campaign_id = ? AND state IN ('pending', 'deferred')",
                (to_ms(now), campaign_id),
            )
            if self._judgements.end(campaign_id):
                self._judgements.forget_refusals(campaign_id)
            self._db.execute(
                "UPDATE fragment SET finished_at = ? WHERE campaign_id = ? AND finished_at IS NULL",
                (to_ms(now), campaign_id),
            )
            self._db.execute("UPDATE campaign SET finished_at = ? WHERE id = ?", (to_ms(now), campaign_id))
            last_out = self._db.value(
                f"SELECT {LAST_OUT_AT} FROM campaign c WHERE c.id = ?",  # noqa: S608
                (campaign_id,),
            )
            self._db.execute(
                "INSERT OR IGNORE INTO publication (campaign_id, edition, due_at) VALUES (?, 1, ?)",
                (campaign_id, to_ms(publishing(from_ms(last_out)))),
            )
        return stopped

    def retry(self, campaign_id: int, now: datetime) -> RetryPlan:
        """Try deferred messages now, and failed ones and those in doubt once more, from the start.

        What this campaign's own refusals suppressed is taken back; their bounces stay until the
        deliveries are settled anew. Failed ones whose address is suppressed for another reason stay
        failed. A campaign that a run of refusals or its failure rate holds goes on. Raises
        ``UsageError`` for one that was cancelled, or whose contacts were deleted.
        """
        suppression = SuppressionList(self._db)
        with self._db.transaction():
            state = self._db.value("SELECT state FROM campaign WHERE id = ?", (campaign_id,))
            if state == CampaignState.CANCELLED:
                raise UsageError("a cancelled campaign cannot be tried again")
            if self._db.value("SELECT contacts_deleted_at FROM campaign WHERE id = ?", (campaign_id,)):
                raise UsageError("its contacts were deleted, and nobody can be tried again")
            deferred = self._db.execute(
                "UPDATE delivery SET next_at = ? WHERE campaign_id = ? AND state = 'deferred'",
                (to_ms(now), campaign_id),
            )
            self._judgements.forget_refusals(campaign_id)
            suppression.take_back_refusals(campaign_id)
            suppressed = suppression.of_deliveries(self._failed(campaign_id))
            failed = self._db.execute(
                f"""UPDATE delivery SET state = 'pending', attempts = 0, first_at = NULL, settled_at = NULL,
                    code = '', reply = '' WHERE campaign_id = ? AND {_MAY_BE_TRIED}
                    AND id NOT IN (SELECT value FROM json_each(?))""",  # noqa: S608
                (campaign_id, json.dumps(list(suppressed))),
            )
            if failed:
                self._reopen(campaign_id)
            goes_on = self._db.execute(
                "UPDATE campaign SET state = 'active', state_reason = '' WHERE id = ? AND state = 'paused'"
                " AND (state_reason LIKE 'relay:%' OR state_reason LIKE 'failures:%')",
                (campaign_id,),
            )
            self._forget_failures(campaign_id)
        is_paused = state == CampaignState.PAUSED and not goes_on
        return RetryPlan(deferred, failed, Counter(suppressed.values()), goes_on > 0, is_paused)

    def _failed(self, campaign_id: int) -> list[int]:
        query = f"SELECT id FROM delivery WHERE campaign_id = ? AND {_MAY_BE_TRIED}"  # noqa: S608
        return [row[0] for row in self._db.rows(query, (campaign_id,))]

    def _reopen(self, campaign_id: int) -> None:
        """Open the fragments that have something to send again, and their campaign."""
        self._db.execute(
            "UPDATE fragment SET finished_at = NULL WHERE campaign_id = ?1 AND EXISTS"
            " (SELECT 1 FROM delivery d WHERE d.fragment_id = fragment.id AND d.state = 'pending')",
            (campaign_id,),
        )
        self._db.execute(
            "UPDATE campaign SET state = 'active', finished_at = NULL WHERE id = ? AND state = 'finished'",
            (campaign_id,),
        )
        self._db.execute(
            "DELETE FROM publication WHERE campaign_id = ? AND published_at IS NULL", (campaign_id,)
        )

    def _forget_failures(self, campaign_id: int) -> None:
        self._db.execute("UPDATE fragment SET tried = 0, refused = 0 WHERE campaign_id = ?", (campaign_id,))

    def _move(self, campaign_id: int, start: set[CampaignState], end: CampaignState, reason: str) -> None:
        state = CampaignState(self._db.value("SELECT state FROM campaign WHERE id = ?", (campaign_id,)))
        if state not in start:
            raise UsageError(f"the campaign is {state.value}", hint="`mpftp campaign list` shows all states")
        self._db.execute(
            "UPDATE campaign SET state = ?, state_reason = ? WHERE id = ?", (end.value, reason, campaign_id)
        )

    def find_sample_contact(self, campaign_id: int, email: str | None = None) -> tuple[str, str] | None:
        """The address and the values (JSON array) of the contact *email*, or of the first one."""
        row = self._db.row(
            "SELECT email, fields FROM delivery WHERE campaign_id = ?1 AND fragment_id IS NOT NULL"
            " AND (?2 IS NULL OR canonical(email) = canonical(?2)) ORDER BY id LIMIT 1",
            (campaign_id, email),
        )
        return (row[0], row[1]) if row else None
