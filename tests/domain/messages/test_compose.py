"""The pieces of a message: what changes in the client's HTML, and that nothing else does."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.messages.compose import MessageContext, MessageSource
from mpftp.domain.messages.links import find_links
from mpftp.domain.messages.pieces import OutputContext, TokenPiece, ValuePiece, escape_value
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.tokens import TokenKind
from mpftp.errors import MpftpError

COLUMNS = ("email", "nome", "livre1")
BASE = "https://t.example"


def source(html: str, *, base: str = BASE, language: str = "pt_BR", analytics: str = "") -> MessageSource:
    links = tuple(find_links(html, DEFAULT_PROFILE, analytics))
    mailing = MessageContext(base, "b@b.example", lambda *_: "T", links, language=language)
    return MessageSource(html, COLUMNS, analytics, mailing)


def page(html: str, *, pixel: bool = False) -> list:
    return source(html).html_pieces(pixel=pixel)


def nome(fallback: str = "", place: OutputContext = OutputContext.HTML) -> ValuePiece:
    return ValuePiece(1, fallback, place)


def test_a_field_is_filled_and_the_rest_stays():
    assert page("<p>Oi {{nome|<b>você</b>}}!</p>") == ["<p>Oi ", nome("<b>você</b>"), "!</p>"]


def test_a_followed_link_becomes_ours_and_its_quotes_stay():
    html = "<a class=x href='https://a.example/?n={{nome}}' >x</a><a href=https://b.example>y</a>"
    assert page(html) == [
        f"<a class=x href='{BASE}/c/", TokenPiece(TokenKind.CLICK, 1), f"' >x</a><a href={BASE}/c/",
        TokenPiece(TokenKind.CLICK, 2), ">y</a>",
    ]  # fmt: skip


def test_a_link_that_the_state_does_not_know_stays_as_the_client_wrote_it():
    mailing = MessageContext(BASE, "b@b.example", lambda *_: "T", ())
    html = '<a href="https://a.example/">x</a>'
    assert MessageSource(html, COLUMNS, "", mailing).html_pieces(pixel=False) == [html]


@pytest.mark.parametrize(
    ("written", "kind", "letter"),
    [
        ("{{descadastro}}", TokenKind.OPT_OUT, "u"),
        ("http://{{descadastro}}", TokenKind.OPT_OUT, "u"),
        (" https://{{ver_online}}", TokenKind.WEB, "w"),
        ("{{VER_ONLINE}}", TokenKind.WEB, "w"),
    ],
)
def test_our_own_links_stand_whole_in_an_attribute(written: str, kind: TokenKind, letter: str):
    assert page(f'<a href="{written}">x</a>') == [
        f'<a href="{BASE}/{letter}/', TokenPiece(kind), '">x</a>'
    ]  # fmt: skip


def test_our_own_link_inside_another_address_is_quoted_there():
    assert page('<a href="https://a.example/?u={{descadastro}}">x</a>') == [
        '<a href="https://a.example/?u=https%3A%2F%2Ft.example%2Fu%2F',
        TokenPiece(TokenKind.OPT_OUT),
        '">x</a>',
    ]


def test_fields_in_addresses_that_are_not_followed_are_written_for_an_address():
    html = '<img src="https://a.example/{{nome|é}}.jpg"><a href="mailto:x@a.example?subject={{nome}}">x</a>'
    assert page(html) == [
        '<img src="https://a.example/', nome("%C3%A9", OutputContext.URL),
        '.jpg"><a href="mailto:x@a.example?subject=', nome("", OutputContext.URL), '">x</a>',
    ]  # fmt: skip


@pytest.mark.parametrize("before", ["", "http://", " https://"])
def test_a_field_that_is_a_whole_address_of_a_picture(before: str):
    html = f'<img src="{before}{{{{livre1|https://a.example/x.png?a=1&amp;b=2}}}}">'
    link = ValuePiece(2, "https://a.example/x.png?a=1&amp;b=2", OutputContext.LINK)
    assert page(html) == ['<img src="', link, '">']


@pytest.mark.parametrize(
    ("html", "value", "shown"),
    [
        ("<p title={{nome}} id=x>", "José da Silva", "José da Silva"),
        ("<p title={{nome}} id=x>", "a=`b` onclick=c", "a=`b` onclick=c"),
        ("<p title={{nome}} id=x>", "", ""),
        ("<p title=o{{nome}}a id=x>", "", "oa"),
        ("<p title='Oi {{nome}}' id=x>", "d'Ávila", "Oi d'Ávila"),
        ('<p title="a=b c={{nome}}" id=x>', 'x "y" z', 'a=b c=x "y" z'),
    ],
)
def test_a_value_in_an_attribute_stays_in_it(html: str, value: str, shown: str):
    piece = next(p for p in page(html) if isinstance(p, ValuePiece))
    filled = html.replace("{{nome}}", escape_value(value, piece.output_context) if value else piece.fallback)
    assert BeautifulSoup(filled, "html.parser").p.attrs == {"title": shown, "id": "x"}


def test_the_pixel_stands_at_the_end_of_the_body_and_only_in_the_message():
    html = "<body><script>'</body>'</script><p>x</p></BODY>\n</html>"
    pieces = page(html, pixel=True)
    assert pieces[1] == TokenPiece(TokenKind.OPEN)
    assert pieces[0].startswith("<body><script>'</body>'</script><p>x</p><img src=\"https://t.example/o/")
    assert pieces[2].endswith("></BODY>\n</html>")
    assert page(html) == [html]


def test_without_a_body_the_pixel_comes_last():
    assert page("<p>x", pixel=True)[0].startswith("<p>x<img ")


@pytest.mark.parametrize(
    ("tag", "sent"),
    [
        ("<img src='a.png?x=1&amp;y=2'>", "<img src='https://a.example/news/a.png?x=1&amp;y=2'>"),
        ('<td background=" ../b.png ">', '<td background="https://a.example/b.png">'),
        ("<img src=/c.png>", "<img src=https://a.example/c.png>"),
        ('<img src="https://b.example/d.png?x&y">', '<img src="https://b.example/d.png?x&y">'),
        ('<img src="//b.example/d.png">', '<img src="//b.example/d.png">'),
        ('<img src="cid:e">', '<img src="cid:e">'),
    ],
)
def test_pictures_need_no_base(tag: str, sent: str):
    base = '<base href="https://a.example/news/">'
    assert page(base + tag) == [base + sent]
    assert page(tag) == [tag]


def test_a_relative_picture_whose_name_has_a_field_needs_no_base():
    base = '<base href="https://a.example/">'
    assert page(f'{base}<img src="f/{{{{nome}}}}.png"><img src="{{{{nome}}}}">') == [
        f'{base}<img src="https://a.example/f/', nome(place=OutputContext.URL), '.png"><img src="',
        nome(place=OutputContext.LINK), '">',
    ]  # fmt: skip


def test_the_charset_named_in_the_page_becomes_the_messages():
    html = """<META charset='Windows-1252'>
        <meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">
        <meta charset="UTF-8">"""
    changed = html.replace("Windows-1252", "utf-8").replace("iso-8859-1", "utf-8")
    assert page(html) == [changed]


def test_line_ends_are_made_one_kind():
    assert page("a\r\nb\rc\nd") == ["a\nb\nc\nd"]


def test_an_ampersand_in_our_own_address_is_written_as_html_wants_it():
    pieces = source('<a href="{{descadastro}}">x</a>', base="https://t.example/a&b").html_pieces(pixel=False)
    assert pieces[0] == '<a href="https://t.example/a&amp;b/u/'


def test_a_field_that_mail_lacks_is_named():
    with pytest.raises(MpftpError, match="the field 'cep'"):
        page("<p>{{cep}}</p>")


def test_a_field_that_mail_lacks_stays_in_a_comment_that_no_program_shows():
    assert page("<!-- {{xyz}} -->Oi") == ["<!-- {{xyz}} -->Oi"]
    for live in ("<!--[if mso]>{{xyz}}<![endif]-->", "<!-- <!--[if mso]> {{xyz}} -->", "<!-- x -->{{xyz}}"):
        with pytest.raises(MpftpError, match="'xyz'"):
            page(live)


def test_a_link_inside_a_fallback_does_not_break_the_field():
    html = '{{nome|<a href="https://a.example/">x</a>}}'
    assert page(html) == [nome('<a href="https://a.example/">x</a>')]


BITS = [
    "<p>", "</p>", "<a href=\"", "https://a.example/?x=1&y=2", "\">", "'", "<!--", "-->", "<![CDATA[",
    "<br/>", "<img src=x>", "<style>", "</style>", "é", " ", "\n", "<", ">", "=",
    "<a ", "href=//b.example/", "</", "{", "&amp;",
]  # fmt: skip


@given(st.lists(st.sampled_from(BITS)).map("".join))
def test_outside_of_followed_links_every_character_stays(html: str):
    pieces = page(html)
    targets = find_links(html, DEFAULT_PROFILE)
    kept = "".join(p if isinstance(p, str) else "\0" for p in pieces).split(f"{BASE}/c/\0")
    pattern = "(.*?)".join(re.escape(text) for text in kept)
    match = re.fullmatch(pattern, html, re.DOTALL)
    assert match
    assert len({number.link for number in pieces if isinstance(number, TokenPiece)}) == len(targets)


def test_conf_text_is_the_text_part_and_gets_an_opt_out():
    pieces = source("<p>x</p>").text_part("Oi {{nome|você}},\nnovidades!")
    assert pieces == [
        "Oi ", nome("você", OutputContext.TEXT),
        f",\nnovidades!\n\n-- \nPara não receber mais estas mensagens: {BASE}/u/",
        TokenPiece(TokenKind.OPT_OUT), "\n",
    ]  # fmt: skip


def test_the_addresses_in_conf_text_are_followed_where_the_pages_are():
    html = '<a href="https://a.example/p?id={{nome}}">x</a>'
    text = "Veja (https://a.example/p?id={{nome}}). E https://b.example/?n={{nome}}, {{descadastro}}"
    assert source(html, analytics="Natal").text_part(text) == [
        f"Veja ({BASE}/c/",
        TokenPiece(TokenKind.CLICK, 1),
        "). E https://b.example/?n=",
        nome("", OutputContext.URL),
        f", {BASE}/u/",
        TokenPiece(TokenKind.OPT_OUT),
    ]


def test_a_text_that_has_the_opt_out_gets_no_other():
    assert source("").text_part("Sair: {{descadastro}}") == [
        f"Sair: {BASE}/u/",
        TokenPiece(TokenKind.OPT_OUT),
    ]


def test_the_opt_out_of_an_english_client_is_in_english():
    assert "To stop these messages: " in source("", language="en").text_part("Hi")[0]


def test_the_text_part_made_of_the_page_has_its_fields_and_followed_links():
    html = """<html><head><title>T</title><style>p{color:red}</style></head><body>
      <h1>Olá, {{nome|Jo&atilde;o &amp; cia}}</h1>
      <table><tr><td><a href="https://a.example/">Comprar</a></td><td><b>50%</b> em_tudo*</td></tr></table>
      <a href="{{descadastro}}">Sair</a></body></html>"""
    assert source(html).text_part("") == [
        "Olá, ",
        nome("João & cia", OutputContext.TEXT),
        f"\n\nComprar: {BASE}/c/",
        TokenPiece(TokenKind.CLICK, 1),
        f"\n\n50% em_tudo*\n\nSair: {BASE}/u/",
        TokenPiece(TokenKind.OPT_OUT),
        "\n",
    ]


def test_a_page_of_nothing_but_fields_is_refused_before_it_fills_the_memory():
    with pytest.raises(MpftpError, match="too many merge fields: 1001, at most 1000"):
        page("{{nome}}" * 1_001)
    with pytest.raises(MpftpError, match="too many merge fields: 1001"):
        source("").text_part("{{nome}}" * 1_001)
    assert len(page("{{nome}}" * 1_000)) == 1_000
