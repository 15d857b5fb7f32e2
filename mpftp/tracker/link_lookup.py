"""What the handlers look up on a host without the state: links of campaigns, from their link files."""

from __future__ import annotations

import bisect
import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from mpftp.adapters.link_folder import list_link_files, read_link_file
from mpftp.domain.link_files import LinkFile, LinkFileName
from mpftp.domain.messages.links import fill_url
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.tokens import TEST_DELIVERY_BASE
from mpftp.tracker.campaigns import PageSender, StateUnavailableError

log = logging.getLogger("mpftp.track")

FOLDER_CHECK_SECONDS = 1.0  # seconds after which the folder is looked at again
MAX_FILES = 500  # campaigns whose links are kept in memory


@dataclass(frozen=True, slots=True)
class _Campaign:
    name: LinkFileName
    file: LinkFile
    profile: Profile


class LinkLookup:
    """Look-ups in the link files of one folder, for any number of threads.

    A file that comes, or is replaced, is seen within a second. What no link file tells, such as the web
    copy of a message, is told by the tracker at *home_url*, if there is one.
    """

    def __init__(self, folder: Path, home_url: str = "") -> None:
        self._folder = folder
        self._home_url = home_url
        self._looking = threading.Lock()
        self._check_at = 0.0
        self._names: dict[LinkFileName, tuple[int, int, int]] = {}
        self._starts: list[tuple[int, LinkFileName]] = []
        self._campaigns: dict[LinkFileName, _Campaign | None] = {}
        self._changed: set[LinkFileName] = set()
        self._obstacle = ""
        self._unread: dict[LinkFileName, int | None] = {}  # by which error, to tell of it once

    def destination(self, delivery_id: int, link_number: int) -> str | None:
        """Where that link leads this contact; ``None`` when there is no such link."""
        campaign = self._find(delivery_id)
        template = campaign.file.links.get(link_number)
        if template is None:
            return None
        return fill_url(template, _fields(campaign, delivery_id), campaign.profile) or None

    def sender(self, delivery_id: int) -> PageSender | None:
        """Who sent the message of this delivery."""
        file = self._find(delivery_id).file
        return PageSender(file.sender, file.language, file.support)

    def web_copy(self, delivery_id: int) -> str | None:
        """No link file has it. Raises ``StateUnavailableError``."""
        raise StateUnavailableError("the web copy needs the state")

    def home_url(self) -> str:
        """Return the URL of the tracker beside the state, ``""`` if none is configured."""
        return self._home_url

    def _find(self, delivery_id: int) -> _Campaign:
        """The campaign that has this delivery. Raises ``StateUnavailableError`` while no file tells."""
        self._list_files()
        name = self._name_of(delivery_id)
        campaign = self._campaign(name) if name else None
        if campaign is None:
            raise StateUnavailableError("no link file has this delivery")
        return campaign

    def _campaign(self, name: LinkFileName) -> _Campaign | None:
        """Return that campaign from memory, else from its file.

        What is known holds while its changed file cannot be read or is not whole. Another thread may
        empty the memory meanwhile.
        """
        try:
            known = self._campaigns[name]
            if name not in self._changed:
                return known
        except KeyError:
            known = None
            if len(self._campaigns) >= MAX_FILES:
                self._campaigns.clear()
        self._changed.discard(name)
        campaign = self._campaigns[name] = self._load(name) or known
        return campaign

    def _name_of(self, delivery_id: int) -> LinkFileName | None:
        if delivery_id >= TEST_DELIVERY_BASE:
            of_test = delivery_id - TEST_DELIVERY_BASE
            return next((name for name in self._names if name.campaign_id == of_test), None)
        index = bisect.bisect_right(self._starts, delivery_id, key=itemgetter(0)) - 1
        name = self._starts[index][1] if index >= 0 else None
        return name if name and delivery_id <= name.last else None

    def _load(self, name: LinkFileName) -> _Campaign | None:
        try:
            file = read_link_file(self._folder, name)
        except OSError as error:
            if self._unread.get(name) != error.errno:
                log.warning("%s: cannot be read: %s", self._folder / str(name), error.strerror)
            self._unread[name] = error.errno
            return None
        self._unread.pop(name, None)
        if file is None:
            return None
        brackets = DEFAULT_PROFILE._replace(merge_open=file.merge_open, merge_close=file.merge_close)
        return _Campaign(name, file, brackets)

    def _list_files(self) -> None:
        """See what came into the folder, or was replaced, once a second; what is known holds until then."""
        if time.monotonic() < self._check_at or not self._looking.acquire(blocking=False):
            return
        try:
            there = list_link_files(self._folder)
        except OSError as error:
            self._tell(f"{error.strerror}; its campaigns that are known are served, new ones wait")
        else:
            self._tell("")
            self._note_changed(there)
            self._names = there
            self._starts = sorted((name.first, name) for name in there)
        finally:
            self._check_at = time.monotonic() + FOLDER_CHECK_SECONDS
            self._looking.release()

    def _note_changed(self, there: Mapping[LinkFileName, tuple[int, int, int]]) -> None:
        """Note the campaigns whose files are to be read again, drop those without one."""
        for name in list(self._campaigns):
            if name not in there:
                self._campaigns.pop(name, None)
            elif name in self._unread or there[name] != self._names.get(name):
                self._changed.add(name)

    def _tell(self, obstacle: str) -> None:
        """Log what is in the way of the folder when it begins and when it is over, not each second."""
        if obstacle == self._obstacle:
            return
        self._obstacle = obstacle
        if obstacle:
            log.error("%s: cannot be read: %s", self._folder, obstacle)
        else:
            log.info("%s: can be read again", self._folder)


def _fields(campaign: _Campaign, delivery_id: int) -> dict[str, str]:
    """The values that the links of this delivery's message need; those of a test message are empty."""
    columns, index = campaign.file.columns, delivery_id - campaign.name.first
    if not columns or not 0 <= index < len(campaign.file.values):
        return dict.fromkeys(columns, "")
    return dict(zip(columns, json.loads(campaign.file.values[index]), strict=True))
