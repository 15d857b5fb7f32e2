"""``publish``: what is due, what reaches the client, and what a cut run leaves."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mpftp.adapters.folder import FolderEndpoint
from mpftp.adapters.store.results import ResultRows, ResultStore
from mpftp.domain.clock import to_ms
from mpftp.domain.file_names import ResultType, UploadPolicy
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.results.files import ResultFormat
from mpftp.errors import EndpointError, EndpointUnavailableError, Exit
from mpftp.stages.publish import (
    extra_edition,
    plan_editions,
    plan_late_optouts,
    publish,
    remove_published_folders,
)
from tests.settings import DIRECT_UPLOAD, publish_settings

ANA, BIA = "ana@example.com", "bia@example.com"
TERMS = publish_settings(
    ResultFormat(DEFAULT_PROFILE, ZoneInfo("America/Sao_Paulo"), "pt_BR"), results_after_days=3
)
DUE = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # three days after the story's last fragment
NAMES = {f"Promo_{kind.value}_20260301" for kind in ResultType}


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """No test here cuts the power: the disk need not be waited for, hundreds of times."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


class Kill(BaseException):
    """The process dies here."""


class Watched:
    """A folder that can break down at its n-th call, before or after the call took effect."""

    def __init__(self, folder, at=None, error=None, late=False):
        self._folder, self._at, self._error, self._late = folder, at, error, late
        self.calls = []

    def __getattr__(self, name):
        method = getattr(self._folder, name)

        def call(*arguments, **options):
            self.calls.append((name, *[str(argument) for argument in arguments]))
            failing = name != "close" and len(self.calls) - 1 == self._at
            if failing and not self._late:
                raise self._error
            result = method(*arguments, **options)
            if failing:
                raise self._error
            return result

        return call


@pytest.fixture
def world(db, story, tmp_path):
    """A campaign with events, its client's folder, and a function that runs ``publish``."""
    return World(db, story(), tmp_path)


class World:
    def __init__(self, db, promo, tmp_path):
        self.db, self.promo = db, promo
        self.remote, self.spool = tmp_path / "remote", tmp_path / "spool" / "results"
        self.remote.mkdir()
        for hour, email in enumerate((ANA, ANA, BIA)):
            promo.tell("open", email, hour)
        self.clients = {"acme": TERMS}
        self.only = None

    def run(self, now=DUE, *, endpoint=None, jobs=None, opened=None):
        editions = ResultStore(self.db)
        ended = [one for one in editions.finished_campaigns() if self.only in (None, one.campaign_id)]
        remove_published_folders(ended, self.spool)
        return publish(
            plan_editions(ended, self.clients, now) if jobs is None else jobs,
            editions,
            lambda job, horizon: ResultRows(self.db, job.ended, horizon, job.settings.counting),
            opened or (lambda name: endpoint or FolderEndpoint(self.remote)),
            self.spool,
            lambda: now,
            connections=16,
        )

    def files(self):
        return {path.name: path.read_bytes() for path in self.remote.iterdir()}


def test_nothing_is_due_before_its_time(world):
    assert world.run(DUE - timedelta(seconds=1)).published == []
    assert world.files() == {}


def test_the_six_files_appear_and_are_published_once(world):
    (done,) = world.run().published
    files = world.files()
    assert files.keys() == NAMES
    assert files["Promo_ABERTURA_20260301"].decode("utf-8-sig").splitlines()[1:] == [
        "ana@example.com;102;2026-03-01 09:00:00;;",
        "ana@example.com;102;2026-03-01 10:00:00;;",
        "bia@example.com;103;2026-03-01 11:00:00;;",
    ]
    assert files["Promo_ABERTURAUNICA_20260301"].count(b"\r\n") == 3
    assert (
        files["Promo_RETORNADO_20260301"].decode("utf-8-sig")
        == "email;uidcli;datahora;tipo;codigo;motivo\r\n"
    )
    assert done.rows["ABERTURA"] == 3
    assert not list(world.spool.iterdir())
    world.promo.tell("open", BIA, 80)
    assert world.run(DUE + timedelta(days=30)).published == []
    assert world.files() == files


def test_a_second_edition_replaces_the_first_with_the_late_events(world):
    world.clients["acme"] = replace(TERMS, again_after_days=(7,))
    world.run()
    world.promo.tell("open", BIA, 80)
    assert world.run(DUE + timedelta(days=7, seconds=-1)).published == []
    (done,) = world.run(DUE + timedelta(days=7)).published
    assert (done.job.edition, done.rows["ABERTURA"]) == (2, 4)
    assert world.files()["Promo_ABERTURA_20260301"].count(b"\r\n") == 5
    assert world.files().keys() == NAMES
    assert world.run(DUE + timedelta(days=99)).published == []


def test_several_later_editions_each_replace_the_one_before(world):
    world.clients["acme"] = replace(TERMS, again_after_days=(7, 30))
    days = [0, 6, 7, 29, 30, 99]
    editions = [[one.job.edition for one in world.run(DUE + timedelta(days=day)).published] for day in days]
    assert editions == [[1], [], [2], [], [3], []]


def late(world, now, **changes):
    """What a run at *now* does for those who opted out late."""
    world.clients["acme"] = replace(TERMS, **changes)
    store = ResultStore(world.db)
    jobs = plan_late_optouts(store.finished_campaigns(), world.clients, store, now)
    return world.run(now, jobs=jobs).published


def test_who_opts_out_after_the_edition_reaches_the_client_on_its_next_day(world):
    world.run()
    before = world.files()
    world.promo.tell("opt-out", ANA, 80, source="link")
    world.promo.tell("complaint", BIA, 81)
    world.promo.tell("open", BIA, 82)
    midnight = datetime(2026, 3, 5, 3, tzinfo=UTC)  # in Sao Paulo
    assert late(world, midnight - timedelta(seconds=1)) == []
    (done,) = late(world, midnight)
    assert done.rows == {"CANCELADO": 2}
    after = world.files()
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"Promo_CANCELADO_20260301"}
    assert after["Promo_CANCELADO_20260301"].decode("utf-8-sig").splitlines()[1:] == [
        "ana@example.com;102;2026-03-04 17:00:00;link de descadastro da mensagem",
        "bia@example.com;103;2026-03-04 18:00:00;denúncia de spam",
    ]
    assert not list(world.spool.iterdir())
    assert late(world, midnight + timedelta(days=1)) == []


def test_who_opts_out_before_a_further_edition_is_due_need_not_wait_for_it(world):
    world.run()
    world.promo.tell("opt-out", ANA, 80, source="link")
    ResultStore(world.db).begin(world.promo.campaign, 2, DUE + timedelta(days=9))
    (done,) = late(world, DUE + timedelta(days=2))
    assert done.rows == {"CANCELADO": 1}


def test_late_opt_outs_are_told_for_so_many_days_from_the_last_edition(world):
    world.run()
    world.promo.tell("opt-out", ANA, 80, source="link")
    assert late(world, DUE + timedelta(days=5, seconds=1), late_optouts_days=5) == []
    assert late(world, DUE + timedelta(days=5), late_optouts_days=0) == []
    assert len(late(world, DUE + timedelta(days=5), late_optouts_days=5)) == 1


def test_a_late_cancelado_that_does_not_arrive_is_tried_again(world):
    world.run()
    world.promo.tell("opt-out", ANA, 80, source="link")
    store, now = ResultStore(world.db), DUE + timedelta(days=2)
    jobs = plan_late_optouts(store.finished_campaigns(), world.clients, store, now)
    broken = Watched(FolderEndpoint(world.remote), 0, EndpointUnavailableError("the server is away"))
    assert len(world.run(now, jobs=jobs, endpoint=broken).failed) == 1
    assert len(late(world, now)) == 1


def test_situacao_has_a_line_for_each_line_of_mail(world):
    world.promo.change(BIA, state="invalid", settled_at=None)
    world.clients["acme"] = replace(TERMS, situation_file=True)
    (done,) = world.run().published
    assert world.files().keys() == NAMES | {"Promo_SITUACAO_20260301"}
    assert world.files()["Promo_SITUACAO_20260301"].decode("utf-8-sig").splitlines() == [
        "linha;email;uidcli;situacao;codigo;motivo;datahora",
        "2;ana@example.com;102;enviado;;;2026-03-01 09:00:00",
        "3;bia@example.com;103;recusado;;endereço inválido;2026-03-01 08:59:00",
    ]
    assert done.rows["SITUACAO"] == 2
    assert world.files()["Promo_RETORNADO_20260301"].decode("utf-8-sig").splitlines()[1:] == [
        "bia@example.com;103;2026-03-01 08:59:00;não enviado;;endereço inválido"
    ]


def test_a_paused_campaign_is_due_after_its_last_message_else_after_the_pause(world):
    paused = DUE - timedelta(days=1)
    world.promo.stop("paused", paused)
    assert [one.due_at for one in plan(world)] == [paused + timedelta(days=3)]
    world.promo.change(ANA, attempts=1, state="sent")
    world.promo.change(BIA, state="pending", settled_at=None)
    assert [one.due_at for one in plan(world)] == [DUE]
    world.run()
    assert world.files()["Promo_RETORNADO_20260301"].decode("utf-8-sig").splitlines()[1:] == [
        "bia@example.com;103;2026-03-03 09:00:00;não enviado;;campanha interrompida"
    ]
    assert plan(world) == []


def test_a_stopped_campaign_that_goes_on_and_ends_gets_a_further_edition(world, db):
    world.promo.stop("paused", DUE - timedelta(days=3))
    world.run()
    world.promo.stop("active")
    assert plan(world) == []
    ended = DUE + timedelta(days=1)
    with db.transaction():
        db.execute("UPDATE campaign SET state = 'finished', finished_at = ?", (to_ms(ended),))
    assert [(one.edition, one.due_at) for one in plan(world)] == [(2, ended + timedelta(days=3))]


def test_an_edition_of_a_stopped_campaign_that_was_begun_is_forgotten_when_it_goes_on(world, db):
    world.promo.stop("paused", DUE - timedelta(days=3))
    broken = Watched(FolderEndpoint(world.remote), 0, EndpointUnavailableError("the server is away"))
    world.run(endpoint=broken)
    world.promo.stop("active")
    world.promo.stop("finished")
    assert ResultStore(db).finished_campaigns()[0].pending is None


def plan(world):
    return plan_editions(ResultStore(world.db).finished_campaigns(), world.clients, DUE + timedelta(days=30))


def test_again_publishes_at_once_and_does_not_cancel_the_second_edition(world):
    world.clients["acme"] = replace(TERMS, again_after_days=(7,))
    world.run()
    ended = ResultStore(world.db).finished_campaigns()[0]
    later = DUE + timedelta(days=1)
    (done,) = world.run(later, jobs=[extra_edition(ended, TERMS, later)]).published
    assert done.job.edition == 2
    (third,) = world.run(DUE + timedelta(days=7)).published
    assert third.job.edition == 3
    assert world.run(DUE + timedelta(days=99)).published == []


def test_again_before_the_first_is_due_is_the_first(world):
    ResultStore(world.db).begin(world.promo.campaign, 1, DUE)
    early = DUE - timedelta(days=2)
    job = extra_edition(ResultStore(world.db).finished_campaigns()[0], TERMS, early)
    (done,) = world.run(early, jobs=[job]).published
    assert (done.job.edition, job.due_at) == (1, early)
    assert world.run(DUE).published == []


def test_a_campaign_that_was_tried_again_after_publishing_is_published_again(world, db):
    world.run()
    retried = DUE + timedelta(days=1)
    with db.transaction():
        db.execute("UPDATE campaign SET finished_at = ?", (to_ms(retried),))
    assert world.run(retried + timedelta(days=2)).published == []
    (done,) = world.run(retried + timedelta(days=3)).published
    assert done.job.edition == 2
    assert world.run(retried + timedelta(days=9)).published == []


def test_results_without_delay_are_published_once(world):
    world.clients["acme"] = replace(TERMS, results_after_days=0)
    finished = DUE - timedelta(days=3)
    assert len(world.run(finished).published) == 1
    assert world.run(finished).published == []
    assert world.run(finished + timedelta(days=9)).published == []


def test_a_link_with_a_merge_field_is_published_as_it_was_clicked(db, story, tmp_path):
    world = World(db, story(links=("https://a.example/?n={{nome}}",)), tmp_path)
    world.promo.tell("click", ANA, 1, link=1)
    world.run()
    assert b"https://a.example/?n=Ana;" in world.files()["Promo_CLIQUE_20260301"]


def test_a_client_that_left_the_configuration_is_left_alone(world):
    world.clients = {}
    assert world.run().published == []


def calls_of_a_run(world):
    watched = Watched(FolderEndpoint(world.remote))
    world.run(endpoint=watched)
    return len(watched.calls) - 1  # the last is close


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [EndpointUnavailableError("cut"), Kill()], ids=["cut", "killed"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "second-edition"])
def test_a_run_cut_at_any_call_is_finished_by_the_next(db, story, tmp_path, error, late, first):
    """At each call in turn: the client never has a half-written file, and ends with the six."""
    total = calls_of_a_run(World(db, story(name="Medida"), tmp_path))
    shutil.rmtree(tmp_path / "remote")
    assert total == 18  # six uploads, six sizes, six renames
    for at in range(total):
        folder = tmp_path / f"cut-{at}"
        folder.mkdir()
        world = World(db, story(name=f"Corte{at}"), folder)
        world.only = world.promo.campaign
        when = DUE
        if not first:
            world.run()
            world.promo.tell("click", BIA, 90, link=1)
            world.clients["acme"] = replace(TERMS, again_after_days=(1,))
            when = DUE + timedelta(days=1)
        old = world.files()
        broken = Watched(FolderEndpoint(world.remote), at, error, late)
        if isinstance(error, Kill):
            with pytest.raises(Kill):
                world.run(when, endpoint=broken)
        else:
            (failed,) = world.run(when, endpoint=broken).failed
            assert failed.error.exit_code == Exit.TRY_LATER
        between = {name: data for name, data in world.files().items() if not name.endswith(".tmp")}
        world.run(when + timedelta(hours=1))
        new = world.files()
        assert new.keys() == {name.replace("Promo", f"Corte{at}") for name in NAMES}
        assert all(data in (old.get(name), new[name]) for name, data in between.items())
        assert not [path for path in world.spool.iterdir() if path.is_dir()]


def test_an_edition_whose_renames_began_is_finished_with_the_same_bytes(world):
    world.run(endpoint=Watched(FolderEndpoint(world.remote), 14, EndpointUnavailableError("cut")))
    world.promo.tell("open", BIA, 80)
    (done,) = world.run(DUE + timedelta(hours=1)).published
    assert done.rows["ABERTURA"] == 3
    assert world.files()["Promo_ABERTURA_20260301"].count(b"\r\n") == 4


def test_an_edition_cut_before_its_renames_is_made_anew(world):
    world.run(endpoint=Watched(FolderEndpoint(world.remote), 8, EndpointUnavailableError("cut")))
    world.promo.tell("open", BIA, 80)
    (done,) = world.run(DUE + timedelta(hours=1)).published
    assert done.rows["ABERTURA"] == 4


def test_a_server_that_lost_bytes_gets_no_renames(world):
    class Lossy(FolderEndpoint):
        def upload(self, source, name):
            super().upload(source, name)
            path = world.remote / name
            path.write_bytes(path.read_bytes()[:-1])

    (failed,) = world.run(endpoint=Lossy(world.remote)).failed
    assert "bytes arrived" in failed.error.message
    assert all(name.endswith(".tmp") for name in world.files())


def test_files_are_uploaded_under_the_temporary_name_that_the_client_has_set(world):
    world.clients = {"acme": replace(TERMS, upload=UploadPolicy("~{name}.part"))}
    watched = Watched(FolderEndpoint(world.remote))
    world.run(endpoint=watched)
    uploads = {call[2] for call in watched.calls if call[0] == "upload"}
    assert uploads == {f"~{name}.part" for name in NAMES}
    assert world.files().keys() == set(NAMES)


def direct(world):
    world.clients = {"acme": replace(TERMS, upload=DIRECT_UPLOAD)}


def test_direct_uploads_rename_nothing_and_end_with_cancelado(world):
    direct(world)
    watched = Watched(FolderEndpoint(world.remote))
    (done,) = world.run(endpoint=watched).published
    assert done.rows["ABERTURA"] == 3
    uploads = [call[2] for call in watched.calls if call[0] == "upload"]
    assert set(uploads) == set(NAMES)
    assert uploads[-1] == "Promo_CANCELADO_20260301"
    assert not [call for call in watched.calls if call[0] == "rename"]
    assert world.files().keys() == set(NAMES)


def test_direct_uploads_end_with_cancelado_after_situacao(world):
    world.clients = {"acme": replace(TERMS, upload=DIRECT_UPLOAD, situation_file=True)}
    watched = Watched(FolderEndpoint(world.remote))
    world.run(endpoint=watched)
    uploads = [call[2] for call in watched.calls if call[0] == "upload"]
    assert uploads[-2:] == ["Promo_SITUACAO_20260301", "Promo_CANCELADO_20260301"]


@pytest.mark.parametrize("late", [False, True])
def test_direct_uploads_cut_anywhere_go_on_with_the_same_bytes(db, story, tmp_path, late):
    for at in range(18):  # a size, an upload and a size again for each of six
        folder = tmp_path / f"cut-{at}"
        folder.mkdir()
        world = World(db, story(name=f"Corte{at}"), folder)
        world.only = world.promo.campaign
        direct(world)
        cut = Watched(FolderEndpoint(world.remote), at, EndpointUnavailableError("cut"), late)
        assert world.run(endpoint=cut).failed
        before = world.files()
        world.promo.tell("open", BIA, 80)
        watched = Watched(FolderEndpoint(world.remote))
        (done,) = world.run(DUE + timedelta(hours=1), endpoint=watched).published
        assert done.rows["ABERTURA"] == 3
        assert all(world.files()[name] == data for name, data in before.items())
        assert len(before) + len([call for call in watched.calls if call[0] == "upload"]) == 6


def test_a_direct_upload_where_nothing_may_be_read_is_written_again(world):
    class Dropbox(FolderEndpoint):
        def download(self, name, target, **options):
            raise EndpointError("550 you may only write")

    direct(world)
    world.run(endpoint=Watched(Dropbox(world.remote), 5, EndpointUnavailableError("cut")))
    (done,) = world.run(DUE + timedelta(hours=1), endpoint=Dropbox(world.remote)).published
    assert done.rows["ABERTURA"] == 3
    assert world.files().keys() == set(NAMES)


def test_one_clients_dead_server_stops_no_other(db, story, tmp_path):
    world = World(db, story(client="dead"), tmp_path)
    story(client="dead", name="Outra")
    story(client="alive", name="Viva")
    world.clients = {"dead": TERMS, "alive": TERMS}
    opened = []

    def open_endpoint(name):
        opened.append(name)
        if name == "dead":
            raise EndpointUnavailableError("dead: no route to host")
        return FolderEndpoint(world.remote)

    report = world.run(opened=open_endpoint)
    assert [done.job.ended.key.name for done in report.published] == ["Viva"]
    assert [failed.error.message for failed in report.failed] == ["dead: no route to host"] * 2
    assert sorted(opened) == ["alive", "dead"]  # the second campaign did not wait for it again
    assert {row[0] for row in db.rows("SELECT trouble FROM publication")} == {"", "dead: no route to host"}


def test_a_server_that_goes_away_in_mid_visit_is_not_asked_for_the_other_editions(db, story, tmp_path):
    world = World(db, story(), tmp_path)
    story(name="Outra")
    watched = Watched(FolderEndpoint(world.remote), 2, EndpointUnavailableError("cut"))
    report = world.run(endpoint=watched)
    assert [failed.error.message for failed in report.failed] == ["cut", "cut"]
    assert [call[0] for call in watched.calls] == ["upload", "upload", "upload", "close"]


def test_a_lasting_refusal_of_one_file_lets_the_next_campaign_try(db, story, tmp_path):
    world = World(db, story(), tmp_path)
    story(name="Outra")
    report = world.run(endpoint=Watched(FolderEndpoint(world.remote), 0, EndpointError("552 quota")))
    assert (len(report.published), len(report.failed)) == (1, 1)


def test_a_full_disk_here_is_try_later_and_loses_nothing(world):
    world.spool.parent.mkdir(parents=True, exist_ok=True)
    world.spool.write_text("in the way")
    (failed,) = world.run().failed
    assert failed.error.exit_code == Exit.TRY_LATER
    assert "results cannot be kept here" in failed.error.message
    world.spool.unlink()
    assert len(world.run().published) == 1


def test_a_local_copy_that_vanishes_in_mid_visit_hurts_that_campaign_only(db, story, tmp_path):
    world = World(db, story(), tmp_path)
    story(client="other", name="Outra")
    world.clients["other"] = TERMS

    class Vanishing(FolderEndpoint):
        def size(self, name):
            shutil.rmtree(world.spool / "1-1", ignore_errors=True)
            return super().size(name)

    opened = {"acme": Vanishing(world.remote), "other": FolderEndpoint(world.remote)}
    report = world.run(opened=lambda name: opened[name])
    assert [done.job.ended.client for done in report.published] == ["other"]
    assert [failed.error.exit_code for failed in report.failed] == [Exit.TRY_LATER]
    assert len(world.run().published) == 1


def test_local_copies_are_for_our_eyes_only(world):
    world.run(endpoint=Watched(FolderEndpoint(world.remote), 8, EndpointUnavailableError("cut")))
    (folder,) = world.spool.iterdir()
    assert [path.stat().st_mode & 0o077 for path in (world.spool, folder)] == [0, 0]
