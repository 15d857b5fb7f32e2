from __future__ import annotations

import errno
import logging
import multiprocessing
from pathlib import Path

import pytest

from mpftp.adapters.keys import add_key, load_signing_keys
from mpftp.errors import ConfigError, Exit, TryLaterError


def test_a_missing_file_is_made_once_and_only_for_us(tmp_path: Path) -> None:
    path = tmp_path / "tracking.keys"
    [(number, secret)] = load_signing_keys(path)
    assert (number, len(secret)) == (0, 32)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_signing_keys(path) == [(number, secret)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["tracking.keys"]


def test_many_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        found = pool.map(load_signing_keys, [tmp_path / "keys"] * 12, chunksize=1)
    assert all(keys == found[0] for keys in found)


def test_a_new_key_comes_first_and_the_old_ones_stay(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    first = load_signing_keys(path)
    assert add_key(path) == 1
    assert add_key(path) == 2
    keys = load_signing_keys(path)
    assert [number for number, _ in keys] == [2, 1, 0]
    assert keys[-1:] == first
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no key"),
        ("0 xyz\n", "line 1"),
        ("0 " + "ab" * 32 + "\n0 " + "cd" * 32 + "\n", "line 2"),
        ("300 " + "ab" * 32 + "\n", "line 1"),
        ("0 abcd\n", "too short"),
        ("é\n", "ascii"),
    ],
)
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    for use in (load_signing_keys, add_key):
        with pytest.raises(ConfigError, match=why) as caught:
            use(path)
        assert str(path) in caught.value.message
        assert caught.value.exit_code == Exit.CONFIG
    assert path.read_text("utf-8") == text


def test_a_missing_directory_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        load_signing_keys(tmp_path / "none" / "keys")


def test_a_file_that_others_may_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("mpftp"), "propagate", True)
    path = tmp_path / "keys"
    load_signing_keys(path)
    path.chmod(0o644)
    load_signing_keys(path)
    assert "chmod 600" in caplog.text


def test_a_full_disk_is_a_passing_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("mpftp.adapters.keys.os.write", refuse)
        with pytest.raises(TryLaterError, match="No space left") as caught:
            load_signing_keys(tmp_path / "keys")
    assert caught.value.exit_code is Exit.TRY_LATER
    assert list(tmp_path.iterdir()) == []
    assert len(load_signing_keys(tmp_path / "keys")) == 1
