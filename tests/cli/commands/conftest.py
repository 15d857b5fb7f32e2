"""What tests of several commands share: one machine with one client, and an hour for each command."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

from mpftp.adapters.config import load_config
from mpftp.adapters.store.database import Database
from mpftp.cli import main

FILES = {
    "CONF": "assunto;remetente_email;pasta\nOi;a@exemplo.com.br;P\n",
    "HTML": '<html><body><p>Oi</p><a href="{{descadastro}}">sair</a></body></html>',
    "MAIL": "email\n" + "".join(f"u{number}@exemplo.com.br\n" for number in range(1, 13)),
}


STARTED_AT = datetime(2026, 3, 1)  # noqa: DTZ001 - `--now` reads it as UTC


class Host:
    """One machine with one client, whose messages become files; an hour passes with each command."""

    def __init__(self, folder):
        self.folder, self.hours = folder, 0
        self.remote = folder / "acme"
        self.remote.mkdir()
        (folder / "mpftp.toml").write_text(
            f'state = "state.db"\n[maildir]\npath = "md"\n[bounces]\nmaildir = "bounces"\n'
            f'[clients.acme]\nendpoint = "file://{self.remote}"\nsettle_seconds = 0\n'
        )
        self.config = load_config(folder / "mpftp.toml")
        self.run("init", "--state-only")

    def lay(self, name, **files):
        """A triplet on the client's server; *files* replace those of a dozen contacts."""
        for kind, text in (FILES | files).items():
            path = self.remote / f"{name}_{kind}_20260301"
            path.write_text(text)
            os.utime(path, (1_767_225_600,) * 2)

    def configure(self, lines):
        """Add *lines* to the end of the configuration."""
        with (self.folder / "mpftp.toml").open("a") as file:
            file.write(lines + "\n")

    def run(self, *words, code=0):
        self.hours += 1
        now = [] if words[0] == "init" else ["--now", f"{STARTED_AT + timedelta(hours=self.hours):%FT%R}"]
        done = CliRunner().invoke(main, [*words, "--config", str(self.folder / "mpftp.toml"), *now])
        assert done.exit_code == code, done.output
        return done

    def go(self, *, code=0):
        """What cron does; *code* is how ``collect`` ends."""
        self.run("collect", code=code)
        for command in ("send", "bounces", "send", "publish"):
            self.run(command)

    def mailed(self):
        """How many messages went out in all."""
        return sum(1 for _ in (self.folder / "md").glob("**/new/*"))

    def states(self):
        with Database(self.config.state, read_only=True) as db:
            return dict(db.rows("SELECT name, state || ' ' || state_reason FROM campaign"))


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)
