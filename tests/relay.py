"""Stands between us and an FTP server, and cuts the control connection at a command of the test's choice."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

BEFORE = "before"  # the server never hears of the command
HALF = "half"  # it hears half of it
UNANSWERED = "unanswered"  # it does what it is told, or begins to, and we do not hear of it
WITHIN = "within"  # we hear that a transfer begins, and no more
ANSWERED = "answered"  # we hear the last reply, and no more


class Relay:
    """Passes commands on to the server at *target*; at the *at*-th of all sessions it cuts, as *how* says."""

    def __init__(self, target):
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.at, self.how = None, BEFORE
        self.commands = []
        threading.Thread(target=self._serve, daemon=True).start()

    def arm(self, at=None, how=BEFORE):
        """Cut at the *at*-th command from now; ``None``: never."""
        self.at, self.how = at, how
        self.commands = []

    def close(self):
        self._listener.close()

    def _serve(self):
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                threading.Thread(target=self._session, args=(client,), daemon=True).start()

    def _session(self, client):
        server = socket.create_connection(self._target)
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client, server, suppress(OSError), client.makefile("rb") as asked, server.makefile("rb") as said:
            client.sendall(_reply(said))
            for command in asked:
                self.commands.append(command.split()[0].decode())
                if len(self.commands) - 1 == self.at:
                    self._cut(command, client, server, said)
                    return
                server.sendall(command)
                _pass_replies(said, client)

    def _cut(self, command, client, server, said):
        if self.how == HALF:
            server.sendall(command[: len(command) // 2])
        elif self.how != BEFORE:
            server.sendall(command)
            if self.how == ANSWERED:
                _pass_replies(said, client)
            else:
                first = _reply(said)  # it has taken effect, or begun to
                if self.how == WITHIN:
                    client.sendall(first)


def _pass_replies(said, client):
    """The reply to a command; of a transfer, both."""
    reply = _reply(said)
    client.sendall(reply)
    if reply.startswith(b"1"):
        client.sendall(_reply(said))


def _reply(said):
    """One whole reply, of one line or many (RFC 959, section 4.2)."""
    first = line = whole = said.readline()
    while line and first[3:4] == b"-" and line[:4] != first[:3] + b" ":
        line = said.readline()
        whole += line
    return whole
