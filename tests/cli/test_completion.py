"""Completion as shells ask for it: each key is a run of the command, some of them by the installed one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mpftp.cli import COMMANDS, main

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


@pytest.fixture
def offered(folder, monkeypatch, capsys):
    """A function: the words that are offered for the last of those typed; nothing goes to standard error.

    It asks the command in this process, or, *installed*, as a shell does.
    """

    def ask(words, shell="bash", *, installed=False):
        variables = environment(folder, words, shell)
        if installed:
            done = subprocess.run([MPFTP], env=variables, capture_output=True, text=True, timeout=60)
            assert (done.returncode, done.stderr) == (0, "")
            return words_of(done.stdout, shell)
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(prog_name="mpftp")
        out, err = capsys.readouterr()
        assert (ended.value.code, err) == (0, "")
        return words_of(out, shell)

    return ask


def words_of(output, shell):
    lines = output.split("\n")
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
def test_names_are_offered(offered, words, expected, shell):
    assert offered(words, shell) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_installed_command_offers_names(offered, shell):
    assert offered("mpftp campaign show Pr", shell, installed=True) == ["Promo_20260301"]


def test_what_could_be_typed_is_offered(offered):
    assert offered("mpftp ") == list(COMMANDS)
    assert offered("mpftp campaign show ") == ["Verao_20260301", "Promo_20260301"]


def test_rules_are_offered_one_after_the_other(offered):
    (first, *_) = all_rules = offered("mpftp validate --explain ")
    assert len(all_rules) > 40
    assert offered(f"mpftp validate --select {first}") == [first]
    rest = offered(f"mpftp validate --ignore {first},")
    assert f"{first},{first}" not in rest
    assert len(rest) == len(all_rules) - 1


def test_the_configuration_on_the_line_counts(folder, offered):
    other = folder / "other.toml"
    other.write_text('[clients.zeta]\nendpoint = "file:///z"\n')
    assert offered(f"mpftp collect --config {other} --client ") == ["zeta"]


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
def test_trouble_is_no_error_of_the_shell(folder, offered, spoil):
    for path in folder.glob("state.db-*"):
        path.unlink()
    spoil(folder)
    for words in ("mpftp campaign show P", "mpftp collect --client x", "mpftp nothing x", "mpftp show 'P"):
        assert offered(words) == []
    assert offered("mpftp campaign show P", installed=True) == []


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
