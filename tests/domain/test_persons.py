"""What is left of a person who was forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.addresses import ascii_domain, canonical_address
from mpftp.domain.persons import HASH_PREFIX, blank_contact, hash_person

KEY = bytes(32)


def blanked(text, address="ana@example.com"):
    found = list(blank_contact(text.splitlines(keepends=True), address))
    return "".join(record for record, _ in found), sum(count for _, count in found)


@pytest.mark.parametrize("spelling", ["Ana@Example.com", "ANA@EXAMPLE.COM.", "ana@example.com"])
def test_every_spelling_of_an_address_has_one_hash(spelling):
    assert hash_person(KEY, spelling) == hash_person(KEY, "ana@example.com")


def test_the_hash_hangs_on_the_key_and_the_address():
    one = hash_person(KEY, "ana@example.com")
    assert one.startswith(HASH_PREFIX)
    assert one != hash_person(bytes([1] * 32), "ana@example.com")
    assert one != hash_person(KEY, "bia@example.com")


def test_a_hash_stands_for_itself_in_canonical_form():
    assert canonical_address(hash_person(KEY, "ana@example.com")) == hash_person(KEY, "ana@example.com")


def test_a_contact_is_emptied_and_the_others_stay():
    text = "email;nome;fone\r\nbia@example.com;Bia;1\r\nAna@Example.com;Ana;+55\r\ncid@example.com;Cid;3\r\n"
    assert blanked(text) == (
        "email;nome;fone\r\nbia@example.com;Bia;1\r\n;;\r\ncid@example.com;Cid;3\r\n",
        1,
    )


def test_a_value_over_lines_goes_with_its_contact():
    text = 'email;rua\nana@example.com;"Rua A\n2o andar"\nbia@example.com;"B\nC"\n'
    assert blanked(text) == ('email;rua\n;"\n"\nbia@example.com;"B\nC"\n', 2)
    text = 'rua;email\n"Rua A\n2o andar";ana@example.com\nB;bia@example.com\n'
    assert blanked(text) == ('rua;email\n"\n";\nB;bia@example.com\n', 2)


def test_a_stray_quote_costs_no_other_contact_its_line():
    text = 'email;nome\nbia@example.com;Bia "B\nana@example.com;Ana\ncid@example.com;Cid\n'
    assert blanked(text) == ('email;nome\nbia@example.com;Bia "B\n;\ncid@example.com;Cid\n', 1)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_an_address_with_letters_beyond_ascii_is_found_in_either_encoding(encoding):
    text = "email;nome\nana@ação.example;Ana\n".encode(encoding).decode("latin-1")
    assert blanked(text, "ana@ação.example") == ("email;nome\n;\n", 1)
    assert blanked(text, "ana@" + ascii_domain("ação.example")) == ("email;nome\n;\n", 1)


@given(st.lists(st.text(st.characters(codec="latin-1"), max_size=20), max_size=8))
def test_what_does_not_hold_the_address_stays_to_the_byte(lines):
    text = "\n".join(lines)
    assert blanked(text, "nobody@nowhere.example") == (text, 0)
