"""``mpftp validate``: check triplets before they are uploaded. Needs no configuration and no state."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from mpftp.cli.console import encode_for_console
from mpftp.cli.context import CommandContext, common_options
from mpftp.cli.lookup import unknown_client
from mpftp.cli.usage import ClientCommand, locale_language, unknown_rule, unreadable, unwritable
from mpftp.domain.file_names import mentions_input_file
from mpftp.domain.printable import escape_json
from mpftp.domain.texts import languages, texts
from mpftp.errors import EndpointError, Exit, MpftpError, TryLaterError, UsageError

if TYPE_CHECKING:
    from mpftp.adapters.config import ClientTable
    from mpftp.cli.views.findings import TextStyle
    from mpftp.domain.triplets.parallel import ParallelMap
    from mpftp.stages.validate import ValidationReport, ValidationSettings

FORMATS = ("text", "json", "csv", "sarif", "github")
DELIMITER_NAMES = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ","}


def _encoding(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    import codecs

    from mpftp.domain.triplets.text_scan import is_text_encoding

    if value and not is_text_encoding(value):
        raise click.BadParameter(f"{value!r} is no encoding such as utf-8 or windows-1252")
    return codecs.lookup(value).name if value else None


def _delimiter(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    value = DELIMITER_NAMES.get(value or "", value)
    if value and (len(value) != 1 or not value.isascii() or value in '"\r\n'):
        raise click.BadParameter("give one character, or tab")
    return value


def _words(context: click.Context, parameter: click.Parameter, value: Iterable[str]) -> list[str]:
    return [name for text in value for name in text.replace(",", " ").split()]


class ReportOptions(NamedTuple):
    """How the report is shown."""

    report_format: str
    language: str
    show_all: bool
    max_errors: int


@click.command("validate", cls=ClientCommand)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--format", "report_format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--lang", type=click.Choice(languages()))
@click.option("--all", "show_all", is_flag=True)
@click.option("--select", multiple=True, callback=_words, metavar="RULES")
@click.option("--ignore", multiple=True, callback=_words, metavar="RULES")
@click.option(
    "--severity", type=click.Choice(["error", "warning", "notice"]), default="notice", show_default=True
)
@click.option("--max-errors", "max_errors", type=click.IntRange(0), default=0, metavar="N")
@click.option("--client", metavar="NAME")
@click.option("--profile", metavar="NAME")
@click.option("--encoding", callback=_encoding)
@click.option("--delimiter", callback=_delimiter, metavar="CHAR")
@click.option("--jobs", type=click.IntRange(0, 64), default=0, metavar="N")
@click.option("--check-dns", "ask", is_flag=True)
@click.option("--fix", "copies", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER")
@click.option("--unsafe-fixes", "unsafe", is_flag=True)
@click.option("--preview", "number", type=click.IntRange(1), metavar="N")
@click.option("--preview-html", "page", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--list-rules", is_flag=True)
@click.option("--explain", metavar="RULE")
@common_options
def command(
    context: CommandContext, paths: tuple[Path, ...], list_rules: bool, explain: str, **asked: Any
) -> Exit:
    """Check triplets by the options of the command line."""
    options = ReportOptions(
        asked["report_format"], asked["lang"] or locale_language(), asked["show_all"], asked["max_errors"]
    )
    if asked["unsafe"] and not asked["copies"]:
        raise UsageError(texts(options.language).USAGE["unsafe"])
    if asked["client"] and (paths or asked["copies"] or asked["number"] or asked["page"]):
        raise UsageError(texts(options.language).USAGE["client"])
    if list_rules or explain:
        return _catalogue(explain, options)
    from mpftp.cli.progress import progress_bar
    from mpftp.stages.validate import find_triplets, validate

    rules = _rules(context, asked, options)
    if asked["client"]:
        return _check_client(context, asked, rules, options)
    if asked["number"] or asked["page"]:
        return _preview(paths, rules, asked["number"], asked["page"], options)
    try:
        with progress_bar() as progress:
            report = validate(find_triplets(paths or (Path(),), asked["copies"]), rules, progress, paths)
    except OSError as error:
        raise unreadable(error, options.language) from None
    if asked["copies"]:
        report = _fix_and_recheck(report, asked["copies"], asked["unsafe"], options, rules)
    if asked["ask"]:
        _check_dns(report, rules, options)
    return print_report(report, options)


def _check_client(
    context: CommandContext, asked: dict[str, Any], rules: ValidationSettings, options: ReportOptions
) -> Exit:
    """Check a client's server by the client's own terms, in a folder that is removed afterwards."""
    import tempfile
    from contextlib import closing

    from mpftp.cli.progress import progress_bar
    from mpftp.stages.validate import validate
    from mpftp.stages.validate.server_files import fetch_triplets
    from mpftp.wiring.servers import build_upload_policy, open_endpoint

    config, name = context.config, asked["client"]
    if name not in config.clients:
        raise unknown_client(name, config.clients)
    client = config.clients[name]
    settings = rules._replace(
        profile=config.profile(client),
        zone=client.zone,
        max_invalid_share=client.max_invalid_share,
    )
    with tempfile.TemporaryDirectory(prefix="mpftp-") as folder, progress_bar() as progress:
        with closing(open_endpoint(config, name)) as endpoint:
            policy = build_upload_policy(client)
            fetched = fetch_triplets(endpoint, name, Path(folder), client.max_file_bytes, policy, progress)
        report = validate(fetched.triplets, settings, progress)
        if asked["ask"]:
            _check_dns(report, settings, options)
    if report.checked[-1].folder == Path():  # nothing was found, which has another remedy here
        report.checked.pop()
        _echo(_lines(report, options))
        _refuse_foreign(name, client, fetched.foreign)
        raise EndpointError(
            f"{name}: no file of a triplet lies on the server for us",
            hint=f"check directory and endpoint of {name}; `mpftp doctor --client {name}` tries them",
        )
    code = print_report(report, options)
    _refuse_foreign(name, client, fetched.foreign)
    return code


def _refuse_foreign(name: str, client: ClientTable, foreign: Sequence[str]) -> None:
    """Raise ``EndpointError`` when an input file's name is among those in another encoding."""
    own_files = [one for one in foreign if mentions_input_file(one)]
    if own_files:
        from mpftp.domain.texts import count_text

        count = count_text("1 name on the server is|{count} names on the server are", len(own_files))
        raise EndpointError(
            f"{name}: {count} in another encoding than {client.encoding}",
            hint=f'set encoding = "latin-1" (or "cp1252") for {name}',
        )


def _check_dns(report: ValidationReport, rules: ValidationSettings, options: ReportOptions) -> None:
    from mpftp.adapters.dns import DnsResolver
    from mpftp.domain.deliverability.dns import LookupFailedError
    from mpftp.stages.validate import check_domains

    try:
        check_domains(report, rules, DnsResolver(seconds=4.0))
    except LookupFailedError:
        raise TryLaterError(texts(options.language).USAGE["no_dns"]) from None


def _preview(
    paths: tuple[Path, ...],
    rules: ValidationSettings,
    asked: int | None,
    page: Path | None,
    options: ReportOptions,
) -> Exit:
    """Show one contact's message, or write its HTML to *page*, or both."""
    from mpftp.cli.views.findings import render_preview
    from mpftp.stages.validate import find_triplets, preview_contact

    contact_number = asked or 1
    try:
        message = preview_contact(find_triplets(paths or (Path(),)), rules, contact_number, options.language)
    except LookupError as error:
        reason = str(error.args[0])
        kind = UsageError if reason == "one" else MpftpError
        said = texts(options.language).NO_PREVIEW[reason]
        raise kind(said.format(number=contact_number)) from None
    if page:
        try:
            page.write_text(message.html, "utf-8-sig")  # a browser has no header that names the encoding
        except OSError as error:
            raise unwritable(page, error, options.language) from None
    if asked:
        _echo(render_preview(message, _style(options)))
    return Exit.OK


def _fix_and_recheck(
    report: ValidationReport, copies: Path, unsafe: bool, options: ReportOptions, rules: ValidationSettings
) -> ValidationReport:
    """Write corrected copies, show what changed, and check the copies in place of the originals."""
    from mpftp.cli.views.findings import render_diff
    from mpftp.stages.validate.copies import check_copies, fix

    try:
        fixed = fix(report, copies, unsafe=unsafe, keep=rules.options.keep)
    except UsageError:
        raise UsageError(texts(options.language).USAGE["originals"].format(path=copies)) from None
    except OSError as error:
        raise unwritable(error.filename or copies, error, options.language) from None
    _echo(render_diff(fixed, _style(options)), err=options.report_format != "text")
    return check_copies(report, fixed, rules)


def _rules(context: CommandContext, asked: dict[str, Any], report: ReportOptions) -> ValidationSettings:
    """What the options ask the triplets to be checked against."""
    from zoneinfo import ZoneInfo

    from mpftp.domain.clock import DEFAULT_TIME_ZONE
    from mpftp.domain.profile import DEFAULT_PROFILE
    from mpftp.domain.triplets.findings import MAX_KEPT_FINDINGS
    from mpftp.domain.triplets.rules import Severity, UnknownRuleError, select_rules
    from mpftp.domain.triplets.triplet import CheckOptions
    from mpftp.stages.validate import ValidationSettings

    try:
        selected = select_rules(asked["select"], asked["ignore"], Severity(asked["severity"]))
    except UnknownRuleError as error:
        raise unknown_rule(error, report.language) from None
    options = CheckOptions(
        keep=0 if asked["show_all"] else max(MAX_KEPT_FINDINGS, asked["max_errors"]),
        selected_rules=selected,
        encoding=asked["encoding"],
        delimiter=asked["delimiter"],
    )
    profile = _profile(context, asked["profile"]) if asked["profile"] else DEFAULT_PROFILE
    return ValidationSettings(
        profile,
        ZoneInfo(DEFAULT_TIME_ZONE),
        context.clock(),
        options=options,
        parallel_map=_parallel_map(asked["jobs"]),
    )


def _parallel_map(jobs: int) -> ParallelMap | None:
    """Workers for a large MAIL, made when there is one."""
    if jobs == 1:
        return None

    def share(function: Callable[[tuple[int, int]], Any], spans: Sequence[tuple[int, int]]) -> Iterator[Any]:
        from mpftp.adapters.parallel import cpu_count, forked_map

        return forked_map(jobs or min(4, cpu_count()))(function, spans)

    return share


def _profile(context: CommandContext, name: str) -> Any:
    config = context.config
    if name != "default" and name not in config.profiles:
        known = ", ".join(["default", *config.profiles])
        raise UsageError(f"there is no profile {name!r}", hint=f"the configuration has: {known}")
    from mpftp.domain.profile import DEFAULT_PROFILE

    table = config.profiles.get(name)
    return table.profile(name) if table else DEFAULT_PROFILE


def _catalogue(explained: str, options: ReportOptions) -> Exit:
    """``--list-rules`` and ``--explain``."""
    from mpftp.cli.views import rules
    from mpftp.domain.triplets.rules import RULES, UnknownRuleError

    if explained:
        name = explained.upper()
        if name not in RULES:
            raise unknown_rule(UnknownRuleError(name), options.language)
        _echo(rules.format_rule(RULES[name], options.language))
    elif options.report_format == "json":
        from mpftp.cli.views.interchange import rules_to_json

        _echo([_json(rules_to_json(options.language))], plain=False)
    else:
        _echo(rules.format_rule_list(options.language))
    return Exit.OK


def print_report(report: ValidationReport, options: ReportOptions) -> Exit:
    """Print *report*, and say by the exit code whether there is any error."""
    _echo(_lines(report, options), plain=options.report_format == "text")
    return Exit.FAILURE if any(one.findings.errors() for one in report.checked) else Exit.OK


def _lines(report: ValidationReport, options: ReportOptions) -> Iterator[str]:
    """The report in the form that was asked for."""
    if options.report_format == "json":
        from mpftp.cli.views.interchange import to_report_json

        yield _json(to_report_json(report, options.language))
    elif options.report_format == "sarif":
        from mpftp.cli.views.interchange import to_sarif

        yield _json(to_sarif(report, options.language))
    elif options.report_format == "csv":
        from mpftp.cli.views.interchange import to_csv

        yield to_csv(report, options.language).removesuffix("\n")
    elif options.report_format == "github":
        from mpftp.cli.views.interchange import to_github

        yield from to_github(report, options.language)
    else:
        from mpftp.cli.views.findings import render_text_report

        yield from render_text_report(report, _style(options))


def _style(options: ReportOptions) -> TextStyle:
    from mpftp.cli.views.findings import MAX_SHOWN_PER_GROUP, TextStyle

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return TextStyle(
        options.language, colour, 0 if options.show_all else MAX_SHOWN_PER_GROUP, options.max_errors
    )


def _echo(lines: Iterable[str], *, err: bool = False, plain: bool = True) -> None:
    """Print *lines*: *plain* text as the console can show it, data as UTF-8; file names may hold anything."""
    encoding = (sys.stderr if err else sys.stdout).encoding if plain else None
    for line in lines:
        ended = f"{line}\n".replace("\n", os.linesep)
        click.echo(encode_for_console(ended, encoding), err=err, nl=False)


def _json(value: object) -> str:
    import json

    return escape_json(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode())
