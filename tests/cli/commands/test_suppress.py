"""``mpftp suppress`` as an operator uses it."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner

from mpftp.cli import main


@pytest.fixture
def run(tmp_path, blank_state):
    shutil.copy(blank_state, tmp_path / "state.db")
    (tmp_path / "mpftp.toml").write_text(
        f'state = "state.db"\n[clients.acme]\nendpoint = "file://{tmp_path}"\n'
        f'[clients.beta]\nendpoint = "file://{tmp_path}"\n'
    )

    def run(*arguments, **options):
        command = ["suppress", *arguments, "--config", str(tmp_path / "mpftp.toml")]
        return CliRunner().invoke(main, [*command, "--now", "2026-03-01T12:00:00Z"], **options)

    return run


def test_add_list_and_remove(run):
    assert run("add", "Ana@Example.com", "--client", "acme", "--note", "pediu por telefone").exit_code == 0
    assert run("add", "bia@example.com").exit_code == 0
    assert run("list").stdout.splitlines() == [
        "bia@example.com  every client  operator  2026-03-01 12:00Z",
        "ana@example.com  acme  operator  2026-03-01 12:00Z  pediu por telefone",
    ]
    assert "ana@" not in run("list", "--client", "beta").stdout
    assert "bia@" in run("list", "--client", "beta").stdout
    assert run("remove", "ANA@example.com", "--client", "acme").exit_code == 0
    gone = run("remove", "ana@example.com", "--client", "acme")
    assert gone.exit_code == 1
    assert "ana@example.com is not on the list of acme" in gone.stderr


def test_what_was_exported_is_imported_the_same(run, tmp_path):
    run("add", "ana@example.com", "--client", "acme")
    run("add", "bia@example.com", "joão@exemplo.example")
    file = tmp_path / "list.csv"
    assert run("export", str(file)).exit_code == 0
    before = run("list").stdout
    run("remove", "ana@example.com", "--client", "acme")
    run("remove", "bia@example.com", "joão@exemplo.example")
    assert run("list").stdout == ""
    assert run("import", str(file)).exit_code == 0
    assert run("list").stdout == before


@pytest.mark.parametrize(
    "data",
    [
        b"ana@example.com\r\nnenhum\r\nbia@example.com\r\n",
        "email;nome\r\nana@example.com;Ana\r\nnenhum;João\r\nbia@example.com;Bia\r\n".encode("cp1252"),
        "email,reason\nana@example.com,opt-out\nnenhum,\nbia@example.com,sei lá\n".encode("utf-16"),
        "\ufeffemail\tnome\nana@example.com\tAna\nnenhum\t\nbia@example.com\tBia\n".encode(),
    ],
)
def test_lists_as_operators_have_them(run, tmp_path, data):
    file = tmp_path / "lista"
    file.write_bytes(data)
    done = run("import", str(file), "--client", "acme")
    assert done.exit_code == 1
    assert "entry 2: 'nenhum' is no e-mail address" in done.stderr
    assert [line.split()[0] for line in run("list").stdout.splitlines()] == [
        "ana@example.com",
        "bia@example.com",
    ]


def test_mistakes_are_named(run):
    assert "no client 'gama'" in run("add", "a@b.example", "--client", "gama").stderr
    done = run("add", "nobody")
    assert done.exit_code == 2
    assert "no e-mail address: nobody" in done.stderr
