"""The web front end: a WSGI application for opens, clicks, opt-outs and web copies.

``mpftp.tracker:application`` serves under any WSGI server; it reads the configuration that
``MPFTP_CONFIG`` names when the first request comes. ``build_tracker`` makes one of a given configuration.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from mpftp.adapters.config import Config, find_config, load_config
from mpftp.adapters.event_log import EventLogWriter
from mpftp.domain.clock import Clock, make_clock, system_clock
from mpftp.domain.machines import parse_networks
from mpftp.tracker.campaigns import CampaignCache
from mpftp.tracker.handlers import CampaignLookup, Tracker, TrackerDependencies
from mpftp.tracker.link_lookup import LinkLookup
from mpftp.tracker.wsgi import Environ, StartResponse
from mpftp.wiring.tracking import open_keyring

_built: list[Tracker] = []
_building = threading.Lock()


def build_tracker(config: Config, clock: Clock = system_clock, links: Path | None = None) -> Tracker:
    """The application for *config*; with *links*, one that needs no state but that folder of link files.

    Raises ``ConfigError`` when the signing keys cannot be used.
    """
    keyring = open_keyring(config)
    lookup: CampaignLookup = CampaignCache(config, keyring.sign)
    if links is not None:
        lookup = LinkLookup(links, config.tracking.home_url)
    return Tracker(
        TrackerDependencies(
            verify=keyring.verify,
            log=EventLogWriter(config.spool_dir / "events"),
            lookup=lookup,
            clock=clock,
            base_path=urlsplit(config.tracking.base_url).path.rstrip("/"),
            proxies=parse_networks(config.tracking.proxies),
        )
    )


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI application, built from the environment when the first request comes."""
    if not _built:
        with _building:
            if not _built:
                _built.append(_from_environment())
    return _built[0](environ, start_response)


def _from_environment() -> Tracker:
    path, now = os.environ.get("MPFTP_CONFIG"), os.environ.get("MPFTP_NOW")
    config = load_config(find_config(Path(path) if path else None))
    return build_tracker(config, make_clock(datetime.fromisoformat(now)) if now else system_clock)
