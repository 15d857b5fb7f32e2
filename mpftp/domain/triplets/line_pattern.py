"""One line of MAIL as a pattern, compiled from the layout of the file."""

from __future__ import annotations

import re

from mpftp.domain.triplets.columns import ordinary_value
from mpftp.domain.triplets.contact import MailLayout

_ADDRESS = rb"([A-Za-z0-9_][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9.\x80-\xff-]{3,189})"
_NUMBER = rb"(?![0-9]*+[.,Ee])"  # 5,5119E+12 is read one by one


def compile_fast_pattern(layout: MailLayout) -> re.Pattern[bytes]:
    """Return the pattern of one line: group 1 is the address of an ordinary line, empty for any other.

    What holds for every column (MAIL017, 018, 019, 040) is said here as a pattern and in ``contact`` as
    a check; what holds for one of them is in ``columns`` alone.
    """
    if layout.email is None:
        return re.compile(rb"()[^\n]*\n")
    delimiter = re.escape(layout.delimiter.encode())
    refused = delimiter + rb'"\x00-\x1f\x7f'
    plain = rb"[^" + refused + rb"]{0,10000}+(?<! )"
    slow = rb"(?![ #=]|[0-9][.,][0-9]++E\+)"
    quoted = rb'"' + slow + rb'[^"\x00-\x1f\x7f]{0,10000}+(?<! )"'
    parts = []
    for index, column in enumerate(layout.columns):
        typed = _ADDRESS if index == layout.email else ordinary_value(column)
        guard = _NUMBER if column in ("telefone", "celular", "uidcli") else b""
        if layout.quoted[index]:
            parts.append(b'"' + typed + b'"' if typed else b'(?:"' + guard + quoted[1:] + b"|)")
        else:
            parts.append(typed or slow + guard + plain)
    spare = b"(?:%b){0,%d}" % (delimiter, layout.spare) if layout.spare else b""
    return re.compile(delimiter.join(parts) + spare + rb"\r?\n|[^\n]*\n")
