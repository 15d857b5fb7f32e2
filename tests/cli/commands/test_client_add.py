"""``mpftp client add``, ``list``, ``show``, ``test``: a client from its first line to its guide."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from mpftp.adapters.config import load_config
from mpftp.cli import main
from mpftp.cli.commands import client

CONFIG = """\
# Ask Ana.
state = "state.db"

[clients.acme]  # the first
endpoint = "file://{root}/acme"
password = "s3cret"
"""


@pytest.fixture
def run(tmp_path, blank_state):
    shutil.copy(blank_state, tmp_path / "state.db")
    for name in ("acme", "nova"):
        (tmp_path / name).mkdir()
    config = tmp_path / "mpftp.toml"
    config.write_text(CONFIG.format(root=tmp_path))
    config.chmod(0o600)

    def run(*words, code=0, answers=None):
        done = CliRunner().invoke(main, ["client", *words, "--config", str(config)], input=answers)
        assert done.exit_code == code, done.output
        assert "s3cret" not in done.output
        return done

    run.config = config
    return run


def test_a_client_is_added_at_the_end_tried_and_told(run, tmp_path):
    before = run.config.read_text()
    guide = tmp_path / "guide"
    done = run(
        "add", "nova", "--endpoint", f"file://{tmp_path}/nova", "--language", "en", "--guide", str(guide)
    )
    assert run.config.read_text() == (
        f'{before}\n[clients.nova]\nendpoint = "file://{tmp_path}/nova"\nlanguage = "en"\n'
    )
    assert run.config.stat().st_mode & 0o777 == 0o600
    assert "ok      delete    nova: the probe file is gone" in done.stdout
    assert (guide / "index.html").exists()
    assert load_config(run.config).clients["nova"].language == "en"


def test_a_server_that_does_not_answer_is_told_and_the_client_is_there(run):
    done = run("add", "x", "--endpoint", "ftp://127.0.0.1:1", "--user", "u", code=1)
    assert "BAD     server    x" in done.stdout
    assert "x" in load_config(run.config).clients
    assert run("add", "y", "--endpoint", "ftp://127.0.0.1:1", "--no-test").stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["acme", "--endpoint", "file:///x"], 2, "there is a client acme already"),
        (["nova"], 2, "the client's server is missing"),
        (["no name", "--endpoint", "file:///x"], 78, "no name: a name has only letters"),
        (["nova", "--endpoint", "http://x"], 78, "must start with ftp://"),
        (["nova", "--endpoint", "file:///x", "--time-zone", "Mars/City"], 78, "no time zone is called"),
        (["nova", "--endpoint", "ftp://ana:pw@x"], 78, "must not hold a login"),
    ],
)
def test_what_cannot_be_added_changes_nothing(run, words, code, why):
    before = run.config.read_text()
    assert why in run("add", *words, code=code).stderr
    assert run.config.read_text() == before


def test_whoever_sits_there_is_asked(run, monkeypatch):
    monkeypatch.setattr(client, "is_terminal", lambda: True)
    answers = "ftp://127.0.0.1:1\nana\ns3cret\nin\nmaildir\neu@nova.example\n"
    run("add", "nova", "--no-test", answers=answers)
    table = load_config(run.config).clients["nova"]
    assert (table.endpoint, table.user, table.directory) == ("ftp://127.0.0.1:1", "ana", "in")
    assert (table.read_password(), table.notify) == ("s3cret", "eu@nova.example")


def test_list_and_show(run, tmp_path):
    CliRunner().invoke(main, ["collect", "--config", str(run.config)])
    run("add", "nova", "--endpoint", f"file://{tmp_path}/nova", "--no-test")
    run("disable", "nova")
    acme, nova = run("list").stdout.splitlines()
    assert acme.startswith(f"acme  enabled  file://{tmp_path}/acme  last visit 20")
    assert nova.startswith(f"nova  rests    file://{tmp_path}/nova  never visited")
    assert nova.endswith("0 campaigns")
    assert [one["state"] for one in json.loads(run("list", "--json").stdout)] == ["enabled", "rests"]
    shown = run("show", "acme").stdout
    assert 'password = "********"' in shown
    assert "settle_seconds = 60" in shown
    settings = json.loads(run("show", "acme", "--json").stdout)["settings"]
    assert (settings["password"], settings["enabled"]) == ("********", True)
    assert "did you mean acme?" in run("show", "acne", code=2).stderr


def test_clients_are_listed_without_a_state(run, tmp_path):
    (tmp_path / "state.db").unlink()
    assert "never visited" in run("list").stdout
    run.config.write_text('state = "state.db"\n')
    assert run("list").stdout == "There is no client yet: mpftp client add NAME\n"


def test_a_client_is_tried(run, tmp_path):
    assert "ok      write     acme" in run("test", "acme").stdout
    (tmp_path / "acme").rmdir()
    assert "BAD     server    acme" in run("test", "acme", code=1).stdout
    assert list(tmp_path.glob("nova/*")) == []
