"""One run of a command at a time."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from mpftp.adapters.lock import hold_lock, is_running, lock_path
from mpftp.errors import Exit, LockedError, StateError, TryLaterError


def test_a_second_run_is_turned_away_and_told_who_runs(tmp_path):
    state = tmp_path / "state.db"
    with hold_lock(state, "collect"):
        with (
            pytest.raises(
                LockedError, match=rf"another `mpftp collect` is running \(process {os.getpid()}\)"
            ) as it,
            hold_lock(state, "collect"),
        ):
            pass
        assert it.value.exit_code is Exit.TRY_LATER
        with hold_lock(state, "publish"):
            pass
    with hold_lock(state, "collect"):
        pass


def test_a_killed_run_leaves_no_lock(tmp_path):
    state = tmp_path / "state.db"
    code = (
        "import os, signal, pathlib, sys\nfrom mpftp.adapters.lock import hold_lock\n"
        "with hold_lock(pathlib.Path(sys.argv[1]), 'collect'):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(state)], check=False)
    assert lock_path(state, "collect").exists()
    with hold_lock(state, "collect"):
        pass


def test_whether_it_runs_is_known_without_trying_the_lock(tmp_path):
    state = tmp_path / "state.db"
    assert not is_running(state, "send")
    with hold_lock(state, "send"):
        assert is_running(state, "send")
        assert not is_running(state, "collect")
    assert not is_running(state, "send")
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    lock_path(state, "send").write_bytes(done.stdout)
    assert not is_running(state, "send")


def test_a_directory_that_is_not_there(tmp_path):
    with (
        pytest.raises(StateError, match="cannot be opened"),
        hold_lock(tmp_path / "nada/state.db", "collect"),
    ):
        pass


@pytest.mark.parametrize("step", ["open", "pwrite"])
def test_a_full_disk_is_named_and_may_pass(tmp_path, monkeypatch, step):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with (
        pytest.raises(TryLaterError, match=r"state\.db\.send\.lock: the disk is full"),
        hold_lock(tmp_path / "state.db", "send"),
    ):
        pass
