"""Which keys signed the links of which campaigns, so that a key that is gone is missed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import to_ms
from mpftp.domain.tokens import KeyIdentity

_HAS_SENT = """EXISTS (SELECT 1 FROM delivery d INDEXED BY delivery_campaign WHERE d.campaign_id = c.id
    AND d.state IN ('sent', 'failed', 'deferred', 'doubt', 'claimed'))"""


class SigningKeyStore:
    """The signing keys as the state knows them: by number and fingerprint, never the secret."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def record_use(self, key: KeyIdentity, campaign_id: int) -> None:
        """Note, before its messages go out, that *key* signs the links of a campaign."""
        query = (
            "SELECT 1 FROM campaign_key u JOIN signing_key s ON s.id = u.key_id"
            " WHERE u.campaign_id = ? AND s.number = ? AND s.fingerprint = ? AND s.given_up_at IS NULL"
        )
        if self._db.value(query, (campaign_id, key.number, key.fingerprint)) is None:
            with self._db.transaction():
                self._db.execute(
                    "INSERT OR IGNORE INTO campaign_key VALUES (?, ?)", (campaign_id, self._row_of(key))
                )

    def adopt(self, keys: Iterable[KeyIdentity]) -> None:
        """Take *keys* for those that signed all that went out, where an earlier version kept no list."""
        if self._db.value("SELECT 1 FROM signing_key LIMIT 1") or not self.count_sent_campaigns():
            return
        with self._db.transaction():
            for key in keys:
                self._db.execute(
                    f"INSERT INTO campaign_key SELECT c.id, ? FROM campaign c WHERE {_HAS_SENT}",  # noqa: S608
                    (self._row_of(key),),
                )

    def _row_of(self, key: KeyIdentity) -> int:
        """The row of *key*, made when it is new; a key that signs is not given up."""
        values = (key.number, key.fingerprint)
        self._db.execute(
            "INSERT INTO signing_key (number, fingerprint) VALUES (?, ?)"
            " ON CONFLICT (number, fingerprint) DO UPDATE SET given_up_at = NULL",
            values,
        )
        return int(self._db.value("SELECT id FROM signing_key WHERE (number, fingerprint) = (?, ?)", values))

    def used_keys(self) -> list[KeyIdentity]:
        """Return the keys that signed links of sent messages and were not given up."""
        query = "SELECT number, fingerprint FROM signing_key WHERE given_up_at IS NULL ORDER BY number, id"
        return [KeyIdentity(key_number, fingerprint) for key_number, fingerprint in self._db.rows(query)]

    def count_campaigns(self, keys: Iterable[KeyIdentity]) -> int:
        """In how many campaigns links hang on one of *keys*."""
        campaigns: set[int] = set()
        query = (
            "SELECT u.campaign_id FROM campaign_key u JOIN signing_key s ON s.id = u.key_id"
            " WHERE s.number = ? AND s.fingerprint = ?"
        )
        for key in keys:
            campaigns.update(row[0] for row in self._db.rows(query, (key.number, key.fingerprint)))
        return len(campaigns)

    def count_sent_campaigns(self) -> int:
        """Of how many campaigns messages went out, or may have."""
        return int(self._db.value(f"SELECT count(*) FROM campaign c WHERE {_HAS_SENT}"))  # noqa: S608

    def give_up(self, keys: Iterable[KeyIdentity], now: datetime) -> None:
        """Miss *keys* no more: whoever follows a link that they signed finds nothing."""
        with self._db.transaction():
            self._db.execute_many(
                "UPDATE signing_key SET given_up_at = ? WHERE number = ? AND fingerprint = ?",
                [(to_ms(now), key.number, key.fingerprint) for key in keys],
            )
