"""``mpftp status --configs``: several states as one, and one that cannot be read beside them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mpftp.cli import main
from tests.cli.commands.conftest import Host


@pytest.fixture
def shards(tmp_path):
    """A function that runs ``status`` over two hosts with a campaign each."""
    folder = tmp_path / "shards"
    folder.mkdir()
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        host = Host(tmp_path / name)
        host.lay("Promo")
        host.go()
        text = (host.folder / "mpftp.toml").read_text().replace('"state.db"', f'"{host.folder}/state.db"')
        text = text.replace('"md"', f'"{host.folder}/md"').replace('"bounces"', f'"{host.folder}/bounces"')
        (folder / f"{name}.toml").write_text(text)

    def run(*words, code=0):
        command = ["status", "--configs", str(folder), "--now", "2026-03-01T03:00", *words]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == code, done.output
        return done.stdout

    run.folder = folder
    return run


def test_one_page_and_one_line_for_both(shards):
    page = shards()
    assert "Clients: 2 (2 well)" in page
    assert "north:acme/Promo_20260301" in page
    assert "south:acme/Promo_20260301" in page
    assert "Campaigns: 2 finished" in page
    assert max(map(len, page.splitlines())) <= 80
    assert shards("--check").startswith("MPFTP OK - 2 clients, 0 campaigns under way | trouble=0;")
    assert set(json.loads(shards("--json"))["configs"]) == {"north", "south"}


def test_every_sample_says_whose_it_is_and_no_metric_is_told_twice(shards):
    lines = shards("--format", "prometheus").splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all('{config="' in line for line in samples)
    types = [line for line in lines if line.startswith("# TYPE")]
    assert len(types) == len(set(types))
    assert {'mpftp_up{config="north"} 1', 'mpftp_up{config="south"} 1'} <= set(samples)


@pytest.mark.parametrize(
    ("text", "code", "level"),
    [("not toml", 3, "UNKNOWN"), ('state = "/nowhere/state.db"\n', 2, "CRITICAL")],
)
def test_one_that_cannot_be_read_hides_no_other(shards, text, code, level):
    (shards.folder / "west.toml").write_text(text)
    line = shards("--check", code=code)
    assert line.startswith(f"MPFTP {level} - west: ")
    assert len(line.splitlines()) == 1
    page = shards(code=1)
    assert "west: " in page
    assert "south:acme/Promo_20260301" in page
    figures = shards("--format", "prometheus")
    assert 'mpftp_up{config="west"} 0' in figures
    assert 'mpftp_up{config="south"} 1' in figures
    each = json.loads(shards("--json", code=1))
    assert (each["level"], each["configs"]["west"].keys()) == (code, {"error", "hint"})


def test_where_none_can_be_read_the_clients_are_unknown(shards):
    for path in shards.folder.iterdir():
        path.write_text("not toml")
    for page in (shards(code=1), shards("--all", code=1)):
        assert "Clients: unknown." in page
        assert "no client yet" not in page


def test_what_does_not_go_together(shards, tmp_path):
    shards("--client", "acme", code=2)
    for path in shards.folder.iterdir():
        path.unlink()
    shards(code=2)
