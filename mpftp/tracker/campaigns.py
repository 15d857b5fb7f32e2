"""What the handlers look up in the state file: read only, never waiting long, cached by campaign."""

from __future__ import annotations

import bisect
import json
import logging
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

from mpftp.adapters.config import Config
from mpftp.adapters.store.database import Database
from mpftp.adapters.store.events import CampaignLinks, EventStore
from mpftp.domain.messages import merge_fields
from mpftp.domain.messages.compiler import Template, compile_message
from mpftp.domain.messages.links import fill_url
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.texts import DEFAULT_LANGUAGE
from mpftp.domain.tokens import TEST_DELIVERY_BASE, TokenKind
from mpftp.errors import MpftpError
from mpftp.wiring.link_files import name_sender
from mpftp.wiring.sending import build_message_context

log = logging.getLogger("mpftp.track")

BUSY_TIMEOUT_SECONDS = 0.2  # seconds that a reader may wait for the state
RETRY_AFTER_SECONDS = 1.0  # seconds before a state that could not be read is tried again
FILE_CHECK_SECONDS = 0.25  # seconds for which the state file is taken to be the same file
MAX_CAMPAIGNS = 2000  # campaigns whose links are kept in memory
MAX_TEMPLATES = 50  # campaigns whose compiled message is

ResultT = TypeVar("ResultT")
CachedT = TypeVar("CachedT")


class StateUnavailableError(Exception):
    """The state cannot be read just now."""


@dataclass(frozen=True, slots=True)
class PageSender:
    """Who sent a message: the name that its reader knows, the language of the pages, whom to ask."""

    name: str
    language: str
    support: str = ""


@dataclass(frozen=True, slots=True)
class _Campaign:
    """A campaign as the handlers know it.

    *constant_urls* are the addresses of links without a merge field, *link_columns* the columns that
    the others name, and their places.
    """

    id: int
    campaign_links: CampaignLinks
    sender: PageSender
    profile: Profile
    constant_urls: Mapping[int, str]
    link_columns: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Contact:
    """Whose delivery it is; *values* is a JSON array in the order of the campaign's columns."""

    campaign: _Campaign
    email: str
    values: str

    def fields(self) -> dict[str, str]:
        """The values that links need, which are few: a click is to cost little."""
        values = json.loads(self.values)
        return {name: values[index] for name, index in self.campaign.link_columns if index < len(values)}


class CampaignCache:
    """Look-ups for any number of threads, each with a connection of its own, opened when needed.

    A connection that is kept open is also what keeps the state readable while another program
    writes: in WAL mode readers never wait. Every method raises ``StateUnavailableError``.
    """

    def __init__(self, config: Config, sign: Callable[[TokenKind, int, int], str]) -> None:
        """*sign* makes the tokens of the links in a web copy."""
        self._config = config
        self._sign = sign
        self._thread_local = threading.local()
        self._campaigns: dict[int, _Campaign] = {}
        self._templates: dict[int, Template] = {}
        self._ranges: list[tuple[int, _Campaign]] = []
        self._cached_from: tuple[int, int] | None = None
        self._retry_at = 0.0

    def destination(self, delivery_id: int, link_number: int) -> str | None:
        """Where that link leads this contact: an ASCII URL; ``None`` when there is no such link."""
        campaign = self._find_cached(delivery_id)
        if campaign and link_number in campaign.constant_urls:
            return campaign.constant_urls[link_number] or None
        contact = self._contact(delivery_id)
        if contact is None:
            return None
        campaign = contact.campaign
        template = campaign.campaign_links.links.get(link_number)
        return fill_url(template, contact.fields(), campaign.profile) or None if template else None

    def sender(self, delivery_id: int) -> PageSender | None:
        """Who sent the message of this delivery; ``None`` when the state does not know it."""
        contact = self._contact(delivery_id)
        return contact.campaign.sender if contact else None

    def web_copy(self, delivery_id: int) -> str | None:
        """The message as this contact got it, as HTML; ``None`` when the state does not know it."""
        contact = self._contact(delivery_id)
        template = self._template(contact.campaign) if contact else None
        if contact is None or template is None:
            return None
        return template.web_copy(delivery_id, contact.email, json.loads(contact.values))

    def home_url(self) -> str:
        """Nowhere: the state is here."""
        return ""

    def _find_cached(self, delivery_id: int) -> _Campaign | None:
        """The campaign in memory that has this delivery: no look at the state, no wait."""
        now = time.monotonic()
        if now >= self._retry_at:
            self._retry_at = now + FILE_CHECK_SECONDS
            self._drop_unless_from(self._identity())
        ranges = self._ranges
        index = bisect.bisect_right(ranges, delivery_id, key=itemgetter(0)) - 1
        if index < 0 or delivery_id not in ranges[index][1].campaign_links.deliveries:
            return None
        return ranges[index][1]

    def _contact(self, delivery_id: int) -> _Contact | None:
        if delivery_id >= TEST_DELIVERY_BASE:  # a test message: a campaign, and no contact
            canary = self._campaign(delivery_id - TEST_DELIVERY_BASE)
            blanks = json.dumps([""] * len(canary.campaign_links.columns)) if canary else ""
            return _Contact(canary, "", blanks) if canary else None
        owner = self._query(lambda events: events.find_contact(delivery_id))
        campaign = self._campaign(owner[0]) if owner else None
        return _Contact(campaign, owner[1], owner[2]) if owner and campaign else None

    def _campaign(self, campaign_id: int) -> _Campaign | None:
        campaign = self._campaigns.get(campaign_id)
        if campaign is None:
            targets = self._query(lambda events: events.find_links_data(campaign_id))
            if targets is None:
                return None
            campaign = self._build_campaign(campaign_id, targets)
            _cache_value(self._campaigns, campaign_id, campaign, MAX_CAMPAIGNS)
            self._sort_ranges()
        return campaign

    def _sort_ranges(self) -> None:
        known = list(self._campaigns.values())
        with_range = [each for each in known if each.campaign_links.deliveries]
        self._ranges = sorted(
            ((each.campaign_links.deliveries.start, each) for each in with_range), key=itemgetter(0)
        )

    def _build_campaign(self, campaign_id: int, targets: CampaignLinks) -> _Campaign:
        client = self._config.clients.get(targets.client)
        profile = self._config.profile(client) if client else DEFAULT_PROFILE
        sender = PageSender(
            name_sender(client, targets),
            client.language if client else DEFAULT_LANGUAGE,
            str(self._config.support.to_domain()),
        )
        fields = {
            link_number: merge_fields.merge_fields(url, profile) for link_number, url in targets.links.items()
        }
        fixed = {
            link_number: fill_url(targets.links[link_number], {}, profile)
            for link_number, url_fields in fields.items()
            if not url_fields
        }
        names = {field.name.casefold() for url_fields in fields.values() for field in url_fields}
        columns = enumerate(targets.columns)
        needed = tuple((name, index) for index, name in columns if name.casefold() in names)
        return _Campaign(campaign_id, targets, sender, profile, fixed, needed)

    def _template(self, campaign: _Campaign) -> Template | None:
        template = self._templates.get(campaign.id)
        if template is None:
            letter = self._query(lambda events: events.find_message(campaign.id))
            if letter is None:
                return None
            message_context = build_message_context(
                self._config,
                campaign.campaign_links.links,
                self._sign,
                campaign.profile,
                campaign.sender.language,
            )
            try:
                template = compile_message(
                    letter.settings, letter.html, campaign.campaign_links.columns, message_context
                )
            except MpftpError as error:  # the client's profile is another one now
                raise StateUnavailableError(error.message) from error
            _cache_value(self._templates, campaign.id, template, MAX_TEMPLATES)
        return template

    def _query(self, question: Callable[[EventStore], ResultT]) -> ResultT:
        """Ask the state *question*; for a while after a failure raise ``StateUnavailableError`` at once."""
        now = time.monotonic()
        if now < getattr(self._thread_local, "not_before", 0.0):
            raise StateUnavailableError("it could not be read a moment ago")
        try:
            if now >= getattr(self._thread_local, "good_until", 0.0):
                self._open()
                self._thread_local.good_until = now + FILE_CHECK_SECONDS
            return question(self._thread_local.events)
        except (MpftpError, OSError) as error:
            self._forget()
            self._thread_local.not_before = time.monotonic() + RETRY_AFTER_SECONDS
            log.warning("the state cannot be read: %s", error)
            raise StateUnavailableError(str(error)) from error

    def _open(self) -> None:
        """Open the thread's state; anew when another file stands in its place."""
        identity = self._identity()
        known = getattr(self._thread_local, "identity", None)
        if known is not None and identity in (known, None):
            return  # None: moved away under us, and what is open is still good
        self._forget()
        self._drop_unless_from(identity)
        self._thread_local.database = Database(
            self._config.state, read_only=True, busy_seconds=BUSY_TIMEOUT_SECONDS
        )
        self._thread_local.events = EventStore(self._thread_local.database)
        # A thread that ends lets go of its file.
        weakref.finalize(self._thread_local.events, _close, self._thread_local.database).atexit = False
        self._thread_local.identity = self._cached_from = identity

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self._config.state.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _drop_unless_from(self, identity: tuple[int, int] | None) -> None:
        """Forget what was read from a state file in whose place there is another one now."""
        if identity and self._cached_from and identity != self._cached_from:
            self._campaigns.clear()
            self._templates.clear()
            self._ranges = []

    def _forget(self) -> None:
        if database := getattr(self._thread_local, "database", None):
            database.close()
        self._thread_local.database = self._thread_local.identity = None
        self._thread_local.good_until = 0.0


def _cache_value(cache: dict[int, CachedT], campaign_id: int, value: CachedT, limit: int) -> None:
    """Put *value* into *cache*, which starts afresh when it is full."""
    if len(cache) >= limit:
        cache.clear()
    cache[campaign_id] = value


def _close(database: Database) -> None:
    with suppress(Exception):  # another thread may collect what this one left; SQLite closes it then
        database.close()
