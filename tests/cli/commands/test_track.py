"""``mpftp track`` as an operator runs it: a real process, a real socket."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from mpftp.adapters.event_log import log_files, read_batch
from mpftp.adapters.keys import load_signing_keys
from mpftp.cli import main
from mpftp.domain.tokens import Signer, TokenKind

CONFIG = 'state = "state.db"\n[clients.acme]\nendpoint = "file:///srv/acme"\n'


@pytest.fixture
def config(tmp_path, blank_state):
    shutil.copy(blank_state, tmp_path / "state.db")
    path = tmp_path / "mpftp.toml"
    path.write_text(CONFIG)
    return path


@contextmanager
def serving(config, *options):
    command = [sys.executable, "-m", "mpftp", "track", "--config", str(config), "--print-url"]
    process = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_it_serves_a_state_that_is_still_blank_and_ends_cleanly(config, tmp_path):
    with serving(config, "--now", "2026-03-01T09:00:00-03:00") as (process, url):
        signer = Signer(load_signing_keys(tmp_path / "tracking.keys"))
        assert status(f"{url}/o/{signer.sign(TokenKind.OPEN, 1)}.gif") == 200
        assert status(f"{url}/o/{signer.sign(TokenKind.OPT_OUT, 1)}.gif") == 404
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (0, "", "")
    [path] = log_files(tmp_path / "spool" / "events")
    [event] = read_batch(path, 0).events
    assert event.at.isoformat().startswith("2026-03-01T12:00:0")
    assert event.ip == "127.0.0.1"


@pytest.mark.parametrize("address", ["127.0.0.1:80000", "nowhere", "192.0.2.1:8080", ":x"])
def test_an_address_it_cannot_listen_on_is_named(config, address):
    result = CliRunner().invoke(main, ["track", "--config", str(config), "--listen", address])
    assert result.exit_code == 1
    assert f"cannot listen on {address}" in result.stderr
    assert "tracking.listen" in result.stderr


def test_a_taken_port_is_named(config):
    with serving(config) as (_, url):
        taken = url.removeprefix("http://")
        result = CliRunner().invoke(main, ["track", "--config", str(config), "--listen", taken])
    assert result.exit_code == 1
    assert "in use" in result.stderr


def test_keys_that_cannot_be_used_are_a_configuration_error(config, tmp_path):
    (tmp_path / "tracking.keys").write_text("damaged\n")
    result = CliRunner().invoke(main, ["track", "--config", str(config), "--listen", "127.0.0.1:0"])
    assert result.exit_code == 78
    assert "tracking.keys" in result.stderr


def test_a_fresh_key_signs_and_links_already_sent_stay_valid(config, tmp_path):
    old = Signer(load_signing_keys(tmp_path / "tracking.keys")).sign(TokenKind.OPEN, 1)
    with serving(config) as (_, url):
        result = CliRunner().invoke(main, ["track", "--config", str(config), "--rotate-key"])
        assert (result.exit_code, result.output) == (0, "")
        keys = load_signing_keys(tmp_path / "tracking.keys")
        assert [number for number, _ in keys] == [1, 0]
        assert status(f"{url}/o/{Signer(keys).sign(TokenKind.OPEN, 1)}") == 200
        assert status(f"{url}/o/{old}") == 200


def children_of(process):
    """The processes that share the tracker's address."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process.pid:
                found.append(int(stat.parent.name))
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition):
    for _ in range(2000):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_a_process_that_dies_is_replaced_and_none_outlives_the_first(config, tmp_path):
    signer = Signer(load_signing_keys(tmp_path / "tracking.keys"))
    pixel = f"/o/{signer.sign(TokenKind.OPEN, 1)}.gif"
    with serving(config, "--processes", "2") as (process, url):
        assert until(lambda: len(children_of(process)) == 2)
        first = children_of(process)
        os.kill(first[0], signal.SIGKILL)
        assert until(lambda: len(set(children_of(process)) - {first[0]}) == 2)
        assert status(url + pixel) == 200
        last = children_of(process)
        process.kill()
        assert until(lambda: not any(is_alive(child) for child in last))


@pytest.mark.parametrize("processes", ["1", "2"])
def test_its_log_can_be_moved_away(config, tmp_path, processes):
    log, moved = tmp_path / "track.log", tmp_path / "track.log.1"
    signer = Signer(load_signing_keys(tmp_path / "tracking.keys"))
    pixel = f"/o/{signer.sign(TokenKind.OPEN, 1)}.gif"
    with serving(config, "--processes", processes, "--log-file", str(log)) as (process, url):
        assert status(url + pixel) == 200
        log.rename(moved)
        process.send_signal(signal.SIGHUP)
        assert until(log.exists)
        assert log.stat().st_mode & 0o777 == 0o600

        def both_write_anew():
            before = moved.stat().st_size
            status(url + pixel)
            return log.stat().st_size and moved.stat().st_size == before

        assert until(both_write_anew)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert "listening on" in moved.read_text("utf-8")


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system tells no process's cores")
def test_each_process_keeps_to_a_core_of_its_own_and_so_does_who_replaces_it(config):
    cores = os.sched_getaffinity(0)

    def kept(process):
        with suppress(ProcessLookupError):
            return sorted(sorted(os.sched_getaffinity(child)) for child in children_of(process))

    with serving(config, "--processes", "2") as (process, _):
        assert until(lambda: [len(one) for one in kept(process) or []] == [1, 1])
        before = kept(process)
        assert len(cores) == 1 or before[0] != before[1]
        os.kill(children_of(process)[0], signal.SIGKILL)
        assert until(lambda: kept(process) != before)
        assert until(lambda: kept(process) == before)
