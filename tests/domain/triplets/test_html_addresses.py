"""Addresses of links and images: what leads to a page, what is shown, and what is neither."""

from __future__ import annotations

import pytest

from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.html_addresses import image_rule, link_rule


@pytest.mark.parametrize(
    ("href", "rule"),
    [
        ("https://www.x.com.br:8443/a?b=1#c", ""),
        ("https://ana:senha@x.com.br/", ""),
        ("https://açaí.com.br/maçã um", ""),
        ("https://x.com.br./", ""),
        ("https://https.com.br/", ""),
        ("https://x.com.br:/", ""),
        ("http://[2001:db8::1]:80/", ""),
        ("https://{{livre1}}.com.br/", ""),
        ("https://{{livre1|a,b..c}}/", ""),
        ("mailto:ana@x.com.br?subject=Oi mundo", ""),
        ("mailto:?subject=Veja", ""),
        ("mailto:{{email}}", ""),
        ("mailto:*|EMAIL|*", ""),
        ("mailto:", "HTML019"),
        ("mailto:ana", "HTML023"),
        ("mailto:ana?subject=a@b", "HTML023"),
        ("https://x.com.br:99999/", "HTML023"),
        ("https://x.com.br:80a/", "HTML023"),
        ("https://x..com.br/", "HTML023"),
        ("https://.x.com.br/", "HTML023"),
        ("https://x.com,br/", "HTML023"),
        ("https://x .com.br/", "HTML023"),
        ("https://x.com.br\\loja", "HTML023"),
        ("https:///x", "HTML023"),
        ("https://https://x.com.br", "HTML029"),
        ("http://https//x.com.br", "HTML029"),
        ("”https://x.com.br”", "HTML029"),
        ("\u200bhttps://x.com.br", "HTML029"),
        ("hhtps://x.com.br", "HTML029"),
        ("htttp://x.com.br", "HTML029"),
        ("http.//x.com.br", "HTML029"),
        ("https::/x.com.br", "HTML029"),
        ("http:/x.com.br", "HTML029"),
        ("https:\\\\x.com.br", "HTML029"),
        ("https;//x.com.br", "HTML029"),
        ("sftp://x.com.br", "HTML033"),
        ("http.html", "HTML007"),
        ("ana@x.com.br", "HTML007"),
        ("https://[::1]:8080/", "HTML024"),
        ("http://{{descadastro}}/", ""),
        ("{{ver_online}}?volta={{descadastro}}", ""),
        ("https://www.facebook.com/sharer.php?u={{ver_online}}", ""),
        ("mailto:?subject=Veja&body={{ver_online}}", ""),
        ("https://www.x.com.br/{{nome}}", ""),
        ("https://www.x.com.br/{{descadastro}}", "HTML023"),
        ("//{{descadastro}}", "HTML023"),
        ("mailto:{{descadastro}}", "HTML023"),
        ("#{{descadastro}}", "HTML023"),
        ("http://www.{{ver_online}}", "HTML023"),
    ],
)
def test_where_a_link_leads(href, rule):
    assert link_rule(href, DEFAULT_PROFILE, has_base=False) == rule


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("https://x.com.br/a b.png", ""),
        ("//x.com.br/a.png", ""),
        ("{{livre1}}", ""),
        ("http://x.com.br/a.png", "HTML010"),
        ("data:image/png;base64,AA", "HTML014"),
        ("a.png", "HTML017"),
        ("htps://x.com.br/a.png", "HTML029"),
        ("https//x.com.br/a.png", "HTML029"),
        ("https:///a.png", "HTML023"),
        ("http://x..com.br/a.png", "HTML023"),
        ("http://localhost/a.png", "HTML024"),
        ("https://192.168.0.9/a.png", "HTML024"),
        ("cid:image001.png@01D7", "HTML035"),
        ("blob:https://x.com.br/1", "HTML035"),
        ("webkit-fake-url://1/a.png", "HTML035"),
        ("\\\\servidor\\a.png", "HTML035"),
        ("C:\\a.png", "HTML035"),
        ("file:///c:/a.png", "HTML035"),
    ],
)
def test_where_an_image_lies(source, rule):
    assert image_rule(source, DEFAULT_PROFILE, has_base=False) == rule


def test_a_base_makes_relative_addresses_whole_and_changes_no_others():
    assert image_rule("a.png", DEFAULT_PROFILE, has_base=True) == ""
    assert link_rule("loja.html", DEFAULT_PROFILE, has_base=True) == ""
    assert image_rule("cid:a", DEFAULT_PROFILE, has_base=True) == "HTML035"
