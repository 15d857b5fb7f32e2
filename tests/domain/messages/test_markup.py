"""The tokenizer: every character belongs to one piece, and hostile pages are read in one pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.messages.markup import line_of, line_starts, scan_html, tokenize_html, unescape_attribute


def pieces(html: str) -> list[tuple[str, str]]:
    return [(token.kind.name, html[token.start : token.end]) for token in tokenize_html(html)]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a<b c='>'>d</b >", [("TEXT", "a"), ("START", "<b c='>'>"), ("TEXT", "d"), ("END", "</b >")]),
        ("<!--a>-->b", [("COMMENT", "<!--a>-->"), ("TEXT", "b")]),
        ("<!-->b<!--->c", [("COMMENT", "<!-->"), ("TEXT", "b"), ("COMMENT", "<!--->"), ("TEXT", "c")]),
        ("<!DOCTYPE html>", [("COMMENT", "<!DOCTYPE html>")]),
        ("<?xml?><![CDATA[x]]>", [("COMMENT", "<?xml?>"), ("COMMENT", "<![CDATA[x]]>")]),
        ("1 < 2 <3", [("TEXT", "1 < 2 <3")]),
        ("<style>a>b</i></STYLE >c", [
            ("START", "<style>"), ("RAW", "a>b</i>"), ("END", "</STYLE >"), ("TEXT", "c")
        ]),
        ("<script>x", [("START", "<script>"), ("RAW", "x")]),
        ("a<b c", [("TEXT", "a"), ("COMMENT", "<b c")]),
        ("<a b='x>y", [("START", "<a b='x>"), ("TEXT", "y")]),
        ("<a b=\"x>y</a><a b=\"z\">", [("START", "<a b=\"x>y</a><a b=\"z\">")]),
        ("<a it's>x", [("START", "<a it's>"), ("TEXT", "x")]),
    ],
)  # fmt: skip
def test_pages_are_cut_as_browsers_cut_them(html, expected):
    assert pieces(html) == expected


BITS = [
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    "--",
    "a",
    " ",
    "=",
    "'",
    '"',
    "<script>",
    "</script>",
    "<a href=",
    "/",
    "!",
    "?",
]


@given(st.lists(st.sampled_from(BITS)).map("".join))
def test_every_character_belongs_to_one_piece(html: str):
    assert "".join(text for _, text in pieces(html)) == html


@given(st.text(alphabet="<>a/!-?='\" &#\n"))
def test_no_page_stops_the_scan(html: str):
    found = scan_html(html)
    assert 0 <= found.body_end <= len(html)
    assert all(0 < place.start < place.end <= len(html) for place in found.urls)


@pytest.mark.parametrize(
    "bit",
    [
        "<!--",
        "<a ",
        "<a href='",
        "<![CDATA[",
        "</",
        "<script>",
        "<title>",
        "<!DOCTYPE [",
        "<?",
        "<a x=y",
        "<",
        "<a='\"",
    ],
)
def test_a_hostile_page_is_read_in_one_pass(bit: str):
    """A quadratic reader would need minutes for these."""
    scan_html(bit * (400_000 // len(bit)))


def test_a_tag_with_a_hundred_thousand_attributes_is_read_in_one_pass():
    page = "<a" + "".join(f" a{number}=x" for number in range(100_000)) + " href=' '>"
    assert [place.name for place in scan_html(page).urls] == ["href"]


def test_attributes_are_found_where_they_stand():
    html = """x<A b HREF = "u&amp;v" src='w' href=no action=x/y data=z background="">"""
    assert [(a.tag, a.name, html[a.start : a.end]) for a in scan_html(html).urls] == [
        ("a", "href", "u&amp;v"), ("a", "src", "w"), ("a", "action", "x/y"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a&amp;b&#38;c&#x26;d", "a&b&c&d"),
        ("?a=1&region=x&copy=y&amp=z", "?a=1&region=x&copy=y&amp=z"),
        ("&copy&lt", "©<"),
        ("&eacute;&nosuch;&", "é&nosuch;&"),
    ],
)
def test_references_are_decoded_as_in_an_attribute(written: str, read: str):
    assert unescape_attribute(written) == read


def test_places_are_told_as_line_and_column():
    starts = line_starts("ab\ncd")
    assert [line_of(starts, place) for place in (0, 2, 3, 4)] == [(1, 1), (1, 3), (2, 1), (2, 2)]
