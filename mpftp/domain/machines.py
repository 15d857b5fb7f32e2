"""Opens and clicks that no person made: how programs are recognised, and by what.

Every mark has a reason, so that people can check a suspicion. Marks tell apart;
whether marked events count is the profile's to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from mpftp.domain.campaign import EventKind
from mpftp.domain.event_log import Event
from mpftp.domain.texts import texts

Network = IPv4Network | IPv6Network


class MachineMark(StrEnum):
    """Why a machine is suspected behind an open or a click."""

    GMAIL = "gmail-proxy"
    APPLE = "apple-privacy"
    YAHOO = "yahoo-proxy"
    PROXY = "image-proxy"
    SCANNER = "scanner"
    BOT = "bot"
    PROGRAM = "program"
    NO_AGENT = "no-agent"
    NETWORK = "network"
    FAST = "too-fast"
    ALL_LINKS = "all-links"


def machine_mark_text(mark: str, language: str) -> str:
    """The words for *mark* in *language*; an unknown one stands for itself."""
    return texts(language).MACHINE_MARKS.get(mark, mark)


_PROXIES: tuple[tuple[MachineMark, re.Pattern[str]], ...] = (
    # The second is what Google fetches images with ahead of the reader.
    (MachineMark.GMAIL, re.compile(r"GoogleImageProxy|Edge/12\.246 Mozilla/5\.0$")),
    (MachineMark.YAHOO, re.compile(r"YahooMailProxy")),
    # The whole of what Apple's relays say of themselves.
    (MachineMark.APPLE, re.compile(r"^Mozilla/5\.0$")),
    (MachineMark.PROXY, re.compile(r"(?i)image[ _-]?proxy|mail[ _-]?proxy|camo[ /-]asset|via ggpht")),
)

_SCANNERS = re.compile(
    r"(?i)barracuda|proofpoint|mimecast|ironport|message ?labs|symantec|trend ?micro|fireeye|trellix|sophos"
    r"|forcepoint|websense|cloudmark|vade ?(?:secure|retro)?\b|fortinet|fortiguard|check ?point|zscaler"
    r"|bitdefender|kaspersky|\beset\b|virustotal|safelinks|urldefense|url ?scan|mailscanner|spamassassin"
    r"|rspamd|clamav|avanan|ironscales|agari|abnormal ?security|cyren|netcraft|phish|safe ?browsing|threat"
    r"|sandbox|(?:virus|malware|security|link|url)[ _-]?(?:scan|check)"
)

_BOTS = re.compile(
    # Cubot makes telephones.
    r"(?i)(?<!cu)bot\b|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|whatsapp/|embedly"
    r"|quora link|validator|monitor(?:ing)?\b|uptime|pingdom|lighthouse|archiver|headless|phantomjs|puppeteer"
    r"|playwright|selenium|google-read-aloud|feedfetcher|mediapartners|apis-google|google-inspection|\+https?://"
)

_PROGRAMS = re.compile(
    r"(?i)^(?:curl|wget|python|java|go-http|okhttp|ruby|perl|php|node|axios|got|undici|libwww|lwp|httpie|httpx|aiohttp"
    r"|postman|insomnia|apache-httpclient|guzzle|winhttp|powershell|scrapy|mechanize|faraday|rest-client|zgrab"
    r"|nmap|masscan|nikto|sqlmap|jakarta|wordpress|dalvik|cfnetwork|microsoft url control|winhttprequest)\b"
)


DEFAULT_MACHINE_SECONDS = 5
"""How soon after the delivery no person opens or clicks, unless the configuration says otherwise."""


@dataclass(frozen=True, slots=True)
class MachinePolicy:
    """What is held against a request: its *parse_networks*, and *seconds* after delivery that are too few."""

    networks: tuple[Network, ...] = ()
    seconds: float = DEFAULT_MACHINE_SECONDS


def parse_networks(written: Iterable[str]) -> tuple[Network, ...]:
    """Address ranges (``192.0.2.0/24``, single addresses too). Raises ``ValueError`` that names the text."""
    return tuple(ip_network(text.strip(), strict=False) for text in written)


def is_address(text: str) -> bool:
    """Whether *text* is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_in_networks(address: str, ranges: Sequence[Network]) -> bool:
    """Whether *address* lies in one of *ranges*; an IPv4 address written as IPv6 is its IPv4 self."""
    if not ranges:
        return False
    if not is_address(address):
        return False
    parsed = ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in ranges)


def find_machine_mark(event: Event, sent_at: datetime | None, suspicion: MachinePolicy) -> MachineMark | None:
    """Why a machine is suspected behind one open or click, ``None`` for a person.

    *sent_at* is when the relay took the message, ``None`` when it is unknown. What a program says of
    itself comes first, for it is the surest.
    """
    if event.kind not in (EventKind.OPEN, EventKind.CLICK):
        return None
    if mark := find_agent_mark(event.agent):
        return mark
    if is_in_networks(event.ip, suspicion.networks):
        return MachineMark.NETWORK
    if sent_at is not None and event.at < sent_at + timedelta(seconds=suspicion.seconds):
        return MachineMark.FAST
    return None


@lru_cache(maxsize=2048)  # readers use few programs, and a search takes longer than all else of an event
def find_agent_mark(agent: str) -> MachineMark | None:
    """What a User-Agent header gives away."""
    agent = agent.strip()
    if not agent:
        return MachineMark.NO_AGENT
    for mark, pattern in _PROXIES:
        if pattern.search(agent):
            return mark
    if _SCANNERS.search(agent):
        return MachineMark.SCANNER
    if _BOTS.search(agent):
        return MachineMark.BOT
    return MachineMark.PROGRAM if _PROGRAMS.search(agent) else None


@dataclass(frozen=True, slots=True)
class Hit:
    """One open (*link* 0) or click of one delivery as the state holds it."""

    id: int
    at: datetime
    link: int
    ip: str = ""


BURST_WINDOW = timedelta(seconds=10)
BURST_MIN_LINKS = 3
BURST_MIN_SHARE = 0.8


def burst_links(links: int) -> float:
    """How many different links of a message that has *links* make a burst."""
    return max(BURST_MIN_LINKS, BURST_MIN_SHARE * links)


def find_click_burst(visits: Sequence[Hit], links: int) -> set[int]:
    """The ids of those *visits* (of one delivery) by which nearly all its *links* were followed at once.

    At once: within ``BURST_WINDOW``. Nearly all: four in five, at least three, for scanners leave some
    out; a message with fewer links is not judged. An open from the same address at that time is
    of the same visitor.
    """
    burst = _burst([visit for visit in visits if visit.link], burst_links(links))
    times: dict[str, list[datetime]] = {}
    for click in burst:
        times.setdefault(click.ip, []).append(click.at)
    spans = {
        ip: (min(clicked_at) - BURST_WINDOW, max(clicked_at) + BURST_WINDOW)
        for ip, clicked_at in times.items()
    }
    opens = {
        visit.id
        for visit in visits
        if not visit.link and visit.ip in spans and spans[visit.ip][0] <= visit.at <= spans[visit.ip][1]
    }
    return opens | {click.id for click in burst}


def _burst(clicks: Sequence[Hit], needed: float) -> list[Hit]:
    """Those *clicks* that fall into a window in which *needed* different links were followed."""
    ordered = sorted(clicks, key=lambda click: click.at)
    in_window: Counter[int] = Counter()
    in_burst: list[Hit] = []
    first = done = 0
    for last, click in enumerate(ordered):
        in_window[click.link] += 1
        while click.at - ordered[first].at > BURST_WINDOW:
            in_window[ordered[first].link] -= 1
            if not in_window[ordered[first].link]:
                del in_window[ordered[first].link]
            first += 1
        if len(in_window) >= needed:
            in_burst += ordered[max(first, done) : last + 1]
            done = last + 1
    return in_burst
