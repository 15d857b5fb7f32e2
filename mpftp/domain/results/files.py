"""The six result files: which rows they hold and how a row becomes a line (see ``mpftp-triplet(5)``).

Opens and clicks come in twice: every one (ABERTURA, CLIQUE), and the first of each contact
(ABERTURAUNICA, CLIQUEUNICO). RETORNADO and CANCELADO name each contact once.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import BinaryIO, NamedTuple

from mpftp.domain.bounces.codes import class_for, class_text
from mpftp.domain.bounces.reasons import find_reason, make_status, reason_text
from mpftp.domain.file_names import AnswerType, ResultType
from mpftp.domain.messages.links import fill_url
from mpftp.domain.profile import Profile
from mpftp.domain.results.situations import UNSENT, Situation
from mpftp.domain.texts import texts

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet run a cell (OWASP, "CSV Injection")."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_SUSPECT = re.compile(_CONTROLS.pattern + rf"|\A\s*[{re.escape(''.join(FORMULA_PREFIXES))}]")
_SIGNED_NUMBER = re.compile(r"[+-][0-9]+(?:[.,][0-9]+)?")
_LINES_PER_WRITE = 1000  # lines that are joined before they are encoded


class ResultRow(NamedTuple):
    """One line of a result file before it is written; *at* is in milliseconds since 1970, UTC.

    *url* is the link's template, which may hold merge fields; *fields* the contact's values as the
    state keeps them (JSON), needed only to fill it. *line* and *situation* are for SITUACAO.
    """

    email: str
    uidcli: str
    at: int
    url: str = ""
    ip: str = ""
    agent: str = ""
    bounce_class: str = ""
    code: str = ""
    reason: str = ""
    source: str = ""
    reply: str = ""
    fields: str = ""
    line: int = 0
    situation: str = ""


FillLink = Callable[[ResultRow], str]
"""Returns the address that a row's click led to: its link with the contact's values filled in."""


@dataclass(frozen=True, slots=True)
class ResultFormat:
    """How one client reads its results: columns and form, time zone, language, filled links."""

    profile: Profile
    zone: tzinfo
    language: str
    fill: FillLink = lambda row: row.url


def make_link_filler(columns: Sequence[str], profile: Profile) -> FillLink:
    """The ``FillLink`` of a campaign whose contacts have these *columns*."""

    def filled(row: ResultRow) -> str:
        if profile.merge_open not in row.url:
            return row.url
        values = dict(zip(columns, json.loads(row.fields), strict=True))
        return fill_url(row.url, values, profile) or row.url

    return filled


def escape_formula(cell: str) -> str:
    """*cell* as text for a spreadsheet: never a formula, never more than one line.

    A plain signed number is no formula.
    """
    if cell[:1].isalnum() and cell.isprintable():  # the usual cell; a search through it takes far longer
        return cell
    if not _SUSPECT.search(cell) or _SIGNED_NUMBER.fullmatch(cell):
        return cell
    line = _CONTROLS.sub(" ", cell)
    runs = cell.startswith(FORMULA_PREFIXES) or line.lstrip().startswith(FORMULA_PREFIXES)
    return "'" + line if runs else line


def make_cell_writer(
    columns: Sequence[str], style: ResultFormat, *, escape: bool = True
) -> Callable[[ResultRow], list[str]]:
    """The function that makes the cells of *columns* (our names) from a row, defused unless not *escape*."""
    makers = _cell_makers(columns, style)
    if not escape:
        return lambda row: [make(row) for make in makers]
    return lambda row: [escape_formula(make(row)) for make in makers]


def _cell_makers(columns: Sequence[str], style: ResultFormat) -> list[Callable[[ResultRow], str]]:
    language, words = style.language, texts(style.language)
    makers: dict[str, Callable[[ResultRow], str]] = {
        "email": attrgetter("email"),
        "uidcli": attrgetter("uidcli"),
        "datahora": lambda row: local_time(row.at, style.zone),
        "url": style.fill,
        "ip": attrgetter("ip"),
        "agente": attrgetter("agent"),
        "tipo": lambda row: result_class_text(row.bounce_class, language),
        "codigo": attrgetter("code"),
        "motivo": lambda row: result_reason_text(row.reason, language),
        "origem": lambda row: words.OPT_OUT_SOURCES.get(row.source, row.source),
        "linha": lambda row: str(row.line),
        "situacao": lambda row: words.SITUATIONS[Situation(row.situation)],
    }
    return [makers[column] for column in columns]


def result_class_text(bounce_class: str, language: str) -> str:
    """``tipo`` of RETORNADO: a bounce's class, or that nothing was sent; empty for an empty class."""
    if bounce_class == UNSENT:
        return texts(language).UNSENT_REASONS[UNSENT]
    return class_text(bounce_class, language)


def result_reason_text(reason: str, language: str) -> str:
    """``motivo``: why a bounce came, or why nothing was sent; empty for an empty reason."""
    if not reason:
        return ""
    return texts(language).UNSENT_REASONS.get(reason) or reason_text(reason, language)


def bounce_of_reply(row: ResultRow) -> ResultRow:
    """The bounce that a relay's refusal is: *row* holds its reply code as *code*, its text as *reply*."""
    return row._replace(
        bounce_class=class_for(row.code),
        code=make_status(row.code, row.reply),
        reason=find_reason(row.code, row.reply),
    )


def local_time(at: int, zone: tzinfo) -> str:
    """``YYYY-MM-DD HH:MM:SS`` in *zone*: the form of CONF, which every spreadsheet reads as a time."""
    minute, second = divmod(at // 1000, 60)
    return f"{_local_minute(minute, zone)}:{second:02}"


@lru_cache(maxsize=4096)
def _local_minute(minute: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(minute * 60, zone).isoformat(" ")[:16]


def write_result(
    target: BinaryIO, kind: ResultType | AnswerType, rows: Iterable[ResultRow], style: ResultFormat
) -> int:
    """Stream *rows* into *target* as the file *kind*, its header first; return the data lines written.

    A character that the profile's encoding does not have becomes ``?``.
    """
    profile = style.profile
    columns = profile.results[kind.value]
    makers = _cell_makers([column for column, _ in columns], style)
    encoder = codecs.getincrementalencoder(profile.result_encoding)("replace")  # one BOM, if any
    target.write(encoder.encode(_join([[header] for _, header in columns], profile)))
    count, rows = 0, iter(rows)
    while some := list(islice(rows, _LINES_PER_WRITE)):
        target.write(encoder.encode(_join([list(map(make, some)) for make in makers], profile)))
        count += len(some)
    return count


def _join(columns: Iterable[list[str]], profile: Profile) -> str:
    """The lines of which these are the cells, column by column; defused, and quoted as in RFC 4180."""
    delimiter, end = profile.result_delimiter, profile.result_line_end
    written = [_quote(_defuse(cells), delimiter) for cells in columns]
    # A line of one empty cell is quoted, for readers pass over empty lines.
    return "".join([(line or '""') + end for line in map(delimiter.join, zip(*written, strict=True))])


def _defuse(cells: list[str]) -> list[str]:
    """A column's *cells*, none of which is a formula any more, nor more than one line."""
    firsts = "".join([cell[:1] for cell in cells])
    if firsts.isalnum() and "".join(cells).isprintable():  # as nearly always: asked once for all
        return cells
    return [escape_formula(cell) for cell in cells]


def _quote(cells: list[str], delimiter: str) -> list[str]:
    together = "".join(cells)
    if '"' not in together and delimiter not in together:
        return cells
    return [
        '"' + cell.replace('"', '""') + '"' if '"' in cell or delimiter in cell else cell for cell in cells
    ]
