"""The four doors: pixel, click, opt-out, web copy. Each asks for a token of its own kind."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import NamedTuple, Protocol

from mpftp.domain.campaign import EventKind
from mpftp.domain.clock import Clock
from mpftp.domain.eventlog import Event
from mpftp.domain.machines import Network
from mpftp.domain.tokens import TRIAL, Kind, Token
from mpftp.tracker import pages
from mpftp.tracker.archive import AwayError, Sender
from mpftp.tracker.web import (
    FOR_PAGES,
    Answer,
    Environ,
    StartResponse,
    body,
    header,
    is_prefetch,
    plain,
    reader_address,
    send,
)

log = logging.getLogger("mpftp.track")

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A transparent GIF of one pixel."""

_DOOR = re.compile(r"/([ocuw])/([0-9A-Fa-f]{20,48})(\.gif)?", re.ASCII)
_ONE_CLICK = re.compile(rb"list-unsubscribe\W.{0,200}?one-click", re.IGNORECASE | re.DOTALL)

_SHOW_ONLY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; "
    "script-src 'none'; object-src 'none'"
)
"""The client's own HTML may show itself and be clicked, and nothing else."""

NOT_FOUND = plain(HTTPStatus.NOT_FOUND, "Not found\n")
ROBOTS = plain(HTTPStatus.OK, "User-agent: *\nDisallow: /\n")


class Log(Protocol):
    """Where events are written."""

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Write one event; raises ``OSError``."""


class Archive(Protocol):
    """Where the doors look things up; every method raises ``AwayError``."""

    def destination(self, delivery_id: int, number: int) -> str | None:
        """Where a link leads this contact, ``None`` when there is no such link."""

    def sender(self, delivery_id: int) -> Sender | None:
        """Who sent the message, ``None`` when nobody knows."""

    def web_copy(self, delivery_id: int) -> str | None:
        """The message as HTML, ``None`` when it is no more."""


class Parts(NamedTuple):
    """What the tracker is made of: who verifies tokens, where events go, what can be looked up."""

    verify: Callable[[str], Token | None]
    log: Log
    archive: Archive
    clock: Clock
    base_path: str = ""
    proxies: tuple[Network, ...] = ()


class Tracker:
    """The WSGI application."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._doors = {
            "o": (Kind.OPEN, self._pixel),
            "c": (Kind.CLICK, self._click),
            "u": (Kind.OPT_OUT, self._opt_out),
            "w": (Kind.WEB, self._web_copy),
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return send(self._answer(environ), environ, start_response)

    def _answer(self, environ: Environ) -> Answer:
        path: str = environ.get("PATH_INFO", "").removeprefix(self._parts.base_path)
        match = _DOOR.fullmatch(path)
        if match is None:
            return ROBOTS if path == "/robots.txt" else _not_found(path)
        kind, door = self._doors[match[1]]
        token = self._parts.verify(match[2])
        if token is None or token.kind is not kind or (match[3] and kind is not Kind.OPEN):
            return _not_found(path)
        allowed = ("GET", "HEAD", "POST") if kind is Kind.OPT_OUT else ("GET", "HEAD")
        if environ["REQUEST_METHOD"] not in allowed:
            refused = plain(HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed\n")
            refused.headers.append(("Allow", ", ".join(allowed)))
            return refused
        return door(token, environ)

    def _pixel(self, token: Token, environ: Environ) -> Answer:
        if _is_read(environ):
            self._note(EventKind.OPEN, token, environ)
        return Answer(HTTPStatus.OK, PIXEL, [("Content-Type", "image/gif")])

    def _click(self, token: Token, environ: Environ) -> Answer:
        if is_prefetch(environ):
            # Refused, a browser asks again when its reader really clicks; answered, it would not.
            return plain(HTTPStatus.SERVICE_UNAVAILABLE, "Not in advance\n")
        if _is_read(environ):
            self._note(EventKind.CLICK, token, environ)
        try:
            target = self._parts.archive.destination(token.delivery_id, token.link)
        except AwayError:
            return self._page("later", HTTPStatus.SERVICE_UNAVAILABLE, None, environ)
        if target is None:
            return self._page("gone", HTTPStatus.GONE, None, environ)
        return Answer(HTTPStatus.FOUND, b"", [("Location", target), ("Content-Type", "text/plain")])

    def _opt_out(self, token: Token, environ: Environ) -> Answer:
        sender = self._sender(token)
        if token.delivery_id >= TRIAL:
            return self._page("trial", HTTPStatus.OK, sender, environ)
        if environ["REQUEST_METHOD"] != "POST":
            return self._page("ask", HTTPStatus.OK, sender, environ)
        one_click = _ONE_CLICK.search(body(environ)) is not None
        source = "one-click" if one_click else "link"
        if not self._note(EventKind.OPT_OUT, token, environ, source=source):
            return self._page("later", HTTPStatus.SERVICE_UNAVAILABLE, sender, environ)
        if one_click:
            return _text("done", _language(sender, environ), sender)
        return self._page("done", HTTPStatus.OK, sender, environ)

    def _web_copy(self, token: Token, environ: Environ) -> Answer:
        try:
            copy = self._parts.archive.web_copy(token.delivery_id)
        except AwayError:
            return self._page("later", HTTPStatus.SERVICE_UNAVAILABLE, None, environ)
        if copy is None:
            return self._page("gone", HTTPStatus.GONE, None, environ)
        headers = [*FOR_PAGES, ("Content-Security-Policy", _SHOW_ONLY)]
        return Answer(HTTPStatus.OK, copy.encode("utf-8", "replace"), headers)

    def _note(self, kind: EventKind, token: Token, environ: Environ, source: str = "") -> bool:
        """Write the event; ``False`` when the log could not take it, which is the operator's to know.

        What is done with a test message counts nowhere.
        """
        if token.delivery_id >= TRIAL:
            return True
        event = Event(
            kind,
            token.delivery_id,
            self._parts.clock(),
            token.link,
            ip=reader_address(environ, self._parts.proxies),
            agent=header(environ, "User-Agent"),
            source=source,
        )
        try:
            self._parts.log.append(event, durable=kind is EventKind.OPT_OUT)
        except OSError as error:
            log.error("%s of delivery %d could not be logged: %s", kind, token.delivery_id, error)
            return False
        if log.isEnabledFor(logging.INFO):
            log.info("%s", kind, extra={"delivery": token.delivery_id, "link": token.link, "source": source})
        return True

    def _sender(self, token: Token) -> Sender | None:
        """Who sent the message; an opt-out works without knowing."""
        try:
            return self._parts.archive.sender(token.delivery_id)
        except AwayError:
            return None

    def _page(self, which: str, status: HTTPStatus, sender: Sender | None, environ: Environ) -> Answer:
        language = _language(sender, environ)
        headers = [
            *FOR_PAGES,
            ("Content-Language", language.replace("_", "-")),
            ("Content-Security-Policy", pages.policy()),
        ]
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append(("Retry-After", "30"))
        return Answer(status, pages.render(which, language, sender.name if sender else ""), headers)


def _not_found(path: str) -> Answer:
    """For a link of which a mail program lost a piece, words for its reader; for all else, none."""
    if not path.startswith(("/c/", "/u/", "/w/")):
        return NOT_FOUND
    headers = [*FOR_PAGES, ("Content-Security-Policy", pages.policy())]
    return Answer(HTTPStatus.NOT_FOUND, pages.broken(), headers)


def _text(which: str, language: str, sender: Sender | None) -> Answer:
    words = pages.plain(which, language, sender.name if sender else "")
    return Answer(HTTPStatus.OK, words, [("Content-Type", "text/plain; charset=utf-8")])


def _is_read(environ: Environ) -> bool:
    """Whether somebody gets to see the answer: no HEAD, and nothing fetched in advance."""
    return environ["REQUEST_METHOD"] == "GET" and not is_prefetch(environ)


def _language(sender: Sender | None, environ: Environ) -> str:
    """The client's; without one, English for readers whose browser asks for it first."""
    if sender:
        return sender.language
    return "en" if header(environ, "Accept-Language").lower().startswith("en") else "pt_BR"
