"""A tracker over a real state file, a real event log, and requests that a WSGI validator checks."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from mpftp.adapters.config import Config, load_config
from mpftp.adapters.event_log import log_files, read_batch
from mpftp.adapters.keys import load_signing_keys
from mpftp.adapters.store.database import Database
from mpftp.domain.campaign import CampaignSettings
from mpftp.domain.event_log import Event
from mpftp.domain.tokens import Signer, TokenKind
from mpftp.tracker import build_tracker
from mpftp.tracker.handlers import Tracker

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

CONFIG = """
state = "state.db"
[tracking]
base_url = "https://clique.acme.example/m"
[clients.acme]
endpoint = "file:///srv/acme"
display_name = "Loja & Cia"
[clients.globex]
endpoint = "file:///srv/globex"
language = "en"
"""

HTML = """<html><body><p>Olá {{nome|cliente}}</p>
<a href="https://loja.example/oferta?a=1">Oferta</a>
<a href="https://loja.example/u/{{uidcli}}">Sua página</a>
<a href="{{descadastro}}">Sair</a> <a href="{{ver_online}}">Ver</a></body></html>"""

COLUMNS = ["email", "uidcli", "nome"]
LINKS = ["https://loja.example/oferta?a=1", "https://loja.example/u/{{uidcli}}"]


@dataclass
class Answer:
    """What a reader's program gets."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


@dataclass
class House:
    """One installation: its configuration and state, a signer with its keys, the tracker."""

    config: Config
    signer: Signer
    app: Tracker
    deliveries: dict[str, int] = field(default_factory=dict)

    def path(self, kind: TokenKind, who: str = "ana", link: int = 0) -> str:
        door = {
            TokenKind.OPEN: "o",
            TokenKind.CLICK: "c",
            TokenKind.OPT_OUT: "u",
            TokenKind.WEB: "w",
            TokenKind.BOUNCE: "b",
        }[kind]
        return f"/{door}/{self.signer.sign(kind, self.deliveries[who], link)}"

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **environ: Any) -> Answer:
        return ask(self.app, path, method, body, **environ)

    def events(self) -> list[Event]:
        files = log_files(self.config.spool_dir / "events")
        return [event for path in files for event in read_batch(path, 0).events]


def ask(app: Any, path: str, method: str = "GET", body: bytes = b"", **environ: Any) -> Answer:
    """Put one request to *app*; the validator fails the test when either side breaks PEP 3333."""
    given: dict[str, Any] = {
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "REQUEST_METHOD": method,
        "REMOTE_ADDR": "203.0.113.9",
        "wsgi.input": io.BytesIO(body),
        "QUERY_STRING": "",
        **environ,
    }
    if body:
        given.setdefault("CONTENT_LENGTH", str(len(body)))
    setup_testing_defaults(given)
    got: list[Any] = []

    def start(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], None]:
        got.append((int(status.split()[0]), headers))
        return lambda content: None

    result = validator(app)(given, start)
    content = b"".join(result)
    result.close()
    [(status, headers)] = got
    assert len({name.lower() for name, _ in headers}) == len(headers)
    return Answer(status, dict(headers), content)


def fill_state(path: Path) -> dict[str, int]:
    """Two clients' campaigns with one reader each; returns their deliveries."""
    deliveries = {}
    with Database(path) as db, db.transaction():
        for number, (client, who) in enumerate([("acme", "ana"), ("globex", "bob")], 1):
            db.execute("INSERT INTO client (id, name) VALUES (?, ?)", (number, client))
            settings = CampaignSettings("Promoção", "loja@acme.example", "Ofertas")
            campaign = db.insert(
                "INSERT INTO campaign (client_id, name, date, digest, settings, columns, html, accepted_at)"
                " VALUES (?, 'Promo', '20260301', '', ?, ?, ?, 0)",
                (number, settings.to_json(), json.dumps(COLUMNS), HTML),
            )
            for place, url in enumerate(LINKS, 1):
                db.execute("INSERT INTO link VALUES (?, ?, ?)", (campaign, place, url))
            values = json.dumps([f"{who}@example.com", "7/8 ç", who.title()])
            deliveries[who] = db.insert(
                "INSERT INTO delivery (campaign_id, line, email, fields, state) VALUES (?, 2, ?, ?, 'sent')",
                (campaign, f"{who}@example.com", values),
            )
    return deliveries


@pytest.fixture
def house(tmp_path: Path) -> House:
    path = tmp_path / "mpftp.toml"
    path.write_text(CONFIG, "utf-8")
    config = load_config(path)
    deliveries = fill_state(config.state)
    app = build_tracker(config, lambda: NOW)
    return House(config, Signer(load_signing_keys(tmp_path / "tracking.keys")), app, deliveries)


@pytest.fixture
def asked():
    """The function that puts one request to any application."""
    return ask
