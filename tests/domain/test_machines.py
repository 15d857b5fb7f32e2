from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.campaign import EventKind
from mpftp.domain.event_log import Event
from mpftp.domain.machines import (
    Hit,
    MachineMark,
    MachinePolicy,
    find_agent_mark,
    find_click_burst,
    find_machine_mark,
    is_in_networks,
    machine_mark_text,
    parse_networks,
)
from mpftp.domain.texts import texts

SENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/122.0.0.0 Safari/537.36"

PEOPLE = [
    CHROME,
    CHROME + " Edg/122.0.0.0",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) {KIT} Mobile/15E148",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    f"Mozilla/5.0 (Linux; Android 9; CUBOT X19 S) {KIT} Chrome/99.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 13; SM-A536E; wv) {KIT} Version/4.0 Chrome/121.0 Instagram 318.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.8.0",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)",
    "Outlook-iOS/723.4027091.prod.iphone (3.31.0)",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/191.308; U; pt) Presto/2.5.25 Version/10.54",
]

MACHINES = {
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0"
    " (via ggpht.com GoogleImageProxy)": MachineMark.GMAIL,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135"
    " Safari/537.36 Edge/12.246 Mozilla/5.0": MachineMark.GMAIL,
    "Mozilla/5.0": MachineMark.APPLE,
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html": MachineMark.YAHOO,
    "ExampleMail-ImageProxy/2": MachineMark.PROXY,
    "Barracuda Sentinel (EE)": MachineMark.SCANNER,
    "Mozilla/5.0 (compatible; Proofpoint URL Defense)": MachineMark.SCANNER,
    "MyVirusScan 1.0": MachineMark.SCANNER,
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": MachineMark.BOT,
    "facebookexternalhit/1.1": MachineMark.BOT,
    "WhatsApp/2.23.20.0 A": MachineMark.BOT,
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0": MachineMark.BOT,
    "SkypeUriPreview Preview/0.5": MachineMark.BOT,
    "curl/8.5.0": MachineMark.PROGRAM,
    "python-requests/2.31": MachineMark.PROGRAM,
    "Go-http-client/2.0": MachineMark.PROGRAM,
    "": MachineMark.NO_AGENT,
    "  ": MachineMark.NO_AGENT,
}


@pytest.mark.parametrize("agent", PEOPLE)
def test_peoples_programs_are_not_marked(agent):
    assert find_agent_mark(agent) is None


@pytest.mark.parametrize(("agent", "mark"), MACHINES.items())
def test_machines_are_recognised_by_what_they_say(agent, mark):
    assert find_agent_mark(agent) is mark


@given(st.text())
def test_no_agent_is_too_odd_to_judge(agent):
    assert find_agent_mark(agent) is None or find_agent_mark(agent) in texts("pt_BR").MACHINE_MARKS


def event(kind=EventKind.CLICK, seconds=3600.0, agent=CHROME, ip="198.51.100.7"):
    return Event(kind, 1, SENT + timedelta(seconds=seconds), 1, ip, agent)


def test_a_configured_network_is_marked_in_every_spelling_of_an_address():
    suspicion = MachinePolicy(parse_networks(["203.0.113.0/24", "2001:db8::/32", "192.0.2.7"]))
    for ip in ("203.0.113.200", "::ffff:203.0.113.1", "2001:db8::9", "192.0.2.7"):
        assert find_machine_mark(event(ip=ip), SENT, suspicion) is MachineMark.NETWORK
    for ip in ("198.51.100.1", "2001:db9::1", "", "nonsense", "192.0.2.8"):
        assert find_machine_mark(event(ip=ip), SENT, suspicion) is None


def test_what_comes_within_seconds_of_the_delivery_or_before_it_is_too_fast():
    suspicion = MachinePolicy(seconds=5)
    marks = {
        seconds: find_machine_mark(event(seconds=seconds), SENT, suspicion) for seconds in (-3, 0, 4.9, 5, 60)
    }
    assert marks == {-3: MachineMark.FAST, 0: MachineMark.FAST, 4.9: MachineMark.FAST, 5: None, 60: None}
    assert find_machine_mark(event(seconds=0), None, suspicion) is None
    assert find_machine_mark(event(seconds=0), SENT, MachinePolicy(seconds=0)) is None


def test_what_a_program_says_of_itself_comes_first():
    suspicion = MachinePolicy(parse_networks(["0.0.0.0/0"]))
    assert find_machine_mark(event(seconds=0, agent="curl/8"), SENT, suspicion) is MachineMark.PROGRAM
    assert find_machine_mark(event(seconds=0), SENT, suspicion) is MachineMark.NETWORK


@pytest.mark.parametrize("kind", [EventKind.OPT_OUT, EventKind.BOUNCE, EventKind.COMPLAINT])
def test_only_opens_and_clicks_are_judged(kind):
    assert (
        find_machine_mark(event(kind, 0, agent="curl/8"), SENT, MachinePolicy(parse_networks(["0.0.0.0/0"])))
        is None
    )


def test_a_range_may_be_named_by_any_address_in_it():
    written = parse_networks([" 203.0.113.7/24 ", "2001:db8::9/32"])
    assert is_in_networks("203.0.113.200", written)
    assert is_in_networks("2001:db8::1", written)


@pytest.mark.parametrize("text", ["x", "300.1.1.1", "10.0.0.0/40", ""])
def test_a_range_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="does not appear"):
        parse_networks([text])


def test_within_no_ranges_is_nobody():
    assert not is_in_networks("203.0.113.1", ())


def clicks(*pairs):
    return [
        Hit(number, SENT + timedelta(seconds=seconds), link) for number, (seconds, link) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("pairs", "links", "found"),
    [
        ([(0, 1), (1, 2), (2, 3)], 3, {0, 1, 2}),
        ([(0, 1), (1, 2), (2, 3)], 4, set()),
        ([(0, 1), (1, 2), (2, 3), (3, 4)], 5, {0, 1, 2, 3}),
        ([(0, 1), (20, 2), (40, 3)], 3, set()),
        ([(0, 1), (1, 1), (2, 1)], 1, set()),
        ([(0, 1), (1, 2)], 2, set()),
        ([(0, 2), (100, 1), (101, 2), (102, 3), (300, 3)], 3, {1, 2, 3}),
        ([(8, 1), (0, 3), (16, 2)], 3, set()),
        ([], 3, set()),
    ],
)
def test_nearly_all_links_at_once_is_no_person(pairs, links, found):
    assert find_click_burst(clicks(*pairs), links) == found


def test_an_open_of_the_same_visitor_goes_with_its_burst():
    spree = [Hit(number, SENT, number, "203.0.113.1") for number in (1, 2, 3)]
    opens = [
        Hit(10, SENT - timedelta(seconds=2), 0, "203.0.113.1"),
        Hit(11, SENT, 0, "198.51.100.9"),
        Hit(12, SENT + timedelta(hours=1), 0, "203.0.113.1"),
    ]
    assert find_click_burst([*opens, *spree], 3) == {1, 2, 3, 10}
    assert find_click_burst([*opens, *spree[:2]], 3) == set()


@pytest.mark.parametrize("seconds", [-10, 10])
def test_an_open_at_the_very_edge_of_a_burst_belongs_to_it(seconds):
    spree = [Hit(number, SENT, number, "203.0.113.1") for number in (1, 2, 3)]
    edge = Hit(10, SENT + timedelta(seconds=seconds), 0, "203.0.113.1")
    assert find_click_burst([edge, *spree], 3) == {1, 2, 3, 10}


def test_a_hundred_thousand_clicks_are_judged_in_no_time():
    many = [
        Hit(number, SENT + timedelta(milliseconds=number // 20), number % 40 + 1) for number in range(100_000)
    ]
    assert len(find_click_burst(many, 40)) == 100_000


def test_every_mark_has_words_in_both_languages():
    assert set(texts("en").MACHINE_MARKS) == set(MachineMark)
    assert machine_mark_text("gmail-proxy", "pt_BR") == "proxy de imagens do Gmail"
    assert machine_mark_text("gmail-proxy", "en") == "Gmail's image proxy"
    assert machine_mark_text("of-old", "en") == "of-old"
