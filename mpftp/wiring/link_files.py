"""The link files of the state's campaigns, for trackers on other hosts."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from mpftp.adapters.link_folder import list_link_files, write_link_file
from mpftp.domain.link_files import LinkFile, LinkFileName, format_link_file
from mpftp.domain.messages.merge_fields import merge_fields
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.texts import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from mpftp.adapters.config import ClientTable, Config
    from mpftp.adapters.store.database import Database
    from mpftp.adapters.store.events import CampaignLinks
    from mpftp.adapters.store.link_values import LinkValues


def name_sender(client: ClientTable | None, links: CampaignLinks) -> str:
    """The name by which readers know who sent a campaign."""
    return (client.display_name if client else "") or links.from_name or links.client


def write_missing_link_files(config: Config, db: Database) -> None:
    """Write the link file of each campaign that has none, if the configuration asks for link files."""
    folder = config.tracking.links
    if folder is None:
        return
    from mpftp.adapters.store.link_values import LinkValues

    store = LinkValues(db)
    there = {name.campaign_id for name in list_link_files(folder)} if folder.is_dir() else set()
    for campaign_id in store.campaign_ids():
        if campaign_id not in there:
            _write(config, folder, store, campaign_id)


def rewrite_link_files(config: Config, db: Database, campaign_ids: Collection[int]) -> None:
    """Write the link files of *campaign_ids* anew, where there are link files at all."""
    folder = config.tracking.links
    if folder is None or not folder.is_dir():
        return
    for name in list_link_files(folder):
        if name.campaign_id in campaign_ids:
            (folder / str(name)).unlink()
    write_missing_link_files(config, db)


def _write(config: Config, folder: Path, store: LinkValues, campaign_id: int) -> None:
    links = store.links_of(campaign_id)
    client = config.clients.get(links.client)
    profile = config.profile(client) if client else DEFAULT_PROFILE
    fields = {field.name.casefold() for url in links.links.values() for field in merge_fields(url, profile)}
    columns = tuple(name for name in links.columns if name.casefold() in fields)
    file = LinkFile(
        sender=name_sender(client, links),
        language=client.language if client else DEFAULT_LANGUAGE,
        support=str(config.support.to_domain()),
        merge_open=profile.merge_open,
        merge_close=profile.merge_close,
        links=links.links,
        columns=columns,
    )
    places = [links.columns.index(name) for name in columns]
    first, last = store.span(campaign_id)
    rows = store.rows(campaign_id, places) if places else iter(())
    write_link_file(folder, LinkFileName(campaign_id, first, last), format_link_file(file, rows))
