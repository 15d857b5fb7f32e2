"""What a run says, and what the operator's own command is told."""

import json
import shutil
import sys

import pytest
from click.testing import CliRunner

from mpftp.cli import main
from mpftp.cli.context import CommandContext
from mpftp.cli.logs import configure_logging
from mpftp.cli.run_report import report_run
from mpftp.domain.clock import system_clock
from mpftp.errors import EndpointUnavailableError, Exit, StateError


@pytest.fixture
def report(tmp_path, blank_state, capsys):
    """A function that reports a run of ``collect`` that meets *errors* of acme; what was said."""
    shutil.copy(blank_state, tmp_path / "state.db")
    config = tmp_path / "mpftp.toml"
    hook = [sys.executable, "-c", "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"]
    config.write_text(
        f'state = "state.db"\non_trouble = {json.dumps([*hook, str(tmp_path / "told")])}\n'
        '[clients.acme]\nendpoint = "file:///nowhere"\n'
    )

    def start(*errors, watched=False, raises=None):
        def work(run):
            if raises:
                raise raises
            for error in errors:
                run.error("acme", error)
            if not errors:
                run.saw(["acme"])
            return Exit.TRY_LATER if errors else Exit.OK

        context = CommandContext(config, system_clock, watched)
        with configure_logging(0, None, "text"):
            code = report_run(context, "collect", work)
        return code, capsys.readouterr().err.splitlines()

    return start


AWAY = EndpointUnavailableError("no connection", hint="wait")


def test_a_trouble_is_said_once_and_its_end(report, tmp_path):
    assert report(AWAY) == (75, ["mpftp: acme: no connection (hint: wait)"])
    assert report(EndpointUnavailableError("421 later")) == (75, [])
    assert report(AWAY, watched=True) == (75, ["mpftp: acme: no connection", "mpftp: hint: wait"])
    code, (line,) = report()
    assert code == 0
    assert line.startswith("mpftp: acme: well again; since ")
    assert report() == (0, [])
    told = [json.loads(line) for line in (tmp_path / "told").read_text("utf-8").splitlines()]
    assert [(one["event"], one["about"], one["text"]) for one in told] == [
        ("began", "acme", "no connection"),
        ("ended", "acme", "no connection"),
    ]


def test_what_the_command_raises_is_said_once_too(report):
    lost = StateError("the keys are lost")
    assert report(raises=lost) == (78, ["mpftp: the keys are lost"])
    assert report(raises=lost) == (78, [])
    assert report() == (0, [])
    assert report(raises=lost) == (78, ["mpftp: the keys are lost"])


def test_a_faulty_configuration_is_said_once(tmp_path, blank_state):
    shutil.copy(blank_state, tmp_path / "state.db")
    (tmp_path / "mpftp.toml").write_text('state = "state.db"\nsmpt = 1\n')

    def run(command):
        return CliRunner().invoke(main, [command, "--config", str(tmp_path / "mpftp.toml")])

    first = run("send")
    assert (first.exit_code, first.stderr.count("\n")) == (78, 1)
    assert "smpt" in first.stderr
    assert (run("send").stderr, run("collect").stderr, run("send").exit_code) == ("", "", 78)


def test_a_hook_that_fails_is_said(report, tmp_path):
    text = (tmp_path / "mpftp.toml").read_text().replace(sys.executable, "/nowhere/at/all")
    (tmp_path / "mpftp.toml").write_text(text)
    _, lines = report(AWAY)
    assert len(lines) == 2
    assert "/nowhere/at/all No such file" in lines[1]
