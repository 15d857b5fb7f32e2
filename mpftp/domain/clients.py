"""Who a client is: by name in the configuration and the state, and by the place where its files lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_DEFAULT_PORTS = {"ftp": 21, "ftps": 990, "sftp": 22}


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client as the state knows it; *place* is where its files lay when it was last to be visited.

    *is_removed*: an operator gave the name up. *has_memory*: it has campaigns or suppressed addresses.
    """

    name: str
    place: str = ""
    is_removed: bool = False
    has_memory: bool = True


def format_place(endpoint: str, directory: str, port: int | None) -> str:
    """Where a client's files lie on a server, in one spelling; neither login nor kind of protocol are in it.

    A server that takes up TLS is the same server.
    """
    url = urlsplit(endpoint)
    port_number = port or url.port or _DEFAULT_PORTS.get(url.scheme)
    port_part = "" if port_number == _DEFAULT_PORTS.get(url.scheme) else f":{port_number}"
    folder = (directory or unquote(url.path)).strip("/").removeprefix("./")
    return f"{(url.hostname or '').rstrip('.')}{port_part}/{folder}"


def find_successors(configured: Mapping[str, str], known: Iterable[KnownClient]) -> dict[str, str]:
    """Which configured clients may be others under a new name: the name, and the name that vanished.

    *configured* are names and places. Such a client is one that was not at its place before, where the
    files of one lay that has left the configuration: what lies there was processed under that name.
    """
    earlier = {client.name: client for client in known}
    vanished = {
        client.place: client.name
        for client in earlier.values()
        if client.place and client.has_memory and not client.is_removed and client.name not in configured
    }
    return {
        name: vanished[place]
        for name, place in configured.items()
        if place in vanished and (name not in earlier or earlier[name].place != place)
    }


def find_copies(
    shared: Iterable[Sequence[str]], configured: Mapping[str, str], known: Iterable[KnownClient]
) -> dict[str, str]:
    """Which configured clients are new where another one is: the name, and the other's.

    *shared* are names of clients with one login and one place, *configured* names and places. What lies
    there is of the one that was there before, else of the first; it would be mailed once for each.
    """
    earlier = {client.name: client.place for client in known}
    copies: dict[str, str] = {}
    for names in shared:
        were_there = [name for name in names if earlier.get(name) == configured[name]]
        first = [*were_there, *names][0]
        copies.update((name, first) for name in names if name not in were_there and name != first)
    return copies
