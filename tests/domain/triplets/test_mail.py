"""Lines of MAIL are judged alike, whether what is wrong with them is described or only counted."""

from __future__ import annotations

import itertools
import re
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mpftp.domain.campaign import DeliveryState
from mpftp.domain.triplets import line_pattern, mail, slow_lines
from mpftp.domain.triplets.contact import MailLayout
from mpftp.domain.triplets.findings import FindingCollector
from mpftp.domain.triplets.mail import MailParser
from mpftp.domain.triplets.mail_block import contacts_in
from mpftp.domain.triplets.rules import RULES

COLUMNS = ("email", "nome", "data_nascimento", "cidade", "estado", "telefone")
ADDRESSES = (
    "ana@lojabela.com.br", "bia@LojaBela.com.br", "contato@lojabela.com.br", "ana..b@x.com.br", "ana.@x.com",
    "ana@gmial.com", "ana@GMIAL.com", "josé@x.com", "ana@café.com.br", "ana@x", "", " ana@x.com",
    '\ufeff"ana@x.com"', "ana@x.com\t", '"Ana; B" <ana@x.com>', "ana@lo\u00adja.com.br", "ana@x.com:25",
    "x" * 65 + "@x.com",
)  # fmt: skip
VALUES = (
    "", "Ana", 'A"na', 'Ana"', '"Ana"', '"Ana', '="1"', 'a="b"c"', "=1", "#N/D", " Ana", "Ana ", "5,51E+12",
    "32/13/1999", "01/02/1990", "29/02/2001", "29/02/2000", "SP", "sp", "Sp", 'SP"', "XX", "São Paulo",
    "5E12", "a\x01", "a,b", "a\tb", "NULL", "\\N", "NA", "NA ", "Nan", "None", " nan", "undefined", "####",
    " #N/D ", ' ="1"', "1" * 10_000, "1" * 10_001,
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
SHORTENED = st.builds(lambda line, values: ";".join(line.split(";")[:values]), LINES, st.integers(1, 6))
NONE_QUOTED = (False,) * len(COLUMNS)
SOME_QUOTED = (False, True, True, False, True, False)


def read(lines: list[str], keep: int, quoted: tuple[bool, ...] = NONE_QUOTED, spare: int = 0):
    """The contacts of *lines* and how often they break each rule, when *keep* findings are described."""
    return read_blocks(["\n".join(lines)], keep, quoted, spare)


def read_blocks(texts: list[str], keep: int, quoted: tuple[bool, ...] = NONE_QUOTED, spare: int = 0):
    """The same of lines that are read in several blocks, each of *texts* one."""
    layout = MailLayout(
        "A_MAIL_20260301", COLUMNS, ";", "utf-8", 0, quoted, COLUMNS, spare=spare, all_utf8=True
    )
    findings = FindingCollector(keep=keep, selected_rules=RULES)
    parser = MailParser(layout, findings)
    blocks = list(parser.read_all([text.encode() for text in texts], 2))
    contacts = [contact for block in blocks for contact in contacts_in(block, frozenset(), layout)]
    counts = {group.rule: group.count for group in findings.groups() if group.count}
    blanks = sum(block.blank_lines + list(block.records.values()).count(None) for block in blocks)
    return contacts, counts, [key for block in blocks for key in block.keys], blanks


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(LINES | SHORTENED, min_size=1, max_size=3),
    quoted=st.sampled_from([NONE_QUOTED, SOME_QUOTED]),
    spare=st.integers(0, 2),
)
@example(["ana@x.com.br;a,b,c,d,e,f", "ana@x.com.br;a", "ana@x.com.br;A;;;;;;;;"], NONE_QUOTED, 0)
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
    assert {(contact.values, contact.state) for contact in contacts} == {
        (("ana@x.com.br", 'A"na', "32/13/1999", "", "XX", ""), DeliveryState.PENDING)
    }


def test_a_mark_that_joining_two_files_left_hides_no_quote():
    [contact], counts, *_ = read(['\ufeff"ana@x.com";"Ana; B";;;;'], 0)
    assert (contact.email, contact.values[1], counts) == ("ana@x.com", "Ana; B", {})


@pytest.mark.parametrize("name", ["Ana", "#N/D"])
def test_the_address_stands_among_the_values_as_it_will_be_used(name):
    [contact], *_ = read([f"ana@LojaBela.com.br;{name};;;;"], 0)
    assert contact.values[0] == contact.email == "ana@lojabela.com.br"


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(LINES, min_size=1, max_size=3),
    quoted=st.sampled_from([NONE_QUOTED, SOME_QUOTED]),
    spare=st.integers(0, 2),
)
@example([line_with(email, {}, "") for email in ADDRESSES], NONE_QUOTED, 0)
@example(
    [line_with("ana@x.com.br", {place: value}, "") for place in range(5) for value in VALUES], SOME_QUOTED, 0
)
def test_a_line_that_the_pattern_takes_is_judged_as_if_it_were_read_slowly(lines, quoted, spare):
    with mock.patch.object(line_pattern.LinePatterns, "fast", re.compile(rb"()[^\n]*\n")):
        slow = read(lines, 0, quoted, spare)
    assert read(lines, 0, quoted, spare) == slow


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(LINES | SHORTENED | LINES.map(lambda line: f" {line}"), min_size=1, max_size=4),
    quoted=st.sampled_from([NONE_QUOTED, SOME_QUOTED]),
    spare=st.integers(0, 2),
    keep=st.sampled_from((0, 1)),
    end=st.sampled_from(("", "\n")),
)
@example([" ana@x.com.br;Ana;;;;", "ana@x.com.br ;;;;;\r", " bia@gmial.com;;;;;"], NONE_QUOTED, 0, 1, "\n")
@example(
    ["ana@x.com.br;Ana", "bia@x.com.br\r", "ana@gmial.com;B", "ana@x.com.br;,,,,,"], NONE_QUOTED, 0, 1, ""
)
@example(["ana@x.com.br;A;;;;;;", "ana@x.com.br;A;;;;;x", "a@x.com.br;;;;;;x;;"], NONE_QUOTED, 1, 1, "\n")
@example(['ana@x.com.br;"A', "bia@x.com.br;B", "eva@x.com.br;;;;;x", 'C";;;;'], NONE_QUOTED, 0, 1, "\n")
def test_lines_with_one_flaw_in_common_are_judged_as_if_each_were_read(lines, quoted, spare, keep, end):
    text = "\n".join(lines * 3) + end
    with mock.patch.object(mail, "_MANY_LINES", 1 << 30):
        each = read_blocks([text], keep, quoted, spare)
    with mock.patch.object(mail, "_MANY_LINES", 0):
        assert read_blocks([text], keep, quoted, spare) == each


ODD_PARTS = ('"', '""', '"""', ";", ";;", "@", "a", ".b", ".br", " ", "\r", "=", "[", "é", "-", ";a@b.co")


@settings(max_examples=400, deadline=None)
@given(
    lines=st.lists(
        LINES | st.lists(st.sampled_from((*ODD_PARTS, "a@b.co")), max_size=5).map("".join), max_size=8
    ),
    last=st.sampled_from(("", '"', "x")),
)
@example(
    ['""', '"" ; ""', '"\t"', '";"', '"', '"', '"a', 'a@b.co";', "é@b。co", '"a b"@b.co', "a@[1.2.3.4]"], ""
)
@example(['"\r"'], "")
@example(['"', '"', '"', "[", '"', 'a;"', '";b', '";', '"', ' "', '"a', 'b"c', '"', '" ', ';"', '"\r'], "")
@example(['"Ana', 'Souza";;;;;', 'Ana;"', '";a@b.co;;;', '"a', 'b" ;a@b.co', '""a@b.co'], "")
def test_a_contact_is_found_among_lines_that_are_only_counted(lines, last):
    lines = ["x;y"] * 2 + [line.replace("\n", "") for line in lines] + [last]
    every, _, _, blanks = read(lines, 1)
    with mock.patch.object(slow_lines, "MAX_BROKEN_LINES", 1):
        few, _, _, few_blanks = read(lines, 1)
    assert [(one.line, one.state) for one in few] == [(one.line, one.state) for one in every]
    pending = [one for one in every if one.state is DeliveryState.PENDING]
    assert [one for one in few if one.state is DeliveryState.PENDING] == pending
    assert few_blanks == blanks


def test_a_domain_that_begins_as_a_usual_one_is_judged_for_itself():
    usual = "".join(f"ana{number}@gmail.com;;;;;\n" for number in range(1001))
    _, counts, _, _ = read_blocks([usual, "bia@gmail.com;;;;;\neva@gmail.comm;;;;;\n"], 0)
    assert counts == {"MAIL030": 1}


def record_over(lines: int) -> str:
    """A contact whose name goes on over this many *lines*."""
    return 'ana@x.com.br;"' + "A\n" * (lines - 1) + 'A";;;;'


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        LINES | st.integers(1, 5).map(record_over) | st.sampled_from(("bia@gmial.com;;;;;", '";;;', "")),
        min_size=2,
        max_size=8,
    ),
    st.integers(1, 12),
    st.integers(0, 1),
)
@example(["bia@gmial.com;;;;;", 'ana@x.com.br;"A', "bia@gmial.com;;;;;", ""], 3, 1)
def test_where_a_block_ends_changes_nothing(lines, cut, keep):
    text = "\n".join([*lines, ""])
    parts = text.splitlines(keepends=True)
    with mock.patch.object(slow_lines, "MAX_JOINED_LINES", 4):
        whole = read_blocks([text], keep)
        assert read_blocks(["".join(parts[:cut]), "".join(parts[cut:])], keep) == whole


@pytest.mark.parametrize(("lines", "valid"), [(4, 1), (5, 0)])
def test_a_value_reaches_over_so_many_lines_and_no_more(lines, valid):
    with mock.patch.object(slow_lines, "MAX_JOINED_LINES", 4):
        contacts, *_ = read([record_over(lines), "bia@x.com.br;;;;;", '"'], 0)
    assert [contact.state for contact in contacts].count(DeliveryState.PENDING) == valid + 1


@pytest.mark.parametrize(("lines", "records"), [(4, 1), (5, 5)])
def test_a_quote_that_closes_far_away_is_not_believed_if_the_record_is_then_too_wide(lines, records):
    contacts, counts, _, _ = read([record_over(lines) + ";;x", "bia@x.com.br;;;;;"], 0)
    assert len(contacts) == records + 1
    assert counts.get("MAIL008", 0) == (records > 1)
    assert contacts[-1].state is DeliveryState.PENDING


@pytest.mark.parametrize("delimiters", [4, 5])
def test_a_value_swallows_a_line_that_has_as_many_delimiters_as_the_header(delimiters):
    _, counts, _, _ = read(['ana@x.com.br;"Ana\n' + ";" * delimiters + '\nb";;;;'], 0)
    assert counts == ({"MAIL047": 1} if delimiters == 5 else {})


def test_a_value_may_hold_as_many_lines_with_quotes_as_it_may_hold_lines():
    value = "\n".join(['ele disse ""oi""'] * 60)
    [contact], counts, _, _ = read([f'ana@x.com.br;"{value}";;;;'], 0)
    assert (contact.values[1], counts) == (value.replace('""', '"'), {})


@pytest.mark.parametrize("end", ["", ";", ";;;;;"])
def test_a_line_all_in_quotes_is_unwrapped_whatever_empty_values_follow(end):
    [contact], counts, _, _ = read([f'"ana@x.com.br;Ana;;Recife;SP;"{end}'], 0)
    assert (contact.email, counts) == ("ana@x.com.br", {"MAIL054": 1})
    assert contact.values[1:] == ("Ana", "", "Recife", "SP", "")


def test_no_more_domains_are_remembered_than_the_limit_and_those_of_a_block():
    layout = MailLayout("A_MAIL_20260301", COLUMNS, ";", "utf-8", 0, NONE_QUOTED, COLUMNS)
    parser = MailParser(layout, FindingCollector(keep=1))
    with mock.patch.object(mail, "_MAX_JUDGED", 10):
        for number in range(20):
            parser.read(f"ana@loja{number}.com.br;;;;;\n".encode() * 2, 2 + number, last=False)
            assert len(parser._judged) <= 11
