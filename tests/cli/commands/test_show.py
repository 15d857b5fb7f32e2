"""``mpftp show``: the bytes that came are the bytes that are shown."""

from __future__ import annotations

import os
import shutil

import pytest
from click.testing import CliRunner

from mpftp.cli.commands.collect import command as collect
from mpftp.cli.commands.show import command as show

MAIL = "email;nome\r\nana@exemplo.com.br;Antônia\r\n".encode("cp1252")


@pytest.fixture
def run(tmp_path, blank_state):
    """A function that runs a command over one collected triplet."""
    shutil.copy(blank_state, tmp_path / "state.db")
    folder = tmp_path / "acme"
    folder.mkdir()
    config = tmp_path / "mpftp.toml"
    config.write_text(
        f'state = "{tmp_path}/state.db"\n[clients.acme]\nendpoint = "file://{folder}"\nsettle_seconds = 0\n'
    )
    files = {
        "CONF": b"assunto;remetente_email;pasta\nOi;a@exemplo.com.br;P\n",
        "HTML": b'<html><body><p>Oi</p><a href="{{descadastro}}">sair</a></body></html>',
        "MAIL": MAIL,
    }
    for kind, data in files.items():
        path = folder / f"Promo_{kind}_20260301"
        path.write_bytes(data)
        os.utime(path, (1_700_000_000,) * 2)
    runner = CliRunner()

    def start(command, *arguments):
        return runner.invoke(command, [*arguments, "--config", str(config)])

    done = start(collect)
    assert done.exit_code == 0, done.output
    return start


def test_the_raw_bytes_of_a_campaign(run):
    for name in ("1", "Promo_20260301", "acme/Promo_20260301"):
        assert run(show, name, "--raw", "MAIL").stdout_bytes == MAIL


def test_what_there_is(run, tmp_path):
    lines = run(show, "1").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        f"Promo_{kind}_20260301" for kind in ("CONF", "HTML", "MAIL")
    ]
    assert all(len(line.split()[2]) == 64 for line in lines)


def test_originals_that_are_no_longer_kept(run, tmp_path):
    next((tmp_path / "spool/originals").rglob("MAIL.gz")).unlink()
    done = run(show, "1", "--raw", "MAIL")
    assert done.exit_code == 1
    assert "no longer kept" in done.stderr


def test_a_campaign_that_is_not_there(run):
    assert run(show, "nada").exit_code == 2
