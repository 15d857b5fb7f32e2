"""A large MAIL shared by several workers: cut into spans, each read by itself, the results joined in order.

A span ends with a line. Each worker scans or checks its spans with lines numbered from 1; what it finds
is added here, where the numbers of the lines before are known. A record that goes on over the end of a
span is read here, together with the next span.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, BinaryIO

from mpftp.domain.triplets.findings import FindingCollector, FindingGroup
from mpftp.domain.triplets.hash_batch import HashBatch
from mpftp.domain.triplets.mail import MailParser
from mpftp.domain.triplets.repeats import MailPass
from mpftp.domain.triplets.text import (
    BLOCK_BYTES,
    OpenBinary,
    begin_scan,
    finish_scan,
    scan_span,
    scan_text,
)
from mpftp.domain.triplets.text_scan import TextScan, ascii_safe
from mpftp.domain.triplets.triplet import TripletCheck
from mpftp.domain.triplets.triplet_reader import MailFile

Span = tuple[int, int]
"""The offsets at which a part of a file begins and ends."""

ParallelMap = Callable[[Callable[[Span], Any], Sequence[Span]], Iterable[Any]]
"""Calls a function for each span of a file, maybe in other processes; gives the results in order."""


def scan_in_spans(opener: OpenBinary, encoding: str | None, parallel_map: ParallelMap) -> TextScan:
    """Return the same as ``scan_text``, but let *parallel_map* share a large file."""
    scan, free = begin_scan(opener, encoding)
    if scan.binary or not ascii_safe(scan.encoding):
        return scan_text(opener, encoding)
    with closing(opener()) as stream:
        spans = cut_spans(stream, scan.bom)
    if len(spans) < 2:
        return scan_text(opener, encoding)
    start = replace(scan)
    for part in parallel_map(lambda span: scan_span(opener, start, span), spans):
        scan.add(part)
    finish_scan(scan, free, opener)
    return scan


def count_in_spans(check: TripletCheck, parallel_map: ParallelMap) -> None:
    """Do the same as ``check.count_contacts()``, but let *parallel_map* share a large MAIL."""
    spans = _spans_of(check.mail) if check.mail else []
    if check.mail is None or len(spans) < 2:
        check.count_contacts()
        return
    work = MailPass(check.mail.layout, check.findings, check.counts)
    _check_spans(work, check.mail, spans, parallel_map)
    check.conclude()


def _spans_of(mail: MailFile) -> list[Span]:
    """Return the data lines of *mail* as spans that can be read apart; empty when they cannot."""
    if mail.scan.lone_cr or not ascii_safe(mail.scan.encoding):
        return []
    with closing(mail.open()) as stream:
        spans = cut_spans(stream, mail.offset)
    last = spans[-1][1] - mail.scan.ctrl_z if spans else 0
    return [(start, min(end, last)) for start, end in spans if start < last]


def cut_spans(stream: BinaryIO, start: int, size: int = BLOCK_BYTES) -> list[Span]:
    """Return the rest of *stream* from *start* as spans of about *size* bytes that end with a line.

    Empty when some line is too long to cut after, or the file is small or cannot be searched.
    """
    if not stream.seekable():
        return []
    total = stream.seek(0, 2)
    spans: list[Span] = []
    while start < total:
        end = min(start + size, total)
        if end < total:
            stream.seek(end)
            ahead = stream.read(1 << 16).find(b"\n")
            if ahead < 0:
                return []
            end += ahead + 1
        spans.append((start, end))
        start = end
    return spans


def _check_spans(work: MailPass, mail: MailFile, spans: Sequence[Span], parallel_map: ParallelMap) -> None:
    """Check the *spans* of *mail* and add what is found to *work*."""
    parser = MailParser(work.layout, work.findings)
    pending, first = b"", mail.first
    for span, (batch, groups) in zip(
        spans, parallel_map(_span_checker(work, mail, spans), spans), strict=True
    ):
        if pending or batch.is_unfinished:
            lines = parser.read(pending + _read(mail.open, span), first, last=span == spans[-1])
            pending = lines.unfinished
            work.count_batch(lines.batch(), first, lines.block.split)
            first += len(lines.keys)
        else:
            work.findings.add_groups(groups, first - 1)
            work.count_batch(batch, first, functools.partial(_split, mail.open, span))
            first += batch.lines
    work.add_repeat_findings()


def _span_checker(
    work: MailPass, mail: MailFile, spans: Sequence[Span]
) -> Callable[[Span], tuple[HashBatch, list[FindingGroup]]]:
    """Return what a worker does with one span: it gives a batch, and findings whose lines count from 1."""
    parser = MailParser(work.layout, work.findings)
    keep, selected_rules = work.findings.keep, work.findings.selected_rules

    def check(span: Span) -> tuple[HashBatch, list[FindingGroup]]:
        parser.findings = FindingCollector(keep=keep, selected_rules=selected_rules)
        lines = parser.read(_read(mail.open, span), 1, last=span == spans[-1])
        batch = lines.batch()
        batch.is_unfinished = bool(lines.unfinished)
        return batch, parser.findings.groups()

    return check


def _read(opener: OpenBinary, span: Span) -> bytes:
    """Return the bytes of *span*, through a stream of its own: workers must not share a place in one."""
    start, end = span
    with closing(opener()) as stream:
        stream.seek(start)
        return stream.read(end - start)


def _split(opener: OpenBinary, span: Span, line_feed: bytes) -> list[bytes]:
    return _read(opener, span).split(line_feed)
