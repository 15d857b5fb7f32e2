"""``mpftp config``: the configuration file, checked, shown, and described for editors."""

from __future__ import annotations

import json
import logging
import sys
from importlib import resources

import click

from mpftp.cli.context import CommandContext, common_options, exit_with, print_error
from mpftp.cli.lookup import NearestCommandGroup
from mpftp.errors import ConfigError, Exit

log = logging.getLogger("mpftp.config")

DOCUMENTS = {
    "validate": "report.schema.json",
    **{name: f"{name}.schema.json" for name in ("status", "campaign", "campaign_list", "results", "log")},
}
"""What commands write as JSON, and the schema of each, beside the views."""


@click.group(cls=NearestCommandGroup)
def command() -> None:
    """Check and show the configuration; passwords are hidden."""


@command.command()
@common_options
def check(context: CommandContext) -> Exit:
    """Read the configuration and the files that it names, and tell everything that is wrong.

    Silent when all is well, but for warnings: files that others may read, variables that are set only
    where cron starts mpftp, a relay that no client's messages go to. Exit code 78 when anything is
    wrong. No server is tried: that is `mpftp doctor`.
    """
    from mpftp.adapters.config.show import find_missing_passwords
    from mpftp.wiring.sending import build_send_policies, find_unused_relays

    config = context.config
    wrong, warnings = find_missing_passwords(config)
    if unused := find_unused_relays(config):
        warnings.append(unused)
    for find_error in (lambda: build_send_policies(config), config.dkim.load_all_keys):
        try:
            find_error()
        except ConfigError as error:
            wrong.append(error.message)
    for warning in warnings:
        log.warning("%s: %s", context.config_file, warning)
    if wrong:
        print_error(ConfigError("\n".join(f"{context.config_file}: {one}" for one in wrong)))
        return Exit.CONFIG
    if sys.stdout.isatty():
        from mpftp.domain.texts import count_text

        clients = count_text("1 client|{count} clients", len(config.clients))
        click.echo(f"{context.config_file} is well: {clients}")
    return Exit.OK


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@common_options
def show_config(context: CommandContext, as_json: bool) -> Exit:
    """Print every setting with the value that counts, defaults included; passwords are hidden."""
    from mpftp.adapters.config.show import render_settings, visible_settings

    values = visible_settings(context.config)
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        click.echo(f"# {context.config_file}\n{render_settings(values)}", nl=False)
    return Exit.OK


@command.command()
@click.argument("document", type=click.Choice(["config", *DOCUMENTS]), default="config")
def schema(document: str) -> None:
    """Print a JSON Schema of the configuration file, by which editors complete and check it.

    Or of what commands write: validate, status, campaign (show), campaign_list, results, log (a line).
    """

    def print_schema() -> Exit:
        if document == "config":
            from mpftp.adapters.config.show import config_schema

            click.echo(json.dumps(config_schema(), ensure_ascii=False, indent=2))
        else:
            views = resources.files("mpftp.cli.views")
            click.echo((views / DOCUMENTS[document]).read_text("utf-8"), nl=False)
        return Exit.OK

    exit_with(print_schema)
