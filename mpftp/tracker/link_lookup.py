"""What the doors look up on a host without the state: links of campaigns, from their link files."""

from __future__ import annotations

import bisect
import json
import threading
import time
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

from mpftp.adapters.link_folder import list_link_files, read_link_file
from mpftp.domain.link_files import LinkFile, LinkFileName
from mpftp.domain.messages.links import fill_url
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.tokens import TEST_DELIVERY_BASE
from mpftp.tracker.campaigns import PageSender, StateUnavailableError

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
        self._names: dict[LinkFileName, tuple[int, int]] = {}
        self._starts: list[tuple[int, LinkFileName]] = []
        self._campaigns: dict[LinkFileName, _Campaign | None] = {}

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
        if name is not None and name not in self._campaigns:
            if len(self._campaigns) >= MAX_FILES:
                self._campaigns.clear()
            self._campaigns[name] = self._load(name)
        campaign = self._campaigns.get(name) if name else None
        if campaign is None:
            raise StateUnavailableError("no link file has this delivery")
        return campaign

    def _name_of(self, delivery_id: int) -> LinkFileName | None:
        if delivery_id >= TEST_DELIVERY_BASE:
            of_test = delivery_id - TEST_DELIVERY_BASE
            return next((name for name in self._names if name.campaign_id == of_test), None)
        index = bisect.bisect_right(self._starts, delivery_id, key=itemgetter(0)) - 1
        name = self._starts[index][1] if index >= 0 else None
        return name if name and delivery_id <= name.last else None

    def _load(self, name: LinkFileName) -> _Campaign | None:
        file = read_link_file(self._folder, name)
        if file is None:
            return None
        brackets = replace(DEFAULT_PROFILE, merge_open=file.merge_open, merge_close=file.merge_close)
        return _Campaign(name, file, brackets)

    def _list_files(self) -> None:
        """See what came into the folder, or was replaced, once a second."""
        if time.monotonic() < self._check_at or not self._looking.acquire(blocking=False):
            return
        try:
            there = list_link_files(self._folder)
            for name in list(self._campaigns):
                if there.get(name) != self._names.get(name):
                    del self._campaigns[name]
            self._names = there
            self._starts = sorted((name.first, name) for name in there)
            self._check_at = time.monotonic() + FOLDER_CHECK_SECONDS
        except OSError as error:
            raise StateUnavailableError(f"{self._folder}: {error.strerror}") from error
        finally:
            self._looking.release()


def _fields(campaign: _Campaign, delivery_id: int) -> dict[str, str]:
    """The values that the links of this delivery's message need; those of a test message are empty."""
    columns, index = campaign.file.columns, delivery_id - campaign.name.first
    if not columns or not 0 <= index < len(campaign.file.values):
        return dict.fromkeys(columns, "")
    return dict(zip(columns, json.loads(campaign.file.values[index]), strict=True))
