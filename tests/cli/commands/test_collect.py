"""``mpftp collect`` as an option or two change it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from mpftp.adapters.folder import FolderEndpoint
from mpftp.cli.commands.collect import command
from mpftp.cli.commands.status import command as status_command

FILES = {
    "CONF": b"assunto;remetente_email;pasta\nOi;a@exemplo.com.br;P\n",
    "HTML": b'<html><body><p>Oi</p><a href="{{descadastro}}">sair</a></body></html>',
    "MAIL": b"email\nana@exemplo.com.br\n",
}


@pytest.fixture
def run(tmp_path, blank_state):
    """A function that collects from a folder whose triplet was changed *age* seconds ago."""
    shutil.copy(blank_state, tmp_path / "state.db")
    folder = tmp_path / "acme"
    folder.mkdir()
    config = tmp_path / "mpftp.toml"
    config.write_text(
        f'state = "{tmp_path}/state.db"\n[clients.acme]\nendpoint = "file://{folder}"\nsettle_seconds = 0\n'
    )

    def start(*arguments, age=3600.0, **changed):
        for kind, data in FILES.items():
            path = folder / f"Promo_{kind}_20260301"
            path.write_bytes(changed.get(kind, data))
            os.utime(path, (time.time() - age,) * 2)
        return CliRunner().invoke(command, ["--config", str(config), *arguments])

    return start


def took(done, tmp_path):
    return (tmp_path / "spool/originals/acme/Promo_20260301").exists()


def test_a_moved_clock_does_not_unsettle_a_file(run, tmp_path):
    """``--now`` last year: the file lies in its future, and is an hour old all the same."""
    assert run("--now", "2025-01-01T00:00:00Z").exit_code == 0
    assert took(run, tmp_path)


def test_a_clock_moved_ahead_moves_the_second_look(run, tmp_path):
    """A wait that is longer than the run is left to the next one."""
    config = tmp_path / "mpftp.toml"
    config.write_text(config.read_text().replace("settle_seconds = 0", "settle_seconds = 4000"))
    run("--now", "2025-01-01T00:00:00Z")
    assert not took(run, tmp_path)
    run("--now", "2025-01-01T01:00:00Z", age=3600.0)
    assert not took(run, tmp_path)
    changed_at = (tmp_path / "acme/Promo_MAIL_20260301").stat().st_mtime
    for kind in FILES:
        os.utime(tmp_path / f"acme/Promo_{kind}_20260301", (changed_at, changed_at))
    CliRunner().invoke(command, ["--config", str(config), "--now", "2025-01-01T01:00:00Z"])
    CliRunner().invoke(command, ["--config", str(config), "--now", "2025-01-01T02:30:00Z"])
    assert took(run, tmp_path)


def test_cron_sees_nothing_when_all_is_well(run):
    done = run()
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_an_accepted_triplet_with_bad_lines_is_named_once(run):
    done = run(MAIL=b"email\nana@exemplo.com.br\nbia@exemplo.com.br\nruim\n")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    start = "mpftp: acme: took Promo 20260301 without 1 invalid contact: Promo_MAIL_20260301:4:1: "
    assert line.startswith(start)


@pytest.mark.parametrize(("days", "code"), [(400, 1), (0.5, 0)])
def test_a_campaign_held_for_a_time_long_past_is_told(run, days, code):
    past = f"{datetime.now(UTC) - timedelta(days=days):%d/%m/%Y %H:%M}"
    conf = f"assunto;remetente_email;pasta;datahora_envio\nOi;a@exemplo.com.br;P;{past}\n"
    done = run(CONF=conf.encode())
    assert done.exit_code == code
    assert ("is held: past: " in done.stderr) == bool(code)
    assert ("`mpftp campaign resume 1` sends it" in done.stderr) == bool(code)


@pytest.mark.parametrize(
    "name", ["Pro\x1b[2J\x1b[31mmo_mail_20260301", "A\rmpftp: acme: tudo certo_EMAIL_20260301",
             "Pro\u202emo\u200b_mail_20260301"],
)  # fmt: skip
def test_a_name_cannot_forge_what_an_operator_reads(run, tmp_path, name):
    (tmp_path / "acme" / name).write_bytes(b"x")
    first = run("-v")
    later = datetime.now(UTC) + timedelta(days=2)  # when a name that stands alone is told
    second = run("-v", "--now", f"{later:%Y-%m-%d %H:%M}")
    shown = first.stderr + second.stderr
    assert "_20260301" in shown
    assert not {"\x1b", "\r", "\u202e", "\u200b"} & set(shown + first.stdout + second.stdout)
    assert not [line for line in shown.splitlines() if line.startswith("mpftp: mpftp")]
    (answer,) = (tmp_path / "acme").glob("*_ERRO_*")
    assert not {"\x1b", "\u202e", "\u200b"} & set(answer.read_text("utf-8-sig"))


def test_lines_of_a_listing_that_hide_no_file_of_ours_are_said_once(run, tmp_path, monkeypatch):
    plain = FolderEndpoint.list

    def list_with(*odd):
        monkeypatch.setattr(
            FolderEndpoint, "list", lambda self: replace(plain(self), not_understood=odd), raising=True
        )

    def status():
        shown = CliRunner().invoke(status_command, ["--config", str(tmp_path / "mpftp.toml")])
        return [line for line in shown.stdout.splitlines() if "not understood" in line]

    list_with("Volume in drive C", "x")
    first, second = run(), run()
    assert (first.exit_code, second.exit_code, second.stderr) == (0, 0, "")
    (line,) = first.stderr.splitlines()
    assert line.startswith(
        "mpftp: acme: 2 lines of the listing were not understood: Volume in drive C; x (hint:"
    )
    assert len(status()) == 1
    list_with()
    assert run().stderr == ""
    assert not status()
    list_with("?rw- 9 Nov_MAIL_20260301")
    assert run().exit_code == 1
    assert len(status()) == 1


def test_a_run_with_nothing_to_collect_costs_no_heavy_import(host):
    heavy = {"cryptography", "email_validator", "ftplib", "rich"}
    heavy |= {f"mpftp.domain.triplets.{name}" for name in ("triplet", "mail", "conf", "suppression_file")}
    heavy |= {"mpftp.adapters.store.events", "mpftp.adapters.store.overview"}
    probe = f"import atexit, sys; atexit.register(lambda: print(sorted({heavy} & set(sys.modules))))"
    script = f"{probe}; from mpftp.cli import main; main()"
    command = [sys.executable, "-c", script, "collect", "--config", str(host.folder / "mpftp.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]"), done.stderr
