"""The front page of the program: help, version, wrong usage."""

import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from mpftp import __version__
from mpftp.cli import COMMANDS, main


def test_help_names_every_command_and_every_exit_code():
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in result.output
    for code in ("0 success", "1 something", "2 usage error", "75 temporary failure", "78 configuration"):
        assert code in " ".join(result.output.split())


def test_help_gives_each_command_a_line_of_a_terminal_of_80_columns():
    output = CliRunner().invoke(main, ["--help"], terminal_width=80).output
    assert all(f"\n  {name.ljust(13)}  {meaning}\n" in output for name, meaning in COMMANDS.items())


@pytest.mark.parametrize("group", ["campaign", "client", "config", "suppress"])
def test_the_help_of_a_group_tells_what_each_command_does_to_the_end_of_the_sentence(group):
    output = CliRunner().invoke(main, [group, "--help"], terminal_width=80).output
    listed = output.partition("\nCommands:\n")[2].partition("\n\n")[0]
    assert "..." not in listed
    assert all(line.endswith(".") for line in re.split(r"\n  (?=\S)", listed))


def test_version_comes_from_one_place():
    assert CliRunner().invoke(main, ["--version"]).output == f"mpftp, version {__version__}\n"


def test_unknown_command_is_wrong_usage_and_names_the_nearest():
    result = CliRunner().invoke(main, ["colect"])
    assert result.exit_code == 2
    assert "No such command 'colect'" in result.output


def test_an_option_before_its_command_is_told_its_place():
    result = CliRunner().invoke(main, ["--config", "mpftp.toml", "status"])
    assert result.exit_code == 2
    assert "'--config' here; those of a command stand behind it." in result.output


@pytest.mark.parametrize(
    ("words", "message", "path"),
    [
        (["colect"], "No such command 'colect'. Did you mean 'collect'?", "mpftp"),
        (["status", "--bogus"], "No such option", "mpftp status"),
        (["--bogus", "status"], "No such option", "mpftp"),
        (["campaign", "show"], "Missing argument 'CAMPAIGN'.", "mpftp campaign show"),
        (["campaign", "shwo", "1"], "No such command 'shwo'. Did you mean 'show'?", "mpftp campaign"),
        (["status", "--now", "noon"], "Invalid value for '--now'", "mpftp status"),
    ],
)
@pytest.mark.parametrize("how", [["--log-format", "json"], ["--log-format=json"]])
def test_wrong_usage_is_json_where_the_log_is(words, message, path, how):
    result = CliRunner().invoke(main, [*words, *how], prog_name="mpftp")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    error = json.loads(line)
    assert error["message"].startswith(message)
    assert (error["level"], error["exit_code"]) == ("error", 2)
    assert error["hint"] == f"`{path} --help` says what there is"
    plain = CliRunner().invoke(main, words, prog_name="mpftp")
    assert plain.exit_code == 2
    assert plain.stderr.startswith("Usage: mpftp")


def test_help_imports_neither_rich_nor_pydantic_nor_sqlite():
    probe = (
        "import sys; from click.testing import CliRunner; from mpftp.cli import main;"
        "CliRunner().invoke(main, ['--help']);"
        "heavy = {'rich', 'pydantic', 'sqlite3', 'ftputil', 'email', 'logging', 'mpftp.domain.file_names'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
