"""MAIL in blocks: an ordinary line is decided by one compiled pattern, any other one is parsed.

The pattern (``line_pattern``) runs over a block at once and finds the address of each ordinary
line: right number of values, nothing quoted but what the first line quotes, each value surely valid. For
any other line it finds nothing; where those are many, further patterns find lines that break one rule
alone. Then the domains of all addresses of the block are checked, each once. Lines without an address, or
with a remarkable one, are read one by one (``slow_lines``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from mpftp.domain.addresses import canonical_address
from mpftp.domain.triplets.address import (
    INVISIBLE,
    PLAIN_DOMAIN,
    ROLES,
    find_domain_error,
    find_domain_warning,
    is_international,
)
from mpftp.domain.triplets.contact import MailLayout, broken_value_rules
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.line_pattern import LinePatterns
from mpftp.domain.triplets.mail_block import MailBlock, lines_without
from mpftp.domain.triplets.rules import REFUSING_RULES
from mpftp.domain.triplets.slow_lines import SlowLineReader, SlowLines
from mpftp.domain.triplets.table import split_row

_DOMAIN = re.compile(rb"@([^\n]*)")
_COMMON_DOMAINS = 24
"""Domains of the first block, the most frequent ones, that need no look in the following ones."""

_MAX_JUDGED = 100_000
"""Domains that are remembered."""

_MANY_LINES = 1000
"""Lines of a block with an address, and not ordinary, from which on it is asked what they have in common."""

_SAMPLE_LINES = 100
"""About so many lines of a block tell whether others are like them."""

_ORDINARY = "ordinary"
_DOTS = re.compile(rb"\.[.@]")
_ROLE = re.compile(rb"(?mi)^(?:" + b"|".join(re.escape(role.encode()) for role in sorted(ROLES)) + rb")@")


class MailParser:
    """Takes blocks of MAIL apart and adds to *findings* what is wrong with their lines."""

    def __init__(self, layout: MailLayout, findings: FindingCollector) -> None:
        self.layout = layout
        self.findings = findings
        self._patterns = LinePatterns(layout)
        self._judged: dict[bytes, str] = {}
        self._domain: re.Pattern[bytes] | None = None

    def read(self, block: bytes, first: int, *, last: bool) -> MailBlock:
        """Take *block* apart, whose first line has the number *first*.

        Unless it is the *last*, a record that the block's end leaves unfinished becomes the rest.
        """
        torn = last and not block.endswith(b"\n")
        if not block.endswith(b"\n"):
            block += b"\n"
        keys = self._patterns.fast.findall(block)
        unread = keys.count(b"")
        many = unread > _MANY_LINES and block.count(b"@") - len(keys) + unread > _MANY_LINES
        flawed = self._find_flawed(keys, block, torn) if many else {}
        joined = b"\n".join(keys)
        lines = MailBlock(first, keys, {}, block)
        slow = self._slow_lines(keys, joined, flawed)
        if slow.indexes:
            reader = SlowLineReader(
                lines, self.layout, self.findings, self._patterns, self._count_findings, last=last, torn=torn
            )
            reader.read(slow)
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

    def _find_flawed(self, keys: list[bytes], block: bytes, torn: bool) -> dict[int, str]:
        """Fill in the *keys* of lines that break one rule alone; return the rule of each."""
        raws, flawed = block.split(b"\n"), dict[int, str]()
        # An address has a character before its "@" and three behind it.
        unread = [index for index in lines_without(keys) if b"@" in raws[index][1:-3]]
        if torn and unread[-1:] == [len(keys) - 1]:
            unread.pop()
        for rule, pattern in self._patterns.flawed.items():
            sample = b"".join([raws[index] + b"\n" for index in unread[:: len(unread) // _SAMPLE_LINES + 1]])
            if rule not in self.findings.selected_rules or not any(pattern.findall(sample)):
                continue
            addresses = pattern.findall(b"".join([raws[index] + b"\n" for index in unread]))
            for index, address in zip(unread, addresses, strict=True):
                if address:
                    keys[index], flawed[index] = address, rule
            unread = [index for index in unread if not keys[index]]
        return flawed

    def _slow_lines(self, keys: list[bytes], joined: bytes, flawed: dict[int, str]) -> SlowLines:
        unread = list(lines_without(keys)) if b"" in keys else []
        others = _lines_with(_DOTS, joined) if _DOTS.search(joined) else []
        if "MAIL032" in self.findings.selected_rules:
            others += _lines_with(_ROLE, joined)
        strange, rules = self._strange_domains(joined), dict(flawed)
        if strange:
            unusual = _lines_with(self._domain or _DOMAIN, joined)
            domains = ((index, keys[index].partition(b"@")[2]) for index in unusual)
            rules |= {
                index: "" if index in flawed else strange[domain]
                for index, domain in domains
                if domain in strange
            }
        if rules:
            rules |= dict.fromkeys(others, "")
        indexes = sorted({*unread, *others, *rules}) if others or rules else unread
        return SlowLines(indexes, rules)

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
        """The domains in *joined* that are not ordinary: the rule that each breaks, else ``""``."""
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
        """The rule that *domain* breaks, ``""`` if lines with it must be read one by one."""
        if domain.isascii():
            name = domain.decode("ascii").lower()
            error = None if PLAIN_DOMAIN.fullmatch(name) else find_domain_error(name)
            if error:
                return error.rule
        else:
            name = self.layout.text(domain)
            exact = self.layout.all_utf8 and name == name.lower()
            if not exact or INVISIBLE.search(name) or not is_international(name):
                return ""
        warning = find_domain_warning(name)
        return _ORDINARY if warning is None else warning[0]

    def _count_findings(self, raw: bytes) -> bytes:
        """Count what is wrong with the line *raw*, and return its address.

        ``b""``, and nothing counted, if a finding has to be described or the line is too strange for that.
        """
        match = self._patterns.lenient.match(raw)
        if match is None or _DOTS.search(match[1]) or _ROLE.match(match[1]):
            return b""
        domain_rule = self._judge(match[1].partition(b"@")[2])
        if not domain_rule or domain_rule in REFUSING_RULES:
            return b""
        text = self.layout.text(raw)
        rules = broken_value_rules(text, split_row(text, self.layout.delimiter), self.layout)
        if domain_rule != _ORDINARY:
            rules.append(domain_rule)
        if not all(rule and self.findings.is_full(rule, self.layout.file) for rule in rules):
            return b""
        for rule in rules:
            self.findings.count_more(rule, self.layout.file, 1)
        return match[1]


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
