"""Completion as shells ask for it: by a process of the installed command for each key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mpftp.cli import COMMANDS

MPFTP = Path(sys.executable).with_name("mpftp")


@pytest.fixture
def folder(tmp_path, story):
    story()
    story(name="Verao", client="beta")
    story(name="Com espaço")
    (tmp_path / "mpftp.toml").write_text(
        'state = "state.db"\n[clients.acme]\nendpoint = "file:///a"\n[clients.arca]\nendpoint = "file:///b"\n'
        '[clients.beta]\nendpoint = "file:///c"\n'
    )
    return tmp_path


def environment(folder, words, shell):
    place = words.split(" ")
    asked = {"COMP_WORDS": words, "COMP_CWORD": place[-1] if shell == "fish" else str(len(place) - 1)}
    return {
        "PATH": os.environ["PATH"], "HOME": str(folder), "MPFTP_CONFIG": str(folder / "mpftp.toml"),
        "_MPFTP_COMPLETE": f"{shell}_complete", **asked,
    }  # fmt: skip


def offered(folder, words, shell="bash"):
    """The words that are offered for the last of *words*; nothing may be said on standard error."""
    done = subprocess.run(
        [MPFTP], env=environment(folder, words, shell), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.split("\n")
    if shell == "zsh":
        return [word for kind, word in zip(lines[::3], lines[1::3], strict=False) if kind == "plain"]
    return [line.partition(",")[2].partition("\t")[0] for line in lines if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mpftp stat", ["status"]),
        ("mpftp collect --client a", ["acme", "arca"]),
        ("mpftp doctor --client b", ["beta"]),
        ("mpftp client rename ac", ["acme"]),
        ("mpftp client disable ar", ["arca"]),
        ("mpftp suppress list --client be", ["beta"]),
        ("mpftp guide be", ["beta"]),
        ("mpftp campaign show Pr", ["Promo_20260301"]),
        ("mpftp campaign show beta/", ["beta/Verao_20260301"]),
        ("mpftp send --campaign Ve", ["Verao_20260301"]),
        ("mpftp publish --again Ve", ["Verao_20260301"]),
        ("mpftp report Pr", ["Promo_20260301"]),
        ("mpftp client add a", []),
        ("mpftp init --client a", []),
    ],
)
def test_names_are_offered(folder, words, expected, shell):
    assert offered(folder, words, shell) == expected


def test_what_could_be_typed_is_offered(folder):
    assert offered(folder, "mpftp ") == list(COMMANDS)
    assert offered(folder, "mpftp campaign show ") == ["Verao_20260301", "Promo_20260301"]


def test_rules_are_offered_one_after_the_other(folder):
    (first, *_) = all_rules = offered(folder, "mpftp validate --explain ")
    assert len(all_rules) > 40
    assert offered(folder, f"mpftp validate --select {first}") == [first]
    rest = offered(folder, f"mpftp validate --ignore {first},")
    assert f"{first},{first}" not in rest
    assert len(rest) == len(all_rules) - 1


def test_the_configuration_on_the_line_counts(folder):
    other = folder / "other.toml"
    other.write_text('[clients.zeta]\nendpoint = "file:///z"\n')
    assert offered(folder, f"mpftp collect --config {other} --client ") == ["zeta"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "mpftp.toml").unlink(),
        lambda folder: (folder / "mpftp.toml").write_text("rubbish"),
        lambda folder: (folder / "mpftp.toml").write_text("clients = 5\nstate = 7\n"),
        lambda folder: (folder / "mpftp.toml").write_bytes(b"\xff\xfe\x00"),
        lambda folder: (folder / "state.db").unlink(),
        lambda folder: (folder / "state.db").write_bytes(b"rubbish" * 500),
        lambda folder: (folder / "state.db").write_bytes(b""),
    ],
)
def test_trouble_is_no_error_of_the_shell(folder, spoil):
    for path in folder.glob("state.db-*"):
        path.unlink()
    spoil(folder)
    for words in ("mpftp campaign show P", "mpftp collect --client x", "mpftp nothing x", "mpftp show 'P"):
        assert offered(folder, words) == []


def test_bash_completes_by_its_own_script(folder):
    script = subprocess.run(
        [MPFTP],
        env={**os.environ, "_MPFTP_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    ask = (
        'COMP_WORDS=(mpftp collect --client a); COMP_CWORD=3; _mpftp_completion mpftp; echo "${COMPREPLY[@]}"'
    )
    path = f"{MPFTP.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [shutil.which("bash"), "-c", f"{script}\n{ask}"],
        env={"PATH": path, "MPFTP_CONFIG": str(folder / "mpftp.toml")}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("acme arca\n", "")


@pytest.mark.parametrize(
    "words", ["mpftp collect --client a", "mpftp campaign show Pr", "mpftp validate --explain M"]
)
def test_a_key_costs_no_heavy_import(folder, words):
    heavy = "{'asyncio', 'email', 'ftputil', 'pydantic', 'rich', 'ssl'}"
    probe = f"import atexit, sys; atexit.register(lambda: print(sorted({heavy} & set(sys.modules))))"
    script = f"{probe}; from mpftp.cli import main; main(prog_name='mpftp')"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment(folder, words, "bash"), capture_output=True, text=True)
    assert done.stdout.startswith("plain,"), done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
