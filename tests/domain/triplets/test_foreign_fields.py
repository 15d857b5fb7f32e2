"""Merge fields of other systems: every shape, only with a name of one, and where a recipient sees it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.messages.markup import attributes, tokenize_html
from mpftp.domain.messages.merge_fields import merge_fields
from mpftp.domain.profile import DEFAULT_PROFILE as DEFAULT
from mpftp.domain.triplets import joined_text
from mpftp.domain.triplets.foreign_fields import (
    find_foreign_fields,
    find_in_html,
    leading_foreign_field,
    shows_signs_only,
    write_certain_fields,
)

COLUMNS = ("email", "nome", "cidade", "data_nascimento")
SQUARE = DEFAULT._replace(merge_open="[", merge_close="]")
PERCENT = DEFAULT._replace(merge_open="%%", merge_close="%%")


def plain(text, profile=DEFAULT):
    return [(one.written, one.own_text) for one in find_foreign_fields(text, COLUMNS, profile)]


def in_html(text, profile=DEFAULT):
    found = find_in_html(text, list(tokenize_html(text)), merge_fields(text, profile), COLUMNS, profile)
    return [(text[one.start : one.end], one.own_text) for one in found]


@pytest.mark.parametrize(
    "written",
    ["*|NOME|*", "%%nome%%", "%nome%", "{nome}", "[nome]", "[[nome]]", "##nome##", "#nome#", "${nome}",
     "@@nome@@", "<%= nome %>", "<% nome %>", "{% nome %}", '{{ nome|default("") }}', "{Nome}", "[NOME]",
     "%%Nome%%", "${user.nome}", '${contact["nome"]}', "{{nome|capitalize}}", "*|FNAME|*", "%%first_name%%",
     "[nombre]", "#{nome}", "<<nome>>", "&lt;&lt;nome&gt;&gt;", "«nome»", "<%= recipient.firstName %>",
     "[[Nome do Cliente]]", "[firstname,fallback=]", "{{ nome | default: '' | upcase }}", "!fname!",
     "&lt;nome&gt;"],
)  # fmt: skip
def test_every_shape_is_seen_and_spelled_our_way(written):
    assert plain(f"Oi {written}, tudo bem?") == [(written, "{{nome}}")]


@pytest.mark.parametrize(
    ("written", "ours"),
    [("[first_name,fallback=amigo]", "{{nome|amigo}}"), ("${nome!'amigo'}", "{{nome|amigo}}"),
     ('[[FIRSTNAME OR "amigo"]]', "{{nome|amigo}}"),
     ("%%[ SET @n = nome ]%%", ""), ("*|UNSUB|*", "{{descadastro}}"),
     ("[unsubscribe_url]", "{{descadastro}}"),
     ("*|ARCHIVE|*", "{{ver_online}}"), ("{data de nascimento}", "{{data_nascimento}}"),
     ("%%City%%", "{{cidade}}"), ("[E-mail]", "{{email}}"),
     ('[[data:firstname:"amigo"]]', "{{nome|amigo}}"), ('{{ nome|default("amigo") }}', "{{nome|amigo}}"),
     ("{% if vip %}", ""), ("{% endif %}", ""), ("<% end %>", ""), ("*|IF:X|*", ""), ("*|END:IF|*", ""),
     ("*|LIST:COMPANY|*", ""), ("%%sobrenome%%", ""), ("{cep}", "")],
)  # fmt: skip
def test_the_remedy_is_what_mail_can_fill(written, ours):
    assert plain(written) == [(written, ours)]


@pytest.mark.parametrize(
    "text",
    ["{{nome}}", "{{nome|amigo}}", "{{ nome | caro cliente }}", "50% de 20%", "[leia mais]", "{abc}", "#1 #2",
     "R$ {10}", "[x]", "10% nome 20%", "cor #fff; #nomes", "[1]", "a[nome", "{nome", "100%nome%", "[nome](x)",
     "{ color: red }", "%20nome%20", "{nome, cidade}", "1 << nome >> 2", "«oi»", "«site»", "<< sair >>",
     "{Oi!}", "#{10}", "%%[10]%%"],
)  # fmt: skip
def test_what_is_none_is_left_alone(text):
    assert plain(text) == []


def test_the_profiles_own_brackets_are_never_foreign():
    assert plain("[nome] {nome}", SQUARE) == [("{nome}", "[nome]")]
    assert plain("%%nome%% {{nome}}", PERCENT) == [("{{nome}}", "%%nome%%")]
    assert in_html("<p>[nome] *|NOME|*</p>", SQUARE) == [("*|NOME|*", "[nome]")]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<style>a{nome}</style><script>x={nome}</script><!-- [nome] -->", []),
        ('<p style="{nome}" class="[nome]">', []),
        ("<title>Oi {nome}</title>", [("{nome}", "{{nome}}")]),
        ('<img alt="[nome]">', [("[nome]", "{{nome}}")]),
        ('<a href="https://x/?n=%%nome%%&q=%CEp%20">', [("%%nome%%", "{{nome}}")]),
        ('<a href="https://x/?q=%cep%20">', []),
        ("<p>Oi {<b>{nome}</b>}</p>", [("{<b>{nome}</b>}", "<b>{{nome}}</b>")]),
        ("<p>*|<i>NOME</i>|*</p>", [("*|<i>NOME</i>|*", "<i>{{nome}}</i>")]),
        ("<p>{{no<b>me</b>}}</p>", [("{{no<b>me</b>}}", "{{nome}}<b></b>")]),
        ("<p>[<span>no</span>me]</p>", [("[<span>no</span>me]", "<span>{{nome}}</span>")]),
        ("<p>&lt;%= nome %&gt;</p>", [("&lt;%= nome %&gt;", "{{nome}}")]),
        ("<p><%= nome %></p>", [("<%= nome %>", "{{nome}}")]),
        ("<p>[</p><p>nome</p>", []),
        ("<p>{{nome}}</p>", []),
        ("<p>Oi <Nome>, tudo bem?</p>", [("<Nome>", "{{nome}}")]),
        ("<td><nome do cliente></td>", [("<nome do cliente>", "{{nome}}")]),
        ("<cidade>x</cidade><br>", []),
        ("<!--[if mso]><p>Oi %%nome%%</p><![endif]-->", [("%%nome%%", "{{nome}}")]),
        (
            '<!--[if mso]><v:rect href="*|UNSUB|*"/><style>[nome]</style><![endif]-->',
            [("*|UNSUB|*", "{{descadastro}}")],
        ),
        ('<p class="<nome>">', []),
    ],
)
def test_in_html_only_what_a_recipient_sees_counts(html, found):
    assert in_html(html) == found


@pytest.mark.parametrize("subject", ["[Cupom] Só hoje", " [CÓDIGO] Use já", "[Aviso] [Pedido] a caminho"])
def test_a_usual_word_that_marks_a_subject_is_no_field(subject):
    assert plain(subject) == []
    assert plain(subject.lower()) != []
    assert plain("Oi " + subject) != []
    assert find_foreign_fields(subject, ("cupom", "codigo", "pedido"), DEFAULT) != []


@pytest.mark.parametrize(
    "subject", ["[Nome] Só hoje", "[Sobrenome] oi", "[Cupom]", "[Cupom], só hoje", "{Cupom} Oi"]
)
def test_what_only_resembles_a_mark_is_a_field(subject):
    assert plain(subject) != []


@pytest.mark.parametrize("label", ["[Sair]", "[<b>Ver no navegador</b>]", "Não quer? [ Descadastrar ]"])
def test_brackets_around_the_words_of_a_link_that_leads_out_are_no_field(label):
    link = f'<a href="{{{{descadastro}}}}">{label}</a>'
    assert in_html(link) == []
    assert in_html(link.replace("{{descadastro}}", "[unsubscribe]")) != []
    assert in_html(label) != []
    assert in_html(link + "[nome]") != []


@pytest.mark.parametrize(
    ("written", "certain"),
    [("%%nome%%", True), ("*|NOME|*", True), ("<%= nome %>", True), ('{{nome|default("x")}}', True),
     ("{nome}", False), ("*|FNAME|*", False), ("{% nome %}", True), ("{% if nome %}", False),
     ("<% if nome %>", False), ("*|IF:NOME|*", False)],
)  # fmt: skip
def test_only_what_needs_no_guess_is_certain(written, certain):
    assert [one.certain for one in find_foreign_fields(written, COLUMNS, DEFAULT)] == [certain]


@pytest.mark.parametrize("link", ["*|UNSUB|*", "%%qualquer%%", "[url]", "${x}", "*|ARCHIVE|*", "<%= link %>"])
def test_a_link_that_is_nothing_but_one_is_known(link):
    assert leading_foreign_field(link, DEFAULT) == link


@pytest.mark.parametrize("link", ["pagina.html", "{{link}}", "#topo", "https://x/[nome]", ""])
def test_other_links_are_none(link):
    assert not leading_foreign_field(link, DEFAULT)


PIECES = st.sampled_from(
    ["{", "{{", "}", "}}", "[", "]", "%", "%%", "*|", "|*", "<b>", "</b>", "nome", "|x", "<%", "%>", " "]
)


@given(st.lists(PIECES, max_size=20).map("".join))
def test_any_text_has_an_answer_in_order(text):
    in_html = find_in_html(text, list(tokenize_html(text)), merge_fields(text, DEFAULT), COLUMNS, DEFAULT)
    for fields in (find_foreign_fields(text, COLUMNS, DEFAULT), in_html):
        assert all(0 <= one.start < one.end <= len(text) for one in fields)
        assert [one.start for one in fields] == sorted(one.start for one in fields)


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("<%= base %>/a.png", "<%= base %>"),
        ("*|PASTA|*/a.png", "*|PASTA|*"),
        ("${host}/x?a=1", "${host}"),
        ("[a]/b.png", ""),
        ("#top#x", ""),
        ("{{link}}/a", ""),
        ("a/*|X|*", ""),
    ],
)
def test_a_url_may_begin_with_a_foreign_field(url, field):
    assert leading_foreign_field(url, DEFAULT) == field


@pytest.mark.parametrize(
    ("written", "ours", "certain", "lacking"),
    [
        ('{{first_name | default: "amigo"}}', "{{nome|amigo}}", False, "first_name"),
        ("{{ contact.firstname|default('x') }}", "{{nome|x}}", False, "contact.firstname"),
        ("{{first_name|amigo}}", "{{nome|amigo}}", False, "first_name"),
        ('{{E-mail | default: "x"}}', "{{email|x}}", True, "E-mail"),
        ("{{Data Nascimento}}", "{{data_nascimento}}", True, "Data Nascimento"),
        ("{{{nome}}}", "{{nome}}", True, "{{{nome}}}"),
        ("{{{ unsubscribe }}}", "{{descadastro}}", False, "{{{ unsubscribe }}}"),
        ("{{{qualquer}}}", "", False, "{{{qualquer}}}"),
        ("{{{{{nome}}}}}", "{{nome}}", True, "{{{{{nome}}}}}"),
        ('{{nome | default: "Olá, amigo"}}', "{{nome|Olá, amigo}}", True, ""),
        ("{{nome | default('amigo', true)}}", "{{nome|amigo}}", True, ""),
        ('{{ nome or "amigo" }}', "{{nome}}", False, 'nome or "amigo"'),
        ("{{contact['first name']}}", "{{nome}}", False, "contact['first name']"),
        ("{{nom}}", "{{nome}}", False, "nom"),
        ("{{sobrenome|x}}", "", False, "sobrenome"),
        ("{{#nome}}", "", False, "#nome"),
        ("{{/if nome}}", "", False, "/if nome"),
        ('{{ qualquer | default: "x" }}', "", False, "qualquer"),
        ('{{nome | capitalize | default: "x"}}', "{{nome|x}}", False, ""),
        ("{{nome|default: amigo}}", "{{nome|amigo}}", False, ""),
        ('{{nome || "x"}}', "{{nome|x}}", True, ""),
        ("{{ NOME | upper }}", "{{nome}}", False, ""),
        ("{{nome|date: '%d/%m'}}", "{{nome}}", False, ""),
    ],
)
def test_a_field_in_our_brackets_is_told_once_with_all_of_our_spelling(written, ours, certain, lacking):
    text = f"Oi {written}!"
    for found in (
        find_foreign_fields(text, COLUMNS, DEFAULT),
        find_in_html(text, list(tokenize_html(text)), merge_fields(text, DEFAULT), COLUMNS, DEFAULT),
    ):
        assert [one[2:] for one in found] == [(written, ours, certain, lacking)]


@pytest.mark.parametrize(
    "text",
    ["{{nome|amigo(a)}}", "{{nome|<b>amigo</b>}}", "{{nome|data}}", "{{nome|d e}}", "{{nome|o padrão}}"],
)
def test_a_text_for_an_empty_value_is_no_filter(text):
    assert plain(text) == in_html(text) == []


def test_a_field_that_tags_part_is_one_that_mail_lacks_only_where_the_brackets_are_whole():
    for text, lacking in (("{{no<b>me</b>}}", "nome"), ("{<b>{nome}</b>}", "")):
        found = find_in_html(text, list(tokenize_html(text)), merge_fields(text, DEFAULT), COLUMNS, DEFAULT)
        assert [one.lacking for one in found] == [lacking]


def test_where_mail_cannot_be_read_no_field_is_lacking():
    found = find_foreign_fields('{{foo}} {{{nome}}} {{nome|default:"x"}}', (), DEFAULT)
    assert not any(one.lacking for one in found)
    assert "{{nome|x}}" in [one.own_text for one in found]


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ('<a href="https://x.com/?n=%7B%7Bnome%7D%7D">', "https://x.com/?n={{nome}}"),
        ('<a href="%7b%7Bdescadastro%7D%7d">', "{{descadastro}}"),
        ('<a href="*%7CUNSUB%7C*">', "{{descadastro}}"),
        ('<a href="https://x.com/&#123;&#x7B;nome}}">', "https://x.com/{{nome}}"),
    ],
)
def test_a_field_that_an_editor_encoded_in_a_link_is_found_and_fixed(written, ours):
    known = merge_fields(written, DEFAULT)
    fields = find_in_html(written, list(tokenize_html(written)), known, COLUMNS, DEFAULT)
    certain = [one._replace(certain=True) for one in fields if one.certain or "UNSUB" in one.written]
    assert f'"{ours}"' in write_certain_fields(written, certain)


@pytest.mark.parametrize("written", ["&#123;&#123;nome&#125;&#125;", "{&lbrace;nome}}", "*&#124;NOME&#124;*"])
def test_a_field_encoded_in_a_text_is_told_and_left_as_it_may_be_meant(written):
    text = f"<p>Oi {written}</p>"
    (field,) = find_in_html(text, list(tokenize_html(text)), merge_fields(text, DEFAULT), COLUMNS, DEFAULT)
    assert (field.written, field.own_text, field.certain) == (written, "{{nome}}", False)


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("%recipient_email%", "{{email}}"),
        ("{nome_do_cliente}", "{{nome}}"),
        ("{metadata:nome}", "{{nome}}"),
        ("{contactfield=firstname}", "{{nome}}"),
        ("%tag_unsubscribe_url%", "{{descadastro}}"),
        ("<%asm_group_unsubscribe_raw_url%>", "{{descadastro}}"),
        ("{webview_url}", "{{ver_online}}"),
        ("%%emailaddr%%", "{{email}}"),
        ("%{nome}", "{{nome}}"),
        ("<nome>", "{{nome}}"),
        ("{{user.nome}}", "{{nome}}"),
        ('{{nome|"amigo"}}', "{{nome|amigo}}"),
        ("{{cidade|'x'}}", "{{cidade|x}}"),
        ("{{nome|“amigo”}}", "{{nome|amigo}}"),
        ("{{nome || amigo}}", "{{nome|amigo}}"),
        ("{{nome:amigo}}", "{{nome}}"),
        ("$nome", "{{nome}}"),
        ("$$email$$", "{{email}}"),
        ("__PRIMEIRO_NOME__", "{{nome}}"),
        ("<Nome Completo>", "{{nome}}"),
    ],
)
def test_names_say_whose_they_are_and_what_a_link_is_for(written, ours):
    assert plain(f"Oi {written}") == [(written, ours)]


@pytest.mark.parametrize(
    "text",
    [
        "#nome #moda",
        "10% de nome, 20 %",
        '<a href="https://x.com/?filter[nome]=1">x</a>',
        "<p>&#35;nome &#35;moda</p>",
        """<td data-x='{"nome":"x"}' data-label="[nome]">x</td>""",
        '<a href="https://x.com/?a%5Bnome%5D=1">x</a>',
        '<a href="https://x.com/?j=%7B%22nome%22%3A1%7D">x</a>',
        "3 < nome > 2",
        "US$nome",
        "__promoção__",
        "$50 $x",
        "nome__nome__x",
        "<3 nome",
        "[Como se descadastrar]",
        "Atenção!nome! Oi !nome !Nome!x Oferta!! cidade!",
        "&lt;b&gt; &lt; nome &gt;",
    ],
)
def test_signs_near_a_name_are_no_field(text):
    assert in_html(text) == []
    assert text.startswith("<") or plain(text) == []


def test_a_comment_that_no_program_shows_is_left_as_it_is():
    assert in_html('<!-- {{nome|default:"x"}} -->') == []
    assert len(in_html('<!--[if mso]>{{nome|default:"x"}}<![endif]-->')) == 1


def test_signs_of_a_text_for_an_empty_value_are_told_apart():
    for written in ('{{nome|"amigo"}}', "{{nome || amigo}}"):
        (signs,) = find_foreign_fields(written, COLUMNS, DEFAULT)
        assert shows_signs_only(signs, DEFAULT)
    (lacking,) = find_foreign_fields('{{xyz|"amigo"}}', COLUMNS, DEFAULT)
    assert not shows_signs_only(lacking, DEFAULT)


def test_a_tag_full_of_fields_is_taken_apart_once(monkeypatch):
    asked = []
    monkeypatch.setattr(
        joined_text, "attributes", lambda text, tag: asked.append(tag) or attributes(text, tag)
    )
    assert len(in_html(f'<a href="{"{nome}" * 50}" title="{"%7Bnome%7D" * 50}">')) == 100
    assert len(asked) == 1
