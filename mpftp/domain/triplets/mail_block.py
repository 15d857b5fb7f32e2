"""One block of MAIL once it is taken apart: the address of each line, and its contacts."""

from __future__ import annotations

import itertools
import operator
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from mpftp.domain.campaign import DeliveryState, MailContact
from mpftp.domain.triplets.contact import MailLayout, MailRecord
from mpftp.domain.triplets.hash_batch import HashBatch
from mpftp.domain.triplets.line_pattern import LinePatterns
from mpftp.domain.triplets.spreadsheet import drop_empty_end
from mpftp.domain.triplets.table import split_row


@dataclass(slots=True)
class MailBlock:
    """A block of MAIL taken apart.

    *keys* holds, a physical line, the address as all its spellings are compared, ``b""`` where there is
    none to mail.
    *records* are the lines that were read one by one, by their index; ``None`` marks one that is no
    record of its own: blank, or a continuation of a quoted value. A line that has neither key nor record is
    blank, and one of *blank_lines*, or an unusable one that was only counted. *unfinished* is the record
    that the block's end cuts in two.
    """

    first: int
    keys: list[bytes]
    records: dict[int, MailRecord | None]
    block: bytes
    unfinished: bytes = b""
    blank_lines: int = 0

    def batch(self) -> HashBatch:
        """Return what the count of repeats needs of this block."""
        if not self.records and not self.blank_lines:
            hashes = array("q", list(map(hash, self.keys)))
            return HashBatch(len(self.keys), len(self.keys), hashes, array("L"))
        nobody = self.blank_lines + sum(record is None for record in self.records.values())
        blanks = array("L", lines_without(self.keys))
        hashes = array("q", list(map(hash, filter(None, self.keys))))
        return HashBatch(len(self.keys), len(self.keys) - nobody, hashes, blanks)


def lines_without(keys: list[bytes]) -> Iterator[int]:
    """Return the numbers (from 0) of the lines that have no key."""
    return itertools.compress(range(len(keys)), map(operator.not_, keys))


def contacts_in(lines: MailBlock, repeated: frozenset[int], layout: MailLayout) -> Iterator[MailContact]:
    """The data lines of one block as contacts; *repeated* are the indices of those that came before."""
    raws, is_blank = lines.block.split(b"\n"), LinePatterns(layout).blank.fullmatch
    for index in range(len(lines.keys)):
        state = DeliveryState.REPEATED if index in repeated else DeliveryState.PENDING
        if index in lines.records:
            record = lines.records[index]
            if record is not None:
                state = record.state if record.state is DeliveryState.INVALID else state
                yield MailContact(record.line, record.email, record.values, state)
        elif not lines.keys[index]:
            if not is_blank(raws[index]):
                yield _unread_contact(layout.text(raws[index]), lines.first + index, layout)
        elif layout.email is not None:
            values = split_values(layout.text(raws[index]), layout)
            local, _, domain = values[layout.email].strip(" ").rpartition("@")
            values[layout.email] = email = f"{local}@{domain.lower()}"
            yield MailContact(lines.first + index, email, tuple(values), state)


def _unread_contact(text: str, line: int, layout: MailLayout) -> MailContact:
    """The contact of an unusable line that was only counted."""
    row = split_row(text, layout.delimiter)
    drop_empty_end(row, len(layout.columns), layout.email)
    values = tuple(row.values)
    email = values[layout.email] if layout.email is not None and layout.email < len(values) else ""
    return MailContact(line, email[:320], values, DeliveryState.INVALID)


def split_values(text: str, layout: MailLayout) -> list[str]:
    """Return the values of one good line, empty ones where they lack at its end."""
    values = split_row(text, layout.delimiter).values if '"' in text else text.split(layout.delimiter)
    width = len(layout.columns)
    return values[:width] + [""] * (width - len(values))
