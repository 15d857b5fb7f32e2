"""What people read, in their own language: one module a language, the same keys in each.

A new language is one new module and a line in ``LOADERS``; whatever offers languages follows it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Protocol


class Texts(Protocol):
    """What a language must have. A module is one when it has these names."""

    RULES: Mapping[str, tuple[str, str]]
    RULE_REASONS: Mapping[str, str]
    ASIDES: Mapping[str, str]
    MAIL_PROBLEMS: Mapping[str, str]
    BOUNCE_REASONS: Mapping[str, str]
    MACHINE_MARKS: Mapping[str, str]
    BOUNCE_CLASSES: Mapping[str, str]
    GUIDE: Mapping[str, str]
    GUIDE_COLUMNS: Mapping[str, str]
    GUIDE_SAMPLE: Mapping[str, str]
    REPORT: Mapping[str, str]
    FINDINGS: Mapping[str, str]
    FIXES: Mapping[str, str]
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


LOADERS: dict[str, Callable[[], Texts]] = {"pt_BR": _portuguese, "en": _english}
"""The languages there are, the one for readers of any other language first; each is loaded when asked for."""


def languages() -> tuple[str, ...]:
    """Return the names of the languages there are."""
    return tuple(LOADERS)


def texts(language: str) -> Texts:
    """Return the texts of *language*, told by its first two letters; Portuguese for an unknown one."""
    return _load(next((name for name in LOADERS if name[:2] == language[:2]), next(iter(LOADERS))))


@functools.cache
def _load(name: str) -> Texts:
    return LOADERS[name]()
