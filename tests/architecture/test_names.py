"""One idea, one word: no name twice, no private English, and no page cited that is not there."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

TWICE_ALLOWED = {"command", "main", "list_", "log"}
"""Names that a framework or the language asks of many modules."""

LANGUAGES = "mpftp.domain.texts."
"""Modules of one protocol: each language has the same names, by design."""

FOREIGN_WORDS = {
    *("galley", "depot", "flight", "parcel", "parcels", "crew", "told", "untold", "pen", "hearken", "heard"),
    *("sighting", "sightings", "dispatcher", "hand", "hands", "door", "doors", "barred", "condemned", "dirt"),
    *("mend", "mended", "mending", "declined", "spoiled", "octet", "octets", "errand", "spree", "survey"),
    *("fault", "faults", "moment", "moments", "patience", "outlook", "habits", "inspection", "surveys"),
}
"""Words that stood here for what the field calls something else (see the glossary in ``ARCHITECTURE.md``)."""

VAGUE_NAMES = {
    *("around", "word", "why", "what", "found", "whole", "bare", "head", "rest", "given", "wanted"),
    *("near", "meant", "ours", "lasting", "passing", "away", "look", "figures", "shown", "odd"),
}
"""Names that do not say what they hold: a match, rows, an index, a total, what is configured."""

SECOND_MEANINGS = {
    "AWAY": "the phrases of people who are away",
    "OURS": "the phrases that speak of ourselves",
    "ours": "their module",
    "lasting": "the module of troubles that last over many runs",
    "odd": "beside even: the bytes of UTF-16 by their index",
    "word": "a word of a text, as it is broken or read in a code page",
}
"""Names of ``VAGUE_NAMES`` that stand for just what they say, and for what."""

FOREIGN_IN_PROSE = {
    *(
        "galley",
        "depot",
        "parcel",
        "crew",
        "hearken",
        "spree",
        "barred",
        "mend",
        "mends",
        "mended",
        "mending",
    ),
    *("octet", "octets", "errand", "nobody", "whatever", "doubtful"),
}
"""Words that docstrings do without: private ones, and those that make a riddle of a sentence."""

PLAIN_IN_TESTS = {"nobody", "whatever", "doubtful"}
"""Words that say in a test's sentence just what they say elsewhere."""

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
MANUAL_PAGE = re.compile(r"\b(mpftp[a-z.-]*)\((\d)\)")
PAGE = re.compile(r"\b(DESIGN|[\w/-]+\.md)\b")


def test_no_name_is_defined_twice(modules):
    """Whoever reads a class, a function or a constant of the house by its name knows which one it is.

    Twins are told apart by what they are of: ``find_``, ``parse_``, ``build_`` and the like for functions,
    the thing they belong to (``FTP_QUIT_SECONDS``, ``ReportClient``) for the rest.
    """
    homes: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        if not module.name.startswith(LANGUAGES):
            for name in definitions(module.tree):
                homes[name].add(module.place)
    twins = {
        name: sorted(places)
        for name, places in homes.items()
        if len(places) > 1 and name not in TWICE_ALLOWED and not name.startswith("_")
    }
    assert not twins, "\n".join(f"{name}: {', '.join(places)}" for name, places in twins.items())


def test_names_are_in_the_words_of_the_field(modules):
    wrong = [
        f"{module.place}: {name}"
        for module in modules
        for name in {*module.name.split("."), *identifiers(module.tree)}
        if FOREIGN_WORDS & {word.lower() for word in WORD.findall(name.replace("in_flight", ""))}
        or (name.strip("_").lower() in VAGUE_NAMES and name not in SECOND_MEANINGS)
    ]
    assert not wrong, "\n".join(wrong)


def test_docstrings_are_in_plain_words(modules):
    wrong = [
        f"{module.place}: {word}: {text[:60]!r}"
        for module in modules
        for text in docstrings(module.tree)
        for word in sorted(FOREIGN_IN_PROSE & {word.lower() for word in re.findall(r"[A-Za-z]+", text)})
    ]
    assert not wrong, "\n".join(wrong)


def test_tests_and_manual_do_without_private_words():
    private = FOREIGN_IN_PROSE - PLAIN_IN_TESTS
    wrong = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        named = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef))
        for text in (*named, *docstrings(tree)):
            wrong += [f"{path.relative_to(ROOT)}: {word}: {text[:60]!r}" for word in private & split(text)]
    for path in sorted((ROOT / "man").rglob("*.[157]")):
        wrong += [f"{path.relative_to(ROOT)}: {word}" for word in private & split(path.read_text("utf-8"))]
    assert not wrong, "\n".join(wrong)


def split(text: str) -> set[str]:
    """The words of *text*, a name or a sentence, in small letters."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", text)}


def test_docstrings_cite_only_pages_that_are_there(modules):
    wrong = [
        f"{module.place}: {page}"
        for module in modules
        for text in docstrings(module.tree)
        for page in cited(text)
        if not any((ROOT / place / page).exists() for place in ("", "man", "mpftp", ".github"))
    ]
    assert not wrong, "\n".join(wrong)


def definitions(tree: ast.Module) -> Iterator[str]:
    """What a module defines at its top: classes, functions and constants, but not type variables."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign) and "TypeVar" not in ast.unparse(node.value):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def identifiers(tree: ast.Module) -> Iterator[str]:
    """Every name that a module gives: to classes, functions, parameters, fields and local values."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def docstrings(tree: ast.Module) -> Iterator[str]:
    """Every docstring of a module, and the strings that stand below constants."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.value.value


def cited(text: str) -> Iterator[str]:
    """The files that *text* cites: manual pages by name and section, other pages by name."""
    yield from (f"{name}.{section}" for name, section in MANUAL_PAGE.findall(text))
    yield from PAGE.findall(text)
