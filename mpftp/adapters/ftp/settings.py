"""How to reach a client's directory on an FTP or FTPS server."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Security = Literal["plain", "offered", "explicit", "implicit"]
"""No TLS; AUTH TLS if the server takes it; AUTH TLS or nothing; TLS from the first byte."""


@dataclass(frozen=True, slots=True)
class FtpSettings:
    """How to reach one directory of one server. Times are in seconds, *visit_seconds* for all sessions.

    *client* is whose server it is, for the log.
    """

    client: str
    host: str
    port: int
    user: str
    password: Callable[[], str] = field(repr=False)
    directory: str
    security: Security
    verify: bool
    ca_file: Path | None
    passive: bool
    encoding: str
    timeout: float
    visit_seconds: float

    def context(self) -> ssl.SSLContext:
        """What is demanded of the server's certificate."""
        context = ssl.create_default_context(cafile=self.ca_file)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
