"""Link files: what a tracker on a host without the state needs of one campaign.

A link file is text: a line of JSON with the links and whom the message is from; where links hold merge
fields, a line of JSON for each delivery with the values that they need, and no others; and a last line
with the SHA-256 of all before it, which a file that was carried by halves does not have.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

VERSION = 1
"""Of the format; a reader refuses any other."""

_NAME = re.compile(r"(\d{1,19})-(\d{1,19})-(\d{1,19})\.links", re.ASCII)
_LAST_LINE = re.compile(rb"sha256 ([0-9a-f]{64})\n\Z")


class LinkFileName(NamedTuple):
    """The campaign of a link file, and the numbers of its first and last delivery."""

    campaign_id: int
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.campaign_id}-{self.first}-{self.last}.links"


@dataclass(frozen=True, slots=True)
class LinkFile:
    """One campaign's links, as templates by number, with *columns* of MAIL that they need.

    *values* has the lines of the deliveries in the order of their numbers, each a JSON array of those
    columns; it is empty when no link needs any. *merge_open* and *merge_close* are the profile's brackets.
    """

    sender: str
    language: str
    support: str
    merge_open: str
    merge_close: str
    links: Mapping[int, str]
    columns: tuple[str, ...]
    values: Sequence[bytes] = ()


def parse_link_file_name(name: str) -> LinkFileName | None:
    """What the name of a link file says, ``None`` for any other name."""
    match = _NAME.fullmatch(name)
    return LinkFileName(*map(int, match.groups())) if match else None


def format_link_file(file: LinkFile, rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The lines of the file that has what *file* says, and *rows* of values instead of its own."""
    digest = hashlib.sha256()
    for line in (_header_line(file), *([] if not file.columns else map(_line, rows))):
        digest.update(line)
        yield line
    yield f"sha256 {digest.hexdigest()}\n".encode()


def parse_link_file(data: bytes) -> LinkFile:
    """The link file that *data* is. Raises ``ValueError`` when it is not whole, or of another version."""
    end = _LAST_LINE.search(data)
    if end is None or hashlib.sha256(data[: end.start()]).hexdigest().encode() != end[1]:
        raise ValueError("it is not whole")
    first, *values = data[: end.start()].splitlines()
    members = json.loads(first)
    if members["version"] != VERSION:
        raise ValueError(f"it is of version {members['version']}, and this mpftp reads version {VERSION}")
    return LinkFile(
        sender=members["sender"],
        language=members["language"],
        support=members["support"],
        merge_open=members["merge_open"],
        merge_close=members["merge_close"],
        links={int(link_number): url for link_number, url in members["links"].items()},
        columns=tuple(members["columns"]),
        values=values,
    )


def _header_line(file: LinkFile) -> bytes:
    members = {name: getattr(file, name) for name in LinkFile.__slots__ if name != "values"}
    return _line({"version": VERSION} | members)


def _line(value: Any) -> bytes:
    return (json.dumps(value, separators=(",", ":")) + "\n").encode("ascii")
