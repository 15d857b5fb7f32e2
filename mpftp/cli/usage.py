"""Mistakes on the command line of ``validate``, in the language of whoever runs it: often a client."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import click

from mpftp.domain.texts import OPERATOR_LANGUAGE, find_language, languages, texts
from mpftp.errors import MpftpError, UsageError

if TYPE_CHECKING:
    from mpftp.domain.triplets.rules import UnknownRuleError

_LANGUAGE = "mpftp.language"
"""Where a run's context keeps the language that its command line asks for."""


def locale_language() -> str:
    """The language of the environment (POSIX: LC_ALL, LC_MESSAGES, LANG), English when it is none of ours."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return find_language(value) or OPERATOR_LANGUAGE
    return OPERATOR_LANGUAGE


class ClientCommand(click.Command):
    """A command that clients run, whose help and usage errors are in the language they asked for.

    What it does, and each of its own options, stands in the texts by the option's name; the manual and
    the shells' completion get the English.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = texts(OPERATOR_LANGUAGE).HELP
        self.help = words["command"]
        for option in self.params:
            if isinstance(option, click.Option) and option.help is None:
                option.help = words[_name_of(option)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments apart. Raises ``click.UsageError`` in our words."""
        language = ctx.meta[_LANGUAGE] = _language_in(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            words = texts(language).USAGE
            raise _ClientUsageError(_describe(error, words), error.ctx or ctx, words) from None

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how the command is called, what it does, its options and its exit codes."""
        words = texts(ctx.meta.get(_LANGUAGE) or locale_language())
        formatter.write(words.USAGE["usage"].format(command=ctx.command_path) + "\n")
        self._format_paragraph(words.HELP["command"], formatter)
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        with formatter.section(words.HELP["options"]):
            formatter.write_dl([_option_help(option, ctx, words.HELP) for option in options])
        self._format_paragraph(words.HELP["exits"], formatter)

    @staticmethod
    def _format_paragraph(text: str, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(text)


class _ClientUsageError(click.UsageError):
    """A usage error whose frame is in our *words*, too."""

    def __init__(self, message: str, ctx: click.Context | None, words: Mapping[str, str]) -> None:
        super().__init__(message, ctx)
        self._words = words

    def show(self, file: IO[Any] | None = None) -> None:
        """Print how the command is called, where its help is, and what is wrong."""
        command = self.ctx.command_path if self.ctx else ""
        for key in ("usage", "help"):
            click.echo(self._words[key].format(command=command), file=file, err=file is None)
        click.echo(file=file, err=file is None)
        click.echo(self._words["error"].format(message=self.message), file=file, err=file is None)


def _language_in(args: Sequence[str]) -> str:
    """Return the language that *args* ask for, as far as they can be understood."""
    for at, argument in enumerate(args):
        name, equals, value = argument.partition("=")
        if name == "--lang":
            asked = value if equals else "".join(args[at + 1 : at + 2])
            return asked if asked in languages() else locale_language()
    return locale_language()


def _name_of(option: click.Option) -> str:
    """Return the long name of *option*, by which the texts know it."""
    return max(option.opts, key=len).removeprefix("--")


def _option_help(option: click.Option, ctx: click.Context, words: Mapping[str, str]) -> tuple[str, str]:
    """Return how *option* is written and what it does, in *words*."""
    names = ", ".join((*option.opts, *option.secondary_opts))
    value = "" if option.is_flag or option.count else option.make_metavar(ctx)
    text = words[_name_of(option)]
    if option.show_default:
        text += f" [{words['default'].format(value=option.default)}]"
    return f"{names} {words.get(value, value)}".rstrip(), text


def _describe(error: click.UsageError, words: Mapping[str, str]) -> str:
    """Return what *error* says, in our *words*; its own for a kind that ``validate`` cannot make."""
    if isinstance(error, click.NoSuchOption):
        key = "nearest" if error.possibilities else "unknown"
        return words[key].format(option=error.option_name, nearest="".join((error.possibilities or [""])[:1]))
    if isinstance(error, click.BadOptionUsage):
        has_value = "does not take" in error.message
        return words["no_value" if has_value else "needs_value"].format(option=error.option_name)
    if isinstance(error, click.BadParameter) and error.param is not None:
        key = _kind_of(error.param)
        if key in words:
            return words[key].format(**_values_of(error, error.param))
    return error.format_message()


def _kind_of(parameter: click.Parameter) -> str:
    """Return the key of the text that says what *parameter* takes."""
    if isinstance(parameter.type, click.Choice):
        return "choice"
    if isinstance(parameter.type, click.IntRange):
        return "number" if parameter.type.max is None else "range"
    if isinstance(parameter.type, click.Path):
        if parameter.type.exists:
            return "exists"
        return "file" if parameter.type.file_okay else "folder"
    return parameter.name or ""


def _values_of(error: click.BadParameter, parameter: click.Parameter) -> dict[str, str]:
    """Return what the texts about *parameter* may show."""
    quoted = re.search(r"'(.*)'", error.message)
    kind = parameter.type
    return {
        "option": max(parameter.opts, key=len),
        "choices": ", ".join(kind.choices) if isinstance(kind, click.Choice) else "",
        "least": f"{kind.min:g}" if isinstance(kind, click.IntRange) and kind.min is not None else "",
        "most": f"{kind.max:g}" if isinstance(kind, click.IntRange) and kind.max is not None else "",
        "path": quoted[1] if quoted else "",
    }


def unwritable(path: object, error: OSError, language: str) -> MpftpError:
    """Return the error that *path* cannot be written, in *language*; *error* is the system's."""
    return _file_error("unwritable", path, error, language)


def unreadable(error: OSError, language: str) -> MpftpError:
    """Return the error that the file that *error* names cannot be read, in *language*."""
    return _file_error("unreadable", error.filename or "", error, language)


def _file_error(key: str, path: object, error: OSError, language: str) -> MpftpError:
    words = texts(language)
    code = errno.errorcode.get(error.errno or 0, "EIO")
    problem = words.USAGE["no_place"] if code == "ENOENT" else words.FILE_PROBLEMS.get(code)
    problem = problem or words.FILE_PROBLEMS["other"].format(code=code)
    return MpftpError(words.USAGE[key].format(path=path, problem=problem))


def unknown_rule(error: UnknownRuleError, language: str) -> UsageError:
    """Return the usage error that no rule is called so, in *language*."""
    words = texts(language).USAGE["nearest_rule" if error.nearest else "no_rule"]
    return UsageError(words.format(rule=error.name, nearest=error.nearest))
