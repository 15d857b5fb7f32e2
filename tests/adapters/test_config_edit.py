"""Edits of the configuration file: what is not meant stays, byte for byte, whatever the form."""

from __future__ import annotations

import os
import stat
import tomllib

import pytest

from mpftp.adapters.config.edit import (
    add_client_section,
    edit_config,
    remove_client_section,
    rename_client_section,
    set_client_enabled,
)
from mpftp.adapters.config.sample import render_sample
from mpftp.errors import ConfigError

FORMS = [
    '[clients.acme]\nendpoint = "file:///x"\n',
    "# head\n\n[ clients . acme ]  # why\nendpoint = 'file:///x' # where\n[[profiles]]\n",
    "[clients.'acme']\nendpoint = 'file:///x'\n[clients.\"acme\".fragment]\ncontacts = 1\n",
    '[clients]\nacme.endpoint = "file:///x"\nacme . directory = "acme"\nb.endpoint = "acme"\n',
    'clients.acme.endpoint = "file:///acme"\nclients."b".endpoint = "x"\n',
    '[clients.acme]\r\nendpoint = "file:///x"\r\n# acme = [clients.acme]\r\n',
    'note = """\n[clients.b]\n"""\n[clients.acme]\nendpoint = "x"',
]


@pytest.mark.parametrize("text", FORMS)
def test_a_rename_changes_the_name_alone(text):
    done = rename_client_section(text, "acme", "new.name")
    assert len(done.splitlines()) == len(text.splitlines())
    assert done.count("#") == text.count("#")
    assert done.count("\r\n") == text.count("\r\n")
    there, back = tomllib.loads(text), tomllib.loads(done)
    assert back["clients"].pop("new.name") == there["clients"].pop("acme")
    assert back == there


def test_what_only_looks_like_a_section_is_not_renamed():
    text = '[clients.acme]\nendpoint = "x"\n[clients.b]\nnote = """\n[clients.acme]\n"""\n'
    with pytest.raises(ConfigError, match="not edited"):
        rename_client_section(text, "acme", "c")


@pytest.mark.parametrize("text", FORMS[:3])
def test_remove_and_add(text):
    done = remove_client_section(text, "acme")
    assert "clients" not in tomllib.loads(done)
    again = add_client_section(done, "acme", {"endpoint": "file:///y", "fragment": {"contacts": 2}})
    assert again.startswith(done)
    assert tomllib.loads(again)["clients"]["acme"] == {"endpoint": "file:///y", "fragment": {"contacts": 2}}


def test_the_comment_above_a_section_goes_with_it_and_that_of_the_next_stays():
    section = "# a's\n[clients.a]\nendpoint = 'x'\n#port = 21\n\n"
    text = f"# file\nstate = 'x'\n\n{section}# b's\n[clients.b]\nendpoint = 'y'\n"
    assert remove_client_section(text, "a") == "# file\nstate = 'x'\n\n# b's\n[clients.b]\nendpoint = 'y'\n"
    assert remove_client_section(text, "b") == text[: text.index("# b's")]
    first = "# of the whole file\n[clients.a]\nendpoint = 'x'\n"
    assert remove_client_section(first, "a") == "# of the whole file\n"


@pytest.mark.parametrize("text", [FORMS[0], FORMS[1], FORMS[2], FORMS[5], FORMS[6]])
def test_a_client_is_rested_and_woken_by_one_line(text):
    done = set_client_enabled(text, "acme", enabled=False)
    assert tomllib.loads(done)["clients"]["acme"]["enabled"] is False
    woken = set_client_enabled(done, "acme", enabled=True)
    assert woken.replace("enabled = true\r\n", "").replace("enabled = true\n", "") == text
    assert woken.count("\r\n") == (woken.count("\n") if "\r\n" in text else 0)


def test_the_sample_can_be_edited():
    text = render_sample({"clients": {"acme": {"endpoint": "file:///x"}, "b": {"endpoint": "file:///y"}}})
    done = set_client_enabled(rename_client_section(text, "acme", "new"), "new", enabled=False)
    left = remove_client_section(done, "b")
    assert tomllib.loads(left)["clients"] == {"new": {"endpoint": "file:///x", "enabled": False}}


def test_a_change_keeps_mode_and_link_and_is_whole_or_not_at_all(tmp_path):
    (tmp_path / "etc").mkdir()
    real, link = tmp_path / "etc" / "real.toml", tmp_path / "mpftp.toml"
    real.write_text(FORMS[0])
    real.chmod(0o640)
    link.symlink_to(real)
    edit_config(link, lambda text: set_client_enabled(text, "acme", enabled=False))
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert "enabled = false" in real.read_text()
    before = real.read_text()
    with pytest.raises(ConfigError, match="wrong"):
        edit_config(link, lambda text: text + "wrong = 1\n")
    assert real.read_text() == before
    assert os.listdir(tmp_path / "etc") == ["real.toml"]
