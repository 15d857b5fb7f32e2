"""What the log of each command says of whom a line is about: client, campaign, address, code."""

from __future__ import annotations

import json
import re

import pytest

from tests.returned import delivery_report


@pytest.fixture
def logged(host, tmp_path):
    """A function that runs a command; the lines of its log."""

    def run(*words, code=0):
        path = tmp_path / "log"
        path.unlink(missing_ok=True)
        host.run(*words, "--log-file", str(path), "--log-format", "json", code=code)
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    return run


def about(lines, words):
    """The fields of the one line that says *words*."""
    line = next(line for line in lines if words in line["message"])
    return {name: line.get(name) for name in ("client", "campaign", "address", "code")}


ACME = {"client": "acme", "campaign": "Um_20260301", "address": None, "code": None}


def test_collect_send_and_publish_name_client_and_campaign(host, logged):
    host.lay("Um")
    assert about(logged("collect"), "accepted") == ACME
    logged("send")
    host.hours += 100
    assert about(logged("publish"), "published") == ACME


def test_a_refusal_names_client_and_campaign(host, logged):
    host.lay("Um", HTML="")
    lines = logged("collect", code=1)
    assert about(lines, "refused Um") == ACME
    assert {line["client"] for line in lines if "refused Um" in line["message"]} == {"acme"}


def test_a_bounce_names_client_campaign_address_and_code(host, logged):
    host.lay("Um")
    host.run("collect")
    host.run("send")
    message = next((host.folder / "md").glob("**/new/*")).read_text("utf-8")
    sender = re.search(r"^Return-Path: <(.*)>$", message, re.MULTILINE)[1]
    for part in ("new", "cur", "tmp"):
        (host.folder / "bounces" / part).mkdir(parents=True)
    (host.folder / "bounces/new/1").write_bytes(delivery_report(sender, "u1@exemplo.com.br"))
    lines = logged("bounces")
    assert about(lines, "filed in Taken") == {
        "client": "acme",
        "campaign": "Um_20260301",
        "address": "u***@exemplo.com.br",
        "code": "5.1.1",
    }


def test_a_trouble_names_its_client(host, logged):
    host.remote.rename(host.remote.with_name("away"))
    lines = logged("collect", code=1)
    assert {line.get("client") for line in lines if line["level"] == "error"} == {"acme"}


def test_every_line_of_a_day_has_its_run_and_whom_it_is_about(host, logged):
    """What a message says of a client, a campaign, an address or a status, the fields say, too."""
    host.lay("Um")
    lines = logged("collect", "-v") + logged("send", "-v")
    message = next((host.folder / "md").glob("**/new/*")).read_text("utf-8")
    sender = re.search(r"^Return-Path: <(.*)>$", message, re.MULTILINE)[1]
    for part in ("new", "cur", "tmp"):
        (host.folder / "bounces" / part).mkdir(parents=True)
    (host.folder / "bounces/new/1").write_bytes(delivery_report(sender, "u1@exemplo.com.br"))
    lines += logged("bounces", "-v")
    host.hours += 100
    lines += logged("publish", "-v") + logged("events", "import", str(host.folder), "-v")
    assert {bool(line["run"]) and bool(line["level"]) for line in lines} == {True}
    for line in lines:
        said = line["message"]
        assert ("acme" not in said) or line.get("client") == "acme", line
        assert ("Um" not in said.split()) or line.get("campaign") == "Um_20260301", line
        assert ("@exemplo.com.br" not in said) or line.get("address"), line
        assert not re.search(r"\b[245]\.\d\.\d\b", said) or line.get("code"), line
    commands = {line["logger"].removeprefix("mpftp.") for line in lines}
    assert {"collect", "send", "publish", "bounces"} <= {name.partition(".")[0] for name in commands}
