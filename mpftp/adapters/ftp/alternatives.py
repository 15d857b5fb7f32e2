"""Which other settings a server bears, where the configured ones fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from mpftp.adapters.ftp.endpoint import FtpEndpoint
from mpftp.adapters.ftp.settings import FtpSettings, Security
from mpftp.errors import MpftpError

TRIAL_SECONDS = 10.0  # for one reply, while settings are tried that may not work either
PARTING_SECONDS = 1.0  # a server that allows one connection must see that the last one has ended
TLS_LINES: dict[Security, str] = {"plain": 'tls = "none"', "explicit": 'tls = "explicit"'}


def find_working_lines(settings: FtpSettings) -> str:
    """The lines of the client's table with which its directory can be listed; ``""`` if none do.

    Each try logs in once more. A login that is to be protected is never tried in clear.
    """
    patient = replace(settings, timeout=min(settings.timeout, TRIAL_SECONDS))
    for other in _others(patient):
        time.sleep(PARTING_SECONDS)
        endpoint = FtpEndpoint(other)
        try:
            endpoint.list()
        except MpftpError:
            continue
        finally:
            endpoint.close()
        return ", ".join(_changed_lines(settings, other))
    return ""


def _others(settings: FtpSettings) -> Iterator[FtpSettings]:
    """*settings* with the other way of data, with the other use of TLS, and with both."""
    other_tls: dict[Security, Security] = {"plain": "explicit", "offered": "plain"}
    security = other_tls.get(settings.security)
    yield replace(settings, passive=not settings.passive)
    if security:
        yield replace(settings, security=security)
        yield replace(settings, security=security, passive=not settings.passive)


def _changed_lines(before: FtpSettings, after: FtpSettings) -> Iterator[str]:
    if before.passive is not after.passive:
        yield f"passive = {str(after.passive).lower()}"
    if before.security != after.security:
        yield TLS_LINES[after.security]
