"""What can go wrong, as data: a sentence, a hint for the next step, and an exit code.

Only ``mpftp.cli`` turns these into text on standard error and into an exit. Bad customer data is
no exception at all: it is a ``Finding`` (see ``mpftp.domain.triplets.findings``).
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command, as cron and monitoring see them (75, 78: sysexits.h)."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    TRY_LATER = 75
    CONFIG = 78


class MpftpError(Exception):
    """Something went wrong that the operator should read: *message*, and in *hint* what to do next.

    Neither text may hold a secret. *topic* is what it is about, in a word, where *message* varies from
    run to run.
    """

    exit_code: Exit = Exit.FAILURE

    def __init__(self, message: str, *, hint: str = "", topic: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.topic = topic


class UsageError(MpftpError):
    """The command line asks for something that does not exist or contradicts itself."""

    exit_code = Exit.USAGE


class ConfigError(MpftpError):
    """The configuration cannot be used; *message* names the file and the path of the setting."""

    exit_code = Exit.CONFIG


class StateError(MpftpError):
    """The state file cannot be used: damaged, foreign, or made by a newer version."""

    exit_code = Exit.CONFIG


class TryLaterError(MpftpError):
    """A passing condition: the same command may succeed later, unchanged."""

    exit_code = Exit.TRY_LATER


class LockedError(TryLaterError):
    """Another run of the same command, or another program, holds what this one needs."""


class DiskFullError(LockedError):
    """There is no room beside the state file: nothing was lost, and nothing can be done until there is."""


class OverlapError(LockedError):
    """Another run of the same command is at work: nothing is wrong, and nothing is to be done."""


class EndpointError(MpftpError):
    """A client's server answered with a lasting refusal (FTP 5xx: login, permission, no such file)."""


class EndpointUnavailableError(TryLaterError):
    """A client's server could not be reached, or asked to come back later (FTP 4xx, network)."""


class EndpointProtocolError(EndpointError):
    """A client's server broke the rules in a way that may do harm; nothing it sent was used."""


class TransportError(MpftpError):
    """The relay refuses what every message needs (login, sender, TLS): no message was tried."""


class TransportUnavailableError(TryLaterError):
    """The relay cannot be reached or closed on us; the messages wait for the next run."""
