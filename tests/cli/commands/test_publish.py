"""``mpftp publish`` as cron and an operator run it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from mpftp.adapters.lock import hold_lock
from mpftp.cli import main

DUE = "2026-03-04T12:00:00Z"


@pytest.fixture
def run(tmp_path, db, story):
    """A function that runs the command over the story's state file; ``run.remote`` is the client's folder."""
    remote = tmp_path / "remote"
    remote.mkdir()
    (tmp_path / "mpftp.toml").write_text(
        f'state = "state.db"\n[clients.acme]\nendpoint = "file://{remote}"\n'
    )

    def run(*arguments, now=DUE):
        command = ["publish", "--config", str(tmp_path / "mpftp.toml"), "--now", now, *arguments]
        return CliRunner().invoke(main, command)

    run.remote = remote
    return run


def test_what_is_due_is_published_in_silence(run, story):
    story()
    done = run()
    assert (done.exit_code, done.output) == (0, "")
    assert len(list(run.remote.iterdir())) == 6
    again = run()
    assert (again.exit_code, again.output) == (0, "")


def test_a_dry_run_says_what_is_due_and_changes_nothing(run, story):
    story()
    done = run("--dry-run")
    assert done.exit_code == 0
    assert done.stdout == "acme: would publish Promo 20260301, edition 1, due 2026-03-04 09:00 -03\n"
    assert list(run.remote.iterdir()) == []
    assert run("--dry-run", now="2026-03-04T11:59:00Z").stdout == "Nothing is due.\n"


@pytest.mark.parametrize("spec", ["1", "Promo_20260301", "acme/Promo_20260301"])
def test_again_takes_a_campaign_by_any_of_its_names(run, story, spec):
    promo = story()
    run()
    promo.tell("open", "ana@example.com", 100)
    assert run("--again", spec).exit_code == 0
    assert (run.remote / "Promo_ABERTURA_20260301").read_bytes().count(b"\r\n") == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--again", "Nada_20260301"], "no campaign is called 'Nada_20260301'"),
        (["--again", "Viva_20260301"], "acme/Viva_20260301 is still being sent"),
        (["--client", "nobody"], "no client is called 'nobody'"),
        (["--again", "Velha_20260301"], "client gone is not in the configuration"),
    ],
)
def test_wrong_usage_is_told(run, story, arguments, told):
    story(name="Viva", state="active")
    story(client="gone", name="Velha")
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr


def test_a_name_that_two_clients_used_is_asked_back(run, story):
    story()
    story(client="other")
    done = run("--again", "Promo_20260301")
    assert done.exit_code == 2
    assert "may be any of other/Promo_20260301, acme/Promo_20260301" in done.stderr
    assert run("--again", "Promo_20260301", "--client", "acme").exit_code == 0


def test_a_server_that_refuses_is_named_and_tried_again(run, story):
    story()
    run.remote.rmdir()
    done = run()
    assert done.exit_code == 1
    assert "acme: Promo 20260301 is not published:" in done.stderr
    assert "Traceback" not in done.output
    run.remote.mkdir()
    assert run().exit_code == 0
    assert len(list(run.remote.iterdir())) == 6


def test_two_runs_at_once_are_one(run, story, tmp_path):
    story()
    with hold_lock(tmp_path / "state.db", "publish"):
        done, told = run(), run("-v")
    assert (done.exit_code, done.stderr) == (75, "")
    assert told.exit_code == 75
    assert "another `mpftp publish` is running" in told.stderr
    assert list(run.remote.iterdir()) == []
