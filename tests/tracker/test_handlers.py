from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpftp.adapters.config.base import SupportTable
from mpftp.adapters.store.database import Database
from mpftp.domain.campaign import EventKind
from mpftp.domain.event_log import Event
from mpftp.domain.machines import parse_networks
from mpftp.domain.tokens import TEST_DELIVERY_BASE, Signer, TokenKind
from mpftp.tracker import build_tracker
from mpftp.tracker.flood_limit import MAX_EVENTS_AN_HOUR, FloodLimit
from mpftp.tracker.wsgi import read_body, remote_address

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CONFIRM = b"confirm=yes"
IP = "203.0.113.9"


def test_the_pixel_is_an_image_that_nobody_keeps_and_each_fetch_is_an_open(house):
    for path in (
        house.path(TokenKind.OPEN),
        house.path(TokenKind.OPEN) + ".gif",
        house.path(TokenKind.OPEN).upper().replace("/O/", "/o/"),
    ):
        answer = house.ask(path, HTTP_USER_AGENT="Mail/1")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/gif")
        assert answer.body.startswith(b"GIF89a")
        assert "no-store" in answer.headers["Cache-Control"]
    assert house.events() == [Event(EventKind.OPEN, house.deliveries["ana"], NOW, ip=IP, agent="Mail/1")] * 3


def test_a_click_goes_to_its_own_link_with_the_contacts_values_quoted(house):
    first = house.ask(house.path(TokenKind.CLICK, link=1))
    second = house.ask(house.path(TokenKind.CLICK, link=2), QUERY_STRING="fbclid=1")
    assert (first.status, first.headers["Location"]) == (302, "https://loja.example/oferta?a=1")
    assert (second.status, second.headers["Location"]) == (302, "https://loja.example/u/7%2F8%20%C3%A7")
    assert [(event.kind, event.link) for event in house.events()] == [("click", 1), ("click", 2)]


def test_the_opt_out_page_asks_and_only_the_button_does_it(house):
    path = house.path(TokenKind.OPT_OUT)
    page = house.ask(path)
    assert page.status == 200
    assert '<html lang="pt-BR">' in page.text
    assert "Loja &amp; Cia" in page.text
    assert "Sim, quero cancelar" in page.text
    assert not house.events()
    done = house.ask(path, "POST", CONFIRM)
    assert done.status == 200
    assert "Cancelamento confirmado" in done.text
    assert [(event.kind, event.source) for event in house.events()] == [("opt-out", "link")]


def test_the_pages_name_whom_to_ask(house, asked):
    assert "Dúvidas" not in house.ask(house.path(TokenKind.OPT_OUT)).text
    support = {"name": "Ajuda", "address": "ajuda@mail.example", "url": "https://mail.example/ajuda"}
    tables = house.config.model_copy(update={"support": SupportTable(**support)})
    page = asked(build_tracker(tables, lambda: NOW), house.path(TokenKind.OPT_OUT)).text
    assert "Dúvidas: Ajuda &lt;ajuda@mail.example&gt; https://mail.example/ajuda" in page


def test_an_opt_out_needs_the_button_or_a_mail_programs_word(house):
    path = house.path(TokenKind.OPT_OUT)
    page = house.ask(path).text
    for body in (b"", b"x=1", b"unconfirm=yes"):
        assert house.ask(path, "POST", body).text == page
    assert house.events() == []
    assert 'name="confirm"' in page


@pytest.mark.parametrize(
    "appended",
    [".", ")", ">", "/", ",", " ", "%20", "%3E", ").", "&gt;", '">', "\u00e2\u0080\u009d", ">\r\n"],
)
def test_a_link_that_a_readers_program_lengthened_still_works(house, appended):
    answer = house.ask(house.path(TokenKind.CLICK, link=1) + appended)
    assert (answer.status, answer.headers["Location"]) == (302, "https://loja.example/oferta?a=1")
    assert "Sim, quero cancelar" in house.ask(house.path(TokenKind.OPT_OUT) + appended).text
    assert house.ask(house.path(TokenKind.WEB) + appended).status == 200
    assert not_found(house.ask(house.path(TokenKind.CLICK, link=1) + appended + "b0"))


def test_what_floods_in_is_answered_and_no_longer_logged(house, caplog):
    now = NOW

    def ask_often(kind, times):
        for _ in range(times):
            assert house.ask(house.path(kind, link=int(kind is TokenKind.CLICK))).status in (200, 302)

    app = house.app = build_tracker(house.config, lambda: now)
    ask_often(TokenKind.OPEN, MAX_EVENTS_AN_HOUR + 200)
    ask_often(TokenKind.CLICK, 3)
    assert Counter(event.kind for event in house.events()) == {"open": MAX_EVENTS_AN_HOUR, "click": 3}
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        f"no more opens of delivery {house.deliveries['ana']} are logged in this hour"
    ]
    now += timedelta(hours=1)
    ask_often(TokenKind.OPEN, 1)
    assert house.app is app
    assert Counter(event.kind for event in house.events())["open"] == MAX_EVENTS_AN_HOUR + 1


def test_counting_floods_takes_a_bounded_part_of_memory(monkeypatch):
    monkeypatch.setattr("mpftp.tracker.flood_limit.MAX_COUNTED", 100)
    limit = FloodLimit()
    for _ in range(50):
        limit.count(1, EventKind.OPEN, NOW)
    for number in range(2, 1000):
        limit.count(number, EventKind.OPEN, NOW)
    assert limit.count(1, EventKind.OPEN, NOW) == 51
    assert len(limit._counts) <= 100


def test_a_reader_knows_the_sender_by_the_name_in_the_message(house):
    with Database(house.config.state) as db, db.transaction():
        db.execute("""UPDATE campaign SET settings = json_set(settings, '$.from_name', 'Jornal "O Dia"')""")
    assert "Jornal &quot;O Dia&quot;" in house.ask(house.path(TokenKind.OPT_OUT, "bob")).text
    assert (
        "Loja &amp; Cia" in house.ask(house.path(TokenKind.OPT_OUT, "ana")).text
    )  # display_name comes first


def test_an_english_clients_reader_reads_english(house):
    page = house.ask(house.path(TokenKind.OPT_OUT, "bob"), HTTP_ACCEPT_LANGUAGE="pt-BR")
    assert "Do you want to stop receiving e-mails from <strong>globex</strong>?" in page.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
        ),
    ],
)
def test_a_mail_programs_one_click_is_done_at_once_without_a_redirect(house, content_type, body):
    answer = house.ask(house.path(TokenKind.OPT_OUT), "POST", body, CONTENT_TYPE=content_type)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert [(event.kind, event.source) for event in house.events()] == [("opt-out", "one-click")]


def test_the_web_copy_is_the_readers_own_message_and_cannot_run_anything(house):
    answer = house.ask(house.path(TokenKind.WEB))
    assert answer.status == 200
    assert "Olá Ana" in answer.text
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not house.events()


def test_a_page_brings_all_it_needs(house):
    page = house.ask(house.path(TokenKind.OPT_OUT)).text
    assert not [
        word for word in ("http:", "https:", "src=", "<link", "@import", "url(", "<script") if word in page
    ]


@pytest.mark.parametrize("kind", [TokenKind.OPEN, TokenKind.CLICK, TokenKind.OPT_OUT, TokenKind.WEB])
def test_head_and_prefetch_leave_no_trace(house, kind):
    path = house.path(kind, link=1 if kind is TokenKind.CLICK else 0)
    full, head = house.ask(path), house.ask(path, "HEAD")
    before = house.events()
    assert head.body == b""
    assert (head.status, head.headers) == (full.status, full.headers)
    for name in ("HTTP_PURPOSE", "HTTP_SEC_PURPOSE", "HTTP_X_MOZ"):
        house.ask(path, **{name: "prefetch;prerender"})
        house.ask(path, "HEAD")
    assert house.events() == before


def test_a_click_in_advance_is_refused_so_that_the_real_one_comes_to_us(house):
    answer = house.ask(house.path(TokenKind.CLICK, link=1), HTTP_SEC_PURPOSE="prefetch")
    assert answer.status == 503
    assert "Location" not in answer.headers


def not_found(answer) -> bool:
    """A reader is told that the link is broken, in both languages; nobody is told why."""
    assert "Location" not in answer.headers
    return answer.status == 404 and (
        answer.body in (b"", b"Not found\n")
        or ("Este link está incompleto" in answer.text and "This link is incomplete" in answer.text)
    )


def test_a_link_that_lost_a_piece_says_so_and_all_broken_links_look_alike(house):
    path = house.path(TokenKind.OPT_OUT)
    broken = [house.ask(path[:-1]), house.ask(path.replace("/u/", "/c/")), house.ask("/w/" + "a" * 5000)]
    assert all(not_found(answer) for answer in broken)
    assert len({answer.body for answer in broken}) == 1
    assert b"Loja" not in broken[0].body
    assert house.ask("/anything").body == house.ask("/o/abc.gif").body == b"Not found\n"


def test_a_token_of_one_door_opens_no_other(house):
    for kind in TokenKind:
        token = house.path(kind, link=1 if kind is TokenKind.CLICK else 0).rpartition("/")[2]
        own = {TokenKind.OPEN: "o", TokenKind.CLICK: "c", TokenKind.OPT_OUT: "u", TokenKind.WEB: "w"}.get(
            kind
        )
        for door in set("ocuw") - {own}:
            for method in ("GET", "HEAD", "POST", "PUT"):
                assert not_found(house.ask(f"/{door}/{token}", method))
    assert not house.events()


def test_a_token_by_another_key_is_no_token(house):
    foreign = Signer([(0, b"f" * 32)]).sign(TokenKind.CLICK, house.deliveries["ana"], 1)
    assert not_found(house.ask(f"/c/{foreign}"))
    assert not house.events()


hostile = st.one_of(
    st.text(st.characters(max_codepoint=255), max_size=60),
    st.text(st.sampled_from("/ocuw.%0a\r\nabcgif012345\x00"), max_size=60),
    st.sampled_from(
        ["", "/", "c/" + "a" * 100_000, "c/..", "o/.gif", "//c/a", "c/a/b", "C/abc", "favicon.ico"]
    ),
)


@given(hostile, st.sampled_from(["/", "/c/", "/o/", "/u/", "/w/"]), st.sampled_from(["GET", "POST", "HEAD"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_other_path_is_a_404(house, path, door, method):
    assert not_found(house.ask(door + path, method))
    assert not house.events()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_only_the_opt_out_takes_more_than_get_and_head(house, method):
    for kind in (TokenKind.OPEN, TokenKind.CLICK, TokenKind.WEB):
        answer = house.ask(house.path(kind), method)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    if method != "POST":
        answer = house.ask(house.path(TokenKind.OPT_OUT), method)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert not house.events()


def test_a_prefix_of_the_public_address_may_reach_us_or_be_cut_off_before(house):
    assert house.ask("/m" + house.path(TokenKind.CLICK, link=1)).status == 302
    assert house.ask("/m/x" + house.path(TokenKind.CLICK, link=1)).status == 404


def test_robots_are_asked_to_stay_away(house):
    assert house.ask("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_what_a_program_says_of_itself_cannot_break_the_log(house):
    agent = 'x"}\r\n{"kind":"opt-out","delivery":1,"at":1}\n\x00\x1b[31m' + "é" * 2000
    house.ask(house.path(TokenKind.OPEN), HTTP_USER_AGENT=agent.encode().decode("latin-1"))
    [event] = house.events()
    assert event.kind is EventKind.OPEN
    assert event.agent.isprintable()
    assert "opt-out" in event.agent
    assert len(event.agent) <= 500


@pytest.mark.parametrize("length", ["-1", "x", "99999999999999999999", ""])
def test_a_hostile_length_of_the_body_costs_nothing(house, length):
    content = io.BytesIO(b"a" * 200_000)
    assert len(read_body({"CONTENT_LENGTH": length, "wsgi.input": content})) <= 65_536


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("127.0.0.1", "198.51.100.4", "198.51.100.4"),
        ("127.0.0.1", "198.51.100.4, 10.0.0.9", "198.51.100.4"),
        (
            "127.0.0.1",
            "6.6.6.6, 198.51.100.4, 10.0.0.9",
            "198.51.100.4",
        ),  # the first is the reader's own tale
        ("203.0.113.9", "6.6.6.6", "203.0.113.9"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("127.0.0.1", 'unknown, "x"\t', "127.0.0.1"),
        ("::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_readers_address_is_what_our_own_proxies_say(remote, forwarded, expected):
    environ = {"REMOTE_ADDR": remote} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})
    assert remote_address(environ, parse_networks(["127.0.0.0/8", "::1", "10.0.0.0/8"])) == expected


def test_a_test_message_shows_everything_and_counts_nowhere(house):
    def path(door, kind, link=0, campaign=1):
        return f"/{door}/{house.signer.sign(kind, TEST_DELIVERY_BASE + campaign, link)}"

    assert house.ask(path("o", TokenKind.OPEN) + ".gif").status == 200
    assert house.ask(path("c", TokenKind.CLICK, 1)).headers["Location"] == "https://loja.example/oferta?a=1"
    assert house.ask(path("c", TokenKind.CLICK, 2)).headers["Location"] == "https://loja.example/u/"
    assert "Olá cliente" in house.ask(path("w", TokenKind.WEB)).text
    for method in ("GET", "POST"):
        page = house.ask(path("u", TokenKind.OPT_OUT), method)
        assert "Mensagem de teste" in page.text
        assert "Loja &amp; Cia" in page.text
    assert house.ask(path("c", TokenKind.CLICK, 1, campaign=99)).status == 410
    assert house.events() == []
