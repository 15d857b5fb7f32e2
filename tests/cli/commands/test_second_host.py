"""A second host takes over, as mpftp-growing(7) has it: nobody is mailed twice of whom the backup knew."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.commands.conftest import Host


@pytest.fixture
def pair(tmp_path):
    """Two hosts with one configuration: the same client's server, and the same place that messages go to."""
    hosts = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        hosts.append(Host(folder))
    first, second = hosts
    second.remote.rmdir()
    os.symlink(first.remote, second.remote)
    (tmp_path / "first/md").mkdir()
    os.symlink(tmp_path / "first/md", tmp_path / "second/md")
    second.config.state.unlink()
    second.config.journal.unlink()
    return first, second


def state_id(host: Host) -> str:
    return json.loads(host.run("status", "--json").stdout)["state_id"]


def mailed(host: Host) -> Counter[tuple[str, str]]:
    """How many messages each contact got of each campaign."""
    found = Counter()
    for path in Path(host.folder / "md").glob("**/new/*"):
        head = path.read_text("utf-8")
        to = re.search(r"^To: .*?(\S+@[\w.]+)", head, re.MULTILINE)[1]
        campaign = re.search(r"^Subject: (\S+)", head, re.MULTILINE)[1]
        found[campaign, to] += 1
    return found


def lay(host: Host, name: str) -> None:
    host.lay(name, CONF=f"assunto;remetente_email;pasta\n{name};a@exemplo.com.br;P\n")


def test_a_second_host_takes_over(pair, tmp_path):
    first, second = pair
    lay(first, "Um")
    first.go()
    lay(first, "Dois")
    first.run("collect")
    first.run("send", "--max-messages", "5")
    first.run("backup", str(tmp_path / "now.tar"))
    known = mailed(first)
    lay(first, "Tres")
    first.run("collect")
    first.run("send", "--max-messages", "4")
    lost = mailed(first) - known
    assert (known.total(), lost.total()) == (17, 4)

    second.hours = first.hours + 1
    said = second.run("restore", str(tmp_path / "now.tar")).stderr
    assert f"the state's id is {state_id(second)} now" in said
    assert f"no host may send with {state_id(first)} any more" in said
    second.go(code=1)
    second.go()
    assert mailed(first) == known + lost
    assert {name: state.split(":")[0] for name, state in second.states().items() if name != "Um"} == {
        "Dois": "paused restored", "Tres": "paused restored",
    }  # fmt: skip
    assert second.states()["Um"].startswith("finished")
    listed = second.run("campaign", "list").stdout
    assert "Dois_20260301" in listed
    assert "Tres_20260301" in listed
    assert "restored" in second.run("status", "--all").stdout

    lay(second, "Quatro")
    second.go()
    second.run("campaign", "resume", "Dois_20260301")
    second.run("send")
    after = mailed(first)
    assert all(after[one] == 1 for one in known)
    assert {one for one, count in after.items() if count > 1} <= set(lost)
    assert sum(name == "Quatro" for name, _ in after) == 12


def test_the_host_that_comes_back_is_told_from_the_one_that_took_over(pair, tmp_path):
    first, second = pair
    lay(first, "Um")
    first.go()
    first.run("backup", str(tmp_path / "now.tar"))
    second.hours = first.hours
    second.run("restore", str(tmp_path / "now.tar"))
    assert state_id(first) != state_id(second)
    for host, other in ((first, second), (second, first)):
        own = host.run("status", "--format", "prometheus").stdout
        assert f'mpftp_state_info{{id="{state_id(host)}"}} 1' in own
        shown = host.run("status", "--all").stdout
        assert state_id(host) in shown
        assert state_id(other) not in shown
    assert json.loads(first.run("status", "--json").stdout)["restored_at"] is None
    assert json.loads(second.run("status", "--json").stdout)["restored_at"]
