"""The configuration file: found, read, and every fault in it named with its place and no secret."""

from __future__ import annotations

import logging
import os

import pytest

from mpftp.adapters.config import find_config, load_config, places
from mpftp.errors import ConfigError, Exit

GOOD = """\
state = "state.db"

[clients.acme]
endpoint = "ftp://ftp.acme.example"
user = "acme"
password = "hunter2-secret"
"""


@pytest.fixture
def write(tmp_path):
    def write(text, mode=0o600):
        path = tmp_path / "mpftp.toml"
        path.write_text(text, "utf-8")
        path.chmod(mode)
        return path

    return write


def faults(path):
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.exit_code == Exit.CONFIG
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"
    return caught.value.message


def test_a_good_file_gives_defaults_and_paths_from_its_own_directory(write):
    path = write(GOOD)
    config = load_config(path)
    client = config.clients["acme"]
    assert config.state == path.parent / "state.db"
    assert config.spool_dir == path.parent / "spool"
    assert (client.time_zone, client.language, client.results_after_days) == ("America/Sao_Paulo", "pt_BR", 3)
    assert (client.passive, client.transport, client.profile) == (True, "maildir", "default")
    assert client.read_password() == "hunter2-secret"


def test_a_typo_gets_its_line_its_path_and_the_nearest_name(write):
    what = faults(write(GOOD + "pasword_file = 'x'\nresult_after_days = 2\n"))
    assert "line 7: clients.acme.pasword_file: unknown setting (did you mean 'password_file'?)" in what
    assert (
        "line 8: clients.acme.result_after_days: unknown setting (did you mean 'results_after_days'?)" in what
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("time_zone = 'America/Sao_Paolo'", "line 7: clients.acme.time_zone: no time zone is called"),
        ("time_zone = 'America'", "line 7: clients.acme.time_zone: no time zone is called 'America'"),
        ("time_zone = '../UTC'", "line 7: clients.acme.time_zone: no time zone is called '../UTC'"),
        ("time_zone = ''", "line 7: clients.acme.time_zone: no time zone is called ''"),
        ("notify = 'ana'", "line 7: clients.acme.notify: must be an e-mail address, such as ana@example.com"),
        ("port = 70000", "line 7: clients.acme.port"),
        ("language = 'fr'", "line 7: clients.acme.language"),
        ("results_after_days = -1", "line 7: clients.acme.results_after_days"),
        ("profile = 'bank'", "clients.acme.profile: there is no profile 'bank'"),
        ("password_env = 'X'", "give only one of password"),
        ("fragment = {contacts = 0, every_hours = 1}", "line 7: clients.acme.fragment.contacts"),
        ("publish_again_after_days = [\n'x']", "line 7: clients.acme.publish_again_after_days.0: must be a"),
        ("[[smtp.relays]]\nhost = 'x'\n[[smtp.relays]]\nport = 0", "line 10: smtp.relays.1.port: must be"),
        ("[clients.'../up']\nendpoint = 'ftp://x'", "../up"),
        ("[smtp]\nhost = 'relay.example:587'", "line 8: smtp.host: must be a name or an address alone"),
        ("[smtp]\nhost = 'smtp://relay.example'", "line 8: smtp.host: must be a name or an address alone"),
        ("[clients.b]\nuser = 'b'", "line 7: clients.b.endpoint: required, but missing"),
        ("[clients.b]\nendpoint = 'http://x'", "line 8: clients.b.endpoint: must start with ftp://"),
        ("[clients.b]  # ours\nendpoint = 'http://x'", "line 8: clients.b.endpoint: must start with"),
        ("[clients.b]\nendpoint = 'ftp://u:p@x'", "line 8: clients.b.endpoint: must not hold a login"),
        ("[clients.b]\nendpoint = 'file://x'", "line 8: clients.b.endpoint: must name an absolute folder"),
        ("[stmp]\nhost = 'x'", "line 7: stmp: unknown setting (did you mean 'smtp'?)"),
        ('[tracking]\nurl = "x"', "tracking.url: unknown setting (did you mean 'base_url' or 'home_url'?)"),
        ("[profiles.p]\nresult_encoding = 'utf-9'", "line 8: profiles.p.result_encoding: no encoding"),
        ("[profiles.p]\nresult_delimiter = '\"'", "line 8: profiles.p.result_delimiter: must be one"),
        ("[profiles.p.results]\nCLIQUE = {}", "profiles.p.results: CLIQUE has no column"),
        ("[profiles.p.mail]\nemial = 'E-mail'", "'emial' is not one of"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_place(write, line, told):
    assert told in faults(write(GOOD + line + "\n"))


def test_all_faults_are_told_at_once(write):
    what = faults(write(GOOD + "port = 0\nlanguage = 'fr'\nanything = 1\n"))
    assert len(what.splitlines()) == 3
    assert all(line.startswith(str(write(GOOD))) for line in what.splitlines())


def test_broken_toml_names_the_line(write):
    assert "line 2" in faults(write("state = 'x'\nclients = = 1\n"))


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "mpftp.toml"
    path.write_bytes(b"state = '\xff'\n")
    assert "cannot be read as UTF-8" in faults(path)


def test_a_missing_file_points_to_init(tmp_path):
    with pytest.raises(ConfigError, match="no such configuration file") as caught:
        load_config(tmp_path / "none.toml")
    assert "mpftp init" in caught.value.hint


def test_a_password_that_others_can_read_is_warned_about_and_not_shown(write, caplog):
    with caplog.at_level(logging.WARNING, "mpftp"):
        load_config(write(GOOD, mode=0o644))
    (record,) = caplog.records
    assert "chmod 600" in record.getMessage()
    assert "hunter2" not in record.getMessage()


def test_every_file_that_holds_a_password_is_warned_about(write, caplog, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from-file\n", "utf-8")
    plain = GOOD.replace('password = "hunter2-secret"\n', "")
    secret.chmod(0o644)
    load_config(write(plain + '[bounces]\npassword_file = "secret"\n'))
    assert [f"chmod 600 {secret}" in record.getMessage() for record in caplog.records] == [True]
    caplog.clear()
    secret.chmod(0o600)
    load_config(write(plain + '[bounces]\npassword_file = "secret"\n', mode=0o644))
    assert caplog.records == []
    load_config(write(plain + '[bounces]\npassword = "s"\n', mode=0o644))
    assert len(caplog.records) == 1


def test_a_key_that_logs_in_is_warned_about_too(write, caplog, tmp_path):
    key = tmp_path / "id_ed25519"
    key.write_text("x")
    key.chmod(0o640)
    load_config(write(GOOD.replace('user = "', 'private_key_file = "id_ed25519"\nuser = "')))
    assert [f"chmod 600 {key}" in record.getMessage() for record in caplog.records] == [True]


def test_no_warning_at_0600_or_without_a_password(write, caplog):
    load_config(write(GOOD))
    load_config(write(GOOD.replace('password = "hunter2-secret"\n', ""), mode=0o644))
    assert caplog.records == []


def test_no_password_shows_when_the_configuration_is_printed(write):
    config = load_config(write(GOOD))
    assert "hunter2" not in repr(config)
    assert "hunter2" not in config.model_dump_json()


def test_a_password_comes_from_a_variable_a_file_or_a_credential(write, tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("from-file\nsecond line\n", "utf-8")
    for line, want in {
        "password_env = 'ACME_PASSWORD'": "from-variable",
        "password_file = 'secret'": "from-file",
        "password_credential = 'secret'": "from-file",
    }.items():
        monkeypatch.setenv("ACME_PASSWORD", "from-variable")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        config = load_config(write(GOOD.replace('password = "hunter2-secret"', line)))
        assert config.clients["acme"].read_password() == want


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("password_env = 'NOT_SET_HERE'", "NOT_SET_HERE is not set"),
        ("password_file = 'nowhere'", "nowhere cannot be read: No such file"),
        ("password_credential = 'x'", "CREDENTIALS_DIRECTORY is not set"),
    ],
)
def test_a_password_that_is_not_there_is_named(write, monkeypatch, line, told):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    config = load_config(write(GOOD.replace('password = "hunter2-secret"', line)))
    with pytest.raises(ConfigError, match=told):
        config.clients["acme"].read_password()


def test_the_file_is_looked_for_in_two_places(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(places, "SEARCH_PATHS", (tmp_path / "etc.toml", *places.SEARCH_PATHS[1:]))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="no configuration") as alone:
        find_config(None)
    assert "mpftp init" in alone.value.hint
    (tmp_path / "etc.toml").touch()
    monkeypatch.setattr(places, "SEARCH_PATHS", (tmp_path / "etc/etc.toml", *places.SEARCH_PATHS[1:]))
    with pytest.raises(ConfigError, match="no configuration") as here:
        find_config(None)
    assert here.value.hint.endswith(f"export MPFTP_CONFIG={tmp_path}/etc.toml")
    own = tmp_path / ".config" / "mpftp" / "mpftp.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert find_config(None) == own
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/etc.toml").touch()
    assert find_config(None) == tmp_path / "etc/etc.toml"
    assert find_config(tmp_path / "given") == tmp_path / "given"
    assert os.environ["HOME"] == str(tmp_path)


def test_a_profile_changes_headers_and_keeps_the_rest(write):
    config = load_config(
        write(
            GOOD
            + "profile = 'p'\n[profiles.p]\nresult_delimiter = ','\n[profiles.p.mail]\nemail = 'E-mail'\n"
        )
    )
    profile = config.profile(config.clients["acme"])
    assert profile.mail["email"] == "E-mail"
    assert profile.mail["nome"] == "nome"
    assert profile.result_delimiter == ","


def test_dkim_keys_are_read_for_all_senders_and_for_domains_of_their_own(write, tmp_path):
    for name in ("all.pem", "loja.pem", "loja-ed.pem"):
        (tmp_path / name).write_bytes(name.encode())
    config = load_config(
        write(
            GOOD
            + """
[dkim]
key_file = "all.pem"

[dkim.domains."loja.example"]
selector = "r2026"
key_file = "loja.pem"
second_selector = "e2026"
second_key_file = "loja-ed.pem"
"""
        )
    )
    assert [(key.domain, key.selector, key.pem) for key in config.dkim.load_all_keys()] == [
        ("loja.example", "r2026", b"loja.pem"),
        ("loja.example", "e2026", b"loja-ed.pem"),
        ("", "mpftp", b"all.pem"),
    ]


def test_a_dkim_key_that_others_may_read_is_a_warning(write, tmp_path, caplog):
    key = tmp_path / "dkim.pem"
    key.write_bytes(b"k")
    config = load_config(write(GOOD + '[dkim]\nkey_file = "dkim.pem"\n'))
    for mode, said in ((0o640, f"others may read the DKIM key {key}; run: chmod 600 {key}"), (0o600, "")):
        key.chmod(mode)
        caplog.clear()
        config.dkim.load_all_keys()
        assert caplog.messages == ([said] if said else [])


def test_a_dkim_key_that_cannot_be_read_is_named(write, tmp_path):
    config = load_config(write(GOOD + '[dkim]\nkey_file = "gone.pem"\n'))
    with pytest.raises(ConfigError, match=r"the DKIM key .*gone\.pem cannot be read: No such file"):
        config.dkim.load_all_keys()
