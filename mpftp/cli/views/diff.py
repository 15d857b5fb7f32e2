"""What ``--fix`` changed, in the manner of ``diff -u``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mpftp.cli.views.findings import TextStyle, escape_invisible
from mpftp.domain.triplets.fixing import FixedFile
from mpftp.stages.validate import FixedTriplet

_WORDS = {
    "pt_BR": {
        "same": "sem alterações",
        "marked": "marca (BOM) posta no início, pois restam bytes inválidos",
        "ended": "fim da última linha acrescentado",
        "cleaned": "marcas (BOM) ou caracteres nulos retirados",
        "encoding": "codificação: {old} → UTF-8",
        "ends": "fins de linha: {old} → LF",
        "counts": "linhas corrigidas: {changed}, retiradas: {dropped}",
        "more": "… e mais {count} (--all mostra todas)",
    },
    "en": {
        "same": "unchanged",
        "marked": "a mark (BOM) put at the start, for invalid bytes remain",
        "ended": "the end of the last line added",
        "cleaned": "marks (BOM) or NULs removed",
        "encoding": "encoding: {old} → UTF-8",
        "ends": "line ends: {old} → LF",
        "counts": "lines corrected: {changed}, dropped: {dropped}",
        "more": "… and {count} more (--all shows all)",
    },
}


def render_diff(fixed: Iterable[FixedTriplet], style: TextStyle) -> Iterator[str]:
    """The changes of all files, line by line."""
    for triplet in fixed:
        for mended in triplet.files:
            yield from _file(mended, triplet.folder, style)
            yield ""


def _file(fixed: FixedFile, folder: Path, style: TextStyle) -> Iterator[str]:
    words = _WORDS[style.language]
    yield style.colourize(f"--- {escape_invisible(fixed.file)}", "1")
    yield style.colourize(f"+++ {escape_invisible(str(folder / fixed.file))}", "1")
    for change in fixed.first:
        yield style.colourize(f"@@ {change.line} @@", "36")
        yield from (style.colourize(f"-{escape_invisible(line)}", "31") for line in change.old.split("\n"))
        if change.new is not None:
            yield from (
                style.colourize(f"+{escape_invisible(line)}", "32") for line in change.new.split("\n")
            )
    left = fixed.changed + fixed.dropped - len(fixed.first)
    if left:
        yield words["more"].format(count=left)
    said = [words["encoding"].format(old=fixed.encoding)] if fixed.encoding else []
    said += [words["ends"].format(old=fixed.line_ends)] if fixed.line_ends else []
    said += [words["marked"]] if fixed.bom_added else []
    said += [words["ended"]] if fixed.line_end_added else []
    if fixed.cleaned:
        said.append(words["cleaned"])
    if fixed.changed or fixed.dropped:
        said.append(words["counts"].format(changed=fixed.changed, dropped=fixed.dropped))
    yield "; ".join(said) or words["same"]
