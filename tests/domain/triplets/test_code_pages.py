"""DOS and Macintosh code pages are recognised; what is read rightly today is never taken for one."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.code_pages import CODE_PAGES, find_telling_word, guess_code_page
from mpftp.domain.triplets.triplet import TripletFiles, check_triplet

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


@pytest.mark.parametrize(
    "text",
    ["JOSé;ANDRé;RENê", "JOãO;CONCEIçãO", "MáRCIA;FáTIMA", "LUíS;MôNICA;VITóRIA", "VOVó;IRMã;VOCê", "AçõES",
     "GONçALVES;FRANçA", "joÃo;josÉ", "Sr\u00a0João"],
)  # fmt: skip
def test_capitals_of_programs_that_know_only_ascii_stay_windows_1252(text):
    assert guess_code_page([text.encode("cp1252")]) == "cp1252"


@pytest.mark.parametrize(
    "text",
    ["rock’n’roll", "de A–Z", "5 µg", "10 µF por 50‰", "‹ voltar ›", "nota ‡", "We’ve", "dia –\xa0hora"],
)
def test_a_sign_of_windows_1252_alone_in_a_text_is_enough(text):
    assert guess_code_page([text.encode("cp1252")]) == "cp1252"


@pytest.mark.parametrize("page", ["cp850", "cp860", "mac_roman"])
@pytest.mark.parametrize("text", ["JOÃO;SEBASTIÃO;CONCEIÇÃO", "Ações;põe", "Zé;José;André"])
def test_one_word_that_cannot_be_is_enough_where_all_are_words_in_another_page(text, page):
    assert text.encode(page).decode(guess_code_page([text.encode(page)])) == text


@pytest.mark.parametrize("page", ["cp850", "cp437", "cp860"])
def test_a_space_that_parts_letters_from_all_vowels_is_a_letter_of_dos(page):
    assert guess_code_page(["Márcia;Fátima;Flávia".encode(page)]) in CODE_PAGES


@pytest.mark.parametrize("text", ["JOÃO CONCEIÇÃO;JOSÉ;ANTÔNIO", "Conceição;Ações;José"])
def test_letters_that_a_code_page_lacks_do_not_hide_it(text):
    data = text.encode("cp437", "replace")
    assert data.decode(guess_code_page([data])) == data.decode("cp437")


@pytest.mark.parametrize(
    "price",
    [
        "10,00 \u20ac",
        "\u20ac 10",
        "(\u20ac)",
        "10\u20ac",
        "c\u0153ur",
        "\u20ac/mês",
        "\u20ac&nbsp;10",
        "EUR/\u20ac",
        "Košice",
        "Škoda",
        "Žižek",
        "œuvre",
    ],
)
def test_the_euro_of_iso_8859_15_is_seen(price):
    assert guess_code_page([f"preço de maçã: {price}\n".encode("iso8859-15")]) == "iso8859-15"


@pytest.mark.parametrize(
    "text", ["2½ kg, ¼ de maçã", "maçã ¾", "não", "d´água", "a ¦ b", "¨olá¨", "½ uva", "½xícara"]
)
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


def read(files):
    """What the check of *files* reads, and the rules that they break as texts."""
    openers = {kind: (lambda raw=raw: io.BytesIO(raw)) for kind, raw in files.items()}
    triplet = TripletFiles(TripletKey("P", "20260301"), openers)
    check = check_triplet(triplet, DEFAULT_PROFILE, zone=UTC, now=datetime(2026, 2, 1, tzinfo=UTC))
    names = [contact.values[1] for contact in check.contacts()]
    return names, check, {finding.rule for finding in check.findings if finding.rule.startswith("TEXT")}


def triplet_of(text, encoding):
    name = text.replace(";", ",").replace("\n", " ")
    return {
        InputType.MAIL: f"email;nome\nana@x.com.br;{name}\n".encode(encoding),
        InputType.CONF: f"assunto;remetente_email;pasta\n{name[:120]};a@x.com.br;P\n".encode(encoding),
        InputType.HTML: f"<html><body>{text}</body></html>".encode(encoding),
    }, name


@pytest.mark.parametrize("language", ["pt", "es", "fr", "de"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859-15"])
def test_what_was_read_rightly_still_is(language, encoding):
    text = TEXTS[language]
    if encoding == "iso8859-15":
        text = text.translate({ord(sign): None for sign in "“”„…–’×"})
    files, name = triplet_of(text, encoding)
    names, check, broken = read(files)
    assert names == [name]
    assert check.html == f"<html><body>{text}</body></html>"
    assert check.settings.subject == name[:120].strip()
    assert not broken


@pytest.mark.parametrize("page", ["cp850", "mac_roman"])
def test_all_three_files_name_the_code_page_and_are_read_in_it(page):
    files, name = triplet_of("Olá, João! José Conceição, São Paulo, Goiânia, três irmãos", page)
    names, check, broken = read(files)
    assert names == [name]
    assert broken == {"TEXT017"}
    found = [finding for finding in check.findings if finding.rule == "TEXT017"]
    assert {finding.file for finding in found} == {"P_MAIL_20260301", "P_CONF_20260301", "P_HTML_20260301"}
    assert {finding.values["encoding"].replace("-", "_") for finding in found} == {page}


@pytest.mark.parametrize(
    ("page", "garbled"), [("cp850", "SÆo"), ("cp437", "Jos‚"), ("cp860", "S„o"), ("mac_roman", "S‹o")]
)
def test_a_word_of_the_file_is_shown_as_it_would_arrive(page, garbled):
    text = "José mora em São Paulo, São José, São João, ATENÇÃO, três".encode(page, "ignore")
    files = triplet_of("Olá", "utf-8")[0] | {InputType.HTML: b"<html><body>%b</body></html>" % text}
    check = read(files)[1]
    shown = [finding.values for finding in check.findings if finding.rule == "TEXT017"]
    assert [values["garbled"] for values in shown] == [garbled]
    assert shown[0]["word"].encode(page).decode("cp1252") == garbled


def test_a_word_that_windows_cannot_show_is_the_last_choice():
    blocks = ["Olá Olá ação ação MÉDIA É É É".encode("cp850")]
    assert find_telling_word(blocks, "cp850") == "ação".encode("cp850")
    assert find_telling_word([("ã" * 5000).encode("cp850")], "cp850") == ("ã" * 40).encode("cp850")
    assert not find_telling_word([b"ascii"], "cp850")


@pytest.mark.parametrize(
    "text",
    ["This is it—a great deal", "on sale—up to 50%", "casa–apartamento", "‚ja‘ sagte er", "L’œil", "L’Œuvre",
     "ça y est", "Çelik", "parágrafo ¶ 3", "D’Ávila", "opção", "LUNEDÌ", "Àlex", "Història de Catalunya",
     "Là", "Çà", "I’M HERE", "ROCK’N’ROLL", "Er sagt „ja“"],
)  # fmt: skip
def test_rare_but_right_spellings_of_windows_1252_stay_it(text):
    assert guess_code_page([text.encode("cp1252")]) == "cp1252"


@pytest.mark.parametrize(
    ("text", "page"),
    [("REGIANE BRANDÃO;JOÃO PESSOA", "cp850"), ("SEBASTIÃO MAGALHÃES;BRASÍLIA", "cp850"),
     ("Su factura nº 3345 está aquí", "cp850"), ("REGIANE BRANDÃO;JOÃO PESSOA", "mac_roman"),
     ("Envío gratis a toda España", "mac_roman"), ("El niño aprendió a leer", "mac_roman"),
     ("¿Ya conoces la nueva colección?", "mac_roman"), ("“Black Friday” antecipada já", "mac_roman"),
     ("chefs-d’œuvre à petits prix, sélection", "mac_roman")],
)  # fmt: skip
def test_two_words_that_can_hardly_be_are_enough(text, page):
    assert text.encode(page).decode(guess_code_page([text.encode(page)])) == text


@pytest.mark.parametrize("text", ["Rua 1º de Maio, nº 5", "nº 12;nº 7;3º andar"])
def test_an_ordinal_of_dos_is_no_german_letter_of_macintosh(text):
    assert guess_code_page([text.encode("cp850")]) in ("cp850", "cp1252")
