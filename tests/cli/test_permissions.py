"""What a user may not touch is told as that, with who could: no riddle of SQLite's or click's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def folder(blank_state):
    """A folder that everybody may enter, with a configuration and a state that are ours."""
    path = Path(tempfile.mkdtemp(prefix="mpftp-permissions-"))
    path.chmod(0o755)
    shutil.copy(blank_state, path / "state.db")
    (path / "mpftp.toml").write_text(f'state = "state.db"\n[clients.acme]\nendpoint = "file://{path}"\n')
    (path / "state.db").chmod(0o600)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


def run(folder, *words):
    """Run a command as a user whom modes stop: root, whom they do not, becomes nobody."""
    other = AS_NOBODY if os.geteuid() == 0 else []
    command = [*other, sys.executable, "-m", "mpftp", *words, "--config", str(folder / "mpftp.toml")]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=60)


def test_a_state_that_is_not_ours(folder):
    (folder / "state.db").chmod(0)
    done = run(folder, "status")
    assert done.returncode == 78
    assert f"{folder}/state.db: permission denied" in done.stderr
    assert "the user that runs cron" in done.stderr


@pytest.mark.parametrize("words", [["status"], ["init", "--state-only"], ["config", "check"]])
def test_a_configuration_that_is_not_ours(folder, words):
    (folder / "mpftp.toml").chmod(0)
    done = run(folder, *words)
    assert done.returncode == 78
    assert f"{folder}/mpftp.toml: permission denied" in done.stderr


def test_a_folder_that_is_not_ours(folder):
    folder.chmod(0o555)
    done = run(folder, "guide", "acme", str(folder / "guide"))
    assert done.returncode == 1
    assert f"mpftp: {folder}/guide: permission denied for user " in done.stderr
    assert f"{folder} belongs to " in done.stderr
    assert "name another place; if the folder is mpftp's alone: chown " in done.stderr
    done = run(folder, "client", "disable", "acme")
    assert done.returncode == 78
    assert "permission denied for user " in done.stderr


def test_event_logs_that_are_not_ours_are_no_empty_ones(folder):
    folder.chmod(0o777)
    for one in (folder / "state.db", folder / "mpftp.toml"):
        one.chmod(0o666)
    events = folder / "spool/events"
    events.mkdir(parents=True)
    if os.geteuid() == 0:
        os.chown(folder / "spool", 65534, 65534)
    events.chmod(0)
    try:
        done = run(folder, "publish")
        assert done.returncode == 1
        assert f"{events}: permission denied for user " in done.stderr
        assert run(folder, "status").returncode == 0
    finally:
        events.chmod(0o700)


def test_a_password_that_is_not_ours_is_told_by_collect_and_by_status(folder):
    folder.chmod(0o777)
    for one in (folder / "state.db", folder / "mpftp.toml"):
        one.chmod(0o666)
    text = (folder / "mpftp.toml").read_text().replace(f"file://{folder}", "ftp://127.0.0.1:1")
    (folder / "mpftp.toml").write_text(f'{text}password_file = "acme.password"\n')
    (folder / "acme.password").write_text("s3cret\n")
    (folder / "acme.password").chmod(0)
    why = f"the password file {folder}/acme.password: permission denied for user "
    done = run(folder, "collect")
    assert done.returncode == 78
    assert f"acme: clients.acme: {why}" in done.stderr
    assert "chown" in done.stderr
    done = run(folder, "status", "--check")
    assert done.returncode == 1
    assert f"acme: 1 visit failed: clients.acme: {why}" in done.stdout


def test_a_client_s_folder_that_is_not_ours(folder):
    (folder / "acme").mkdir(mode=0o700)
    (folder / "acme").chmod(0)
    text = (folder / "mpftp.toml").read_text()
    (folder / "mpftp.toml").write_text(text.replace(f"file://{folder}", f"file://{folder}/acme"))
    done = run(folder, "client", "test", "acme")
    assert done.returncode == 1
    assert f"{folder}/acme: permission denied for user " in done.stdout
    assert "; it belongs to " in done.stdout
    assert "chown " in done.stdout


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_bounces_that_are_not_ours(folder, kind):
    folder.chmod(0o777)
    box = folder / "box"
    if kind == "mbox":
        box.touch()
    else:
        for part in ("new", "cur", "tmp"):
            (box / part).mkdir(parents=True)
    box.chmod(0)
    for one in (folder / "state.db", folder / "mpftp.toml"):
        one.chmod(0o666)
    with (folder / "mpftp.toml").open("a") as config:
        config.write(f'[bounces]\n{kind} = "box"\n')
    for words in (["bounces"], ["doctor"]):
        done = run(folder, *words)
        assert f"{box}" in done.stderr + done.stdout
        assert re.search(r"permission denied for user .* belongs to .* chown", done.stderr + done.stdout)


def run_as_root(folder, *words):
    command = [sys.executable, "-m", "mpftp", *words, "--config", str(folder / "mpftp.toml")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture
def others(folder):
    """A folder and a state of another user than root."""
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    for one in (folder, folder / "state.db"):
        os.chown(one, 65534, 65534)
    return folder


@pytest.mark.parametrize("words", [["collect"], ["send"], ["bounces"], ["track", "--rotate-key"]])
def test_root_leaves_nothing_beside_another_user_s_state(others, words):
    before = {*others.rglob("*")}
    done = run_as_root(others, *words)
    assert done.returncode == 2
    assert "who could not use what root makes beside it" in done.stderr
    assert "runuser -u nobody -- mpftp" in done.stderr
    assert [one for one in others.rglob("*") if one.owner() == "root" and one not in before] == []
    assert run_as_root(others, "status").returncode == 0


def test_root_makes_and_restores_no_state_in_another_user_s_folder(others):
    assert run_as_root(others, "backup", str(others / "b.tar")).returncode == 0
    (others / "state.db").unlink()
    for words in (["init", "--state-only"], ["restore", str(others / "b.tar")]):
        done = run_as_root(others, *words)
        assert done.returncode == 2
        assert "runuser -u nobody -- mpftp" in done.stderr
        assert not (others / "state.db").exists()


def test_root_may_change_clients_as_the_configuration_may_be_his(others):
    (others / "mpftp.toml").chmod(0o644)
    assert run(others, "suppress", "add", "ana@example.com").returncode == 0
    for lock in others.glob("*.lock"):
        lock.unlink()
    assert run_as_root(others, "client", "rename", "acme", "beta").returncode == 0
    assert {lock.owner() for lock in others.glob("*.lock")} == {"nobody"}
