"""What servers answer to MLSD (RFC 3659, section 7) and LIST (Unix, DOS and EPLF manners), as files.

Name, size and kind are all that is needed, so a line whose date, owner or mode is odd still counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from mpftp.domain.endpoint import RemoteFile, RemoteListing

MAX_SIZE_BYTES = 10**18  # bytes: beyond any disk, and still a number that the state file can hold

MONTHS = (
    "january february march april may june july august september october november december",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "januar februar märz mrz maerz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart mrt april mei juni juli augustus",
)
"""The months in the languages that servers at our clients' speak; listings write their beginnings."""

_CLOCK = r"[:.h]\d{2}(?::\d{2}(?:[.,]\d+)?)?"
_HALF = r"[AaPp](?:\.?[Mm]\.?)?(?!\S)"
_ZONE = r"Z|[ \t]?[+-](?:0\d|1[0-4]):?[0-5]\d(?!\S)"
_TIME = rf"(?:(?:0?\d|1[0-2]){_CLOCK}[ \t](?i:[ap]\.?m\.?)(?!\S)|\d{{1,2}}{_CLOCK}(?:{_HALF})?)(?:{_ZONE})?"
_EXACT = r"\d{1,2}:\d{2}:\d{2}"
_YEAR = r"\d{4}(?!\d)"
_MONTH_NAME = r"[^\s\d:;,/=-]{3,10}"
_DATES = rf"""
    (?:{_MONTH_NAME}[ \t]+)?(?P<first>{_MONTH_NAME})[ \t/-]*\d{{1,2}}(?:,?[ \t]+|[/-])
    (?:{_EXACT}[ \t]+{_YEAR}|{_YEAR}[ \t]+{_TIME}|{_TIME}|{_YEAR})
  | (?:{_MONTH_NAME}[ \t]+)?\d{{1,2}}\.?[ \t/-]*(?:de[ \t]+)?(?P<second>{_MONTH_NAME})[ \t/-]*(?:de[ \t]+)?
    (?:{_YEAR}[ \t]+{_TIME}|{_TIME}|{_YEAR})
  | (?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}})
    (?:[T \t][ \t]*{_TIME})?
  | \d{{1,2}}(?:[-/.]|[ \t]+)\d{{1,2}}\.?[ \t]+(?:{_TIME}|{_YEAR})
  | (?:\d{{4}}[ \t]?[年년][ \t]?)?\d{{1,2}}[ \t]?[月월][ \t]*\d{{1,2}}[ \t]?[日일]?
    (?:[ \t]+(?:{_TIME}|{_YEAR}))?
"""
_NUMBER = r"(?:\d{1,40}|\d{1,3}(?:[.,'\xa0\u202f]\d{3}){1,12})"
_UNIX = re.compile(
    r"(?s)(?:\d{1,20}[ \t]+){0,2}([a-zA-Z-])"
    r"(?:[-rwxsStTlL?]{8,10}|[ \t]*\[[-A-Za-z]+\])[+.@*]?(?=[ \t\d])(.*)"
)
_SIZE_AND_NAME = re.compile(
    rf"(?xs) (?<!\S)(?P<size>{_NUMBER})[ \t]+(?:{_DATES})[ \t](?P<name>.*)", re.IGNORECASE
)
_COLUMNS = re.compile(
    r"(?s)[ \t]*\d+(?:[ \t]+[^ \t]+){2}[ \t]+(?P<size>\d{1,40})(?:[ \t]+[^ \t]+){3}[ \t](?P<name>.*)"
)
_DOS = re.compile(
    rf"(?s)\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}[ \t]+(?:{_TIME}[ \t]+)?"
    rf"(?:(?P<other><[A-Za-z]+>)|(?P<size>{_NUMBER}))[ \t](?P<name>.*)"
)
_SIZE_FIRST = re.compile(
    rf"(?xs) (?P<size>{_NUMBER})[ \t]+ (?:(?P<attributes>[A-Z]{{1,5}}(?:[ \t]+[A-Z]{{1,5}})?)[ \t]+)?"
    rf"(?:{_DATES})[ \t](?P<name>.*)"
)
_OS_400 = re.compile(
    rf"(?s)\S+[ \t]+(?:(?P<size>\d{{1,40}})[ \t]+\S+[ \t]+{_EXACT}[ \t]+)?"
    r"\*(?P<kind>[A-Z]+)[ \t]+(?P<name>\S.*)"
)
_EPLF = re.compile(r"(?s)\+(?P<facts>[^\t ]*)[\t ](?P<name>.+)")
_FACTS = re.compile(r"(?s)((?:[ \t]*[A-Za-z][\w.-]*[ \t]*=[^;]*;)+)[ \t](.+)")
_HEADING = re.compile(
    r"(?i)(?:totale?|totaal|insgesamt|gesamt|razem|итого|合計|总用量|總計|합계)(?: de)?:?"
    r"[ \t]*\d+([.,]\d+)?[kmg]?|[./]\S*:"
)

_FILE, _NO_FILE = "-rfF", "bcdlnpsCDLP"
_FIELDS_BEFORE_SIZE = 2  # at least, as a rule: an owner who is called like a month is none

LineParser = Callable[[str], RemoteFile | bool]
"""A line's file; ``True`` for a line that tells of none; ``False`` for one it does not understand."""


def parse_mlsd(lines: Iterable[str]) -> RemoteListing:
    """The regular files of an MLSD listing, with the lines that were not understood."""
    return _collected(lines, (_fact_line, _unix_line, _dos_line))


def parse_list(lines: Iterable[str]) -> RemoteListing:
    """The regular files of a LIST in any manner, without times, and the lines that were not understood.

    The times of a LIST are in the server's unknown zone and rounded to minutes or days: MDTM tells.
    """
    listing = _collected(lines, (_unix_line, _dos_line, _eplf_line, _fact_line, _size_line, _os_400_line))
    return RemoteListing(_without_padding(listing.files), listing.not_understood)


def _without_padding(files: Sequence[RemoteFile]) -> list[RemoteFile]:
    """*files* without the blanks that a server writes before every name: those before one are its own."""
    blanks = min((len(file.name) - len(file.name.lstrip(" \t")) for file in files), default=0)
    return [replace(file, name=file.name[blanks:]) for file in files]


def _collected(lines: Iterable[str], parsers: tuple[LineParser, ...]) -> RemoteListing:
    files, malformed = [], []
    for line in lines:
        text = line.lstrip(" \t")
        if not text.strip() or _HEADING.fullmatch(text.rstrip()):
            continue
        entry = next((parsed for parser in parsers if (parsed := parser(text)) is not False), None)
        if isinstance(entry, RemoteFile):
            files.append(replace(entry, name=entry.name.removeprefix("./")))
        elif entry is None:
            malformed.append(line)
    return RemoteListing(files, tuple(malformed))


def _fact_line(line: str) -> RemoteFile | bool:
    facts_text, _, name = line.replace("\t", " ", 1).partition(" ")
    facts = _facts(facts_text)
    is_complete = facts_text.endswith(";") and "size" in facts
    if not is_complete and (lenient := _FACTS.fullmatch(line)):
        facts, name = _facts(lenient[1]), lenient[2]  # blanks between the facts, too
    kind, size = facts.get("type", "").lower(), facts.get("size", "")
    if kind and kind != "file":
        return True
    if not name.strip() or not (size.isascii() and size.isdecimal()):
        return False
    return RemoteFile(name, _bytes(size), parse_mlsd_time(facts.get("modify", "")))


def _facts(text: str) -> Mapping[str, str]:
    parts = (fact.partition("=") for fact in text.split(";"))
    return {key.strip().lower(): value.strip() for key, equals, value in parts if equals}


def parse_mlsd_time(text: str) -> datetime | None:
    """A time as RFC 3659, section 2.3 writes it (UTC, fractions dropped); ``None`` if it is none.

    Times that end with the day, the hour or the minute are taken as they are.
    """
    digits = text.strip()[:14].partition(".")[0]
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in (8, 10, 12, 14):
        return None
    padded = digits.ljust(14, "0")
    try:
        return datetime.fromisoformat(f"{padded[:8]}T{padded[8:]}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _unix_line(line: str) -> RemoteFile | bool:
    mode = _UNIX.match(line)
    if mode is None or mode[1] not in _FILE + _NO_FILE:
        return False
    if mode[1] in _NO_FILE:
        return True
    return _file(_size_and_name(mode[2]))


def _file(match: re.Match[str] | None) -> RemoteFile | bool:
    """The file whose size and name were *match*."""
    return (
        RemoteFile(match["name"], _bytes(match["size"]), None) if match and match["name"].strip() else False
    )


def _size_and_name(fields: str) -> re.Match[str] | None:
    """Where a size, a date and a name follow one another in what comes after the mode."""
    early, start = None, 0
    while match := _SIZE_AND_NAME.search(fields, start):
        index = len(fields[: match.start()].split())
        if _is_date(match, fields, index):
            if index >= _FIELDS_BEFORE_SIZE:
                return match
            early = early or match
        start = match.end("size")
    return early or _COLUMNS.fullmatch(fields)


def _is_date(match: re.Match[str], fields: str, index: int) -> bool:
    """Whether the word in a date is a month, in some language; one we do not know stands before a time."""
    month = match["first"] or match["second"]
    if not month or _is_month(month):
        return True
    date = fields[match.end("size") : match.start("name")]
    return bool(re.search(_TIME, date)) or index >= _FIELDS_BEFORE_SIZE


def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


_MONTHS = {
    _folded(name)[:end] for names in MONTHS for name in names.split() for end in range(3, len(name) + 1)
}


def _is_month(name: str) -> bool:
    return _folded(name.rstrip(".")) in _MONTHS


def _dos_line(line: str) -> RemoteFile | bool:
    match = _DOS.fullmatch(line)
    if match is None:
        return False
    if match["other"]:
        return True
    return _file(match)


def _size_line(line: str) -> RemoteFile | bool:
    """A line that begins with the size, as those of OS/2, VxWorks and VShell do."""
    match = _SIZE_FIRST.fullmatch(line)
    if match and (match["name"].endswith("/") or "DIR" in (match["attributes"] or "")):
        return True
    return _file(match)


def _os_400_line(line: str) -> RemoteFile | bool:
    """A line of IBM i, where stream files alone have a size in bytes."""
    match = _OS_400.fullmatch(line)
    if match and match["kind"] != "STMF":
        return True
    return _file(match) if match and match["size"] else False


def _eplf_line(line: str) -> RemoteFile | bool:
    """Easily Parsed LIST Format; its times are seconds since 1970 in UTC."""
    match = _EPLF.fullmatch(line)
    if match is None:
        return False
    facts = match["facts"].split(",")
    if "/" in facts:
        return True
    values = {fact[0]: fact[1:] for fact in facts if fact[1:].isdecimal() and fact.isascii()}
    if "r" not in facts or "s" not in values:
        return False
    seconds = int(values.get("m", "0")[:12])
    known = 0 < seconds < 4 * 10**9
    return RemoteFile(
        match["name"], _bytes(values["s"]), datetime.fromtimestamp(seconds, UTC) if known else None
    )


def _bytes(digits: str) -> int:
    digits = re.sub(r"\D", "", digits)  # without what parts the thousands
    return min(int(digits[:19]), MAX_SIZE_BYTES)
