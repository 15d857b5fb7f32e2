"""``mpftp client``, and a client that came back under a new name: nobody is mailed twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner

from mpftp.adapters.config import load_config
from mpftp.adapters.lock import hold_all_locks, hold_lock
from mpftp.adapters.store.clients import ClientStore
from mpftp.adapters.store.database import Database
from mpftp.cli import main

FILES = {
    "CONF": "assunto;remetente_email;pasta\nOi;a@exemplo.com.br;P\n",
    "HTML": '<html><body><p>Oi</p><a href="{{descadastro}}">sair</a></body></html>',
    "MAIL": "email\n" + "".join(f"u{number}@exemplo.com.br\n" for number in range(1, 6)),
}
CONFIG = """\
# Kept by hand; ask Ana before a change.
state = "state.db"   # the memory
[maildir]
path = "md"

# The shop in the Rua Augusta.
[clients.acme]       # since 2024
endpoint = "file://{root}/acme"
settle_seconds = 0
  [clients.acme.fragment] # small ones
  contacts = 100
  every_hours = 1

# Its neighbour.
[clients.beta]
endpoint = "file://{root}/beta"
settle_seconds = 0
"""


class Host:
    """One machine with two clients, whose messages become files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "mpftp.toml"
        self.config.write_text(CONFIG.format(root=root))
        for client in ("acme", "beta"):
            (root / client).mkdir()
        self.lay("acme", "Promo")
        self.run("init", "--state-only")

    def lay(self, client: str, name: str) -> None:
        for kind, text in FILES.items():
            path = self.root / client / f"{name}_{kind}_20260301"
            path.write_text(text)
            os.utime(path, (1_767_225_600,) * 2)

    def run(self, *words: str, code: int = 0, answers: str | None = None) -> str:
        done = CliRunner().invoke(main, [*words, "--config", str(self.config)], input=answers)
        assert done.exit_code == code, done.output
        return done.output

    def go(self) -> int:
        """What cron does; how many messages there are."""
        CliRunner().invoke(main, ["collect", "--config", str(self.config)])
        self.run("send")
        return len(list(self.root.glob("md/new/*")))

    def edit(self, before: str, after: str) -> None:
        text = self.config.read_text()
        assert before in text
        self.config.write_text(text.replace(before, after))

    def clients(self) -> list[str]:
        with Database(self.root / "state.db", read_only=True) as db:
            return [client.name for client in ClientStore(db).known_clients()]


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_a_renamed_client_is_the_same_client(host):
    assert host.go() == 5
    host.run("suppress", "add", "u9@exemplo.com.br", "--client", "acme")
    assert host.run("client", "rename", "acme", "nova.loja") == "acme is called nova.loja now\n"
    expected = CONFIG.format(root=host.root).replace("[clients.acme", '[clients."nova.loja"')
    assert host.config.read_text() == expected
    assert host.clients() == ["beta", "nova.loja"]
    assert "u9@exemplo.com.br  nova.loja" in host.run("suppress", "list")
    assert "nova.loja/Promo_20260301" in host.run("campaign", "list")
    assert "Oi;a@exemplo.com.br" in host.run("show", "nova.loja/Promo_20260301", "--raw", "CONF")
    assert host.run("collect") == ""
    assert host.go() == 5


def test_a_section_that_was_renamed_by_hand_is_not_visited_and_the_others_are(host):
    host.go()
    host.lay("beta", "Outra")
    host.edit("clients.acme", "clients.acme-sa")
    said = host.run("collect", code=1)
    assert "acme-sa: not visited" in said
    assert "mpftp client rename acme acme-sa" in said
    assert host.go() == 10
    assert "mpftp client rename acme acme-sa" in host.run("status", "--check", code=1)
    assert "acme-sa: not visited" in host.run("doctor", "--client", "beta", code=1)
    assert "acme-sa: not visited" in host.run("collect", "--dry-run", "--client", "acme-sa", code=1)
    host.run("suppress", "add", "u9@exemplo.com.br", "--client", "acme-sa")
    before = host.config.read_text()
    host.run("client", "rename", "acme", "acme-sa")
    assert host.config.read_text() == before
    assert host.clients() == ["acme-sa", "beta"]
    assert "u9@exemplo.com.br  acme-sa" in host.run("suppress", "list")
    assert host.run("collect") == ""
    assert host.go() == 10


@pytest.mark.parametrize("rests", [False, True])
def test_a_section_that_was_copied_by_hand_mails_nobody_again(host, rests):
    assert host.go() == 5
    with host.config.open("a") as config:
        config.write(f'\n[clients.copia]\nendpoint = "file://{host.root}/acme"\nsettle_seconds = 0\n')
    if rests:
        host.run("client", "disable", "acme")
    said = host.run("collect", code=1)
    assert "copia: not visited: it has the server, login and directory of 'acme'" in said
    assert "a login or a directory of its own" in said
    assert host.go() == 5
    assert "copia: not visited" in host.run("status", "--check", code=1)
    assert "copia: not visited" in host.run("doctor", code=1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('/acme"', '/acme/"'),
        ('/acme"', '/beta/../acme"'),
        ('/acme"\n', '"\ndirectory = "acme"\n'),
    ],
)
def test_another_spelling_of_the_place_is_the_same_place(host, before, after):
    host.go()
    host.edit("clients.acme", "clients.nova")
    host.edit(before, after)
    assert "nova: not visited" in host.run("collect", code=1)
    assert host.go() == 5


def test_a_client_that_moves_to_the_place_of_one_that_vanished_is_not_visited_there(host):
    host.go()
    text = host.config.read_text()
    host.config.write_text(text[: text.index("# The shop")] + text[text.index("# Its") :])
    host.edit("/beta", "/acme")
    assert "beta: not visited" in host.run("collect", code=1)
    assert host.go() == 5


def test_a_client_given_up_leaves_its_place_free(host):
    host.go()
    host.edit("clients.acme", "clients.nova")
    assert "mailed again" in host.run("client", "remove", "acme", answers="n\n", code=1)
    assert "add --yes" in host.run("client", "remove", "acme", code=2)
    assert "nova: not visited" in host.run("collect", code=1)
    host.run("client", "remove", "acme", "--yes")
    assert host.go() == 10
    assert "acme" not in host.run("status", "--check")


def test_remove_takes_the_section_and_no_more(host):
    host.go()
    host.run("client", "remove", "acme", "--yes")
    text = CONFIG.format(root=host.root)
    expected = text[: text.index("# The shop")] + text[text.index("# Its neighbour.") :]
    assert host.config.read_text() == expected
    assert "acme" not in host.run("doctor", code=1)
    host.config.write_text(text)
    assert host.run("collect") == ""  # the name came back: the same client
    assert host.go() == 5


def test_what_is_left_of_a_removed_client_is_told(host):
    host.edit("# since 2024\n", '# since 2024\npassword_file = "acme.password"\n')
    host.run("collect")
    host.run("send")
    said = host.run("client", "remove", "acme", answers="y\n")
    assert "1 campaign gets no results." in said
    assert f"{host.root}/acme.password, which holds its password, is still there" in said
    for words in (("enable", "acme"), ("test", "acme"), ("rename", "acme", "nova")):
        told = host.run("client", *words, code=2)
        assert "acme is not in the configuration any more" in told
        assert "`mpftp client add acme` brings it back" in told


def test_nothing_waits_for_an_answer(host):
    def answer_later():
        with hold_all_locks(host.root / "state.db"):
            return True

    host.go()
    with patch.object(click, "confirm", lambda *_, **__: answer_later()):
        host.run("client", "remove", "acme")
    assert "acme" not in load_config(host.config).clients


def test_a_client_with_campaigns_to_send_is_not_removed(host):
    host.run("collect")
    before = host.config.read_text()
    assert "not finished" in host.run("client", "remove", "acme", "--yes", code=2)
    assert host.config.read_text() == before


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("acme", "beta", "has both"),
        ("acme", "acme", "the same"),
        ("nobody", "other", "no client is called 'nobody'"),
        ("acme", "no good name", "clients.no good name"),
    ],
)
def test_names_that_cannot_be_given_change_nothing(host, old, new, why):
    host.go()
    before = host.config.read_text()
    assert why in host.run("client", "rename", old, new, code=78 if " " in new else 2)
    assert (host.config.read_text(), host.clients()) == (before, ["acme", "beta"])


def test_a_name_with_campaigns_of_its_own_is_not_taken_over(host):
    host.lay("beta", "Outra")
    host.go()
    host.edit("[clients.acme", "[clients.gone")
    host.edit("/acme", "/none")
    host.edit("[clients.beta", "[clients.acme")
    before = host.config.read_text()
    assert "campaigns of its own" in host.run("client", "rename", "beta", "acme", code=2)
    assert (host.config.read_text(), host.clients()) == (before, ["acme", "beta"])


def test_rename_waits_for_commands_that_run(host):
    host.go()
    before = host.config.read_text()
    with hold_lock(host.root / "state.db", "send"):
        host.run("client", "rename", "acme", "nova", code=75)
    assert (host.config.read_text(), host.clients()) == (before, ["acme", "beta"])


def test_a_form_that_is_not_edited_is_told_and_left(host):
    host.go()
    text = host.config.read_text()
    inline = f'[clients]\nacme = {{ endpoint = "file://{host.root}/acme", settle_seconds = 0 }}\n'
    host.config.write_text(text[: text.index("# The shop")] + inline)
    before = host.config.read_text()
    assert "in the file yourself" in host.run("client", "disable", "acme", code=78)
    assert host.config.read_text() == before
    host.run("client", "rename", "acme", "nova")  # this form of a rename is one key
    assert host.config.read_text() == before.replace("acme = {", "nova = {")
    assert host.clients() == ["beta", "nova"]


KILLS = {
    "before the configuration": "mpftp.adapters.config.edit.ConfigDraft.put_in_place",
    "before the originals": "mpftp.wiring.clients._complete",
    "before the state": "mpftp.adapters.store.clients.ClientStore.rename",
}


@pytest.mark.parametrize("place", KILLS.values(), ids=KILLS)
def test_a_kill_between_the_writes_leaves_both_names_or_none(host, place):
    assert host.go() == 5
    script = (
        "import os, signal; from unittest import mock; from mpftp.cli import main\n"
        f"with mock.patch({place!r}, lambda *_: os.kill(os.getpid(), signal.SIGKILL)):\n"
        f"    main(['client', 'rename', 'acme', 'nova', '--config', {str(host.config)!r}])\n"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == -9
    assert host.run("collect") == ""
    configured = sorted(load_config(host.config).clients)
    assert configured == host.clients()
    assert host.go() == 5
    name = "nova" if "nova" in configured else "acme"
    assert "Oi;a@exemplo.com.br" in host.run("show", f"{name}/Promo_20260301", "--raw", "CONF")
    host.lay("acme", "Depois")
    assert host.go() == 10
    assert ("nova" in configured) == ("put_in_place" not in place)


def test_a_client_that_rests_is_not_visited_and_goes_on_with_what_was_accepted(host):
    host.run("collect")
    host.lay("acme", "Depois")
    assert host.run("client", "disable", "acme") == "acme rests\n"
    assert "[clients.acme]       # since 2024\nenabled = false\n" in host.config.read_text()
    assert host.go() == 5
    assert "rests" in host.run("status")
    assert host.run("collect", "--client", "acme", code=2).startswith("mpftp: acme rests")
    assert "acme: rests" in host.run("doctor", "--client", "beta", code=1)
    host.run("publish", "--now", "2030-01-01T00:00:00Z")
    assert len(list((host.root / "acme").glob("Promo_*"))) == 9
    assert host.run("client", "enable", "acme") == "acme is visited\n"
    assert host.go() == 10


def test_a_rested_client_is_no_trouble(host):
    host.edit("settle_seconds = 0\n  [", "settle_seconds = 0\nenabled = false # moves house\n  [")
    (host.root / "beta").rmdir()
    host.run("collect", code=1)
    assert "beta" in host.run("status", "--check", code=1)
    host.run("client", "disable", "beta")
    assert host.run("status", "--check", "--now", "2030-01-01T00:00:00Z").startswith("MPFTP OK ")
    host.run("client", "enable", "acme")
    assert "enabled = true # moves house" in host.config.read_text()
