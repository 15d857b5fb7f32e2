"""The event log reaches the state whole: once each, through kills, locks and two takers at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters import event_log
from mpftp.adapters.event_log import EventLogWriter, log_files
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import EventStore
from mpftp.domain.campaign import EventKind
from mpftp.domain.event_log import Event, format_event
from mpftp.domain.machines import MachinePolicy, parse_networks
from mpftp.errors import LockedError
from mpftp.stages import event_import
from mpftp.stages.event_import import ImportSummary, import_events

NOW = datetime(2026, 3, 2, tzinfo=UTC)

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mpftp.adapters.event_log import EventLogWriter
from mpftp.domain.campaign import EventKind
from mpftp.domain.event_log import Event
log = EventLogWriter(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    log.append(Event(EventKind.CLICK, 1, datetime(2026, 3, 2, tzinfo=UTC), number, agent="x" * 300))
    print(number, flush=True)
"""

TAKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mpftp.adapters import event_log
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import EventStore
from mpftp.stages.event_import import import_events
event_log.BATCH_BYTES = 2000
with Database(Path(sys.argv[1])) as db:
    print("open", flush=True)
    import_events(EventStore(db), Path(sys.argv[2]), lambda: datetime(2026, 3, 2, tzinfo=UTC))
"""


def take(db, directory):
    return import_events(EventStore(db), directory, lambda: NOW)


def links_seen(db):
    return [row[0] for row in db.rows("SELECT link FROM event ORDER BY link")]


def clicks(directory, numbers, day=0):
    log = EventLogWriter(directory)
    for number in numbers:
        log.append(Event(EventKind.CLICK, 1, NOW + timedelta(days=day), number))
    log.close()


@pytest.fixture
def state(db, story):
    story()
    return db


def test_what_was_logged_is_taken_in_once(state, tmp_path):
    clicks(tmp_path / "log", range(1, 6))
    clicks(tmp_path / "log", range(6, 8), day=1)
    assert take(state, tmp_path / "log") == ImportSummary(added=7)
    assert take(state, tmp_path / "log") == ImportSummary()
    clicks(tmp_path / "log", [8])
    assert take(state, tmp_path / "log") == ImportSummary(added=1)
    assert links_seen(state) == list(range(1, 9))


def test_no_log_is_no_events(state, tmp_path):
    assert take(state, tmp_path / "none") == ImportSummary()


def test_what_does_not_belong_is_counted_and_stops_nothing(state, tmp_path):
    directory = tmp_path / "log"
    directory.mkdir()
    opt_out = format_event(Event(EventKind.OPT_OUT, 1, NOW, source="link"))
    stranger = format_event(Event(EventKind.OPEN, 999, NOW))
    (directory / "a.log").write_bytes(opt_out * 2 + b"damaged\n" + stranger + opt_out[:20])
    assert take(state, directory) == ImportSummary(added=1, repeated=1, unknown=1, damaged=1)
    assert take(state, directory) == ImportSummary()
    assert state.value("SELECT reason FROM suppression") == "opt-out"


def test_a_hole_that_its_carrier_has_not_filled_yet_is_waited_for(state, tmp_path, monkeypatch):
    clicks(tmp_path / "log", range(1, 9))
    [path] = log_files(tmp_path / "log")
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes(len(whole) - 200) + whole[-100:])
    assert take(state, tmp_path / "log").damaged == 0
    assert len(links_seen(state)) < 8
    path.write_bytes(whole)
    take(state, tmp_path / "log")
    assert links_seen(state) == list(range(1, 9))
    path.write_bytes(whole + bytes(50) + b"\n" + whole.replace(b'"link":1', b'"link":9'))
    assert take(state, tmp_path / "log") == ImportSummary()
    day_after = time.time() + event_log.HOLE_SECONDS + 1
    monkeypatch.setattr(event_log.time, "time", lambda: day_after)
    assert take(state, tmp_path / "log") == ImportSummary(added=8, damaged=1)


@pytest.mark.parametrize("name", ["copy of {}.log", "{} (1).log", "trk1_{}.log"])
def test_a_copy_whose_carrier_added_to_its_name_counts_once(state, tmp_path, name):
    clicks(tmp_path / "log", range(1, 6))
    [path] = log_files(tmp_path / "log")
    whole = path.read_bytes()
    path.write_bytes(whole[:150])
    (tmp_path / "log" / name.format(path.stem)).write_bytes(whole)
    assert take(state, tmp_path / "log").added == 5
    path.write_bytes(whole)
    assert take(state, tmp_path / "log") == ImportSummary()
    assert links_seen(state) == list(range(1, 6))


def test_a_file_that_cannot_be_read_keeps_no_other_back(state, tmp_path, monkeypatch):
    (tmp_path / "log" / "0.log").mkdir(parents=True)
    (tmp_path / "log" / "1.log").write_bytes(b"\n")
    clicks(tmp_path / "log", range(1, 4))
    real = event_import.read_batch

    def refuse(path, offset):
        if path.name == "1.log":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, offset)

    monkeypatch.setattr(event_import, "read_batch", refuse)
    with pytest.raises(PermissionError):
        take(state, tmp_path / "log")
    assert links_seen(state) == [1, 2, 3]


def test_a_scanner_gives_itself_away_in_a_mail_of_three_links(db, story, tmp_path):
    story(links=("https://a.example/", "https://b.example/", "https://c.example/"))
    log = EventLogWriter(tmp_path / "log")
    for number in (1, 2, 3):
        log.append(
            Event(EventKind.CLICK, 1, NOW, number, agent="Mozilla/5.0 (Windows NT 10.0) Firefox/130.0")
        )
    log.close()
    take(db, tmp_path / "log")
    assert [row[0] for row in db.rows("SELECT mark FROM event")] == ["all-links"] * 3


def test_a_state_locked_by_another_program_loses_nothing(state, tmp_path):
    clicks(tmp_path / "log", range(1, 4))
    with Database(state.path, busy_seconds=0.05) as impatient:
        with state.transaction(), pytest.raises(LockedError):
            take(impatient, tmp_path / "log")
        assert take(impatient, tmp_path / "log") == ImportSummary(added=3)


def test_an_old_file_that_is_all_taken_in_goes_and_never_comes_twice(state, tmp_path):
    clicks(tmp_path / "log", [1])
    [path] = log_files(tmp_path / "log")
    content = path.read_bytes()
    os.utime(path, (0, 0))
    import_events(EventStore(state), tmp_path / "log", lambda: NOW, remove=False)
    assert path.exists()  # of another host: whoever carried it here removes it
    take(state, tmp_path / "log")
    assert not path.exists()
    path.write_bytes(content)  # as a copy of the log from another machine would bring it back
    take(state, tmp_path / "log")
    assert links_seen(state) == [1]


def test_a_writer_killed_at_any_instant_leaves_every_event_it_answered_for(state, tmp_path):
    def taken():
        """The events that the state keeps, and those beyond the bound that it counts."""
        beyond = "SELECT coalesce(sum(count), 0) FROM more_events"
        return state.value("SELECT count(*) FROM event") + state.value(beyond)

    for round_ in range(4):
        before = taken()
        command = [sys.executable, "-c", WRITER, str(tmp_path / "log" / str(round_))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            writer.stdout.readline()
            time.sleep(0.003 * round_)
            writer.kill()
            last = int((["1", *writer.stdout.read().split("\n")[:-1]])[-1])
        found = take(state, tmp_path / "log" / str(round_))
        assert found.damaged == 0
        assert taken() - before in (last, last + 1)  # one may be written and not yet said


def test_a_taker_killed_at_any_instant_takes_each_event_once(state, tmp_path):
    clicks(tmp_path / "log", range(1, 1001))
    command = [sys.executable, "-c", TAKER, str(state.path), str(tmp_path / "log")]
    progress = []
    for round_ in range(6):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as taker:
            taker.stdout.readline()
            time.sleep(0.004 * round_)
            taker.send_signal(signal.SIGKILL)
        progress.append(state.value("SELECT count(*) FROM event"))
        assert links_seen(state) == list(range(1, progress[-1] + 1))
    take(state, tmp_path / "log")
    assert links_seen(state) == list(range(1, 1001))


def test_two_takers_at_once_take_each_event_once(state, tmp_path):
    clicks(tmp_path / "log", range(1, 1001))
    command = [sys.executable, "-c", TAKER, str(state.path), str(tmp_path / "log")]
    takers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    for taker in takers:
        taker.communicate(timeout=60)
        assert taker.returncode == 0
    assert links_seen(state) == list(range(1, 1001))


def tracked(directory, *events):
    log = EventLogWriter(directory)
    for event in events:
        log.append(event)
    log.close()


def marks(db):
    return [tuple(row) for row in db.rows("SELECT kind, coalesce(link, 0), mark FROM event ORDER BY id")]


def test_machines_are_marked_with_the_reason_as_their_events_are_taken_in(story, db, tmp_path):
    told = story()
    ana = told.deliveries["ana@example.com"]
    sent = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    tracked(
        tmp_path / "log",
        Event(EventKind.OPEN, ana, sent + timedelta(seconds=1), agent="Mozilla/5.0 (X11)"),
        Event(EventKind.OPEN, ana, sent + timedelta(hours=1), agent="GoogleImageProxy"),
        Event(EventKind.OPEN, ana, sent + timedelta(hours=2), ip="203.0.113.7", agent="Mozilla/5.0 (X11)"),
        Event(EventKind.OPEN, ana, sent + timedelta(hours=3), agent="Mozilla/5.0 (X11)"),
        Event(EventKind.OPT_OUT, ana, sent, agent="curl/8"),
    )
    suspicion = MachinePolicy(parse_networks(["203.0.113.0/24"]), seconds=5)
    import_events(EventStore(db), tmp_path / "log", lambda: NOW, suspicion)
    assert marks(db) == [
        ("open", 0, "too-fast"),
        ("open", 0, "gmail-proxy"),
        ("open", 0, "network"),
        ("open", 0, ""),
        ("opt-out", 0, ""),
    ]


def test_all_links_at_once_are_marked_also_when_they_come_in_two_runs(story, db, tmp_path):
    told = story(links=[f"https://loja.example/{number}" for number in range(4)])
    ana, bia = told.deliveries.values()
    chrome = "Mozilla/5.0 (X11) Chrome/122"

    def click(delivery, link, seconds):
        return Event(EventKind.CLICK, delivery, NOW + timedelta(seconds=seconds), link, agent=chrome)

    first = [click(ana, 1, 0), click(bia, 1, 0), click(ana, 2, 1), click(bia, 2, 600)]
    tracked(tmp_path / "log", *first)
    take(db, tmp_path / "log")
    assert {mark for _, _, mark in marks(db)} == {""}
    tracked(tmp_path / "log", click(ana, 3, 2), click(ana, 4, 3), click(bia, 3, 1200), click(bia, 4, 1201))
    take(db, tmp_path / "log")
    query = "SELECT delivery_id, mark, count(*) FROM event GROUP BY 1, 2"
    assert list(db.rows(query)) == [(ana, "all-links", 4), (bia, "", 4)]
