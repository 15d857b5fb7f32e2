"""How every command starts and ends: errors as lines and exit codes, the clock, the log."""

import errno
import json
import logging
import os
import shutil
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from mpftp.cli.context import common_options
from mpftp.errors import ConfigError, EndpointError, Exit, LockedError, StateError, UsageError


def invoke(work, *arguments):
    """Run a throw-away command whose body is *work*."""

    @click.command()
    @common_options
    def command(session):
        return work(session)

    return CliRunner().invoke(command, arguments)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EndpointError("no"), 1),
        (UsageError("no"), 2),
        (LockedError("no"), 75),
        (ConfigError("no"), 78),
        (StateError("no"), 78),
    ],
)
def test_an_error_is_a_line_and_its_exit_code(error, code):
    def fail(session):
        raise error

    result = invoke(fail)
    assert result.exit_code == code
    assert result.stderr == "mpftp: no\n"
    assert result.stdout == ""


def test_a_hint_follows_the_error():
    def fail(session):
        raise ConfigError("line one\nline two", hint="do this")

    assert invoke(fail).stderr == "mpftp: line one\nmpftp: line two\nmpftp: hint: do this\n"


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [(errno.ENOSPC, 75, "No space left"), (errno.EACCES, 1, "permission denied for user ")],
)
def test_what_the_system_refuses_is_named_without_a_traceback(number, code, text):
    def fail(session):
        raise OSError(number, text, "/srv/x")

    result = invoke(fail)
    assert result.exit_code == code
    first, hint = result.stderr.splitlines()
    assert first.startswith(f"mpftp: /srv/x: {text}")
    assert hint.startswith("mpftp: hint: ")


def test_a_file_in_a_folder_that_is_not_there_is_told_by_the_folder(tmp_path):
    result = invoke(lambda session: (tmp_path / "no/.draft.123").touch())
    assert result.exit_code == 1
    first, hint = result.stderr.splitlines()
    assert first == f"mpftp: {tmp_path}/no/.draft.123: there is no folder {tmp_path}/no"
    assert hint == "mpftp: hint: create it, or name another place"


def test_a_returned_exit_is_the_exit_code():
    assert invoke(lambda session: Exit.FAILURE).exit_code == 1
    assert invoke(lambda session: None).exit_code == 0


def test_now_moves_the_clock_and_lets_it_run():
    seen = []
    invoke(lambda session: seen.append(session.clock()), "--now", "2026-03-01T09:00:00-03:00")
    assert timedelta(0) <= seen[0] - datetime(2026, 3, 1, 12, tzinfo=UTC) < timedelta(minutes=1)


def test_a_moment_that_cannot_be_read_is_wrong_usage():
    result = invoke(lambda session: None, "--now", "amanhã")
    assert result.exit_code == 2
    assert "'amanhã' is no moment" in result.output


def test_a_missing_configuration_is_named_with_the_remedy(tmp_path):
    missing = tmp_path / "mpftp.toml"
    result = invoke(lambda session: session.config and None, "--config", str(missing))
    assert result.exit_code == 78
    assert f"mpftp: {missing}: there is no such configuration file" in result.stderr
    assert "mpftp init" in result.stderr


def test_the_log_can_be_json_lines_in_a_file(tmp_path):
    def work(session):
        logging.getLogger("mpftp.test").info("olá", extra={"campaign": 7})

    target = tmp_path / "log"
    assert invoke(work, "--log-file", str(target), "--log-format", "json").exit_code == 0
    line = json.loads(target.read_text("utf-8"))
    assert (line["message"], line["campaign"], line["level"]) == ("olá", 7, "info")


def test_the_log_is_silent_below_warnings_unless_asked():
    def work(session):
        logging.getLogger("mpftp.test").info("noise")

    assert invoke(work).stderr == ""
    assert "noise" in invoke(work, "-v").stderr


def test_a_warning_has_the_shape_of_every_other_line(tmp_path):
    def work(session):
        logging.getLogger("mpftp.test").warning("the file may be read by others")

    assert invoke(work).stderr == "mpftp: warning: the file may be read by others\n"


@pytest.mark.parametrize("name", ["none/log", "."])
def test_a_log_file_that_cannot_be_opened_is_named(tmp_path, name):
    result = invoke(lambda session: None, "--log-file", str(tmp_path / name))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"mpftp: {tmp_path / name}: ")
    assert "Traceback" not in result.stderr


def test_a_full_log_disk_neither_ends_nor_shouts_over_a_run():
    done = []

    def work(session):
        logging.getLogger("mpftp.test").warning("a line that is lost")
        done.append(True)

    result = invoke(work, "--log-file", "/dev/full")
    assert (result.exit_code, result.stderr, done) == (0, "", [True])


def test_the_log_of_others_is_left_as_it_is(tmp_path):
    assert invoke(lambda session: None, "--log-file", str(tmp_path / "log")).exit_code == 0
    assert logging.raiseExceptions


def test_a_name_with_foreign_bytes_is_logged(tmp_path):
    def work(session):
        # Past what pytest itself captures, which cannot be sent from one of its processes to another.
        logging.getLogger("mpftp").handlers[-1].handle(logging.makeLogRecord({"msg": "P_MAIL_\udce9"}))

    assert invoke(work, "--log-file", str(tmp_path / "log")).stderr == ""
    assert "P_MAIL_<E9>" in (tmp_path / "log").read_text("utf-8")


def test_the_spool_is_private_whatever_the_umask(tmp_path, blank_state):
    shutil.copy(blank_state, tmp_path / "state.db")
    path = tmp_path / "mpftp.toml"
    path.write_text('state = "state.db"\n')
    spool = tmp_path / "spool"
    for _ in range(2):
        assert invoke(lambda session: session.database().close(), "--config", str(path)).exit_code == 0
        assert spool.stat().st_mode & 0o777 == 0o700
        spool.chmod(0o755)


def test_a_log_that_we_make_is_for_this_user_alone(tmp_path):
    path, umask = tmp_path / "mpftp.log", os.umask(0)
    try:
        invoke(lambda session: logging.getLogger("mpftp").info("x"), "--log-file", str(path))
    finally:
        os.umask(umask)
    assert path.read_text("utf-8").endswith("x\n")
    assert path.stat().st_mode & 0o777 == 0o600
