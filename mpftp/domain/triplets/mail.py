"""MAIL in blocks: an ordinary line is decided by one compiled pattern, any other one is parsed.

The pattern (``line_pattern``) runs over a block at once and finds the address of each ordinary
line: right number of values, nothing quoted but what the first line quotes, each value surely valid. For
any other line it finds nothing. Then the domains of all addresses of the block are checked, each once.
Lines without an address, or with a remarkable one, are read one by one (``contact.parse_record``), which
says what is wrong; once enough is said of a kind, a second pattern finds lines where it needs only be
counted. A quoted value that goes on over line ends joins the lines that follow.
"""

from __future__ import annotations

import functools
import itertools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from mpftp.domain.addresses import canonical_address
from mpftp.domain.campaign import DeliveryState
from mpftp.domain.triplets.address import (
    INVISIBLE,
    PLAIN_DOMAIN,
    ROLES,
    find_domain_error,
    find_domain_warning,
    is_international,
)
from mpftp.domain.triplets.contact import MailLayout, MailRecord, broken_value_rules, parse_record
from mpftp.domain.triplets.findings import FindingCollector, make_finding
from mpftp.domain.triplets.line_pattern import (
    compile_blank_pattern,
    compile_closing_pattern,
    compile_fast_pattern,
    compile_lenient_pattern,
    compile_possible_pattern,
)
from mpftp.domain.triplets.mail_block import MailBlock, lines_without
from mpftp.domain.triplets.table import MAX_RECORD_CHARS, TableRow, split_row

_DOMAIN = re.compile(rb"@([^\n]*)")
_COMMON_DOMAINS = 24
"""Domains of the first block, the most frequent ones, that need no look in the following ones."""

_MAX_JUDGED = 100_000
"""Domains that are remembered."""

_ORDINARY = "ordinary"
_DOTS = re.compile(rb"\.[.@]")
_ROLE = re.compile(rb"(?mi)^(?:" + b"|".join(re.escape(role.encode()) for role in sorted(ROLES)) + rb")@")
_MAX_JOINED_LINES = 1000
"""Lines over which one quoted value may reach."""

_MAX_UNCLOSED_BYTES = 8 << 20
"""Bytes of one block read for closing quotes that are not there; then one must close on its line."""

MAX_BROKEN_LINES = 1000
"""Unusable lines of one block that are read one by one; further ones without an address are counted."""

_NEAR_QUOTE_LINES = 4
"""Lines within which a closing quote is believed, though the record has a wrong number of values."""


class _SlowLines(NamedTuple):
    """Lines of a block that are not ordinary, in order.

    *warned* has the rule that warns of a line's domain, if that is all that is wrong with it, else ``""``.
    """

    indexes: list[int]
    warned: Mapping[int, str]


class MailParser:
    """Takes blocks of MAIL apart and adds to *findings* what is wrong with their lines."""

    def __init__(self, layout: MailLayout, findings: FindingCollector) -> None:
        self.layout = layout
        self.findings = findings
        self._pattern = compile_fast_pattern(layout)
        self._blank = compile_blank_pattern(layout)
        self._judged: dict[bytes, str] = {}
        self._domain: re.Pattern[bytes] | None = None
        self._after_quote = (b"\r", b'"', layout.delimiter.encode())
        self._torn_line = -1
        self._unclosed_bytes = 0

    @functools.cached_property
    def _lenient(self) -> re.Pattern[bytes]:
        return compile_lenient_pattern(self.layout)

    @functools.cached_property
    def _possible(self) -> re.Pattern[bytes]:
        return compile_possible_pattern(self.layout)

    @functools.cached_property
    def _closing(self) -> re.Pattern[bytes]:
        return compile_closing_pattern(self.layout)

    def read(self, block: bytes, first: int, *, last: bool) -> MailBlock:
        """Take *block* apart, whose first line has the number *first*.

        Unless it is the *last*, a record that the block's end leaves unfinished becomes the rest.
        """
        torn = last and not block.endswith(b"\n")
        if not block.endswith(b"\n"):
            block += b"\n"
        keys = self._pattern.findall(block)
        joined = b"\n".join(keys)
        lines = MailBlock(first, keys, {}, block)
        slow = self._slow_lines(keys, joined)
        if slow.indexes:
            self._torn_line = len(keys) - 1 if torn else -1
            self._parse_slow_lines(lines, slow, last)
            joined = b"\n".join(lines.keys)
        lines.keys = joined.lower().split(b"\n") if lines.keys else []
        if not joined.isascii():
            lines.keys = [key if key.isascii() else _canonical_key(key) for key in lines.keys]
        return lines

    def read_all(self, blocks: Iterable[bytes], first: int) -> Iterator[MailBlock]:
        """Take all *blocks* apart, with what each leaves unfinished put before the next one."""
        source = iter(blocks)
        pending, block = b"", next(source, b"")
        while block:
            following = next(source, b"")
            lines = self.read(pending + block, first, last=not following)
            pending, block = lines.unfinished, following
            yield lines
            first += len(lines.keys)

    def _slow_lines(self, keys: list[bytes], joined: bytes) -> _SlowLines:
        unread = list(lines_without(keys)) if b"" in keys else []
        others = _lines_with(_DOTS, joined) if _DOTS.search(joined) else []
        if "MAIL032" in self.findings.selected_rules:
            others += _lines_with(_ROLE, joined)
        strange, warned = self._strange_domains(joined), dict[int, str]()
        if strange:
            domains = ((index, key.partition(b"@")[2]) for index, key in enumerate(keys))
            warned = {index: strange[domain] for index, domain in domains if domain in strange}
            warned |= dict.fromkeys(others, "")
        indexes = sorted({*unread, *others, *warned}) if others or warned else unread
        return _SlowLines(indexes, warned)

    def _unknown_domains(self, joined: bytes) -> set[bytes]:
        """The domains in *joined*, but for the usual ones once they are known to be good."""
        if self._domain is not None:
            return set(self._domain.findall(joined))
        names = _DOMAIN.findall(joined)
        domains = set(names)
        if len(names) > 1000:
            often = [name for name, _ in Counter(names).most_common(_COMMON_DOMAINS)]
            usual = b"|".join(re.escape(name) for name in often if self._judge(name) == _ORDINARY)
            self._domain = re.compile(rb"@(?!(?:" + usual + rb")(?:\n|\Z))([^\n]*)")
        return domains

    def _strange_domains(self, joined: bytes) -> dict[bytes, str]:
        """The domains in *joined* that are not ordinary: the rule that warns of each, else ``""``."""
        domains = self._unknown_domains(joined)
        if len(self._judged) > _MAX_JUDGED:
            self._judged.clear()
        judged = self._judged
        judged.update((domain, self._judge_anew(domain)) for domain in domains if domain not in judged)
        return {domain: judged[domain] for domain in domains if judged[domain] != _ORDINARY}

    def _judge(self, domain: bytes) -> str:
        """What ``_judge_anew`` says of *domain*, from memory if it was asked before."""
        rule = self._judged.get(domain)
        if rule is None:
            rule = self._judged[domain] = self._judge_anew(domain)
        return rule

    def _judge_anew(self, domain: bytes) -> str:
        """The rule that warns of *domain*, ``""`` if lines with it must be read one by one."""
        if domain.isascii():
            name = domain.decode("ascii").lower()
            if not PLAIN_DOMAIN.fullmatch(name) and find_domain_error(name):
                return ""
        else:
            name = self.layout.text(domain)
            exact = self.layout.all_utf8 and name == name.lower()
            if not exact or INVISIBLE.search(name) or not is_international(name):
                return ""
        warning = find_domain_warning(name)
        return _ORDINARY if warning is None else warning[0]

    def _lines_to_read(self, slow: _SlowLines, raws: list[bytes]) -> Iterator[int]:
        """The *slow* lines, but for those that would only be counted: blank ones, and some with a warning."""
        file, is_blank = self.layout.file, self._blank.fullmatch
        for number, index in enumerate(slow.indexes):
            rule = slow.warned.get(index)
            if not rule and is_blank(raws[index]) and self.findings.is_full("MAIL013", file):
                following = itertools.islice(slow.indexes, number, None)
                others = [other for other in following if raws[other] and not is_blank(raws[other])]
                yield from self._lines_to_read(_SlowLines(others, slow.warned), raws)
                return
            if not rule or not self.findings.is_full(rule, file):
                yield index

    def _parse_slow_lines(self, lines: MailBlock, slow: _SlowLines, last: bool) -> None:
        raws = lines.block.split(b"\n")
        limit = MAX_BROKEN_LINES if "MAIL056" in self.findings.selected_rules else len(raws)
        self._unclosed_bytes = 0
        unread: list[int] = []
        done = self._read_lines(lines, raws, self._lines_to_read(slow, raws), last, limit)
        remaining = _SlowLines(slow.indexes[bisect_right(slow.indexes, done) :], slow.warned)
        if remaining.indexes:
            indexes = self._possible_contacts(lines, raws, remaining, unread, last)
            self._read_lines(lines, raws, indexes, last, len(raws))
        self._note_unread(lines, raws, unread)
        self._count_unread(lines, slow, len(unread))

    def _read_lines(
        self, lines: MailBlock, raws: list[bytes], indexes: Iterable[int], last: bool, limit: int
    ) -> int:
        """Read the lines at *indexes* until *limit* of them are unusable; return the last that was read."""
        broken = 0
        for index in indexes:
            if index in lines.records:
                continue
            if index != self._torn_line and (address := self._count_findings(raws[index])):
                lines.keys[index] = address
                continue
            record, used = self._record(raws, index, lines.first + index, last)
            if used == 0:
                lines.unfinished = b"\n".join(raws[index:])
                del lines.keys[index:]
                break
            _join_keys(lines, index, used)
            if record is not None:
                lines.records[index] = record
            if record is not None and record.state is DeliveryState.PENDING:
                lines.keys[index] = record.email.lower().encode("utf-8", "replace")
            elif record is not None or used > 1:
                broken += 1
            if broken >= limit:
                return index
        return len(raws)

    def _possible_contacts(
        self, lines: MailBlock, raws: list[bytes], slow: _SlowLines, unread: list[int], last: bool
    ) -> Iterator[int]:
        """The *slow* lines on which a contact may begin; the others are only counted, or become *unread*."""
        matches = map(self._possible.search, map(raws.__getitem__, slow.indexes))
        for index, match in zip(slow.indexes, matches, strict=True):
            if index in lines.records:
                continue
            if match is None:
                unread.append(index)
            elif match[1] is None:
                rule = slow.warned.get(index) or ("MAIL013" if self._blank.fullmatch(raws[index]) else "")
                if not rule or not self.findings.is_full(rule, self.layout.file):
                    yield index
            elif closing := self._closing.match(b"\n".join(raws[index : index + _NEAR_QUOTE_LINES + 1])):
                if closing.lastindex:
                    _join_keys(lines, index, closing[0].count(b"\n"))
                if closing[1] is not None:
                    self.findings.count_more("MAIL013", self.layout.file, 1)
                else:
                    lines.records.pop(index, None)
                    unread.append(index)
            elif self._join_lines(raws, index) is not None or (not last and _may_go_on(raws, index)):
                yield index
            else:
                unread.append(index)

    def _count_findings(self, raw: bytes) -> bytes:
        """Count what is wrong with the line *raw*, and return its address.

        ``b""``, and nothing counted, if a finding has to be described or the line is too strange for that.
        """
        match = self._lenient.match(raw)
        if match is None or _DOTS.search(match[1]) or _ROLE.match(match[1]):
            return b""
        text = self.layout.text(raw)
        rules = broken_value_rules(text, split_row(text, self.layout.delimiter), self.layout)
        domain_rule = self._judge(match[1].partition(b"@")[2])
        if domain_rule != _ORDINARY:
            rules.append(domain_rule)
        if not all(rule and self.findings.is_full(rule, self.layout.file) for rule in rules):
            return b""
        for rule in rules:
            self.findings.count_more(rule, self.layout.file, 1)
        return match[1]

    def _note_unread(self, lines: MailBlock, raws: list[bytes], unread: list[int]) -> None:
        """Note the lines that were not looked at, as too many are broken; the first stands for all."""
        for index in unread:
            lines.keys[index] = b""
        for index in unread[:1]:
            text, limit = self.layout.text(raws[index]), str(MAX_BROKEN_LINES)
            line, width = lines.first + index, len(text)
            finding = make_finding("MAIL056", self.layout.file, line, 1, text, width, limit=limit)
            self.findings.add(finding, len(unread))

    def _count_unread(self, lines: MailBlock, slow: _SlowLines, broken: int) -> None:
        """Count the blank lines and the warnings of lines that were not read; *broken* ones are no blanks."""
        read, end = lines.records, len(lines.keys)
        rules = Counter(
            rule for index, rule in slow.warned.items() if rule and index < end and index not in read
        )
        lines.blank_lines = lines.keys.count(b"") - sum(not lines.keys[index] for index in read) - broken
        rules["MAIL013"] = lines.blank_lines
        for rule, times in rules.items():
            self.findings.count_more(rule, self.layout.file, times)

    def _record(self, raws: list[bytes], index: int, line: int, last: bool) -> tuple[MailRecord | None, int]:
        """The record at *index* and how many lines it takes; 0 when the block ends before it does."""
        text = self.layout.text(raws[index])
        row = split_row(text, self.layout.delimiter)
        used = 1
        if row.broken and row.broken.kind == "unclosed":
            joined = self._join_lines(raws, index)
            if joined is None and not last and _may_go_on(raws, index):
                return None, 0
            if joined is not None:
                text, row, used = joined
        torn = index == self._torn_line
        return parse_record(text, row, line, self.layout, self.findings, torn=torn), used

    def _join_lines(self, raws: list[bytes], index: int) -> tuple[str, TableRow, int] | None:
        """The record that begins at *index* and goes on over lines that follow, if that makes it whole."""
        for end in range(index + 1, min(len(raws) - 1, index + _MAX_JOINED_LINES)):
            if b'"' not in raws[end]:
                continue
            after = raws[end].partition(b'"')[2]
            if after and not after.startswith(self._after_quote):
                return None
            raw = b"\n".join(raws[index : end + 1]).removesuffix(b"\r")
            text = self.layout.text(raw)
            row = split_row(text, self.layout.delimiter)
            if row.broken is None:
                complete = len(row.values) == len(self.layout.columns)
                return (text, row, end + 1 - index) if complete or end - index < _NEAR_QUOTE_LINES else None
            self._unclosed_bytes += len(raw)
            if row.broken.kind != "unclosed" or self._unclosed_bytes > _MAX_UNCLOSED_BYTES:
                return None
        return None


def _join_keys(lines: MailBlock, index: int, used: int) -> None:
    """Note that the *used* lines from *index* are one record, and have no addresses of their own."""
    for joint in range(index, index + used):
        lines.records[joint] = None
        lines.keys[joint] = b""


def _may_go_on(raws: list[bytes], index: int) -> bool:
    """Whether the record that begins at *index* may end after the last of the lines *raws*."""
    return len(raws) - index <= _MAX_JOINED_LINES and sum(map(len, raws[index:])) <= MAX_RECORD_CHARS


def _canonical_key(key: bytes) -> bytes:
    """Return one key for all spellings of an address that is not ASCII; *key* is UTF-8 in any case."""
    return canonical_address(key.decode("utf-8", "replace")).encode("utf-8", "replace")


def _lines_with(pattern: re.Pattern[bytes], joined: bytes) -> list[int]:
    """The numbers (from 0) of the lines of *joined* in which *pattern* is found."""
    indexes: list[int] = []
    line = done = 0
    for match in pattern.finditer(joined):
        line += joined.count(b"\n", done, match.start())
        done = match.start()
        indexes.append(line)
    return indexes
