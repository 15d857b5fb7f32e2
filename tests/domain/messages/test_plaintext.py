"""The text part reads as a person would write it."""

from __future__ import annotations

import pytest

from mpftp.domain.messages.plaintext import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Um</p><p>Dois</p>", "Um\n\nDois\n"),
        ("a<br>b", "a\nb\n"),
        ("<p>Uma linha\n   no fonte</p>", "Uma linha no fonte\n"),
        ("<p>a<br>\n b</p>", "a\nb\n"),
        ("&zwnj;&nbsp;&zwnj;&nbsp;<p>x &#847; &#847;</p>", "x\n"),
        ("<h1>Título</h1><h2>Sub</h2><p>x</p>", "Título\n\nSub\n\nx\n"),
        ("<b>forte</b> <i>leve</i> em_baixo *x* 1. # >", "forte leve em_baixo *x* 1. # >\n"),
        ("<ul><li>Um</li><li>Dois</li></ul>", "- Um\n- Dois\n"),
        ("<ol><li>Um</li><li>Dois</li></ol>", "1. Um\n2. Dois\n"),
        ("<a href='https://a.example/'>Veja</a> já", "Veja <https://a.example/> já\n"),
        ("Veja <a href='https://a.example/'>aqui</a>. Ou: x .", "Veja aqui <https://a.example/>. Ou: x .\n"),
        ("<a href='https://a.example/'>https://a.example/</a>", "https://a.example/\n"),
        ("<a href='https://a.example/'><img src=x alt='Tênis'></a>", "Tênis: https://a.example/\n"),
        ("<a href='https://a.example/'><img src=x></a>", "https://a.example/\n"),
        ("<a href='#topo'>Topo</a>", "Topo\n"),
        ("<a href='mailto:a@b.example'>a@b.example</a>", "a@b.example\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\n\nb\n\nc\n"),
        (
            "<table><tr><th>Item<th>Preço<tr><td>Lápis<td><a href='https://a.example/'>R$ 1</a></table>",
            "Item | Preço\n\nLápis | R$ 1: https://a.example/\n",
        ),
        (
            "<table><thead><tr><th>a</th><th></th></tr></thead><tr><td>b</td><td>c</td></tr></table>",
            "a |\n\nb | c\n",
        ),
        ("<table><tr><th><p>a</p></th><th>b</th></tr></table>", "a\n\nb\n"),
        ("<table><tr><th>Promoção</th><th class='spacer'></th></tr></table>", "Promoção\n"),
        (
            "<table><tr><th>a<th>b<th>&nbsp;<tr><td><td>d<td><tr><td>e</table>",
            "a | b\n\n| d\n\ne\n",
        ),
        ("<table><tr><th><table><tr><th>a<th>b</table><th>c</table>", "a | b\n\nc\n"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a\n\nb\n\nc\n"),
        ("<ul><li>Um<li>Dois<ul><li>Dentro</ul><li>Três</ul>", "- Um\n- Dois\n- Dentro\n- Três\n"),
        ("<li><a href='https://a.example/'>Um<li>Dois", "- Um: https://a.example/\n- Dois\n"),
        ("<dl><dt>Um<dd>x<dt>Dois<dd>y</dl>", "Um\n: x\n\nDois\n: y\n"),
        (
            "<a href='https://a.example/1'>Um<a href='https://a.example/2'>Dois</a>",
            "Um <https://a.example/1> Dois: https://a.example/2\n",
        ),
        ("<a name=x/>Um <a href='https://a.example/'>Dois</a>", "Um Dois: https://a.example/\n"),
        ("<a href='https://a.example/' href='https://b.example/'>x</a>", "x: https://a.example/\n"),
        ("<img alt=Um><img alt='Dois  pares'>", "Um Dois pares\n"),
        ("<map><area href='https://a.example/' alt=Um><area href='#x'></map>", "Um: https://a.example/\n"),
        ("<header>a</header><main>b</main><footer>c</footer>", "a\n\nb\n\nc\n"),
        ("<details><summary>a</summary>b</details><video src=x>c</video>", "a\n\nb\n\nc\n"),
        ("<select><option>a<option>b</select>", "a\n\nb\n"),
        ("a<style>x</style><script>y</script><!-- z --><title>t</title>b", "ab\n"),
        ("a&nbsp;&nbsp;&eacute;&zwnj;", "a é\n"),
        ("<pre>a  b\nc</pre>", "a b\nc\n"),
        ("", "\n"),
    ],
)
def test_html_as_text(html: str, text: str):
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "html", ["<!-- x", "<div>" * 2_000 + "x", "<p>x <3", "x<script>y", "<td>" * 500 + "x" + "</td>" * 500]
)
def test_broken_pages_have_a_text_too(html: str):
    assert html_to_text(html) in ("x\n", "x <3\n", "\n")


def test_a_large_embedded_image_costs_no_link():
    page = (
        f'<img src="data:image/png;base64,{"iVBORw0K" * 80_000}"> data: <a href="https://a.example/">aqui</a>'
    )
    assert html_to_text(page) == "data: aqui: https://a.example/\n"


def test_of_a_page_that_nobody_could_read_only_the_text_is_kept():
    page = (
        "<style>p{}</style>"
        + "<p>Uma&nbsp;linha\n <b>forte</b></p><a href='https://a.example/'>aqui</a>" * 9_000
    )
    lines = html_to_text(page).splitlines()
    assert lines[:4] == ["Uma linha forte", "", "aqui", "Uma linha forte"]
    assert "https" not in " ".join(lines)


def test_signs_that_show_nothing_are_read_once():
    """Looked for a space among them from each on, they would take many minutes."""
    assert html_to_text("<p>a" + "\u200c" * 400_000 + "b</p>") == "a" + "\u200c" * 400_000 + "b\n"
