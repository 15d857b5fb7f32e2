"""What the client finds beside its files: NAME_ERRO_DATE for a refused triplet (DESIGN, rule 7)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mpftp.domain.findings import Finding
from mpftp.domain.profile import Profile
from mpftp.domain.results import defuse
from mpftp.domain.rules import message, remedy

HEADERS: Mapping[str, Sequence[str]] = {
    "pt_BR": ("arquivo", "linha", "coluna", "regra", "problema", "correção"),
    "en": ("file", "line", "column", "rule", "problem", "remedy"),
}
FURTHER = {
    "pt_BR": "mais {count} ocorrências do mesmo problema",
    "en": "{count} more of the same problem",
}


def error_file(groups: Iterable[Mapping[str, Any]], profile: Profile, language: str) -> bytes:
    """The ERRO file for *groups* of findings as the state keeps them: one line a problem.

    Errors only; it is written as the client's result files are (encoding, delimiter, line end).
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=profile.result_delimiter, lineterminator=profile.result_line_end)
    writer.writerow(HEADERS[language])
    for group in groups:
        if group["severity"] == "error":
            writer.writerows(_rows(group, language))
    return text.getvalue().encode(profile.result_encoding, "replace")


def _rows(group: Mapping[str, Any], language: str) -> Iterator[list[str]]:
    for kept in group["findings"]:
        finding = Finding(
            group["rule"], group["file"], kept["line"], kept["column"], kept["excerpt"], values=kept["values"]
        )
        place = [str(value or "") for value in (kept["line"], kept["column"])]
        said = [message(finding, language), remedy(finding, language)]
        yield [defuse(cell) for cell in (group["file"], *place, group["rule"], *said)]
    further = group["count"] - len(group["findings"])
    if further > 0:
        yield [defuse(group["file"]), "", "", group["rule"], FURTHER[language].format(count=further), ""]
