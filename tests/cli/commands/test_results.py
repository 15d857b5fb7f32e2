"""``mpftp results``: the lines of the result files, as a program takes them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from mpftp.cli import main
from mpftp.cli.views.result_lines import LINE_COLUMNS

ANA, BIA = "ana@example.com", "bia@example.com"


@pytest.fixture
def run(tmp_path, db):
    """A function that runs the command over the story's state file."""
    (tmp_path / "mpftp.toml").write_text(
        f'state = "state.db"\n[clients.acme]\nendpoint = "file://{tmp_path}"\n'
    )

    def run(*arguments):
        return CliRunner().invoke(main, ["results", "--config", str(tmp_path / "mpftp.toml"), *arguments])

    return run


@pytest.fixture
def promo(story):
    made = story(links=("https://loja.example/?n={{nome}}",))
    made.tell("open", ANA, 1, ip="203.0.113.1", agent="=Mail/1")
    made.tell("click", ANA, 30, link=1)
    made.tell("opt-out", BIA, 2, source="link")
    made.change(BIA, state="invalid", settled_at=None)
    return made


def test_csv_has_the_lines_of_all_files_with_one_header(run, promo):
    done = run("Promo_20260301")
    assert done.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert tuple(rows[0]) == LINE_COLUMNS
    assert [(row["arquivo"], row["email"]) for row in rows] == [
        ("ABERTURA", ANA),
        ("ABERTURAUNICA", ANA),
        ("CLIQUE", ANA),
        ("CLIQUEUNICO", ANA),
        ("RETORNADO", BIA),
        ("CANCELADO", BIA),
    ]
    assert rows[0] | {"agente": "'=Mail/1", "instante": "2026-03-01T13:00:00.000Z"} == rows[0]
    assert rows[0]["datahora"] == "2026-03-01 10:00:00"
    assert rows[2]["url"] == "https://loja.example/?n=Ana"
    assert (rows[4]["tipo"], rows[4]["motivo"]) == ("não enviado", "endereço inválido")
    assert (rows[0]["cliente"], rows[0]["campanha"], rows[0]["data"]) == ("acme", "Promo", "20260301")


def test_json_lines_hold_values_as_they_are_and_every_column(run, promo):
    lines = [json.loads(line) for line in run("1", "--format", "jsonl").stdout.splitlines()]
    assert len(lines) == 6
    assert all(tuple(line) == LINE_COLUMNS for line in lines)
    assert lines[0]["agente"] == "=Mail/1"


def test_a_clients_campaigns_from_a_time_on(run, promo, story):
    story(name="Outra").tell("open", BIA, 40)
    lines = run("--client", "acme", "--since", "2026-03-02T18:00:00Z").stdout.splitlines()[1:]
    assert [line.split(",")[1:4:2] for line in lines] == [
        ["Promo", "CLIQUE"],
        ["Promo", "CLIQUEUNICO"],
        ["Outra", "ABERTURA"],
        ["Outra", "ABERTURAUNICA"],
    ]


def test_a_campaign_that_runs_has_results_so_far(run, story):
    story(state="active").tell("open", ANA, 1)
    assert [line.split(",")[3] for line in run("1").stdout.splitlines()[1:]] == ["ABERTURA", "ABERTURAUNICA"]


@pytest.mark.parametrize("arguments", [(), ("1", "--client", "acme"), ("--client", "nobody")])
def test_what_names_nothing_or_two_things_is_a_usage_error(run, promo, arguments):
    assert run(*arguments).exit_code == 2
