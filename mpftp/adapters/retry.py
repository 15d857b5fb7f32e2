"""Trying again, within one visit, what may pass: a busy server, a broken line, a late answer."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from mpftp.domain.endpoint import Endpoint, EndpointUnreachableError, FileChangedError, RemoteListing
from mpftp.errors import EndpointUnavailableError

log = logging.getLogger("mpftp.endpoint")

RETRY_DELAYS_SECONDS = (1.0, 4.0, 12.0)
"""Seconds before the second, third and fourth try, each drawn between half and one and a half of it."""

Result = TypeVar("Result")


class RetryingEndpoint:
    """An ``Endpoint`` that repeats each action of *endpoint* while its failure may pass.

    After a failure *endpoint* starts a new session by itself. Nothing is repeated that would not
    start within *seconds* of this object's making, nor when there is no answer at the address.
    The log names *client*.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        seconds: float,
        *,
        client: str = "",
        pauses: Sequence[float] = RETRY_DELAYS_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._client = client
        self._pauses = pauses
        self._sleep = sleep
        self._ends = time.monotonic() + seconds

    def _retry(self, action: Callable[[bool], Result]) -> Result:
        """Call *action* until it succeeds; it is told whether this is a repetition."""
        again = False
        for pause in self._pauses:
            try:
                return action(again)
            except (FileChangedError, EndpointUnreachableError):
                raise
            except EndpointUnavailableError as error:
                wait = pause * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
                if time.monotonic() + wait >= self._ends:
                    raise
                about = {"client": self._client}
                log.info("%s; trying again in %.1f seconds", error.message, wait, extra=about)
                self._sleep(wait)
                again = True
        return action(again)

    def list(self) -> RemoteListing:
        """As of the endpoint."""
        return self._retry(lambda again: self._endpoint.list())

    def modified(self, name: str) -> datetime | None:
        """As of the endpoint."""
        return self._retry(lambda again: self._endpoint.modified(name))

    def download(self, name: str, target: Path, *, size: int | None = None, resume: bool = False) -> None:
        """As of the endpoint; a repetition goes on where the line broke."""
        self._retry(lambda again: self._endpoint.download(name, target, size=size, resume=resume or again))

    def upload(self, source: Path, name: str) -> None:
        """As of the endpoint, each time from the start."""
        self._retry(lambda again: self._endpoint.upload(source, name))

    def rename(self, old: str, new: str) -> None:
        """As of the endpoint; only the answer may have been lost."""

        def action(again: bool) -> None:
            if again and self._endpoint.size(old) is None and self._endpoint.size(new) is not None:
                return
            self._endpoint.rename(old, new)

        self._retry(action)

    def move(self, name: str, directory: str) -> None:
        """As of the endpoint; only the answer may have been lost."""

        def action(again: bool) -> None:
            if again and self._endpoint.size(name) is None:
                return
            self._endpoint.move(name, directory)

        self._retry(action)

    def delete(self, name: str) -> None:
        """As of the endpoint."""
        self._retry(lambda again: self._endpoint.delete(name))

    def size(self, name: str) -> int | None:
        """As of the endpoint."""
        return self._retry(lambda again: self._endpoint.size(name))

    def close(self) -> None:
        """As of the endpoint."""
        self._endpoint.close()
