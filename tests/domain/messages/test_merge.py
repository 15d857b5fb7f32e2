"""Merge fields: how they are written, whose names count, what is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.messages.merge import Slot, column_of, missing, parse, slots
from mpftp.domain.profile import DEFAULT


@pytest.mark.parametrize(
    ("written", "name", "fallback"),
    [
        ("{{nome}}", "nome", ""),
        ("{{ Nome }}", "nome", ""),
        ("{{NOME|cliente}}", "nome", "cliente"),
        ("{{nome| caro | cliente }}", "nome", "caro | cliente"),
        ("{{\n  nome\n}}", "nome", ""),
        ("{{DESCADASTRO}}", "descadastro", ""),
        ("{{Pontos}}", "Pontos", ""),
        ("{{}}", "", ""),
    ],
)
def test_a_field_is_read_with_its_fallback(written: str, name: str, fallback: str):
    assert parse(written, DEFAULT) == [Slot(name, fallback, 0, len(written))]


def test_the_clients_header_names_our_field_even_with_character_references():
    profile = replace(DEFAULT, mail={**DEFAULT.mail, "endereco": "Endereço"})
    assert [slot.name for slot in slots("{{Endere&ccedil;o}} {{ENDEREÇO}}", profile)] == ["endereco"] * 2


def test_our_name_wins_over_a_clients_header_of_the_same_name():
    profile = replace(DEFAULT, mail={**DEFAULT.mail, "livre1": "nome", "nome": "Cliente"})
    assert [slot.name for slot in slots("{{nome}}", profile)] == ["nome"]


@pytest.mark.parametrize("text", ["{{nome", "nome}}", "{ {nome}}", "{{" + "x" * 501 + "}}", ""])
def test_what_is_no_field_is_text(text: str):
    assert "".join(piece for piece in parse(text, DEFAULT) if isinstance(piece, str)) == text


@pytest.mark.parametrize(
    ("opening", "closing"), [("[[", "]]"), ("%", "%"), ("${", "}"), ("##", "##"), ("*|", "|*")]
)
def test_the_brackets_are_the_profiles(opening: str, closing: str):
    profile = replace(DEFAULT, merge_open=opening, merge_close=closing)
    text = f"Oi {opening}nome|você{closing}, {{{{nome}}}}"
    start, end = 3, 3 + len(f"{opening}nome|você{closing}")
    assert parse(text, profile) == ["Oi ", Slot("nome", "você", start, end), ", {{nome}}"]


@given(st.lists(st.sampled_from(["{{", "}}", "{", "}", "|", "nome", " ", "é", "\n"])).map("".join))
def test_the_pieces_make_up_the_text_again(text: str):
    pieces = parse(text, DEFAULT)
    assert "".join(text[p.start : p.end] if isinstance(p, Slot) else p for p in pieces) == text
    assert "" not in pieces


def test_a_text_full_of_openings_is_read_in_one_pass():
    assert slots("{{" * 200_000, DEFAULT) == []


def test_columns_are_found_without_regard_to_case_and_the_first_of_a_name_counts():
    assert column_of("pontos", ["email", "Pontos", "PONTOS"]) == 1
    assert column_of("cep", ["email"]) is None


def test_what_mail_does_not_have_is_named_but_not_our_own_links():
    text = "{{nome}} {{ver_online}} {{Pontos}} {{descadastro}}"
    assert [slot.name for slot in missing(text, ["email", "nome"], DEFAULT)] == ["Pontos"]
