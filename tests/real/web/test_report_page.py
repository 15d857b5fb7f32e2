"""The client's report page in a real browser: on a telephone, and on paper."""

from __future__ import annotations

import base64

import pytest
from click.testing import CliRunner

from mpftp.cli import main

pytestmark = pytest.mark.real


@pytest.fixture
def page(story, tmp_path):
    told = story(
        emails=[f"c{number}@example.com" for number in range(30)], links=["https://loja.example/" + "x" * 200]
    )
    for number in range(30):
        told.tell("open", f"c{number}@example.com", 0.5 + number, mark="gmail-proxy" if number % 3 else "")
    told.tell("click", "c1@example.com", 2, link=1)
    (tmp_path / "mpftp.toml").write_text('state = "state.db"\n[clients.acme]\nendpoint = "file:///srv/a"\n')
    target = tmp_path / "report.html"
    arguments = ["report", "1", "--config", str(tmp_path / "mpftp.toml"), "--html", str(target)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    return target.as_uri()


def test_the_page_is_legible_on_every_screen_and_asks_for_nothing(browser, page, contrast):
    for width, height, mobile in ((360, 740, True), (1280, 900, False)):
        browser.screen(width, height, mobile=mobile)
        browser.visit(page)
        assert browser.ask("document.documentElement.scrollWidth <= innerWidth")
        assert browser.ask(contrast) == []
    assert set(browser.requests) <= {page, "about:blank"}


def test_the_chart_has_a_bar_for_each_hour_and_says_itself_in_words(browser, page):
    browser.visit(page)
    bars = "[...document.querySelectorAll('svg g')]"
    assert browser.ask(f"{bars}.length") == 30
    assert browser.ask(f"{bars}.every(bar => bar.querySelector('rect').getBoundingClientRect().height >= 2)")
    assert browser.ask(f"{bars}[0].querySelector('title').textContent").startswith("01/03 09h: 1 abertura, ")
    assert [
        name for role, name in browser.roles() if role == "image" and name.startswith("Gráfico de barras")
    ]


def test_every_label_of_the_chart_is_whole(browser, page):
    browser.screen(1280, 900, mobile=False)
    browser.visit(page)
    ends = browser.ask(
        "[...document.querySelectorAll('svg text')].map(text => text.getBBox().x + text.getBBox().width)"
    )
    assert len(ends) > 5
    assert max(ends) <= 960


def test_the_page_prints(browser, page):
    browser.visit(page)
    browser.look(media="print")
    assert browser.ask("document.documentElement.scrollWidth <= innerWidth")
    paper = base64.b64decode(browser.call("Page.printToPDF", printBackground=True)["data"])
    assert paper.startswith(b"%PDF")
    assert 1 <= paper.count(b"/Type /Page\n") <= 3
