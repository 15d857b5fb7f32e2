"""``mpftp validate``: check triplets before they are uploaded. Needs no configuration and no state."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from mpftp.cli.session import Session, common_options
from mpftp.errors import Exit


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the report.",
)
@click.option(
    "--lang", type=click.Choice(["pt_BR", "en"]), help="Language of the report; default: the locale's."
)
@click.option("--all", "everything", is_flag=True, help="Show every finding, not the first of each group.")
@common_options
def command(session: Session, paths: tuple[Path, ...], form: str, lang: str | None, everything: bool) -> Exit:
    """Check triplets: folders (with their subfolders) or the three files; default: this folder."""
    from zoneinfo import ZoneInfo

    from mpftp.domain.profile import DEFAULT
    from mpftp.domain.findings import KEPT
    from mpftp.domain.triplet import Options
    from mpftp.stages.validate import Rules, find_triplets, validate

    options = Options(keep=0 if everything else KEPT)
    rules = Rules(DEFAULT, ZoneInfo("America/Sao_Paulo"), session.clock(), options=options)
    report = validate(find_triplets(paths or (Path(),)), rules)
    language = lang or locale_language()
    for line in _lines(report, form, language, everything):
        click.echo(line)
    return Exit.TROUBLE if any(one.findings.errors() for one in report.checked) else Exit.OK


def _lines(report: object, form: str, language: str, everything: bool) -> Iterator[str]:
    from mpftp.stages.validate import Report

    assert isinstance(report, Report)
    if form == "json":
        from mpftp.cli.formats.plain import to_plain

        yield json.dumps(to_plain(report, language), ensure_ascii=False, indent=2)
        return
    from mpftp.cli.formats.text import SHOWN, Style, render

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    yield from render(report, Style(language, colour, 0 if everything else SHOWN))


def locale_language() -> str:
    """``pt_BR`` when the environment speaks Portuguese, else ``en`` (POSIX: LC_ALL, LC_MESSAGES, LANG)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "pt_BR" if value.lower().startswith("pt") else "en"
    return "en"
