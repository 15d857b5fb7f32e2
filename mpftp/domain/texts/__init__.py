"""What people read, in their own language: one module a language, the same keys in each.

A new language is one new module and a line in ``LOADERS``; every choice of languages follows it. There is
one rule of falling back, for a language that is not there and for a text that a language lacks: the
default language's stands in.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Protocol, cast

DEFAULT_LANGUAGE = "pt_BR"
"""What clients and their readers get, unless the configuration says otherwise."""

OPERATOR_LANGUAGE = "en"
"""What the commands of operators print."""


class CountedValue(str):
    """A value that may be a number: ``{lines:one contact|# contacts}`` is its form for 1 or for any other."""

    __slots__ = ()

    def __format__(self, forms: str) -> str:
        one, bar, many = forms.partition("|")
        return (one if self == "1" else many).replace("#", self) if bar else str(self)


class Texts(Protocol):
    """What a language must have. A module is one when it has these names."""

    RULES: Mapping[str, tuple[str, str]]
    RULE_REASONS: Mapping[str, str]
    ASIDES: Mapping[str, str]
    MAIL_PROBLEMS: Mapping[str, str]
    FILE_PROBLEMS: Mapping[str, str]
    BOUNCE_REASONS: Mapping[str, str]
    MACHINE_MARKS: Mapping[str, str]
    BOUNCE_CLASSES: Mapping[str, str]
    GUIDE: Mapping[str, str]
    GUIDE_COLUMNS: Mapping[str, str]
    GUIDE_SAMPLE: Mapping[str, str]
    REPORT: Mapping[str, str]
    FINDINGS: Mapping[str, str]
    FIXES: Mapping[str, str]
    USAGE: Mapping[str, str]
    HELP: Mapping[str, str]
    NO_PREVIEW: Mapping[str, str]
    PREVIEW: Mapping[str, str]
    RULE_WORDS: Mapping[str, str]
    PAGES: Mapping[str, Mapping[str, str]]
    PAGE_WORDS: Mapping[str, str]
    JUDGEMENT_RULES: Mapping[str, str]
    OPT_OUT_SOURCES: Mapping[str, str]
    STOP_REASONS: Mapping[str, str]
    UNSENT_REASONS: Mapping[str, str]
    SITUATIONS: Mapping[str, str]
    RECEIPT: Mapping[str, str]
    ERROR_FILE: Mapping[str, str]
    NOTICES: Mapping[str, str]
    MESSAGE: Mapping[str, str]


def _portuguese() -> Texts:
    from mpftp.domain.texts import pt_BR

    return pt_BR


def _english() -> Texts:
    from mpftp.domain.texts import en

    return en


LOADERS: dict[str, Callable[[], Texts]] = {DEFAULT_LANGUAGE: _portuguese, OPERATOR_LANGUAGE: _english}
"""The languages there are; each is loaded when asked for."""


def languages() -> tuple[str, ...]:
    """Return the names of the languages there are, the default one first."""
    return tuple(LOADERS)


def find_language(tag: str) -> str | None:
    """Return the language that *tag* (``pt-PT``, ``en_GB.UTF-8``) begins with, ``None`` for none of ours."""
    if tag in LOADERS:
        return tag
    return next((name for name in LOADERS if name[:2] == tag[:2].lower()), None)


def count_text(text: str, count: int) -> str:
    """*count* things in words: *text* has the form for one, ``|``, and the form for any other number.

    A text without ``|`` is the form for every number.
    """
    one, _, many = text.partition("|")
    return (one if count == 1 or not many else many).format(count=count)


def language_tag(language: str) -> str:
    """Return the tag (RFC 5646) that HTML and HTTP have for *language*."""
    return language.replace("_", "-")


def texts(language: str) -> Texts:
    """Return the texts of *language*, told by its first two letters; the default one's for an unknown one."""
    return _load(find_language(language) or DEFAULT_LANGUAGE)


@functools.cache
def _load(name: str) -> Texts:
    own = LOADERS[name]()
    if name == DEFAULT_LANGUAGE:
        return own
    first = _load(DEFAULT_LANGUAGE)
    complete = {key: _filled(getattr(own, key, {}), getattr(first, key)) for key in Texts.__annotations__}
    return cast(Texts, SimpleNamespace(**complete))


def _filled(own: Any, first: Any) -> Any:
    """Return the text or the mapping *own*, with what a mapping lacks taken from *first*."""
    if not isinstance(first, Mapping):
        return own
    return {key: _filled(own[key], text) if key in own else text for key, text in first.items()}
