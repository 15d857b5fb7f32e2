"""The first command of the README: the demonstration, with the installed program and real servers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


@pytest.mark.real
@pytest.mark.timeout(300)
def test_the_demonstration_finds_what_it_expects(tmp_path):
    done = subprocess.run(
        [sys.executable, DEMO, "--keep", tmp_path / "demo"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All as expected." in done.stdout
    assert "DIFFERS" not in done.stdout
    assert done.stderr == ""
    pages = tmp_path / "demo" / "pages"
    assert f"The campaign's page and the client's guide: {pages}" in done.stdout.replace("\n", "")[-400:]
    assert "<svg" in (pages / "report.html").read_text("utf-8")
    assert (pages / "guide" / "modelos" / "retorno").is_dir()
    assert len(list((tmp_path / "demo" / "ftp").iterdir())) == 9 + 4  # and the refused one with its answer
