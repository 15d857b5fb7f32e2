"""Lines of MAIL that are not ordinary: read one by one.

``contact.parse_record`` says what is wrong with a line; once enough is said of a kind, a second pattern
finds lines where it needs only be counted, a third those that can be no contact. A quoted value that goes
on over line ends joins the lines that follow.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from mpftp.domain.campaign import DeliveryState
from mpftp.domain.triplets.contact import MailLayout, MailRecord, parse_record
from mpftp.domain.triplets.findings import FindingCollector, make_finding
from mpftp.domain.triplets.line_pattern import LinePatterns
from mpftp.domain.triplets.mail_block import MailBlock
from mpftp.domain.triplets.rules import REFUSING_RULES
from mpftp.domain.triplets.table import MAX_RECORD_CHARS, TableRow, split_row

MAX_JOINED_LINES = 1000
"""Lines over which one quoted value may reach."""

_MAX_UNCLOSED_BYTES = 8 << 20
"""Bytes of one block read for closing quotes that are not there; then one must close on its line."""

MAX_BROKEN_LINES = 1000
"""Unusable lines of one block that are read one by one; further ones without an address are counted."""

_NEAR_QUOTE_LINES = 4
"""Lines within which a closing quote is believed, though the record has a wrong number of values."""


class SlowLines(NamedTuple):
    """Lines of a block that are not ordinary, in order.

    *rules* has the one rule that a line breaks, where that is known without reading it, else ``""``.
    """

    indexes: list[int]
    rules: Mapping[int, str]


class SlowLineReader:
    """Reads the slow lines of one block into *lines*, and adds to *findings* what is wrong with them.

    *count_findings* counts what is wrong with a line and returns its address, ``b""`` if it must be parsed.
    *last* says that no block follows, *torn* that the last line has no end.
    """

    def __init__(
        self,
        lines: MailBlock,
        layout: MailLayout,
        findings: FindingCollector,
        patterns: LinePatterns,
        count_findings: Callable[[bytes], bytes],
        *,
        last: bool,
        torn: bool,
    ) -> None:
        self._lines = lines
        self._raws = lines.block.split(b"\n")
        self._layout = layout
        self._findings = findings
        self._patterns = patterns
        self._count_findings = count_findings
        self._last = last
        self._torn_line = len(lines.keys) - 1 if torn else -1
        self._after_quote = (b"\r", b'"', layout.delimiter.encode())
        self._unclosed_bytes = 0
        self._unread: list[int] = []

    def read(self, slow: SlowLines) -> None:
        """Read the lines *slow*: those that may be contacts, and the first of what is wrong."""
        limit = MAX_BROKEN_LINES if "MAIL056" in self._findings.selected_rules else len(self._raws)
        done = self._read_lines(self._lines_to_read(slow), limit)
        remaining = self._without_blanks(slow.indexes[bisect_right(slow.indexes, done) :])
        if remaining:
            self._read_lines(self._possible_contacts(SlowLines(remaining, slow.rules)), len(self._raws))
        self._note_unread()
        self._count_unread(slow)

    def _lines_to_read(self, slow: SlowLines) -> Iterator[int]:
        """The *slow* lines, but for those that would only be counted: blank ones, or of a known rule."""
        raws, file, is_blank = self._raws, self._layout.file, self._patterns.blank.fullmatch
        for number, index in enumerate(slow.indexes):
            rule = slow.rules.get(index)
            if not rule and is_blank(raws[index]) and self._findings.is_full("MAIL013", file):
                yield from self._lines_to_read(
                    SlowLines(self._without_blanks(slow.indexes[number:]), slow.rules)
                )
                return
            if not rule or not self._findings.is_full(rule, file):
                yield index

    def _without_blanks(self, indexes: list[int]) -> list[int]:
        """Return *indexes* without those of blank lines, if these need only be counted."""
        if not self._findings.is_full("MAIL013", self._layout.file):
            return indexes
        raws, is_blank = self._raws, self._patterns.blank.fullmatch
        return [index for index in indexes if raws[index] and not is_blank(raws[index])]

    def _read_lines(self, indexes: Iterable[int], limit: int) -> int:
        """Read the lines at *indexes* until *limit* of them are unusable; return the last that was read."""
        lines, broken = self._lines, 0
        for index in indexes:
            if index in lines.records:
                continue
            if index != self._torn_line and (address := self._count_findings(self._raws[index])):
                lines.keys[index] = address
                continue
            record, used = self._record(index)
            if used == 0:
                lines.unfinished = b"\n".join(self._raws[index:])
                del lines.keys[index:]
                break
            self._join_keys(index, used)
            if record is not None:
                lines.records[index] = record
            if record is not None and record.state is DeliveryState.PENDING:
                lines.keys[index] = record.email.lower().encode("utf-8", "replace")
            elif record is not None or used > 1:
                broken += 1
            if broken >= limit:
                return index
        return len(self._raws)

    def _possible_contacts(self, slow: SlowLines) -> Iterator[int]:
        """The *slow* lines on which a contact may begin; the others are only counted, or left unread."""
        raws, unread = self._raws, self._unread
        matches = map(self._patterns.possible.search, map(raws.__getitem__, slow.indexes))
        for index, match in zip(slow.indexes, matches, strict=True):
            if index in self._lines.records:
                continue
            if match is None:
                unread.append(index)
            elif match[1] is None:
                rule = slow.rules.get(index)
                if not rule or not self._findings.is_full(rule, self._layout.file):
                    yield index
            elif closing := self._patterns.closing.match(
                b"\n".join(raws[index : index + _NEAR_QUOTE_LINES + 1])
            ):
                self._pass_over(index, closing)
            elif self._join_lines(index) is not None or self._may_go_on(index):
                yield index
            else:
                unread.append(index)

    def _pass_over(self, index: int, closing: re.Match[bytes]) -> None:
        """Pass over the record without a contact that begins at *index* and of which *closing* tells."""
        if closing.lastindex:
            self._join_keys(index, closing[0].count(b"\n"))
        if closing[1] is not None:
            self._findings.count_more("MAIL013", self._layout.file, 1)
        else:
            self._lines.records.pop(index, None)
            self._unread.append(index)

    def _note_unread(self) -> None:
        """Note the lines that were not looked at, as too many are broken; the first stands for all."""
        for index in self._unread:
            self._lines.keys[index] = b""
        for index in self._unread[:1]:
            text, limit = self._layout.text(self._raws[index]), str(MAX_BROKEN_LINES)
            line, width = self._lines.first + index, len(text)
            finding = make_finding("MAIL056", self._layout.file, line, 1, text, width, limit=limit)
            self._findings.add(finding, len(self._unread))

    def _count_unread(self, slow: SlowLines) -> None:
        """Count the blank lines, and what is wrong with the lines that were not read."""
        keys, read = self._lines.keys, self._lines.records
        known = ((index, rule) for index, rule in slow.rules.items() if rule and index < len(keys))
        unread = {index: rule for index, rule in known if index not in read}
        refused = [index for index, rule in unread.items() if rule in REFUSING_RULES]
        for index in refused:
            keys[index] = b""
        times_by_rule = Counter(unread.values())
        broken = len(refused) + len(self._unread) + sum(not keys[index] for index in read)
        times_by_rule["MAIL013"] = self._lines.blank_lines = keys.count(b"") - broken
        for rule, times in times_by_rule.items():
            self._findings.count_more(rule, self._layout.file, times)

    def _record(self, index: int) -> tuple[MailRecord | None, int]:
        """The record at *index* and how many lines it takes; 0 when the block ends before it does."""
        text = self._layout.text(self._raws[index])
        row = split_row(text, self._layout.delimiter)
        used = 1
        if row.broken and row.broken.kind == "unclosed":
            joined = self._join_lines(index)
            if joined is None and self._may_go_on(index):
                return None, 0
            if joined is not None:
                text, row, used = joined
        torn, line = index == self._torn_line, self._lines.first + index
        return parse_record(text, row, line, self._layout, self._findings, torn=torn), used

    def _join_lines(self, index: int) -> tuple[str, TableRow, int] | None:
        """The record that begins at *index* and goes on over lines that follow, if that makes it whole."""
        raws, layout = self._raws, self._layout
        for end in range(index + 1, min(len(raws) - 1, index + MAX_JOINED_LINES)):
            if b'"' not in raws[end]:
                continue
            after = raws[end].partition(b'"')[2]
            if after and not after.startswith(self._after_quote):
                return None
            raw = b"\n".join(raws[index : end + 1]).removesuffix(b"\r")
            text = layout.text(raw)
            row = split_row(text, layout.delimiter)
            if row.broken is None:
                complete = len(row.values) == len(layout.columns)
                return (text, row, end + 1 - index) if complete or end - index < _NEAR_QUOTE_LINES else None
            self._unclosed_bytes += len(raw)
            if row.broken.kind != "unclosed" or self._unclosed_bytes > _MAX_UNCLOSED_BYTES:
                return None
        return None

    def _may_go_on(self, index: int) -> bool:
        """Whether the record that begins at *index* may end in the block that follows."""
        if self._last or len(self._raws) - index > MAX_JOINED_LINES:
            return False
        return sum(map(len, self._raws[index:])) <= MAX_RECORD_CHARS

    def _join_keys(self, index: int, used: int) -> None:
        """Note that the *used* lines from *index* are one record, and have no addresses of their own."""
        for joint in range(index, index + used):
            self._lines.records[joint] = None
            self._lines.keys[joint] = b""
