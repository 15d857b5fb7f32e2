"""Who must not be mailed: by one client, or by none. Every question to the list and every entry is here.

Addresses stand in the list in their canonical form (``mpftp.domain.addresses``), persons who were
forgotten as a hash (``mpftp.domain.persons``); SQL asks for them with the functions ``canonical`` and
``person_hash``, which every connection has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mpftp.adapters.store.database import Database, replace_surrogates
from mpftp.domain.addresses import canonical_address
from mpftp.domain.bounces.judgement import TABLE, Channel, Judgement, Refusal, judge
from mpftp.domain.bounces.reasons import BounceReason, RefusalSubject
from mpftp.domain.campaign import BounceClass, EventKind
from mpftp.domain.clock import from_ms, to_ms
from mpftp.domain.persons import HASH_PREFIX

ALL_CLIENTS_ID = 0  # the client_id of a row that suppresses an address for every client


def on_list(client_id: str, *forms: str) -> str:
    """Return the condition that a row ``s`` of ``suppression`` is of that client or of everybody.

    All are SQL; *forms* are what the address may stand as: its canonical form, its hash.
    """
    is_one = f"= {forms[0]}" if len(forms) == 1 else f"IN ({', '.join(forms)})"  # IN takes twice as long
    return f"s.client_id IN (0, {client_id}) AND s.email {is_one}"


def _suppressed_as(*forms: str) -> str:
    """The deliveries whose addresses are suppressed in one of *forms*.

    The joins keep their order, for in any other a form is computed for each pair of rows.
    """
    return f"""
    FROM delivery d CROSS JOIN campaign c ON c.id = d.campaign_id
    CROSS JOIN suppression s ON {on_list("c.client_id", *forms)}"""


SUPPRESSED = _suppressed_as("canonical(d.email)", "person_hash(d.email)")
"""The deliveries to suppressed addresses: whoever asks who is suppressed asks this."""

_SUPPRESSED_BY_NAME = _suppressed_as("canonical(d.email)")
"""The same as long as no person was forgotten, at half the price: ``send`` asks it for each delivery."""

_COLUMNS = "INSERT INTO suppression (client_id, email, reason, at, source, delivery_id)"
_OVER_BOUNCE = (
    "DO UPDATE SET reason = excluded.reason, at = excluded.at, source = excluded.source,"
    " delivery_id = NULL WHERE suppression.reason = 'bounce'"
)


@dataclass(frozen=True, slots=True)
class SuppressedAddress:
    """One suppressed address; *client* is empty when it is suppressed for every client."""

    client: str
    email: str
    reason: str
    at: datetime
    source: str

    @property
    def is_forgotten(self) -> bool:
        """Whether a hash stands in the place of the address."""
        return self.email.startswith(HASH_PREFIX)


class SuppressionList:
    """The list of suppressed addresses. The operator's changes are transactions of their own."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of_deliveries(self, delivery_ids: Collection[int]) -> dict[int, str]:
        """Those of the deliveries whose address is suppressed, and why; everybody's list counts first."""
        suppressed = SUPPRESSED if self._db.knows_forgotten else _SUPPRESSED_BY_NAME
        query = f"""
            SELECT d.id, s.reason {suppressed}
            WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY s.client_id DESC"""  # noqa: S608
        return dict(self._db.rows(query, (json.dumps(list(delivery_ids)),)))

    def count_waiting(self, campaign_id: int) -> Counter[str]:
        """Count a campaign's waiting deliveries whose address is suppressed by now, by reason."""
        query = f"""
            SELECT d.id, s.reason {SUPPRESSED}
            WHERE d.campaign_id = ? AND d.state IN ('pending', 'deferred')
            ORDER BY s.client_id DESC"""
        return Counter(dict(self._db.rows(query, (campaign_id,))).values())

    def on_bounce(
        self, client_id: int, email: str, at: datetime, source: str, delivery_id: int | None = None
    ) -> None:
        """Suppress an address that a bounce says is no more, inside the caller's transaction.

        An entry that is on the list stays. *delivery_id*: the delivery that came back.
        """
        self._insert([(client_id, email, "bounce", at, source, delivery_id)])

    def on_request(self, client_id: int, email: str, kind: EventKind, at: datetime, source: str) -> None:
        """Suppress an address for an opt-out or a complaint, inside the caller's transaction.

        What the reader asked for outlives what a server said, so it replaces a bounce's row.
        """
        self._insert([(client_id, email, kind.value, at, source, None)], _OVER_BOUNCE)

    def _insert(
        self,
        rows: Iterable[tuple[int, str, str, datetime, str, int | None]],
        on_conflict: str = "DO NOTHING",
    ) -> None:
        """Put (client's id, address, reason, time, source, delivery) on the list, the one place that does."""
        self._db.execute_many(
            f"{_COLUMNS} VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT {on_conflict}",
            (
                (owner, canonical_address(email), reason, to_ms(at), replace_surrogates(source), delivery_id)
                for owner, email, reason, at, source, delivery_id in rows
            ),
        )

    def take_back_refusals(self, campaign_id: int) -> None:
        """Lift what the refusals of a campaign's failed deliveries alone suppressed; in a transaction.

        An entry that names no delivery is of an earlier release: it is told by its address and second.
        One stays for which a bounce of another campaign would suppress the address, too.
        """
        query = """
            SELECT DISTINCT s.client_id, s.email FROM delivery d CROSS JOIN campaign c ON c.id = d.campaign_id
            CROSS JOIN suppression s ON s.client_id = c.client_id AND s.email = canonical(d.email)
            JOIN event e ON e.delivery_id = d.id AND e.kind = 'bounce' AND e.source = 'smtp'
            WHERE d.campaign_id = ? AND d.state = 'failed' AND s.reason = 'bounce'
            AND (s.delivery_id = d.id OR s.delivery_id IS NULL AND s.at / 1000 = e.at / 1000)"""
        own = list(self._db.rows(query, (campaign_id,)))
        elsewhere = self._suppressed_elsewhere(campaign_id, {email for _, email in own})
        self._db.execute_many(
            "DELETE FROM suppression WHERE client_id = ? AND email = ?",
            ((owner, email) for owner, email in own if email not in elsewhere),
        )

    def take_back_crowd(self, campaign_id: int, alike: str) -> None:
        """Lift what reports that are *alike*, and prove to be a crowd, had suppressed; in a transaction."""
        self._db.execute(
            "DELETE FROM suppression WHERE reason = 'bounce' AND (client_id, email, at) IN"
            " (SELECT client_id, email, at FROM bounce_judgement WHERE campaign_id = ? AND alike = ?"
            " AND state = 'applied' AND judgement = 'at once'"
            " AND json_extract(evidence, '$.channel') = 'report')",
            (campaign_id, alike),
        )

    def lift_bounce(self, client_id: int, email: str) -> None:
        """Take an entry that a bounce made off a client's list, inside the caller's transaction."""
        self._db.execute(
            "DELETE FROM suppression WHERE client_id = ? AND email = ? AND reason = 'bounce'",
            (client_id, email),
        )

    def on_forgetting(self, client: str | None, address: str, hashed: str, at: datetime) -> None:
        """Put the hash of a forgotten person in the place of the address, inside the caller's transaction.

        On *client*'s list, or on everybody's for the entries of all lists; the reason stays.
        """
        owner = owner_id(self._db, client)
        values = (address, hashed, owner)
        whose = "email IN (?1, ?2)" + (" AND client_id = ?3" if client else " AND ?3 = ?3")
        reason = self._db.value(
            f"SELECT reason FROM suppression WHERE {whose} ORDER BY client_id = ?3 DESC",  # noqa: S608
            values,
        )
        self._db.execute(f"DELETE FROM suppression WHERE {whose}", values)  # noqa: S608
        self._db.execute(
            f"{_COLUMNS} VALUES (?, ?, ?, ?, ?, ?)",
            (owner, hashed, reason or "operator", to_ms(at), "forgotten", None),
        )

    def _suppressed_elsewhere(self, campaign_id: int, emails: Collection[str]) -> set[str]:
        """Those of *emails* that a bounce of another campaign of the same client would suppress."""
        if not emails:
            return set()
        query = """
            SELECT canonical(d.email), e.class, e.code, e.reason FROM campaign c
            JOIN campaign o ON o.client_id = c.client_id AND o.id <> c.id
            JOIN event e ON e.campaign_id = o.id AND e.kind = 'bounce' JOIN delivery d ON d.id = e.delivery_id
            WHERE c.id = ?"""
        return {
            email
            for email, bounce_class, code, reason in self._db.rows(query, (campaign_id,))
            if email in emails and _would_suppress(bounce_class, code, reason)
        }

    def add(self, client: str | None, rows: Iterable[tuple[str, str, str]], at: datetime) -> int:
        """Suppress addresses, given as (address, reason, source); *client* ``None``: for every client.

        An address that is on the list stays as it is. Returns how many are new.
        """
        with self._db.transaction():
            owner = owner_id(self._db, client)
            before = self._count(owner)
            self._insert((owner, email, reason, at, source, None) for email, reason, source in rows)
            return self._count(owner) - before

    def stage(self, addresses: Iterable[str]) -> None:
        """Draw *addresses* into a table of this connection alone; it is not on the list yet."""
        self._db.execute("DROP TABLE IF EXISTS temp.listed")
        self._db.execute("CREATE TEMP TABLE listed (email TEXT PRIMARY KEY) WITHOUT ROWID")
        self._db.execute("BEGIN")
        try:
            rows = ((canonical_address(address),) for address in addresses)
            self._db.execute_many("INSERT INTO listed VALUES (?) ON CONFLICT DO NOTHING", rows)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def add_staged(self, client_id: int, at: datetime, source: str) -> int:
        """Suppress what is staged at its client's own wish, inside the caller's transaction.

        That outlives what a server said, so it replaces a bounce's row; who was forgotten stays so.
        Returns how many are new.
        """
        before = self._count(client_id)
        self._db.execute(
            f"{_COLUMNS} SELECT ?1, l.email, 'client', ?2, ?3, NULL FROM temp.listed l WHERE NOT EXISTS"  # noqa: S608
            f" (SELECT 1 FROM suppression s WHERE {on_list('?1', 'person_hash(l.email)')})"
            f" ON CONFLICT {_OVER_BOUNCE}",
            (client_id, to_ms(at), source),
        )
        self._db.execute("DROP TABLE temp.listed")
        return self._count(client_id) - before

    def remove(self, client: str | None, emails: Iterable[str]) -> list[str]:
        """Take addresses off one list; returns those that were on it."""
        with self._db.transaction():
            owner = owner_id(self._db, client)
            return [
                email
                for email in emails
                if self._db.execute(
                    "DELETE FROM suppression WHERE client_id = ? AND email IN (?, person_hash(?))",
                    (owner, canonical_address(email), email),
                )
            ]

    def rows(
        self, client: str | None = None, reason: str | None = None, address: str | None = None
    ) -> Iterator[SuppressedAddress]:
        """Who is suppressed, by client and address; of *client*, only its own list and everybody's.

        With *address* only its entries, that of a forgotten person among them.
        """
        query = """
            SELECT coalesce(k.name, '') AS client, s.email, s.reason, s.at, s.source
            FROM suppression s LEFT JOIN client k ON k.id = s.client_id
            WHERE (?1 IS NULL OR k.name = ?1 OR s.client_id = 0) AND (?2 IS NULL OR s.reason = ?2)
                AND (?3 IS NULL OR s.email IN (?3, person_hash(coalesce(?3, ''))))
            ORDER BY 1, 2"""
        email = canonical_address(address) if address else None
        for row in self._db.named_rows(query, (client, reason, email)):
            yield SuppressedAddress(
                row["client"], row["email"], row["reason"], from_ms(row["at"]), row["source"]
            )

    def _count(self, owner: int) -> int:
        return int(self._db.value("SELECT count(*) FROM suppression WHERE client_id = ?", (owner,)))


def owner_id(db: Database, client: str | None) -> int:
    """The id of the client whose list is meant, ``None``: everybody's; one not known yet is noted."""
    if client is None:
        return ALL_CLIENTS_ID
    db.execute("INSERT OR IGNORE INTO client (name) VALUES (?)", (client,))
    return int(db.value("SELECT id FROM client WHERE name = ?", (client,)))


def _would_suppress(bounce_class: str, code: str, reason: str) -> bool:
    """Whether a bounce as the state keeps it says that its address is no more."""
    if reason not in set(BounceReason):
        return False
    known = BounceReason(reason)
    subject = RefusalSubject.RECIPIENT if TABLE[known] is Judgement.AT_ONCE else RefusalSubject.UNCLEAR
    refusal = Refusal(Channel.REPORT, BounceClass(bounce_class), known, code, subject=subject)
    return judge(refusal).judgement is Judgement.AT_ONCE
