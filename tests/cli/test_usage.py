"""Mistakes on the command line of ``validate``: in the language that was asked for, no word of another."""

from __future__ import annotations

import os

import pytest
from click.testing import CliRunner

from mpftp.cli import main
from mpftp.cli.context import map_os_error

MISTAKES = [
    (["--lnag", "en"], "a opção --lnag não existe; seria --lang?"),
    (["--zzz"], "a opção --zzz não existe"),
    (["--format"], "falta o valor da opção --format"),
    (["--all=3"], "a opção --all não leva valor"),
    (["--format", "xml"], "--format: escolha um destes valores: text, json, csv, sarif, github"),
    (["--max-errors", "-1"], "--max-errors: escreva um número inteiro, 0 ou maior"),
    (["--max-errors", "um"], "--max-errors: escreva um número inteiro, 0 ou maior"),
    (["--encoding", "foo"], "--encoding: escreva uma codificação como utf-8 ou windows-1252"),
    (["--delimiter", "ab"], "--delimiter: escreva um só caractere, ou tab"),
    (["--now", "noon"], "--now: escreva um momento como 2026-03-01T09:00:00-03:00"),
    (["gone"], "não existe arquivo nem pasta com o nome gone"),
    (["--preview-html", "."], ". é uma pasta; escreva o nome de um arquivo"),
    (["--fix", __file__], f"{__file__} é um arquivo; escreva o nome de uma pasta"),
]


def usage_of(*arguments, language="pt_BR.UTF-8"):
    environment = {"LC_ALL": None, "LC_MESSAGES": None, "LANG": language}
    result = CliRunner().invoke(main, ["validate", *arguments], env=environment, prog_name="mpftp")
    assert result.exit_code == 2
    return result.stderr.splitlines()


@pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=lambda given: str(given)[:40])
def test_a_mistake_is_told_in_portuguese(arguments, said):
    assert usage_of(*arguments) == [
        "Uso: mpftp validate [OPÇÕES] [PASTA OU ARQUIVO]...",
        "Ajuda: mpftp validate --help",
        "",
        f"Erro: {said}",
    ]


def test_the_language_asked_for_comes_before_the_locale():
    assert usage_of("--lang", "en", "--zzz")[-1] == "Error: there is no option --zzz"
    assert usage_of("--zzz", "--lang=pt_BR", language="en_US.UTF-8")[-1] == "Erro: a opção --zzz não existe"
    assert usage_of("--lang", "xx", language="C")[-1] == "Error: --lang: choose one of pt_BR, en"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fix", "/proc/copies"], "não foi possível gravar /proc/copies: esse lugar não existe"),
        (["--fix", f"{__file__}/copies"], f"{__file__}/copies: há um arquivo onde deveria haver uma pasta"),
        (["--preview-html", "/proc/x"], "não foi possível gravar /proc/x: esse lugar não existe"),
        (["--unsafe-fixes"], "--unsafe-fixes não faz nada sem --fix PASTA"),
    ],
    ids=str,
)
def test_what_cannot_be_written_is_told_without_an_english_word(options, said):
    arguments = ["validate", "--lang", "pt_BR", *options, "examples/triplets/correct"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (1, 2)
    assert said in result.stderr
    assert "o such" not in result.stderr


def test_where_there_are_no_users_of_unix_a_denied_file_is_told_plainly(monkeypatch):
    monkeypatch.delattr(os, "geteuid")
    error = map_os_error(PermissionError(13, "Permission denied", "x.log"))
    assert error.message == "x.log: Permission denied"
