"""Checking one triplet: three streams in; settings, message, contacts and findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import BinaryIO

from mpftp.domain.campaign import ContactLine, Settings
from mpftp.domain.findings import FindingLog, Scope
from mpftp.domain.names import InputType, TripletKey
from mpftp.domain.profile import Profile


@dataclass(frozen=True, slots=True)
class TripletFiles:
    """The three files of one triplet. *openers* open each for reading bytes; MAIL's may be called twice."""

    key: TripletKey
    openers: Mapping[InputType, Callable[[], BinaryIO]]


@dataclass(slots=True)
class Counts:
    """Data lines of MAIL (blank ones are none): *lines* = *valid* + *invalid* + *repeated*."""

    lines: int = 0
    valid: int = 0
    invalid: int = 0
    repeated: int = 0


@dataclass(slots=True)
class Inspection:
    """What a triplet says. *settings* and *html* are ``None`` when they cannot be used.

    *columns* are our names of MAIL's columns (a profile's extra column keeps its own name). Draw
    ``contacts()`` to the end before *counts* and *findings* are complete.
    """

    key: TripletKey
    settings: Settings | None
    html: str | None
    columns: tuple[str, ...]
    findings: FindingLog
    counts: Counts = field(default_factory=Counts)

    def contacts(self) -> Iterator[ContactLine]:
        """Every data line of MAIL once, in order, checked on the way; to be drawn fully."""
        raise NotImplementedError


def inspect(files: TripletFiles, profile: Profile, *, zone: tzinfo, now: datetime) -> Inspection:
    """Check CONF and HTML whole and MAIL's head; the contacts follow through ``contacts()``.

    Never raises for bad data. *zone* is the client's, for ``datahora_envio``; *now* is aware.
    """
    raise NotImplementedError


def verdict(inspection: Inspection, max_invalid_share: float) -> bool:
    """Whether the triplet is refused, once its contacts are drawn (DESIGN, "The rules of the files").

    Refused are: any error that speaks of the triplet, no valid contact, or a share of invalid
    lines above *max_invalid_share*.
    """
    counts = inspection.counts
    if inspection.findings.errors(Scope.TRIPLET) or not counts.valid:
        return True
    return counts.invalid > max_invalid_share * counts.lines
