"""MAIL: the contacts, checked in blocks.

The ordinary line is decided by one compiled pattern that runs over a whole block at once; only a
line that it does not match, or whose address needs a word, is taken apart (``domain.contact``).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mpftp.domain.address import domain_fault, domain_remark
from mpftp.domain.campaign import ContactLine, DeliveryState
from mpftp.domain.contact import Layout, Record, read_record
from mpftp.domain.findings import FindingLog, point
from mpftp.domain.text import decoded

_ADDRESS = rb"([A-Za-z0-9_][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9.-]{3,190})"
_TYPED = {
    "sexo": rb"[MFmf]?+",
    "data_nascimento": rb"(?:(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
    rb"|(?:0[1-9]|1\d|2[0-8])/(?:0[1-9]|1[0-2])/(?:19|20)\d\d)?+",
    "estado": rb"(?:A[CLMP]|BA|CE|DF|ES|GO|M[AGST]|P[ABEIR]|R[JNORS]|S[CEP]|TO)?+",
    "cep": rb"(?:\d{5}-?\d{3})?+",
}
"""What the ordinary value of a column that has rules of its own looks like."""

_DOMAIN = re.compile(rb"@([^\n]*)")
_JOINT_LINES = 1000
"""Lines over which one quoted value may reach."""


def ordinary(layout: Layout) -> re.Pattern[bytes]:
    """The pattern of one line: group 1 is the address of an ordinary line, empty for any other."""
    delimiter = re.escape(layout.delimiter.encode())
    refused = delimiter + rb'"\x00-\x1f\x7f'
    plain = rb"(?! )[^" + refused + rb"]*+(?<! )"
    quoted = rb'"(?! )[^"\x00-\x1f\x7f]*+(?<! )"'
    parts = []
    for number, column in enumerate(layout.columns):
        value = plain if column not in _TYPED or layout.keep_typed else _TYPED[column]
        if number == layout.email:
            value = _ADDRESS
        if layout.quoted[number]:
            value = quoted if value is plain else b'"' + value + b'"'
        parts.append(value)
    line = delimiter.join(parts)
    return re.compile(line + rb"\r?\n|.*\n" if layout.email is not None else rb"().*\n")


@dataclass(slots=True)
class Lines:
    """A block of MAIL taken apart.

    *keys* holds, a physical line, the address in lower case, ``b""`` where there is none to mail.
    *records* are the lines that were read one by one, by their index; ``None`` marks one that is no
    record of its own: blank, or a continuation of a quoted value. *rest* is an unfinished record.
    """

    first: int
    keys: list[bytes]
    records: dict[int, Record | None]
    block: bytes
    rest: bytes = b""


class Reader:
    """Takes blocks of MAIL apart and notes in *log* what is wrong with their lines."""

    def __init__(self, layout: Layout, log: FindingLog) -> None:
        self.layout = layout
        self.log = log
        self._pattern = ordinary(layout)
        self._remarkable: dict[bytes, bool] = {}

    def read(self, block: bytes, first: int, *, last: bool) -> Lines:
        """Take *block* apart, whose first line has the number *first*.

        Unless it is the *last*, a record that the block's end leaves unfinished becomes the rest.
        """
        if last and not block.endswith(b"\n"):
            block += b"\n"
        keys = self._pattern.findall(block)
        lines = Lines(first, keys, {}, block)
        odd = self._odd(keys)
        if odd:
            self._read_odd(lines, odd, last)
        lines.keys = b"\n".join(lines.keys).lower().split(b"\n") if lines.keys else []
        return lines

    def _odd(self, keys: list[bytes]) -> list[int]:
        """The indices of lines that must be read one by one."""
        joined = b"\n".join(keys)
        odd = [] if b"" not in keys else [i for i, key in enumerate(keys) if not key]
        if b".." in joined or b".@" in joined:
            odd += [i for i, key in enumerate(keys) if b".." in key or b".@" in key]
        remarkable = {d for d in set(_DOMAIN.findall(joined)) if self._is_remarkable(d)}
        if remarkable:
            odd += [i for i, key in enumerate(keys) if key[key.find(b"@") + 1 :] in remarkable]
        roles = self.log.wanted.__contains__("MAIL032")
        if roles:
            odd += [i for i, key in enumerate(keys) if key]
        return sorted(set(odd))

    def _is_remarkable(self, domain: bytes) -> bool:
        known = self._remarkable.get(domain)
        if known is None:
            name = domain.decode("ascii").lower()
            known = domain_fault(name) is not None or domain_remark(name) is not None
            if len(self._remarkable) > 200_000:
                self._remarkable.clear()
            self._remarkable[domain] = known
        return known

    def _read_odd(self, lines: Lines, odd: Sequence[int], last: bool) -> None:
        raws = lines.block.split(b"\n")
        done = -1
        for index in odd:
            if index <= done:
                continue
            record, used = self._record(raws, index, lines.first + index, last)
            if used == 0:
                self._leave_rest(lines, raws, index)
                return
            done = index + used - 1
            for joint in range(index, done + 1):
                lines.records[joint] = None
                lines.keys[joint] = b""
            if record is not None:
                lines.records[index] = record
                if record.state is DeliveryState.PENDING:
                    lines.keys[index] = record.email.lower().encode("utf-8", "replace")

    def _leave_rest(self, lines: Lines, raws: list[bytes], index: int) -> None:
        lines.rest = b"\n".join(raws[index:])
        del lines.keys[index:]

    def _record(self, raws: list[bytes], index: int, line: int, last: bool) -> tuple[Record | None, int]:
        """The record at *index* and how many lines it takes; 0 when the block ends before it does."""
        text = decoded(raws[index].rstrip(b"\r"), self.layout.carrier)
        used = 1
        if self._opens(text):
            joined = self._joined(raws, index)
            if joined is None and not last and len(raws) - index <= _JOINT_LINES:
                return None, 0
            if joined is not None:
                text, used = joined
        return read_record(text, line, self.layout, self.log), used

    def _opens(self, text: str) -> bool:
        """Whether a quoted value begins in *text* and does not end in it."""
        from mpftp.domain.table import split_row

        fault = split_row(text, self.layout.delimiter).broken
        return fault is not None and fault.kind == "unclosed"

    def _joined(self, raws: list[bytes], index: int) -> tuple[str, int] | None:
        """The record that begins at *index* and goes on over lines that follow, if that makes it whole."""
        from mpftp.domain.table import split_row

        for end in range(index + 1, min(len(raws) - 1, index + _JOINT_LINES)):
            if b'"' not in raws[end]:
                continue
            raw = b"\n".join(raws[index : end + 1]).rstrip(b"\r")
            row = split_row(decoded(raw, self.layout.carrier), self.layout.delimiter)
            if row.broken is None:
                whole = len(row.values) == len(self.layout.columns)
                return (decoded(raw, self.layout.carrier), end + 1 - index) if whole else None
            if row.broken.kind == "trailing":
                return None
        return None


class Repeats:
    """Which addresses came before: a hash and a line number each, no object a contact beyond the hash.

    Hashes are 64 bits and seeded a process; that two addresses of a million share one has odds of
    one in forty million.
    """

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._order = array("q")
        self._lines = array("Q")

    def add(self, hashes: list[int], lines: Sequence[int]) -> list[int]:
        """Take one batch in order; the indices of those whose address came before."""
        seen = self._seen
        before = len(seen)
        fresh = set(hashes)
        repeated: list[int] = []
        if len(fresh) != len(hashes) or not seen.isdisjoint(fresh):
            met: set[int] = set()
            for index, value in enumerate(hashes):
                if value in seen or value in met:
                    repeated.append(index)
                met.add(value)
        seen.update(fresh)
        if len(seen) != before:
            self._order.extend(hashes)
            self._lines.extend(lines)
        return repeated

    def first_lines(self, wanted: set[int]) -> dict[int, int]:
        """The line on which each of the *wanted* hashes came first."""
        found: dict[int, int] = {}
        for value, line in zip(self._order, self._lines, strict=True):
            if value in wanted and value not in found:
                found[value] = line
                if len(found) == len(wanted):
                    break
        return found


@dataclass(slots=True)
class Counts:
    """Data lines of MAIL (blank ones are none): *lines* = *valid* + *invalid* + *repeated*."""

    lines: int = 0
    valid: int = 0
    invalid: int = 0
    repeated: int = 0


@dataclass(slots=True)
class Pass:
    """One pass over the lines of MAIL: what it has counted, and which addresses it has met."""

    reader: Reader
    counts: Counts = field(default_factory=Counts)
    repeats: Repeats = field(default_factory=Repeats)
    _noted: list[tuple[int, int, str]] = field(default_factory=list)

    def lines(self, blocks: Iterator[bytes], first: int) -> Iterator[tuple[Lines, list[int]]]:
        """Every block taken apart, with the indices of its repeated lines; line *first* is the next one."""
        pending = b""
        block = next(blocks, b"")
        while block:
            following = next(blocks, b"")
            lines = self.reader.read(pending + block, first, last=not following)
            pending = lines.rest
            first += len(lines.keys)
            yield lines, self._count(lines)
            block = following
        self._note_repeats()

    def contacts(self, blocks: Iterator[bytes], first: int) -> Iterator[ContactLine]:
        """Every data line as a contact, in order."""
        for lines, repeated in self.lines(blocks, first):
            yield from _contacts(lines, frozenset(repeated), self.reader.layout)

    def _count(self, lines: Lines) -> list[int]:
        keys = lines.keys
        numbers: Sequence[int] = range(lines.first, lines.first + len(keys))
        if lines.records:
            nobody = sum(1 for record in lines.records.values() if record is None)
            self.counts.lines += len(keys) - nobody
            places = [place for place, key in enumerate(keys) if key]
            self.counts.invalid += len(keys) - nobody - len(places)
            numbers = [lines.first + place for place in places]
            hashes = [hash(keys[place]) for place in places]
        else:
            self.counts.lines += len(keys)
            places = []
            hashes = list(map(hash, keys))
        repeated = self.repeats.add(hashes, numbers)
        self.counts.repeated += len(repeated)
        self.counts.valid += len(hashes) - len(repeated)
        if repeated:
            repeated = [places[index] for index in repeated] if places else repeated
            self._remember(lines, repeated)
        return repeated

    def _remember(self, lines: Lines, repeated: list[int]) -> None:
        """Keep what is needed to name the first line of each repeated address that will be shown."""
        log, layout = self.reader.log, self.reader.layout
        raws: list[bytes] = []
        for index in repeated:
            if log.full("MAIL031", layout.file) or (log.keep and len(self._noted) >= log.keep):
                log.count_more("MAIL031", layout.file, 1)
                continue
            raws = raws or lines.block.split(b"\n")
            text = decoded(raws[index].rstrip(b"\r"), layout.carrier)
            self._noted.append((hash(lines.keys[index]), lines.first + index, text))

    def _note_repeats(self) -> None:
        layout, log = self.reader.layout, self.reader.log
        first = self.repeats.first_lines({value for value, _, _ in self._noted})
        for value, line, text in self._noted:
            start, width = layout.email_span(text)
            values = {"email": text[start : start + width], "first": str(first.get(value, 0))}
            log.add(point("MAIL031", layout.file, line, start + 1, text, width, **values))


def _contacts(lines: Lines, repeated: frozenset[int], layout: Layout) -> Iterator[ContactLine]:
    raws = lines.block.split(b"\n")
    email, width = layout.email, len(layout.columns)
    for index in range(len(lines.keys)):
        state = DeliveryState.REPEATED if index in repeated else DeliveryState.PENDING
        if index in lines.records:
            record = lines.records[index]
            if record is not None:
                state = record.state if record.state is DeliveryState.INVALID else state
                yield ContactLine(record.line, record.email, record.values, state)
            continue
        text = decoded(raws[index].rstrip(b"\r"), layout.carrier)
        values = tuple(text.split(layout.delimiter)) if '"' not in text else ()
        if len(values) != width:
            from mpftp.domain.table import split_row

            values = tuple(split_row(text, layout.delimiter).values)
        if email is None:
            continue
        local, _, domain = values[email].rpartition("@")
        yield ContactLine(lines.first + index, f"{local}@{domain.lower()}", values, state)
