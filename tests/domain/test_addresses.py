"""The form in which addresses are compared."""

import unicodedata

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.addresses import ascii_domain, canonical_address


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("Ana@Example.COM", "ana@example.com"),
        ("JOSÉ@Exemplo.com", "josé@exemplo.com"),
        (unicodedata.normalize("NFD", "josé@exemplo.com"), "josé@exemplo.com"),
        ("ana@AÇÃO.com.br", "ana@xn--ao-siap.com.br"),
        (unicodedata.normalize("NFD", "ana@ação.com.br"), "ana@xn--ao-siap.com.br"),
        ("Ana@XN--AO-SIAP.com.br", "ana@xn--ao-siap.com.br"),
        ("ana@example.com.", "ana@example.com"),
        ("é@", "é@"),
        ("", ""),
        ('"a b"@Example.com', '"a b"@example.com'),
    ],
)
def test_spellings_of_one_address_are_one(spelling, canonical):
    assert canonical_address(spelling) == canonical


def test_different_addresses_stay_different():
    spellings = ["ana@example.com", "aná@example.com", "ana@exämple.com", "ana+x@example.com"]
    assert len({canonical_address(spelling) for spelling in spellings}) == len(spellings)


@given(st.text() | st.emails() | st.builds("{}@{}".format, st.text(), st.text()))
def test_the_form_is_a_fixed_point(text):
    once = canonical_address(text)
    assert canonical_address(once) == once


@given(st.text("abz09-áçéíõüñåæøöÿ.", min_size=1, max_size=40))
def test_the_short_road_for_latin_letters_is_the_librarys(host: str) -> None:
    try:
        wanted = idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        wanted = ""
    try:
        found = ascii_domain(host)
    except ValueError:
        found = ""
    assert host.isascii() or found == wanted
