"""One page a command, from what the program says of itself and from ``commands.toml``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
from roff import escape, inline, item, prose, render_page, see_also, title

from mpftp.cli import COMMANDS, main
from mpftp.cli.context import common_options

VIEWS = Path(__file__).parents[1] / "mpftp/cli/views"
SCHEMAS = {
    "status": {"JSON": "status.schema.json"},
    "campaign": {"JSON OF LIST": "campaign_list.schema.json", "JSON OF SHOW": "campaign.schema.json"},
    "results": {"JSON LINES": "results.schema.json"},
}
FACTS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("commands.toml").read_text("utf-8"))
EXITS = {
    "0": "All is well.",
    "1": "Something was refused or failed, and is named on standard error.",
    "2": "Usage error.",
    "75": "Temporary failure: locked by another run, or a server is unavailable. The next run goes on.",
    "78": "The configuration or the state file cannot be used.",
}


def command_page(name: str) -> str:
    """Return mpftp-NAME(1)."""
    documents = SCHEMAS.get(name, {}).items()
    json_lines = [line for heading, file in documents for line in schema_lines(heading, file)]
    return render_page([*command_head(name), *json_lines, *command_tail(name)])


def schema_lines(heading: str, file: str) -> Iterator[str]:
    """Yield the section *heading*: the members that the schema *file* describes, tables within by name."""
    schema = json.loads((VIEWS / file).read_text("utf-8"))
    document = Path(file).name.partition(".")[0]
    yield from (f".SH {heading}", escape(f"{schema['title']}. {schema['description']}"))
    yield rf"The whole schema: \fBmpftp config schema {escape(document)}\fR."
    for name, part in {"": schema, **schema.get("$defs", {})}.items():
        if members := part.get("properties"):
            yield from [f".SS {escape(name)}"] * bool(name)
            for member, about in members.items():
                yield from item(member, escape(about.get("description", "")))


def command_head(name: str) -> Iterator[str]:
    """Yield what a command is and takes."""
    command = command_of(name)
    yield from title(f"MPFTP-{name.upper()}", 1)
    yield from (".SH NAME", rf"mpftp\-{escape(name)} \- {escape(lowered(COMMANDS[name]))}")
    yield ".SH SYNOPSIS"
    for number, (path, one) in enumerate(leaves(f"mpftp {name}", command)):
        yield from [".br"] * bool(number)
        yield synopsis(path, one)
    yield ".SH DESCRIPTION"
    yield from prose(command.help or "")
    if isinstance(command, click.Group):
        yield ".SH COMMANDS"
        for path, one in leaves("", command):
            yield f".SS {escape(' '.join([path.strip(), *arguments(one)]))}"
            yield from prose(one.help or "")
            yield from options_of(one)
    elif own := list(options_of(command)):
        yield from (".SH OPTIONS", *own)


def command_tail(name: str) -> Iterator[str]:
    """Yield what all pages have, and a command's files, examples and related pages."""
    facts = FACTS[name]
    if common := [option for option in common_parameters() if takes(name, option)]:
        names = ", ".join(rf"\fB{escape(option.opts[-1])}\fR" for option in common)
        yield from (".SH COMMON OPTIONS", f"{names}: see", ".BR mpftp (1).")
    yield ".SH EXIT STATUS"
    yield from exit_lines(facts.get("exits", {}))
    if "files" in facts:
        yield from (".SH FILES", "Beside the state file, unless the configuration says otherwise:")
        for file, meaning in facts["files"].items():
            yield from item(file, inline(meaning))
    yield ".SH EXAMPLES"
    for line, meaning in facts["examples"].items():
        yield from item(line, inline(meaning))
    yield from see_also(["mpftp(1)", *facts["see"]])


def exit_lines(own: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Yield the exit codes; *own* has what some mean here."""
    for code, meaning in sorted((EXITS | own).items(), key=lambda pair: int(pair[0])):
        yield from item(code, escape(meaning))


def command_of(name: str) -> click.Command:
    """Return the command or group called *name*."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    return command


def leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Yield the commands that are run under one name, with their paths: itself, or those of a group."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for inner in command.list_commands(context):
        below = command.get_command(context, inner)
        assert below is not None
        yield from leaves(f"{path} {inner}", below)


def synopsis(path: str, command: click.Command) -> str:
    """Return one line of a synopsis."""
    return " ".join([rf"\fB{escape(path)}\fR", r"[\fIOPTIONS\fR]", *map(escape, arguments(command))])


def arguments(command: click.Command) -> list[str]:
    """Return the arguments of *command* as a synopsis writes them."""
    context = click.Context(click.Command("x"))
    return [param.make_metavar(context) for param in command.params if isinstance(param, click.Argument)]


def common_parameters() -> list[click.Option]:
    """Return the options that ``common_options`` adds."""

    @click.command()
    @common_options
    def probe() -> None:
        """Nothing."""

    return [parameter for parameter in probe.params if isinstance(parameter, click.Option)]


def takes(name: str, option: click.Option) -> bool:
    """Tell whether the command *name*, or one of its group, takes *option*."""
    return any(
        option.name == own.name and option.opts == own.opts
        for _, command in leaves(name, command_of(name))
        for own in command.params
    )


def own_options(command: click.Command) -> Iterator[click.Option]:
    """Yield the options of *command* but for the common ones."""
    common = {option.name for option in common_parameters()}
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in common | {"help"}:
            yield parameter


def options_of(command: click.Command) -> Iterator[str]:
    """Yield the entries of *command*'s own options."""
    for option in own_options(command):
        yield from option_lines(option)


def option_lines(option: click.Option) -> Iterator[str]:
    """Yield one option: its names, its value, its meaning."""
    names = ", ".join(rf"\fB{escape(name)}\fR" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag or option.count else option.make_metavar(click.Context(click.Command("x")))
    yield ".TP"
    yield f"{names} {rf'{chr(92)}fI{escape(value)}{chr(92)}fR' if value else ''}".rstrip()
    yield escape(option.help or "")


def lowered(text: str) -> str:
    """Return *text* as it follows a dash: no capital, no full stop."""
    return text[:1].lower() + text[1:].rstrip(".")
