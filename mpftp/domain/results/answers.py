"""What the client finds beside its files: NAME_ERRO_DATE or NAME_RECIBO_DATE (see ``mpftp-triplet(5)``)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from mpftp.domain.file_names import InputType, ListType, TripletKey
from mpftp.domain.printable import escape_invisible
from mpftp.domain.profile import Profile
from mpftp.domain.results.files import escape_formula
from mpftp.domain.results.wording import NO_SUPPORT, Support
from mpftp.domain.sending.fragments import results_due_at
from mpftp.domain.texts import count_text, languages, texts
from mpftp.domain.triplets.findings import Finding, message, remedy


def format_error_file(
    groups: Iterable[Mapping[str, Any]], profile: Profile, language: str, support: Support = NO_SUPPORT
) -> bytes:
    """The ERRO file for *groups* of findings as the state keeps them: one line a problem, and *support*.

    Errors only; it is written as the client's result files are (encoding, delimiter, line end).
    """
    errors = [group for group in groups if group["severity"] == "error"]
    rows = [row for group in errors for row in _rows(group, language)]
    if support:
        rows.append(["", "", "", "", texts(language).RECEIPT["support"], str(support)])
    return _written([_header(texts(language).ERROR_FILE), *rows], profile)


def is_answer_file(data: bytes, profile: Profile) -> bool:
    """Whether *data* begins as our ERRO and RECIBO files do, in any language."""
    spoken = [texts(language) for language in languages()]
    headers = [_header(words) for each in spoken for words in (each.ERROR_FILE, each.RECEIPT)]
    return any(data.startswith(_written([header], profile)) for header in headers)


def _header(words: Mapping[str, str]) -> list[str]:
    """The names of the columns of ERRO or RECIBO, from its *words*."""
    return words["head"].split(";")


def format_error_lines(groups: Iterable[Mapping[str, Any]], language: str) -> Iterator[str]:
    """The same problems as sentences, for a letter."""
    for group in groups:
        if group["severity"] == "error":
            for file, line, column, rule, text, fix in _rows(group, language):
                position = ":".join(part for part in (file, line, column if line else "") if part)
                yield f"{position}: {text} [{rule}]. {fix}".rstrip()


def _written(rows: Iterable[Sequence[str]], profile: Profile) -> bytes:
    """*rows* in the form of the client's result files."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=profile.result_delimiter, lineterminator=profile.result_line_end)
    writer.writerows([[escape_formula(cell) for cell in row] for row in rows])
    return text.getvalue().encode(profile.result_encoding, "replace")


def _rows(group: Mapping[str, Any], language: str) -> Iterator[list[str]]:
    file = escape_invisible(group["file"])
    for kept in group["findings"]:
        finding = Finding(
            group["rule"], group["file"], kept["line"], kept["column"], kept["excerpt"], values=kept["values"]
        )
        position = [str(value or "") for value in (kept["line"], kept["column"])]
        sentences = [message(finding, language), remedy(finding, language)]
        yield [file, *position, group["rule"], *sentences]
    further = group["count"] - len(group["findings"])
    if further > 0:
        more = count_text(texts(language).ERROR_FILE["more"], further)
        yield [file, "", "", group["rule"], more, ""]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an accepted triplet: *fragments* are (due, contacts) in order.

    Of the *lines* of MAIL, *invalid* and *repeated* ones were never to be sent; *suppressed* contacts
    opted out or bounced before. *is_stopped*: when it goes out is not known.
    """

    accepted_at: datetime
    sha256: Mapping[InputType, str]
    lines: int
    invalid: int
    repeated: int
    suppressed: int
    fragments: tuple[tuple[datetime, int], ...]
    is_stopped: bool = False

    @property
    def accepted(self) -> int:
        """Contacts that are to get the message."""
        return self.lines - self.invalid - self.repeated - self.suppressed


@dataclass(frozen=True, slots=True)
class SuppressionReceipt:
    """What became of a client's own suppression file: *lines* = *added* + *known* + *invalid*.

    Of its data lines *added* are addresses new on the client's list, *known* ones stood there before or
    came before in the file, *invalid* ones are no addresses.
    """

    taken_at: datetime
    sha256: str
    lines: int
    added: int
    known: int
    invalid: int


def format_suppression_receipt(
    receipt: SuppressionReceipt,
    key: TripletKey,
    profile: Profile,
    language: str,
    zone: tzinfo,
    support: Support = NO_SUPPORT,
) -> bytes:
    """The RECIBO file of the suppression file *key*; times are in the client's *zone*."""
    say = texts(language).RECEIPT
    rows = [
        _header(say),
        [say["received"], _local(receipt.taken_at, zone), ""],
        [say["sha256"].format(file=key.file(ListType.SUPRESSAO)), receipt.sha256, ""],
        [say["lines"], str(receipt.lines), ""],
        *([say[f"list_{name}"], str(getattr(receipt, name)), ""] for name in ("added", "known", "invalid")),
        *([[say["support"], str(support), ""]] if support else []),
    ]
    return _written(rows, profile)


def _local(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def format_receipt_file(
    receipt: Receipt,
    key: TripletKey,
    profile: Profile,
    language: str,
    zone: tzinfo,
    results_after_days: int,
    support: Support = NO_SUPPORT,
) -> bytes:
    """The RECIBO file of the accepted triplet *key*; times are in the client's *zone*."""
    say = texts(language).RECEIPT
    counts = ("lines", "accepted", "repeated", "invalid", "suppressed")
    fragments = receipt.fragments
    last = fragments[-1][0] if fragments else receipt.accepted_at

    def planned(at: datetime) -> str:
        return "" if receipt.is_stopped else _local(at, zone)

    rows = [
        _header(say),
        [say["received"], _local(receipt.accepted_at, zone), ""],
        *([say["sha256"].format(file=key.file(kind)), receipt.sha256[kind], ""] for kind in InputType),
        *([say[name], str(getattr(receipt, name)), ""] for name in counts),
        *(
            [
                say["fragment"].format(number=fragment_number, count=len(fragments)),
                planned(due),
                str(contacts),
            ]
            for fragment_number, (due, contacts) in enumerate(fragments, 1)
        ),
        [say["results"], planned(results_due_at(last, results_after_days, zone)), ""],
        *([[say["support"], str(support), ""]] if support else []),
    ]
    return _written(rows, profile)
