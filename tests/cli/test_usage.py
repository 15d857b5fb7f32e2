"""Mistakes on the command line of ``validate``: in the language that was asked for, no word of another."""

from __future__ import annotations

import os
import re

import pytest
from click import Context
from click.testing import CliRunner

from mpftp.cli import main
from mpftp.cli.context import map_os_error
from mpftp.domain.deliverability.dns import LookupFailedError
from mpftp.domain.texts import en

CORRECT = "examples/triplets/correct"
ENGLISH = re.compile(r"\b(the|such|of|and|is|not|this|hint|Permission)\b")

MISTAKES = [
    (["--lnag", "en"], "a opção --lnag não existe; seria --lang?"),
    (["--zzz"], "a opção --zzz não existe"),
    (["--format"], "falta o valor da opção --format"),
    (["--all=3"], "a opção --all não leva valor"),
    (["--format", "xml"], "--format: escolha um destes valores: text, json, csv, sarif, github"),
    (["--max-errors", "-1"], "--max-errors: escreva um número inteiro, 0 ou maior"),
    (["--max-errors", "um"], "--max-errors: escreva um número inteiro, 0 ou maior"),
    (["--jobs", "65"], "--jobs: escreva um número inteiro de 0 a 64"),
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
        (["--fix", "examples/triplets/correct"], "correct: os originais estão aqui; escolha outra pasta"),
        (["--select", "MIAL021"], "nenhuma regra se chama “MIAL021”; seria MAIL021?"),
        (["--explain", "ZZZ"], "nenhuma regra se chama “ZZZ”; veja mpftp validate --list-rules"),
        (["--preview", "1", "examples/triplets/mail-empty"], "a prévia é de um só envio"),
    ],
    ids=str,
)
def test_what_cannot_be_written_is_told_without_an_english_word(options, said):
    arguments = ["validate", "--lang", "pt_BR", *options, "examples/triplets/correct"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (1, 2)
    assert said in result.stderr
    assert not ENGLISH.search(result.stderr.replace(said, ""))


def test_a_link_in_the_place_of_a_copy_is_told_in_portuguese(tmp_path):
    link = tmp_path / "Marco_MAIL_20260301"
    link.symlink_to(tmp_path / "elsewhere")
    result = CliRunner().invoke(main, ["validate", "--lang", "pt_BR", "--fix", str(tmp_path), CORRECT])
    assert result.stderr == f"mpftp: não foi possível gravar {link}: é um link simbólico\n"


def test_what_cannot_be_read_or_asked_is_told_in_portuguese(monkeypatch):
    def fail(*_):
        raise PermissionError(13, "Permission denied", "secret")

    monkeypatch.setattr("mpftp.stages.validate.find_triplets", fail)
    result = CliRunner().invoke(main, ["validate", "--lang", "pt_BR", CORRECT])
    assert result.stderr == "mpftp: não foi possível ler secret: o acesso foi negado\n"
    monkeypatch.undo()

    def unanswered(*_):
        raise LookupFailedError("timed out")

    monkeypatch.setattr("mpftp.stages.validate.check_domains", unanswered)
    result = CliRunner().invoke(main, ["validate", "--lang", "pt_BR", "--check-dns", CORRECT])
    assert result.stderr == "mpftp: o DNS não responde; tente mais tarde, ou sem --check-dns\n"


def help_of(*words, language="pt_BR.UTF-8"):
    environment = {"LC_ALL": None, "LC_MESSAGES": None, "LANG": language}
    result = CliRunner().invoke(main, ["validate", *words], env=environment, prog_name="mpftp")
    assert result.exit_code == 0
    return result.stdout


def test_the_help_is_in_the_language_asked_for():
    assert help_of("--help").startswith("Uso: mpftp validate [OPÇÕES] [PASTA OU ARQUIVO]...")
    assert "Opções:\n" in help_of("--lang", "pt_BR", "--help", language="C")
    assert "  --fix PASTA " in help_of("--help")
    assert "[padrão: text]" in help_of("--help")
    assert help_of("--help", "--lang", "en").startswith("Usage: mpftp validate [OPTIONS]")
    assert not ENGLISH.search(help_of("--help"))


def test_the_help_has_every_option_and_what_all_commands_share_in_the_same_words():
    words = en.HELP
    command = main.get_command(Context(main), "validate")
    options = {max(param.opts, key=len).removeprefix("--"): param for param in command.params}
    for name, param in options.items():
        assert name == "paths" or words[name] == param.help
    assert {name for name in words if name.islower()} == {*options, "help"} - {"paths"} | {
        "command",
        "default",
        "exits",
        "options",
    }


def test_where_there_are_no_users_of_unix_a_denied_file_is_told_plainly(monkeypatch):
    monkeypatch.delattr(os, "geteuid")
    error = map_os_error(PermissionError(13, "Permission denied", "x.log"))
    assert error.message == "x.log: Permission denied"
