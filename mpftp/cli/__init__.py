"""Floor 5: the commands. Options in, stage called, result shown; the only place that prints and exits.

Each command lives in a module of its own, imported only when it is asked for, so that
``mpftp --help`` costs no more than click itself.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from mpftp.cli.lookup import NearestCommandGroup
from mpftp.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SECTIONS = {
    "By cron, systemd or the mail server": {
        "collect": "Fetch new triplets, check them, make campaigns of them.",
        "send": "Send every fragment that is due.",
        "bounces": "Read delivery reports, complaints and opt-out replies.",
        "publish": "Write and upload the result files of what is due.",
        "track": "Serve the web endpoint for opens, clicks and opt-outs.",
        "events": "Take in the event logs of trackers on other hosts.",
    },
    "Look and steer": {
        "status": "Show trouble, clients, campaigns, and what is next.",
        "campaign": "List and show campaigns; pause, resume, cancel, retry, test.",
        "report": "Show statistics of one campaign, or write them as a page.",
        "results": "Write the lines of the result files, for programs.",
        "show": "Show the files of a campaign as its client uploaded them.",
        "suppress": "Say who must not be mailed, and why.",
    },
    "Clients": {
        "client": "Add, list, show, test, rest, rename and remove clients.",
        "guide": "Write a client's guide: a page with model files.",
        "validate": "Check triplets before they are uploaded.",
    },
    "Set up and keep": {
        "init": "Write a commented configuration; make the state file.",
        "config": "Check and show the configuration.",
        "doctor": "Try every server, the relay, the tracker, state and disks.",
        "backup": "Write the state and what belongs to it to one file.",
        "restore": "Put a backup in the place of the state file.",
        "prune": "Delete what was kept long enough; give its space back.",
        "export-person": "Write all that is kept of one person, as JSON.",
        "forget": "Erase one person's data.",
    },
}
"""The sections of ``mpftp --help``, with a line for each command."""

COMMANDS = {name: meaning for section in SECTIONS.values() for name, meaning in section.items()}
"""Each command's one line in ``mpftp --help``; its module is ``mpftp.cli.commands.NAME``, ``_`` for ``-``."""

EPILOG = (
    "Exit codes: 0 success; 1 something was refused or failed, and is named; 2 usage error; "
    "75 temporary failure (locked, or a server is unavailable); "
    "78 configuration or state file cannot be used."
)


def _is_json_wanted(words: Sequence[str]) -> bool:
    """Whether a command line of *words*, which may be wrong elsewhere, asks for ``--log-format json``."""
    return "--log-format=json" in words or ("--log-format", "json") in pairwise(words)


@contextmanager
def _usage_errors_as_asked(ctx: click.Context) -> Iterator[None]:
    """Say what is wrong with the command line as JSON where the line itself asks for that."""
    try:
        yield
    except click.UsageError as error:
        if not ctx.obj:
            raise
        from mpftp.cli.logs import say_usage_error

        path = error.ctx.command_path if error.ctx else ctx.command_path
        say_usage_error(error.format_message(), hint=f"`{path} --help` says what there is")
        ctx.exit(error.exit_code)


class LazyGroup(NearestCommandGroup):
    """A group that imports a command's module only to run it, or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of their sections."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of *cmd_name* and return its ``command``."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"mpftp.cli.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        command.epilog = command.epilog or EPILOG
        if ctx.resilient_parsing:  # a shell asks for words
            from mpftp.cli.completion import add_completion

            add_completion(cmd_name, command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer commands from the table, without importing any, and options."""
        from click.shell_completion import CompletionItem

        names = [name for name in COMMANDS if name.startswith(incomplete)]
        words = [CompletionItem(name, help=COMMANDS[name]) for name in names]
        return words + click.Command.shell_complete(self, ctx, incomplete)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note, before a command is known, how the errors of this command line are to look."""
        ctx.obj = _is_json_wanted(args)
        with _usage_errors_as_asked(ctx):
            try:
                return super().parse_args(ctx, args)
            except click.NoSuchOption as error:
                message = f"{error.message.rstrip('.')} here; those of a command stand behind it."
                raise click.NoSuchOption(error.option_name, message, error.possibilities, ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, whose own options are read here."""
        with _usage_errors_as_asked(ctx):
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, in one column of names, without importing any."""
        width = max(map(len, COMMANDS))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), meaning) for name, meaning in commands.items()])


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mpftp")
def main() -> None:
    """E-mail campaigns that clients hand over by FTP.

    Clients upload triplets (CONF, HTML, MAIL); mpftp collects, checks and sends them, follows opens,
    clicks, bounces and opt-outs, and publishes six result files to the client's server.
    """
