"""``mpftp campaign`` and ``mpftp send --dry-run`` as an operator uses them."""

from __future__ import annotations

import email
import email.policy
import json
import time

import pytest
from click.testing import CliRunner

from mpftp.cli import main
from mpftp.domain.bounces.judgement import BounceEvidence, Channel, Refusal
from mpftp.domain.bounces.reasons import BounceReason
from mpftp.domain.campaign import BounceClass

NOON = "2026-03-01T12:00:00Z"
HTML = "<html><body><p>Olá {{nome}}</p><a href='https://loja.example/'>x</a></body></html>"


@pytest.fixture
def _brazil(monkeypatch):
    """This machine's zone."""
    monkeypatch.setenv("TZ", "America/Sao_Paulo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def run(tmp_path, db, _brazil):
    """A function that runs a command over the story's state file; messages go to a Maildir."""
    (tmp_path / "mpftp.toml").write_text(
        f'state = "state.db"\n[clients.acme]\nendpoint = "file://{tmp_path}"\nsend_window = "08:00-20:00"\n'
    )

    def run(*arguments, now=NOON, **options):
        command = [*arguments, "--config", str(tmp_path / "mpftp.toml"), "--now", now]
        return CliRunner().invoke(main, command, **options)

    return run


@pytest.fixture
def waiting(db, story):
    """A campaign that waits: three contacts to send to, one invalid line, one repeated."""
    made = story(state="active", emails=["ana@example.com", "bia@example.com", "caio@example.com"])
    settings = {"subject": "Olá {{nome}}", "from_email": "loja@example.com", "folder": "promo"}
    with db.transaction():
        db.execute("UPDATE campaign SET html = ?, settings = ?", (HTML, json.dumps(settings)))
        for line, state in ((9, "invalid"), (10, "repeated")):
            db.execute(
                "INSERT INTO delivery (campaign_id, line, email, fields, state) VALUES (1, ?, 'x', '[]', ?)",
                (line, state),
            )
    return made


@pytest.mark.parametrize("count", [1, 2])
def test_one_is_not_told_as_many(run, story, count):
    story(state="active", emails=[f"c{number}@example.com" for number in range(count)])
    shown = run("campaign", "show", "1").stdout
    plural = "s" * (count > 1)
    assert f"MAIL       {count} line{plural} = {count} waiting" in shown
    assert f"fragment   1: {count} message{plural} from" in shown


def test_the_forecast_before_and_the_reckoning_after(run, waiting):
    run("suppress", "add", "bia@example.com", "--client", "acme")
    before = run("campaign", "show", "Promo_20260301", now="2026-03-01T09:00:00Z")
    assert before.exit_code == 0, before.output
    assert "5 lines = 3 waiting + 1 invalid + 1 repeated" in before.stdout
    assert "1 of those waiting will be suppressed (operator)" in before.stdout
    assert "waits      until 2026-03-01 09:00 -03" in before.stdout
    assert "fragment   1: 3 messages from 2026-03-01 09:00" in before.stdout
    assert "results    2026-03-04 09:00" in before.stdout
    done = run("send")
    assert (done.exit_code, done.output) == (0, "")
    after = json.loads(run("campaign", "show", "1", "--json").stdout)
    assert after["lines"] == sum(after["deliveries"].values()) == 5
    assert after["deliveries"] == {"sent": 2, "suppressed": 1, "invalid": 1, "repeated": 1}
    assert after["state"] == "finished"
    assert after["suppressed"] == {"operator": 1}


def test_a_list_of_campaigns(run, waiting, story):
    story(name="Natal", date="20251201")
    lines = run("campaign", "list").stdout.splitlines()
    assert lines[0].split()[:3] == ["ID", "CAMPAIGN", "STATE"]
    assert [line.split()[1] for line in lines[1:]] == ["acme/Natal_20251201", "acme/Promo_20260301"]
    rows = json.loads(run("campaign", "list", "--json").stdout)
    assert [row["state"] for row in rows] == ["finished", "active"]


def test_a_dry_run_shows_the_plan_and_sends_nothing(run, waiting):
    assert (
        "acme/Promo_20260301: would send 3 messages of fragment 1 by maildir"
        in run("send", "--dry-run").stdout
    )
    assert run("send", "--dry-run", now="2026-03-01T23:30:00Z").stdout == "Nothing is due.\n"
    assert json.loads(run("campaign", "show", "1", "--json").stdout)["deliveries"]["pending"] == 3


def test_pause_resume_and_cancel(run, waiting):
    assert (
        run("campaign", "pause", "1", "--reason", "preço errado").stdout == "acme/Promo_20260301 is paused\n"
    )
    assert "paused (preço errado)" in run("campaign", "show", "1").stdout
    run("send")
    assert run("campaign", "pause", "1").exit_code == 2
    assert run("campaign", "resume", "1").exit_code == 0
    refused = run("campaign", "cancel", "1", input="n\n")
    assert refused.exit_code == 1
    assert "Cancel acme/Promo_20260301 for good?" in refused.stderr
    assert "no campaign is called '9'" in run("campaign", "cancel", "9", input="y\n").stderr
    done = run("campaign", "cancel", "1", "--yes")
    assert "3 messages will not go out" in done.stdout
    assert run("campaign", "retry", "1").exit_code == 2
    found = json.loads(run("campaign", "show", "1", "--json").stdout)
    assert found["deliveries"] == {"cancelled": 3, "invalid": 1, "repeated": 1}
    assert found["results_at"] == "2026-03-04T12:00:00Z"


def test_trying_again_says_whether_the_campaign_goes_on(run, waiting):
    tries = "0 deferred and 0 failed messages again"
    run("campaign", "pause", "1")
    resume = "once `mpftp campaign resume acme/Promo_20260301` is said"
    assert run("campaign", "retry", "1").stdout == f"acme/Promo_20260301 tries {tries} {resume}\n"
    run("campaign", "resume", "1")
    run("campaign", "pause", "1", "--reason", "relay: 20 alike")
    held = run("campaign", "retry", "1").stdout
    assert held == f"acme/Promo_20260301 goes on and tries {tries} with the next send\n"


def test_a_test_message_is_marked_and_counts_nowhere(run, waiting, tmp_path):
    done = run(
        "campaign", "test", "Promo_20260301", "--to", "eu@agencia.example", "--contact", "caio@example.com"
    )
    assert done.exit_code == 0, done.output
    (file,) = (tmp_path / "maildir" / "new").iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.SMTP)
    assert message["To"] == "eu@agencia.example"
    assert message["Subject"] == "[TESTE] Olá Caio"
    assert json.loads(run("campaign", "show", "1", "--json").stdout)["deliveries"]["pending"] == 3
    assert run("campaign", "test", "1", "--to", "a@b.example", "--contact", "no@x.example").exit_code == 2


@pytest.mark.parametrize("order", ["show", "pause", "resume", "retry"])
def test_an_unknown_campaign_is_named(run, db, order):
    done = run("campaign", order, "Nada_20260101")
    assert done.exit_code == 2
    assert "no campaign is called 'Nada_20260101'" in done.stderr


@pytest.mark.parametrize("order", ["show", "pause", "resume", "retry"])
def test_a_name_of_bytes_that_are_no_text_is_an_unknown_campaign(run, db, order):
    done = run("campaign", order, "Nada\udcff\x1b[31m")
    assert done.exit_code == 2
    assert r"no campaign is called 'Nada\udcff\x1b[31m'" in done.stderr
    assert done.stderr.isascii()


def test_a_reason_of_bytes_that_are_no_text_is_kept_readable(run, db, waiting):
    assert run("campaign", "pause", "1", "--reason", "f\udce9rias").exit_code == 0
    assert db.value("SELECT state_reason FROM campaign WHERE id = 1") == "f\ufffdrias"


def test_one_message_is_told_as_one(run, db, waiting):
    with db.transaction():
        db.execute("UPDATE delivery SET state = 'sent' WHERE line > 2 AND state = 'pending'")
    assert "; 1 message will not go out" in run("campaign", "cancel", "1", "--yes").stdout


FULL = Refusal(Channel.SMTP, BounceClass.PERMANENT, BounceReason.MAILBOX_FULL, "552 5.2.2")


@pytest.mark.parametrize(("most", "suppressed"), [(2, ["ana@example.com"]), (3, [])])
def test_cancelling_counts_repeated_bounces_as_the_configuration_says(
    run, db, story, tmp_path, most, suppressed
):
    evidence = BounceEvidence(FULL, "table").to_json()
    for name, state, judged in (("Antes", "finished", "applied"), ("Promo", "active", "waiting")):
        told = story(name=name, state=state, emails=["ana@example.com"])
        with db.transaction():
            db.execute(
                "INSERT INTO bounce_judgement VALUES (?, ?, 1, ?, 0, 'when repeated', ?, '', ?)",
                (told.deliveries["ana@example.com"], told.campaign, "ana@example.com", judged, evidence),
            )
    with (tmp_path / "mpftp.toml").open("a") as file:
        file.write(f"[bounces]\nrepeated_bounces = {most}\nrepeated_bounces_days = 0\n")
    assert run("campaign", "cancel", "Promo_20260301", "--yes").exit_code == 0
    assert [email for (email,) in db.rows("SELECT email FROM suppression")] == suppressed
