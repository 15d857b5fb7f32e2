"""Mistyped mailbox domains: how many are caught, how many rightly, and no genuine one among them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.triplets.mailbox_domains import (
    GENUINE_NEIGHBOURS,
    MAILBOX_DOMAINS,
    is_certain_domain,
    suggest_domain,
)
from mpftp.domain.triplets.typing_distance import edit_distance

HERE = Path(__file__).parent


def lines_of(name):
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


SLIPS = [
    (slip, line.partition(":")[0])
    for line in lines_of("domain_slips.txt")
    for slip in line.partition(": ")[2].split()
]
GENUINE = [domain for line in lines_of("genuine_domains.txt") for domain in line.split()]


def test_the_lists_are_long_enough_to_mean_something():
    assert len(set(SLIPS)) == len(SLIPS) >= 400
    assert len(set(GENUINE)) == len(GENUINE) >= 200


def test_nearly_all_slips_are_caught_and_nearly_all_of_those_rightly():
    suggested = [(slip, meant, suggest_domain(slip)) for slip, meant in SLIPS]
    missed = [slip for slip, _, suggestion in suggested if not suggestion]
    right = [slip for slip, meant, suggestion in suggested if suggestion == meant]
    assert len(missed) <= 0.03 * len(SLIPS), missed
    assert len(right) >= 0.95 * len(SLIPS)


def test_next_to_no_genuine_domain_is_called_a_slip():
    assert sum(bool(suggest_domain(domain)) for domain in GENUINE) <= 0.03 * len(GENUINE)


def test_a_certain_slip_is_written_rightly():
    certain = [(slip, meant) for slip, meant in SLIPS if is_certain_domain(slip, suggest_domain(slip))]
    assert len(certain) > len(SLIPS) / 2
    wrong = [slip for slip, meant in certain if suggest_domain(slip) != meant]
    assert len(wrong) <= 0.01 * len(certain), wrong


@pytest.mark.parametrize("domain", sorted(MAILBOX_DOMAINS | GENUINE_NEIGHBOURS))
def test_no_domain_of_the_tables_is_a_slip_of_another(domain):
    assert suggest_domain(domain) == ""
    assert not any(is_certain_domain(domain, other) for other in MAILBOX_DOMAINS)


@pytest.mark.parametrize("slip", ["gmail.com.br", "gmailll.com", "hotmail.c", "yahoo.co", "empresa.com.br"])
def test_what_is_far_or_has_two_neighbours_is_not_certain(slip):
    assert not is_certain_domain(slip, suggest_domain(slip))


@pytest.mark.parametrize(
    "domain",
    [
        "mail.be", "33mail.com", "1mail.net", "shotmail.ru", "fastmail.im", "inbox.lt", "y7mail.com",
        "hotmail.ru", "gmail.ru",
    ],
)  # fmt: skip
def test_mailboxes_of_other_countries_are_no_slips_of_usual_ones(domain):
    assert suggest_domain(domain) == ""


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("gaill.om", "gmail.com"), ("hitmsil.co", "hotmail.com"), ("gobomaill.co", ""), ("googlema.om", "")],
)
def test_a_provider_of_many_is_meant_by_a_worse_slip_than_one_of_few(slip, meant):
    assert suggest_domain(slip) == meant


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("sesi.org.b", "sesi.org.br"),
        ("loja.gov.b", "loja.gov.br"),
        ("usp.b", "usp.br"),
        ("loja.c", "loja.com"),
    ],
)
def test_no_domain_ends_with_one_letter(slip, meant):
    assert suggest_domain(slip) == meant


@given(st.text("abc.", max_size=8), st.text("abc.", max_size=8))
def test_the_distance_is_a_distance(text, other):
    assert edit_distance(text, other) == edit_distance(other, text)
    assert (edit_distance(text, other) == 0) == (text == other)
    assert abs(len(text) - len(other)) <= edit_distance(text, other) <= max(len(text), len(other))


@given(st.text("gmailhotyec.brn-1", max_size=14), st.sampled_from(["com", "com.br", "con", "cm.br", "b", ""]))
def test_a_suggestion_is_a_domain_and_needs_no_further_one(name, ending):
    suggestion = suggest_domain(f"{name}.{ending}")
    assert suggestion == "" or suggest_domain(suggestion) == ""
    assert not suggestion or "." in suggestion
