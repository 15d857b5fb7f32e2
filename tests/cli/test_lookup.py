"""Names that were mistyped: the nearest one is told, whatever was asked for."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from mpftp.adapters.store.intake import Intake
from mpftp.adapters.store.refusals import NewRefusal
from mpftp.cli import main
from mpftp.domain.file_names import TripletKey
from tests.conftest import SENT_AT


@pytest.fixture
def run(tmp_path, story):
    story()
    config = tmp_path / "mpftp.toml"
    config.write_text('state = "state.db"\n[clients.acme]\nendpoint = "file:///srv/acme"\n')

    def run(*words):
        done = CliRunner().invoke(main, list(words), env={"MPFTP_CONFIG": str(config)})
        assert (done.exit_code, done.stdout) == (2, "")
        return done.stderr

    return run


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["colect"], "Did you mean 'collect'?"),
        (["STATUS"], "Did you mean 'status'?"),
        (["campaign", "resmue", "1"], "Did you mean 'resume'?"),
        (["suppress", "ad"], "Did you mean 'add'?"),
        (["client", "renam"], "Did you mean 'rename'?"),
    ],
)
def test_commands(run, words, meant):
    assert f"No such command '{words[0] if len(words) == 1 else words[1]}'. {meant}" in run(*words)


def test_a_command_like_none_is_not_guessed(run):
    assert "Did you mean" not in run("xyzzy")


@pytest.mark.parametrize(
    "words",
    [
        ["collect", "--client", "acne"],
        ["publish", "--client", "acne"],
        ["status", "--client", "Acme"],
        ["suppress", "list", "--client", "acne"],
        ["results", "--client", "acne"],
        ["validate", "--client", "acne"],
        ["doctor", "--client", "acne"],
        ["client", "disable", "acne"],
        ["client", "rename", "acne", "new"],
        ["client", "remove", "acne"],
        ["guide", "acne", "/none"],
    ],
)
def test_clients(run, words):
    assert "mpftp: hint: did you mean acme? there are: acme" in run(*words)


@pytest.mark.parametrize(
    ("spec", "meant"),
    [
        ("Promoo_20260301", "Promo_20260301"),
        ("acne/Promo_20260301", "acme/Promo_20260301"),
        ("Promo_MAIL_20260301", "Promo_20260301"),
        ("Promo", "Promo_20260301"),
        ("acme/Promo", "acme/Promo_20260301"),
    ],
)
def test_campaigns(run, spec, meant):
    assert f"mpftp: hint: did you mean {meant}?" in run("campaign", "show", spec)


@pytest.mark.parametrize("spec", ["77", "Natal_20260301", "acme/Natal_20260301"])
def test_a_campaign_like_none_is_not_guessed(run, spec):
    assert "hint: `mpftp campaign list` names them" in run("campaign", "show", spec)


def test_where_no_campaign_is_none_is_listed(run, db):
    for table in ("link", "delivery", "fragment", "publication", "campaign"):
        db.execute(f"DELETE FROM {table}")
    assert "hint: there is none yet" in run("campaign", "show", "Promo")


@pytest.mark.parametrize(
    ("is_list", "answered", "words"),
    [
        (
            False,
            False,
            "acme's triplet was refused on 2026-03-01 at {at} UTC (MAIL021)\nmpftp: hint: `mpftp val",
        ),
        (True, False, "acme's suppression file was refused on 2026-03-01 at {at} UTC (MAIL021)\n"),
        (
            False,
            True,
            "mpftp: hint: Natal_ERRO_20260301 beside its files says why; `mpftp validate --client acme`",
        ),
    ],
)
@pytest.mark.parametrize("spec", ["Natal_20260301", "acme/Natal_20260301"])
def test_a_refused_triplet_is_no_campaign_and_that_is_told(run, db, spec, is_list, answered, words):
    refusals = Intake(db, "acme").refusals
    found = [{"rule": "MAIL021"}, {"rule": "MAIL031", "severity": "warning"}]
    refusals.refuse(NewRefusal(TripletKey("Natal", "20260301"), "d1", found, (), is_list), SENT_AT)
    if answered:
        refusals.record_answered(refusals.still_open()[0].id, SENT_AT)
    assert words.format(at=f"{SENT_AT:%H:%M}") in run("campaign", "show", spec)
    assert "was refused" not in run("campaign", "show", "Natal_20260302")
    refusals.record_corrected(refusals.still_open()[0].id, SENT_AT)
    assert "was refused" not in run("campaign", "show", spec)
