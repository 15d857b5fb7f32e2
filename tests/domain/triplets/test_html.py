"""HTML: what a message loses on its way to the reader, and what is told once."""

from __future__ import annotations

import pytest

from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.findings import FindingCollector, remedy
from mpftp.domain.triplets.html import check_html

OUT = '<a href="{{descadastro}}">sair</a>'


def rules_of(
    body: str, head: str = "<title>Oi</title>", out: str = OUT, columns: tuple[str, ...] = ("nome",)
):
    findings = FindingCollector()
    page = f"<html><head>{head}</head>\n<body>\n{body}\n<p>{'palavra ' * 25}</p>{out}\n</body></html>\n"
    check_html(page, "A_HTML_20260301", columns, DEFAULT_PROFILE, findings)
    return [finding.rule for finding in findings]


@pytest.mark.parametrize(
    "head", ["<title>Oi", "<title>Oi</title><style>p{color:red}", "<title>Oi</title><script>x"]
)
def test_an_element_that_swallows_the_message_is_an_error(head):
    assert rules_of("Oi", head) == ["HTML039"]


def test_a_swallowing_element_is_named_where_it_begins():
    findings = FindingCollector()
    check_html("<html>\n<title>Oi<body>x</body></html>\n", "A_HTML_20260301", (), DEFAULT_PROFILE, findings)
    assert [(one.rule, one.line, one.column) for one in findings] == [("HTML039", 2, 1)]


def test_an_element_that_has_nothing_left_to_swallow_is_none():
    findings = FindingCollector()
    check_html(f"<body>{OUT}<textarea>\n", "A_HTML_20260301", (), DEFAULT_PROFILE, findings)
    assert "HTML039" not in [one.rule for one in findings]


@pytest.mark.parametrize("comment", ["<!-- {} -->", "<!--[if mso]>{}<![endif]-->"])
def test_a_way_out_that_only_a_comment_holds_is_missing(comment):
    assert rules_of("Oi", out=comment.format(OUT)) == ["HTML011"]
    assert rules_of("Oi", out=comment.format(OUT) + OUT) == []


@pytest.mark.parametrize(
    "body",
    ["Oi {{<b>nome</b>}}", "<i>{{</i><b>nome</b><i>}}</i>", "{{no<b>me</b>}}", "{{<i>descadastro</i>}}"],
)
def test_a_merge_field_that_tags_part_is_told_once(body):
    assert rules_of(body) == ["HTML042"]
    assert rules_of(body, columns=()) in (["HTML042"], ["HTML005"])


@pytest.mark.parametrize(
    "headers",
    [
        "MIME-Version: 1.0\nContent-Type: multipart/related;\n\tboundary=x\n\n",
        "From: a@b.example\nSubject: Oi\n dobrada\nContent-Type: text/html\n\n",
        "\ncontent-type: text/html\n\n",
    ],
)
def test_a_message_saved_by_a_mail_program_is_no_html(headers):
    findings = FindingCollector()
    text = headers + "<html><body><p class=3Dx>Ol=C3=A1</p></body></html>\n"
    assert not check_html(text, "A_HTML_20260301", (), DEFAULT_PROFILE, findings)
    assert [one.rule for one in findings] == ["HTML002"]


def test_text_with_colons_before_the_first_tag_is_no_saved_message():
    assert "HTML002" not in rules_of("Content-Type: x")
    findings = FindingCollector()
    text = "Oi: tudo\n\nMIME-Version: <b>1</b>\n"
    check_html(text, "A_HTML_20260301", (), DEFAULT_PROFILE, findings)
    assert "HTML002" not in [one.rule for one in findings]


@pytest.mark.parametrize(
    ("css", "rules"),
    [
        ("background:url(a.png)", ["HTML017"]),
        ("color:red;background-image : #fff URL( 'img/a.png' ) no-repeat", ["HTML017"]),
        ("background:url(data:image/png;base64,AA)", ["HTML014"]),
        ("background:url(&quot;http://x.com.br/a.png&quot;)", ["HTML010"]),
        ("background:url(&quot;https://x.com.br/a.png&quot;)", []),
        ("background:url(https://x.com.br/a.png)", []),
        ("background:url({{ livre1 }})", []),
        ("background:url(*|FUNDO|*)", []),
        ("background:url()", []),
        ("background:url(#degrade) #fff", []),
        ("background-image:url(none)", []),
        ("behavior:url(#default#VML)", []),
        ("/* background:url(a.png) */color:red", []),
        ("/* background:url(a.png)", []),
    ],
)
def test_a_picture_behind_the_text_is_looked_at_as_any_other(css, rules):
    assert [
        rule for rule in rules_of(f'<p style="{css}">Oi</p>', columns=("livre1",)) if rule != "HTML031"
    ] == rules
    if "&quot;" not in css:
        head = f"<title>Oi</title><style>p {{ {css} }}</style>"
        assert [rule for rule in rules_of("Oi", head, columns=("livre1",)) if rule != "HTML031"] == rules


@pytest.mark.parametrize(
    ("background", "rules"),
    [
        ("#ffcc00", []),
        ("none", []),
        ("rgb(1, 2, 3)", []),
        ("fundo.png", ["HTML017"]),
        ("img/fundo", ["HTML017"]),
    ],
)
def test_a_colour_behind_a_table_is_no_picture(background, rules):
    assert rules_of(f'<table background="{background}"><tr><td>Oi</td></tr></table>') == rules


@pytest.mark.parametrize("braces", ["@media screen { p { color: red }}", "{{ {{nome}} }}", "{{"])
def test_braces_in_a_comment_are_no_halves_of_a_merge_field(braces):
    assert rules_of(f"<!--[if mso]><style>{braces}</style><![endif]-->Oi", columns=("nome",)) == []


@pytest.mark.parametrize("field", ["{{first_name}}", "{{#if vip}}", '{{nome|default("x")}}'])
def test_a_field_in_a_comment_that_no_program_shows_is_none(field):
    assert rules_of(f"<!-- {field} -->Oi", columns=("nome",)) == []
    assert rules_of(f"<!--[if mso]>{field}<![endif]-->Oi", columns=("nome",)) != []
    assert rules_of(f"<!-->{field}<!-- x -->Oi", columns=("nome",)) != []


@pytest.mark.parametrize(
    ("kind", "rules"),
    [("application/ld+json", []), ("text/javascript", ["HTML015"]), ("", ["HTML015"])],
)
def test_data_in_a_script_that_mail_programs_read_is_no_script(kind, rules):
    assert rules_of(f'Oi <script type="{kind}">x</script>') == rules


@pytest.mark.parametrize(
    ("field", "said"),
    [("{{#if x}}", "“{{#if x}}” é um comando de outro sistema"), ("*|LNAME|*", "Retire-o, ou ponha um campo"),
     ("*|FNAME|*", "Escreva {{nome}}. Do jeito"), ("{{nom}}", "Você quis dizer “{{nome}}”?"),
     ("{{cidade}}", "ou inclua a coluna no MAIL."), ("{{saldo}}", "como {{livre1}}.")],
)  # fmt: skip
def test_the_remedy_of_a_field_says_what_to_do_with_it(field, said):
    findings = FindingCollector()
    check_html(f"<body>{OUT}{field}</body>\n", "A_HTML_20260301", ("nome",), DEFAULT_PROFILE, findings)
    (told,) = [one for one in findings if one.rule in ("HTML005", "HTML031")]
    assert said in remedy(told, "pt_BR")


def test_a_picture_behind_the_text_is_named_where_it_is_written():
    findings = FindingCollector()
    page = f"<body>{OUT}\n<p title=x style='background:url(a.png)'>Oi</p></body>\n"
    check_html(page, "A_HTML_20260301", (), DEFAULT_PROFILE, findings)
    assert [(one.line, one.column) for one in findings if one.rule == "HTML017"] == [(2, 34)]


@pytest.mark.parametrize(
    ("base", "rules"),
    [
        ("https://loja.example/", []),
        (" HTTP://loja.example/news/ ", []),
        ("/news/", ["HTML007", "HTML017"]),
        ("//loja.example/", ["HTML007", "HTML017"]),
        ('/news/"><base href="https://loja.example/', ["HTML007", "HTML017"]),
        ("", ["HTML007", "HTML017"]),
    ],
)
def test_a_base_that_is_no_web_address_makes_nothing_whole(base, rules):
    head = f'<title>Oi</title><base href="{base}">'
    assert rules_of('<a href="loja.html">Loja</a><img src="a.png" alt="">', head) == rules


def test_a_background_in_a_style_is_relative_whatever_the_base():
    head = '<title>Oi</title><base href="https://loja.example/">'
    assert rules_of('<p style="background:url(a.png)">Oi</p>', head) == ["HTML017"]
