"""``mpftp.tracker:application`` as any WSGI server finds it: all it knows is in the environment."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mpftp import tracker
from mpftp.domain.tokens import TokenKind
from mpftp.errors import ConfigError

SERVER = """
import sys
from wsgiref.simple_server import make_server
from mpftp.tracker import application
with make_server("127.0.0.1", 0, application) as server:
    print(server.server_port, flush=True)
    server.handle_request()
"""


@pytest.fixture
def environment(monkeypatch, house):
    monkeypatch.setattr(tracker, "_built", [])
    monkeypatch.setenv("MPFTP_CONFIG", str(house.config.state.with_name("mpftp.toml")))
    return monkeypatch


def test_it_builds_itself_from_the_environment_and_once(environment, house, asked):
    environment.setenv("MPFTP_NOW", "2030-01-02T03:04:05-03:00")
    for _ in range(2):
        assert asked(tracker.application, house.path(TokenKind.OPEN)).status == 200
    assert [f"{event.at:%Y-%m-%d %H:%M}" for event in house.events()] == ["2030-01-02 06:04"] * 2
    assert len(tracker._built) == 1


def test_without_a_configuration_it_says_so_at_each_request(environment, house, asked):
    environment.setenv("MPFTP_CONFIG", "/nowhere/mpftp.toml")
    for _ in range(2):
        with pytest.raises(ConfigError, match="no such configuration"):
            asked(tracker.application, house.path(TokenKind.OPEN))


def test_another_server_serves_it(environment, house):
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        port = server.stdout.readline().strip()
        fetch = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}{house.path(TokenKind.OPEN)}').status)"
        done = subprocess.run([sys.executable, "-c", fetch], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "200"
    assert [event.ip for event in house.events()] == ["127.0.0.1"]
