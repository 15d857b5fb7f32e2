"""Whether a relay can be used: a connection that carries nothing."""

from __future__ import annotations

import asyncio

from mpftp.adapters.smtp.flight import Flight, LineError, Step
from mpftp.adapters.smtp.hello import connect, context_for
from mpftp.adapters.smtp.line import Line
from mpftp.adapters.smtp.relay import Relay
from mpftp.adapters.smtp.replies import Reply
from mpftp.errors import TransportAwayError, TransportError


class _Nothing:
    """A depot without a message."""

    def take(self, line: Line) -> Flight | None:
        return None

    def launch(self, flight: Flight) -> None:
        raise AssertionError("nothing was taken")

    def answered(self, line: Line, flight: Flight, step: Step, reply: Reply) -> None:
        raise AssertionError("nothing was launched")

    def broken(
        self,
        line: Line,
        error: LineError,
        untouched: list[Flight],
        torn: Flight | None,
        doubtful: Flight | None,
    ) -> None:
        return


def greet(relay: Relay) -> frozenset[str]:
    """Connect, protect the line, log in, and leave; the extensions that *relay* offers.

    Raises ``TransportError`` for what will not pass, ``TransportAwayError`` for what may.
    """
    try:
        return asyncio.run(_greet(relay))
    except LineError as error:
        kind = TransportError if error.lasting else TransportAwayError
        raise kind(str(error), hint="check [smtp] in the configuration, and that the relay is up") from None


async def _greet(relay: Relay) -> frozenset[str]:
    line = await connect(relay, _Nothing(), context_for(relay))
    extensions = frozenset(line.extensions)
    line.leave()
    line.transport.close()
    return extensions
