"""The default of a setting is written once: where it is configured, or where that takes it from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from mpftp.adapters.config.profiles import ProfileTable
from mpftp.adapters.config.sample import iter_settings
from mpftp.domain.profile import DEFAULT_PROFILE

CONFIGURATION = "mpftp/adapters/config/"

NO_DEFAULT_OF_A_SETTING = {
    ("mpftp/adapters/dns.py", "port"): "of a name server",
    ("mpftp/adapters/ftp/advice.py", "passive"): "how a connection is, where nothing is known of it",
    ("mpftp/domain/triplets/fixing.py", "keep"): "how many changed lines are kept to be shown",
    ("mpftp/domain/triplets/text_scan.py", "encoding"): "what a scan found",
}

TAKEN_FROM = {
    "mpftp/domain/profile.py": "ProfileTable takes its defaults from DEFAULT_PROFILE",
    "mpftp/domain/bounces/repetition.py": "BouncesTable takes its defaults from DEFAULT_REPETITION",
}

UNIT = re.compile("_(seconds|hours|days)$")


def defaults(tree: ast.Module) -> Iterator[tuple[int, str, ast.expr]]:
    """Every default of a class's field and of an argument: line, name, value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.lineno, node.target.id, node.value
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            some = [*node.args.posonlyargs, *node.args.args]
            given = [*zip(reversed(some), reversed(node.args.defaults), strict=False)]
            given += [*zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)]
            yield from ((node.lineno, argument.arg, value) for argument, value in given if value)


def is_written_out(value: ast.expr) -> bool:
    """Whether *value* is a literal that says something, or a span of time made of one."""
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) == "timedelta"
    if not isinstance(value, ast.Constant) or value.value is ...:
        return False
    return isinstance(value.value, bool) or value.value not in (None, "", 0)


def test_no_default_of_a_setting_is_written_twice(modules):
    settings = {UNIT.sub("", path.rpartition(".")[2]) for path, _ in iter_settings()}
    wrong = [
        f"{module.place}:{line}: {name} = {ast.unparse(value)}"
        for module in modules
        if not module.place.startswith(CONFIGURATION) and module.place not in TAKEN_FROM
        for line, name, value in defaults(module.tree)
        if UNIT.sub("", name) in settings
        and is_written_out(value)
        and (module.place, name) not in NO_DEFAULT_OF_A_SETTING
    ]
    assert not wrong, "\n".join(wrong)


def test_a_profile_of_the_configuration_without_a_word_is_the_built_in_one():
    assert ProfileTable().profile("default") == DEFAULT_PROFILE


def test_what_the_domain_has_stands_in_no_table(modules):
    """The names, not the values: a literal in the table would be a second place."""
    [tables] = [module for module in modules if module.name == "mpftp.adapters.config.profiles"]
    [table] = [
        node for node in tables.tree.body if isinstance(node, ast.ClassDef) and node.name == "ProfileTable"
    ]
    fields = [node for node in table.body if isinstance(node, ast.AnnAssign)]
    literal = [
        ast.unparse(node.target)
        for node in fields
        if isinstance(node.value, ast.Call)
        and node.value.args
        and isinstance(node.value.args[0], ast.Constant)
        and node.value.args[0].value is not None
    ]
    assert not literal
