"""Every text is a sentence whatever number stands in it: none, one, or several of a thing."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import mpftp
from mpftp.domain.texts import CountedValue, Texts, languages, texts
from mpftp.domain.triplets.rules import RULES
from tests.domain.test_texts import leaves

NUMBERS = ("0", "1", "2")


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


WITHOUT_PLURAL = {
    "pt_BR": words(
        "a à CR das de do e é em está estão foi h KB LF na nada não no onde ou sem só tem terminou às"
    ),
    "en": words(
        """
        and are at automatic clicked CR exists h has invalid is KB LF more needs not nothing of on only or
        refused removed repeated something takes the to usage valid waiting was were where without
        """
    ),
}
"""What may follow any number: words that are no nouns, and signs of units."""

BEFORE_NOUNS = r"(?:(?:data|empty|later|merge) )?"
"""English adjectives, which have no plural: the noun that follows has."""

NOUN = r"[^\W\d]{3,}( [^\W\d]+)?"
DISAGREEMENT = {
    "pt_BR": {
        "1": rf"\b(existem|faltam|restam|sobram|são|estão|foram) (1|uma?)\b"
        rf"|\b1 {NOUN} (são|estão|foram|serão|têm|podem|receberão|\w+ram)\b"
        rf"|\b1 {NOUN}(ad|id|átic)[ao]s\b",
        "0 2": rf"\b(existe|falta|resta|sobra|é|está|foi) [02] \w+s\b"
        rf"|(?<!nenhum dos )\b[02] {NOUN}(?<!não) (é|está|foi|será|tem|pode|receberá|\w+[aei]u)\b"
        rf"|\b[02] \w+s \w+(ad|id|átic)[ao]\b",
    },
    "en": {
        "1": rf"\b(are|were) (1|one)\b|\b(1|one) {NOUN} (are|were|have|do|get|stay)\b",
        "0 2": rf"\bthere (is|was) [02] \w+s\b|\b[02] {NOUN} (is|was|has|does|gets|stays)\b",
    },
}
"""A noun and its verb or participle of another number, in what is said of so many things."""


class FilledWithNumber(string.Formatter):
    """Puts one number in the place of every value, whatever its name."""

    def __init__(self, number: str) -> None:
        self.number = number

    def get_value(self, key, args, kwargs):
        return CountedValue(self.number)


def fill(text: str, number: str) -> str:
    """*text* as it is said of *number* things; ``|`` outside of braces parts the forms of one and of many."""
    forms = re.split(r"\|(?![^{]*})", text)
    return FilledWithNumber(number).format(forms[0] if number == "1" else forms[-1])


def find_slips(text: str, language: str) -> Iterator[str]:
    """What is wrong where *text* is said of none, one, or two things."""
    for number in NUMBERS:
        said = fill(text, number)
        for word in re.findall(rf"(?<![\w“-]){number} {BEFORE_NOUNS}([^\W\d][\w-]*)", said):
            plural = word.endswith(("s", "ram"))
            if word not in WITHOUT_PLURAL[language] and plural == (number == "1"):
                yield f"{number} {word}: {said}"
        for numbers, pattern in DISAGREEMENT[language].items():
            if number in numbers and re.search(pattern, said):
                yield f"agreement: {said}"


@pytest.mark.parametrize("name", Texts.__annotations__)
@pytest.mark.parametrize("language", languages())
def test_every_text_is_right_of_none_one_and_two(language, name):
    every = leaves(getattr(texts(language), name))
    wrong = [f"{place}: {slip}" for place, text in every.items() for slip in find_slips(text, language)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("number", NUMBERS)
def test_a_rule_says_it_as_its_text_does(language, number):
    for rule in RULES.values():
        for text, said in zip(texts(language).RULES[rule.id], (rule.message, rule.remedy), strict=True):
            names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            plain = names - texts(language).ASIDES.keys() - {"no_mail", "unreadable"}
            if plain == names:
                assert said(language, dict.fromkeys(names, number)) == fill(text, number)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt_BR", "há {count} linhas"),
        ("pt_BR", "mais {n} ocorrência"),
        ("pt_BR", "{n} contatos"),
        ("pt_BR", "1 mensagem enviada|{n} mensagens enviada"),
        ("pt_BR", "1 mensagem enviadas|{n} mensagens enviadas"),
        ("pt_BR", "1 contato abriram|{n} contatos abriram"),
        ("pt_BR", "1 linha sobra|{n} linhas foi lida"),
        ("en", "{n} messages"),
        ("en", "{n} line "),
        ("en", "there are {found:one field|# fields}"),
        ("en", "{n:1 contact|# contacts} gets it"),
    ],
)
def test_a_slip_is_found(language, text):
    assert list(find_slips(text, language))


def counted_in_code() -> Iterator[tuple[str, str]]:
    """Where the program counts in English: places, with forms of ``count_text`` and lengths before a noun."""
    home = Path(mpftp.__file__).parent
    for path in sorted(home.rglob("*.py")):
        if path.parent.name == "texts":
            continue
        source = path.read_text("utf-8")
        if "{count}" not in source and "{len(" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            place = f"{path.relative_to(home)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "{count}" in node.value:
                yield place, node.value
            elif isinstance(node, ast.JoinedStr):
                yield from ((place, text) for text in _lengths(node))


def _lengths(node: ast.JoinedStr) -> Iterator[str]:
    for value, after in zip(node.values, node.values[1:], strict=False):
        counts = isinstance(value, ast.FormattedValue) and ast.unparse(value.value).startswith("len(")
        if counts and isinstance(after, ast.Constant):
            yield "{count}" + str(after.value)


def test_what_operators_read_is_right_of_none_one_and_two():
    found = list(counted_in_code())
    assert len(found) > 20
    wrong = [f"{place}: {slip}" for place, text in found for slip in find_slips(text, "en")]
    assert not wrong, "\n".join(wrong)
