"""From a client's table to its server: which adapter, which port, which protection."""

from __future__ import annotations

import builtins

import pytest

from mpftp.adapters.config import load_config
from mpftp.adapters.folder import FolderEndpoint
from mpftp.domain.addresses import domain_of
from mpftp.errors import ConfigError, Exit
from mpftp.wiring.clients import client_place, find_shared_places
from mpftp.wiring.sending import build_rate_limits
from mpftp.wiring.servers import (
    build_ftp_settings,
    endpoint_steps,
    make_password_reader,
    open_endpoint,
    open_endpoint_without_retry,
)


@pytest.fixture
def client(tmp_path):
    """A function that configures one client called acme."""

    def make(**settings):
        lines = [f"{name} = {value!r}".replace("'", '"') for name, value in settings.items()]
        path = tmp_path / "mpftp.toml"
        path.write_text(
            "[clients.acme]\n" + "\n".join(lines).replace("True", "true").replace("False", "false")
        )
        path.chmod(0o600)
        return load_config(path)

    return make


@pytest.mark.parametrize(
    ("settings", "host", "port", "security", "directory"),
    [
        ({"endpoint": "ftp://a.example"}, "a.example", 21, "offered", ""),
        ({"endpoint": "ftp://a.example", "tls": "explicit"}, "a.example", 21, "explicit", ""),
        ({"endpoint": "ftp://a.example", "tls": "none"}, "a.example", 21, "plain", ""),
        ({"endpoint": "ftps://a.example"}, "a.example", 990, "implicit", ""),
        ({"endpoint": "ftp://a.example:2121/envios"}, "a.example", 2121, "offered", "envios"),
        (
            {"endpoint": "ftp://a.example", "port": 2121, "directory": "/in"},
            "a.example",
            2121,
            "offered",
            "/in",
        ),
        ({"endpoint": "ftp://[::1]:2121"}, "::1", 2121, "offered", ""),
    ],
)
def test_ftp(client, settings, host, port, security, directory):
    found = build_ftp_settings("acme", client(**settings).clients["acme"])
    assert (found.host, found.port, found.security, found.directory) == (host, port, security, directory)


def test_a_visit_is_never_longer_than_its_client_allows(client):
    settings = client(endpoint="ftp://a.example", visit_seconds=100).clients["acme"]
    assert build_ftp_settings("acme", settings, 500).visit_seconds == 100
    assert build_ftp_settings("acme", settings, 5).visit_seconds == 5
    assert build_ftp_settings("acme", settings).visit_seconds == 100


def test_a_local_folder(client, tmp_path):
    (tmp_path / "com espaço").mkdir()
    (tmp_path / "com espaço/a").write_bytes(b"x")
    config = client(endpoint=f"file://{tmp_path}/com%20espa%C3%A7o")
    assert isinstance(open_endpoint_without_retry(config, "acme"), FolderEndpoint)
    assert [file.name for file in open_endpoint(config, "acme").list()] == ["a"]
    assert list(endpoint_steps(open_endpoint_without_retry(config, "acme"))) == []


@pytest.mark.parametrize(("directory", "files"), [("", []), ("/", []), ("/in", ["a"]), ("in", ["a"])])
def test_the_root_of_a_local_folders_directory_is_that_folder(client, tmp_path, directory, files):
    (tmp_path / "server/in").mkdir(parents=True)
    (tmp_path / "server/in/a").write_bytes(b"x")
    config = client(endpoint=f"file://{tmp_path}/server", directory=directory)
    place = f"file:{(tmp_path / 'server' / directory.lstrip('/')).resolve()}"
    assert client_place(config.clients["acme"]) == place
    assert [file.name for file in open_endpoint(config, "acme").list()] == files


@pytest.mark.parametrize(("login", "shared"), [("acme", [["acme", "beta"]]), ("beta", [])])
def test_clients_of_one_server_share_a_directory_only_by_one_login(tmp_path, login, shared):
    (tmp_path / "mpftp.toml").write_text(
        "[clients.acme]\nendpoint = 'ftp://a.example'\nuser = 'acme'\n"
        f"[clients.beta]\nendpoint = 'ftp://a.example:21/'\nuser = '{login}'\n"
    )
    assert find_shared_places(load_config(tmp_path / "mpftp.toml")) == shared


def test_sftp(client):
    endpoint = open_endpoint_without_retry(
        client(endpoint="sftp://a.example/in", user="u", known_hosts="/k"), "acme"
    )
    found = endpoint._settings
    assert (found.host, found.port, found.user, found.directory) == ("a.example", 22, "u", "in")
    assert str(found.known_hosts) == "/k"


def test_sftp_without_its_library_names_the_extra(client, monkeypatch):
    real = builtins.__import__

    def missing(name, *arguments):
        if name == "mpftp.adapters.sftp":
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ConfigError) as caught:
        open_endpoint_without_retry(client(endpoint="sftp://a.example"), "acme")
    assert caught.value.hint == "pip install 'mpftp[sftp]'"
    assert caught.value.exit_code is Exit.CONFIG


def test_a_password_that_cannot_be_read_is_named(client, monkeypatch):
    monkeypatch.delenv("ACME_PASSWORD", raising=False)
    table = client(endpoint="ftp://a.example", password_env="ACME_PASSWORD").clients["acme"]
    with pytest.raises(
        ConfigError, match=r"clients\.acme: the environment variable ACME_PASSWORD is not set"
    ):
        make_password_reader("acme", table)
    monkeypatch.setenv("ACME_PASSWORD", "x")
    assert make_password_reader("acme", table)() == "x"


@pytest.mark.parametrize("spelling", ["ação.com.br", "AÇÃO.com.br", "xn--ao-siap.com.br"])
def test_a_rate_holds_for_its_domain_in_every_spelling(tmp_path, spelling):
    (tmp_path / "mpftp.toml").write_text(f'[throttle]\n"{spelling}" = "1/s"\n"no name" = "2/s"\n')
    rates = build_rate_limits(load_config(tmp_path / "mpftp.toml"))
    assert all(rates.has_limit(domain_of(f"ana@{name}")) for name in ("Ação.com.br", "xn--ao-siap.com.br"))
    assert not rates.has_limit(domain_of("ana@acao.com.br"))
