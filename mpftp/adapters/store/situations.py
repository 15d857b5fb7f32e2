"""The one view of a campaign's results: what became of each line of MAIL, with its reason.

``publish``, ``report``, ``status``, ``campaign show`` and the letters all ask here, so that their
numbers agree. A message came back when a bounce of it is known, or when its server refused it; of
several bounces the worst counts: the last permanent one, else the last.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.suppression import SUPPRESSED
from mpftp.domain.campaign import DeliveryState, EventKind
from mpftp.domain.clock import from_ms
from mpftp.domain.persons import HASH_GLOB
from mpftp.domain.results.files import ResultRow, bounce_of_reply
from mpftp.domain.results.situations import (
    RETURNABLE_STATES,
    UNSENT,
    Situation,
    find_unsent_reason,
    situation_of,
)

NO_HORIZON = 2**63 - 1
"""The horizon that no event is behind: all are counted."""

# In every condition ?1 is the campaign and ?2 the horizon, the last event that counts.
_RETURNABLE = ", ".join(f"'{state.value}'" for state in sorted(RETURNABLE_STATES))
# One contact at a time; where all are counted, the order in ``bounced`` says the same in one pass.
_IS_WORST = """NOT EXISTS (
    SELECT 1 FROM event f WHERE f.delivery_id = e.delivery_id AND f.kind = 'bounce' AND f.id <= ?2
    AND ((f.class = 'permanent'), f.at, f.id) > ((e.class = 'permanent'), e.at, e.id))"""
_NO_BOUNCE = """NOT EXISTS (
    SELECT 1 FROM event f WHERE f.delivery_id = d.id AND f.kind = 'bounce' AND f.id <= ?2)"""
REFUSED = f"""
    FROM delivery d INDEXED BY delivery_campaign
    WHERE d.campaign_id = ?1 AND d.state = 'failed' AND {_NO_BOUNCE}"""
"""Each contact whose server refused the message, and of whom no bounce is known beside."""

NOT_SENT = f"""
    FROM campaign c CROSS JOIN delivery d INDEXED BY delivery_campaign ON d.campaign_id = c.id
    WHERE c.id = ?1
        AND d.state IN ('invalid', 'suppressed', 'cancelled', 'doubt', 'pending', 'claimed', 'deferred')
        AND (d.state <> 'doubt' OR {_NO_BOUNCE})
        AND (d.state NOT IN ('pending', 'claimed', 'deferred') OR c.state IN ('paused', 'cancelled'))"""
"""Each contact to whom nothing went and, as things stand, nothing will.

The states that can be are named first, so that the index leads past all that were sent.
"""

EMAIL = f"iif(d.email GLOB '{HASH_GLOB}', '', d.email)"
"""The address of a contact; empty for one who was forgotten or whose time is over."""

DECIDED_AT = """CASE WHEN d.state IN ('invalid', 'repeated') THEN c.accepted_at
    ELSE coalesce(d.settled_at, c.stopped_at, d.first_at, c.finished_at, c.accepted_at) END"""
"""When it was decided that nothing goes to a contact."""

LAST_OUT_AT = """coalesce(
    (SELECT max(iif(d.state IN ('sent', 'failed', 'doubt'), coalesce(d.settled_at, d.first_at), d.first_at))
     FROM delivery d WHERE d.campaign_id = c.id AND d.attempts > 0),
    c.finished_at, c.stopped_at, c.accepted_at)"""
"""When a stopped campaign's last message went out, or when it was decided that none would."""

_COUNT_FORGOTTEN = """
    SELECT state, count(*) FROM delivery INDEXED BY delivery_forgotten
    WHERE campaign_id = ? AND forgotten_at IS NOT NULL GROUP BY state"""
_LEFT_OUT = f"""(d.state = 'suppressed' OR d.id IN (
    SELECT d.id {SUPPRESSED} WHERE d.campaign_id = ?1 AND d.state IN ('pending', 'claimed', 'deferred')))"""


@dataclass(frozen=True, slots=True)
class ReturnedContacts:
    """So many *contacts* of whom a bounce is known, alike in all this; the worst bounce counts."""

    state: DeliveryState
    is_forgotten: bool
    bounce_class: str
    reason: str
    contacts: int


@dataclass(frozen=True, slots=True)
class SendPlan:
    """What is to go out: *fragments* as (due, contacts), without the *suppressed* ones."""

    fragments: tuple[tuple[datetime, int], ...]
    suppressed: int


def load_plan(db: Database, campaign_id: int) -> SendPlan:
    """The timetable of a campaign; who was or would now be suppressed is left out of it."""
    query = f"""
        SELECT f.due_at, count(*), total({_LEFT_OUT}) FROM campaign c
        CROSS JOIN fragment f ON f.campaign_id = c.id CROSS JOIN delivery d ON d.fragment_id = f.id
        WHERE c.id = ?1 AND d.campaign_id = c.id GROUP BY f.number"""  # noqa: S608
    rows = [(from_ms(due), count, int(left_out)) for due, count, left_out in db.rows(query, (campaign_id,))]
    fragments = tuple((due, count - left_out) for due, count, left_out in rows)
    return SendPlan(fragments, sum(left_out for *_, left_out in rows))


def bounced(columns: str) -> str:
    """SQL for each contact with a bounce, with *columns* of its worst one (``e``).

    All bounces are sorted with their columns: the fewer, the faster.
    """
    return f"""
        FROM (SELECT {columns}, delivery_id, row_number() OVER (
                  PARTITION BY delivery_id ORDER BY class = 'permanent' DESC, at DESC, id DESC) AS rank
              FROM event INDEXED BY event_campaign WHERE campaign_id = ?1 AND kind = 'bounce' AND id <= ?2) e
        CROSS JOIN delivery d ON d.id = e.delivery_id
        WHERE e.rank = 1 AND d.state IN ({_RETURNABLE})"""  # noqa: S608


def select_columns(**expressions: str) -> str:
    """The columns of a query whose rows are ``ResultRow``: SQL for some fields, the others empty."""
    empty = {"at": "0", "line": "0"}
    columns = {name: expressions.pop(name, empty.get(name, "''")) for name in ResultRow._fields}
    if expressions:
        raise TypeError(f"a result row has no {', '.join(expressions)}")
    return ", ".join(columns.values())


def uidcli_column(columns: Sequence[str]) -> str:
    """SQL for the client's own number of a contact whose campaign has these *columns*."""
    if "uidcli" not in columns:
        return "''"
    return f"coalesce(json_extract(d.fields, '$[{columns.index('uidcli')}]'), '')"


def count_states(db: Database, campaign_id: int) -> Counter[DeliveryState]:
    """Count the lines of MAIL by the state of their deliveries."""
    query = """
        SELECT state, count(*) FROM delivery INDEXED BY delivery_campaign
        WHERE campaign_id = ? GROUP BY state"""
    return Counter({DeliveryState(state): count for state, count in db.rows(query, (campaign_id,))})


def count_situations(
    db: Database,
    campaign_id: int,
    states: Mapping[DeliveryState, int],
    returned: Iterable[ReturnedContacts],
) -> Counter[Situation]:
    """Count the lines of MAIL by what became of them; the sum is all the lines that there are.

    *states* is what ``count_states`` counts, *returned* what ``count_returned`` does.
    """
    counted: Counter[Situation] = Counter()
    for state, count in states.items():
        counted[situation_of(state)] += count
    for group in returned:
        if not group.is_forgotten:
            counted[situation_of(group.state)] -= group.contacts
            counted[Situation.RETURNED] += group.contacts
    for state, count in db.rows(_COUNT_FORGOTTEN, (campaign_id,)):
        counted[situation_of(DeliveryState(state))] -= count
        counted[Situation.FORGOTTEN] += count
    return +counted


def count_returned(db: Database, campaign_id: int) -> list[ReturnedContacts]:
    """Count the contacts of whom a bounce is known, by all that other counts tell them apart by."""
    query = f"""
        SELECT d.state, d.forgotten_at IS NOT NULL AS is_forgotten, e.class AS bounce_class, e.reason,
               count(*) AS contacts {bounced("class, reason")} GROUP BY 1, 2, 3, 4"""
    return [
        ReturnedContacts(
            DeliveryState(row["state"]),
            bool(row["is_forgotten"]),
            row["bounce_class"],
            row["reason"],
            row["contacts"],
        )
        for row in db.named_rows(query, (campaign_id, NO_HORIZON))
    ]


def count_returned_later(returned: Iterable[ReturnedContacts]) -> int:
    """Count the messages that the relay took and that came back by a report."""
    sent = [group for group in returned if group.state is DeliveryState.SENT and not group.is_forgotten]
    return sum(group.contacts for group in sent)


def count_more_events(db: Database, campaign_id: int) -> dict[EventKind, int]:
    """Count the events that were too many of a kind for their contact to be kept."""
    query = "SELECT kind, sum(count) FROM more_events WHERE campaign_id = ? GROUP BY kind"
    return {EventKind(kind): count for kind, count in db.rows(query, (campaign_id,))}


def count_unreached(
    db: Database, campaign_id: int, returned: Iterable[ReturnedContacts]
) -> Counter[tuple[str, str]]:
    """Count what RETORNADO holds by class and reason: the *returned*, and those to whom nothing went."""
    values = (campaign_id, NO_HORIZON)
    counted: Counter[tuple[str, str]] = Counter()
    for group in returned:
        counted[group.bounce_class, group.reason] += group.contacts
    refused = f"SELECT d.code, d.reply, count(*) {REFUSED} GROUP BY 1, 2"
    for code, reply, count in db.rows(refused, values):
        row = bounce_of_reply(ResultRow("", "", 0, code=code, reply=reply))
        counted[row.bounce_class, row.reason] += count
    left_out = f"SELECT d.state, iif(d.state = 'suppressed', d.code, ''), count(*) {NOT_SENT} GROUP BY 1, 2"
    for state, code, count in db.rows(left_out, values):
        reason = find_unsent_reason(situation_of(DeliveryState(state)), code)
        counted[UNSENT, reason or ""] += count
    return counted


def unreached_rows(
    db: Database, campaign_id: int, columns: Sequence[str], horizon: int, *, unsent: bool
) -> Iterator[ResultRow]:
    """The rows of RETORNADO in order of time; with *unsent*, also those to whom nothing went."""
    uidcli, values = uidcli_column(columns), (campaign_id, horizon)
    person = {"email": EMAIL, "uidcli": uidcli}
    bounce = select_columns(**person, at="e.at", bounce_class="e.class", code="e.code", reason="e.reason")
    reply = select_columns(**person, at="coalesce(d.settled_at, 0)", code="d.code", reply="d.reply")
    left_out = select_columns(**person, at=DECIDED_AT, code="d.code", situation="d.state")
    reported = f"SELECT {bounce} {bounced('id, at, class, code, reason')} ORDER BY e.at, e.id"
    refused = f"SELECT {reply} {REFUSED} ORDER BY d.settled_at, d.id"
    not_sent = f"SELECT {left_out} {NOT_SENT} ORDER BY 3, d.id"
    parts = [
        map(ResultRow._make, db.rows(reported, values)),
        (bounce_of_reply(ResultRow._make(row)) for row in db.rows(refused, values)),
    ]
    if unsent:
        parts.append(_not_sent(ResultRow._make(row)) for row in db.rows(not_sent, values))
    return heapq.merge(*parts, key=attrgetter("at"))


def situation_rows(
    db: Database, campaign_id: int, columns: Sequence[str], horizon: int
) -> Iterator[ResultRow]:
    """The rows of SITUACAO: one a line of MAIL, in its order."""
    cells = select_columns(
        line="d.line",
        email=EMAIL,
        uidcli=uidcli_column(columns),
        at=f"coalesce(e.at, {DECIDED_AT})",
        bounce_class="coalesce(e.class, '')",
        code="coalesce(e.code, d.code)",
        reason="coalesce(e.reason, '')",
        reply="d.reply",
        situation="iif(d.forgotten_at IS NULL, d.state, '')",
        source="c.state",
    )
    # A campaign's deliveries are numbered in one go: reading them by number needs no sorting.
    query = f"""
        SELECT {cells}
        FROM campaign c CROSS JOIN delivery d ON d.campaign_id = c.id LEFT JOIN event e
            ON e.delivery_id = d.id AND e.kind = 'bounce' AND e.id <= ?2
            AND d.state IN ({_RETURNABLE}) AND {_IS_WORST}
        WHERE c.id = ?1 AND d.id BETWEEN (SELECT min(id) FROM delivery WHERE campaign_id = ?1)
                                     AND (SELECT max(id) FROM delivery WHERE campaign_id = ?1)
        ORDER BY d.id"""  # noqa: S608
    return (_situation(ResultRow._make(row)) for row in db.rows(query, (campaign_id, horizon)))


def _not_sent(row: ResultRow) -> ResultRow:
    """The row of a contact to whom nothing went: *row* has the state of its delivery as its situation."""
    reason = find_unsent_reason(situation_of(DeliveryState(row.situation)), row.code)
    return row._replace(bounce_class=UNSENT, code="", reason=reason or "", reply="")


def _situation(row: ResultRow) -> ResultRow:
    """The row of SITUACAO for *row*, whose situation and source are the delivery's and campaign's states.

    A contact who was forgotten has no state here, and nothing more is told.
    """
    if not row.situation:
        return ResultRow("", "", row.at, line=row.line, situation=Situation.FORGOTTEN)
    state, campaign_runs = DeliveryState(row.situation), row.source in ("active", "finished")
    situation = situation_of(state, returned=bool(row.bounce_class))
    settled_row = row._replace(situation=situation, source="")
    if row.bounce_class:
        return settled_row
    if state is DeliveryState.FAILED or (state is DeliveryState.DEFERRED and campaign_runs):
        return bounce_of_reply(settled_row)
    waits = situation in (Situation.WAITING, Situation.DEFERRED)
    reason = None if waits and campaign_runs else find_unsent_reason(situation, row.code)
    return settled_row._replace(code="", reason=reason or "", reply="")
