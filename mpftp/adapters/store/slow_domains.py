"""Domains that asked for patience, from one run of ``send`` to the next."""

from __future__ import annotations

from collections.abc import Mapping

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import from_ms, to_ms
from mpftp.domain.sending.slowing import SlowDomain


def load_slow_domains(db: Database) -> tuple[SlowDomain, ...]:
    """The domains that rest or are tried, by name."""
    rows = db.named_rows("SELECT domain, pause_seconds, until, since, code FROM slow_domain ORDER BY domain")
    return tuple(
        SlowDomain(**row | {"until": from_ms(row["until"]), "since": from_ms(row["since"])}) for row in rows
    )


def save_slow_domains(db: Database, changes: Mapping[str, SlowDomain | None]) -> None:
    """Keep what was learned; ``None``: the domain is slow no more."""
    with db.transaction():
        for domain, slow in changes.items():
            db.execute("DELETE FROM slow_domain WHERE domain = ?", (domain,))
            if slow:
                values = (domain, slow.pause_seconds, to_ms(slow.until), to_ms(slow.since), slow.code)
                db.execute("INSERT INTO slow_domain VALUES (?, ?, ?, ?, ?)", values)
