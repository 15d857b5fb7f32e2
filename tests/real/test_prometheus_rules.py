"""The sample's alert rules, as Prometheus reads them, about figures that there are."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = ROOT / "examples" / "prometheus-rules.yml"


def test_promtool_finds_nothing_wrong():
    program = shutil.which("promtool")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is missing: apt-get install prometheus")
        pytest.skip("needs promtool (Debian package prometheus)")
    done = subprocess.run([program, "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_figure_of_the_rules_is_written():
    written = (ROOT / "mpftp/cli/views/prometheus.py").read_text("utf-8")
    named = set(re.findall(r"\bmpftp_\w+", RULES.read_text("utf-8")))
    assert named
    assert {name for name in named if f'"{name}"' not in written} == set()
