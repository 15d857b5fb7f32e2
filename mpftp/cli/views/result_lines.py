"""The lines of the result files for programs: CSV or JSON Lines, one after the other, never all in memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import TextIO

from mpftp.domain.campaign import CampaignRef
from mpftp.domain.clock import from_ms
from mpftp.domain.file_names import ResultType
from mpftp.domain.printable import format_json
from mpftp.domain.profile import RESULT_COLUMNS
from mpftp.domain.results.files import ResultFormat, ResultRow, make_cell_writer

FILE_COLUMNS = tuple(dict.fromkeys(column for kind in ResultType for column in RESULT_COLUMNS[kind.value]))
"""Every column of the six files once, in their order; those that a file does not have stay empty."""

LINE_COLUMNS = ("cliente", "campanha", "data", "arquivo", "instante", *FILE_COLUMNS)
"""What a line begins with, then the columns of the files; ``instante`` is ``datahora`` in UTC (ISO 8601)."""


def result_lines(
    ref: CampaignRef, kind: ResultType, rows: Iterable[ResultRow], style: ResultFormat, *, for_sheets: bool
) -> Iterator[list[str]]:
    """The values of ``LINE_COLUMNS`` for each of *rows* of the file *kind*.

    *for_sheets* defuses what a spreadsheet would run as a formula, as the files do.
    """
    make_cells = make_cell_writer(FILE_COLUMNS, style, escape=for_sheets)
    label = [ref.client, ref.key.name, ref.key.date, kind.value]
    for row in rows:
        at = from_ms(row.at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield [*label, at, *make_cells(row)]


def write_csv(lines: Iterable[list[str]], target: TextIO) -> None:
    """Write a header and *lines*, as RFC 4180 has them but for the line end, a line feed."""
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(LINE_COLUMNS)
    writer.writerows(lines)


def write_json_lines(lines: Iterable[list[str]], target: TextIO) -> None:
    """Write one JSON object a line; every column is there, as a text."""
    for line in lines:
        target.write(format_json(dict(zip(LINE_COLUMNS, line, strict=True))) + "\n")
