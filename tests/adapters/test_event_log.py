from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from mpftp.adapters.event_log import BATCH_BYTES, EventLogWriter, log_files, read_batch, remove_if_finished
from mpftp.domain.campaign import EventKind
from mpftp.domain.event_log import Event, format_event

NOW = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 0, 1, tzinfo=UTC)


def event(number=1):
    return Event(EventKind.CLICK, number, NOW, link=1)


def all_events(directory):
    return [found for path in log_files(directory) for found in read_batch(path, 0).events]


def test_events_come_back_in_order_from_a_file_that_only_we_may_read(tmp_path):
    log = EventLogWriter(tmp_path / "spool" / "events")
    for number in range(1, 4):
        log.append(event(number), durable=number == 2)
    [path] = log_files(tmp_path / "spool" / "events")
    assert path.name.startswith("20260301-")
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_batch(path, 0).events == [event(1), event(2), event(3)]


def test_no_directory_is_no_events(tmp_path):
    assert log_files(tmp_path / "none") == []


def test_threads_share_one_file_and_lose_nothing(tmp_path):
    log = EventLogWriter(tmp_path)
    work = [threading.Thread(target=lambda: [log.append(event()) for _ in range(200)]) for _ in range(4)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert len(log_files(tmp_path)) == 1
    assert len(all_events(tmp_path)) == 800


def test_every_day_has_its_own_file(tmp_path):
    log = EventLogWriter(tmp_path)
    for at in (NOW, LATER, LATER):
        log.append(Event(EventKind.OPEN, 1, at))
    assert [path.name[:8] for path in log_files(tmp_path)] == ["20260301", "20260302"]
    assert len(all_events(tmp_path)) == 3


def test_a_forked_child_writes_to_a_file_of_its_own(tmp_path):
    script = (
        "import os, sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from mpftp.adapters.event_log import EventLogWriter; from mpftp.domain.event_log import Event\n"
        "from mpftp.domain.campaign import EventKind\n"
        "log = EventLogWriter(Path(sys.argv[1]))\n"
        "def add(n): log.append(Event(EventKind.OPEN, n, datetime(2026, 3, 1, tzinfo=UTC)))\n"
        "add(1)\n"
        "child = os.fork()\n"
        "add(2 if child else 3)\n"
        "if not child: os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    files = [[found.delivery_id for found in read_batch(path, 0).events] for path in log_files(tmp_path)]
    assert sorted(files) == [[1, 2], [3]]


def test_half_a_line_waits_and_a_damaged_one_is_counted(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(format_event(event(1)) + b"nonsense\r\x85\n" + format_event(event(2)) + b'{"kind":"op')
    batch = read_batch(path, 0)
    assert (batch.events, batch.damaged) == ([event(1), event(2)], 1)
    assert read_batch(path, batch.end).end == batch.end
    with path.open("ab") as file:
        file.write(b'en","delivery":3,"at":0}\n')
    assert [found.delivery_id for found in read_batch(path, batch.end).events] == [3]


def test_a_large_file_comes_in_batches_and_an_endless_line_is_passed_over(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * (BATCH_BYTES + 10) + b"\n" + format_event(event()) * 20_000)
    offset = events = damaged = 0
    while (batch := read_batch(path, offset)).end != offset:
        offset, events, damaged = batch.end, events + len(batch.events), damaged + batch.damaged
    assert (offset, events) == (path.stat().st_size, 20_000)
    assert damaged == 2


def test_a_line_that_found_no_room_spoils_no_other(tmp_path, monkeypatch):
    log = EventLogWriter(tmp_path)
    log.append(event(1))
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real(descriptor, content[:10]))
    with pytest.raises(OSError, match="space"):
        log.append(event(2))
    monkeypatch.undo()
    log.append(event(3))
    [path] = log_files(tmp_path)
    batch = read_batch(path, 0)
    assert [found.delivery_id for found in batch.events] == [1, 3]
    assert batch.damaged == 1


def test_an_event_of_yesterday_that_comes_late_stays_in_todays_file(tmp_path):
    log = EventLogWriter(tmp_path)
    for at in (NOW, LATER, NOW, LATER):
        log.append(Event(EventKind.OPEN, 1, at))
    assert len(log_files(tmp_path)) == 2
    assert len(all_events(tmp_path)) == 4


def test_a_file_goes_only_when_it_was_read_is_old_and_nobody_can_write_to_it(tmp_path):
    script = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from mpftp.adapters.event_log import EventLogWriter; from mpftp.domain.event_log import Event\n"
        "from mpftp.domain.campaign import EventKind\n"
        "log = EventLogWriter(Path(sys.argv[1]))\n"
        "log.append(Event(EventKind.OPEN, 1, datetime(2026, 3, 1, tzinfo=UTC)))\n"
        "print(flush=True); sys.stdin.read()\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    [path] = log_files(tmp_path)
    size = path.stat().st_size
    os.utime(path, (0, 0))
    assert not remove_if_finished(path, size, 30)  # its writer lives
    writer.communicate()
    assert not remove_if_finished(path, size - 1, 30)  # not all of it was read
    os.utime(path)
    assert not remove_if_finished(path, size, 30)  # young
    os.utime(path, (0, 0))
    assert remove_if_finished(path, size, 30)
    assert not path.exists()
    assert not remove_if_finished(path, size, 30)
