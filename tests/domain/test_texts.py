"""Texts: the same keys and the same values to fill in every language."""

from __future__ import annotations

import string
from collections.abc import Mapping

import pytest

from mpftp.domain.bounces.reasons import BounceReason
from mpftp.domain.results.situations import UNSENT, Situation, UnsentReason
from mpftp.domain.texts import Texts, en, languages, pt_BR, texts
from mpftp.domain.triplets.rules import RULES

NAMES = list(Texts.__annotations__)


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def leaves(value, path=()):
    """Every text of a mapping, however deep, with the keys that lead to it."""
    parts = value.items() if isinstance(value, Mapping) else enumerate(value)
    if isinstance(value, str):
        return {path: value}
    return {place: text for key, part in parts for place, text in leaves(part, (*path, key)).items()}


def fields_of(texts_by_key):
    return {key: fields(text) for key, text in texts_by_key.items()}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_keys_and_fills_in_the_same_values(name, language):
    mine, first = (leaves(getattr(texts(one), name)) for one in (language, languages()[0]))
    assert mine.keys() == first.keys()
    assert {key: fields(text) for key, text in mine.items()} == {
        key: fields(text) for key, text in first.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_empty_and_rules_are_translated(name):
    for language in languages():
        assert all(text and text.strip() for text in leaves(getattr(texts(language), name)).values())
    assert all(pt_BR.RULES[rule][0] != en.RULES[rule][0] for rule in RULES)


@pytest.mark.parametrize("language", languages())
def test_every_rule_has_its_texts_and_every_kind_its_reason(language):
    assert list(texts(language).RULES) == list(RULES)
    assert {rule.rstrip("0123456789") for rule in RULES} == set(texts(language).RULE_REASONS)


@pytest.mark.parametrize("language", languages())
def test_every_value_that_is_shown_has_its_text(language):
    words = texts(language)
    assert set(words.SITUATIONS) == set(Situation)
    assert set(words.UNSENT_REASONS) == {UNSENT, *UnsentReason}
    assert set(words.BOUNCE_REASONS) == set(BounceReason)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("en", en),
        ("en_GB", en),
        ("EN-us,fr;q=0.5", en),
        ("pt", pt_BR),
        ("pt_PT", pt_BR),
        ("fr", pt_BR),
        ("", pt_BR),
    ],
)
def test_a_language_is_told_by_its_first_two_letters_and_else_it_is_portuguese(asked, given):
    assert texts(asked).RULES == given.RULES
