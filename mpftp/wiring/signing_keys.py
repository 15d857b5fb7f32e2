"""The file of signing keys and the state's list of them: what is missing, new keys, revoked keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mpftp.adapters.config import Config
from mpftp.adapters.keys import add_key, read_signing_keys, remove_key
from mpftp.adapters.lock import hold_lock
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.signing_keys import SigningKeyStore
from mpftp.domain.tokens import KeyIdentity, identify_key
from mpftp.errors import StateError, UsageError


@dataclass(frozen=True, slots=True)
class LostKeys:
    """Keys that signed and are no longer in the file, and in how many campaigns links hang on them.

    *keys* is empty where the whole file is gone and an earlier version kept no list.
    """

    keys: tuple[KeyIdentity, ...]
    campaigns: int

    def __str__(self) -> str:
        which = format_keys(self.keys) if self.keys else "the signing keys"
        are = "is" if len(self.keys) == 1 else "are"
        return f"{which} {are} missing, on which the links of {format_campaigns(self.campaigns)} hang"


def format_keys(keys: tuple[KeyIdentity, ...]) -> str:
    """*keys* by their numbers: ``key 0``, ``keys 0 and 3``."""
    numbers = [str(key.number) for key in keys]
    if len(numbers) == 1:
        return f"key {numbers[0]}"
    return f"keys {', '.join(numbers[:-1])} and {numbers[-1]}"


def format_campaigns(count: int) -> str:
    """How many campaigns, in words."""
    return f"{count} campaign{'s' * (count != 1)}"


def key_path(config: Config) -> Path:
    """Where the signing keys are."""
    return config.default_path(config.tracking.key_file, "tracking.keys")


def list_keys(config: Config) -> list[KeyIdentity]:
    """The keys in the file, the newest first, which signs. Raises ``ConfigError``."""
    return [identify_key(key_number, secret) for key_number, secret in read_signing_keys(key_path(config))]


def find_lost_keys(db: Database, config: Config) -> LostKeys | None:
    """The keys that signed what went out and are not in the file. Raises ``ConfigError``."""
    store, present = SigningKeyStore(db), list_keys(config)
    if lost := tuple(key for key in store.used_keys() if key not in present):
        return LostKeys(lost, store.count_campaigns(lost))
    if present or store.used_keys() or not db.has_sent():
        return None
    return LostKeys((), store.count_sent_campaigns())


def refuse_lost_keys(db: Database, config: Config, config_path: Path) -> None:
    """Raise ``StateError`` when a key is missing that signed what went out.

    Without it the links that it signed are invalid, opt-outs among them.
    """
    if lost := find_lost_keys(db, config):
        raise StateError(
            f"{key_path(config)}: {lost}",
            hint="put the file back, or take it from a backup; to give those links up in earnest: mpftp track"
            f" --rotate-key --accept-loss --config {config_path}",
        )


def adopt_keys(db: Database, config: Config) -> None:
    """Have the state miss, from now on, the keys of an earlier version that kept no list."""
    SigningKeyStore(db).adopt(list_keys(config))


def rotate_key(db: Database, config: Config, now: datetime) -> tuple[int, LostKeys | None]:
    """Add a key that signs from now on, and give up what is lost: the key's number, and what was lost."""
    lost = find_lost_keys(db, config)
    key_number = add_key(key_path(config))
    if lost:
        SigningKeyStore(db).give_up(lost.keys, now)
    return key_number, lost


def revoke_key(db: Database, config: Config, key_number: int, now: datetime) -> int:
    """Take a key out of the file for good; in how many campaigns links die by that.

    One that was taken out by hand is given up. Raises ``UsageError`` for one that is not known, or the
    only one; ``LockedError`` while ``send`` runs, which might sign with it.
    """
    with hold_lock(config.state, "send"):
        adopt_keys(db, config)
        store = SigningKeyStore(db)
        present = list_keys(config)
        known = tuple(key for key in {*store.used_keys(), *present} if key.number == key_number)
        if not known or any(key.number == key_number for key in present):
            remove_key(key_path(config), key_number)
        elif not present:
            raise UsageError(
                f"key {key_number} is missing, and no other is there",
                hint="put the file back; to give its links up in earnest: mpftp track --rotate-key"
                " --accept-loss",
            )
        store.give_up(known, now)
        return store.count_campaigns(known)
