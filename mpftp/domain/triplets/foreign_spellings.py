"""How other systems spell merge fields: the shapes of their brackets, and what stands in them."""

from __future__ import annotations

import html
import re

MAX_NAME_CHARS = 40
"""Characters of a name; a longer one is none of ours."""

_CODE_PATTERNS = r"""
%%\[(?P<block>[^%]{1,200})\]%%
\{%(?P<code>[^%{}\n]{1,120})%\}
<%(?P<page>[^%<>\n]{1,120})%>
&lt;%(?P<entity>[^%&\n]{1,120})%&gt;
"""
_CLEAR_PATTERNS = r"""
\*\|(?P<star>[^|*\n]{1,80})\|\*
%%(?P<percents>[^%\n]{1,80})%%
[\#%]\{(?P<ruby>[^{}\n]{1,80})\}
\#\#(?P<hashes>[^\#\n]{1,80})\#\#
@@(?P<ats>[^@\n]{1,80})@@
\$\{(?P<dollar>[^{}\n]{1,80})\}
\[\[(?P<squares>[^\[\]\n]{1,80})\]\]
\{\{\{?(?P<braces>[^{}\n]{1,120})\}?\}\}
"""
_VAGUE_PATTERNS = r"""
\{(?<![{$\#%\w]\{)(?P<brace>[^{}\n]{1,60})\}(?!\})
\[(?<!\[\[)(?P<square>[^\[\]\n]{1,60})\](?![\](])
%(?<![%\w]%)(?P<percent>[^\W\d][^%\n]{0,58})(?<!\s)%(?!%)
&lt;(?:&lt;)?(?P<entities>\w[^&<>\n]{0,58}\b)&gt;(?:&gt;)?
<<(?P<angles>\w[^<>\n]{0,58}\b)>>
<(?<!<<)(?P<angle>[^\W\d][\w\x20]{0,58})>(?!>)
_(?<!\w_)_(?P<underscores>[^\W\d_]\w{0,38}?)__(?!\w)
\$(?<![\w$]\$)\$?(?P<dollars>[^\W\d_][\w.]{0,38})\${0,2}
!(?<!\w!)(?P<bangs>[^\W\d]\w{0,38})!(?![\w!])
«(?P<guillemets>\w[^«»\n]{0,58}\b)»
\#(?<![\#&\w]\#)(?P<hash>[^\W\d][^\#\n<>]{0,58})(?<!\s)\#(?!\#)
"""
_BEGIN = r"(?=[%{<&*\#@$\[_!«])"
"""With what each pattern begins: it is asked first, as most characters of a page begin none."""

SHAPE = re.compile(f"{_BEGIN}(?:{'|'.join((_CODE_PATTERNS + _CLEAR_PATTERNS + _VAGUE_PATTERNS).split())})")
QUOTING_SHAPES = frozenset({"entities", "angles", "angle", "guillemets", "underscores", "dollars", "bangs"})
"""Shapes that people quote words with, so that only a name of ours makes a field of what they enclose."""

VAGUE_SHAPES = QUOTING_SHAPES | {"brace", "square", "percent", "hash"}
CODE_SHAPES = frozenset({"code", "page", "entity", "block"})
_KEYWORD_NAMES = """
if else elsif elif elseif endif for endfor foreach unless endunless end set assign capture case when include
var out print echo
"""
_PREFIX_NAMES = "if ifnot else elseif end mc list user html date interest"
KEYWORDS = {
    **dict.fromkeys(CODE_SHAPES, frozenset(_KEYWORD_NAMES.split())),
    "star": frozenset(_PREFIX_NAMES.split()),
}
"""First words that make code of what the brackets of a shape enclose."""


_KIND = r"(?is)\A(?:data|field|campo|merge|var|user|contact|(?:contact|lead)field)\s*[:=]([^:]*).*"
"""What some systems write before a name, as in ``{contactfield=firstname}``."""

_NAMED_TEXT = r"[,:]\s*(?:fallback|default)\s*="


def name_in(inner: str) -> str:
    """Return what stands for the field's name in *inner*: without sign, filter, fallback and type."""
    plain = html.unescape(inner).strip().lstrip("=-&#@$^~!").strip()
    plain = re.split(rf"\||!|\sOR\s|{_NAMED_TEXT}", plain, maxsplit=1)[0].strip()
    plain = re.sub(_KIND, r"\1", plain)
    return plain.strip().strip("\"'")


def names_in(inner: str, shape: str) -> list[str]:
    """Return the names that *inner* may mean, the whole one first."""
    if shape in CODE_SHAPES:
        words = re.findall(r"[^\W\d][\w.]*", html.unescape(inner))
        return [*words, *(word.rpartition(".")[2] for word in words if "." in word)]
    name = name_in(inner)
    if len(name) > MAX_NAME_CHARS or name.count(" ") > 2:
        return []
    parts = re.findall(r"[^\W\d]\w*", name) if re.search(r"[.:(\[]", name) else []
    return [*parts[:1], name, *parts[-1:]] if shape == "star" else [name, *parts[:1], *parts[-1:]]


# Only fields with a filter need these, so they are compiled when they are first used.
_DEFAULT = (
    r"(?i)(?:default(?:_value|_if_none)?|fallback|d(?=[\s(:=]*[\"']))(?:\s*[(:=]\s*|\s+)"
    r"(?:[\"'“‘](?P<quoted>[^{}]*?)[\"'”’]\s*(?:,.*)?|(?P<bare>[^\"'“‘{},)]*))\)?"
)
_FILTER = (
    r"(?is)(?:capitalize|capfirst|title(?:case|ize)?|up(?:per)?case|downcase|upper|lower(?:case)?|uc(?:first|words)"
    r"|escape|trim|strip(?:_html|tags)?|url_?encode|nl2br)(?:\s*[(:].*)?"
    r"|(?:default|truncate\w*|replace\w*|date|append|prepend|slice|split|round|number_format)\s*[(:].*"
)


QUOTED_TEXT = r"[\"'“‘]([^\"'“”‘’|]+)[\"'”’]"
"""A pattern: a text for an empty value in quotes, which a recipient would read with it."""


def read_filters(written: str) -> tuple[str, bool] | None:
    """Return the text for an empty value that *written*, what follows a field's bar, has as a filter.

    Also whether that is all that it says; ``None`` if it is no filter but such a text itself.
    """
    plain = re.sub("&quot;|&#34;", '"', written).replace("&#39;", "'").strip()
    quoted = re.fullmatch(QUOTED_TEXT, plain)
    if quoted:
        return quoted[1], not re.search("[<>]", plain)
    if re.match(r"\|\s*[^\s|\"']", plain):
        return plain.lstrip("| "), True
    parts = [part.strip() for part in re.sub(r"^\|\s*(?=[\"'])", "default ", plain).split("|")]
    texts = [match for part in parts if (match := re.fullmatch(_DEFAULT, part))]
    if not re.fullmatch(_DEFAULT, parts[0]) and not re.fullmatch(_FILTER, parts[0]):
        return None
    text = (texts[0]["quoted"] or texts[0]["bare"] or "") if texts else ""
    return text, len(parts) == len(texts) == 1 and texts[0]["bare"] is None and not re.search("[\"'<>]", text)


def fallback_in(inner: str) -> str:
    """Return the text for an empty value that *inner* names, in any spelling."""
    plain = html.unescape(inner)
    _, bar, remainder = plain.partition("|")
    if bar:
        filters = read_filters(remainder)
        return filters[0] if filters else remainder.strip()
    quoted = re.search(r"(?:[:!]|\sOR\s)\s*[\"']([^\"'|{}]*)[\"']\s*$", plain)
    named = re.search(rf"{_NAMED_TEXT}([^\"'{{}}]*)$", plain)
    return quoted[1] if quoted else named[1].strip() if named else ""


CODE_BEGIN = rf"(?i)[#/^>!]|(?:{'|'.join(_KEYWORD_NAMES.split())})\b"
"""A pattern: how code begins that other systems write in the brackets of a field."""
