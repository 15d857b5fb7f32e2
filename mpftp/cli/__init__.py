"""Floor 5: the commands. Options in, stage called, result shown; the only place that prints and exits.

Each command lives in a module of its own, imported only when it is asked for, so that
``mpftp --help`` costs no more than click itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

from mpftp.cli.lookup import NearestCommandGroup
from mpftp.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "collect": "Fetch new triplets from every client's server and make campaigns of them.",
    "validate": "Check triplets before they are uploaded; needs no configuration.",
    "send": "Send every fragment that is due.",
    "campaign": "Show and control single campaigns: pause, resume, cancel, retry, test.",
    "show": "Show the files of a campaign as its client uploaded them.",
    "suppress": "Manage the suppression list, of one client or of all.",
    "publish": "Write and upload the six result files of every campaign that is due.",
    "status": "Show clients, campaigns, fragments, results and trouble.",
    "report": "Show statistics of one campaign: rates, opens by hour, links, bounces; or as a page.",
    "results": "Write the lines of the result files to standard output, for programs.",
    "track": "Serve the web endpoint for opens, clicks and opt-outs.",
    "events": "Take in the event logs of trackers on other hosts.",
    "bounces": "Read delivery reports and opt-out replies from a mailbox or standard input.",
    "doctor": "Try every server, the relay, the tracker, the state file and the disks.",
    "client": "Add, list, show, test, rest, rename and remove clients.",
    "config": "Check and show the configuration, and print its form for editors.",
    "guide": "Write the guide for one client: a page with model files.",
    "init": "Write a commented configuration file, and make the state file.",
    "backup": "Write the state file and what belongs to it to one file.",
    "restore": "Put a backup in the place of the state file, and hold what may have been sent.",
    "forget": "Erase one person's data, but for a hash that keeps the address from being mailed.",
    "prune": "Delete contacts and events that were kept long enough; give their space back.",
    "export-person": "Write all that is kept of one person to standard output, as JSON.",
}
"""Each command's one line in ``mpftp --help``; its module is ``mpftp.cli.commands.NAME``, ``_`` for ``-``."""

EPILOG = (
    "Exit codes: 0 success; 1 something was refused or failed, and is named; 2 usage error; "
    "75 temporary failure (locked, or a server is unavailable); "
    "78 configuration or state file cannot be used."
)


class LazyGroup(NearestCommandGroup):
    """A group that imports a command's module only to run it, or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of a campaign's path."""
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mpftp")
def main() -> None:
    """E-mail campaigns that clients hand over by FTP.

    Clients upload triplets (CONF, HTML, MAIL); mpftp collects, checks and sends them, follows opens,
    clicks, bounces and opt-outs, and publishes six result files to the client's server.
    """
