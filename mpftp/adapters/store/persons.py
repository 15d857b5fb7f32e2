"""One person in the state: what is kept of an address, and how it is erased."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.refusals import to_compact_json
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.addresses import canonical_address
from mpftp.domain.clock import to_ms
from mpftp.domain.file_names import InputType, TripletKey

KEY_BYTES = 32

# The first half spares the call for nearly every row: only letters beyond ASCII need IDNA and NFC.
_IS_PERSON = (
    "(rtrim(lower(d.email), '.') = ?1 OR d.email = person_hash(?1)"
    " OR d.email GLOB '*[^ -~]*' AND canonical(d.email) = ?1)"
    " AND (?2 IS NULL OR k.name = ?2)"
)
_FREE_TEXTS = (("client", "trouble"), ("publication", "trouble"), ("campaign", "state_reason"))
"""What others wrote, in which an address may stand."""


@dataclass(frozen=True, slots=True)
class PersonDelivery:
    """A line of MAIL that holds the person: its values by column, and where it stands."""

    id: int
    campaign_id: int
    client: str
    key: TripletKey
    line: int
    email: str
    values: Mapping[str, str]

    @property
    def campaign(self) -> str:
        """CLIENT/NAME_DATE."""
        return f"{self.client}/{self.key.name}_{self.key.date}"


class PersonStore:
    """What the state knows of one address, in all clients or in that of *client*."""

    def __init__(self, db: Database, address: str, client: str | None = None) -> None:
        self._db = db
        self._address = canonical_address(address)
        self._client = client

    def deliveries(self) -> list[PersonDelivery]:
        """Every line of MAIL with the address, the oldest first; reads all deliveries there are."""
        query = f"""
            SELECT d.id, d.campaign_id, k.name AS client, c.name, c.date, d.line, d.email, c.columns, d.fields
            FROM delivery d JOIN campaign c ON c.id = d.campaign_id JOIN client k ON k.id = c.client_id
            WHERE {_IS_PERSON} ORDER BY d.id"""  # noqa: S608
        return [_delivery(row) for row in self._db.named_rows(query, (self._address, self._client))]

    def erase(self, deliveries: Sequence[PersonDelivery], at: datetime) -> None:
        """Erase the person from the state, in one transaction, but for the keyed hash on the list.

        No message may be sent meanwhile. The lines stay, without address and values; events stay without
        the reader's network address and program.
        """
        ids = json.dumps([delivery.id for delivery in deliveries])
        with self._db.transaction():
            self._suppress_hash(at)
            self._erase_deliveries(ids, at)
            self._erase_messages(ids)
            self._erase_findings(deliveries)
            for table, column in _FREE_TEXTS:
                self._db.execute(
                    f"UPDATE {table} SET {column} = replace(lower({column}), ?1, '***')"  # noqa: S608
                    f" WHERE instr(lower({column}), ?1)",
                    (self._address,),
                )

    def decide_messages(self, digests: Iterable[str]) -> None:
        """Let no message of *digests* wait for a decision: it is to be removed."""
        with self._db.transaction():
            self._db.execute_many(
                "UPDATE report SET text = '',"
                " decided = iif(decided = '' AND place <> 'Taken', 'nothing', decided) WHERE digest = ?",
                [(digest,) for digest in digests],
            )

    def unshared(self, deliveries: Sequence[PersonDelivery], least: int) -> set[str]:
        """Values of *deliveries*, of *least* characters, that no other contact has: they tell of one."""
        own = {delivery.id for delivery in deliveries}
        values = {
            value for delivery in deliveries for value in delivery.values.values() if len(value) >= least
        }
        left = {value: to_compact_json(value) for value in values}
        for delivery_id, fields in self._db.rows("SELECT id, fields FROM delivery"):
            for value in [
                value for value, quoted in left.items() if quoted in fields and delivery_id not in own
            ]:
                del left[value]
            if not left:
                break
        return set(left)

    def shrink_log(self) -> bool:
        """Empty the write-ahead log, which holds what stood there before; ``False`` while others read."""
        return not self._db.value("PRAGMA wal_checkpoint(TRUNCATE)")

    def _suppress_hash(self, at: datetime) -> None:
        """Put the hash on the list in the place of the address."""
        SuppressionList(self._db).on_forgetting(self._client, self._address, self._hash(), at)

    def _hash(self) -> str:
        ensure_person_key(self._db)
        return str(self._db.value("SELECT person_hash(?)", (self._address,)))

    def _erase_deliveries(self, ids: str, at: datetime) -> None:
        self._db.execute(
            "UPDATE delivery SET email = '', reply = '', forgotten_at = ?2, next_at = NULL,"
            " fields = (SELECT json_group_array('') FROM json_each(fields)),"
            " settled_at = coalesce(settled_at, iif(state IN ('pending', 'claimed', 'deferred'), ?2, NULL)),"
            " code = iif(state IN ('pending', 'deferred'), 'operator', code),"
            " state = CASE state WHEN 'pending' THEN 'suppressed' WHEN 'deferred' THEN 'suppressed'"
            " WHEN 'claimed' THEN 'doubt' ELSE state END"
            " WHERE id IN (SELECT value FROM json_each(?1))",
            (ids, to_ms(at)),
        )
        self._db.execute(
            "UPDATE event SET ip = '', agent = '' WHERE delivery_id IN (SELECT value FROM json_each(?))",
            (ids,),
        )

    def _erase_messages(self, ids: str) -> None:
        """What servers and mail programs wrote; no message of the person waits for a decision any more."""
        self._db.execute(
            "DELETE FROM bounce_judgement WHERE delivery_id IN (SELECT value FROM json_each(?1))"
            " OR (email = ?2 AND (?3 IS NULL OR client_id = (SELECT id FROM client WHERE name = ?3)))",
            (ids, self._address, self._client),
        )
        self._db.execute(
            "UPDATE report SET text = '',"
            " decided = iif(decided = '' AND place <> 'Taken', 'nothing', decided)"
            " WHERE delivery_id IN (SELECT value FROM json_each(?1)) OR instr(lower(text), ?2)",
            (ids, self._address),
        )
        self._db.execute("DELETE FROM obstacle WHERE instr(lower(text), ?)", (self._address,))

    def _erase_findings(self, deliveries: Iterable[PersonDelivery]) -> None:
        """What a check quoted of the person's lines, or quoted with the address."""
        lines: dict[tuple[str, TripletKey], set[int]] = {}
        for delivery in deliveries:
            lines.setdefault((delivery.client, delivery.key), set()).add(delivery.line)
        for table in ("campaign", "refusal"):
            query = f"""
                SELECT t.id, k.name AS client, t.name, t.date, t.findings
                FROM {table} t JOIN client k ON k.id = t.client_id
                WHERE t.findings <> '[]' AND (?1 IS NULL OR k.name = ?1)"""  # noqa: S608
            for row in list(self._db.named_rows(query, (self._client,))):
                own = lines.get((row["client"], TripletKey(row["name"], row["date"])), set())
                erased = _without_person(row["findings"], self._address, own)
                if erased != row["findings"]:
                    self._db.execute(
                        f"UPDATE {table} SET findings = ? WHERE id = ?",  # noqa: S608
                        (erased, row["id"]),
                    )


def _delivery(row: Mapping[str, Any]) -> PersonDelivery:
    values = dict(zip(json.loads(row["columns"]), json.loads(row["fields"]), strict=False))
    key = TripletKey(row["name"], row["date"])
    return PersonDelivery(
        row["id"], row["campaign_id"], row["client"], key, row["line"], row["email"], values
    )


def ensure_person_key(db: Database) -> None:
    """Give the state the key of ``person_hash``, if it has none yet; in the caller's transaction."""
    if not db.value("SELECT person_key FROM memory"):
        db.execute("UPDATE memory SET person_key = ?", (secrets.token_hex(KEY_BYTES),))
        db.load_person_key()


def without_quotes(findings: str) -> str:
    """*findings* (JSON) without what they quote of MAIL."""
    return _without(findings, lambda finding, is_mail: is_mail)


def _without_person(findings: str, address: str, lines: Collection[int]) -> str:
    """*findings* (JSON) without what they quote of *lines* of MAIL, or quote with *address*."""
    return _without(
        findings,
        lambda finding, is_mail: (
            (is_mail and finding["line"] in lines)
            or address in json.dumps(finding, ensure_ascii=False).lower()
        ),
    )


def _without(findings: str, is_private: Callable[[dict[str, Any], bool], bool]) -> str:
    groups = json.loads(findings)
    for group in groups:
        is_mail = f"_{InputType.MAIL.value}_" in group["file"]
        for finding in group["findings"]:
            if is_private(finding, is_mail):
                finding |= {"excerpt": "", "values": dict.fromkeys(finding["values"], "")}
    return to_compact_json(groups)
