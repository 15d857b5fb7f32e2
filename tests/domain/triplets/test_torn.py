"""What ends in the middle, and what only lacks its last line end."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.table import MAX_RECORD_CHARS
from mpftp.domain.triplets.torn import is_torn_html, is_torn_record
from mpftp.domain.triplets.triplet import TripletFiles, check_triplet, is_refused, is_torn

CONF = "assunto;remetente_email;pasta\nPromo;loja@exemplo.com.br;Marco\n"
HTML = "<html><head><title>P</title></head><body><p>Oi {{nome}}</p></body></html>\n"
MAIL = "email;nome\nana@exemplo.com.br;Ana\nbia@exemplo.com.br;Bia\n"


def checked(**texts):
    """The triplet with other texts, its contacts drawn."""
    files = {"CONF": CONF, "HTML": HTML, "MAIL": MAIL} | texts
    openers = {InputType(kind): partial(BytesIO, text.encode()) for kind, text in files.items()}
    zone = ZoneInfo("America/Sao_Paulo")
    check = check_triplet(
        TripletFiles(TripletKey("P", "20260301"), openers), DEFAULT_PROFILE, zone=zone,
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    list(check.contacts())
    return check


@pytest.mark.parametrize(
    "changed",
    [
        {"MAIL": MAIL + "caio@exe"},
        {"MAIL": MAIL + "caio@exemplo.com.br"},
        {"MAIL": MAIL + 'caio@exemplo.com.br;"Ca'},
        {"MAIL": "email;nome\ncaio@ex"},
        {"MAIL": MAIL + '"'},
        {"MAIL": MAIL + "\0\0"},
        {"MAIL": "livre1\temail\tnome\nx\tana@exemplo.com.br\tAna\n\t"},
        {"MAIL": "nome;email\nAna;ana@exemplo.com.br\nCaio;caio@exemplo"},
        {"MAIL": "nome;email\nAna;ana@exemplo.com.br\nCaio;caio@exemplo."},
        {"CONF": CONF[:-20]},
        {"CONF": "assunto;pasta;remetente_email\nPromo;Marco;loja@exem"},
        {"CONF": 'assunto;remetente_email;pasta\nPromo;loja@exemplo.com.br;"Mar'},
        {"HTML": HTML[:30]},
        {"HTML": HTML[: HTML.index("</body>")]},
        {"HTML": HTML[: HTML.index("</p>") + 2]},
    ],
)
def test_what_ends_in_the_middle(changed):
    check = checked(**changed)
    assert is_torn(check)
    assert is_refused(check, 0.5)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"CONF": CONF.strip(), "HTML": HTML.strip(), "MAIL": MAIL.strip()},
        {"MAIL": MAIL + "caio@exe\n"},
        {"MAIL": MAIL + "  "},
        {"MAIL": MAIL + "\f", "CONF": CONF + "\f"},
        {"MAIL": "email\nana@exemplo.com.br\n\t", "CONF": CONF + " \t"},
        {"MAIL": "email\nana@exemplo.com.br\nbia@exemplo.com"},
        {"MAIL": 'email\n"Ana" <ana@exemplo.com.br>\nBia <bia@exemplo.com>'},
        {"MAIL": "email;nome\nana@exemplo;Ana"},
        {"MAIL": MAIL.replace("\n", "\r\n") + "caio@exe\r\n"},
        {"HTML": "<p>Oi {{nome}}</p>"},
        {"HTML": HTML.replace("</html>", "")},
        {"HTML": "Oi <b>{{nome}}"},
    ],
)
def test_what_does_not(changed):
    assert not is_torn(checked(**changed))


def test_international_endings_are_endings():
    assert not is_torn_record("Ana;ana@exemplo.xn--p1ai", ";", 2, 1)
    assert not is_torn_record("Ana;ana@exemplo.рф", ";", 2, 1)


def test_a_last_line_that_is_too_long_to_be_read_is_not_said_to_be_torn():
    assert is_torn_record("a" * 1000, ";", 2, 0)
    assert not is_torn_record("a" * (MAX_RECORD_CHARS + 1), ";", 2, 0)


def test_a_message_without_a_frame_is_whole():
    assert not is_torn_html("Oi, tudo bem? 1 < 2 > 0")
    assert is_torn_html("<table><tr><td>Oi</td></tr>")


FRAME = "<html><head>{}</head><body><table><tr><td>{}</td></tr></table></body></html>"


@pytest.mark.parametrize(
    "whole",
    [
        FRAME.format("<!-- an old <style> and an old <body> -->", "Oi"),
        FRAME.format("", "<table><tr><td>Oi</td></tr>"),
        FRAME.format("", "<!-- <table> --> Oi"),
        "<!--[if mso]><html class='mso'><![endif]-->" + FRAME.format("", "Oi"),
        "<body><table><tr><td>Oi</td></tr></body>",
        "<p>Oi</p><!-- <table> -->",
        "<p>Oi</p> Frete < 10",
    ],
)
def test_a_message_whose_end_is_there_is_whole_whatever_is_open_inside(whole):
    assert not is_torn_html(whole)


@pytest.mark.parametrize("end", ["</body></html>", "</html>", "dy></html>", "l>"])
def test_a_message_without_its_end_is_torn(end):
    text = FRAME.format("<!-- </html> -->", "Oi")
    assert text.endswith(end)
    assert is_torn_html(text.removesuffix(end))
