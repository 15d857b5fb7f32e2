"""Lines of MAIL as patterns, compiled from the file's layout: ordinary, almost so, and no contacts at all."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from mpftp.domain.triplets.columns import DIGIT_COLUMNS, ordinary_value
from mpftp.domain.triplets.contact import MailLayout

_ADDRESS = rb"([A-Za-z0-9_][A-Za-z0-9._+-]{0,63}+@[A-Za-z0-9.\x80-\xff-]{3,189}+)"
_POSSIBLE_ADDRESS = rb"[^\s@;,]@(?:\[|[A-Za-z0-9-]*+(?:\.[A-Za-z0-9\x80-\xff]|[\x80-\xff]))"
_NUMBER = rb"[0-9][.,][0-9]++E\+"  # shortened by a spreadsheet
_DIGITS = rb"[0-9][0-9.,]*+[Ee]"  # in a column of digits 5E12 is read one by one, too
_EMPTY_WORD = rb"N(?:ULL|A|aN|one)(?![\w ])|n(?:ull|an)(?![\w ])|undefined"
_ORDINARY = rb"(?![ #=\\]|" + _EMPTY_WORD + rb"|%b)"
_JUDGED = rb'(?! *+(?:["=]|%b))'  # of #N/D and NULL ``contact`` tells without the place


def _value_patterns(
    layout: MailLayout,
    value_pattern: Callable[[str], bytes | None],
    inside: bytes,
    begin: bytes,
    end: bytes = b"(?<! )",
) -> list[bytes]:
    """Return the patterns of the values of a line whose address is ordinary.

    *value_pattern* says what the values of a column look like, ``None``: anything. Unquoted ones hold
    none of the characters *inside*. All begin as the pattern *begin* says, into which that of a number that
    a spreadsheet shortened is put, and end as *end* says.
    """
    plain = _text_without(layout.delimiter.encode() + inside) + end
    quoted = _text_without(b'"') + end + b'"'
    parts = []
    for index, column in enumerate(layout.columns):
        typed = _ADDRESS if index == layout.email else value_pattern(column)
        start = begin % (_DIGITS if column in DIGIT_COLUMNS else _NUMBER)
        if layout.quoted[index]:
            parts.append(b'"' + typed + b'"' if typed else b'(?:"' + start + quoted + b"|)")
        else:
            parts.append(typed or start + plain)
    return parts


def _text_without(excluded: bytes) -> bytes:
    """Return the pattern of a text that holds no controls and none of the bytes *excluded*.

    It has the ranges of all others: a class that begins with ``^`` takes twice the time.
    """
    ranges = re.split(rb"[\x7f%b]" % re.escape(excluded), bytes(range(32, 256)))
    names = (b"%b-%b" % (re.escape(one[:1]), re.escape(one[-1:])) for one in ranges if one)
    return b"[%b]{0,10000}+" % b"".join(names)


class LinePatterns:
    """The patterns of one layout, each compiled when it is first needed."""

    def __init__(self, layout: MailLayout) -> None:
        self._layout = layout

    @functools.cached_property
    def fast(self) -> re.Pattern[bytes]:
        """The pattern of one line: group 1 is the address of an ordinary line, empty for any other.

        What holds for every column (MAIL017, 018, 019, 040, 061) is said here as a pattern and in ``contact``
        as a check; what holds for one of them is in ``columns`` alone.
        """
        if self._layout.email is None:
            return re.compile(rb"()[^\n]*\n")
        delimiter = re.escape(self._layout.delimiter.encode())
        spare = b"(?:%b){0,%d}" % (delimiter, self._layout.spare) if self._layout.spare else b""
        values = delimiter.join(_value_patterns(self._layout, ordinary_value, rb'"', _ORDINARY))
        return re.compile(values + spare + rb"\r?\n|[^\n]*\n")

    @functools.cached_property
    def lenient(self) -> re.Pattern[bytes]:
        """The pattern of one line, without its end, that ``contact.broken_value_rules`` can judge alone.

        Group 1 is its address. Its values may break the rules of their columns, stand for none (MAIL019,
        MAIL061), hold stray quotes and have spaces around them, those behind the address may lack, and
        further ones be empty.
        """
        if self._layout.email is None:
            return re.compile(rb"(?!)")
        parts = _value_patterns(self._layout, lambda _column: None, b"", _JUDGED, b"")
        parts[self._layout.email] = rb" *+%b *+" % parts[self._layout.email]
        delimiter = re.escape(self._layout.delimiter.encode())
        behind = (rb"(?:%b%b|(?=\r?\Z))" % (delimiter, part) for part in parts[self._layout.email + 1 :])
        values = delimiter.join(parts[: self._layout.email + 1]) + b"".join(behind)
        return re.compile(values + rb"(?:%b)*\r?\Z" % delimiter)

    @functools.cached_property
    def flawed(self) -> dict[str, re.Pattern[bytes]]:
        """Patterns of one line that breaks one rule and no other, by that rule; group 1 is its address.

        It is an ordinary one otherwise: with spaces around its address (MAIL029), or with too few values, too
        many (MAIL012), or further empty ones. It holds no delimiter of another kind, which might be meant.
        """
        if self._layout.email is None:
            return {}
        delimiter = re.escape(self._layout.delimiter.encode())
        parts = _value_patterns(self._layout, ordinary_value, rb'"', _ORDINARY)
        ordinary, end = delimiter.join(parts), rb"\r?\n|[^\n]*\n"
        spaced = [
            rb" *+%b *+" % part if index == self._layout.email else part for index, part in enumerate(parts)
        ]
        lacking = (rb"(?:%b%b|(?=\r?\n))" % (delimiter, part) for part in parts[self._layout.email + 1 :])
        surplus = rb'(?:%b[^%b"\x00-\x1f\x7f]*+)+(?<![%b ])' % (delimiter, delimiter, delimiter)
        patterns = {
            "MAIL029": delimiter.join(spaced),
            "MAIL052": delimiter.join(parts[: self._layout.email + 1]) + b"".join(lacking),
            "MAIL053": ordinary + rb"(?:%b)+" % delimiter,
            "MAIL012": ordinary + surplus,
        }
        others = rb"(?![^\n]*[%b])" % b";,|\t".replace(self._layout.delimiter.encode(), b"")
        return {rule: re.compile(others + pattern + end) for rule, pattern in patterns.items()}

    @functools.cached_property
    def blank(self) -> re.Pattern[bytes]:
        """The pattern of a whole line, without its end, whose values are empty, quoted or not."""
        delimiter = self._layout.delimiter.encode()
        value = rb'(?: *+"[ \t\r]*+" *+|[%b]*+)' % b" \t\r".replace(delimiter, b"")
        return re.compile(rb"%b(?:%b%b)*+\r?" % (value, re.escape(delimiter), value))

    @functools.cached_property
    def blank_lines(self) -> re.Pattern[bytes]:
        """The pattern of several blank lines of a block, with their ends."""
        return re.compile(rb"(?m)^(?:%b\n\n*+)+" % self.blank.pattern)

    @functools.cached_property
    def possible(self) -> re.Pattern[bytes]:
        """The pattern that is found in each line, without its end, that is blank or may begin a contact.

        An address may stand in it, or a quoted value that goes on over its end; then group 1 is found.
        """
        blank = rb"\A%b\Z" % self.blank.pattern
        opened = rb'(?:\A|%b) *+("[^"]*+(?:""[^"]*+)*+\Z)' % re.escape(self._layout.delimiter.encode())
        return re.compile(b"|".join((_POSSIBLE_ADDRESS, opened, blank)))

    @functools.cached_property
    def closing(self) -> re.Pattern[bytes]:
        """The pattern of lines, the first with a quote that opens, that shows what becomes of it.

        Group 1 is a blank record of several lines, group 2 another one without ``@``; neither is found if the
        quote cannot close, as the next one stands inside of a value.
        """
        delimiter = self._layout.delimiter.encode()
        space, delimiter = b" \t\r".replace(delimiter, b""), re.escape(delimiter)
        blank = rb'"[%b]*\n[%b\n]*"(?:%b[%b%b]*|\r?)\n' % (space, space, delimiter, space, delimiter)
        record = rb'"[^"@\n]*\n[^"@]*"(?:%b[^"@\n]*|\r?)\n' % delimiter
        before = rb"(?:[%b%b]*%b)?(%b)|(?:[^\"@\n]*%b)?(%b)"
        both = before % (space, delimiter, delimiter, blank, delimiter, record)
        return re.compile(both + rb'|[^\n]*\n[^"]*"[^%b\r\n"]' % delimiter)
