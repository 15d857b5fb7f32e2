"""One pixel asked for without end fills neither the event log nor the state."""

from __future__ import annotations

import json
from datetime import timedelta
from wsgiref.util import setup_testing_defaults

import pytest
from click.testing import CliRunner

from mpftp.adapters.event_log import log_files
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import EventStore
from mpftp.cli import main
from mpftp.domain.clock import to_ms
from mpftp.domain.tokens import TokenKind
from mpftp.stages.event_import import import_events
from mpftp.tracker import build_tracker

from .conftest import CONFIG, NOW

MEGABYTE = 1_000_000


def flood(app, path, times):
    environ = {"PATH_INFO": path, "REMOTE_ADDR": "203.0.113.9", "HTTP_USER_AGENT": "Mozilla/5.0 " + "x" * 200}
    setup_testing_defaults(environ)
    statuses = set()
    for _ in range(times):
        app(environ, lambda status, headers: statuses.add(status))
    return statuses


def state_size(path):
    return sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))


@pytest.fixture
def flooded(house, tmp_path):
    """The house after one pixel was asked for 200,000 times over two hours; how much its state grew."""
    now = NOW
    app = build_tracker(house.config, lambda: now)
    before = state_size(house.config.state)
    for hour in range(2):
        now = NOW + timedelta(hours=hour)
        assert flood(app, house.path(TokenKind.OPEN), 100_000) == {"200 OK"}
    events = house.config.spool_dir / "events"
    with Database(house.config.state) as db:
        import_events(EventStore(db), events, lambda: now)
        db.execute("UPDATE campaign SET state = 'finished', finished_at = ? WHERE id = 1", (to_ms(NOW),))
    return state_size(house.config.state) - before


@pytest.mark.timeout(180)
def test_a_flood_of_one_pixel_grows_log_state_and_results_by_less_than_a_megabyte(house, flooded, tmp_path):
    assert 0 < sum(file.stat().st_size for file in log_files(house.config.spool_dir / "events")) < MEGABYTE
    assert flooded < MEGABYTE
    with Database(house.config.state) as db:
        assert db.value("SELECT count(*) FROM event") == 1000

    (tmp_path / "acme").mkdir()
    config = tmp_path / "mpftp.toml"
    config.write_text(CONFIG.replace("file:///srv/acme", f"file://{tmp_path}/acme"))

    def run(*arguments):
        later = f"{NOW + timedelta(days=4):%Y-%m-%dT%H:%M}"
        done = CliRunner().invoke(main, [*arguments, "--config", str(config), "--now", later])
        assert done.exit_code == 0, done.output
        return done.stdout

    run("publish")
    lines = {path.name: len(path.read_bytes().splitlines()) for path in (tmp_path / "acme").iterdir()}
    assert lines["Promo_ABERTURA_20260301"] == 1 + 1000
    assert lines["Promo_ABERTURAUNICA_20260301"] == 1 + 1
    assert sum(path.stat().st_size for path in (tmp_path / "acme").iterdir()) < MEGABYTE

    assert "1000 further events of kind open: too many of one contact to keep" in run("campaign", "show", "1")
    assert json.loads(run("campaign", "show", "1", "--json"))["more_events"] == {"open": 1000}
    report = " ".join(run("report", "1").split())
    assert "1000 further events of kind open" in report
