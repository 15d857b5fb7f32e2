"""The house's own rules, tried on a module that breaks each of them: a check that cannot fail is none."""

from __future__ import annotations

import graphlib
import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def load(name):
    spec = importlib.util.spec_from_file_location(f"house_{name}", HERE / f"{name}.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FLOORS, MEASURE, CONFTEST = load("test_floors"), load("test_measure"), load("conftest")
NAMES, TEXTS = load("test_names"), load("test_texts")


def broken(tmp_path, monkeypatch, place, text):
    """A module of that text at that place of a package."""
    monkeypatch.setattr(CONFTEST, "ROOT", tmp_path)
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return [CONFTEST.read_module(path)]


@pytest.mark.parametrize(
    ("check", "place", "text"),
    [
        (FLOORS.test_imports_go_down_only, "mpftp/domain/a.py", "import mpftp.adapters.config"),
        (FLOORS.test_imports_go_down_only, "mpftp/adapters/a.py", "def f():\n    import mpftp.stages"),
        (FLOORS.test_stages_and_adapters_do_not_know_their_own_kind, "mpftp/stages/a.py",
         "from mpftp.stages.send import send"),
        (FLOORS.test_stages_and_adapters_do_not_know_their_own_kind, "mpftp/adapters/a.py",
         "from mpftp.adapters import folder"),
        (FLOORS.test_the_two_front_doors_do_not_know_each_other, "mpftp/tracker/a.py", "import mpftp.cli"),
        (FLOORS.test_imports_go_down_only, "mpftp/wiring/a.py", "from mpftp.cli.context import print_error"),
        (FLOORS.test_imports_go_down_only, "mpftp/stages/a.py", "import mpftp.wiring.sending"),
        (FLOORS.test_no_command_knows_another, "mpftp/cli/commands/a.py", "import mpftp.cli.commands.send"),
        (FLOORS.test_no_command_knows_another, "mpftp/cli/views/a.py", "import mpftp.wiring.sending"),
        (FLOORS.test_each_library_has_one_importer, "mpftp/wiring/a.py", "import click"),
        (FLOORS.test_each_library_has_one_importer, "mpftp/stages/a.py", "import sqlite3"),
        (FLOORS.test_each_library_has_one_importer, "mpftp/cli/b.py", "from pydantic import BaseModel"),
        (FLOORS.test_the_domain_is_pure, "mpftp/domain/a.py", "import os.path"),
        (NAMES.test_names_are_in_the_words_of_the_field, "mpftp/a.py", "class MailGalley: pass"),
        (NAMES.test_names_are_in_the_words_of_the_field, "mpftp/a.py", "class MailFlight: pass"),
        (NAMES.test_names_are_in_the_words_of_the_field, "mpftp/a.py", "def f(given: int) -> None: pass"),
        (NAMES.test_docstrings_are_in_plain_words, "mpftp/a.py", '"""Send as many octets as wanted."""'),
        (NAMES.test_names_are_in_the_words_of_the_field, "mpftp/a.py", "class A:\n    told_by: str"),
        (NAMES.test_names_are_in_the_words_of_the_field, "mpftp/a/depot.py", ""),
        (NAMES.test_docstrings_cite_only_pages_that_are_there, "mpftp/a.py", '"""See nowhere.md."""'),
        (NAMES.test_docstrings_cite_only_pages_that_are_there, "mpftp/a.py", '"""See mpftp-none(7)."""'),
        (MEASURE.test_no_module_is_long, "mpftp/a.py", "\n" * 401),
        (MEASURE.test_no_function_is_long, "mpftp/a.py", "def f():\n" + "    x = 1\n" * 60),
        (MEASURE.test_every_public_thing_says_what_it_means, "mpftp/a.py", '"""A."""\ndef f():\n    pass'),
        (MEASURE.test_every_public_thing_says_what_it_means, "mpftp/a.py", '"""A."""\nclass A:\n    pass'),
        (MEASURE.test_names_say_what_a_thing_is, "mpftp/a_utils.py", ""),
        (MEASURE.test_names_say_what_a_thing_is, "mpftp/a.py", "def handle_it(): pass"),
        (MEASURE.test_sql_lives_in_the_store_only, "mpftp/stages/a.py", 'x = "SELECT id FROM campaign"'),
        (MEASURE.test_the_list_of_suppressed_addresses_is_changed_in_one_place, "mpftp/adapters/store/a.py",
         'x = "DELETE FROM suppression WHERE client_id = ?"'),
        (MEASURE.test_rows_of_many_columns_are_read_by_name, "mpftp/adapters/store/a.py",
         "x = [a for a, b, c, d, e in db.rows(query)]"),
        (MEASURE.test_rows_of_many_columns_are_read_by_name, "mpftp/adapters/store/a.py", "x = row[4]"),
        (MEASURE.test_no_group_that_may_fail_halfway_is_repeated_possessively, "mpftp/domain/a.py",
         'x = "(?:ab?c)++"'),
        (MEASURE.test_only_the_front_doors_print_and_exit, "mpftp/stages/a.py", "print(1)"),
        (TEXTS.test_portuguese_is_written_in_its_module_alone, "mpftp/stages/a.py", 'x = "endereço"'),
        (TEXTS.test_portuguese_is_written_in_its_module_alone, "mpftp/cli/a.py", 'x = f"{n} linhas de MAIL"'),
        (TEXTS.test_portuguese_is_written_in_its_module_alone, "mpftp/domain/bounces/a.py", 'x = "word"'),
        (TEXTS.test_a_language_is_named_in_its_registration_alone, "mpftp/cli/a.py", 'x = y == "pt_BR"'),
    ],
)  # fmt: skip
def test_a_module_that_breaks_the_rule_is_found(tmp_path, monkeypatch, check, place, text):
    with pytest.raises(AssertionError):
        check(broken(tmp_path, monkeypatch, place, text))


@pytest.mark.parametrize("text", ["class Found: pass", "def find(): pass", "FOUND = 1", "FOUND: int = 1"])
def test_a_name_that_is_defined_twice_is_found(tmp_path, monkeypatch, text):
    monkeypatch.setattr(CONFTEST, "ROOT", tmp_path)
    paths = [tmp_path / "mpftp" / name for name in ("a.py", "b.py")]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    with pytest.raises(AssertionError):
        NAMES.test_no_name_is_defined_twice([CONFTEST.read_module(path) for path in paths])


@pytest.mark.parametrize(
    ("places", "texts"),
    [
        (("mpftp/cli/a.py", "mpftp/cli/b.py"), ("import mpftp.cli.b", "import mpftp.cli.a")),
        (("mpftp/domain/a.py", "mpftp/domain/sending/b.py"), ("import mpftp.domain.sending.b",
                                                             "from mpftp.domain.c import d")),
        (("mpftp/domain/messages/a.py", "mpftp/domain/bounces/b.py", "mpftp/domain/messages/c.py",
          "mpftp/domain/bounces/d.py"),
         ("import mpftp.domain.bounces.b", "", "", "import mpftp.domain.messages.c")),
    ],
)  # fmt: skip
def test_a_circle_is_found(tmp_path, monkeypatch, places, texts):
    monkeypatch.setattr(CONFTEST, "ROOT", tmp_path)
    for place, text in zip(places, texts, strict=True):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    found = [CONFTEST.read_module(tmp_path / place) for place in places]
    with pytest.raises(graphlib.CycleError):
        FLOORS.test_no_imports_go_in_a_circle(found)


def test_a_module_that_keeps_them_is_not(tmp_path, monkeypatch):
    good = broken(tmp_path, monkeypatch, "mpftp/domain/good.py", '"""Good."""\n\nimport re\n')
    for module in (FLOORS, MEASURE):
        for name, check in vars(module).items():
            if name.startswith("test_") and name != "test_most_functions_are_short":
                check(good)
