"""What tests of several floors share: a state file, and a campaign in it whose story a test tells."""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings

from mpftp.adapters.store.database import Database
from mpftp.domain.clock import to_ms

# The commands that tests start are compiled once, as on a user's machine, whatever the environment says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

gc.disable()  # until all tests are collected: nothing of what a collection makes is garbage

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")  # a busy machine must not fail a test; pytest's timeout bounds them all

SENT_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def db(tmp_path, blank_state):
    """A fresh state file, open. It does not wait for the disk: no test that uses it cuts the power."""
    shutil.copy(blank_state, tmp_path / "state.db")
    with Database(tmp_path / "state.db") as database:
        database.execute("PRAGMA synchronous = OFF")
        yield database


@pytest.fixture(scope="session")
def blank_state(tmp_path_factory):
    """A state file of this version with nothing in it."""
    path = tmp_path_factory.mktemp("blank") / "state.db"
    Database(path).close()
    return path


@dataclass
class Story:
    """One campaign, written straight into the state file; times are hours after ``SENT_AT``."""

    db: Database
    campaign: int
    columns: tuple[str, ...]
    deliveries: dict[str, int]

    def tell(self, kind, email, hours=1.0, **more):
        """One event of one contact."""
        row = {"campaign_id": self.campaign, "delivery_id": self.deliveries[email], "kind": kind}
        row |= {"at": to_ms(SENT_AT + timedelta(hours=hours)), **more}
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        with self.db.transaction():
            self.db.execute(f"INSERT INTO event ({names}) VALUES ({marks})", list(row.values()))

    def stop(self, state, at=None):
        """The campaign in another *state*; a paused one since *at* and not finished."""
        with self.db.transaction():
            self.db.execute(
                "UPDATE campaign SET state = ?1, stopped_at = ?2,"
                " finished_at = iif(?1 IN ('active', 'paused'), NULL, coalesce(finished_at, accepted_at))"
                " WHERE id = ?3",
                (state, to_ms(at) if at else None, self.campaign),
            )

    def change(self, email, **columns):
        """Other values for one delivery."""
        names = ", ".join(f"{name} = ?" for name in columns)
        values = [*columns.values(), self.deliveries[email]]
        with self.db.transaction():
            self.db.execute(f"UPDATE delivery SET {names} WHERE id = ?", values)


@pytest.fixture
def story(db):
    """A function that makes a sent campaign: client, name, contacts (each of them delivered)."""

    def make(client="acme", name="Promo", date="20260301", emails=("ana@example.com", "bia@example.com"),
             links=("https://loja.example/",), state="finished",
             columns=("email", "uidcli", "nome")):  # fmt: skip
        sent = to_ms(SENT_AT)
        with db.transaction():
            db.execute("INSERT OR IGNORE INTO client (name) VALUES (?)", (client,))
            owner = db.value("SELECT id FROM client WHERE name = ?", (client,))
            campaign = db.insert(
                "INSERT INTO campaign (client_id, name, date, state, digest, settings, columns, html,"
                " accepted_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?)",
                (owner, name, date, state, f"{client}{name}{date}", json.dumps({"subject": f"Sobre {name}"}),
                 json.dumps(columns), sent - 60_000, sent if state == "finished" else None),
            )  # fmt: skip
            fragment = db.insert(
                "INSERT INTO fragment (campaign_id, number, due_at, contacts, finished_at)"
                " VALUES (?, 1, ?, ?, ?)",
                (campaign, sent, len(emails), sent if state == "finished" else None),
            )
            for number, url in enumerate(links, 1):
                db.execute("INSERT INTO link VALUES (?, ?, ?)", (campaign, number, url))
            deliveries = {}
            for line, email in enumerate(emails, 2):
                values = {"email": email, "uidcli": str(100 + line), "nome": email.split("@")[0].title()}
                deliveries[email] = db.insert(
                    "INSERT INTO delivery (campaign_id, fragment_id, line, email, fields, state, settled_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (campaign, fragment, line, email, json.dumps([values[name] for name in columns]),
                     "sent" if state == "finished" else "pending", sent if state == "finished" else None),
                )  # fmt: skip
        return Story(db, campaign, columns, deliveries)

    return make


def pytest_xdist_auto_num_workers():
    """Two workers a core: many tests wait for a server, a timer or a kill."""
    return 2 * len(os.sched_getaffinity(0))


def pytest_collection_modifyitems(items):
    """Let the tests that ask for more than the usual time begin first: none is waited for at the end."""

    def seconds(item):
        mark = item.get_closest_marker("timeout")
        return mark.args[0] if mark else 0

    items.sort(key=seconds, reverse=True)


def pytest_collection_finish():
    """Look for garbage again, but not among the thousands of tests, at each full pass."""
    gc.enable()
    gc.freeze()
