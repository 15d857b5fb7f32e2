"""A publish run over real FTP, cut at each of its commands in turn: before, during and after it.

The cuts are made by a relay between us and the server's control connection. In between, the client
sees for each file the old one or the new one; after the next run, exactly what an undisturbed run leaves.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mpftp.adapters.config import load_config
from mpftp.adapters.folder import FolderEndpoint
from mpftp.adapters.ftp import FtpEndpoint
from mpftp.adapters.retry import RetryingEndpoint
from mpftp.adapters.store.results import ResultRows, ResultStore
from mpftp.domain.file_names import ResultType
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.results.files import ResultFormat
from mpftp.stages.publish import plan_editions, publish, remove_published_folders
from mpftp.wiring.servers import build_ftp_settings
from tests.relay import ANSWERED, BEFORE, UNANSWERED, Relay
from tests.settings import DIRECT_UPLOAD, publish_settings

pytestmark = pytest.mark.real

TERMS = publish_settings(
    ResultFormat(DEFAULT_PROFILE, ZoneInfo("America/Sao_Paulo"), "pt_BR"), 3, again_after_days=(1,)
)
DUE = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
STEP = int(os.environ.get("MPFTP_STEP", "4"))  # 1: every command in every way, for the large run
START = {BEFORE: 0, UNANSWERED: 1 % STEP, ANSWERED: 3 % STEP}


@pytest.fixture
def extra():
    """How the server differs from the usual; tests say it by a parameter of this name."""
    return {}


@pytest.fixture
def world(kind, extra, db, story, tmp_path, ftp_server):
    server = ftp_server(kind, **extra)
    relay = Relay(("127.0.0.1", server.port))
    yield World(db, story, tmp_path, server, relay)
    relay.close()


class World:
    def __init__(self, db, story, folder, server, relay):
        self.db, self.story, self.server, self.relay = db, story, server, relay
        self.spool, self.patient = folder / "results", False
        self.terms = TERMS
        path = folder / "mpftp.toml"
        path.write_text(
            f'[clients.acme]\nendpoint = "ftp://127.0.0.1"\nport = {relay.port}\nuser = "{server.user}"\n'
            f'password = "{server.password}"\ndirectory = "in"\ntimeout_seconds = 5\n'
        )
        path.chmod(0o600)
        self.config = load_config(path)

    def run(self, campaign, now, *, at=None, how=BEFORE, endpoint=None):
        self.relay.arm(at, how)
        editions = ResultStore(self.db)
        ended = [one for one in editions.finished_campaigns() if one.campaign_id == campaign]
        remove_published_folders(ended, self.spool)
        return publish(
            plan_editions(ended, {"acme": self.terms}, now),
            editions,
            lambda job, horizon: ResultRows(self.db, job.ended, horizon, job.settings.counting),
            lambda name: endpoint or self.endpoint(),
            self.spool,
            lambda: now,
            connections=16,
        )

    def endpoint(self):
        """Without patience each cut ends the run; with it the run goes on by itself."""
        endpoint = FtpEndpoint(build_ftp_settings("acme", self.config.clients["acme"]))
        if self.patient:
            return RetryingEndpoint(endpoint, 60, pauses=(0,), sleep=lambda seconds: None)
        return endpoint

    def files(self, name):
        return {path.name: path.read_bytes() for path in self.server.folder.glob(f"{name}_*")}


@pytest.mark.parametrize(("kind", "patient"), [("vsftpd", False), ("pyftpdlib", True)])
@pytest.mark.parametrize("how", [BEFORE, UNANSWERED, ANSWERED])
def test_a_publish_run_cut_at_each_of_its_commands_is_finished(world, how, patient, kind):
    measured = world.story(name="Medida")
    world.run(measured.campaign, DUE)
    commands = list(world.relay.commands)
    assert commands.count("STOR") == commands.count("RNTO") == 6
    for at in range(START[how], len(commands), STEP):
        name = f"Corte{at}"
        promo = world.story(name=name)
        promo.tell("open", "ana@example.com", 1)
        world.run(promo.campaign, DUE, endpoint=FolderEndpoint(world.server.folder))
        old = world.files(name)
        promo.tell("open", "bia@example.com", 80)
        promo.tell("click", "bia@example.com", 80, link=1)
        later = DUE + timedelta(days=1)
        world.patient = patient
        report = world.run(promo.campaign, later, at=at, how=how)
        world.patient = False
        assert len(world.relay.commands) > at
        between = {file: data for file, data in world.files(name).items() if not file.endswith(".tmp")}
        assert between.keys() == old.keys()
        if patient:
            assert not report.failed, f"cut at {commands[at]}: {report.failed[0].error.message}"
        elif commands[at] != "QUIT" and (at, how) != (len(commands) - 2, ANSWERED):
            assert report.failed, f"cut at {commands[at]}"
            world.run(promo.campaign, later + timedelta(hours=1))
        new = world.files(name)
        assert new.keys() == {f"{name}_{kind.value}_20260301" for kind in ResultType}
        assert all(data in (old[file], new[file]) for file, data in between.items()), f"cut at {commands[at]}"
        assert new[f"{name}_ABERTURA_20260301"].count(b"\r\n") == 3
        assert new[f"{name}_CLIQUEUNICO_20260301"].count(b"\r\n") == 2


SERVERS = {
    "no SIZE, no MLSD": ("pyftpdlib", {"without": ("SIZE", "MLSD", "MLST")}),
    "no SIZE, DOS listings": ("pyftpdlib", {"without": ("SIZE", "MLSD", "MLST"), "dos": True}),
    "nothing is replaced": ("proftpd", {"AllowOverwrite": "off"}),
    "pure-ftpd": ("pure-ftpd", {}),
    "stores beside what is there": ("pure-ftpd", {"flags": ["-r"]}),
}


@pytest.mark.parametrize(("kind", "extra"), SERVERS.values(), ids=SERVERS)
def test_two_editions_on_servers_that_lack_something(world, kind, extra):
    promo = world.story()
    promo.tell("open", "ana@example.com", 1)
    assert not world.run(promo.campaign, DUE).failed
    assert world.files("Promo")["Promo_ABERTURA_20260301"].count(b"\r\n") == 2
    promo.tell("open", "ana@example.com", 70)
    later = DUE + timedelta(days=1)
    world.relay.commands.clear()
    cut = world.run(promo.campaign, later, at=commands_before_renames(world))
    assert cut.failed, "the run was not cut"
    assert [name for name in world.files("Promo") if name.endswith(".tmp")]
    assert not world.run(promo.campaign, later + timedelta(hours=1)).failed
    files = world.files("Promo")
    assert files.keys() == {f"Promo_{kind.value}_20260301" for kind in ResultType}
    assert files["Promo_ABERTURA_20260301"].count(b"\r\n") == 3


NO_RENAME = {
    "vsftpd": ("vsftpd", {"cmds_denied": "RNFR,RNTO"}),
    "vsftpd, nothing deleted": ("vsftpd", {"cmds_denied": "RNFR,RNTO,DELE"}),
    "pure-ftpd": ("pure-ftpd", {"flags": ["-G"]}),
}


@pytest.mark.parametrize(("kind", "extra"), NO_RENAME.values(), ids=NO_RENAME)
def test_two_editions_where_nothing_may_be_renamed(world, kind, extra):
    promo = world.story()
    promo.tell("open", "ana@example.com", 1)
    (refused,) = world.run(promo.campaign, DUE).failed
    assert 'upload = "direct"' in refused.error.hint
    world.terms = replace(TERMS, upload=DIRECT_UPLOAD)
    cut = world.run(promo.campaign, DUE, at=world.relay.commands.index("STOR") + 9)
    assert cut.failed, "the run was not cut"
    assert not world.run(promo.campaign, DUE + timedelta(hours=1)).failed
    assert world.files("Promo")["Promo_ABERTURA_20260301"].count(b"\r\n") == 2
    promo.tell("open", "ana@example.com", 70)
    assert world.run(promo.campaign, DUE + timedelta(days=2)).published
    files = world.files("Promo")
    assert files.keys() >= {f"Promo_{kind.value}_20260301" for kind in ResultType}
    assert files["Promo_ABERTURA_20260301"].count(b"\r\n") == 3


def commands_before_renames(world):
    """The place of the first rename in the dialogue of a run, seen in that of another campaign."""
    probe = world.story(name="Sonda")
    world.run(probe.campaign, DUE)
    return world.relay.commands.index("RNFR")
