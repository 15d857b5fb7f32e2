"""The whole of MAIL, block after block: how many contacts, and which addresses are repeated.

Of each address only a hash is kept, in the order of the lines. While no address is repeated, adding a
block to the set of all hashes answers for the whole block at once. A full set is packed into a sorted
array. Where a repeated address came first is looked up at the end, for those that are shown.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from mpftp.domain.campaign import MailContact
from mpftp.domain.triplets.contact import MailLayout
from mpftp.domain.triplets.findings import FindingCollector, make_finding
from mpftp.domain.triplets.hash_batch import HashBatch, LinePlaces
from mpftp.domain.triplets.mail import MailParser
from mpftp.domain.triplets.mail_block import MailBlock, contacts_in


@dataclass(slots=True)
class MailCounts:
    """Data lines of MAIL (blank ones are none): *lines* = *valid* + *invalid* + *repeated*."""

    lines: int = 0
    valid: int = 0
    invalid: int = 0
    repeated: int = 0


MAX_SET_HASHES = 1_000_000
"""Hashes that are kept in a set; when it is full they are packed into a sorted array, slower to search."""

_BLOOM_BITS = 1 << 27
"""Bits of a Bloom filter over the packed hashes, each of which sets one: most others need no search."""


class SeenAddresses:
    """Which addresses came before: a hash and eight bytes a contact, no text.

    Hashes are of 64 bits and seeded anew in every run: that any two addresses of a million share
    one has odds of one in thirty million.
    """

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._clean = True  # no repeat yet: the common case costs one look into the set a contact
        self._packed: list[array[int]] = []
        self._bloom = bytearray()
        self._order = array("q")
        self._batches: list[tuple[int, int, LinePlaces]] = []  # first hash, first line, and where they are

    def add(self, batch: HashBatch, first: int) -> list[int]:
        """Take one *batch*, whose first line is *first*; which of its hashes (from 0) came before."""
        hashes = batch.hashes
        before, history = len(self._seen), len(self._order)
        if hashes:
            self._batches.append((history, first, batch.places()))
        self._order.extend(hashes)
        if self._clean:
            self._seen.update(hashes)
            if len(self._seen) == before + len(hashes):
                self._make_room()
                return []
            self._clean = False
            fresh = set(hashes)
            known = fresh.intersection(self._order[:history])
        else:
            fresh = set(hashes)
            known = fresh & self._seen
            if self._packed:
                known |= self._find_packed(fresh)
            self._seen |= fresh - known
        self._make_room()
        return _repeated(hashes, known, len(fresh) < len(hashes))

    def _make_room(self) -> None:
        """Pack a full set into a fifth of its space."""
        if len(self._seen) > MAX_SET_HASHES:
            bloom = self._bloom = self._bloom or bytearray(_BLOOM_BITS // 8)
            for value in self._seen:
                bloom[value % _BLOOM_BITS >> 3] |= 1 << (value & 7)
            self._packed.append(array("q", sorted(self._seen)))
            self._seen.clear()
            self._clean = False

    def _find_packed(self, fresh: set[int]) -> set[int]:
        """Those of the hashes *fresh* that were packed."""
        bloom = self._bloom
        possible = [value for value in fresh if bloom[value % _BLOOM_BITS >> 3] >> (value & 7) & 1]
        return {value for value in possible if any(_holds(packed, value) for packed in self._packed)}

    def find_first_lines(self, requested: set[int]) -> dict[int, int]:
        """The line on which each of the *requested* hashes came first."""
        first_lines: dict[int, int] = {}
        for index, value in enumerate(self._order) if requested else ():
            if value in requested and value not in first_lines:
                first_lines[value] = self._line(index)
                if len(first_lines) == len(requested):
                    break
        return first_lines

    def _line(self, index: int) -> int:
        begin, first, places = next(b for b in reversed(self._batches) if b[0] <= index)
        return first + places.line_index(index - begin)


def _repeated(hashes: array[int], known: set[int], doubles: bool) -> list[int]:
    """Return which of *hashes* are *known*, or came before in the same batch, if that has *doubles*."""
    if not doubles:
        return [index for index, value in enumerate(hashes) if value in known] if known else []
    repeated = []
    for index, value in enumerate(hashes):
        if value in known:
            repeated.append(index)
        else:
            known.add(value)
    return repeated


def _holds(packed: array[int], value: int) -> bool:
    """Whether *value* is in the sorted array *packed*."""
    at = bisect_left(packed, value)
    return at < len(packed) and packed[at] == value


class _ShownRepeat(NamedTuple):
    """A repeated address that will be shown, once the line on which it came first is known."""

    value: int
    line: int
    text: str


@dataclass(slots=True)
class MailPass:
    """One pass over the lines of MAIL: its counts, and the addresses it has met."""

    layout: MailLayout
    findings: FindingCollector
    counts: MailCounts = field(default_factory=MailCounts)
    repeats: SeenAddresses = field(default_factory=SeenAddresses)
    noted: list[_ShownRepeat] = field(default_factory=list)

    def lines(self, blocks: Iterable[bytes], first: int) -> Iterator[tuple[MailBlock, list[int]]]:
        """Every block taken apart, with the indices of its repeated lines; line *first* is the next one."""
        for lines in MailParser(self.layout, self.findings).read_all(blocks, first):
            yield lines, self.count_batch(lines.batch(), lines.first, lines.block.split)
        self.add_repeat_findings()

    def contacts(self, blocks: Iterable[bytes], first: int) -> Iterator[MailContact]:
        """Every data line as a contact, in order."""
        for lines, repeated in self.lines(blocks, first):
            yield from contacts_in(lines, frozenset(repeated), self.layout)

    def count_batch(self, batch: HashBatch, first: int, raws: Callable[[bytes], list[bytes]]) -> list[int]:
        """Count one *batch* that begins on line *first*; the indices of its repeated lines.

        *raws* called with a line feed gives the batch's lines, should one have to be shown.
        """
        repeated = self.repeats.add(batch, first)
        self.counts.lines += batch.data
        self.counts.invalid += batch.data - len(batch.hashes)
        self.counts.repeated += len(repeated)
        self.counts.valid += len(batch.hashes) - len(repeated)
        if not repeated:
            return repeated
        line_indexes = _line_indexes(batch, repeated)
        room = max(0, self.findings.keep - len(self.noted)) if self.findings.keep else len(repeated)
        reported = (
            list(zip(repeated, line_indexes, strict=True))[:room]
            if "MAIL031" in self.findings.selected_rules
            else []
        )
        lines = raws(b"\n") if reported else []
        for index, line_index in reported:
            text = self.layout.text(lines[line_index])
            self.noted.append(_ShownRepeat(batch.hashes[index], first + line_index, text))
        self.findings.count_more("MAIL031", self.layout.file, len(repeated) - len(reported))
        return line_indexes

    def add_repeat_findings(self) -> None:
        """Note the repeats, now that it can be said where each came first."""
        first = self.repeats.find_first_lines({one.value for one in self.noted})
        for one in self.noted:
            start, width = self.layout.email_span(one.text)
            values = {"email": one.text[start : start + width], "first": str(first.get(one.value, 0))}
            self.findings.add(
                make_finding("MAIL031", self.layout.file, one.line, start + 1, one.text, width, **values)
            )
        self.noted.clear()


def _line_indexes(batch: HashBatch, indexes: list[int]) -> list[int]:
    """The line indices of the hashes with these ascending *indexes*."""
    if not batch.blanks:
        return indexes
    line_indexes, passed, blanks = [], 0, batch.blanks
    for index in indexes:
        while passed < len(blanks) and blanks[passed] <= index + passed:
            passed += 1
        line_indexes.append(index + passed)
    return line_indexes
