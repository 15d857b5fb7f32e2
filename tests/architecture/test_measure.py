"""Few, short and explained: the size of modules and functions, docstrings, names, where SQL lives."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator

LINES_OF_A_MODULE = 400
LINES_OF_A_FUNCTION = 60
MAX_UNNAMED_COLUMNS = 4
MEDIAN_OF_FUNCTIONS = 15
BAD_NAMES = re.compile(r"(^|_)(utils?|helpers?|manager|misc)($|_)|^(process|handle)_")
SQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|PRAGMA|CREATE|ALTER|WITH)\s[^a-z]*", re.A)

POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[0-9,]*\})\+|\(\?>")
POSSESSIVE_ALLOWED = {
    "mpftp/domain/messages/links.py": "characters of a URL, no pattern",
    "mpftp/domain/messages/markup.py": "each alternative fails at its first character, if at all",
    "mpftp/domain/triplets/line_pattern.py": "fails at its first characters, if at all",
    "mpftp/domain/triplets/spreadsheet.py": "fails at its first characters, if at all",
    "mpftp/domain/triplets/table.py": "fails at its first characters, if at all",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_no_module_is_long(modules):
    """One without functions and classes is data, whose length says nothing."""
    long = {module.place: module.text.count("\n") for module in modules if not is_data(module.tree)}
    assert not {place: lines for place, lines in long.items() if lines > LINES_OF_A_MODULE}


def is_data(tree):
    return bool(tree.body) and not any(
        isinstance(node, (*Function.__args__, ast.ClassDef)) for node in tree.body
    )


def test_no_function_is_long(modules):
    long = [
        f"{module.place}:{node.lineno} {node.name} has {length(node)} lines"
        for module in modules
        for node, _ in functions(module.tree)
        if length(node) > LINES_OF_A_FUNCTION
    ]
    assert not long, "\n".join(long)


def test_most_functions_are_short(modules):
    lengths = [length(node) for module in modules for node, _ in functions(module.tree)]
    assert statistics.median(lengths) <= MEDIAN_OF_FUNCTIONS


def test_every_public_thing_says_what_it_means(modules):
    silent = [f"{module.place}:1" for module in modules if not ast.get_docstring(module.tree)]
    for module in modules:
        for node, owner in functions(module.tree):
            if is_public(node.name) and is_public(owner) and not ast.get_docstring(node):
                silent.append(f"{module.place}:{node.lineno} {owner}.{node.name}".replace(" .", " "))
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and is_public(node.name) and not ast.get_docstring(node):
                silent.append(f"{module.place}:{node.lineno} {node.name}")
    assert not silent, "\n".join(silent)


def test_names_say_what_a_thing_is(modules):
    wrong = []
    for module in modules:
        parsers = {name for name, bases in classes(module.tree) if "HTMLParser" in bases}
        own = [node.name for node, owner in functions(module.tree) if owner not in parsers]
        names = [*module.name.split("."), *own]
        wrong += [f"{module.place}: {name}" for name in names if BAD_NAMES.search(name)]
    assert not wrong, "\n".join(wrong)


def test_sql_lives_in_the_store_only(modules):
    wrong = [
        f"{module.place}:{node.lineno} {node.value[:50]!r}"
        for module in modules
        if not module.name.startswith("mpftp.adapters.store")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_list_of_suppressed_addresses_is_changed_in_one_place(modules):
    wrong = [
        f"{module.place}:{node.lineno}"
        for module in modules
        if module.name != "mpftp.adapters.store.suppression"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"\b(INSERT (OR \w+ )?INTO|DELETE FROM|UPDATE) suppression\b", node.value)
    ]
    assert not wrong, "\n".join(wrong)


def test_rows_of_many_columns_are_read_by_name(modules):
    """A column that is added in the middle of a query must not move what its reader takes for another."""
    wrong = [
        f"{module.place}:{line}: {ast.unparse(target)}"
        for module in modules
        if module.name.startswith("mpftp.adapters.store")
        for line, target, source in unpacked(module.tree)
        if len(target.elts) > MAX_UNNAMED_COLUMNS
        and any(getattr(node, "attr", "") in ("row", "rows") for node in ast.walk(source))
    ]
    wrong += [
        f"{module.place}:{node.lineno}: {ast.unparse(node)}"
        for module in modules
        if module.name.startswith("mpftp.adapters.store")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "row"
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, int)
        and node.slice.value >= MAX_UNNAMED_COLUMNS
    ]
    assert not wrong, "\n".join(wrong)


def unpacked(tree: ast.Module) -> Iterator[tuple[int, ast.Tuple, ast.expr]]:
    """Everything that is unpacked into a tuple of names: the line, the names, from what."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Tuple):
            yield node.target.lineno, node.target, node.iter
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            yield node.lineno, node.targets[0], node.value


def test_no_group_that_may_fail_halfway_is_repeated_possessively(modules):
    """Python before 3.11.5, such as Debian 12's, goes on behind the half that it took (gh-106052)."""
    found = {module.place for module in modules if POSSESSIVE_GROUP.search(module.text)}
    assert not found - set(POSSESSIVE_ALLOWED)


def test_only_the_front_doors_print_and_exit(modules):
    wrong = [
        f"{module.place}:{node.lineno} calls {ast.unparse(node.func)}"
        for module in modules
        if not module.name.startswith(("mpftp.cli", "mpftp.__main__"))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "exit", "sys.exit", "quit")
    ]
    assert not wrong, "\n".join(wrong)


def functions(tree: ast.Module) -> Iterator[tuple[Function, str]]:
    """Functions and methods, not those inside a function, each with the name of its class or ``""``."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node, ""
        elif isinstance(node, ast.ClassDef):
            yield from ((item, node.name) for item in node.body if isinstance(item, Function))


def classes(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """Each class and what it derives from; a library's own method names are not ours to choose."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name, {ast.unparse(base).rpartition(".")[2] for base in node.bases}


def length(node: Function) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node):
        lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
    return lines


def is_public(name: str) -> bool:
    """Whether readers outside meet this name (special methods are the language's)."""
    return not name.startswith("_")
