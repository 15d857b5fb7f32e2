"""The sample's alert rules, as Prometheus reads them, about figures that there are."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = ROOT / "examples" / "prometheus-rules.yml"


WRONG = {
    "MpftpDown": {"mpftp_up": 0},
    "MpftpNotMailed": {"mpftp_trouble_critical": 2},
    "MpftpTrouble": {"mpftp_trouble": 3},
    "MpftpFragmentOverdue": {"mpftp_oldest_due_fragment_seconds": 7200},
    "MpftpReportsWaiting": {"mpftp_reports_waiting": 5},
    "MpftpDiskFull": {"mpftp_disk_free_bytes": 1, "mpftp_disk_size_bytes": 100},
}
"""The figures by which each alert is raised, of those that need no clock."""


def promtool(*words):
    program = shutil.which("promtool")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is missing: apt-get install prometheus")
        pytest.skip("needs promtool (Debian package prometheus)")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_nothing_wrong():
    promtool("check", "rules", RULES)


@pytest.mark.parametrize("config", ["", "/etc/mpftp/b.toml"])
def test_each_alert_is_raised_and_says_about_what(tmp_path, config):
    """Of a host with one installation, and of one whose figures bear the label ``config``."""
    labels = {"instance": "mail1"} | ({"config": config} if config else {})
    series = {name: value for figures in WRONG.values() for name, value in figures.items()}
    severe = {"MpftpDown", "MpftpNotMailed", "MpftpFragmentOverdue"}
    firing = [
        labels | {"alertname": name, "alertstate": "firing",
                  "severity": "critical" if name in severe else "warning"}
        for name in WRONG
    ]  # fmt: skip
    down = {
        "exp_labels": labels | {"severity": "critical"},
        "exp_annotations": {
            "summary": f"mpftp on mail1{f' ({config})' if config else ''} cannot read its state",
            "description": "Nobody is mailed. `mpftp status --check` says why.",
        },
    }
    case = {
        "interval": "1m",
        "input_series": [
            {"series": _selector(name, labels), "values": f"{value}+0x600"} for name, value in series.items()
        ],
        "alert_rule_test": [{"eval_time": "9h", "alertname": "MpftpDown", "exp_alerts": [down]}],
        "promql_expr_test": [
            {
                "expr": 'ALERTS{alertstate="firing"}',
                "eval_time": "9h",
                "exp_samples": [{"labels": _selector("ALERTS", one), "value": 1} for one in firing],
            }
        ],
    }
    (tmp_path / "case.yml").write_text(json.dumps({"rule_files": [str(RULES)], "tests": [case]}))
    promtool("test", "rules", tmp_path / "case.yml")


def _selector(name, labels):
    return name + "{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


def test_every_figure_of_the_rules_is_written():
    written = (ROOT / "mpftp/cli/views/prometheus.py").read_text("utf-8")
    named = set(re.findall(r"\bmpftp_\w+", RULES.read_text("utf-8")))
    assert named
    assert {name for name in named if f'"{name}"' not in written} == set()
