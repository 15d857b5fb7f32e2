"""The hook for other repositories: it starts for what a client uploads and judges whole triplets."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRIPLETS = ROOT / "examples" / "triplets"


@pytest.fixture(scope="module")
def hook():
    """The members of the only hook; each is a line of its own."""
    first, *others = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8").splitlines()
    return dict(line.strip().split(": ", 1) for line in (first.removeprefix("- "), *others))


def test_the_hook_says_what_pre_commit_needs(hook):
    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    assert hook["language"] == "python"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert shlex.split(hook["entry"])[0] in project["scripts"]


@pytest.mark.parametrize(
    ("path", "starts"),
    [
        ("out/Marco_MAIL_20260301", True),
        ("Marco_CONF_20260301", True),
        ("Marco_HTML_20260301", True),
        ("a/b/Marco_SUPRESSAO_20260301", True),
        ("baixa_conf_20260301", True),
        ("Ext_CONF_20260301.csv", True),
        ("README.md", False),
        ("src/html_page.py", False),
        ("x_MAIL_20260301/notes.txt", False),
    ],
)
def test_it_starts_for_what_is_uploaded_and_for_nothing_else(hook, path, starts):
    assert bool(re.search(hook["files"], path)) is starts


@pytest.mark.parametrize(("sample", "code"), [("correct", 0), ("mail-empty", 1)])
def test_its_command_checks_the_whole_triplet_of_a_changed_file(hook, tmp_path, sample, code):
    assert hook["pass_filenames"] == "false"
    shutil.copytree(TRIPLETS / sample, tmp_path / "out")
    (tmp_path / "README.md").write_text("notes\n")
    command = [sys.executable, "-m", *shlex.split(hook["entry"]), "--now", "2026-02-01T12:00:00-03:00"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=50)
    assert (done.returncode, done.stderr) == (code, b"")
