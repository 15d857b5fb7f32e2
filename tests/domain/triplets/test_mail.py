"""Lines of MAIL are judged alike, whether what is wrong with them is described or only counted."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mpftp.domain.triplets.contact import MailLayout
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.mail import MailParser, contacts_in
from mpftp.domain.triplets.rules import RULES

COLUMNS = ("email", "nome", "data_nascimento", "cidade", "estado", "telefone")
ADDRESSES = (
    "ana@lojabela.com.br", "bia@LojaBela.com.br", "contato@lojabela.com.br", "ana..b@x.com.br", "ana.@x.com",
    "ana@gmial.com", "ana@GMIAL.com", "josé@x.com", "ana@café.com.br", "ana@x", "", " ana@x.com",
    "ana@x.com\t",
)  # fmt: skip
VALUES = (
    "", "Ana", 'A"na', 'Ana"', '"Ana"', '"Ana', '="1"', 'a="b"c"', "=1", "#N/D", " Ana", "Ana ", "5,51E+12",
    "32/13/1999", "01/02/1990", "29/02/2001", "29/02/2000", "SP", "sp", "Sp", 'SP"', "XX", "São Paulo",
    "a\x01", "a,b", "a\tb", "1" * 10_001,
)  # fmt: skip
GOOD = ("Ana", "01/02/1990", "Recife", "SP", "81999990000")


def line_with(email: str, odd: dict[int, str], end: str) -> str:
    """A good line, but for *email*, the *odd* values by their place, and its *end*."""
    return ";".join([email, *(odd.get(place, value) for place, value in enumerate(GOOD))]) + end


LINES = st.builds(
    line_with,
    st.just(ADDRESSES[0]) | st.sampled_from(ADDRESSES),
    st.dictionaries(st.integers(0, 4), st.sampled_from(VALUES), max_size=2),
    st.sampled_from(("", "", "\r", ";", ";;", ";x")),
)
NONE_QUOTED = (False,) * len(COLUMNS)
SOME_QUOTED = (False, True, True, False, True, False)


def read(lines: list[str], keep: int, quoted: tuple[bool, ...], spare: int):
    """The contacts of *lines* and how often they break each rule, when *keep* findings are described."""
    layout = MailLayout("A_MAIL_20260301", COLUMNS, ";", "utf-8", 0, quoted, COLUMNS, spare=spare)
    findings = FindingCollector(keep=keep, selected_rules=RULES)
    block = MailParser(layout, findings).read("\n".join(lines).encode(), 2, last=True)
    contacts = [(c.line, c.email, c.values, c.state) for c in contacts_in(block, frozenset(), layout)]
    counts = {group.rule: group.count for group in findings.groups() if group.count}
    return contacts, counts, block.keys, block.blank_lines + list(block.records.values()).count(None)


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(LINES, min_size=1, max_size=3),
    quoted=st.sampled_from([NONE_QUOTED, SOME_QUOTED]),
    spare=st.integers(0, 2),
)
@example(['ana@x.com.br;A"na;01/02/1990;Re"cife;SP;'], NONE_QUOTED, 0)
@example(
    ['ana@x.com.br;A"na;01/02/1990;Recife;SP;', 'ana@x.com.br;"Ana;01/02/1990;Recife;SP;'], NONE_QUOTED, 0
)
def test_what_is_only_counted_is_counted_as_what_is_described(lines, quoted, spare):
    assert read(lines * 3, 1, quoted, spare) == read(lines * 3, 0, quoted, spare)


@pytest.mark.parametrize("email", ADDRESSES)
@pytest.mark.parametrize("quoted", [NONE_QUOTED, SOME_QUOTED])
def test_each_oddity_is_counted_as_it_is_described(email, quoted):
    for place, value in itertools.product(range(5), VALUES):
        lines = [line_with(email, {place: value}, "")] * 3
        assert read(lines, 1, quoted, 0) == read(lines, 0, quoted, 0), lines[0]


def test_a_breach_that_every_line_has_is_counted_on_each():
    contacts, counts, _, _ = read(['ana@x.com.br;A"na;32/13/1999;;XX;'] * 50, 1, NONE_QUOTED, 0)
    assert counts == {"MAIL010": 50, "MAIL041": 50, "MAIL042": 50}
    assert {contact[1:] for contact in contacts} == {
        ("ana@x.com.br", ("ana@x.com.br", 'A"na', "32/13/1999", "", "XX", ""), "pending")
    }


@pytest.mark.parametrize("name", ["Ana", "#N/D"])
def test_the_address_stands_among_the_values_as_it_will_be_used(name):
    [(_, email, values, _)], *_ = read([f"ana@LojaBela.com.br;{name};;;;"], 0, NONE_QUOTED, 0)
    assert values[0] == email == "ana@lojabela.com.br"
