"""Whether HTML can be read at all: every tag, comment and declaration that begins also ends.

The standard parser takes quadratic time over some unclosed constructs, and gives up with an
assertion on unknown marked sections; a message that has any is refused before it gets there.
"""

from __future__ import annotations

import re

_TAG = re.compile(r"</?[A-Za-z][^\s/>]*+(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|))*+>")
_RAW = re.compile(r"<(style|script)\b", re.IGNORECASE)
_SECTION = re.compile(r"<!\[\s*(if|else|endif|cdata|temp|ignore|include|rcdata)\b", re.IGNORECASE)
_MARKED_END = re.compile(r"]\s*>")


def first_break(text: str) -> int | None:
    """The index in *text* of the first construct that never ends; ``None`` if all is well."""
    at = text.find("<")
    while at >= 0:
        end = _end_of(text, at)
        if end < 0:
            return at
        at = text.find("<", end)
    return None


def _end_of(text: str, at: int) -> int:
    """Where the construct that begins with the ``<`` at *at* ends; -1 when it does not."""
    following = text[at + 1 : at + 3]
    if following[:1].isalpha() and following[:1].isascii():
        return _end_of_tag(text, at)
    if following[:1] == "/":
        tag = _TAG.match(text, at)
        return tag.end() if tag else text.find(">", at) + 1 or -1
    if following[:1] == "!":
        return _end_of_declaration(text, at)
    if following[:1] == "?":
        return text.find(">", at) + 1 or -1
    return at + 1


def _end_of_tag(text: str, at: int) -> int:
    tag = _TAG.match(text, at)
    if tag is None:
        return -1
    raw = _RAW.match(text, at)
    if raw is None:
        return tag.end()
    closing = re.compile(rf"</{raw[1]}", re.IGNORECASE).search(text, tag.end())
    return closing.start() if closing else len(text)


def _end_of_declaration(text: str, at: int) -> int:
    if text.startswith("<!--", at):
        end = text.find("-->", at + 4)
        inner = text[at + 4 : end] if end >= 0 else ""
        conditional = inner.lstrip().startswith("[if")
        return -1 if end < 0 or (conditional and first_break(inner) is not None) else end + 3
    if not text.startswith("<![", at):
        return text.find(">", at) + 1 or -1
    section = _SECTION.match(text, at)
    if section is None:
        return -1
    if section[1].lower() in ("if", "else", "endif"):
        closing = _MARKED_END.search(text, at)
        return closing.end() if closing else -1
    end = text.find("]]>", at)
    return end + 3 if end >= 0 else -1
