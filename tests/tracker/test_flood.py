"""One pixel asked for without end fills neither the event log nor the state."""

from __future__ import annotations

from datetime import timedelta
from wsgiref.util import setup_testing_defaults

from mpftp.adapters.event_log import log_files
from mpftp.adapters.store.campaign_control import CampaignControl
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import EventStore
from mpftp.domain.campaign import EventKind
from mpftp.domain.tokens import TokenKind
from mpftp.stages.event_import import import_events
from mpftp.tracker import build_tracker

from .conftest import NOW

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


def test_a_pixel_asked_for_200_000_times_grows_log_and_state_by_less_than_a_megabyte(house):
    now = [NOW]
    app = build_tracker(house.config, lambda: now[0])
    before = state_size(house.config.state)
    for hour in range(2):
        now[0] = NOW + timedelta(hours=hour)
        assert flood(app, house.path(TokenKind.OPEN), 100_000) == {"200 OK"}
    events = house.config.spool_dir / "events"
    assert 0 < sum(file.stat().st_size for file in log_files(events)) < MEGABYTE
    with Database(house.config.state) as db:
        import_events(EventStore(db), events, lambda: now[0])
        assert db.value("SELECT count(*) FROM event") == 1000
        campaign = db.value("SELECT campaign_id FROM delivery WHERE id = ?", (house.deliveries["ana"],))
        assert CampaignControl(db).load_detail(campaign).more_events == {EventKind.OPEN: 1000}
    assert state_size(house.config.state) - before < MEGABYTE
