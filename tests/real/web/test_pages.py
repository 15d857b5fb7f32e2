"""The readers' pages in a real browser, on a telephone and at a desk, by hand and by keyboard."""

from __future__ import annotations

import pytest

from mpftp.domain.tokens import TokenKind

pytestmark = pytest.mark.real

SCREENS = [(320, 568, True), (412, 915, True), (1280, 800, False)]


@pytest.fixture
def tracker(serve, story):
    told = {client: story(client) for client in ("acme", "globex")}
    served = serve()
    served.deliveries = {client: each.deliveries["ana@example.com"] for client, each in told.items()}
    return served


def test_a_reader_opts_out_by_two_taps_on_a_telephone(browser, tracker):
    browser.screen(360, 640, mobile=True)
    browser.visit(tracker.address(TokenKind.OPT_OUT, tracker.deliveries["acme"]))
    assert "os e-mails de Loja São João & Cia?" in browser.ask("document.body.innerText")
    assert tracker.events() == []
    browser.ask("document.querySelector('button').click()")
    browser.wait_for_load()
    assert browser.ask("document.querySelector('h1').innerText") == "Cancelamento confirmado"
    assert [(event.kind, event.source) for event in tracker.events()] == [("opt-out", "link")]


def test_a_reader_opts_out_with_the_keyboard_alone(browser, tracker):
    browser.visit(tracker.address(TokenKind.OPT_OUT, tracker.deliveries["globex"]))
    browser.press("Tab", 9)
    assert browser.ask("document.activeElement.innerText") == "Yes, unsubscribe me"
    assert browser.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.press("Enter", 13)
    browser.wait_for_load()
    assert browser.ask("document.title") == "You are unsubscribed"
    assert [event.kind for event in tracker.events()] == ["opt-out"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_legible_on_every_screen_and_bring_all_they_need(browser, tracker, contrast, scheme):
    browser.look(prefers_color_scheme=scheme)
    for width, height, mobile in SCREENS:
        browser.screen(width, height, mobile=mobile)
        browser.visit(tracker.address(TokenKind.OPT_OUT, tracker.deliveries["acme"]))
        assert browser.ask("document.documentElement.scrollWidth <= innerWidth")
        assert browser.ask("innerWidth") == width  # not a desk's page, made small
        assert browser.ask(contrast) == []
        sizes = browser.ask(
            "[...document.querySelectorAll('p, button')].map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 16
        assert browser.ask("document.querySelector('button').getBoundingClientRect().height") >= 44
    pages = {url for url in browser.requests if url != "about:blank"}
    assert pages <= {
        tracker.address(TokenKind.OPT_OUT, tracker.deliveries["acme"]),
        f"{tracker.url}/favicon.ico",
    }


def test_a_screen_reader_hears_the_language_the_heading_and_the_button(browser, tracker):
    browser.visit(tracker.address(TokenKind.OPT_OUT, tracker.deliveries["acme"]))
    roles = browser.roles()
    assert ("heading", "Cancelar o recebimento de e-mails") in roles
    assert ("button", "Sim, quero cancelar") in roles
    assert [role for role, _ in roles].count("main") == 1
    assert browser.ask("document.documentElement.lang") == "pt-BR"
    browser.visit(tracker.address(TokenKind.OPT_OUT, tracker.deliveries["globex"]))
    assert browser.ask("document.documentElement.lang") == "en"


def test_the_style_passes_its_own_security_policy(browser, tracker):
    browser.visit(tracker.address(TokenKind.OPT_OUT, tracker.deliveries["acme"]))
    assert browser.ask("getComputedStyle(document.querySelector('main')).borderRadius") == "12px"


def test_a_hostile_message_cannot_act_in_its_web_copy(browser, tracker, db):
    html = "<html><body><h1>Oi {{nome}}</h1><script>document.title = 'taken'</script>"
    html += "<img src=x onerror=\"document.title='taken'\"></body></html>"
    settings = '{"subject": "s", "from_email": "a@b.example", "folder": "f"}'
    with db.transaction():
        db.execute("UPDATE campaign SET html = ?, settings = ?", (html, settings))
    browser.visit(tracker.address(TokenKind.WEB, tracker.deliveries["acme"]))
    assert browser.ask("document.querySelector('h1').innerText") == "Oi Ana"
    assert browser.ask("document.title") == ""
