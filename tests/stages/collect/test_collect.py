"""``collect`` over a folder: what becomes of a triplet, and of the next run."""

from __future__ import annotations

import gzip
import os
import threading
import unicodedata
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mpftp.adapters.folder import FolderEndpoint
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.intake import Intake, order_fairly
from mpftp.domain.endpoint import FileChangedError
from mpftp.domain.file_names import TripletKey
from mpftp.domain.sending.fragments import FragmentSchedule
from mpftp.domain.sending.schedule import SendWindow
from mpftp.domain.triplets.pickup import WaitingTriplet, WaitReason
from mpftp.errors import EndpointError, EndpointUnavailableError, Exit
from mpftp.stages.collect import originals_dir
from tests.settings import send_policy, stability_policy


def reasons(visit):
    return [held.reason for held in visit.plan.waiting]


def test_a_triplet_becomes_a_campaign_with_every_line_of_mail(site):
    site.put(
        MAIL="email;nome\nana@exemplo.com.br;Ana\nsem-arroba;X\nANA@exemplo.com.br;A\nbia@exemplo.com.br;Bia\n"
    )
    visit = site.run(fragment_schedule=FragmentSchedule(1, timedelta(hours=1)))
    assert [(taken.counts.lines, taken.counts.valid) for taken in visit.taken] == [(4, 2)]
    joined = "delivery LEFT JOIN fragment f ON f.id = fragment_id ORDER BY delivery.id"
    assert site.rows(f"SELECT line, email, state, f.number FROM {joined}") == [
        (2, "ana@exemplo.com.br", "pending", 1),
        (3, "sem-arroba", "invalid", None),
        (4, "ANA@exemplo.com.br", "repeated", None),
        (5, "bia@exemplo.com.br", "pending", 2),
    ]  # fmt: skip
    start = int(site.now.timestamp() * 1000)
    assert site.rows("SELECT due_at FROM fragment") == [(start,), (start + 3_600_000,)]
    assert site.rows("SELECT number, url FROM link") == [(1, "https://exemplo.com.br/oferta")]


def test_a_second_run_changes_nothing(site):
    site.put()
    site.run()
    before = site.state_of_things()
    visit = site.run()
    assert reasons(visit) == [WaitReason.TAKEN]
    assert [visit.taken, visit.refused, visit.errors] == [[], [], []]
    assert site.state_of_things() == before


def test_the_start_that_conf_asks_for_is_the_first_fragment(site):
    site.put(CONF="assunto;remetente_email;pasta;datahora_envio\nOi;a@exemplo.com.br;P;05/03/2026 09:00\n")
    site.run()
    assert site.rows("SELECT due_at FROM fragment") == [(1_772_712_000_000,)]


def test_a_start_that_is_past_means_now(site):
    site.put(CONF="assunto;remetente_email;pasta;datahora_envio\nOi;a@exemplo.com.br;P;01/03/2026 08:00\n")
    site.run()
    assert site.rows("SELECT due_at FROM fragment") == [(int(site.now.timestamp() * 1000),)]


MAIL_HEAD = "email;nome\n"
BROKEN = "email;nome\nsem-arroba;X\n"


def test_a_refused_triplet_is_answered_and_refused_once(site):
    site.put(MAIL=BROKEN)
    visit = site.run()
    assert [declined.key.name for declined in visit.refused] == ["Promo"]
    lines = site.read("Promo_ERRO_20260301").splitlines()
    assert lines[0] == "arquivo;linha;coluna;regra;problema;correção"
    assert any(line.startswith("Promo_MAIL_20260301;2;") for line in lines[1:])
    assert site.rows("SELECT 1 FROM campaign") == []
    again = site.later(hours=1).run()
    assert [again.refused, again.errors] == [[], []]
    assert reasons(again) == [WaitReason.REFUSED]


def test_the_same_bytes_under_a_new_time_are_refused_once(site):
    site.put(MAIL=BROKEN)
    site.run()
    site.put(MAIL=BROKEN, age=1000)
    visit = site.later(hours=1).run()
    assert not visit.refused
    assert reasons(visit) == [WaitReason.REFUSED]


def test_a_corrected_triplet_is_taken_and_the_error_file_goes(site):
    site.put(MAIL=BROKEN)
    site.run()
    assert "Promo_ERRO_20260301" in site.names()
    site.put(age=1000)
    visit = site.later(hours=1).run()
    assert [taken.key.name for taken in visit.taken] == ["Promo"]
    assert "Promo_ERRO_20260301" not in site.names()
    assert site.rows("SELECT count(*) FROM refusal WHERE mended_at IS NULL") == [(0,)]


def test_a_triplet_corrected_under_a_new_name_clears_the_old_error_file(site):
    site.put(MAIL=BROKEN)
    site.run()
    for kind in ("CONF", "HTML", "MAIL"):
        (site.remote / f"Promo_{kind}_20260301").unlink()
    site.put("Promo2")
    site.later(hours=2).run()
    assert "Promo_ERRO_20260301" not in site.names()
    assert site.rows("SELECT name FROM campaign") == [("Promo2",)]


def test_no_error_file_where_none_is_wanted(site):
    site.put(MAIL=BROKEN)
    assert site.run(error_file=False).refused
    assert "Promo_ERRO_20260301" not in site.names()


def test_an_error_file_for_names_alone(site):
    site.put()
    site.lay("Promo_MAIL_20260301.txt", b"x")
    assert [[group.rule for group in d.findings.groups()] for d in site.run().refused] == [
        ["NAME003", "SET003"]
    ]
    assert "NAME003" in site.read("Promo_ERRO_20260301")
    (site.remote / "Promo_MAIL_20260301.txt").unlink()
    assert site.later(hours=1).run().taken
    assert "Promo_ERRO_20260301" not in site.names()


def test_an_impossible_date_is_refused_once_and_answered(site):
    site.put(date="20260230")
    assert [[group.rule for group in d.findings.groups()] for d in site.run().refused] == [["NAME005"] * 3]
    assert site.read("Promo_ERRO_20260230").count("NAME005") == 3
    again = site.later(hours=1).run()
    assert [again.refused, again.errors] == [[], []]
    for kind in ("CONF", "HTML", "MAIL"):
        (site.remote / f"Promo_{kind}_20260230").rename(site.remote / f"Promo_{kind}_20260228")
    assert site.later(hours=1).run().taken
    assert "Promo_ERRO_20260230" not in site.names()


def test_a_receipt_adds_up(site):
    site.put(
        MAIL="email;nome\nana@exemplo.com.br;Ana\nruim;X\nANA@exemplo.com.br;A\nbia@exemplo.com.br;Bia\n"
    )
    with Database(site.state) as db:
        Intake(db, "acme")  # the client is known from now on
        db.execute(
            "INSERT INTO suppression (client_id, email, reason, at)"
            " VALUES (1, 'bia@exemplo.com.br', 'opt-out', 0)"
        )
    site.run(receipt_file=True, send_policy=send_policy("maildir", ZoneInfo("UTC"), 2))
    rows = dict(line.split(";")[:2] for line in site.read("Promo_RECIBO_20260301").splitlines())
    assert rows["linhas lidas"] == "4"
    counts = ["contatos aceitos", "contatos repetidos", "contatos recusados"]
    assert [rows[name] for name in counts] == ["1", "1", "1"]
    assert next(value for name, value in rows.items() if name.startswith("contatos suprimidos")) == "1"
    assert rows["envio 1 de 1"] == "2026-03-01 09:01:00"  # after the run's second look
    assert rows["publicação dos resultados (prevista)"] == "2026-03-03 09:01:00"
    assert len(rows["SHA-256 de Promo_MAIL_20260301"]) == 64


def test_a_receipt_tells_the_hours_in_which_messages_go_out(site):
    site.put()
    policy = send_policy(
        "maildir", ZoneInfo("America/Sao_Paulo"), 1,
        fragment_interval=timedelta(hours=2), window=SendWindow(time(22), time(23, 30)),
    )  # fmt: skip
    site.run(receipt_file=True, send_policy=policy, fragment_schedule=FragmentSchedule(1, timedelta(hours=2)))
    rows = dict(line.split(";")[:2] for line in site.read("Promo_RECIBO_20260301").splitlines())
    at = [value for name, value in rows.items() if name.startswith(("envio", "publicação"))]
    assert at == [
        "2026-03-01 22:00:00",
        "2026-03-02 22:00:00",
        "2026-03-03 22:00:00",
        "2026-03-04 22:00:00",
    ]


@pytest.mark.parametrize(
    ("after", "left"),
    [("keep", {"Promo_CONF_20260301", "Promo_HTML_20260301", "Promo_MAIL_20260301"}), ("delete", set()),
     ("move:processados/ok", set())],
)  # fmt: skip
def test_after_collect(site, after, left):
    site.put()
    site.run(after_collect=after)
    assert site.names() == left
    moved = site.remote / "processados/ok/Promo_MAIL_20260301"
    assert moved.exists() == after.startswith("move")


def test_a_refused_triplet_stays_where_it_is(site):
    site.put(MAIL=BROKEN)
    site.run(after_collect="delete")
    assert "Promo_MAIL_20260301" in site.names()


def test_the_originals_can_be_shown_until_their_days_are_over(site):
    site.put()
    raw = (site.remote / "Promo_MAIL_20260301").read_bytes()
    site.run(after_collect="delete")
    folder = originals_dir(site.spool, "acme", TripletKey("Promo", "20260301"))
    assert gzip.decompress((folder / "MAIL.gz").read_bytes()) == raw
    os.utime(folder, (site.now.timestamp(),) * 2)
    site.later(days=89).run()
    assert folder.exists()
    site.later(days=2).run()
    assert not folder.exists()


def test_a_dry_run_shows_and_changes_nothing(site):
    site.put()
    visit = site.run(dry_run=True)
    assert [pickup.key.name for pickup in visit.plan.ready] == ["Promo"]
    assert site.rows("SELECT 1 FROM campaign") == []
    assert site.rows("SELECT 1 FROM sighting") == []
    assert not list(site.spool.rglob("*"))


def test_a_dry_run_refuses_nothing_that_a_real_run_refused_before(site):
    for kind in ("CONF", "HTML", "MAIL"):
        (site.remote / f"Promo_{kind}_20260301.csv").write_text("x")
    assert [one.key.name for one in site.run(dry_run=True).plan.misnamed] == ["Promo"]
    assert [one.key.name for one in site.later(hours=25).run().refused] == ["Promo"]
    plan = site.later(hours=1).run(dry_run=True).plan
    assert plan.misnamed == []
    assert WaitingTriplet(TripletKey("Promo", "20260301"), WaitReason.REFUSED) in plan.waiting


def test_a_full_disk_is_noticed_before_the_download(site):
    site.put()
    visit = site.run(free=1000)
    assert "not fetched: 1000 bytes are free" in visit.errors[0].message
    assert visit.errors[0].exit_code is Exit.TRY_LATER
    assert site.later(minutes=1).run().taken


def test_what_does_not_fit_keeps_nothing_small_from_being_fetched(site):
    site.put("Grande", MAIL=MAIL_HEAD + "".join(f"p{n}@exemplo.com.br;P\n" for n in range(5000)))
    site.put()
    visit = site.run(free=50_100_000)
    assert [taken.key.name for taken in visit.taken] == ["Promo"]
    assert visit.errors[0].message.startswith("Grande 20260301: not fetched")


@pytest.mark.parametrize("name", ["Promo_ABERTURA_20260301", "Promo_RECIBO_20260301"])
def test_a_triplet_beside_our_own_answers_was_processed_before_whatever_the_state_says(site, name):
    site.put()
    site.lay(name, b"email\r\n")
    assert [[group.rule for group in d.findings.groups()] for d in site.run().refused] == [["SET006"]]
    assert site.rows("SELECT 1 FROM campaign") == []
    (site.remote / name).unlink()
    assert site.later(hours=1).run().taken


def test_too_large_a_file_is_refused_before_the_download(site):
    site.put()
    visit = site.run(stability=stability_policy(max_file_bytes=60))
    assert [group.rule for group in visit.refused[0].findings.groups()] == ["SET009"] * 3
    assert "60 bytes" in site.read("Promo_ERRO_20260301")


class Breaking(FolderEndpoint):
    """A folder whose *action* fails."""

    def __init__(self, path, action, error):
        super().__init__(path)
        self._fail = action, error

    def __getattribute__(self, name):
        if name != "_fail" and name == self._fail[0]:
            raise self._fail[1]
        return super().__getattribute__(name)


def test_a_dead_server_stops_nobody_else_and_is_counted(site, make_site):
    other = make_site("beta")
    other.put()
    dead = Breaking(site.remote, "list", EndpointUnavailableError("acme.example:21: no answer"))
    for failures in (1, 2, 3):
        visit = site.run(other, endpoint=dead)
        assert (visit.failures, visit.errors[0].message) == (failures, "acme.example:21: no answer")
    assert site.rows("SELECT name FROM campaign") == [("Promo",)]
    assert site.rows("SELECT failures, trouble FROM client WHERE name = 'acme'") == [
        (3, "acme.example:21: no answer")
    ]
    assert site.run(other).failures == 0
    assert site.rows("SELECT failures, trouble FROM client WHERE name = 'acme'") == [(0, "")]


def test_a_file_that_may_not_be_read_spoils_its_own_triplet_only(site):
    site.put()
    site.put("Outra")

    class Guarded(FolderEndpoint):
        def download(self, name, target, **more):
            if name.startswith("Outra"):
                raise EndpointError(f"{name}: 550 denied")
            super().download(name, target, **more)

    visit = site.run(endpoint=Guarded(site.remote))
    assert [taken.key.name for taken in visit.taken] == ["Promo"]
    assert [error.message for error in visit.errors] == ["Outra_CONF_20260301: 550 denied"]


def test_a_login_that_may_not_write_is_named_and_collects_all_the_same(site):
    site.put()
    site.put("Ruim", MAIL=BROKEN)
    refusing = Breaking(site.remote, "upload", EndpointError("550 no"))
    visit = site.run(endpoint=refusing, receipt_file=True)
    assert [taken.key.name for taken in visit.taken] == ["Promo"]
    assert [error.message for error in visit.errors] == ["550 no", "550 no"]
    assert "let the login write" in visit.errors[0].hint
    assert 'after_collect to "keep"' in visit.errors[0].hint
    assert not site.later(hours=1).run().errors
    assert {"Promo_RECIBO_20260301", "Ruim_ERRO_20260301"} <= site.names()


def test_a_file_that_grows_while_we_fetch_is_left(site):
    site.put()

    class Growing(FolderEndpoint):
        def download(self, name, target, **more):
            super().download(name, target, **more)
            with (site.remote / name).open("ab") as file:
                file.write(b"mais@exemplo.com.br;M\n")

    visit = site.run(endpoint=Growing(site.remote))
    assert reasons(visit) == [WaitReason.UPLOADING]
    assert site.rows("SELECT 1 FROM campaign") == []


def test_a_refusal_that_says_what_to_do_is_told_so(site):
    site.put()

    class Full(FolderEndpoint):
        def upload(self, source, name):
            raise EndpointError("552 no", hint="ask its owner for more space (quota)")

    (error,) = site.run(endpoint=Full(site.remote), receipt_file=True).errors
    assert error.hint.startswith("ask its owner for more space (quota); or set ")


def test_a_file_that_never_comes_as_listed_is_told_when_no_upload_explains_it(site):
    site.put()

    class Cutting(FolderEndpoint):
        def download(self, name, target, **more):
            raise FileChangedError(f"{name} has 9 bytes, the listing said 10")

    cutting = Cutting(site.remote)
    assert not site.run(endpoint=cutting).errors
    assert not site.later(hours=23).run(endpoint=cutting).errors
    visit = site.later(hours=2).run(endpoint=cutting)
    assert reasons(visit) == [WaitReason.UPLOADING]
    (error,) = visit.errors
    assert (error.message, error.exit_code) == (
        "Promo_CONF_20260301 has 9 bytes, the listing said 10",
        Exit.FAILURE,
    )
    assert [taken.key.name for taken in site.later(hours=1).run().taken] == ["Promo"]


def test_clients_are_visited_at_the_same_time(site, make_site):
    other = make_site("beta")
    both = threading.Barrier(2, timeout=20)

    class Meeting(FolderEndpoint):
        def list(self):
            both.wait()
            return super().list()

    other.endpoint = Meeting(other.remote)
    assert not site.run(other, endpoint=Meeting(site.remote)).errors


def test_who_waits_longest_comes_first_and_who_failed_last(site):
    with Database(site.state) as db:
        for client, hours, trouble in [("late", 1, ""), ("dead", 3, "away"), ("early", 2, "")]:
            Intake(db, client).record_visit(site.now - timedelta(hours=hours), trouble)
        assert order_fairly(db, ["dead", "early", "late", "new"]) == ["new", "early", "late", "dead"]


def test_a_run_whose_time_is_over_leaves_the_rest_for_the_next(site):
    site.put()
    visit = site.run(seconds=0.0)
    assert visit.errors[0].message == "acme: not visited, the run's time is over"
    assert site.run().taken


def test_a_defect_of_ours_ends_one_visit_only(site, make_site, caplog):
    other = make_site("beta")
    other.put()
    broken = Breaking(site.remote, "list", ZeroDivisionError("oops"))
    visit = site.run(other, endpoint=broken)
    assert "a defect: ZeroDivisionError('oops')" in visit.errors[0].message
    assert site.rows("SELECT name FROM campaign") == [("Promo",)]


def test_what_a_killed_run_left_in_the_spool_goes(site):
    left = site.spool / "incoming/gone/MAIL.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x")
    site.run()
    assert not left.exists()


def test_progress_is_told_while_a_visit_takes_long(site, monkeypatch):
    monkeypatch.setattr("mpftp.stages.collect.parallel_visits.PROGRESS_SECONDS", 0.01)
    site.put()
    seen, looked = [], threading.Event()

    class Slow(FolderEndpoint):
        def download(self, name, target, **more):
            super().download(name, target, **more)
            assert looked.wait(20)

    def progress(step):
        seen.append(step)
        if "MB under way" in step.note:
            looked.set()

    assert site.run(endpoint=Slow(site.remote), progress=progress).taken
    assert (seen[-1].done, seen[-1].total, seen[-1].note) == (1, 1, "")


def test_a_run_waits_once_for_all_that_it_saw_for_the_first_time(site, make_site):
    other = make_site("beta")
    site.put()
    other.put()
    visit = site.run(other)
    assert [taken.key.name for taken in visit.taken] == ["Promo"]
    assert site.waits == [60.0]
    assert other.rows("SELECT count(*) FROM campaign") == [(2,)]


def test_nothing_is_waited_for_where_the_last_run_saw_the_same(site):
    site.put()
    assert not site.run(seconds=30).taken  # no time for a second look
    assert site.waits == []
    assert site.later(hours=1).run().taken
    assert site.waits == []
    site.later(hours=1).run()
    assert site.waits == []


def test_a_file_that_grows_between_the_looks_waits_for_the_next_run(site):
    """Its own time is hours old: the server's clock is behind."""
    site.put(MAIL="email;nome\nana@exemplo.com.br;Ana\n")

    def grow(seconds):
        site.now += timedelta(seconds=seconds)
        site.put(age=3 * 3600)

    site.sleep = grow
    visit = site.run()
    assert not visit.taken
    assert [waiting.reason for waiting in visit.plan.waiting] == [WaitReason.UNSTABLE]
    site.sleep = lambda seconds: None
    assert [taken.counts.valid for taken in site.later(hours=1).run().taken] == [3]


def test_a_now_that_moves_moves_both_looks(site):
    site.put()
    site.run(seconds=30)
    site.later(days=-7)
    assert not site.run(seconds=30).taken  # what was seen next week proves nothing
    assert site.later(seconds=60).run(seconds=30).taken


def test_one_more_listing_is_for_all_new_triplets_together(site):
    site.put("Um")
    site.put("Dois")
    site.run(seconds=30)
    looks = []

    class Counting(FolderEndpoint):
        def list(self):
            looks.append(1)
            return super().list()

    assert len(site.later(hours=1).run(endpoint=Counting(site.remote)).taken) == 2
    assert len(looks) == 2


def test_lines_that_were_not_understood_are_told(site):
    class Odd(FolderEndpoint):
        def list(self):
            return replace(super().list(), not_understood=("?rw- 9 Promo_MAIL_20260301", "x", "y"))

    visit = site.run(endpoint=Odd(site.remote))
    assert "3 lines of the listing were not understood: ?rw- 9 Promo_MAIL_20260301" in visit.errors[0].message
    assert site.rows("SELECT trouble LIKE '%not understood%' FROM client") == [(1,)]


def test_a_macs_names_are_the_same_names(site):
    site.put("Promoção")
    for path in list(site.remote.iterdir()):
        path.rename(path.with_name(unicodedata.normalize("NFD", path.name)))
    assert [taken.key.name for taken in site.run(after_collect="move:feito").taken] == ["Promoção"]
    assert not site.names()
    site.put("Promoção")
    assert not site.later(hours=1).run(after_collect="keep").taken
    assert site.rows("SELECT count(*) FROM campaign") == [(1,)]


def test_a_torn_file_is_left_and_refused_when_nothing_more_comes(site):
    """The upload broke an hour ago: half a list must not become the campaign."""
    site.put(MAIL="email;nome\nana@exemplo.com.br;Ana\nbia@exe")
    visit = site.run()
    assert not visit.taken
    assert [waiting.reason for waiting in visit.plan.waiting] == [WaitReason.UPLOADING]
    assert not site.later(hours=23).run().refused
    visit = site.later(hours=2).run()
    assert "TEXT008" in {group.rule for group in visit.refused[0].findings.groups()}
    assert "Promo_ERRO_20260301" in site.names()
    site.put()
    assert [taken.counts.valid for taken in site.later(hours=1).run().taken] == [3]


@pytest.mark.parametrize(
    ("when", "held"),
    [
        ("2026-02-27 09:05", ""),  # not quite two days before
        ("27/02/2026 08:59", "past: datahora_envio is 2026-02-27 08:59, 2 days before it came"),
        ("2025-03-01 09:00", "past: datahora_envio is 2025-03-01 09:00, 365 days before it came"),
        ("2027-03-01 09:00", ""),
        ("", ""),
    ],
)
def test_a_time_long_past_holds_the_campaign(site, when, held):
    site.put(CONF=f"assunto;remetente_email;pasta;datahora_envio\nOlá;loja@exemplo.com.br;Março;{when}\n")
    visit = site.run()
    assert [taken.held for taken in visit.taken] == [held]
    state = "paused" if held else "active"
    assert site.rows("SELECT state, state_reason, stopped_at IS NOT NULL FROM campaign") == [
        (state, held, bool(held))
    ]


def test_a_receipt_foretells_nothing_of_a_campaign_that_is_held(site):
    site.put(
        CONF="assunto;remetente_email;pasta;datahora_envio\nOlá;loja@exemplo.com.br;Março;2025-03-01 09:00\n"
    )
    assert site.run(receipt_file=True).taken[0].held
    lines = site.read("Promo_RECIBO_20260301").splitlines()
    assert [line for line in lines if line.startswith(("envio", "publicação"))] == [
        "envio 1 de 1;;3",
        "publicação dos resultados (prevista);;",
    ]


def test_how_long_ago_a_time_may_be_is_the_clients(site):
    site.terms = replace(site.terms, schedule_max_past=timedelta(days=400))
    site.put(
        CONF="assunto;remetente_email;pasta;datahora_envio\nOlá;loja@exemplo.com.br;Março;2025-03-01 09:00\n"
    )
    assert [taken.held for taken in site.run().taken] == [""]


@pytest.mark.parametrize(
    ("settings", "step", "times"),
    [
        ({"after_collect": "delete"}, "delete", 3),
        ({"after_collect": "move:feito"}, "move", 3),
        ({"receipt_file": True}, "upload", 1),
    ],
)
def test_all_is_on_the_disk_before_the_clients_files_go_or_a_word_is_given(
    site, monkeypatch, settings, step, times
):
    """Originals, the folders that name them, and the state: a power cut then loses no campaign."""
    site.put()
    synced, steps = set(), []
    real_sync, real_step = os.fsync, getattr(site.endpoint, step)

    def sync(descriptor):
        real_sync(descriptor)
        synced.add(Path(os.readlink(f"/proc/self/fd/{descriptor}")))

    def act(*values):
        steps.append(values)
        folder = site.spool / "originals" / "acme" / "Promo_20260301"
        written = {folder / f"{kind}.gz" for kind in ("CONF", "HTML", "MAIL")}
        assert written | {folder, folder.parent, folder.parent.parent, site.spool} <= synced
        real_step(*values)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(site.endpoint, step, act)
    assert site.run(**settings).errors == []
    assert len(steps) == times
    assert site.rows("PRAGMA synchronous") == [(2,)]
