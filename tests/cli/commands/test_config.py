"""``mpftp config``: checked, shown without secrets, described for editors."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from mpftp.adapters.config import load_config
from mpftp.adapters.config.sample import iter_settings, render_sample
from mpftp.cli import main

FULL = """
state = "state.db"
[smtp]
host = "relay.example"
password = "hidden-1"
[[smtp.relays]]
host = "other.example"
password = "hidden-2"
[bounces]
imap = "imaps://ana:hidden-3@mail.example/INBOX"
password = "hidden-4"
[throttle]
"*" = "20/s"
[clients.acme]
endpoint = "ftp://ftp.example"
password = "hidden-5"
transport = "smtp"
publish_again_after_days = 7
language = "en"
[clients.acme.fragment]
contacts = 5
every_hours = 1
[clients.beta]
endpoint = "file:///srv/beta"
publish_again_after_days = [7, 30]
"""


@pytest.fixture
def run(tmp_path):
    config = tmp_path / "mpftp.toml"
    config.write_text(FULL)
    config.chmod(0o600)

    def run(*words, code=0):
        done = CliRunner().invoke(main, ["config", *words], env={"MPFTP_CONFIG": str(config)})
        assert done.exit_code == code, done.output
        assert "hidden-" not in done.output
        return done

    run.config = config
    return run


def test_check_is_silent_when_all_is_well(run):
    assert run("check").output == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[smtp]\npassword_file = "none"\n', "smtp: the password file"),
        ('[clients.a]\nendpoint = "ftp://x"\npassword_file = "none"\n', "clients.a: the password file"),
        ('[clients.a]\nendpoint = "ftp://x"\nsend_window = "20:00-20:00"\n', "clients.a.send_window"),
        ('[dkim]\nkey_file = "none.pem"\n', "none.pem"),
        ('[clients.a]\nendpiont = "ftp://x"\n', "did you mean 'endpoint'?"),
        ("rubbish", "not valid TOML"),
    ],
)
def test_check_tells_what_is_wrong(run, text, why):
    run.config.write_text(text)
    assert why in run("check", code=78).stderr


def test_check_tells_every_fault_at_once(run):
    run.config.write_text(
        '[smtp]\npassword_file = "n1"\n[clients.a]\nendpoint = "ftp://x"\npassword_file = "n2"\n'
    )
    said = run("check", code=78).stderr
    assert "n1" in said
    assert "n2" in said


def test_a_variable_that_only_cron_sets_is_no_error(run, monkeypatch):
    monkeypatch.delenv("ONLY_IN_CRON", raising=False)
    run.config.write_text('[smtp]\npassword_env = "ONLY_IN_CRON"\n')
    assert "warning: " in run("check").stderr


@pytest.mark.parametrize("named", ['[smtp]\nhost = "r.example"\n', '[[smtp.relays]]\nhost = "r.example"\n'])
def test_a_relay_that_no_message_goes_to_is_said(run, named):
    client = '[clients.a]\nendpoint = "file:///srv/a"\n'
    run.config.write_text(named + client)
    assert 'transport = "smtp" is missing in [clients] of a' in run("check").stderr
    for silent in (named, client, named + client + 'transport = "smtp"\n'):
        run.config.write_text(silent)
        assert run("check").output == ""


def test_show_has_every_value_and_no_secret(run):
    shown = run("show").stdout
    values = tomllib.loads(shown)
    assert values == json.loads(run("show", "--json").stdout)
    assert values["clients"]["acme"]["results_after_days"] == 3
    assert values["clients"]["acme"]["password"] == "********"
    assert values["bounces"]["imap"] == "imaps://********@mail.example/INBOX"
    assert values["state"] == str(run.config.parent / "state.db")
    hidden = shown.replace('"********"', '"x"').replace("********@", "")
    run.config.write_text(hidden)
    assert load_config(run.config).clients["beta"].publish_again_after_days == [7, 30]


def test_the_schema_takes_what_the_program_takes(run):
    schema = json.loads(run("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    sample = render_sample({"clients": {"acme": {"endpoint": "ftp://x"}}})
    readme = (
        (Path(__file__).parents[3] / "README.md").read_text().partition("```toml\n")[2].partition("```")[0]
    )
    for text in (FULL, sample, readme):
        jsonschema.validate(tomllib.loads(text), schema)


@pytest.mark.parametrize(
    "wrong",
    [
        'stat = "x"\n',
        '[support]\naddress = "ajuda"\n',
        '[clients.acme]\nendpoint = "ftp://x"\nnotify = "ana"\n',
        '[clients.acme]\nendpoint = "ftp://x"\nlanguage = "xx"\n',
        '[clients.acme]\nport = "21"\nendpoint = "ftp://x"\n',
        "[clients.acme]\nport = 21\n",
        '[smtp]\ntls = "maybe"\n',
    ],
)
def test_the_schema_refuses_what_the_program_refuses(run, wrong):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(wrong), json.loads(run("schema").stdout))


def test_the_schema_explains_every_setting(run):
    text = run("schema").stdout
    for _, info in iter_settings():
        assert json.dumps(info.description, ensure_ascii=False)[1:-1] in text
