"""DOS and Macintosh code pages are recognised; what is read rightly today is never taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.triplets.code_pages import CODE_PAGES, guess_code_page

TEXTS = {
    "pt": """Olá, João! A promoção de março já começou: “tudo em até 10×”… Não perca, é só até amanhã.
José Conceição;São Paulo;Rua Antônio Araújo, 1º andar, sala 3ª – Goiânia
ÂNGELA ASSUNÇÃO;SÃO JOSÉ DOS PINHAIS;AVENIDA GETÚLIO VARGAS
Mônica e Luís pagaram € 10,00 por um copo d’água na estação; avó, avô, irmã, mãos, põe.""",
    "es": """Señor Muñoz: ¿cuándo viene usted? ¡Mañana! Año nuevo, corazón, pingüino, árbol, público.
JOSÉ NÚÑEZ;A CORUÑA;PASEO DE LA CASTELLANA Nº 7 – “oferta” de 10 €""",
    "fr": """L’été à la plage, ma sœur a le cœur léger ; c’est naïf, être forêt,
hôtel, garçon, français, Noël.
HÉLÈNE LEFÈVRE;ORLÉANS « oui » – 10 € par œuvre… Où êtes-vous ? Là-bas, s’il vous plaît.""",
    "de": """Grüße aus München! Größere Straßen führen über Österreich nach Köln; „schön“, hübsch, Äpfel, Öl.
JÜRGEN MÜLLER;DÜSSELDORF – für 10 € täglich""",
    "da": "Rødgrød med fløde, blåbær og æbler på Ærø; Åse, Søren, ØSTERGÅRD",
    "sv": "Räksmörgås i Malmö och Göteborg; åka till Ängelholm, Åsa, Örjan",
    "it": "Perché la città è più bella così; però, ragù, università, Nicolò",
    "hr": "Šime, Žarko, Koš, Nožica",
    "signs": "café™ Nestlé® “oi”, não… R$ 10,00 – ok • O’Brien, it’s 50 % ½ kg 10 °C § 3 preço:€10",
    "spaces": "de\u00a0Paris à\u00a0la\u00a0carte «\u00a0oui\u00a0» n\u00ba\u00a05",
}
NAMES = [
    "João",
    "José",
    "Müller",
    "España",
    "garçon",
    "São Paulo",
    "CONCEIÇÃO",
    "Ação",
    "Você",
    "ATENÇÃO",
    "JOSÉ",
]


@pytest.mark.parametrize("language", TEXTS)
def test_windows_1252_stays_what_it_is(language):
    assert guess_code_page([TEXTS[language].encode("cp1252")]) == "cp1252"


@pytest.mark.parametrize("language", ["pt", "es", "fr", "de"])
@pytest.mark.parametrize("page", CODE_PAGES)
def test_a_text_of_dos_or_macintosh_reads_as_it_was_written(language, page):
    data = TEXTS[language].encode(page, "ignore")
    guess = guess_code_page([data])
    assert guess in CODE_PAGES
    letters = [one for one in data.decode(page) if one.isalpha()]
    assert [one for one in data.decode(guess) if one.isalpha()] == letters


@pytest.mark.parametrize("page", ["cp850", "mac_roman"])
@pytest.mark.parametrize("name", NAMES)
def test_one_name_is_enough(name, page):
    data = f"email;nome\nana@x.com.br;{name}\n".encode(page)
    assert data.decode(guess_code_page([data])) == data.decode(page)


@pytest.mark.parametrize("price", ["10,00 \u20ac", "\u20ac 10", "(\u20ac)", "10\u20ac", "c\u0153ur"])
def test_the_euro_of_iso_8859_15_is_seen(price):
    assert guess_code_page([f"preço de maçã: {price}\n".encode("iso8859-15")]) == "iso8859-15"


@pytest.mark.parametrize("text", ["2½ kg, ¼ de maçã", "maçã ¾", "não"])
def test_latin_1_is_no_iso_8859_15(text):
    assert guess_code_page([text.encode("latin-1")]) == "cp1252"


@pytest.mark.parametrize(
    ("text", "page"),
    [("Иван Петров, Москва", "cp1251"), ("Αθήνα Γιώργος", "cp1253"), ("Şişli Çağrı Işık doğru", "cp1254"),
     ("Łódź Święty ąęśćżźńó", "cp1250"), ("שלום", "cp1255"), ("日本語", "shift_jis"),
     ("中文测试", "gbk")],
)  # fmt: skip
def test_other_scripts_are_not_taken_for_one(text, page):
    assert guess_code_page([text.encode(page)]) == "cp1252"


@given(st.lists(st.sampled_from(TEXTS["pt"].split()), min_size=3, max_size=40))
def test_words_of_windows_1252_in_any_order_are_never_taken_for_another(words):
    assert guess_code_page([" ".join(words).encode("cp1252")]) == "cp1252"


@given(st.binary(max_size=60))
def test_any_bytes_have_an_answer(data):
    assert guess_code_page([data]) in (*CODE_PAGES, "cp1252", "iso8859-15")
