"""A client's name stands in the configuration, the state and the spool: what keeps the three in step."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mpftp.adapters.store.clients import ClientStore
from mpftp.domain.clients import find_copies, find_successors, format_place
from mpftp.errors import MpftpError

if TYPE_CHECKING:
    from pathlib import Path

    from mpftp.adapters.config import ClientTable, Config
    from mpftp.adapters.config.edit import ConfigDraft
    from mpftp.adapters.store.database import Database


def client_place(client: ClientTable) -> str:
    """Where the files of *client* lie, in one spelling; links to a folder here are followed."""
    url = urlsplit(client.endpoint)
    if url.scheme == "file":
        return f"file:{os.path.realpath(local_folder(client))}"
    return format_place(client.endpoint, client.directory, client.port)


def local_folder(client: ClientTable) -> str:
    """Return the folder of a *client* with ``file:///FOLDER``, which is the root of its directory."""
    return os.path.join(unquote(urlsplit(client.endpoint).path), client.directory.lstrip("/"))


def client_places(config: Config) -> dict[str, str]:
    """The place of every configured client, by name."""
    return {name: client_place(client) for name, client in config.clients.items()}


def find_unvisitable(config: Config, db: Database) -> dict[str, MpftpError]:
    """The configured clients that seem to be others, and what is to be done about each."""
    places, known = client_places(config), ClientStore(db).known_clients()
    copies = find_copies(find_shared_places(config, resting=True), places, known)
    successors = find_successors(places, known)
    return {
        new: MpftpError(
            f"not visited: it has the server, login and directory of {other!r}, and what lies there would be"
            " mailed again",
            hint="give it a login or a directory of its own, or take out one of the two sections",
        )
        for new, other in copies.items()
    } | {
        new: MpftpError(
            f"not visited: the server and directory are those of {old!r}, which is no longer in the"
            " configuration, and what lies there would be mailed again",
            hint=f"the same client under a new name: mpftp client rename {old} {new}; another client: mpftp"
            f" client remove {old}",
        )
        for new, old in successors.items()
    }


def record_places(config: Config, db: Database, names: Iterable[str]) -> None:
    """Note the places of the clients called *names*, where nothing stands against a visit."""
    ClientStore(db).record_places({name: client_place(config.clients[name]) for name in names})


def find_shared_places(config: Config, *, resting: bool = False) -> list[list[str]]:
    """The clients in the same place as others, also *resting* ones; each login of a server has its files."""
    shared: dict[tuple[str, str], list[str]] = {}
    for name, place in client_places(config).items():
        if (client := config.clients[name]).enabled or resting:
            shared.setdefault((place, client.user), []).append(name)
    return [names for names in shared.values() if len(names) > 1]


def rename_in_state_and_config(
    config: Config, db: Database, draft: ConfigDraft | None, old: str, new: str
) -> None:
    """Call the client *old* *new*, in the configuration by its *draft* (``None``: it says so already).

    After a kill at any moment the next command that opens the state ends it, or drops it when the
    configuration was not changed yet.
    """
    store = ClientStore(db)
    store.plan_rename(old, new)
    if draft is not None:
        try:
            draft.put_in_place()
        except OSError:
            store.drop_rename()
            raise
    _complete(store, config, old, new)


def finish_rename(db: Database, config: Config) -> None:
    """End a renaming that a kill cut off, as the configuration says."""
    store = ClientStore(db)
    planned = store.planned_rename()
    if planned is None:
        return
    old, new = planned
    if new in config.clients and old not in config.clients:
        _complete(store, config, old, new)
    else:
        store.drop_rename()


def _complete(store: ClientStore, config: Config, old: str, new: str) -> None:
    originals = config.spool_dir / "originals"
    _move_into(originals / old, originals / new)
    store.rename(old, new)


def _move_into(source: Path, target: Path) -> None:
    """Move the folders in *source* to *target*, leaving alone what is there of the same name."""
    if not source.is_dir():
        return
    target.mkdir(exist_ok=True)
    for folder in list(source.iterdir()):
        if not (target / folder.name).exists():
            folder.rename(target / folder.name)
    with suppress(OSError):
        source.rmdir()
