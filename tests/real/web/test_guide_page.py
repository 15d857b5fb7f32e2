"""The client's guide in a real browser: on a telephone, at a desk, and on paper."""

from __future__ import annotations

import base64

import pytest
from click.testing import CliRunner

from mpftp.cli import main

pytestmark = pytest.mark.real

CONFIG = """\
state = "state.db"
[support]
name = "Suporte"
address = "suporte@envios.example"
url = "https://envios.example/ajuda/para/quem/entrega/campanhas/por/FTP"
[clients.loja]
endpoint = "ftp://ftp.loja-de-nome-bem-comprido.com.br"
directory = "campanhas/entrada/deste/cliente"
fragment = { contacts = 5000, every_hours = 1 }
receipt_file = true
situation_file = true
"""


@pytest.fixture
def page(tmp_path):
    config = tmp_path / "mpftp.toml"
    config.write_text(CONFIG, "utf-8")
    config.chmod(0o600)
    arguments = ["guide", "loja", str(tmp_path / "guia"), "--config", str(config)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    return (tmp_path / "guia" / "index.html").as_uri()


@pytest.mark.parametrize(("width", "mobile"), [(390, True), (1280, False)])
def test_the_guide_fits_the_screen_and_asks_for_nothing(browser, page, contrast, width, mobile):
    browser.screen(width, 800, mobile=mobile)
    browser.visit(page)
    assert browser.ask("document.documentElement.scrollWidth") <= width
    assert browser.ask(contrast) == []
    assert set(browser.requests) <= {page, "about:blank"}


def test_the_guide_prints_whole(browser, page):
    browser.visit(page)
    paper = base64.b64decode(browser.call("Page.printToPDF", printBackground=True)["data"])
    assert paper.startswith(b"%PDF")
    assert 3 <= paper.count(b"/Type /Page\n") <= 10
    browser.screen(700, 990, mobile=False)  # the width of A4 less its margins
    browser.look(media="print")
    assert browser.ask("document.documentElement.scrollWidth") <= 700
