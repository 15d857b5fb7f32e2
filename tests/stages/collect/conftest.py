"""A client's folder, a triplet that lies in it, and a function that runs ``collect`` over it."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mpftp.adapters.folder import FolderEndpoint
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.intake import Intake
from mpftp.domain.progress import silent
from mpftp.stages.collect import ClientVisit, CollectContext, collect
from tests.settings import collect_settings

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

CONF = "assunto;remetente_email;pasta\nOlá {{nome}};loja@exemplo.com.br;Março\n"
HTML = (
    "<!DOCTYPE html><html><head><title>Promo</title></head><body><p>Olá {{nome}},"
    ' <a href="https://exemplo.com.br/oferta">veja</a>. <a href="{{descadastro}}">Sair</a></p>'
    "</body></html>\n"
)
MAIL = "email;nome\nana@exemplo.com.br;Ana\nbia@exemplo.com.br;Bia\ncaio@exemplo.com.br;Caio\n"


class Site:
    """One client: its folder, its terms, the state file, the spool."""

    def __init__(self, path, client="acme"):
        self.client = client
        self.remote = path / f"remote-{client}"
        self.remote.mkdir()
        self.spool = path / "spool"
        self.state = path / "state.db"
        self.now = NOW
        self.waits = []
        self.terms = collect_settings(client, ZoneInfo("America/Sao_Paulo"), keep_days=90)
        self.endpoint = FolderEndpoint(self.remote)

    def put(self, name="Promo", date="20260301", *, age=3600, **files):
        """Lay the three files into the folder; ``MAIL=None`` leaves one out."""
        for kind, text in ({"CONF": CONF, "HTML": HTML, "MAIL": MAIL} | files).items():
            if text is not None:
                self.lay(f"{name}_{kind}_{date}", text.encode() if isinstance(text, str) else text, age=age)

    def lay(self, name, data, *, age=3600):
        path = self.remote / name
        path.write_bytes(data)
        then = self.now.timestamp() - age
        os.utime(path, (then, then))

    def names(self):
        return {path.name for path in self.remote.iterdir() if path.is_file()}

    def read(self, name):
        return (self.remote / name).read_text("utf-8-sig")

    @contextmanager
    def open_visit(self, endpoint, context):
        with Database(self.state) as db, closing(endpoint):
            yield ClientVisit(self.terms, endpoint, Intake(db, self.client), context)

    def context(self, *, dry_run=False, free=10**12):
        """What all visits of a run share."""
        clock = lambda: self.now  # noqa: E731
        return CollectContext(self.spool, clock, clock, dry_run, lambda path: free, self.sleep)

    def run(
        self, *others, endpoint=None, dry_run=False, free=10**12, seconds=600.0, progress=silent, **terms
    ):
        """One run; returns this client's visit."""
        self.terms = replace(self.terms, **terms)
        context = self.context(dry_run=dry_run, free=free)
        sites = {site.client: site for site in (self, *others)}
        opened = {name: site.endpoint for name, site in sites.items()} | {
            self.client: endpoint or self.endpoint
        }
        visits = collect(
            [site.terms for site in sites.values()],
            lambda settings, seconds: sites[settings.client].open_visit(opened[settings.client], context),
            context,
            connections=16,
            visit_seconds=lambda client: seconds,
            run_seconds=seconds,
            progress=progress,
        )
        return next(visit for visit in visits if visit.client == self.client)

    def sleep(self, seconds):
        """Wait, as a run does between its two looks, without waiting."""
        self.waits.append(seconds)
        self.later(seconds=seconds)

    def later(self, **delta):
        self.now += timedelta(**delta)
        return self

    def rows(self, query, *values):
        with Database(self.state) as db:
            return list(db.rows(query, values))

    def state_of_things(self):
        """All that a client or an operator could tell one history from another by."""
        tables = {
            "campaign": "SELECT client_id, name, date, state, digest, settings, columns, html, findings,"
            " answered_at IS NOT NULL FROM campaign ORDER BY name",
            "delivery": "SELECT line, email, fields, state, fragment_id IS NULL FROM delivery ORDER BY id",
            "fragment": "SELECT number, contacts FROM fragment ORDER BY id",
            "link": "SELECT number, url FROM link ORDER BY campaign_id, number",
            "refusal": "SELECT name, date, digest, findings, answered_at IS NULL, mended_at IS NULL"
            " FROM refusal",
        }
        with Database(self.state) as db:
            found = {name: list(db.rows(query)) for name, query in tables.items()}
        found["remote"] = {str(path.relative_to(self.remote)): path.read_bytes()
                           for path in sorted(self.remote.rglob("*")) if path.is_file()}  # fmt: skip
        found["spool"] = sorted(
            str(path.relative_to(self.spool)) for path in self.spool.rglob("*") if path.is_file()
        )
        return found


@pytest.fixture
def make_site(tmp_path):
    """A function that makes a client by name."""
    return lambda client="acme": Site(tmp_path, client)


@pytest.fixture
def site(make_site):
    """A client called acme."""
    return make_site()
