"""The manual's markup: text as roff takes it, and pages that ``mandoc -T lint`` finds nothing in."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mpftp.version import __version__

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"
REVISED = "2026-11-26"
"""The date of the pages while the changelog has none for this version."""

WIDTH = 79
TAGGED = frozenset((".TP", ".IP"))
RAW = {".nf": ".fi"}


def page_date() -> str:
    """Return the day of this version's release, or that of the manual's last revision."""
    found = re.search(
        rf"^## \[{re.escape(__version__)}\] - (\d{{4}}-\d\d-\d\d)$",
        CHANGELOG.read_text("utf-8"),
        re.MULTILINE,
    )
    return found[1] if found else REVISED


def title(name: str, section: int) -> list[str]:
    """Return the head of a page."""
    return [
        rf".\" Made by man/generate.py from mpftp {__version__}; do not edit.",
        f'.TH {name} {section} {page_date()} "mpftp {__version__}"',
    ]


def item(term: str, meaning: str) -> list[str]:
    """Return a term and its meaning."""
    return [".TP", f".B {escape(term)}", meaning]


def see_also(pages: Iterable[str]) -> list[str]:
    """Return the section that names *pages*, each written as ``NAME(SECTION)``."""
    lines = [f".BR {escape(name)} ({section})," for name, section in map(split_page, pages)]
    return [".SH SEE ALSO", *lines[:-1], lines[-1].removesuffix(",")]


def split_page(page: str) -> tuple[str, str]:
    """Return name and section of ``NAME(SECTION)``."""
    name, _, section = page.removesuffix(")").partition("(")
    return name, section


def prose(text: str) -> Iterator[str]:
    """Yield the paragraphs of a docstring."""
    for number, paragraph in enumerate(inspect.cleandoc(text).split("\n\n")):
        if number:
            yield ".PP"
        yield inline(paragraph.replace("\b", ""))


def inline(text: str) -> str:
    """Return one paragraph, with what stands between backquotes in bold."""
    plain = " ".join(text.split()).replace("``", "`")
    return re.sub(r"`([^`]+)`", r"\\fB\1\\fR", escape(re.sub(r"\*(\w+)\*", r"\1", plain)))


def escape(text: str) -> str:
    """Return *text* as roff takes it literally."""
    plain = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain


def render_page(lines: Iterable[str]) -> str:
    """Return the source of a page: paragraphs are filled, and what may not be broken stays."""
    done: list[str] = []
    words: list[str] = []
    raw_until, tag = "", False
    for line in lines:
        if raw_until or tag or line.startswith((".", "'")):
            done += fill(words)
            words = []
            done.append(line)
            raw_until = "" if line == raw_until else raw_until or RAW.get(line, "")
            tag = not tag and line in TAGGED
        else:
            words += line.split()
    return "\n".join([*done, *fill(words)]) + "\n"


def fill(words: Iterable[str]) -> Iterator[str]:
    """Yield *words* as lines that mandoc finds short enough; it counts eight bytes for such as é."""
    line, room = "", WIDTH
    for word in words:
        cost = 1 + sum(1 if char.isascii() else 8 for char in word)
        if line and cost > room:
            yield line
            line, room = "", WIDTH
        if not line and word.startswith((".", "'")):
            word = rf"\&{word}"
        line, room = f"{line} {word}".lstrip(), room - cost
    if line:
        yield line
