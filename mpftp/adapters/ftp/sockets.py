"""Sockets that wait no longer than they may, however slowly the other side goes."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

KEEPALIVE_SECONDS = 2  # of silence before a probe: a NAT forgets a connection that is idle for too long
KEEPALIVE_PROBES = 30

SecondsLeft = Callable[[], float]
"""How long the next step may take; raises ``TimeoutError`` when time is over."""

Address = tuple[Any, ...]


def find_addresses(host: str, port: int, seconds: float) -> list[tuple[int, Address]]:
    """The (family, address) pairs of *host*, found within *seconds*; the resolver has a limit of its own.

    Raises ``OSError`` when there are none, ``TimeoutError`` when it takes longer.
    """
    with suppress(socket.gaierror, ValueError):  # a number needs no name server
        return _ask_for_addresses(host, port, socket.AI_NUMERICHOST)
    results: list[list[tuple[int, Address]] | Exception] = []

    def ask() -> None:
        try:
            results.append(_ask_for_addresses(host, port))
        except (OSError, ValueError) as error:
            results.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not results:
        raise TimeoutError("the name server did not answer in time")
    if isinstance(results[0], Exception):
        raise results[0]
    return results[0]


def _ask_for_addresses(host: str, port: int, flags: int = 0) -> list[tuple[int, Address]]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, address) for family, _, _, _, address in answers]


def dial(host: str, port: int, seconds_left: SecondsLeft) -> socket.socket:
    """Connect to the first address of *host* that answers. Raises ``OSError``."""
    last: OSError | None = None
    for family, address in find_addresses(host, port, seconds_left()):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(seconds_left())
            sock.connect(address)
        except OSError as error:
            sock.close()
            last = error
        else:
            _keep_alive(sock)
            return sock
    raise last or OSError(f"{host} has no address")


def _keep_alive(sock: socket.socket) -> None:
    """Let the kernel send keep-alive packets, so that no firewall forgets an idle connection."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_SECONDS),
        ("TCP_KEEPINTVL", KEEPALIVE_SECONDS),
        ("TCP_KEEPCNT", KEEPALIVE_PROBES),
    ):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def limit_wait(sock: socket.socket, seconds: float) -> None:
    """Let each further step of *sock* take *seconds*; the same again costs no call of the system."""
    if sock.gettimeout() != seconds:
        sock.settimeout(seconds)


def has_arrived(sock: socket.socket) -> bool:
    """Whether bytes, or the end, of *sock* can be taken without waiting. Not for TLS, which holds some."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def listen_beside(control: socket.socket) -> socket.socket:
    """A listening socket at the address that the server of *control* knows us by."""
    host = control.getsockname()[0]
    return socket.create_server((host, 0), family=control.family, backlog=1)


def send_all(sock: socket.socket, data: bytes, seconds_left: SecondsLeft) -> None:
    """Send *data*; a slow line may take as long as some of it goes out in time."""
    remainder = memoryview(data)
    while remainder:
        limit_wait(sock, seconds_left())
        remainder = remainder[sock.send(remainder) :]
