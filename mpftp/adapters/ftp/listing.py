"""What servers answer to MLSD (RFC 3659, section 7) and LIST (Unix and DOS manners), as files."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from datetime import UTC, datetime

from ftputil.error import ParserError
from ftputil.stat import MSParser, Parser, UnixParser

from mpftp.domain.endpoint import RemoteFile

HUGE = 10**18  # bytes: beyond any disk, and still a number that the state file can hold


def from_mlsd(lines: Iterable[str]) -> list[RemoteFile]:
    """The regular files of an MLSD listing; lines that break its form are left out."""
    return [file for line in lines if (file := _fact_line(line))]


def _fact_line(line: str) -> RemoteFile | None:
    facts_text, gap, name = line.partition(" ")
    parts = (fact.partition("=") for fact in facts_text.split(";"))
    facts = {key.lower(): value for key, equals, value in parts if equals}
    size = facts.get("size", "")
    if not gap or not name or facts.get("type", "").lower() != "file" or not size.isdecimal():
        return None
    return RemoteFile(name, min(int(size[:19]), HUGE), moment(facts.get("modify", "")))


def moment(text: str) -> datetime | None:
    """A time as RFC 3659, section 2.3 writes it (UTC, fractions dropped); ``None`` if it is none."""
    digits = text.strip()[:14]
    if not digits.isdecimal():
        return None
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def from_list(lines: Iterable[str]) -> list[RemoteFile]:
    """The regular files of a LIST in either manner, without times.

    The times of a LIST are in the server's unknown zone and rounded to minutes or days: MDTM tells.
    Lines that neither parser understands are left out.
    """
    lines = list(lines)
    parsers: tuple[Parser, Parser] = (UnixParser(), MSParser())
    unix, dos = ([file for line in lines if (file := _parsed(parser, line))] for parser in parsers)
    return max(unix, dos, key=len)


def _parsed(parser: Parser, line: str) -> RemoteFile | None:
    if parser.ignores_line(line):
        return None
    try:
        found = parser.parse_line(line, 0.0)
    except (ParserError, ValueError, IndexError, OverflowError):
        return None
    name: str = found._st_name  # noqa: SLF001 - ftputil offers the name in no other way
    if not stat.S_ISREG(found.st_mode) or found.st_size < 0 or not name:
        return None
    return RemoteFile(name, min(found.st_size, HUGE), None)
