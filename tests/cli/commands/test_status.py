"""``mpftp status``: tables, JSON, Prometheus text, and the check for monitoring."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from mpftp.adapters.lock import hold_lock
from mpftp.adapters.store.runs import LastRun, RunStore
from mpftp.cli import main
from mpftp.domain.clock import to_ms

ANA, BIA = "ana@example.com", "bia@example.com"
SENT_AT, AN_HOUR_LATER = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC)
AFTER = "2026-03-01T13:00:00Z"


@pytest.fixture
def run(tmp_path, db):
    """A function that runs the command over the story's state file."""
    (tmp_path / "mpftp.toml").write_text(
        'state = "state.db"\n[clients.acme]\nendpoint = "ftp://x"\npassword = "hunter2"\n'
        '[clients.new]\nendpoint = "ftp://y"\n'
    )
    (tmp_path / "mpftp.toml").chmod(0o600)

    def run(*arguments, now=AFTER):
        command = ["status", "--config", str(tmp_path / "mpftp.toml"), "--now", now, *arguments]
        return CliRunner().invoke(main, command)

    return run


@pytest.fixture
def busy(db, story):
    """A campaign with every kind of delivery and event."""
    promo = story(emails=(ANA, BIA, "c@example.com", "d@example.com"))
    promo.change(BIA, state="failed", code="550 5.1.1")
    promo.change("c@example.com", state="invalid")
    promo.change("d@example.com", state="suppressed")
    promo.tell("open", ANA, 1)
    promo.tell("open", ANA, 2, mark="gmail-proxy")
    promo.tell("click", ANA, 2, link=1)
    return promo


def test_tables_show_campaigns_deliveries_and_events_with_those_of_machines(run, busy):
    done = run("--all")
    assert done.exit_code == 0, done.output
    assert re.search(r"1 +acme/Promo_20260301 +finished +1/1 +-", done.stdout)
    heads = re.search(r"lines +sent .*", done.stdout)[0].split()
    assert heads == ["lines", "sent", "waiting", "failed", "suppr.", "invalid"]
    assert re.search(r"1 +acme/Promo_20260301 +4 +1 +- +1 +1 +1\b", done.stdout)
    assert re.search(r"acme/Promo_20260301 +2 \(1\) +1 ", done.stdout)
    assert re.search(r"acme/Promo_20260301 +open +gmail-proxy 1", done.stdout)
    assert re.search(r"new +- +never visited", done.stdout)
    assert "No trouble." in done.stdout


def test_json_has_everything_and_its_deliveries_add_up(run, busy):
    found = json.loads(run("--json").stdout)
    (campaign,) = found["campaigns"]
    assert campaign["ref"] == {
        "id": 1, "campaign": "acme/Promo_20260301", "client": "acme", "name": "Promo", "date": "20260301"
    }  # fmt: skip
    assert campaign["deliveries"] == {"sent": 1, "failed": 1, "invalid": 1, "suppressed": 1}
    assert campaign["events"]["open"] == {"all": 2, "marked": 1, "contacts": 1, "marks": {"gmail-proxy": 1}}
    assert campaign["subject"] == "Sobre Promo"
    assert found["now"] == "2026-03-01T13:00:00Z"
    assert [client["name"] for client in found["clients"]] == ["acme", "new"]
    for one in (again := json.loads(run("--format", "json").stdout)), found:
        del one["machine"]["disks"]
    assert again == found


def test_no_password_is_shown(run, busy):
    for form in ("table", "json", "prometheus"):
        assert "hunter2" not in run("--format", form, "-vv").output


def test_prometheus_text_is_well_formed_and_escaped(run, busy, story):
    story(name='Nome"com\\aspas')
    lines = run("--format", "prometheus").stdout.splitlines()
    sample = re.compile(r'[a-z_]+(\{[a-z]+="(?:[^"\\]|\\.)*"(,[a-z]+="(?:[^"\\]|\\.)*")*\})? -?[0-9.e+]+')
    assert all(line.startswith("# ") or sample.fullmatch(line) for line in lines)
    assert 'mpftp_deliveries{client="acme",campaign="Promo_20260301",state="sent"} 1' in lines
    assert 'mpftp_events_marked{client="acme",campaign="Promo_20260301",kind="open"} 1' in lines
    assert "mpftp_trouble 0" in lines


PLUGIN = re.compile(r"MPFTP (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+(\n|\| (\w+=\d+[a-zA-Z]*(;\d*){3}[ \n])+)")


def test_check_is_one_line_with_performance_data(run, busy):
    done = run("--check")
    assert (done.exit_code, done.stderr) == (0, "")
    assert PLUGIN.fullmatch(done.stdout)
    assert done.stdout.startswith("MPFTP OK - 2 clients, 0 campaigns under way | trouble=0;0;;0 ")


PUBLICATION = "INSERT INTO publication (campaign_id, edition, due_at, trouble) VALUES (1, 1, {}, '{}')"
REFUSAL = """INSERT INTO refusal (client_id, name, date, digest, refused_at, findings)
             VALUES (1, 'Ruim', '20260302', 'x', 1772366400000, '[{"rule": "MAIL001"}]')"""
TROUBLES = {
    "INSERT INTO obstacle VALUES ('relay', 1772350000000, 1772360000000, '127.0.0.1:25: refused')": (
        "CRITICAL - relay: 127.0.0.1:25: refused (since 2026-03-01 07:26Z)"
    ),
    "UPDATE client SET failures = 3, trouble = 'no route'": "acme: 3 visits in a row failed: no route",
    "UPDATE campaign SET state = 'paused', state_reason = 'failures: 21 | bad'": (
        "CRITICAL - acme/Promo_20260301: held: failures: 21 / bad"
    ),
    "UPDATE client SET visited_at = 1772350000000": (
        "no visit; does `mpftp collect` run? (since 2026-03-01 07:26Z)"
    ),
    "UPDATE delivery SET state = 'doubt'": "4 deliveries in doubt",
    PUBLICATION.format(99999999999999, "550 no"): "edition 1 not published: 550 no",
    PUBLICATION.format(0, ""): ("edition 1 is overdue; does `mpftp publish` run? (since 1970-01-01 00:00Z)"),
    "UPDATE client SET name = 'gone'": "gone: has campaigns to finish, but is no longer in the configuration",
    REFUSAL: "acme/Ruim_20260302: triplet refused: MAIL001",
}


@pytest.mark.parametrize(("change", "told"), TROUBLES.items())
def test_check_names_each_trouble(run, busy, db, change, told):
    with db.transaction():
        db.execute(change)
        if "gone" in change:
            db.execute(PUBLICATION.format(1772500000000, ""))
    done = run("--check")
    assert done.exit_code == (2 if "CRITICAL" in told else 1)
    assert PLUGIN.fullmatch(done.stdout)
    assert told in done.stdout
    assert done.stderr == ""
    shown = run().stdout
    assert shown.splitlines()[1] == "Trouble: 1"
    assert "Trouble" in run("--all").stdout
    assert len(json.loads(run("--json").stdout)["trouble"]) == 1


def test_json_names_a_refused_triplet_by_name_and_date(run, busy, db):
    with db.transaction():
        db.execute(REFUSAL)
    (refused,) = json.loads(run("--json").stdout)["refusals"]
    assert refused["key"] == {"name": "Ruim", "date": "20260302"}


def test_an_ordered_pause_is_no_trouble(run, busy, db):
    with db.transaction():
        db.execute("UPDATE campaign SET state = 'paused', state_reason = 'paused by the operator'")
    assert run("--check").exit_code == 0
    assert "1 paused" in run().stdout


def test_an_overdue_fragment_asks_whether_send_runs(run, story, db):
    story(state="active")
    assert run("--check", now="2026-03-01T13:00:00Z").exit_code == 0
    late = run("--check", now="2026-03-01T14:30:00Z")
    assert late.exit_code == 2
    assert "fragment 1 is overdue; does `mpftp send` run? (since 2026-03-01 12:00Z)" in late.stdout
    assert "oldest_due=9000s;;7200;0" in late.stdout
    assert re.search(r"send fragment 1 +acme/Promo_20260301", run("--all").stdout)


def test_a_message_that_waits_for_its_retry_is_no_overdue_fragment(run, story, db):
    """A full mailbox is tried again for three days: that is no reason to wake anybody."""
    campaign = story(state="active")
    campaign.change(ANA, state="sent")
    campaign.change(BIA, state="deferred", next_at=to_ms(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)))
    with db.transaction():
        db.execute("UPDATE fragment SET started_at = due_at")
    waits = run("--check", now="2026-03-01T15:00:00Z")
    assert (waits.exit_code, "oldest_due=0s" in waits.stdout) == (0, True)
    assert "send 2026-03-01 16:00" in run(now="2026-03-01T15:00:00Z").stdout
    late = run("--check", now="2026-03-01T18:30:00Z").stdout
    assert "fragment 1 is overdue; does `mpftp send` run? (since 2026-03-01 16:00Z)" in late


def test_a_fragment_that_takes_long_is_not_overdue_while_send_runs(run, story, db, tmp_path):
    story(state="active")
    with db.transaction():
        db.execute("UPDATE fragment SET started_at = due_at")
    assert run("--check", now="2026-03-01T19:00:00Z").exit_code == 2
    with hold_lock(tmp_path / "state.db", "send"):
        assert run("--check", now="2026-03-01T19:00:00Z").exit_code == 0


def test_a_fragment_outside_of_the_clients_hours_is_not_overdue(run, story, tmp_path):
    story(state="active")
    config = tmp_path / "mpftp.toml"
    hours = 'send_window = "20:00-21:00"\ntime_zone = "UTC"\n'
    config.write_text(config.read_text().replace("[clients.acme]\n", "[clients.acme]\n" + hours))
    assert run("--check", now="2026-03-01T19:00:00Z").exit_code == 0
    assert "send 2026-03-01 20:00" in run(now="2026-03-01T19:00:00Z").stdout


def test_a_page_is_a_page_whatever_is_in_the_state(run, story, db, monkeypatch):
    for number in range(40):
        story(
            name=f"Campanha_com_um_nome_que_nao_acaba_nunca_{number}",
            state="active" if number % 2 else "paused",
        )
    with db.transaction():
        db.execute("UPDATE campaign SET state_reason = 'relay: 20 refused alike: ' || hex(zeroblob(100))")
        db.execute("UPDATE client SET failures = 3, trouble = 'no route'")
    lines = run().stdout.splitlines()
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d, all times in \w+ \([-+]\d{4}\)", lines[0])
    assert lines[1] == "Trouble: 21"
    assert "  and 35 more: `--all` lists them" in lines


def test_a_page_whose_trouble_is_cut_short_says_where_it_is_whole(run, busy, db):
    with db.transaction():
        db.execute("UPDATE campaign SET state = 'paused', state_reason = 'relay: ' || hex(zeroblob(40))")
    assert "  cut short: `--all` shows the whole lines" in run().stdout.splitlines()
    assert "decide: `mpftp campaign resume`, `retry` or `cancel`" in " ".join(run("--all").stdout.split())
    with db.transaction():
        db.execute("UPDATE campaign SET state = 'active', state_reason = ''")
    assert "cut short" not in run().stdout


def test_names_of_campaigns_take_the_room_that_there_is(run, story):
    story(name="Promocao_de_Natal_da_Matriz")
    page = run().stdout
    assert " acme/Promocao_de_Natal_da_Matriz_20260301 " in page
    assert "acme: never visited, 1 campaign, 0 suppressed" in page


def test_a_zone_without_a_name_is_told_as_an_offset(run, busy, monkeypatch):
    monkeypatch.setenv("TZ", "<-03>3")
    time.tzset()
    try:
        first = run().stdout.splitlines()[0]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert first.startswith("2026-03-01 10:00, all times in UTC-03:00  ")


def test_a_run_is_remembered_for_monitoring(run, busy, db, tmp_path):
    (tmp_path / "spool/events").mkdir(parents=True)
    (tmp_path / "spool/events/20260301.host.log").write_text("x" * 40)
    (tmp_path / "spool/bounces/new").mkdir(parents=True)
    (tmp_path / "spool/bounces/new/1.a").write_text("x")
    RunStore(db).record(LastRun("send", SENT_AT, 1.5, 0, SENT_AT))
    RunStore(db).record(LastRun("send", AN_HOUR_LATER, 2.5, 75, None))
    lines = run("--format", "prometheus").stdout.splitlines()
    assert 'mpftp_command_last_success_timestamp_seconds{command="send"} 1772366400.0' in lines
    assert 'mpftp_command_last_run_timestamp_seconds{command="send"} 1772370000.0' in lines
    assert 'mpftp_command_duration_seconds{command="send"} 2.5' in lines
    assert 'mpftp_command_exit_code{command="send"} 75' in lines
    assert "mpftp_reports_waiting 1" in lines
    assert "mpftp_oldest_due_fragment_seconds 0" in lines
    assert any(line.startswith("mpftp_disk_free_bytes{path=") for line in lines)
    assert any(line.startswith("mpftp_events_waiting_bytes ") and line[-2:] == "40" for line in lines)


@pytest.mark.parametrize(("damage", "level"), [("state.db", 2), ("mpftp.toml", 3)])
def test_what_cannot_be_read_is_told_to_monitoring(run, busy, tmp_path, db, damage, level):
    db.close()
    (tmp_path / damage).write_bytes(b"\xa5" * 9000)
    for rest in ("-wal", "-shm"):
        (tmp_path / f"state.db{rest}").unlink(missing_ok=True)
    done, up = run("--check"), run("--format", "prometheus")
    assert done.exit_code == level
    assert PLUGIN.fullmatch(done.stdout)
    assert (up.exit_code, up.stdout.splitlines()[-1]) == (0, "mpftp_up 0")


def test_check_reads_the_whole_state_file(run, busy, tmp_path, db):
    db.close()
    path = tmp_path / "state.db"
    content = bytearray(path.read_bytes())
    page = content.rfind(b"Promo") // 4096 * 4096
    content[page + 8 : page + 40] = b"\xa5" * 32
    path.write_bytes(content)
    done = run("--check")
    assert done.exit_code == 2
    assert done.stdout.startswith("MPFTP CRITICAL - ")
    assert "state" in done.stdout
    assert "Traceback" not in done.output


def test_what_is_done_makes_room_for_what_is_not(run, story):
    story(name="Parada", state="paused")
    for number in range(25):
        story(name=f"N{number}")
    names = [campaign["ref"]["name"] for campaign in json.loads(run("--json").stdout)["campaigns"]]
    assert names == [*(f"N{number}" for number in range(24, 4, -1)), "Parada"]
    assert len(json.loads(run("--json", "--all").stdout)["campaigns"]) == 26


def test_trouble_that_nobody_ends_is_not_told_for_ever(run, busy, db):
    with db.transaction():
        db.execute(REFUSAL)
        db.execute("UPDATE delivery SET state = 'doubt'")
    assert "| trouble=2;" in run("--check").stdout
    assert run("--check", now="2026-03-09T13:00:00Z").exit_code == 0


def test_one_client_is_shown_alone(run, busy, story):
    story(client="new", name="Nova")
    found = json.loads(run("--json", "--client", "new").stdout)
    assert [campaign["ref"]["client"] for campaign in found["campaigns"]] == ["new"]
    assert run("--client", "nobody").exit_code == 2


def test_without_a_state_file_the_next_step_is_told(tmp_path):
    (tmp_path / "mpftp.toml").write_text('state = "none.db"\n')
    done = CliRunner().invoke(main, ["status", "--config", str(tmp_path / "mpftp.toml")])
    assert done.exit_code == 78
    assert "mpftp init --state-only --config" in done.stderr


def set_aside(db, at, place="Unverified", decided=""):
    with db.transaction():
        db.execute(
            "INSERT INTO report (digest, at, class, place, decided) VALUES (?, ?, 'unknown', ?, ?)",
            (f"{at}{place}{decided}", at, place, decided),
        )


def test_messages_that_nobody_could_place_are_counted_and_trouble_past_a_day(run, db):
    noon = 1_772_366_400_000
    assert "wait for a decision" not in run().stdout
    set_aside(db, noon)
    set_aside(db, noon + 1, place="Apart")
    set_aside(db, noon, place="Taken")
    set_aside(db, noon, decided="nothing")
    within, past = "2026-03-02T11:59:00Z", "2026-03-02T12:01:00Z"
    assert "Messages that wait for a decision: 2\n" in run(now=within).stdout
    assert json.loads(run("--json", now=within).stdout)["undecided_messages"] == 2
    assert "\nmpftp_undecided_messages 2\n" in run("--format", "prometheus", now=within).stdout

    def told(now):
        return [
            one for one in json.loads(run("--json", now=now).stdout)["trouble"] if one["kind"] == "undecided"
        ]

    assert told(within) == []
    (trouble,) = told(past)
    assert trouble["text"].startswith("2 wait for a decision: ")
    assert trouble["since"] == "2026-03-01T12:00:00Z"


def test_check_on_a_full_disk_is_critical_for_nobody_is_mailed(run, db, monkeypatch):
    def refuse(*_arguments, **_options):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr("mpftp.adapters.store.database.sqlite3.connect", refuse)
    done = run("--check")
    assert done.exit_code == 2
    assert done.stdout.startswith("MPFTP CRITICAL - ")
    assert "the disk is full; free some space" in done.stdout


@pytest.mark.parametrize("lose", ["damaged", "gone", "configuration"])
def test_what_monitoring_scrapes_says_down_when_there_is_nothing_to_read(run, tmp_path, db, lose):
    db.close()
    (tmp_path / "state.db").unlink()
    if lose == "damaged":
        (tmp_path / "state.db").write_bytes(b"\x07no database" * 1000)
    if lose == "configuration":
        (tmp_path / "mpftp.toml").write_text("state = 1\n")
    done = run("--format", "prometheus")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "mpftp_up 0"
    assert all(line.startswith("#") for line in done.stdout.splitlines()[:-1])
    assert run("--check").exit_code == (3 if lose == "configuration" else 2)
