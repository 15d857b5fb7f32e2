"""The short form of tests/bench/soak.py: a week with every trouble, and its reckoning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.machine import missing

pytestmark = pytest.mark.real

SOAK = Path(__file__).parents[1] / "bench/soak.py"


@pytest.mark.timeout(580)
def test_a_week_with_every_trouble_keeps_every_promise():
    if subprocess.run(["unshare", "--map-root-user", "--mount", "--net", "true"], check=False).returncode:
        missing("needs namespaces of its own")
    done = subprocess.run(
        [sys.executable, SOAK, "--minutes", "1", "--clients", "6", "--campaigns", "12", "--seed", "16"],
        capture_output=True, text=True, timeout=560, check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("MPFTP_")},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    calm, took = re.search(r"(\d+) silent runs.*?(\d+) messages", done.stdout).groups()
    assert int(calm) > 60
    assert int(took) > 200
