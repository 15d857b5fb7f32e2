"""``mpftp init``: the file it writes loads, is ours alone, and replaces nothing."""

from __future__ import annotations

import stat

import pytest
from click.testing import CliRunner

from mpftp.adapters.config import load_config
from mpftp.cli import main
from mpftp.cli.commands import client, init


def run(*arguments, **more):
    return CliRunner().invoke(main, ["init", *(str(argument) for argument in arguments)], **more)


def test_without_a_terminal_options_are_enough(tmp_path):
    path = tmp_path / "mpftp.toml"
    done = run(path, "--client", "acme", "--endpoint", "ftps://ftp.acme.example", "--user", "acme",
               "--password-env", "ACME_PASSWORD", "--directory", "campanhas", "--results-after-days", 5,
               "--time-zone", "America/Manaus", "--fragment-contacts", 500, "--fragment-hours", 1.5,
               "--transport", "smtp", "--smtp-host", "relay.example", "--base-url", "https://t.acme.example",
               "--bounce-address", "voltas@acme.example")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    config = load_config(path)
    client = config.clients["acme"]
    assert (client.endpoint, client.user, client.password_env) == (
        "ftps://ftp.acme.example",
        "acme",
        "ACME_PASSWORD",
    )
    assert (client.directory, client.results_after_days, client.transport) == ("campanhas", 5, "smtp")
    assert (client.time_zone, client.fragment.contacts, client.fragment.every_hours) == (
        "America/Manaus", 500, 1.5,
    )  # fmt: skip
    assert config.smtp.host == "relay.example"
    assert config.tracking.base_url == "https://t.acme.example"
    assert config.bounces.address == "voltas@acme.example"
    assert config.state == tmp_path / "state.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_hours_between_fragments_need_fragments(tmp_path):
    path = tmp_path / "mpftp.toml"
    done = run(path, "--fragment-hours", 2)
    assert done.exit_code == 2
    assert "--fragment-hours does nothing without --fragment-contacts" in done.stderr
    assert not path.exists()


def test_who_names_a_relay_sends_through_it(tmp_path):
    for number, (words, transport) in enumerate([([], "smtp"), (["--transport", "maildir"], "maildir")]):
        path = tmp_path / f"{number}.toml"
        assert run(path, "--client", "acme", "--smtp-host", "relay.example", *words).exit_code == 0
        assert load_config(path).clients["acme"].transport == transport


def test_nothing_given_is_a_file_to_edit_that_loads(tmp_path):
    path = tmp_path / "mpftp.toml"
    assert run(path).exit_code == 0
    assert list(load_config(path).clients) == ["example"]


def test_a_name_with_a_dot_is_one_name(tmp_path):
    assert run(tmp_path / "mpftp.toml", "--client", "acme.br").exit_code == 0
    assert list(load_config(tmp_path / "mpftp.toml").clients) == ["acme.br"]


def test_a_file_that_exists_is_left_alone(tmp_path):
    path = tmp_path / "mpftp.toml"
    path.write_text("precious")
    done = run(path)
    assert done.exit_code == 2
    assert "exists and is not overwritten" in done.stderr
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--endpoint", "http://x"], "must start with ftp://"),
        (["--client", "../x"], "clients"),
        (["--password-env", "A", "--password-file", "b"], "give only one of password"),
        (["--base-url", "no url"], "tracking.base_url"),
    ],
)
def test_an_answer_that_cannot_be_is_told_and_leaves_no_file(tmp_path, arguments, told):
    path = tmp_path / "mpftp.toml"
    done = run(path, *arguments)
    assert done.exit_code == 78
    assert told in done.stderr
    assert not path.exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    done = run(tmp_path / "nowhere" / "mpftp.toml")
    assert done.exit_code == 78
    assert "cannot be written" in done.stderr
    assert f"mpftp: hint: mkdir -p {tmp_path}" in done.stderr


def test_on_a_terminal_it_asks_for_what_no_option_says(tmp_path, monkeypatch):
    path = tmp_path / "mpftp.toml"
    monkeypatch.setattr(init, "is_terminal", lambda: True)
    answers = "ftp://ftp.acme.example\nacme\nsegredo-1\n\n\n200\n\n\nsmtp\nrelay.example\n\n\n"
    done = run(path, "--client", "acme", input=answers)
    assert done.exit_code == 0, done.output
    assert "segredo-1" not in done.output
    config = load_config(path)
    assert config.clients["acme"].read_password() == "segredo-1"
    assert (config.clients["acme"].results_after_days, config.smtp.host) == (3, "relay.example")
    fragment = config.clients["acme"].fragment
    assert (fragment.contacts, fragment.every_hours) == (200, 24)


def test_an_answer_that_cannot_be_is_asked_for_again_and_the_others_stay(tmp_path, monkeypatch):
    path = tmp_path / "mpftp.toml"
    monkeypatch.setattr(init, "is_terminal", lambda: True)
    answers = [
        "acme corp",
        "acme",
        "http://x",
        f"file://{tmp_path}",
        "Brasilia",
        "America/Sao_Paulo",
        "0",
        "900",
        "5",
        "maildir",
        "nowhere",
        "",
        "",
    ]
    done = run(path, input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "Error: clients.acme.endpoint: must start with ftp://" in done.stderr
    assert done.stderr.count("Name of the first client") == done.stderr.count("Its server (") == 2
    client = load_config(path).clients["acme"]
    assert (client.endpoint, client.results_after_days) == (f"file://{tmp_path}", 5)
    assert (client.time_zone, client.fragment) == ("America/Sao_Paulo", None)


def test_on_a_terminal_a_wrong_option_is_told_before_anything_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(init, "is_terminal", lambda: True)
    done = run(tmp_path / "mpftp.toml", "--endpoint", "http://x")
    assert done.exit_code == 78
    assert "Name of the first client" not in done.output


def test_client_add_asks_again_too(tmp_path, monkeypatch):
    path = tmp_path / "mpftp.toml"
    path.write_text(f'# kept\nstate = "s.db"\n[clients.acme]\nendpoint = "file://{tmp_path}"\n')
    monkeypatch.setattr(client, "is_terminal", lambda: True)
    words = ["client", "add", "beta", "--no-test", "--config", str(path)]
    done = CliRunner().invoke(main, words, input=f"\nhttp://x\nfile://{tmp_path}/b\nmaildir\n\n")
    assert done.exit_code == 0, done.output
    assert done.stderr.count("Its server (") == 3
    assert load_config(path).clients["beta"].endpoint == f"file://{tmp_path}/b"
    assert path.read_text().startswith("# kept\n")
