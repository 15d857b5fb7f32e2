"""Merge fields: how they are written, whose names count, what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.messages.merge_fields import (
    MergeField,
    find_column,
    is_filled,
    merge_fields,
    parse_merge_fields,
)
from mpftp.domain.profile import DEFAULT_PROFILE


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
    assert parse_merge_fields(written, DEFAULT_PROFILE) == [MergeField(name, fallback, 0, len(written))]


def test_the_clients_header_names_our_field_even_with_character_references():
    profile = DEFAULT_PROFILE._replace(mail={**DEFAULT_PROFILE.mail, "endereco": "Endereço"})
    assert [slot.name for slot in merge_fields("{{Endere&ccedil;o}} {{ENDEREÇO}}", profile)] == [
        "endereco"
    ] * 2


def test_our_name_wins_over_a_clients_header_of_the_same_name():
    profile = DEFAULT_PROFILE._replace(mail={**DEFAULT_PROFILE.mail, "livre1": "nome", "nome": "Cliente"})
    assert [slot.name for slot in merge_fields("{{nome}}", profile)] == ["nome"]


@pytest.mark.parametrize(
    "text",
    ["{{nome", "nome}}", "{ {nome}}", "{{" + "x" * 501 + "}}", "",
     '@media print {a:before {content: "{{"; color: red}}', "a:before{content:'{{'} a:after{content:'}}'}"],
)  # fmt: skip
def test_what_is_no_field_is_text(text: str):
    assert (
        "".join(piece for piece in parse_merge_fields(text, DEFAULT_PROFILE) if isinstance(piece, str))
        == text
    )


@pytest.mark.parametrize(
    ("opening", "closing"), [("[[", "]]"), ("%", "%"), ("${", "}"), ("##", "##"), ("*|", "|*")]
)
def test_the_brackets_are_the_profiles(opening: str, closing: str):
    profile = DEFAULT_PROFILE._replace(merge_open=opening, merge_close=closing)
    text = f"Oi {opening}nome|você{closing}, {{{{nome}}}}"
    start, end = 3, 3 + len(f"{opening}nome|você{closing}")
    assert parse_merge_fields(text, profile) == ["Oi ", MergeField("nome", "você", start, end), ", {{nome}}"]


@given(st.lists(st.sampled_from(["{{", "}}", "{", "}", "|", "nome", " ", "é", "\n"])).map("".join))
def test_the_pieces_make_up_the_text_again(text: str):
    pieces = parse_merge_fields(text, DEFAULT_PROFILE)
    assert "".join(text[p.start : p.end] if isinstance(p, MergeField) else p for p in pieces) == text
    assert "" not in pieces


def test_a_text_full_of_openings_is_read_in_one_pass():
    assert merge_fields("{{" * 200_000, DEFAULT_PROFILE) == []


def test_columns_are_found_without_regard_to_case_and_the_first_of_a_name_counts():
    assert find_column("pontos", ["email", "Pontos", "PONTOS"]) == 1
    assert find_column("cep", ["email"]) is None


def test_what_mail_does_not_have_is_named_but_not_our_own_links():
    text = "{{nome}} {{ver_online}} {{Pontos}} {{descadastro}}"
    fields = merge_fields(text, DEFAULT_PROFILE)
    assert [slot.name for slot in fields if not is_filled(slot, ["email", "nome"])] == ["Pontos"]
