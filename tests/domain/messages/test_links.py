"""Links: which are followed, how they are numbered, where a click leads."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.messages.links import add_utm_parameters, fill_url, find_links
from mpftp.domain.profile import DEFAULT_PROFILE

SHOP = "https://loja.example"


def links_of(html: str, analytics: str = "") -> list[str]:
    return find_links(html, DEFAULT_PROFILE, analytics)


def test_links_are_numbered_by_distinct_target_in_order_of_appearance():
    html = f"""<a href="{SHOP}/b">B</a> <A HREF='{SHOP}/a'>A</A> <a href={SHOP}/b>B again</a>
        <map><area href="{SHOP}/c"></map>"""
    assert links_of(html) == [f"{SHOP}/b", f"{SHOP}/a", f"{SHOP}/c"]


@pytest.mark.parametrize(
    "href",
    [
        "mailto:sac@loja.example",
        "tel:+551140028922",
        "sms:123",
        "javascript:void(0)",
        "data:text/html,x",
        "#topo",
        "",
        "/ofertas",
        "{{descadastro}}",
        "{{ VER_ONLINE }}",
        "https://loja.example/sair?u={{descadastro}}",
        "http://",
    ],
)
def test_these_are_never_followed(href: str):
    assert links_of(f'<a href="{href}">x</a>') == []


def test_only_what_a_reader_can_click_is_followed():
    html = f"""<link href="{SHOP}/s.css"><img src="{SHOP}/i.png"><form action="{SHOP}/f"></form>
        <base href="{SHOP}/"><!-- <a href="{SHOP}/comment">x</a> --><script>"<a href='{SHOP}/s'>"</script>
        <a name="x" data-href="{SHOP}/d">x</a><a href="{SHOP}/yes">x</a>"""
    assert links_of(html) == [f"{SHOP}/yes"]


def test_outlooks_conditional_comments_hold_links_too():
    html = f"""<!--[if mso]><v:roundrect href="{SHOP}/botao" arcsize="8%"><![endif]-->
        <!--[if !mso]><!--><a href="{SHOP}/botao">x</a><!--<![endif]-->"""
    assert links_of(html) == [f"{SHOP}/botao"]


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("//loja.example/x", "https://loja.example/x"),
        ("  https://loja.example/x\n ", "https://loja.example/x"),
        ("https://loja.example/?a=1&amp;b=2", "https://loja.example/?a=1&b=2"),
        ("https://loja.example/?a=1&region=sul&copy=2", "https://loja.example/?a=1&region=sul&copy=2"),
        ("https://loja.example/?q=&quot;x&#39;&#x41;", "https://loja.example/?q=\"x'A"),
        ("https://loja.example/{{livre1}}", "https://loja.example/{{livre1}}"),
        ("{{livre1}}", "{{livre1}}"),
        ("http://{{livre1}}", "{{livre1}}"),
        ("https://{{livre1}}?a=1", "{{livre1}}?a=1"),
        ("https://{{livre1}}.loja.example/", "https://{{livre1}}.loja.example/"),
    ],
)
def test_a_target_is_read_as_a_browser_reads_it(written: str, url: str):
    assert links_of(f'<a href="{written}">x</a>') == [url]


def test_relative_links_follow_the_pages_base():
    assert links_of(f'<base href="{SHOP}/news/"><a href="x?y=1">x</a><a href="#a">a</a>') == [
        f"{SHOP}/news/x?y=1"
    ]


@pytest.mark.parametrize(
    ("url", "analytics", "expected"),
    [
        ("https://a.example/", "", "https://a.example/"),
        ("https://a.example/", "Natal 2026", "https://a.example/?U&utm_campaign=Natal%202026"),
        ("https://a.example/?b=1#c", "x", "https://a.example/?b=1&U&utm_campaign=x#c"),
        ("https://a.example/?", "x", "https://a.example/?U&utm_campaign=x"),
        ("https://a.example/?utm_campaign=own", "x", "https://a.example/?utm_campaign=own&U"),
        ("https://a.example/", "utm_source=s&utm_term=t&x=1", "https://a.example/?utm_source=s&utm_term=t"),
        ("https://a.example/{{livre1|a?b#c}}", "x", "https://a.example/{{livre1|a?b#c}}?U&utm_campaign=x"),
    ],
)
def test_analytics_are_added_where_they_are_missing(url: str, analytics: str, expected: str):
    defaults = "utm_source=newsletter&utm_medium=email"
    assert add_utm_parameters(url, analytics, DEFAULT_PROFILE) == expected.replace("U", defaults)


def test_the_state_holds_the_target_with_its_analytics():
    assert links_of(f'<a href="{SHOP}/a">x</a>', "utm_campaign=y") == [f"{SHOP}/a?utm_campaign=y"]


@pytest.mark.parametrize(
    ("template", "values", "url"),
    [
        (
            "https://a.example/{{nome}}",
            {"nome": "José & Cia/?#"},
            "https://a.example/Jos%C3%A9%20%26%20Cia%2F%3F%23",
        ),
        ("https://a.example/?n={{NOME|você}}", {"nome": " "}, "https://a.example/?n=voc%C3%AA"),
        ("https://a.example/?n={{nome}}", {}, "https://a.example/?n="),
        ("https://a.example/maçã?q=a b", {}, "https://a.example/ma%C3%A7%C3%A3?q=a%20b"),
        ("https://bücher.example:8443/%20", {}, "https://xn--bcher-kva.example:8443/%20"),
        ("https://u@bücher.example/", {}, ""),
        ("{{livre1}}", {"livre1": "https://b.example/x?y=1&z=2#w"}, "https://b.example/x?y=1&z=2#w"),
        ("{{livre1}}", {"livre1": "www.b.example/x"}, "http://www.b.example/x"),
        ("{{livre1}}?utm_a=1", {"livre1": "https://b.example/?y=1#w"}, "https://b.example/?y=1&utm_a=1#w"),
        ("{{livre1}}", {"livre1": "javascript:alert(1)"}, ""),
        ("{{livre1}}", {"livre1": "//evil.example"}, ""),
        ("{{livre1}}", {"livre1": ""}, ""),
        ("https://[bad", {}, ""),
        (
            "https://a.example/{{nome}}",
            {"nome": "x\r\nSet-Cookie: a"},
            "https://a.example/x%0D%0ASet-Cookie%3A%20a",
        ),
    ],
)
def test_a_click_leads_to_the_contacts_own_address(template: str, values: dict[str, str], url: str):
    assert fill_url(template, values, DEFAULT_PROFILE) == url


@given(st.text(max_size=50), st.text(max_size=50))
def test_no_value_leaves_its_place_in_the_address(name: str, code: str):
    url = fill_url(
        f"{SHOP}/p/{{{{nome}}}}?c={{{{livre1}}}}#end", {"nome": name, "livre1": code}, DEFAULT_PROFILE
    )
    parts = urlsplit(url)
    assert url.isascii()
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "loja.example", "end")
    assert parts.path.count("/") == 2
    values = dict(parse_qsl(parts.query, keep_blank_values=True))
    assert values == {"c": code.strip().encode("utf-8", "replace").decode()}


@given(st.text(max_size=80))
def test_whatever_a_field_holds_the_click_is_a_web_address_or_nothing(value: str):
    url = fill_url("{{livre1}}", {"livre1": value}, DEFAULT_PROFILE)
    assert url == "" or (url.isascii() and url.lower().startswith(("http://", "https://")))
    assert not set(url) & set(' \r\n"<>\\')


def test_other_brackets_hold_in_links_too():
    profile = DEFAULT_PROFILE._replace(merge_open="%", merge_close="%")
    assert fill_url("https://a.example/?n=%nome%", {"nome": "Ana"}, profile) == "https://a.example/?n=Ana"
