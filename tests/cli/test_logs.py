"""How the log looks: whose run, about whom, with which address, and what goes to standard error."""

import json
import logging
import re

import pytest

from mpftp.cli.logs import configure_logging, log_error, say, show_addresses
from mpftp.domain.addresses import mask_addresses
from mpftp.errors import EndpointUnavailableError, MpftpError

log = logging.getLogger("mpftp.test")
ABOUT = {"client": "acme", "campaign": "Promo_20260301", "address": "joao.silva@exemplo.com", "code": "550"}


def refuse():
    log.warning("line 3 failed: <joao.silva@exemplo.com>: user unknown", extra={"told": True, **ABOUT})


def test_a_line_names_its_run_and_what_it_is_about(tmp_path):
    path = tmp_path / "log"
    with configure_logging(0, path, "text"):
        refuse()
        log.info("done")
    first, second = path.read_text("utf-8").splitlines()
    run = re.search(r" WARNING ([0-9a-f]{8}) mpftp.test: ", first)[1]
    assert f" INFO {run} mpftp.test: done" in second
    assert first.endswith(
        "line 3 failed: <j***@exemplo.com>: user unknown"
        " client=acme campaign=Promo_20260301 address=j***@exemplo.com code=550"
    )


def test_addresses_are_whole_where_the_operator_says_so(tmp_path):
    path = tmp_path / "log"
    with configure_logging(0, path, "json"):
        refuse()
        show_addresses(True)
        refuse()
    masked, whole = map(json.loads, path.read_text("utf-8").splitlines())
    assert (masked["address"], whole["address"]) == ("j***@exemplo.com", "joao.silva@exemplo.com")
    assert "joao.silva" not in json.dumps(masked)
    assert masked["run"] == whole["run"]
    assert {key: whole[key] for key in ABOUT} == ABOUT
    assert "told" not in whole


def test_a_run_leaves_the_logger_as_it_was(tmp_path):
    logger = logging.getLogger("mpftp")
    before = logger.level, logger.propagate, logger.handlers[:]
    with configure_logging(2, tmp_path / "log", "text"):
        assert logger.isEnabledFor(logging.DEBUG)
    assert (logger.level, logger.propagate, logger.handlers) == before


def test_what_is_told_otherwise_reaches_standard_error_only_when_asked(capsys):
    with configure_logging(0, None, "text"):
        refuse()
        log.warning("chmod 600")
    assert capsys.readouterr().err == "mpftp: warning: chmod 600\n"
    with configure_logging(1, None, "text"):
        refuse()
    assert "user unknown" in capsys.readouterr().err


def test_errors_are_json_like_the_log(capsys, tmp_path):
    with configure_logging(0, None, "json"):
        say("acme: no connection", hint="wait")
        log.warning("chmod 600")
    error, warning = map(json.loads, capsys.readouterr().err.splitlines())
    assert (error["level"], error["message"], error["hint"]) == ("error", "acme: no connection", "wait")
    assert (warning["level"], warning["run"]) == ("warning", error["run"])
    with configure_logging(0, None, "text"):
        say("acme: no connection")
    assert capsys.readouterr().err == "mpftp: acme: no connection\n"


@pytest.mark.parametrize(
    ("error", "level"), [(EndpointUnavailableError("away"), "warning"), (MpftpError("no"), "error")]
)
def test_what_ends_a_command_is_in_its_log_at_its_level(tmp_path, error, level):
    with configure_logging(0, tmp_path / "log", "json"):
        log_error(error)
    (line,) = (tmp_path / "log").read_text("utf-8").splitlines()
    assert (json.loads(line)["level"], json.loads(line)["exit_code"]) == (level, int(error.exit_code))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("<josé@exemplo.com.br> no", "<j***@exemplo.com.br> no"),
        ("a@b.co, c+d@e.org", "a***@b.co, c***@e.org"),
        ("imaps://box@mail.example/INBOX", "imaps://b***@mail.example/INBOX"),
        ("user@localhost and a @ b", "user@localhost and a @ b"),
        ("", ""),
    ],
)
def test_an_address_is_cut_to_its_first_letter(text, masked):
    assert mask_addresses(text) == masked
