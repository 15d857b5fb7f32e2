"""What the doors look up in the state file: read only, patient for a blink, cached by campaign."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mpftp.adapters.config import Config
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import Events, Reader
from mpftp.domain.links import fill
from mpftp.domain.message import Mailing, Template, compile_message
from mpftp.domain.profile import DEFAULT, Profile
from mpftp.domain.tokens import Kind
from mpftp.errors import MpftpError

log = logging.getLogger("mpftp.track")

PATIENCE = 0.2  # seconds that a reader may wait for the state
PAUSE = 1.0  # seconds before a state that could not be read is tried again
MAX_CAMPAIGNS = 2000  # campaigns whose links are kept in memory
MAX_TEMPLATES = 50  # campaigns whose compiled message is

Found = TypeVar("Found")
Kept = TypeVar("Kept")


class AwayError(Exception):
    """The state cannot be read just now."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message: the name that its reader knows, and the language of the pages."""

    name: str
    language: str


class Archive:
    """Look-ups for any number of threads, each with a connection of its own, opened when needed.

    A connection that is kept open is also what keeps the state readable while another program
    writes: in WAL mode readers wait for nobody. Every method raises ``AwayError``.
    """

    def __init__(self, config: Config, sign: Callable[[Kind, int, int], str]) -> None:
        """*sign* makes the tokens of the links in a web copy."""
        self._config = config
        self._sign = sign
        self._mine = threading.local()
        self._links: dict[int, dict[int, str]] = {}
        self._templates: dict[int, Template] = {}

    def destination(self, delivery_id: int, number: int) -> str | None:
        """Where link *number* leads this contact: an ASCII URL; ``None`` when there is no such link."""
        reader = self._reader(delivery_id)
        if reader is None:
            return None
        template = self._links_of(reader.campaign_id).get(number)
        return fill(template, reader.fields, self._profile(reader)) or None if template else None

    def sender(self, delivery_id: int) -> Sender | None:
        """Who sent the message of this delivery; ``None`` when the state does not know it."""
        reader = self._reader(delivery_id)
        if reader is None:
            return None
        client = self._config.clients.get(reader.client)
        if client is None:
            return Sender(reader.client, "pt_BR")
        return Sender(client.display_name or reader.client, client.language)

    def web_copy(self, delivery_id: int) -> str | None:
        """The message as this contact got it, as HTML; ``None`` when the state does not know it."""
        reader = self._reader(delivery_id)
        template = self._template(reader) if reader else None
        if reader is None or template is None:
            return None
        return template.web_copy(delivery_id, reader.email, list(reader.fields.values()))

    def _template(self, reader: Reader) -> Template | None:
        template = self._templates.get(reader.campaign_id)
        if template is None:
            letter = self._ask(lambda events: events.letter(reader.campaign_id))
            if letter is None:
                return None
            try:
                template = compile_message(
                    letter.settings, letter.html, letter.columns, self._mailing(reader)
                )
            except MpftpError as error:  # the client's profile is another one now
                raise AwayError(error.what) from error
            _keep(self._templates, reader.campaign_id, template, MAX_TEMPLATES)
        return template

    def _mailing(self, reader: Reader) -> Mailing:
        client = self._config.clients.get(reader.client)
        return Mailing(
            base_url=self._config.tracking.base_url,
            bounce_address=self._config.bounces.address,
            sign=self._sign,
            links=tuple(url for _, url in sorted(self._links_of(reader.campaign_id).items())),
            profile=self._profile(reader),
            language=client.language if client else "pt_BR",
        )

    def _reader(self, delivery_id: int) -> Reader | None:
        return self._ask(lambda events: events.reader(delivery_id))

    def _profile(self, reader: Reader) -> Profile:
        client = self._config.clients.get(reader.client)
        return self._config.profile(client) if client else DEFAULT

    def _links_of(self, campaign_id: int) -> dict[int, str]:
        links = self._links.get(campaign_id)
        if links is None:
            links = self._ask(lambda events: events.links(campaign_id))
            _keep(self._links, campaign_id, links, MAX_CAMPAIGNS)
        return links

    def _ask(self, question: Callable[[Events], Found]) -> Found:
        """Put *question* to the state; after a failure, at once ``AwayError`` for a short while."""
        if time.monotonic() < getattr(self._mine, "not_before", 0.0):
            raise AwayError("it could not be read a moment ago")
        try:
            return question(self._events())
        except (MpftpError, OSError) as error:
            self._forget()
            self._mine.not_before = time.monotonic() + PAUSE
            log.warning("the state cannot be read: %s", error)
            raise AwayError(str(error)) from error

    def _events(self) -> Events:
        """The thread's open state; opened anew when another file stands in its place."""
        known = getattr(self._mine, "identity", None)
        try:
            status = self._config.state.stat()
            identity = status.st_dev, status.st_ino
        except FileNotFoundError:
            if known is None:
                raise
            identity = known  # moved away under us; what is open is still good
        if identity != known:
            self._forget()
            self._mine.database = Database(self._config.state, read_only=True, patience=PATIENCE)
            self._mine.identity = identity
            self._links.clear()
            self._templates.clear()
        return Events(self._mine.database)

    def _forget(self) -> None:
        if database := getattr(self._mine, "database", None):
            database.close()
        self._mine.database = self._mine.identity = None


def _keep(cache: dict[int, Kept], campaign_id: int, value: Kept, limit: int) -> None:
    """Put *value* into *cache*, which starts afresh when it is full."""
    if len(cache) >= limit:
        cache.clear()
    cache[campaign_id] = value
