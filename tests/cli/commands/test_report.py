from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from mpftp.adapters.event_log import EventLogWriter
from mpftp.cli import main
from mpftp.domain.campaign import EventKind
from mpftp.domain.event_log import Event

CONFIG = """
state = "state.db"
[clients.acme]
endpoint = "file:///srv/acme"
display_name = "Loja São João & Cia"
[clients.globex]
endpoint = "file:///srv/globex"
language = "en"
time_zone = "UTC"
profile = "people"
[profiles.people]
count_marked = false
"""


@pytest.fixture
def report(tmp_path):
    (tmp_path / "mpftp.toml").write_text(CONFIG, "utf-8")

    def run(*arguments):
        return CliRunner().invoke(main, ["report", *arguments, "--config", str(tmp_path / "mpftp.toml")])

    return run


@pytest.fixture
def told(story):
    told = story(links=("https://loja.example/<script>alert(1)</script>?a=1&b=2",))
    told.tell("open", "ana@example.com", 1, mark="gmail-proxy")
    told.tell("open", "ana@example.com", 1.5)
    told.tell("click", "ana@example.com", 2, link=1)
    told.tell("bounce", "bia@example.com", 1, **{"class": "permanent"}, reason="user-unknown")
    return told


def test_an_operator_sees_rates_bars_links_reasons_and_machines(report, told):
    result = report("Promo_20260301")
    assert result.exit_code == 0
    for text in ("acme/Promo_20260301", "Sobre Promo", "(America/Sao_Paulo)", "opened", "100.0%",
                 "2026-03-01 10h", "█", "░", "https://loja.example/<script>",
                 "Gmail's image proxy"):  # fmt: skip
        assert text in result.stdout
    assert result.stderr == ""


def test_what_was_tracked_since_the_last_run_is_counted(report, told, tmp_path):
    number = told.deliveries["ana@example.com"]
    log = EventLogWriter(tmp_path / "spool" / "events")
    log.append(Event(EventKind.OPT_OUT, number, datetime(2026, 3, 2, tzinfo=UTC), source="link"))
    lines = report("1").stdout.splitlines()
    [line] = [line for line in lines if line.lstrip().startswith("opted out")]
    assert line.split() == ["opted", "out", "1", "100.0%"]


class Reader(HTMLParser):
    """Every tag and attribute of a page, and its text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_the_clients_page_is_in_its_language_and_holds_all_it_needs(report, told, tmp_path):
    result = report("Promo_20260301", "--html", str(tmp_path / "report.html"))
    assert (result.exit_code, result.output) == (0, "")
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o600
    page = Reader((tmp_path / "report.html").read_text("utf-8"))
    for text in ("Loja São João & Cia", "Sobre Promo", "01/03/2026 09:00", "100,0% das entregues",
                 "Aberturas por hora", "e-mail inexistente", "proxy de imagens do Gmail",
                 "<script>alert(1)"):  # fmt: skip
        assert text in page.text
    assert {"script", "link", "img", "iframe"}.isdisjoint(tag for tag, _ in page.tags)
    assert not [attrs for _, attrs in page.tags if {"src", "href", "onload"} & set(attrs)]
    assert [path.name for path in tmp_path.glob(".report*")] == []


def test_the_page_follows_no_link_that_somebody_put_beside_it(report, told, tmp_path):
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / f".report.html.{os.getpid()}").symlink_to(tmp_path / "elsewhere")
    assert report("Promo_20260301", "--html", str(tmp_path / "report.html")).exit_code == 0
    assert (tmp_path / "elsewhere").read_text() == "mine"


def test_the_page_says_what_was_left_out_and_that_the_campaign_was_stopped(report, story, db, tmp_path):
    url = "https://loja.example/a?p=1&utm_source=newsletter&utm_medium=email&utm_campaign=natal"
    told = story(emails=("ana@example.com", "bia@example.com", "caio@example.com"), links=(url,))
    told.tell("click", "ana@example.com", 1, link=1)
    told.change("bia@example.com", state="suppressed", code="opt-out")
    told.change("caio@example.com", state="pending", settled_at=None)
    told.stop("paused")
    with db.transaction():
        db.execute(
            "UPDATE campaign SET state_reason = 'relay: 20 alike', settings = ?",
            (json.dumps({"subject": "Oi {{nome}}, {{cidade|você}}!", "folder": "promo"}),),
        )
    with (tmp_path / "mpftp.toml").open("a") as file:
        file.write('[support]\nname = "Ajuda"\naddress = "ajuda@mail.example"\n')
    text = Reader(report("Promo_20260301", "--html", "-").stdout).text
    for part in ("Oi Maria, você!", "Envio interrompido: o servidor de envio está com problemas.",
                 "A quem nada foi enviado, e por quê", "descadastrado antesnão enviado1",
                 "campanha interrompidanão enviado1", "Dúvidas: Ajuda <ajuda@mail.example>",
                 "https://loja.example/a?p=111100,0%", "Campanha Promo (01/03/2026)"):  # fmt: skip
        assert part in text
    shown = report("Promo_20260301").stdout
    assert "paused: the sending server is in trouble" in shown
    assert "opted out before" in shown


def test_one_of_a_kind_is_said_in_the_singular(report, story):
    told = story(emails=("ana@example.com",), links=("https://loja.example/",))
    told.tell("click", "ana@example.com", 1, link=1)
    told.tell("open", "ana@example.com", 2)
    told.tell("open", "ana@example.com", 2, mark="gmail-proxy")
    told.tell("open", "ana@example.com", 90)
    told.tell("click", "ana@example.com", 91, link=1)
    text = Reader(report("Promo_20260301", "--html", "-").stdout).text
    for part in ("de 1 linha de MAIL", "2 aberturas, 1 automática; 0 cliques", "1 abertura e 1 clique.",
                 "1 contato abriu (100,0% das entregues) e 1 clicou ("):  # fmt: skip
        assert part in text


def test_a_client_that_counts_people_only_reads_people_only(report, story):
    told = story("globex")
    told.tell("open", "ana@example.com", 1, mark="gmail-proxy")
    told.tell("open", "bia@example.com", 1)
    told.tell("click", "ana@example.com", 1, link=1, mark="scanner")
    result = report("globex/Promo_20260301", "--html", "-")
    text = Reader(result.stdout).text
    assert "Opened150.0% of those delivered" in text
    assert "https://loja.example/00" in text  # no click, no contact
    assert "2026-03-01 12:00" in text
    assert '<html lang="en">' in result.stdout


def test_a_campaign_that_was_not_sent_has_a_page(report, story):
    story(state="active")
    assert "ainda não enviada" in report("1", "--html", "-").stdout
    assert "0" in report("1").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["Outra_20260301"], 2, "no campaign is called"),
        (["1", "--html", "/nowhere/at/all.html"], 1, "/nowhere"),
    ],
)
def test_what_cannot_be_reported_is_named(report, told, arguments, code, why):
    result = report(*arguments)
    assert result.exit_code == code
    assert why in result.stderr


def test_a_name_of_two_clients_asks_which(report, story):
    story("acme")
    story("globex")
    result = report("Promo_20260301")
    assert result.exit_code == 2
    assert "acme/Promo_20260301" in result.stderr
    assert "globex/Promo_20260301" in result.stderr


def test_a_locked_state_is_reported_as_it_is(report, told, tmp_path, monkeypatch):
    log = EventLogWriter(tmp_path / "spool" / "events")
    log.append(Event(EventKind.OPEN, 1, datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=1)))
    monkeypatch.setattr(
        "mpftp.adapters.store.database.Database.__init__.__kwdefaults__",
        {"read_only": False, "busy_seconds": 0.05},
    )
    with told.db.transaction():
        result = report("1")
    assert result.exit_code == 0
    assert "is not counted yet" in result.stderr
