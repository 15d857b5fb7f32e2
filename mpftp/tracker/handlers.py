"""The four routes: pixel, click, opt-out, web copy. Each asks for a token of its own kind."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import NamedTuple, Protocol
from urllib.parse import quote

from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import Clock
from mpftp.domain.event_log import Event
from mpftp.domain.machines import Network
from mpftp.domain.texts import DEFAULT_LANGUAGE, find_language, language_tag
from mpftp.domain.tokens import TEST_DELIVERY_BASE, SignedToken, TokenKind
from mpftp.tracker import pages
from mpftp.tracker.campaigns import PageSender, StateUnavailableError
from mpftp.tracker.flood_limit import MAX_EVENTS_AN_HOUR, FloodLimit
from mpftp.tracker.wsgi import (
    PAGE_HEADERS,
    Environ,
    HttpResponse,
    StartResponse,
    is_prefetch,
    read_body,
    remote_address,
    request_header,
    send_response,
    text_response,
)

log = logging.getLogger("mpftp.track")

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A transparent GIF of one pixel."""

_APPENDED = r"(?:[^0-9A-Za-z%&]|%[0-9A-Fa-f]{2}|&(?:gt|lt|amp|quot|nbsp|#\d{2,4});?){0,40}"
"""What readers' programs take for a part of a link: the marks, blanks and brackets that follow it."""

_ROUTE = re.compile(rf"/([ocuw])/([0-9A-Fa-f]{{20,48}})(\.gif)?{_APPENDED}", re.ASCII)
_CONFIRMED = re.compile(rb"(?:^|&)confirm=")
_ONE_CLICK = re.compile(rb"list-unsubscribe\W.{0,200}?one-click", re.IGNORECASE | re.DOTALL)

_WEB_COPY_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; "
    "script-src 'none'; object-src 'none'"
)
"""The client's own HTML may show itself and be clicked, and nothing else."""

NOT_FOUND = text_response(HTTPStatus.NOT_FOUND, "Not found\n")
ROBOTS = text_response(HTTPStatus.OK, "User-agent: *\nDisallow: /\n")


class EventSink(Protocol):
    """Where events are written."""

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Write one event; raises ``OSError``."""


class CampaignLookup(Protocol):
    """Where the handlers look things up; every method raises ``StateUnavailableError``."""

    def destination(self, delivery_id: int, link_number: int) -> str | None:
        """Where a link leads this contact, ``None`` when there is no such link."""

    def sender(self, delivery_id: int) -> PageSender | None:
        """Who sent the message, ``None`` when it is unknown."""

    def web_copy(self, delivery_id: int) -> str | None:
        """The message as HTML, ``None`` when it is no more."""

    def home_url(self) -> str:
        """The tracker that answers what this one cannot, ``""`` when there is none."""


class TrackerDependencies(NamedTuple):
    """What the tracker is made of: who verifies tokens, where events go, what can be looked up."""

    verify: Callable[[str], SignedToken | None]
    log: EventSink
    lookup: CampaignLookup
    clock: Clock
    base_path: str = ""
    proxies: tuple[Network, ...] = ()


class Tracker:
    """The WSGI application."""

    def __init__(self, parts: TrackerDependencies) -> None:
        self._dependencies = parts
        self._flood_limit = FloodLimit()
        self._routes = {
            "o": (TokenKind.OPEN, self._pixel),
            "c": (TokenKind.CLICK, self._click),
            "u": (TokenKind.OPT_OUT, self._opt_out),
            "w": (TokenKind.WEB, self._web_copy),
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return send_response(self._respond(environ), environ, start_response)

    def _respond(self, environ: Environ) -> HttpResponse:
        path: str = environ.get("PATH_INFO", "").removeprefix(self._dependencies.base_path)
        match = _ROUTE.fullmatch(path)
        if match is None:
            return ROBOTS if path == "/robots.txt" else _not_found(path)
        kind, handler = self._routes[match[1]]
        token = self._dependencies.verify(match[2])
        if token is None or token.kind is not kind or (match[3] and kind is not TokenKind.OPEN):
            return _not_found(path)
        allowed = ("GET", "HEAD", "POST") if kind is TokenKind.OPT_OUT else ("GET", "HEAD")
        if environ["REQUEST_METHOD"] not in allowed:
            refused = text_response(HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed\n")
            refused.headers.append(("Allow", ", ".join(allowed)))
            return refused
        return handler(token, environ)

    def _pixel(self, token: SignedToken, environ: Environ) -> HttpResponse:
        if _counts_as_seen(environ):
            self._log_event(EventKind.OPEN, token, environ)
        return HttpResponse(HTTPStatus.OK, PIXEL, [("Content-Type", "image/gif")])

    def _click(self, token: SignedToken, environ: Environ) -> HttpResponse:
        if is_prefetch(environ):
            # Refused, a browser asks again when its reader really clicks; answered, it would not.
            return text_response(HTTPStatus.SERVICE_UNAVAILABLE, "Not in advance\n")
        if _counts_as_seen(environ):
            self._log_event(EventKind.CLICK, token, environ)
        try:
            target = self._dependencies.lookup.destination(token.delivery_id, token.link)
        except StateUnavailableError:
            return self._elsewhere(environ)
        if target is None:
            return self._page("gone", HTTPStatus.GONE, None, environ)
        return HttpResponse(HTTPStatus.FOUND, b"", [("Location", target), ("Content-Type", "text/plain")])

    def _opt_out(self, token: SignedToken, environ: Environ) -> HttpResponse:
        sender = self._sender(token)
        if token.delivery_id >= TEST_DELIVERY_BASE:
            return self._page("trial", HTTPStatus.OK, sender, environ)
        if environ["REQUEST_METHOD"] != "POST":
            return self._page("ask", HTTPStatus.OK, sender, environ)
        body = read_body(environ)
        one_click = _ONE_CLICK.search(body) is not None
        if not one_click and not _CONFIRMED.search(body):  # no person's button, no mail program's request
            return self._page("ask", HTTPStatus.OK, sender, environ)
        source = "one-click" if one_click else "link"
        if not self._log_event(EventKind.OPT_OUT, token, environ, source=source):
            return self._page("later", HTTPStatus.SERVICE_UNAVAILABLE, sender, environ)
        if one_click:
            return _text("done", _language(sender, environ), sender)
        return self._page("done", HTTPStatus.OK, sender, environ)

    def _web_copy(self, token: SignedToken, environ: Environ) -> HttpResponse:
        try:
            copy = self._dependencies.lookup.web_copy(token.delivery_id)
        except StateUnavailableError:
            return self._elsewhere(environ)
        if copy is None:
            return self._page("gone", HTTPStatus.GONE, None, environ)
        headers = [*PAGE_HEADERS, ("Content-Security-Policy", _WEB_COPY_POLICY)]
        return HttpResponse(HTTPStatus.OK, copy.encode("utf-8", "replace"), headers)

    def _elsewhere(self, environ: Environ) -> HttpResponse:
        """Redirect to the tracker at ``home_url``; without one, answer 503."""
        home = self._dependencies.lookup.home_url()
        if not home:
            return self._page("later", HTTPStatus.SERVICE_UNAVAILABLE, None, environ)
        path = environ.get("PATH_INFO", "").removeprefix(self._dependencies.base_path)
        headers = [("Location", home.rstrip("/") + quote(path)), ("Content-Type", "text/plain")]
        return HttpResponse(HTTPStatus.FOUND, b"", headers)

    def _log_event(self, kind: EventKind, token: SignedToken, environ: Environ, source: str = "") -> bool:
        """Write the event; ``False`` when the log could not take it, which is the operator's to know.

        What is done with a test message counts nowhere, nor does what comes too often.
        """
        if token.delivery_id >= TEST_DELIVERY_BASE:
            return True
        at = self._dependencies.clock()
        if (count := self._flood_limit.count(token.delivery_id, kind, at)) > MAX_EVENTS_AN_HOUR:
            if count == MAX_EVENTS_AN_HOUR + 1:
                log.warning("no more %ss of delivery %d are logged in this hour", kind, token.delivery_id)
            return True
        event = Event(
            kind,
            token.delivery_id,
            at,
            token.link,
            ip=remote_address(environ, self._dependencies.proxies),
            agent=request_header(environ, "User-Agent"),
            source=source,
        )
        try:
            self._dependencies.log.append(event, durable=kind is EventKind.OPT_OUT)
        except OSError as error:
            log.error("%s of delivery %d could not be logged: %s", kind, token.delivery_id, error)
            return False
        if log.isEnabledFor(logging.INFO):
            log.info("%s", kind, extra={"delivery": token.delivery_id, "link": token.link, "source": source})
        return True

    def _sender(self, token: SignedToken) -> PageSender | None:
        """Who sent the message; an opt-out works without knowing."""
        try:
            return self._dependencies.lookup.sender(token.delivery_id)
        except StateUnavailableError:
            return None

    def _page(
        self, which: str, status: HTTPStatus, sender: PageSender | None, environ: Environ
    ) -> HttpResponse:
        language = _language(sender, environ)
        headers = [
            *PAGE_HEADERS,
            ("Content-Language", language_tag(language)),
            ("Content-Security-Policy", pages.content_security_policy()),
        ]
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append(("Retry-After", "30"))
        return HttpResponse(
            status,
            pages.render_page(
                which, language, sender.name if sender else "", sender.support if sender else ""
            ),
            headers,
        )


def _not_found(path: str) -> HttpResponse:
    """For a link of which a mail program lost a piece, words for its reader; for all else, none."""
    if not path.startswith(("/c/", "/u/", "/w/")):
        return NOT_FOUND
    headers = [*PAGE_HEADERS, ("Content-Security-Policy", pages.content_security_policy())]
    return HttpResponse(HTTPStatus.NOT_FOUND, pages.render_broken_link(), headers)


def _text(which: str, language: str, sender: PageSender | None) -> HttpResponse:
    words = pages.render_page_as_text(which, language, sender.name if sender else "")
    return HttpResponse(HTTPStatus.OK, words, [("Content-Type", "text/plain; charset=utf-8")])


def _counts_as_seen(environ: Environ) -> bool:
    """Whether somebody gets to see the answer: no HEAD, and nothing fetched in advance."""
    return environ["REQUEST_METHOD"] == "GET" and not is_prefetch(environ)


def _language(sender: PageSender | None, environ: Environ) -> str:
    """The client's; without one, that which a reader's browser asks for first."""
    if sender:
        return sender.language
    return find_language(request_header(environ, "Accept-Language")) or DEFAULT_LANGUAGE
